from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from app.bridge.runs import accept_run
from app.look.theme import current_theme
from app.resolve.effective import EffectiveTarget
from app.resolve.lost import LOST_TIP, RULE, LostRule, lost_in_a_row, words_of_lost
from app.resolve.review import target_events
from app.views.frame.scene_maker import box_item
from sessions import AddTarget, AnnotationSession, History, ModelInfo, SequenceInfo, SetBox
from tracker_core.trackers import Step

BOX = (10.0, 10.0, 20.0, 20.0)
LOW, SURE = Step(BOX, 0.1), Step(BOX, 0.9)
DOCS = Path(__file__).parents[4] / "docs"


def tracked(
    said: dict[int, Step], frames: int = 40
) -> tuple[History, Callable[[], EffectiveTarget]]:
    session = AnnotationSession(
        SequenceInfo("clip", "folder", (), (), frames, frames, (80, 60), (80, 60), "f")
    )
    history = History(session)
    history.do(AddTarget("1", "Walker"))
    model = ModelInfo("other", "", "{}", 0, 0, tracker="other")
    history.do(accept_run(session, "1", said, model))
    return history, lambda: EffectiveTarget(session.target("1"), session.alignment)


@pytest.mark.parametrize(
    ("score", "overlap", "why"),
    [
        (0.9, 0.8, ""),
        (0.12, math.nan, "score 0.12"),
        (0.9, 0.2, "expected overlap 0.20"),
        (0.1, 0.2, "score 0.10, expected overlap 0.20"),
        (math.nan, math.nan, ""),
        (RULE.score, RULE.overlap, ""),
    ],
)
def test_either_number_may_say_it(score: float, overlap: float, why: str) -> None:
    assert words_of_lost(score, overlap) == why
    assert lost_in_a_row(dict.fromkeys(range(5), (score, overlap))) == (list(range(5)) * bool(why))


def test_one_weak_frame_is_no_alarm() -> None:
    rule = LostRule(0.25, 0.3, frames=3)
    nan = np.nan
    score = np.array([0.1, 0.1, 0.9, 0.1, 0.9, 0.1, 0.1, 0.1, nan, 0.1, 0.1])
    overlap = np.full(len(score), nan)
    assert np.flatnonzero(rule.lost(score, overlap)).tolist() == [5, 6, 7]
    # What one of them leaves out the other may say.
    overlap[2] = 0.1
    assert np.flatnonzero(rule.lost(score, overlap)).tolist() == [0, 1, 2, 3, 5, 6, 7]
    assert lost_in_a_row({4: (0.1, nan), 5: (0.1, nan), 7: (0.1, nan)}) == []
    assert lost_in_a_row({}) == []


def test_it_is_said_of_a_trackers_boxes_in_a_row_and_not_of_a_persons() -> None:
    row_of_low, count = RULE.frames, 4 * RULE.frames
    # Enough of them, one too few, and enough again of which one says it by its overlap alone.
    first, second = range(1, 1 + row_of_low), range(2 + row_of_low, 1 + 2 * row_of_low)
    third = range(3 + 2 * row_of_low, 3 + 3 * row_of_low)
    said = dict.fromkeys(range(1, count), SURE) | dict.fromkeys((*first, *second, *third), LOW)
    said[third[1]] = Step(BOX, 0.9, overlap=0.1)
    history, row_of = tracked(said, count)
    row = row_of()
    why = ["score 0.10" if each in (*first, *third) else "" for each in range(count)]
    why[third[1]] = "expected overlap 0.10"
    assert [row.why_lost(index) for index in range(count)] == why
    assert row.lost().tolist() == [bool(each) for each in why]
    history.do(SetBox("1", third[2], np.array([BOX] * 2)))
    row = row_of()
    assert np.flatnonzero(row.lost()).tolist() == list(first)
    assert [bool(row.why_lost(index)) for index in range(count)] == row.lost().tolist()
    palette = current_theme().palette
    shown = (first[0], second[0], third[1], third[2])
    notes = [box_item(row, index, palette, selected=True) for index in shown]
    assert [None if item is None else item.note for item in notes] == [
        "0.10 perhaps lost", "0.10", "0.90", "",
    ]  # fmt: skip


def test_the_queue_lists_what_the_window_says() -> None:
    last = 19 + RULE.frames
    lost = range(20, last + 1)
    # Sure by its score, which alone would list nothing; the overlap that it expects says it.
    expects = {index: Step(BOX, 0.9, overlap=0.8) for index in range(1, 40)}
    expects |= {index: Step(BOX, 0.9, overlap=0.1) for index in (*lost, 35)}
    (event,) = target_events(tracked(expects)[1]())
    assert (event.first, event.last, event.reasons[0]) == (20, last, "perhaps lost")
    assert event.detail == "overlap 0.10"
    assert event.wrong > 2
    # And by the score, on the frames that are lost.
    by_score = {index: LOW if index in lost else SURE for index in range(1, 40)}
    (event,) = target_events(tracked(by_score)[1]())
    assert (event.reasons[0], event.detail) == ("perhaps lost", "0.10")
    assert "low score" in event.reasons
    assert event.worst in lost


def test_docs_have_the_limits_that_are_in_use() -> None:
    assert f"{RULE.score:.2f}" in LOST_TIP
    score, overlap = f"{RULE.score:g}", f"{RULE.overlap:g}"
    for name in ("window.md", "glossary.md", "guide/words.md"):
        lines = (DOCS / name).read_text(encoding="utf-8").replace("\n", " ").split(". ")
        said = [line for line in lines if "erhaps lost" in line]
        assert any(
            score in line and overlap in line and f"{RULE.frames} frames in a row" in line
            for line in said
        ), name
