"""Kill -9 of a program leaves none of its processes behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tracker_core.parents import end_with_parent
from tracker_core.tracking.pool import ProcessPool

pytestmark = pytest.mark.skipif(os.name == "nt", reason="kill -9 is of other systems")
ROOT = Path(__file__).resolve().parents[3]
POLLS = 600


def sleep_for_ever(folder: str, _stop: Callable[[], bool]) -> None:
    """A task that hears of nothing; its file says which process does it."""
    (Path(folder) / str(os.getpid())).touch()
    while True:
        time.sleep(0.05)


def run_pool(folder: str) -> None:
    """Two workers with work, and more of it waiting."""
    list(ProcessPool(2).run(sleep_for_ever, [folder] * 4, lambda: False))


def start_child(folder: str) -> None:
    """One process as torchrun starts them: a program of its own."""
    code = f"import tests.unit.tracker_core.test_parents as t; t.be_child({folder!r})"
    subprocess.run([sys.executable, "-c", code], check=False)


def be_child(folder: str) -> None:
    end_with_parent()
    sleep_for_ever(folder, lambda: False)


def is_running(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    # Where nobody collects what its parent left, it stays as a name of something that ended.
    stat = Path(f"/proc/{process}/stat")
    try:
        return stat.read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return not Path("/proc/self").exists()


def wait_until(happened: Callable[[], bool]) -> bool:
    for _ in range(POLLS):
        if happened():
            return True
        time.sleep(0.1)
    return False


@pytest.mark.slow
@pytest.mark.parametrize(("start", "count"), [("run_pool", 2), ("start_child", 1)])
def test_no_process_outlives_its_parent(tmp_path: Path, start: str, count: int) -> None:
    program, folder = tmp_path / "program.py", tmp_path / "at_work"
    folder.mkdir()
    program.write_text(
        "import tests.unit.tracker_core.test_parents as t\n"
        f"if __name__ == '__main__': t.{start}({str(folder)!r})\n"
    )
    parent = subprocess.Popen(
        [sys.executable, str(program)], cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)}
    )
    processes: list[int] = []
    try:
        assert wait_until(lambda: len(list(folder.iterdir())) == count)
        processes = [int(each.name) for each in folder.iterdir()]
        assert all(map(is_running, processes))
        parent.kill()
        parent.wait(60)
        assert wait_until(lambda: not any(map(is_running, processes)))
    finally:
        parent.kill()
        parent.wait(60)
        for process in filter(is_running, processes):
            os.kill(process, signal.SIGKILL)
