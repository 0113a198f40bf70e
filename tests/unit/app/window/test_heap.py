"""All threads of the window take their memory from one heap."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

THREADS = """
import ctypes, sys, threading
from app.window.heap import share_one_heap

if sys.argv[1] == "one":
    share_one_heap()
library = ctypes.CDLL(None)
library.malloc.restype = ctypes.c_void_p
library.malloc.argtypes = [ctypes.c_size_t]
together = threading.Barrier(4)

def take():
    together.wait()
    library.malloc(50_000)
    together.wait()

threads = [threading.Thread(target=take) for _ in range(4)]
for each in threads:
    each.start()
for each in threads:
    each.join()
library.fopen.restype = ctypes.c_void_p
library.malloc_info.argtypes = [ctypes.c_int, ctypes.c_void_p]
library.fclose.argtypes = [ctypes.c_void_p]
report = library.fopen(sys.argv[2].encode(), b"w")
library.malloc_info(0, report)
library.fclose(report)
"""


def heaps(how: str, report: Path, **environment: str) -> int:
    known = {key: value for key, value in os.environ.items() if key != "MALLOC_ARENA_MAX"}
    command = [sys.executable, "-c", THREADS, how, str(report)]
    subprocess.run(command, env={**known, **environment}, check=True, timeout=120)
    return report.read_text("utf-8").count("<heap nr=")


@pytest.mark.skipif(
    sys.platform != "linux" or "CS_GNU_LIBC_VERSION" not in os.confstr_names,
    reason="it is the GNU C library that makes a heap for each thread",
)
def test_threads_share_one_heap(tmp_path: Path) -> None:
    report = tmp_path / "heaps.xml"
    assert heaps("each", report) > 1
    assert heaps("one", report) == 1
    # Who says how many there are to be is heard.
    assert heaps("one", report, MALLOC_ARENA_MAX="3") in (2, 3)
