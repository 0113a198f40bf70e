"""Batches come in a fixed order, whoever makes them and whatever cannot be read."""

from __future__ import annotations

import multiprocessing
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from tests.unit.tracker_core.training.miniature import Squares, Unreadable
from tracker_core.errors import CKDError
from tracker_core.training.data.batches import MOST_SKIPPED, batches, worker_start

ROOT = Path(__file__).resolve().parents[4]


def test_workers_give_the_same_batches() -> None:
    alone = list(batches(Squares(), first_step=1, last_step=3, batch_size=2))
    helped = list(batches(Squares(), first_step=1, last_step=3, batch_size=2, workers=2))
    assert len(alone) == len(helped) == 2
    for ours, theirs in zip(alone, helped, strict=True):
        assert torch.equal(ours.search_rgb, theirs.search_rgb)
        assert torch.equal(ours.box, theirs.box)


def test_workers_start_where_there_is_no_fork_server(monkeypatch: pytest.MonkeyPatch) -> None:
    assert worker_start() in multiprocessing.get_all_start_methods()
    # As Python has it on Windows.
    monkeypatch.setattr(multiprocessing, "get_all_start_methods", lambda: ["spawn"])
    assert worker_start() == "spawn"
    (batch,) = batches(Squares(), first_step=0, last_step=1, batch_size=2, workers=1)
    assert len(batch.box) == 2


@pytest.mark.skipif(sys.platform != "linux", reason="reads what Linux says of processes")
def test_the_server_of_workers_never_hears_that_it_should_end() -> None:
    """Whoever ends the whole group would otherwise end it, and with it all workers, mid-step."""
    script = """
from multiprocessing import forkserver
from tests.unit.tracker_core.training.miniature import Squares
from tracker_core.training.data.batches import batches

if __name__ == "__main__":
    for _ in batches(Squares(), first_step=0, last_step=2, batch_size=2, workers=1):
        pass
    print(open(f"/proc/{forkserver._forkserver._forkserver_pid}/status").read())
"""
    words = [sys.executable, "-c", script]
    ran = subprocess.run(words, check=True, cwd=ROOT, capture_output=True, text=True, timeout=120)
    said = dict(line.split(":\t") for line in ran.stdout.splitlines() if ":\t" in line)
    blocked = int(said["SigBlk"], 16)
    assert blocked & 1 << 14, "SIGTERM is number 15"
    assert blocked & 1, "SIGHUP is number 1"


def test_ranks_share_the_samples() -> None:
    one = next(batches(Squares(), first_step=0, last_step=1, batch_size=4))
    parts = [
        next(batches(Squares(), first_step=0, last_step=1, batch_size=2, rank=rank, ranks=2))
        for rank in range(2)
    ]
    assert torch.equal(torch.cat([part.box for part in parts]), one.box)


def test_a_sample_that_cannot_be_read_gives_way_to_the_next() -> None:
    plain = next(batches(Squares(), first_step=0, last_step=1, batch_size=4))
    mended = next(batches(Unreadable({1, 2}), first_step=0, last_step=1, batch_size=4))
    assert torch.equal(mended.box, plain.box[[0, 3, 3, 3]])
    assert mended.skipped == tuple(f"The image {n}.jpg is damaged." for n in (1, 2, 2))
    assert plain.skipped == ()


@pytest.mark.parametrize("workers", [0, 1])
def test_when_nothing_can_be_read_the_reason_is_said(workers: int) -> None:
    drawn = batches(Unreadable(), first_step=0, last_step=1, batch_size=2, workers=workers)
    with pytest.raises(CKDError, match=rf"{MOST_SKIPPED} samples in a row .*damaged") as error:
        next(drawn)
    assert "\n" not in str(error.value)


def test_batches_move_between_devices_whole() -> None:
    batch = next(batches(Unreadable({0}), first_step=0, last_step=1, batch_size=2))
    moved = batch.to(torch.device("meta"))
    assert moved.search_rgb.device.type == moved.present.device.type == "meta"
    assert moved.skipped == batch.skipped
