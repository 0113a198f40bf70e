"""What is shown while a run is live is what the session holds once it is accepted."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from app.bridge.runs import accept_run, scale_alignment
from app.resolve.answer import answer_of_result, answer_of_session
from app.resolve.curves import NO_SCORE, NO_TOKENS, curves_model
from app.resolve.effective import EffectiveRows, EffectiveTarget
from app.resolve.inspection import Missing
from app.resolve.live import LiveRun
from app.resolve.trackers import tracker_name
from app.state.document import Document
from sessions import (
    AddTarget,
    Alignment,
    AnnotationSession,
    Flag,
    Link,
    Modality,
    ModelInfo,
    RenameTarget,
    SequenceInfo,
    SetAlignment,
    SetBox,
    SetFlags,
    Source,
)
from tracker_core.ckd.crop import SearchWindow
from tracker_core.ckd.tracker import EliminationStage, TrackResult
from tracker_core.trackers import Step

COUNT = 12
START = 2
RGB = (640, 480)
MODEL = ModelInfo("tiny", "", "{}", 4, 4, (1,))
STILL = ModelInfo("Still box", "", "{}", 0, 0, (), tracker="still")
SKEWED = Alignment(0, (2.1, 0.05, -3.0, 0.02, 1.9, 4.0, 1e-5, -2e-5, 1.0))
"""A thermal camera of another resolution that also looks from elsewhere."""


def _result(index: int, removed: int = 1) -> TrackResult:
    stage = EliminationStage(
        1, np.arange(12), np.arange(12, 16), np.linspace(1, 0, 16, dtype=np.float32)
    )
    return TrackResult(
        frame_index=index,
        box_xywh=(100.0 + 7.3 * index, 80.0 + 3.1 * index, 40.0 + index, 61.0 - index / 2),
        score=0.9 - index / 20,
        score_map=np.full((4, 4), 0.5, np.float32),
        search_window=SearchWindow(10 + index, 4, 100),
        search_grid=4,
        elimination=(stage,),
        target_tokens_removed=removed,
    )


class Bench:
    """A document, a run that goes on frame by frame, and the rows that everybody reads."""

    def __init__(self, alignment: Alignment, tir: tuple[int, int]) -> None:
        names = tuple(str(index) for index in range(COUNT))
        info = SequenceInfo("clip", "lasher", names, names, COUNT, COUNT, RGB, tir)
        self.session = AnnotationSession(info, alignment=alignment)
        self.document = Document()
        self.document.replace(self.session)
        self.document.do(AddTarget("1", "Walker"))
        self.document.do(SetBox.draw(self.session, "1", START, (110, 85, 41, 60)))
        self.results: dict[int, TrackResult] = {}
        self.run: LiveRun | None = LiveRun("1", START, self.results, [], tracker_name(MODEL))
        self.rows = EffectiveRows(
            lambda: self.document.session,
            self.document.edition_of,
            lambda: self.run if self.results else None,
        )

    def shift_thermal(self, x: float, y: float) -> None:
        box = self.session.target("1").boxes[START, 1] + np.array([x, y, 1.0, -2.0])
        self.document.do(SetBox.draw(self.session, "1", START, box, Modality.TIR, Link.NONE))

    def step(self, *frames: int, removed: int = 1) -> None:
        assert self.run is not None
        for index in frames:
            self.results[index] = _result(index, removed)
            self.run.frames.append(index)

    def row(self) -> EffectiveTarget:
        row = self.rows.target("1")
        assert row is not None
        return row

    def accept(self) -> EffectiveTarget:
        self.document.do(accept_run(self.session, "1", self.results, MODEL, START))
        self.run = None
        return self.row()


def _columns(row: EffectiveTarget) -> dict[str, np.ndarray]:
    names = ("source", "flags", "score", "boxes", "removed")
    return {name: np.array(getattr(row, name)) for name in names}


@pytest.mark.parametrize("offset", [None, (5.0, -3.0)])
@pytest.mark.parametrize(
    ("alignment", "tir"),
    [
        (Alignment(), RGB),
        (scale_alignment(RGB, (320, 240)), (320, 240)),
        (SKEWED, (320, 240)),
    ],
)
@pytest.mark.usefixtures("qapp")
def test_accepting_a_run_changes_nothing_that_is_shown(
    alignment: Alignment, tir: tuple[int, int], offset: tuple[float, float] | None
) -> None:
    bench = Bench(alignment, tir)
    if offset is not None:
        bench.shift_thermal(*offset)
    bench.document.do(SetFlags("1", np.array([5]), add=Flag.ABSENT))
    bench.document.do(SetFlags("1", np.array([6]), add=Flag.OCCLUDED | Flag.TARGET_REMOVED))
    bench.step(3, 4)
    bench.row()
    bench.step(5, 6, removed=0)
    bench.step(7, 8)
    row = bench.row()
    live, shown = _columns(row), [row.boxes_on_panes(index) for index in range(COUNT)]
    numbers = (row.boxed, row.manual, row.tracked)
    answers = [row.answer(index) for index in range(COUNT)]
    after = bench.accept()
    for name, column in _columns(after).items():
        assert np.array_equal(live[name], column, equal_nan=column.dtype.kind == "f"), name
    assert shown == [after.boxes_on_panes(index) for index in range(COUNT)]
    assert numbers == (after.boxed, after.manual, after.tracked)
    for index, before in enumerate(answers):
        recorded = after.answer(index)
        assert (before is None) == (recorded is None)
        if before is not None and recorded is not None:
            assert (before.window, before.box_xywh, before.model) == (
                recorded.window,
                recorded.box_xywh,
                recorded.model,
            )
            assert before.score == pytest.approx(recorded.score)


@pytest.mark.usefixtures("qapp")
def test_frames_of_a_person_stay_the_persons() -> None:
    bench = Bench(Alignment(), RGB)
    bench.document.do(SetBox.draw(bench.session, "1", 4, (1, 2, 30, 40)))
    bench.step(3, 4, 5)
    row = bench.row()
    assert row.box(4) == (1, 2, 30, 40)
    assert row.source.tolist()[2:6] == [Source.MANUAL, Source.TRACKED, Source.MANUAL, 2]
    assert row.answer(4) is None
    bench.document.do(SetBox.draw(bench.session, "1", 5, (3, 2, 30, 40)))
    assert bench.row().box(5) == (3, 2, 30, 40), "a correction during the run counts at once"
    bench.document.undo()
    assert bench.row().box(5) == pytest.approx(_result(5).box_xywh)


@pytest.mark.usefixtures("qapp")
def test_a_step_reads_only_what_is_new() -> None:
    bench = Bench(Alignment(), RGB)
    read: list[int] = []

    class Watched(dict[int, TrackResult]):
        def __getitem__(self, index: int) -> TrackResult:
            read.append(index)
            return super().__getitem__(index)

    bench.results = Watched()
    bench.run = LiveRun("1", START, bench.results, [], "tiny")
    bench.step(3, 4)
    row = bench.row()
    assert read == [3, 4]
    bench.step(5)
    assert bench.row() is row
    assert read == [3, 4, 5]
    assert bench.row() is row
    assert row.boxed == 4
    bench.document.do(AddTarget("2", "Car"))
    assert bench.row() is row, "another target is none of its business"
    bench.document.do(RenameTarget("1", "Runner"))
    assert bench.row().name == "Runner"
    assert read == [3, 4, 5, 3, 4, 5]


@pytest.mark.usefixtures("qapp")
def test_rows_are_made_again_where_something_changed() -> None:
    bench = Bench(Alignment(), RGB)
    bench.document.do(AddTarget("2", "Car"))
    bench.document.do(SetBox.draw(bench.session, "2", 0, (1, 2, 30, 40)))
    first, second = bench.rows.targets()
    assert bench.rows.targets() == (first, second)
    bench.document.do(SetBox.draw(bench.session, "2", 1, (1, 2, 30, 40)))
    assert bench.rows.target("1") is first
    changed = bench.rows.target("2")
    assert changed is not None
    assert changed is not second
    assert changed.boxed == 2
    bench.document.do(SetAlignment(SKEWED))
    assert bench.rows.target("1") is not first
    bench.document.replace(None)
    assert bench.rows.targets() == ()
    assert bench.rows.target("1") is None


@pytest.mark.usefixtures("qapp")
def test_rows_cannot_be_written() -> None:
    bench = Bench(Alignment(), RGB)
    bench.step(3)
    for row in (bench.row(), bench.accept()):
        for name in ("source", "flags", "score", "boxes"):
            with pytest.raises(ValueError, match="read-only"):
                getattr(row, name)[0] = 1


@pytest.mark.usefixtures("qapp")
def test_a_tracker_without_tokens_says_so() -> None:
    bench = Bench(Alignment(), RGB)
    bare: Any = SimpleNamespace(
        box_xywh=(1.0, 2.0, 3.0, 4.0),
        score=0.4,
        score_map=None,
        search_window=None,
        search_grid=0,
        elimination=(),
        target_tokens_removed=0,
    )
    bench.results[3] = bare
    bench.run = LiveRun("1", START, bench.results, [3], "nanotrack")
    answer = bench.row().answer(3)
    assert answer is not None
    assert answer.without_tokens() == Missing(
        "nanotrack keeps no tokens; track with CKD to see them."
    )
    assert bench.row().removed[3] == -1, "no tokens is not the same as none removed"
    assert bench.row().made_by(3) is None, "nothing is kept before the run is over"
    view = answer.score_view()
    assert isinstance(view, Missing)
    assert "nanotrack keeps no score map" in view.words
    whole = _result(3)
    bench.results[3] = replace(whole, elimination=())
    bench.run = LiveRun("1", START, bench.results, [3], "plain")
    kept = bench.row().answer(3)
    assert kept is not None
    assert kept.without_tokens() is None, "all tokens stay in a CKD that eliminates none"


@pytest.mark.usefixtures("qapp")
def test_a_recorded_tracker_without_tokens_says_the_same() -> None:
    bench = Bench(Alignment(), RGB)
    bench.document.do(accept_run(bench.session, "1", {3: Step((1.0, 2.0, 3.0, 4.0))}, STILL, START))
    row = bench.row()
    answer = row.answer(3)
    assert answer is not None
    assert (answer.window, answer.score_map, answer.model) == (None, None, "Still box")
    assert answer.without_tokens() == Missing(
        "Still box keeps no tokens; track with CKD to see them."
    )
    assert row.removed[3] == -1
    assert row.made_by(3) == STILL
    assert row.made_by(4) is None
    model = curves_model(row, None, None)
    assert model is not None
    assert (model.score_note, model.tokens_note) == (NO_SCORE, NO_TOKENS)


def test_a_session_keeps_attention_and_the_overlap_that_was_expected(
    document: Document, result: Callable[..., Any]
) -> None:
    assert document.session is not None
    said = replace(result(4), overlap=0.4)
    document.do(accept_run(document.session, "1", {4: said, 5: result(5)}, MODEL, 3))
    answer = answer_of_session(document.session.target("1"), 4)
    fresh = answer_of_result(said, 4)
    assert answer is not None
    assert answer.overlap == pytest.approx(0.4)
    for kept, live in zip(answer.stages, fresh.stages, strict=True):
        assert kept.attention is not None
        assert kept.candidates is not None
        assert live.attention is not None
        order = np.argsort(live.candidates)
        np.testing.assert_array_equal(kept.candidates, live.candidates[order])
        np.testing.assert_allclose(kept.attention, live.attention[order], atol=1e-3)
    unsaid = answer_of_session(document.session.target("1"), 5)
    assert unsaid is not None
    assert math.isnan(unsaid.overlap)


def test_attention_of_a_fresh_look_is_joined(
    document: Document, result: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert document.session is not None
    session = document.session
    # As sessions of before: they keep who went, and not why.
    monkeypatch.setattr("app.bridge.values._attention", lambda *_: None)
    document.do(accept_run(session, "1", {4: result(4)}, MODEL, 3))
    rows = EffectiveRows(lambda: session, document.edition_of, lambda: None)
    row = rows.target("1")
    assert row is not None
    recorded, joined = row.answer(4), row.answer(4, result(4))
    assert recorded is not None
    assert joined is not None
    assert recorded.stages[0].attention is None
    assert joined.stages[0].attention is not None
