"""Kill, a full disk and several processes: nothing is lost, and the weights stay the same."""

from __future__ import annotations

import csv
import errno
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch

from safe_files import writing
from tests.unit.tracker_core.training import miniature
from tests.unit.tracker_core.training.miniature import TRAIN, Squares, trainer
from tracker_core.errors import CKDError
from tracker_core.training import run_files
from tracker_core.training.progress import Watch
from tracker_core.training.run_files import read_state

GLOO = torch.distributed.is_available() and torch.distributed.is_gloo_available()
ROOT = Path(miniature.__file__).resolve().parents[4]


STARTED: list[subprocess.Popen[str]] = []


@pytest.fixture(autouse=True)
def nothing_left_running() -> Iterator[None]:
    """End what a failed test has left behind."""
    yield
    while STARTED:
        process = STARTED.pop()
        if process.poll() is None:
            process.kill()
            process.communicate()


def start(folder: Path, *words: str, **variables: str) -> subprocess.Popen[str]:
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.unit.tracker_core.training.miniature", str(folder), *words],
        cwd=ROOT,
        env={**os.environ, **variables},
        stderr=subprocess.PIPE,
        text=True,
    )
    STARTED.append(process)
    return process


def finish(process: subprocess.Popen[str]) -> tuple[int, str]:
    _, output = process.communicate(timeout=800)
    return process.returncode, output


def start_ranks(
    count: int, folder: Path, *words: str, **variables: str
) -> list[subprocess.Popen[str]]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = str(probe.getsockname()[1])
    return [
        start(
            folder,
            *words,
            RANK=str(rank),
            LOCAL_RANK=str(rank),
            WORLD_SIZE=str(count),
            MASTER_ADDR="127.0.0.1",
            MASTER_PORT=port,
            **variables,
        )
        for rank in range(count)
    ]


def assert_same(first: Any, second: Any) -> None:
    """Compare nested states to the last bit."""
    if isinstance(first, torch.Tensor):
        torch.testing.assert_close(first, second, rtol=0, atol=0)
    elif isinstance(first, dict):
        assert first.keys() == second.keys()
        for key in first:
            assert_same(first[key], second[key])
    elif isinstance(first, (list, tuple)):
        for one, other in zip(first, second, strict=True):
            assert_same(one, other)
    else:
        assert first == second


def joint_weights(state: dict[str, torch.Tensor]) -> torch.Tensor:
    return torch.cat([state[k].flatten() for k in sorted(state) if state[k].is_floating_point()])


