"""A test set is tracked now and then in a training, shows in the curves and chooses nothing."""

from __future__ import annotations

import csv
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
import torch

from tests.unit.tracker_core.training.miniature import MODEL, TRAIN, Squares, trainer
from tests.unit.tracker_core.training.recordings import walk, write_walk
from tracker_core.checkpoints.opening import weights_digest
from tracker_core.ckd.model.ckd import CKD
from tracker_core.errors import CKDError
from tracker_core.frames import Box, FramePair
from tracker_core.training import test_set
from tracker_core.training.loop import HeldOut
from tracker_core.training.progress import Progress, Watch
from tracker_core.training.test_set import TestSet, open_test_set, track_test_set

CPU = torch.device("cpu")


@dataclass(frozen=True)
class Answer:
    box_xywh: Box


class Shifted:
    """Knows where the target of `walk` is, and says so with an error of so many pixels."""

    off = 0.0

    def __init__(self, *_given: object) -> None:
        """Take whatever the network's tracker takes."""

    def start(self, _frames: FramePair, _box: Box) -> int:
        return 0

    def step(self, state: int, _frames: FramePair) -> tuple[int, Answer]:
        x, y, w, h = walk(20)[state + 1]
        return state + 1, Answer((x + self.off, y, w, h))


@pytest.fixture
def dataset(tmp_path: Path) -> Path:
    write_walk(tmp_path / "set" / "one", walk(6))
    write_walk(tmp_path / "set" / "two", walk(9))
    return tmp_path / "set"


def test_whole_sequences_are_tracked_from_their_first_box(
    dataset: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    test = open_test_set(dataset)
    assert {(each.name, len(each)) for each in test.clips} == {("one", 6), ("two", 9)}
    assert test.names == {"one", "two"}
    monkeypatch.setattr(test_set, "CKDTracker", Shifted)
    found = []
    for off in (0.0, 8.0, 20.0, 20.5):
        monkeypatch.setattr(Shifted, "off", off)
        found.append(track_test_set(CKD(MODEL), test, CPU))
    # An overlap of 1 is above 20 of 21 thresholds; 8 of 16 pixels beside it is one of 1/3.
    assert [each.success for each in found] == pytest.approx([20 / 21, 7 / 21, 0, 0])
    assert [each.precision for each in found] == [1, 1, 1, 0]


def test_a_test_set_of_nothing_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CKDError, match="nowhere"):
        open_test_set(tmp_path / "nowhere")


def test_it_is_due_every_so_many_steps_and_at_the_end(dataset: Path) -> None:
    clips = open_test_set(dataset).clips
    assert [step for step in range(1, 8) if TestSet(clips, 3).due(step, 7)] == [3, 6, 7]
    assert [step for step in range(1, 8) if TestSet(clips).due(step, 7)] == [7]
    assert not TestSet((), 3).due(3, 7)


def table(folder: Path) -> list[dict[str, str]]:
    with (folder / "curves.csv").open(newline="") as file:
        return [
            {name: value for name, value in row.items() if name != "pairs_per_second"}
            for row in csv.DictReader(file)
        ]


def test_it_shows_in_the_curves_chooses_nothing_and_is_made_up_after_a_stop(
    dataset: Path, tmp_path: Path
) -> None:
    config = replace(TRAIN, validate_steps=3, checkpoint_steps=100)
    with_test = HeldOut(Squares(), test=open_test_set(dataset, 2))
    plain = trainer(tmp_path / "plain", config)
    plain.run(Squares(), HeldOut(Squares()))
    whole = trainer(tmp_path / "whole", config)
    seen: list[Progress] = []
    whole.run(Squares(), with_test, Watch(report=seen.append))
    assert [each.step for each in seen if each.tested is not None] == [2, 4, 6]
    assert [each.step for each in seen if each.quality is not None] == [3, 6]
    assert whole.best == plain.best
    assert weights_digest(whole.average) == weights_digest(plain.average)
    rows = table(tmp_path / "whole")
    assert [bool(row["test_success"]) for row in rows] == [True, False, True, True]
    assert [bool(row["validation_iou"]) for row in rows] == [False, True, False, True]

    stopped = trainer(tmp_path / "stopped", config)
    asked = iter([False, True])
    assert not stopped.run(Squares(), with_test, Watch(stop=lambda: next(asked)))
    assert stopped.step == 2  # where the test set was due: the state is kept before
    assert not (tmp_path / "stopped" / "curves.csv").exists()
    again = trainer(tmp_path / "stopped", config)
    assert again.resume()
    again.run(Squares(), with_test)
    assert table(tmp_path / "stopped") == rows
    # Validated at its own steps only.
    assert again.best == whole.best


def test_a_run_may_go_on_without_its_test_set(dataset: Path, tmp_path: Path) -> None:
    first = trainer(tmp_path / "run")
    asked = iter([False, True])
    held_out = HeldOut(test=open_test_set(dataset, 2))
    assert not first.run(Squares(), held_out, Watch(stop=lambda: next(asked)))
    second = trainer(tmp_path / "run")
    assert second.resume()
    assert second.run(Squares())
    assert "test_success" not in table(tmp_path / "run")[0]
