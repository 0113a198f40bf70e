"""Another program that keeps every core busy, to measure beside."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

# Hashing lets go of Python's lock, so that each thread fills a core. The end of its input, which
# comes also when the parent is killed, ends it.
_PROGRAM = """
import hashlib, os, sys, threading
data = bytes(1 << 20)
def burn():
    while True:
        hashlib.sha256(data).digest()
for _ in range(int(sys.argv[1])):
    threading.Thread(target=burn, daemon=True).start()
sys.stdout.write("busy\\n")
sys.stdout.flush()
sys.stdin.read()
os._exit(0)
"""


@contextmanager
def busy_cores() -> Iterator[None]:
    """Keep as many threads busy as there are cores while this lasts; raises OSError."""
    cores = os.cpu_count() or 1
    with subprocess.Popen(  # noqa: S603 - this very Python
        [sys.executable, "-I", "-c", _PROGRAM, str(cores)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as other:
        try:
            if other.stdout is not None:
                other.stdout.readline()
            yield
        finally:
            other.kill()
