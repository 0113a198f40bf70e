"""A run on a Dask cluster of two workers, one of which is killed in the middle."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.unit.tracker_core.tracking.pretended_trackers import (
    VICTIM,
    expected_rows,
    started,
    write_dataset,
)
from tracker_core.errors import CKDError
from tracker_core.evaluation.result_files import read_result
from tracker_core.tracking.cluster import Cluster

pytest.importorskip("distributed", reason="Dask is an extra")

ROOT = Path(__file__).parents[4]
COUNT = 7
PATIENCE = 120
RUN = """
import json, sys
from pathlib import Path
from tests.unit.tracker_core.tracking.pretended_trackers import DriftSource
from tracker_core.tracking.cluster import Cluster
from tracker_core.tracking.run_folder import RunFolder
from tracker_core.tracking.dataset_run import run_dataset

dataset, out, log, mishap, address = sys.argv[1:]
source = DriftSource(Path(log), mishap)
summary = run_dataset(Path(dataset), source, RunFolder(Path(out)), Cluster(address))
failed = [[each.name, each.reason] for each in summary.failed]
print(json.dumps({"done": summary.done, "skipped": summary.skipped, "failed": failed}))
"""


class LocalCluster:
    """A scheduler and workers as processes of their own, as on several machines."""

    def __init__(self, place: Path, stack: ExitStack) -> None:
        self.place = place
        self.stack = stack
        self.file = place / "scheduler.json"
        self.scheduler = self.start(
            "dask_scheduler", "--port", "0", "--no-dashboard", "--host", "127.0.0.1"
        )
        until(self.file.exists)
        self.address = json.loads(self.file.read_text())["address"]

    def start(self, program: str, *options: str) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", f"distributed.cli.{program}", *options]
        with (self.place / f"{program}.log").open("ab") as log:
            process = subprocess.Popen(
                [*command, "--scheduler-file", str(self.file)],
                stdout=log,
                stderr=log,
                env=environment(),
                cwd=self.place,
            )
        self.stack.callback(end, process)
        return process

    def add_worker(self) -> subprocess.Popen[bytes]:
        return self.start("dask_worker", "--no-nanny", "--no-dashboard", "--nthreads", "1")


def environment() -> dict[str, str]:
    return os.environ | {"PYTHONPATH": str(ROOT)}


def end(process: subprocess.Popen[bytes]) -> None:
    process.kill()
    process.wait()


def until(is_so: object) -> None:
    deadline = time.monotonic() + PATIENCE
    while not is_so():  # type: ignore[operator]
        assert time.monotonic() < deadline, "nothing happened for too long"
        time.sleep(0.05)


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[LocalCluster]:
    with ExitStack() as stack:
        yield LocalCluster(tmp_path, stack)


def begin_run(
    cluster: LocalCluster, dataset: Path, out: Path, log: Path, mishap: str
) -> subprocess.Popen[str]:
    arguments = [str(dataset), str(out), str(log), mishap, cluster.address]
    process = subprocess.Popen(
        [sys.executable, "-c", RUN, *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment(),
    )
    cluster.stack.callback(end, process)
    return process


def summary_of(process: subprocess.Popen[str]) -> dict[str, object]:
    output, complaints = process.communicate(timeout=PATIENCE)
    assert process.returncode == 0, complaints
    found: dict[str, object] = json.loads(output)
    return found


@pytest.mark.slow
def test_a_killed_worker_loses_nothing_and_nothing_is_done_twice(
    cluster: LocalCluster, tmp_path: Path
) -> None:
    dataset, out, log = write_dataset(tmp_path / "data", COUNT), tmp_path / "out", tmp_path / "log"
    workers = [cluster.add_worker(), cluster.add_worker()]
    run = begin_run(cluster, dataset, out, log, "hang")
    mishap = log.with_suffix(".mishap")
    until(lambda: mishap.exists() and mishap.read_text())
    victim = int(mishap.read_text())
    assert victim in [worker.pid for worker in workers]
    until(lambda: len(list(out.glob("s*.txt"))) >= 2)
    written = {path.stem for path in out.glob("s*.txt")}
    os.kill(victim, signal.SIGKILL)
    assert summary_of(run) == {"done": COUNT, "skipped": 0, "failed": []}
    for number in range(COUNT):
        assert read_result(out / f"s{number}.txt").boxes.tolist() == expected_rows(number)
    runs = started(log)
    assert runs.count(VICTIM) == 2
    for number in range(COUNT):
        # What a worker had done but nobody had fetched when it died must be done again.
        assert runs.count(number) <= (1 if f"s{number}" in written else 2)
    again = begin_run(cluster, dataset, out, log, "")
    assert summary_of(again) == {"done": 0, "skipped": COUNT, "failed": []}
    assert started(log) == runs


@pytest.mark.slow
def test_a_sequence_that_kills_every_worker_is_named(cluster: LocalCluster, tmp_path: Path) -> None:
    dataset, out, log = write_dataset(tmp_path / "data", 3), tmp_path / "out", tmp_path / "log"
    run = begin_run(cluster, dataset, out, log, "die always")
    while run.poll() is None:
        worker = cluster.add_worker()
        until(lambda: worker.poll() is not None or run.poll() is not None)  # noqa: B023
    reason = "Its worker died again and again; perhaps memory ran out."
    assert summary_of(run) == {"done": 2, "skipped": 0, "failed": [[f"s{VICTIM}", reason]]}


def test_no_scheduler_is_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    import distributed

    def nobody(*_: object, **__: object) -> None:
        raise OSError("Timed out trying to connect")

    monkeypatch.setattr(distributed, "Client", nobody)
    with pytest.raises(CKDError, match="No Dask scheduler answers at tcp://nowhere:1"):
        list(Cluster("tcp://nowhere:1")(None, [], lambda: False))  # type: ignore[arg-type]


def test_without_dask_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(CKDError, match=r"ckd-studio\[cluster\]"):
        list(Cluster("tcp://nowhere:1")(None, [], lambda: False))  # type: ignore[arg-type]


@pytest.mark.slow
def test_a_scheduler_that_dies_is_said_and_what_is_done_stays(
    cluster: LocalCluster, tmp_path: Path
) -> None:
    dataset, out, log = write_dataset(tmp_path / "data", 3), tmp_path / "out", tmp_path / "log"
    cluster.add_worker()
    run = begin_run(cluster, dataset, out, log, "hang")
    until(lambda: len(list(out.glob("s*.txt"))) == VICTIM)
    cluster.scheduler.kill()
    output, complaints = run.communicate(timeout=PATIENCE)
    assert run.returncode != 0, output
    assert "went away" in complaints.splitlines()[-1]
    assert len(list(out.glob("s*.txt"))) == VICTIM
