"""Runs a program for as long as whoever started it lives: `python guard.py PROGRAM ARGUMENT...`.

Standard input is a pipe that nobody writes to. It ends when the starter closes it or dies, however it dies (SIGKILL
included), and the program is ended with it: no server outlives its tests.
"""

from __future__ import annotations

import os
import subprocess
import sys
import threading

_PATIENCE_S = 10.0


def _end_with_input(program: subprocess.Popen[bytes]) -> None:
    sys.stdin.buffer.read()
    program.terminate()
    try:
        program.wait(_PATIENCE_S)
    except subprocess.TimeoutExpired:
        program.kill()


if __name__ == "__main__":
    started = subprocess.Popen(sys.argv[1:], stdin=subprocess.DEVNULL)
    threading.Thread(target=_end_with_input, args=(started,), daemon=True).start()
    os._exit(started.wait() & 0xFF)  # an orderly end would wait for the thread that reads
