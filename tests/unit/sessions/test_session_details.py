"""Seen marks, where one stopped, how an alignment was made: values and their commands."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from sessions import (
    AddTarget,
    Alignment,
    AlignmentKind,
    AnnotationSession,
    ChangeKind,
    ClearRange,
    Command,
    Flag,
    History,
    ImportBoxes,
    Interpolate,
    MarkSeen,
    PointPair,
    RecolorTarget,
    RemoveTarget,
    ReorderTargets,
    SeenMark,
    SessionError,
    SetAlignment,
    SetBox,
    SetFlags,
    SetNotes,
    SetTargetProperties,
    SetViewState,
    UnmarkSeen,
    ViewState,
    save,
)
from sessions.seen import MAX_SEEN, with_marks
from tests.unit.sessions.building import empty, everything, full, run, state

LOW = SeenMark(3, 6, "low score", 10.0)
JUMP = SeenMark(3, 6, "jump", 11.0)


# Seen marks ---------------------------------------------------------------------------------


def test_marks_of_one_event_and_reason_are_one() -> None:
    session = full()
    change = MarkSeen("1", (LOW, JUMP)).apply(session)
    assert (change.kind, change.target_id) == (ChangeKind.SEEN, "1")
    assert not change.touches(4), "no frame looks different"
    MarkSeen("1", (SeenMark(3, 6, "low score", 99.0),)).apply(session)
    assert [(m.reason, m.marked_at) for m in session.target("1").seen] == [
        ("jump", 11.0),
        ("low score", 99.0),
    ]
    UnmarkSeen("1", (LOW,)).apply(session)
    assert session.target("1").seen == (JUMP,)


def test_undo_brings_old_times_back() -> None:
    session = full()
    history = History(session)
    history.do(MarkSeen("1", (LOW,)))
    history.do(MarkSeen("1", (JUMP, SeenMark(3, 6, "low score", 99.0))))
    history.do(UnmarkSeen("1", (LOW, JUMP)))
    assert session.target("1").seen == ()
    history.undo()
    history.undo()
    assert session.target("1").seen == (LOW,)
    history.redo()
    assert [m.marked_at for m in session.target("1").seen] == [11.0, 99.0]


def test_marks_go_and_come_with_their_target() -> None:
    session = everything()
    history = History(session)
    before = state(session)
    history.do(RemoveTarget("1"))
    history.undo()
    assert state(session) == before


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda: SeenMark(5, 4), "between 5 and"),
        (lambda: SeenMark(-1, 4), "first frame of a seen mark"),
        (lambda: SeenMark(1, 4, "a\nb"), "single line"),
        (lambda: SeenMark(1, 4, "x" * 300), "at most 200"),
        (lambda: SeenMark(1, 4, "", float("nan")), "finite time"),
        (lambda: MarkSeen("1", ()), "no event to mark"),
        (lambda: MarkSeen("1", (1, 2)), "list of seen marks"),  # type: ignore[arg-type]
        (lambda: MarkSeen("1", (SeenMark(3, 40),)), "Frame 40 does not exist"),
        (lambda: MarkSeen("9", (LOW,)), "no target with the id '9'"),
        (
            lambda: UnmarkSeen("1", (LOW,)),
            "walker has no seen mark on frames 3 to 6 for 'low score'",
        ),
    ],
)
def test_impossible_marks_are_refused(make: Any, said: str) -> None:
    session = full()
    with pytest.raises(SessionError, match=said):
        make().apply(session)
    assert state(session) == state(full())


def test_marks_have_a_limit() -> None:
    many = tuple(SeenMark(i, i) for i in range(MAX_SEEN))
    assert with_marks(many[:-1], many[-1:]) == many
    with pytest.raises(SessionError, match="at most 100000 seen marks"):
        with_marks(many, (SeenMark(0, 1),))


# Where one stopped --------------------------------------------------------------------------


def test_a_view_is_no_step_of_undo(tmp_path: Path) -> None:
    session = full()
    history = History(session)
    history.do(SetNotes("first"))
    history.undo()
    change = history.do(SetViewState(ViewState.of(7, "1", {"zoom": 2.5})))
    assert change.kind is ChangeKind.VIEW
    assert not change.touches(7)
    assert not history.can_undo
    assert history.can_redo, "what was taken back is still there"
    assert history.clean
    save(session, tmp_path / "walk.h5")
    assert session.view == ViewState(7, "1", '{"zoom": 2.5}')


def test_a_view_between_two_nudges_leaves_them_one_step() -> None:
    session = full()
    history = History(session)
    box = np.array([[1.0, 2, 3, 4], [1, 2, 3, 4]])
    history.do(SetBox("1", 5, box, nudge=True, edited_at=1.0))
    history.do(SetViewState(ViewState(5)))
    history.do(SetBox("1", 5, box + 1, nudge=True, edited_at=1.5))
    history.undo()
    assert not history.can_undo


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda: ViewState(-1), "frame of a view"),
        (lambda: ViewState(0, "x" * 300), "selected target"),
        (lambda: ViewState(0, "", "[1]"), "JSON object"),
        (lambda: ViewState(0, "", "{"), "not valid JSON"),
        (lambda: ViewState(0, "", "[" * 9000), "not valid JSON"),
        (lambda: ViewState.of(0, "", {"a": object()}), "what JSON cannot"),
        (lambda: ViewState.of(0, "", {"a": float("nan")}), "what JSON cannot"),
        (lambda: ViewState.of(0, "", {"a": "x" * 20_000}), "at most 16000"),
        (lambda: SetViewState(7), "as a ViewState"),  # type: ignore[arg-type]
    ],
)
def test_impossible_views_are_refused(make: Any, said: str) -> None:
    with pytest.raises(SessionError, match=said):
        make()


# How an alignment was made ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("matrix", "kind"),
    [
        ((1, 0, 0, 0, 1, 0, 0, 0, 1), AlignmentKind.IDENTITY),
        ((2, 0, 0, 0, 1.5, 0, 0, 0, 1), AlignmentKind.SCALE),
        ((2, 0, 1, 0, 1.5, 0, 0, 0, 1), AlignmentKind.AFFINE),
        ((1, 0.1, 0, 0, 1, 0, 0, 0, 1), AlignmentKind.AFFINE),
        ((1, 0, 0, 0, 1, 0, 1e-4, 0, 1), AlignmentKind.HOMOGRAPHY),
        ((2, 0, 0, 0, 2, 0, 0, 0, 2), AlignmentKind.HOMOGRAPHY),
    ],
)
def test_the_kind_is_never_less_than_the_matrix(
    matrix: tuple[float, ...], kind: AlignmentKind
) -> None:
    assert Alignment(0, matrix).kind is kind
    assert Alignment(0, matrix, AlignmentKind.SCALE).kind is max(
        kind, AlignmentKind.SCALE, key=list(AlignmentKind).index
    )
    assert Alignment(0, matrix, AlignmentKind.HOMOGRAPHY).kind is AlignmentKind.HOMOGRAPHY


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda: PointPair((1, 2, 3), (1, 2)), "two finite numbers"),  # type: ignore[arg-type]
        (lambda: PointPair((1, np.inf), (1, 2)), "two finite numbers"),
        (lambda: PointPair("ab", (1, 2)), "two numbers"),  # type: ignore[arg-type]
        (lambda: PointPair((1, 2), (1, 2), -1.0), "0 or more"),
        (lambda: PointPair((1, 2), (1, 2), np.nan), "finite number"),
        (lambda: Alignment(kind="bent"), "no kind of alignment"),  # type: ignore[arg-type]
        (lambda: Alignment(points=((1, 2), (3, 4))), "point pairs"),  # type: ignore[arg-type]
        (lambda: Alignment(points=(PointPair((1, 2), (3, 4)),) * 1001), "at most 1000"),
        (lambda: Alignment(origin="a\nb"), "single line"),
    ],
)
def test_impossible_details_of_an_alignment_are_refused(make: Any, said: str) -> None:
    with pytest.raises(SessionError, match=said):
        make()


def test_an_alignment_is_undone_with_its_points() -> None:
    session = everything()
    before = session.alignment
    history = History(session)
    history.do(SetAlignment(Alignment(1)))
    assert session.alignment.points == ()
    history.undo()
    assert session.alignment == before
    assert len(before.points) == 2


# What a target is ---------------------------------------------------------------------------


def test_properties_are_set_one_by_one_or_together() -> None:
    session = full()
    change = SetTargetProperties("1", class_name="person").apply(session)
    assert change.kind is ChangeKind.TARGET_EDITED
    SetTargetProperties("1", visible=False, linked=False).apply(session)
    target = session.target("1")
    assert (target.class_name, target.visible, target.locked, target.linked) == (
        "person",
        False,
        False,
        False,
    )


@pytest.mark.parametrize(
    ("command", "label"),
    [
        (SetTargetProperties("1", class_name="person"), "Set class of walker to person"),
        (SetTargetProperties("1", class_name=""), "Clear class of walker"),
        (SetTargetProperties("1", visible=True), "Show walker"),
        (SetTargetProperties("1", visible=False), "Hide walker"),
        (SetTargetProperties("1", locked=True), "Lock walker"),
        (SetTargetProperties("1", locked=False), "Unlock walker"),
        (SetTargetProperties("1", linked=True), "Link boxes of walker"),
        (SetTargetProperties("1", linked=False), "Unlink boxes of walker"),
        (SetTargetProperties("1", class_name="a", linked=True), "Change properties of walker"),
        (ReorderTargets(("car-2", "1")), "Reorder targets"),
        (MarkSeen("1", (LOW,)), "Mark frames 3 to 6 of walker as seen"),
        (MarkSeen("1", (SeenMark(3, 3),)), "Mark frame 3 of walker as seen"),
        (MarkSeen("1", (LOW, JUMP)), "Mark 2 events of walker as seen"),
        (SetNotes("x"), "Change notes"),
    ],
)
def test_every_step_says_what_it_is(command: Command, label: str) -> None:
    history = History(full())
    history.do(command)
    assert history.undo_label == label


def test_targets_take_another_order() -> None:
    session = full()
    AddTarget("3", "dog", class_name="animal").apply(session)
    history = History(session)
    change = history.do(ReorderTargets(("3", "1", "car-2")))
    assert change.kind is ChangeKind.TARGETS_REORDERED
    assert list(session.targets) == ["3", "1", "car-2"]
    assert session.target("3").class_name == "animal"
    history.undo()
    assert list(session.targets) == ["1", "car-2", "3"]


def test_a_colour_is_of_the_palette_or_by_its_parts() -> None:
    session = full()
    history = History(session)
    history.do(RecolorTarget("1", 4, (1, 2, 255)))
    assert (session.target("1").color, session.target("1").color_rgb) == (4, (1, 2, 255))
    history.do(RecolorTarget("1", 5))
    assert session.target("1").color_rgb is None
    history.undo()
    assert session.target("1").color_rgb == (1, 2, 255)


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda: SetTargetProperties("1"), "no property to set"),
        (lambda: SetTargetProperties("1", class_name="a\tb"), "single line"),
        (lambda: SetTargetProperties("1", locked=1), "true or false"),  # type: ignore[arg-type]
        (lambda: SetTargetProperties("9", locked=True), "no target with the id '9'"),
        (lambda: ReorderTargets(("1",)), "every target once"),
        (lambda: ReorderTargets(("1", "1")), "every target once"),
        (lambda: ReorderTargets("1"), "list of their ids"),  # type: ignore[arg-type]
        (lambda: RecolorTarget("1", 0, (0, 0, 256)), "between 0 and 255"),
        (lambda: RecolorTarget("1", 0, (0, 0)), "red, green and blue"),  # type: ignore[arg-type]
        (lambda: SetNotes("x" * 20_000), "at most 16000"),
        (lambda: SetNotes(None), "must be text"),  # type: ignore[arg-type]
    ],
)
def test_impossible_properties_are_refused(make: Any, said: str) -> None:
    session = full()
    with pytest.raises(SessionError, match=said):
        make().apply(session)
    assert state(session) == state(full())


def locked(session: AnnotationSession) -> AnnotationSession:
    SetTargetProperties("1", locked=True).apply(session)
    return session


PAIR = np.array([[1.0, 2, 3, 4], [1, 2, 3, 4]])


@pytest.mark.parametrize(
    "command",
    [
        SetBox("1", 5, PAIR),
        SetFlags("1", np.array([5]), Flag.ABSENT),
        ClearRange("1", 3, 9),
        Interpolate("1", 0, 20),
        ImportBoxes("1", np.array([1, 2]), PAIR),
        run("1", [3, 4]),
        RemoveTarget("1"),
    ],
    ids=lambda command: type(command).__name__,
)
def test_a_locked_target_cannot_be_changed(command: Command) -> None:
    session = locked(full())
    history = History(session)
    with pytest.raises(SessionError, match=r"^walker is locked; unlock it to change it\.$"):
        history.do(command)
    assert state(session) == state(locked(full()))
    assert not history.can_undo
    history.do(SetTargetProperties("1", locked=False))
    history.do(command)


def test_undo_goes_through_a_lock() -> None:
    session = full()
    history = History(session)
    history.do(SetBox("1", 5, PAIR))
    history.do(SetTargetProperties("1", locked=True))
    history.do(MarkSeen("1", (LOW,)))
    for _ in range(3):
        history.undo()
    assert state(session) == state(full())
    for _ in range(3):
        history.redo()
    assert session.target("1").locked
    assert session.target("1").boxes[5].tolist() == PAIR.tolist()


def test_other_targets_are_not_locked() -> None:
    SetBox("car-2", 5, PAIR).apply(locked(full()))
    assert not empty().target("1").locked
