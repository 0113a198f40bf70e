from __future__ import annotations

import time
from itertools import pairwise
from typing import Any

import numpy as np
import pytest

from app.resolve.effective import EffectiveRows, EffectiveTarget
from app.resolve.review import (
    NOTHING,
    ReviewEvent,
    arranged,
    events_of,
    evidence_of,
    target_events,
)
from app.resolve.review_evidence import Evidence, Opinions, how_far_from_home
from app.resolve.review_parts import LEAST, parts_of
from app.resolve.review_weights import REASONS, judge
from app.state.document import Document
from sessions import AcceptRun, Flag, MarkSeen, SeenMark, SetBox, SetFlags

COUNT = 120


def calm(**changes: Any) -> Evidence:
    """A target that a sure tracker follows; frame 0 is a person's."""
    parts: dict[str, Any] = {
        "boxes": np.tile([50.0, 50.0, 20.0, 20.0], (COUNT, 1)),
        "score": np.full(COUNT, 0.9, np.float32),
        "machine": np.arange(COUNT) > 0,
        "removed": np.zeros(COUNT, np.int32),
    }
    return Evidence(**parts | changes)


def with_score(low: slice, value: float = 0.1) -> Evidence:
    known = calm()
    known.score[low] = value
    return known


def frames_of(events: tuple[ReviewEvent, ...]) -> list[tuple[int, int]]:
    return [(event.first, event.last) for event in events]


def test_a_calm_run_has_nothing_to_review() -> None:
    assert events_of(calm()) == ()


def test_a_token_of_the_target_that_was_removed_is_no_reason_by_itself() -> None:
    # As on a night clip that is tracked well, where nearly every frame lost one at the border.
    assert events_of(calm(removed=np.ones(COUNT, np.int32))) == ()


def test_low_scores_in_a_row_are_one_event() -> None:
    (event,) = events_of(with_score(slice(40, 60)))
    assert event.first <= 40
    assert event.last >= 59
    assert event.covers(event.worst)
    assert 40 <= event.worst < 60
    assert set(event.reasons) == {"low score", "less sure"}
    assert event.detail
    assert 15 < event.wrong < 40


def test_a_short_recovery_does_not_make_two_events_of_one() -> None:
    known = with_score(slice(40, 60))
    known.score[49:51] = 0.9
    assert len(events_of(known)) == 1
    apart = with_score(slice(20, 30))
    apart.score[90:100] = 0.1
    assert len(events_of(apart)) == 2


def test_frames_that_a_person_decided_are_in_no_event_and_part_them() -> None:
    known = with_score(slice(30, 70))
    known.machine[50] = False
    first, second = events_of(known)
    assert first.last == 49
    assert second.first == 51


def test_a_tracker_that_is_fairly_sure_of_something_else_is_named() -> None:
    # 0.45 would be a good score of a target by night; this one was followed with 0.9.
    (event,) = events_of(with_score(slice(50, COUNT), 0.45))
    assert event.reasons[0] == "less sure"
    assert events_of(calm(score=np.full(COUNT, 0.6, np.float32))) == ()


def test_a_tracker_that_never_was_sure_is_named_all_the_same() -> None:
    (event,) = events_of(calm(score=np.full(COUNT, 0.05, np.float32)))
    assert (event.first, event.last) == (1, COUNT - 1)


def test_what_is_not_known_is_no_reason() -> None:
    nothing = calm(score=np.full(COUNT, np.nan, np.float32))
    assert events_of(nothing) == ()
    assert not judge(nothing).risk[0]


def test_without_scores_a_jump_is_a_reason() -> None:
    boxes = np.tile([50.0, 50.0, 20.0, 20.0], (COUNT, 1))
    boxes[60:, 0] += 60
    (event,) = events_of(calm(boxes=boxes, score=np.full(COUNT, np.nan, np.float32)))
    assert (event.first, event.reasons[0]) == (60, "jump")


def test_numbers_without_end_name_no_event_of_nothing() -> None:
    boxes = np.tile([50.0, 50.0, 0.0, 0.0], (COUNT, 1))
    boxes[30] = [1e300, 1e300, 1e-300, 1e300]
    with np.errstate(all="ignore"):
        risk = judge(calm(boxes=boxes, score=np.full(COUNT, 1e6, np.float32))).risk
    assert np.isfinite(risk).all()


def opinions(known: Evidence) -> Opinions:
    """Everybody agrees with the boxes."""
    found = Opinions.about(known.boxes)
    found.alone[1:] = known.boxes[1:, np.newaxis]
    found.likeness[1:] = 0.7
    found.back[1:-1] = known.boxes[1:-1]
    found.missed[1:] = 0.0
    return found


