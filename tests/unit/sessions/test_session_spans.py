"""Attributes of some frames: how they are put together, and what becomes of them."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import h5py
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sessions import (
    AnnotationSession,
    AttributeSpan,
    ChangeKind,
    Command,
    History,
    RemoveTarget,
    RestoreFrameAttributes,
    SessionError,
    SetFrameAttribute,
    SetTargetProperties,
    Spans,
    attributes_at,
    load,
    merge_targets,
    save,
    snapshot,
    split_target,
)
from sessions.spans import (
    MAX_SPAN_NAMES,
    MAX_SPANS,
    changes_of,
    check_spans,
    merged_spans,
    moved_spans,
    names_of,
    spans_within,
    told_spans,
    with_value,
)
from tests.unit.sessions.building import full, state

FRAMES = 12

numbers = st.integers(0, FRAMES - 1)
steps = st.tuples(
    st.sampled_from(["pose", "bag", "ü"]),
    st.tuples(numbers, numbers).map(sorted),
    st.none() | st.sampled_from(["a", "b"]),
)
Step = tuple[str, list[int], str | None]


def made(given_steps: list[Step]) -> tuple[Spans, list[dict[str, str]]]:
    """What steps make as spans, and the same frame by frame in the plainest way."""
    spans: Spans = ()
    plain: list[dict[str, str]] = [{} for _ in range(FRAMES)]
    for name, (first, last), value in given_steps:
        spans = with_value(spans, name, first, last, value)
        for frame in range(first, last + 1):
            plain[frame].pop(name, None)
            if value is not None:
                plain[frame][name] = value
    return spans, plain


def by_frame(spans: Spans) -> list[dict[str, str]]:
    return [dict(attributes_at(spans, frame)) for frame in range(FRAMES)]


@given(st.lists(steps, max_size=12))
def test_the_last_one_wins_frame_by_frame(given_steps: list[Step]) -> None:
    spans, plain = made(given_steps)
    assert by_frame(spans) == plain
    assert list(spans) == sorted(spans)
    for one, other in pairwise(spans):
        if one.name == other.name:
            assert one.last < other.first
            # What could be one is one.
            assert one.last + 1 < other.first or one.value != other.value
    assert check_spans(spans[::-1]) == spans
    assert names_of(spans) == tuple(sorted({name for frame in plain for name in frame}))


@given(st.lists(steps, max_size=8), st.lists(steps, max_size=8))
def test_merged_both_say_what_they_said_and_the_first_decides(
    one: list[Step], other: list[Step]
) -> None:
    own, own_plain = made(one)
    others, others_plain = made(other)
    both = [{**b, **a} for a, b in zip(own_plain, others_plain, strict=True)]
    assert by_frame(merged_spans(own, others)) == both


@given(st.lists(steps, max_size=8), st.tuples(numbers, numbers).map(sorted))
def test_a_part_of_them_says_the_same_of_its_frames(
    given_steps: list[Step], part: list[int]
) -> None:
    first, last = part
    spans, plain = made(given_steps)
    inner = [said if first <= frame <= last else {} for frame, said in enumerate(plain)]
    assert by_frame(spans_within(spans, first, last)) == inner
    starts = {frame for frame in range(FRAMES) if frame and plain[frame] != plain[frame - 1]}
    assert starts <= set(changes_of(spans))
    assert told_spans((f, f, said) for f, said in enumerate(plain)) == spans
    moved = by_frame(spans_within(moved_spans(spans, 1), 0, FRAMES - 1))
    assert moved == [{}, *plain[:-1]]


# Commands -----------------------------------------------------------------------------------


def sitting() -> AnnotationSession:
    session = full()
    SetFrameAttribute("1", "pose", 5, 14, "sitting").apply(session)
    SetFrameAttribute("car-2", "pose", 10, 20, "parked").apply(session)
    SetFrameAttribute("car-2", "door", 12, 12, "open").apply(session)
    return session


def test_a_value_on_a_range_is_one_step() -> None:
    session = full()
    history = History(session)
    change = history.do(SetFrameAttribute("1", "pose", 3, 30, "sitting"))
    assert change.kind is ChangeKind.ATTRIBUTES
    assert change.frames.tolist() == list(range(3, 31))
    assert change.touches(30)
    assert not change.touches(31)
    assert history.undo_label == "Set pose of walker to sitting on frames 3 to 30"
    history.do(SetFrameAttribute("1", "pose", 7, 7, None))
    assert history.undo_label == "Take pose of walker away on frame 7"
    assert attributes_at(session.target("1").spans, 7) == {}
    assert attributes_at(session.target("1").spans, 8) == {"pose": "sitting"}
    undone = history.undo()
    assert undone is not None
    assert undone.frames.tolist() == list(range(3, 31))
    assert session.target("1").spans == (AttributeSpan("pose", 3, 30, "sitting"),)
    history.undo()
    assert state(session) == state(full())
    assert session.target("1").spans == ()


def test_what_changes_is_only_where_spans_differ() -> None:
    session = full()
    SetFrameAttribute("1", "pose", 3, 5, "a").apply(session)
    SetFrameAttribute("1", "pose", 20, 22, "a").apply(session)
    spans = (AttributeSpan("pose", 3, 5, "a"), AttributeSpan("bag", 30, 31, "b"))
    change = RestoreFrameAttributes("1", spans).apply(session)
    assert change.frames.tolist() == [20, 21, 22, 30, 31]
    assert RestoreFrameAttributes("1", spans).apply(session).frames.size == 0


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda: SetFrameAttribute("1", "", 0, 1, "x"), "name of an attribute must not be empty"),
        (lambda: SetFrameAttribute("1", "a\nb", 0, 1, "x"), "single line"),
        (lambda: SetFrameAttribute("1", "a" * 101, 0, 1, "x"), "at most 100"),
        (lambda: SetFrameAttribute("1", "a", 0, 1, ""), "value of an attribute must not be empty"),
        (lambda: SetFrameAttribute("1", "a", 0, 1, "\x1b[2J"), "single line"),
        (lambda: SetFrameAttribute("1", "a", 0, 1, "\ud800"), "not valid Unicode"),
        (lambda: SetFrameAttribute("1", "a", 0, 1, "x" * 201), "at most 200"),
        (lambda: SetFrameAttribute("1", "a", 0, 1, 5), "must be text"),  # type: ignore[arg-type]
        (lambda: SetFrameAttribute("1", "a", 5, 4, "x"), "between 5 and"),
        (lambda: SetFrameAttribute("1", "a", -1, 4, "x"), "first frame of an attribute"),
        (lambda: SetFrameAttribute("1", "a", 0, 40, "x"), "Frame 40 does not exist"),
        (lambda: SetFrameAttribute("1", "a", 0, 40, None), "Frame 40 does not exist"),
        (lambda: SetFrameAttribute("9", "a", 0, 4, "x"), "no target with the id '9'"),
        (lambda: RestoreFrameAttributes("1", (1,)), "list of spans"),  # type: ignore[arg-type]
        (
            lambda: RestoreFrameAttributes("1", (AttributeSpan("a", 3, 40, "x"),)),
            "Frame 40 does not exist",
        ),
        (
            lambda: RestoreFrameAttributes(
                "1", (AttributeSpan("a", 3, 9, "x"), AttributeSpan("a", 9, 9, "x"))
            ),
            "'a' has two values on frame 9",
        ),
    ],
)
def test_what_cannot_be_is_refused_and_changes_nothing(
    make: Callable[[], Command], said: str
) -> None:
    session = full()
    with pytest.raises(SessionError, match=said):
        make().apply(session)
    assert state(session) == state(full())


def test_a_locked_target_keeps_its_attributes() -> None:
    session = sitting()
    history = History(session)
    history.do(SetFrameAttribute("1", "pose", 0, 1, "x"))
    history.do(SetTargetProperties("1", locked=True))
    with pytest.raises(SessionError, match="walker is locked"):
        history.do(SetFrameAttribute("1", "pose", 0, 1, "y"))
    history.undo()
    history.undo()
    assert session.target("1").spans == sitting().target("1").spans


def test_there_are_at_most_so_many() -> None:
    many = tuple(AttributeSpan("a", i * 2, i * 2, "x") for i in range(MAX_SPANS))
    assert check_spans(many) == many
    with pytest.raises(SessionError, match="at most 50000 attributes"):
        with_value(many, "b", 0, 0, "x")
    names = tuple(AttributeSpan(f"a{i}", 0, 0, "x") for i in range(MAX_SPAN_NAMES))
    with pytest.raises(SessionError, match="at most 200 attributes on its frames"):
        with_value(names, "b", 0, 0, "x")


# What becomes of them -----------------------------------------------------------------------


def test_merging_keeps_both_and_splitting_cuts_them() -> None:
    session = sitting()
    history = History(session)
    before = state(session)
    history.do(merge_targets(session, "1", "car-2"))
    assert session.target("1").spans == (
        AttributeSpan("door", 12, 12, "open"),
        AttributeSpan("pose", 5, 14, "sitting"),
        AttributeSpan("pose", 15, 20, "parked"),
    )
    merged = state(session)
    history.undo()
    assert state(session) == before
    history.redo()
    assert state(session) == merged
    history.undo()
    history.do(split_target(session, "1", 10, "9", "walker 2", 4))
    assert session.target("1").spans == (AttributeSpan("pose", 5, 9, "sitting"),)
    assert session.target("9").spans == (AttributeSpan("pose", 10, 14, "sitting"),)
    history.undo()
    assert state(session) == before


def test_a_target_that_comes_back_has_its_own() -> None:
    session = sitting()
    history = History(session)
    history.do(RemoveTarget("car-2"))
    history.undo()
    assert state(session) == state(sitting())


def test_a_copy_of_the_session_keeps_what_was_said_then() -> None:
    session = sitting()
    copy = snapshot(session)
    SetFrameAttribute("1", "pose", 0, 39, "lying").apply(session)
    assert state(copy) == state(sitting())


def test_they_are_in_the_file_and_without_them_it_says_nothing(tmp_path: Path) -> None:
    session = sitting()
    save(session, tmp_path / "a.h5")
    again = load(tmp_path / "a.h5")
    assert [each.spans for each in again.targets.values()] == [
        each.spans for each in session.targets.values()
    ]
    with h5py.File(tmp_path / "a.h5") as file:
        part = file["targets/car-2/spans"]
        assert part["name"][:].tolist() == [b"door", b"pose"]
        assert part["value"][:].tolist() == [b"open", b"parked"]
        assert np.array_equal(part["last"], [12, 20])
    save(full(), tmp_path / "b.h5")
    with h5py.File(tmp_path / "b.h5") as file:
        assert "spans" not in file["targets/1"]


def test_a_file_in_another_order_is_read(tmp_path: Path) -> None:
    save(sitting(), tmp_path / "a.h5")
    with h5py.File(tmp_path / "a.h5", "r+") as file:
        part = file["targets/car-2/spans"]
        for name in ("first", "last", "name", "value"):
            part[name][...] = part[name][:][::-1]
    assert load(tmp_path / "a.h5").target("car-2").spans == sitting().target("car-2").spans


def test_fewer_texts_than_rows_are_refused(tmp_path: Path) -> None:
    save(sitting(), tmp_path / "a.h5")
    with h5py.File(tmp_path / "a.h5", "r+") as file:
        part = file["targets/car-2/spans"]
        del part["value"]
        part.create_dataset("value", data=np.array([b"open"]))
    with pytest.raises(SessionError, match="spans/value has 1 texts for 2 rows"):
        load(tmp_path / "a.h5")


@settings(max_examples=20)
@given(st.lists(steps, max_size=20))
def test_undone_all_the_way_nothing_is_left(given_steps: list[Step]) -> None:
    session = full()
    history = History(session)
    for name, (first, last), value in given_steps:
        history.do(SetFrameAttribute("1", name, first, last, value))
    assert session.target("1").spans == made(given_steps)[0]
    while history.can_undo:
        history.undo()
    assert session.target("1").spans == ()
