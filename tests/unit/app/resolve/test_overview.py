from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from app.look.palette import DARK
from app.resolve.answer import FrameAnswer
from app.resolve.effective import EffectiveRows, EffectiveTarget
from app.resolve.live import LiveRun
from app.resolve.overview import (
    saved_words,
    status_facts,
    target_row,
    timeline_model,
    timeline_row,
)
from app.state.document import Document
from sessions import Flag, SetAttributes, SetFlags, Source, Target
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


def _row(
    document: Document, live: dict[int, Any] | None = None, model: str = ""
) -> EffectiveTarget:
    run = LiveRun("1", 3, live, list(live), model) if live else None
    row = EffectiveRows(lambda: document.session, document.edition_of, lambda: run).target("1")
    assert row is not None
    return row


def test_a_run_under_way_is_drawn_but_never_over_a_decision(
    document: Document, target: Target, result: Callable[..., Any]
) -> None:
    document.do(SetFlags("1", np.array([5]), add=Flag.ABSENT))
    live = {index: result(index) for index in (2, 3, 4, 5, 6)}
    row = timeline_row(_row(document, live), DARK)
    assert np.flatnonzero(row.source == Source.TRACKED).tolist() == [2, 4, 6]
    assert row.source[3] == Source.MANUAL
    assert np.flatnonzero(row.flags & Flag.TARGET_REMOVED).tolist() == [2, 4, 6]
    assert np.isnan(row.score[3])
    assert (target.source != Source.TRACKED).all()


def test_the_timeline_marks_the_selected_target(document: Document) -> None:
    model = timeline_model((_row(document),), 20, frozenset({7}), "1", DARK)
    assert (model.count, model.gaps) == (20, {7})
    assert [row.selected for row in model.rows] == [True]
    assert timeline_model((), 0, frozenset(), None, DARK).count == 0


def test_counts_of_the_list(document: Document, result: Callable[..., Any]) -> None:
    row = target_row(_row(document), DARK)
    assert (row.name, row.frames, row.manual) == ("Walker", 1, 1)
    assert (
        target_row(_row(document, {index: result(index) for index in (2, 3, 4)}), DARK).frames == 3
    )


def test_the_status_line(document: Document, result: Callable[..., Any]) -> None:
    clip: Any = Clip()
    facts = status_facts("Not saved yet", clip, _row(document), 3, None)
    assert facts.frame == "Frame 3 · 20 frames"
    assert facts.box == "Box 10, 20  30 × 40"
    assert facts.score == ""
    assert facts.source == "Walker: set by hand"
    assert facts.saved == "Not saved yet"
    answer = FrameAnswer(4, None, 0, (), 0.51, None, None, "tiny")
    row = _row(document, {4: result(4, score=0.51)})
    live = status_facts("", clip, row, 4, answer)
    assert live.score == "Score 0.51"
    assert live.source == "Walker: tracked by tiny"
    damaged = status_facts("", clip, row, 4, replace(answer, damage="Frame data damaged: torn."))
    assert damaged.source == "Walker: tracked by tiny, frame data damaged"
    document.do(SetAttributes("1", {"kind": "x" * 200, "color": "red"}))
    said = status_facts("", clip, _row(document), 3, None).source
    assert said.startswith("Walker: set by hand, kind = xxx")
    assert len(said) < 90
    assert status_facts("Not saved yet", clip, None, 0, None).box == ""


def test_words_on_saving(document: Document, tmp_path: Any) -> None:
    assert _saved(document) == "Not saved yet"
    assert document.history is not None
    document.mark_saved(tmp_path / "walk.h5", document.history.state)
    assert _saved(document) == "Saved in walk.h5"
    document.undo()
    assert _saved(document) == "Unsaved changes"
    document.replace(None)
    assert document.clean
