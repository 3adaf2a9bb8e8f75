"""The product's patience, cut short: no test waits for real."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from unittest.mock import patch

from shared.storage import aws, aws_retries
from shared.storage.aws_retries import Patience

ATTEMPTS = 4


@contextmanager
def impatient(answer_s: float = 0.5, attempts: int = ATTEMPTS) -> Iterator[None]:
    """Requests that are given up soon, and no pauses between attempts."""
    patience = Patience(connect_s=answer_s, answer_s=answer_s, attempts=attempts)
    with ExitStack() as stack:
        for name in ("USUAL", "QUICK"):
            stack.enter_context(patch.object(aws, name, patience))
        stack.enter_context(patch.object(aws_retries, "LONGEST_PAUSE_S", 0.0))
        yield
