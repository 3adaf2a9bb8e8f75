"""The wire between the jobs and both services, through proxies that live as long as the clients of a process."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from random import Random
from unittest.mock import patch

from shared.lake.lease import Lease
from shared.storage import aws
from tests.wire.faults import ByRate, Fault, Strikes
from tests.wire.impatience import impatient
from tests.wire.proxy import Proxy

_RATES = (0.02, 0.05, 0.15)
_ENDPOINTS = ("AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL_GLUE")


class Wire:
    """A proxy before each service. To make a client costs more than a hundred requests: they are kept, as it is."""

    def __init__(self) -> None:
        self._proxies = {name: Proxy(os.environ[name]) for name in _ENDPOINTS}

    @property
    def faults(self) -> Counter[Fault]:
        """How often what went wrong so far."""
        return sum((proxy.faults for proxy in self._proxies.values()), Counter[Fault]())

    @contextmanager
    def at_work(self) -> Iterator[None]:
        """Listen. Leases of dead runs are taken over at once, as if their term had passed."""
        with ExitStack() as stack:
            for proxy in self._proxies.values():
                stack.enter_context(proxy)
            stack.enter_context(patch.object(Lease, "_stays", lambda *_: True))
            stack.enter_context(patch.dict(Lease.__init__.__kwdefaults__, renew_every_s=3600.0))
            try:
                yield
            finally:
                aws._clients.clear()  # their proxies are gone

    @contextmanager
    def going_wrong(self, random: Random) -> Iterator[None]:
        """All clients of this process go through the proxies, which make requests fail at random, and wait briefly."""
        for proxy in self._proxies.values():
            proxy.schedule = ByRate(random.choice(_RATES), random.randrange(1 << 30))
        through = {name: proxy.url for name, proxy in self._proxies.items()}
        with impatient(answer_s=0.15, attempts=3), patch.dict(os.environ, through):
            yield
        for proxy in self._proxies.values():
            proxy.schedule = Strikes()