def curves(folder: Path) -> list[dict[str, str]]:
    """All columns but the one that depends on the clock."""
    with (folder / "curves.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    return [{k: v for k, v in row.items() if k != "pairs_per_second"} for row in rows]


@pytest.mark.slow
def test_a_program_ends_whose_workers_still_wait_for_it(tmp_path: Path) -> None:
    leaving = start(tmp_path, "leave")
    # Workers hear no SIGTERM, by which Python would end them, and would be waited for.
    assert leaving.communicate(timeout=100) == (None, "")
    assert leaving.returncode == 0


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.skipif(os.name == "nt", reason="kill -9 is of other systems")
def test_killed_and_resumed_is_as_good_as_never_stopped(tmp_path: Path) -> None:
    """Coupled, with masks drawn now and then; killed between two checkpoints."""
    whole, halves = tmp_path / "whole", tmp_path / "halves"
    killed = start(halves, "8", "5")
    miniature.go(whole, 8)
    assert finish(killed) == (-signal.SIGKILL, "")
    assert read_state(halves / "last.pt")["step"] == 3
    assert [row["step"] for row in curves(halves)] == ["2", "3", "4"]
    miniature.go(halves, 8)
    assert_same(read_state(whole / "last.pt"), read_state(halves / "last.pt"))
    assert curves(whole) == curves(halves)


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.skipif(not GLOO, reason="this torch has no gloo to train with")
def test_two_processes_give_what_one_gives(tmp_path: Path) -> None:
    """Coupled: masks, teachers, batch norm and every loss are shared."""
    alone, together = tmp_path / "alone", tmp_path / "together"
    processes = start_ranks(2, together, "3")
    first = miniature.go(alone, 3)
    assert [finish(process) for process in processes] == [(0, "")] * 2
    one, two = (read_state(folder / "last.pt") for folder in (alone, together))
    fresh = trainer(tmp_path, first.config)
    for part, beginning in (("task", fresh.task), ("average", fresh.average)):
        assert one[part].keys() == two[part].keys()
        before, ours, theirs = (
            joint_weights(state) for state in (beginning.state_dict(), one[part], two[part])
        )
        # Where a gradient is rounding alone, AdamW makes a whole step of it: a bias before a norm.
        assert (ours - theirs).norm() < 0.01 * (ours - before).norm()
    for ours, theirs in zip(curves(alone), curves(together), strict=True):
        assert ours.keys() == theirs.keys()
        assert [float(v or 0) for v in ours.values()] == pytest.approx(
            [float(v or 0) for v in theirs.values()], rel=2e-3, abs=2e-4
        )


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.skipif(not GLOO or not Path("/proc/self/task").is_dir(), reason="needs gloo on Linux")
@pytest.mark.parametrize("fails", ["-1", "2"], ids=["at the end", "after an error"])
def test_the_threads_of_the_group_end_before_the_process(tmp_path: Path, fails: str) -> None:
    """One that frees a tensor while the interpreter ends takes the process down with SIGABRT."""
    variables = {"FAIL_AT_STEP": fails, "TELL_THREADS": "1"}
    for process in start_ranks(2, tmp_path, "3", **variables):
        code, message = finish(process)
        assert code == 1, message
        assert ("Something failed." in message) == (fails == "2")
        assert "threads: python" in message
        assert "gloo" not in message


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.skipif(not GLOO or os.name == "nt", reason="needs gloo and kill -9")
def test_when_one_process_dies_the_others_end_with_a_sentence(tmp_path: Path) -> None:
    processes = start_ranks(2, tmp_path, "4000")
    while not (tmp_path / "last.pt").exists():
        assert processes[0].poll() is None, finish(processes[0])
        time.sleep(0.2)
    processes[1].kill()
    code, output = finish(processes[0])
    finish(processes[1])
    assert code == 1
    assert "Another of the 2 training processes has ended" in output
    assert "Traceback" not in output
    assert read_state(tmp_path / "last.pt")["step"] >= 3


def full_disk(*_: Any, **__: Any) -> None:
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def test_a_full_disk_leaves_the_last_checkpoint_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = trainer(tmp_path, replace(TRAIN, checkpoint_steps=2))
    asked: list[int] = []

    def stop() -> bool:
        asked.append(run.step)
        if run.step == 3:
            monkeypatch.setattr(os, "fsync", full_disk)
        return False

    with pytest.raises(CKDError, match=r"last\.pt cannot be written \(the disk is full\)"):
        run.run(Squares(), watch=Watch(stop=stop))
    assert run.step == 4
    assert sorted(path.name for path in tmp_path.iterdir()) == ["last.pt"]
    again = trainer(tmp_path)
    assert again.resume()
    assert again.step == 2


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is always full")
def test_torch_saving_on_a_full_disk_is_one_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = {"recipe": {}, "value": torch.ones(3)}
    run_files.write_state(tmp_path / "last.pt", before)
    made = writing._create

    def on_a_full_disk(folder: Path, name: str) -> Path:
        part = made(folder, name)
        part.unlink()
        part.symlink_to("/dev/full")
        return part

    monkeypatch.setattr(writing, "_create", on_a_full_disk)
    with pytest.raises(CKDError, match=r"cannot be written .*the disk is full"):
        run_files.write_state(tmp_path / "last.pt", {"recipe": {}, "value": torch.ones(99_999)})
    assert read_state(tmp_path / "last.pt")["value"].tolist() == [1, 1, 1]
    assert [each.name for each in tmp_path.iterdir()] == ["last.pt"]


@pytest.mark.slow
@pytest.mark.skipif(os.name == "nt", reason="kill -9 is of other systems")
def test_the_workers_of_a_killed_run_end_with_it(tmp_path: Path) -> None:
    process = start(tmp_path, "draw")
    code, output = finish(process)
    assert code == -signal.SIGKILL, output
    workers = [int(path.name) for path in tmp_path.iterdir()]
    assert workers
    deadline = time.monotonic() + 60
    while any(is_running(worker) for worker in workers):
        assert time.monotonic() < deadline, f"{workers} still run"
        time.sleep(0.1)


def is_running(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    return True
