from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from app.look.palette import DARK
from app.resolve.live import LiveRows
from app.resolve.overview import (
    review_queue,
    saved_words,
    status_facts,
    target_row,
    timeline_model,
    timeline_row,
)
from app.state.document import Document
from sessions import AcceptRun, Flag, SetFlags, Source, Target
from tracker_core.sequences import Layout


class Clip:
    """As much of a Sequence as the status line reads."""

    layout = Layout.TWO_VIDEOS
    rgb_paths = ()

    def __len__(self) -> int:
        return 20


@pytest.fixture
def target(document: Document) -> Target:
    assert document.session is not None
    return document.session.target("1")


def _saved(document: Document) -> str:
    return saved_words(document.path, clean=document.clean)


def _rows(frames: list[int]) -> LiveRows:
    count = len(frames)
    return LiveRows(
        np.array(frames), np.full(count, 0.6, np.float32), np.array([True] * count, np.bool_)
    )


def test_a_run_under_way_is_drawn_but_never_over_a_decision(
    document: Document, target: Target
) -> None:
    document.do(SetFlags("1", np.array([5]), add=Flag.ABSENT))
    row = timeline_row(target, _rows([2, 3, 4, 5, 6]), DARK)
    assert np.flatnonzero(row.source == Source.TRACKED).tolist() == [2, 4, 6]
    assert row.source[3] == Source.MANUAL
    assert np.flatnonzero(row.flagged).tolist() == [2, 4, 6]
    assert np.isnan(row.score[3])
    assert (target.source != Source.TRACKED).all()


def test_the_timeline_marks_the_selected_target(document: Document) -> None:
    model = timeline_model(document.session, frozenset({7}), "1", lambda _id: None, DARK)
    assert (model.count, model.gaps) == (20, {7})
    assert [row.selected for row in model.rows] == [True]
    assert timeline_model(None, frozenset(), None, lambda _id: None, DARK).count == 0


def test_counts_of_the_list(target: Target) -> None:
    row = target_row(target, DARK)
    assert (row.name, row.frames, row.manual) == ("Walker", 1, 1)
    assert target_row(target, DARK, _rows([2, 3, 4])).frames == 3


def test_low_scores_are_queued_unless_reviewed(document: Document, target: Target) -> None:
    boxes = np.tile([10.0, 20.0, 30.0, 40.0], (3, 1))
    document.do(AcceptRun("1", np.array([4, 5, 6]), boxes, np.array([0.9, 0.1, 0.2])))
    assert {item.frame_index for item in review_queue(target)} == {5, 6}
    document.do(SetFlags("1", np.array([5]), add=Flag.REVIEWED))
    assert {item.frame_index for item in review_queue(target)} == {6}


def test_the_status_line(target: Target, result: Callable[..., Any]) -> None:
    clip: Any = Clip()
    facts = status_facts("Not saved yet", clip, target, 3, None, "")
    assert facts.frame == "Frame 3 / 19"
    assert facts.box == "Box 10, 20  30 × 40"
    assert facts.score == ""
    assert facts.source == "Walker: set by hand"
    assert facts.saved == "Not saved yet"
    live = status_facts("Not saved yet", clip, target, 4, result(4, score=0.51), "tiny")
    assert live.score == "Score 0.51"
    assert live.source == "Walker: tracked by tiny"
    assert status_facts("Not saved yet", clip, None, 0, None, "").box == ""


def test_words_on_saving(document: Document, tmp_path: Any) -> None:
    assert _saved(document) == "Not saved yet"
    assert document.history is not None
    document.mark_saved(tmp_path / "walk.h5", document.history.state)
    assert _saved(document) == "Saved in walk.h5"
    document.undo()
    assert _saved(document) == "Unsaved changes"
    document.replace(None)
    assert document.clean
