"""What worker processes are forked from: to import this module is to be ready."""

from __future__ import annotations

from shared.engine.worker_ready import make_ready

make_ready()