def test_a_way_back_that_does_not_come_home_names_where_both_ways_agree() -> None:
    known = calm()
    said = opinions(known)
    # The run from the end parts from the track at frame 40 and never meets the box by hand.
    said.back[1:40, 0] += 100
    said.missed[1:] = how_far_from_home(known.boxes, said.back, np.arange(1, COUNT))[1:]
    said.likeness[40:] = 0.0
    assert said.missed[1] == 1.0
    events = events_of(calm(opinions=said))
    assert [event.reasons[0] for event in events] == ["ways disagree"]
    assert 33 <= events[0].first <= 47
    assert events_of(calm(opinions=opinions(known))) == ()


def test_second_looks_at_boxes_of_before_say_nothing() -> None:
    said = opinions(calm())
    said.missed[1:] = 1.0
    said.likeness[1:] = -0.5
    assert events_of(calm(opinions=said))
    moved = np.tile([51.0, 50.0, 20.0, 20.0], (COUNT, 1))
    assert events_of(calm(boxes=moved, opinions=said)) == ()


def test_how_far_a_run_back_was_from_home() -> None:
    boxes, back = calm().boxes, np.full((COUNT, 4), np.nan)
    assert np.isnan(how_far_from_home(boxes, back, np.arange(1, COUNT))).all()
    back[1:] = boxes[1:]
    back[1, 0] += 500
    missed = how_far_from_home(boxes, back, np.arange(1, COUNT))
    assert missed[1] == 0
    assert np.isnan(missed[0])


def event(first: int, wrong: float = 1.0, target: str = "1", **changes: Any) -> ReviewEvent:
    parts: dict[str, Any] = {
        "target_id": target, "target_name": "Walker", "first": first, "last": first + 4,
        "worst": first + 2, "reasons": ("low score",), "detail": "0.10", "wrong": wrong,
    }  # fmt: skip
    return ReviewEvent(**parts | changes)


def test_the_worst_comes_first_or_the_earliest_and_what_was_seen_last() -> None:
    some = (event(10, 2), event(30, 9), event(50, 5, seen=True), event(70, 1))
    assert [each.first for each in arranged(some).events] == [30, 10, 70, 50]
    assert [each.first for each in arranged(some, by_time=True).events] == [10, 30, 70, 50]
    assert len(arranged(some).left) == 3
    after = arranged(some).with_seen(some[1])
    assert [(each.first, each.seen) for each in after.events][-2:] == [(30, True), (50, True)]


def first_of(found: ReviewEvent | None) -> int:
    assert found is not None
    return found.first


def test_walking_through_the_queue_goes_round_and_leaves_out_what_was_seen() -> None:
    queue = arranged((event(10, 2), event(30, 9), event(50, 5, seen=True)))
    assert first_of(queue.neighbour(0, "1", 1)) == 30
    assert first_of(queue.neighbour(32, "1", 1)) == 10
    assert first_of(queue.neighbour(12, "1", 1)) == 30
    assert first_of(queue.neighbour(52, "1", -1)) == 10
    assert NOTHING.neighbour(0, None, 1) is None


def test_by_time_the_walk_goes_on_from_where_one_is() -> None:
    queue = arranged((event(10), event(30), event(50)), by_time=True)
    assert first_of(queue.neighbour(20, "1", 1)) == 30
    assert first_of(queue.neighbour(20, "1", -1)) == 10
    assert first_of(queue.neighbour(99, "1", 1)) == 10
    assert first_of(queue.neighbour(0, "1", -1)) == 50


def test_of_two_events_on_a_frame_that_of_the_selected_target_is_meant() -> None:
    queue = arranged((event(10, 9), event(11, 2, "2")))
    assert queue.at(12, "2").target_id == "2"  # type: ignore[union-attr]
    assert queue.at(12, None).target_id == "1"  # type: ignore[union-attr]
    assert queue.at(99, "1") is None


def row_of(document: Document) -> EffectiveTarget:
    row = EffectiveRows(lambda: document.session, document.edition_of, lambda: None).target("1")
    assert row is not None
    return row


@pytest.fixture
def lost(document: Document) -> Document:
    """Frames 4 to 19, of which the tracker is not sure from frame 10 on."""
    boxes = np.tile([10.0, 20.0, 30.0, 40.0], (16, 1))
    score = np.where(np.arange(4, 20) < 10, 0.9, 0.05)
    document.do(AcceptRun("1", np.arange(4, 20), boxes, score))
    return document


