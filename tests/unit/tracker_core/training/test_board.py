"""The curves as TensorBoard reads them."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

import pytest

from tracker_core.errors import CKDError
from tracker_core.training.board import Board, check_board
from tracker_core.training.progress import Progress
from tracker_core.training.test_set import Tested
from tracker_core.training.validation import Quality

SEEN = Progress(
    step=50,
    steps=100,
    losses={"total": 2.5, "style": 0.25},
    gradients={"gradient_style": 0.125},
    learning_rate=0.5,
    pairs_per_second=30.0,
    seconds_left=9.0,
    quality=None,
    tested=None,
    best=False,
    skipped=0,
)


def shown(run: Path) -> dict[str, list[tuple[int, float]]]:
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    events = EventAccumulator(str(run / "tensorboard"))
    events.Reload()
    return {
        tag: [(each.step, each.value) for each in events.Scalars(tag)]
        for tag in events.Tags()["scalars"]
    }


@pytest.mark.expects_log  # the reader says that steps are repeated
def test_each_report_is_shown_and_a_resumed_run_forgets_what_it_repeats(tmp_path: Path) -> None:
    with Board(tmp_path, 0) as board:
        board.add(SEEN)
        later = replace(SEEN, step=100, losses={"total": 9.0}, gradients={})
        board.add(replace(later, quality=Quality(100, 0.5, 0.75), tested=Tested(0.25, 0.5)))
        # Read while it is being written, as a kill would leave it.
        assert shown(tmp_path)["losses/total"] == [(50, 2.5), (100, 9.0)]
    found = shown(tmp_path)
    assert found["losses/style"] == [(50, 0.25)]
    assert found["gradients/style"] == [(50, 0.125)]
    assert found["training/learning_rate"] == [(50, 0.5), (100, 0.5)]
    assert found["quality/validation_success"] == [(100, 0.75)]
    assert found["quality/test_precision"] == [(100, 0.5)]
    with Board(tmp_path, 50) as board:
        board.add(replace(SEEN, step=100, losses={"total": 8.0}))
    assert shown(tmp_path)["losses/total"] == [(50, 2.5), (100, 8.0)]


def test_without_the_package_one_sentence_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "tensorboard.compat.proto.event_pb2", None)
    with pytest.raises(CKDError, match=r"pip install 'ckd-studio\[tensorboard\]'"):
        check_board()


def test_a_folder_that_cannot_be_made_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "tensorboard").write_text("a file")
    with pytest.raises(CKDError, match="cannot be written"):
        Board(tmp_path, 0)