def test_absent_reviewed_and_interpolated_frames_are_left_out(lost: Document) -> None:
    assert len(target_events(row_of(lost))) == 1
    lost.do(SetFlags("1", np.arange(10, 15), add=Flag.ABSENT))
    lost.do(SetFlags("1", np.arange(15, 18), add=Flag.REVIEWED))
    lost.do(SetBox("1", 18, np.array([[10.0, 20.0, 30.0, 40.0]] * 2)))
    known = evidence_of(row_of(lost))
    assert not known.machine[10:19].any()
    assert known.machine[19]
    for found in target_events(row_of(lost)):
        assert found.first > 18 or found.last < 10


def seen_events(document: Document) -> list[bool]:
    assert document.session is not None
    return [
        each.seen for each in target_events(row_of(document), document.session.target("1").seen)
    ]


def test_an_event_that_was_seen_stays_so_until_its_boxes_are_others(lost: Document) -> None:
    (found,) = target_events(row_of(lost))
    lost.do(MarkSeen("1", (found.mark(),)))
    assert seen_events(lost) == [True]
    lost.undo()
    assert seen_events(lost) == [False]
    lost.redo()
    # Tracked again: nobody has seen these boxes.
    boxes = np.tile([12.0, 20.0, 30.0, 40.0], (16, 1))
    score = np.where(np.arange(4, 20) < 10, 0.9, 0.05)
    lost.do(AcceptRun("1", np.arange(4, 20), boxes, score, edited_at=time.time() + 5))
    assert seen_events(lost) == [False]


def test_a_mark_counts_for_its_reason_and_for_most_of_an_event(lost: Document) -> None:
    (found,) = target_events(row_of(lost))
    late = time.time() + 1
    for mark, counts in (
        (SeenMark(found.first, found.last, "low score", late), True),
        (SeenMark(found.first, found.last, "another reason", late), False),
        (SeenMark(found.first, found.first + 1, "", late), False),
        (SeenMark(found.first + 1, found.last + 50, "", late), True),
    ):
        assert [each.seen for each in target_events(row_of(lost), (mark,))] == [counts]


def test_every_reason_has_words() -> None:
    names = [reason.name for reason in REASONS]
    assert len(set(names)) == len(names)
    for reason in REASONS:
        assert reason.words(0.5).strip()
        # One that never counts is no reason.
        assert max(reason.weights) > 0
        assert min(reason.weights) >= 0


def test_two_causes_with_a_sure_tracker_between_them_are_two_events() -> None:
    known = calm()
    known.score[20:35] = 0.1
    # The mean around both ends of the passage keeps its frames listed: one run, two causes.
    known.score[35:46] = 0.62
    known.score[46:60] = 0.1
    first, second = events_of(known)
    assert first.last + 1 == second.first
    assert 36 <= second.first <= 45


def test_a_moment_of_the_same_thing_is_no_event_of_its_own() -> None:
    known = calm()
    known.score[20:60] = 0.1
    known.score[38:41] = 0.5
    (event,) = events_of(known)
    assert (event.first, event.last) == frames_of(events_of(with_score(slice(20, 60))))[0]


def test_a_long_stretch_without_anything_like_the_target_is_an_event_shown_on_its_first_frame() -> (
    None
):
    known = calm()
    known.score[40:70] = 0.45
    known.score[70:] = 0.05
    events = events_of(known)
    assert [event.reasons[0] == "not found" for event in events] == [False, True]
    lost = events[-1]
    assert lost.last == COUNT - 1
    assert lost.worst == lost.first
    # The mean around decides, so the border may lie a few frames off.
    assert abs(lost.first - 70) <= 3


def test_what_hides_a_target_for_a_moment_leaves_it_to_be_found() -> None:
    (event,) = events_of(with_score(slice(40, 60), 0.05))
    assert "not found" not in event.reasons


def test_parts_of_an_event_are_in_order_and_leave_nothing_out() -> None:
    rng = np.random.default_rng(3)
    for _ in range(50):
        count = int(rng.integers(1, 300))
        risk = np.clip(np.cumsum(rng.normal(0, 0.2, count)), 0, 1)
        score = np.where(rng.random(count) < 0.05, np.nan, 1 - risk)
        parts = parts_of(risk, score, 0, count - 1)
        assert parts[0][0] == 0
        assert parts[-1][1] == count - 1
        assert all(one[1] + 1 == two[0] for one, two in pairwise(parts))
        assert len(parts) == 1 or min(last - first + 1 for first, last, _ in parts) >= LEAST


def test_where_nothing_is_found_from_the_first_frames_on_the_whole_event_says_so() -> None:
    risk, score = np.full(60, 0.9), np.full(60, 0.05)
    score[:3] = 0.5
    assert parts_of(risk, score, 0, 59) == [(0, 59, True)]
