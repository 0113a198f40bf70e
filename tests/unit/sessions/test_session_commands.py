from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from sessions import (
    AcceptRun,
    AddTarget,
    Alignment,
    AnnotationSession,
    ChangeKind,
    ClearRange,
    Command,
    CopyBoxes,
    Flag,
    History,
    ImportBoxes,
    Interpolate,
    Link,
    Modality,
    RecolorTarget,
    RelinkSequence,
    RemoveTarget,
    RenameTarget,
    SessionError,
    SetAlignment,
    SetAttributes,
    SetBox,
    SetFlags,
    Several,
    Source,
    TrackingRows,
)
from tests.unit.sessions.building import PLAIN, TINY, empty, full, info, run, state, tracked


def boxes_of(session: AnnotationSession, frame: int, target_id: str = "1") -> list[list[float]]:
    return session.target(target_id).boxes[frame].tolist()


# One box ------------------------------------------------------------------------------------


def test_a_first_box_goes_to_both_modalities_and_is_manual() -> None:
    session = empty()
    change = SetBox.draw(session, "1", 5, (1, 2, 3, 4)).apply(session)
    assert boxes_of(session, 5) == [[1, 2, 3, 4], [1, 2, 3, 4]]
    assert session.target("1").source[5] == Source.MANUAL
    assert session.target("1").edited[5] > 1_500_000_000
    assert (change.kind, change.target_id, change.frames.tolist()) == (ChangeKind.FRAMES, "1", [5])
    assert change.touches(5)
    assert not change.touches(6)


def test_the_offset_between_the_modalities_is_kept() -> None:
    session = empty()
    SetBox("1", 5, np.array([[10, 10, 20, 20], [14, 9, 40, 20]])).apply(session)
    SetBox.draw(session, "1", 5, (11, 12, 10, 30)).apply(session)
    assert boxes_of(session, 5) == [[11, 12, 10, 30], [15, 11, 20, 30]]
    SetBox.draw(session, "1", 5, (15, 11, 40, 30), Modality.TIR).apply(session)
    assert boxes_of(session, 5) == [[11, 12, 20, 30], [15, 11, 40, 30]]


def test_a_box_on_an_empty_frame_takes_the_offset_of_the_nearest_pair() -> None:
    session = empty()
    SetBox("1", 5, np.array([[10, 10, 20, 20], [14, 9, 20, 20]])).apply(session)
    SetBox("1", 30, np.array([[10, 10, 20, 20], [10, 10, 20, 20]])).apply(session)
    SetBox.draw(session, "1", 9, (50, 50, 20, 20)).apply(session)
    assert boxes_of(session, 9)[1] == [54, 49, 20, 20]


def test_without_link_the_other_box_stays() -> None:
    session = empty()
    SetBox.draw(session, "1", 5, (1, 2, 3, 4), Modality.TIR, Link.NONE).apply(session)
    rgb, tir = boxes_of(session, 5)
    assert np.isnan(rgb).all()
    assert tir == [1, 2, 3, 4]
    SetBox.draw(session, "1", 5, (9, 9, 9, 9), Modality.RGB, Link.OFFSET).apply(session)
    assert boxes_of(session, 5) == [[9, 9, 9, 9], [1, 2, 3, 4]]
    SetBox.draw(session, "1", 5, (7, 7, 7, 7), Modality.RGB, Link.SAME).apply(session)
    assert boxes_of(session, 5) == [[7, 7, 7, 7], [7, 7, 7, 7]]


def test_the_same_box_is_mapped_when_the_cameras_are_not_aligned() -> None:
    session = empty()
    SetAlignment(Alignment(0, (2, 0, 10, 0, 2, -4, 0, 0, 1))).apply(session)
    SetBox.draw(session, "1", 1, (20, 8, 14, 16)).apply(session)
    assert boxes_of(session, 1)[1] == pytest.approx([5, 6, 7, 8])
    SetBox.draw(session, "1", 30, (5, 6, 7, 8), Modality.TIR, Link.SAME).apply(session)
    assert boxes_of(session, 30)[0] == pytest.approx([20, 8, 14, 16])


def test_drawing_a_box_says_that_the_target_is_there() -> None:
    session = empty()
    SetFlags("1", [5], Flag.ABSENT | Flag.OCCLUDED).apply(session)
    SetBox.draw(session, "1", 5, (1, 2, 3, 4)).apply(session)
    assert session.target("1").flags[5] == Flag.OCCLUDED


def test_copy_from_the_previous_frame_with_a_box() -> None:
    session = empty()
    SetBox("1", 5, np.array([[10, 10, 20, 20], [14, 9, 20, 20]])).apply(session)
    SetBox.copy_previous(session, "1", 9).apply(session)
    assert boxes_of(session, 9) == boxes_of(session, 5)
    with pytest.raises(SessionError, match="walker has no box before frame 5"):
        SetBox.copy_previous(session, "1", 5)


# Flags, clearing ----------------------------------------------------------------------------


def test_flags_are_set_and_cleared_and_boxes_stay() -> None:
    session = full()
    before = session.target("1").boxes.copy()
    SetFlags("1", [7, 9], Flag.TRUNCATED, Flag.OCCLUDED).apply(session)
    assert session.target("1").flags[[7, 8, 9]].tolist() == [
        Flag.TRUNCATED,
        session.target("1").flags[8],
        session.target("1").flags[9],
    ]
    assert session.target("1").flags[9] & Flag.TRUNCATED
    assert np.array_equal(session.target("1").boxes, before, equal_nan=True)


def test_clearing_empties_boxes_flags_and_tracker_output() -> None:
    session = full()
    change = ClearRange("1", 5, 12).apply(session)
    target = session.target("1")
    assert np.isnan(target.boxes[5:12]).all()
    assert (target.source[5:12] == Source.NONE).all()
    assert (target.flags[5:12] == 0).all()
    assert target.tracking.frames.tolist() == [*range(1, 5), *range(12, 21), *range(30, 40)]
    assert change.frames.tolist() == list(range(5, 12))
    assert change.tracking


def test_clearing_can_spare_what_a_person_did() -> None:
    session = full()
    change = ClearRange("1", 5, 12, keep_manual=True).apply(session)
    assert change.kept.tolist() == [7]
    assert boxes_of(session, 7)[0] == [11.5, 20, 30, 44]


# Runs ---------------------------------------------------------------------------------------


def test_a_run_never_overwrites_what_a_person_decided() -> None:
    session = empty()
    SetBox.draw(session, "1", 3, (1, 2, 3, 4)).apply(session)
    SetFlags("1", [5], Flag.ABSENT).apply(session)
    before = session.target("1").table.rows([3, 5])
    change = run("1", [6, 5, 4, 3, 2]).apply(session)
    target = session.target("1")
    assert change.frames.tolist() == [2, 4, 6]
    assert change.kept.tolist() == [3, 5]
    after = target.table.rows([3, 5])
    for name in ("boxes", "source", "flags", "score", "edited"):
        assert getattr(before, name).tobytes() == getattr(after, name).tobytes()
    assert target.tracking.frames.tolist() == [2, 4, 6]
    assert target.source[[2, 4, 6]].tolist() == [Source.TRACKED] * 3


def test_rows_of_a_run_go_to_their_frames_in_any_order() -> None:
    session = empty()
    run("1", [20, 3, 11]).apply(session)
    target = session.target("1")
    for row, frame in enumerate([20, 3, 11]):
        wanted, got = tracked(TINY, row), target.tracking.frame(frame)
        assert got is not None
        assert got.model == TINY
        assert got.window == wanted.window
        assert got.score == wanted.score
        assert np.array_equal(got.score_map, wanted.score_map)
        assert [ids.tolist() for ids in got.removed] == [ids.tolist() for ids in wanted.removed]
        assert got.target_tokens_removed == wanted.target_tokens_removed
        assert target.boxes[frame, 0, 0] == row
        assert bool(target.flags[frame] & Flag.TARGET_REMOVED) == (row % 3 > 0)


def test_a_run_replaces_what_another_model_said() -> None:
    session = empty()
    run("1", np.arange(0, 20)).apply(session)
    run("1", np.arange(10, 30), PLAIN).apply(session)
    tracking = session.target("1").tracking
    assert tracking.models == (PLAIN, TINY)
    models = [tracking.frame(i).model for i in range(30)]  # type: ignore[union-attr]
    assert models == [TINY] * 10 + [PLAIN] * 20
    run("1", np.arange(0, 10), PLAIN).apply(session)
    assert tracking.models == (PLAIN, TINY), "a record is a value and does not change"
    assert session.target("1").tracking.models == (PLAIN,)


def test_a_run_without_tracker_output_leaves_no_stale_tokens() -> None:
    session = full()
    AcceptRun("1", [2, 3], [(1, 1, 5, 5)] * 2, [0.5, 0.5]).apply(session)
    assert session.target("1").tracking.frame(2) is None
    assert session.target("1").tracking.frame(4) is not None
    assert not session.target("1").flags[2] & Flag.TARGET_REMOVED


def test_both_boxes_of_a_run_may_differ() -> None:
    session = empty()
    AcceptRun("1", [2], [[(1, 1, 5, 5), (2, 2, 6, 6)]], [0.5]).apply(session)
    assert boxes_of(session, 2) == [[1, 1, 5, 5], [2, 2, 6, 6]]


def test_an_import_marks_its_boxes_and_spares_manual_ones() -> None:
    session = full()
    boxes = np.full((3, 4), np.nan)
    boxes[0] = boxes[2] = (4, 4, 8, 8)
    change = ImportBoxes("1", [6, 7, 8], boxes, np.array([False, False, True])).apply(session)
    assert change.kept.tolist() == [7]
    target = session.target("1")
    assert target.source[[6, 7, 8]].tolist() == [Source.IMPORTED, Source.MANUAL, Source.IMPORTED]
    assert target.flags[8] == Flag.ABSENT
    assert target.tracking.frame(6) is None


# Interpolation ------------------------------------------------------------------------------


def test_frames_between_keyframes_lie_on_a_straight_line() -> None:
    session = full()
    SetBox.draw(session, "1", 4, (0, 0, 10, 10), link=Link.SAME).apply(session)
    SetBox("1", 8, [[8, 4, 10, 14], [np.nan] * 4]).apply(session)
    SetBox.draw(session, "1", 6, (3, 3, 3, 3), link=Link.SAME).apply(session)
    ClearRange("1", 7, 8).apply(session)
    change = Interpolate("1", 0, 9).apply(session)
    assert change.frames.tolist() == [1, 2, 3, 5, 7]
    assert boxes_of(session, 5)[0] == [1.5, 1.5, 6.5, 6.5]
    assert boxes_of(session, 7)[0] == [5.5, 3.5, 6.5, 8.5]
    assert np.isnan(boxes_of(session, 7)[1]).all(), "the thermal keyframes end at frame 6"
    target = session.target("1")
    assert (target.source[[1, 2, 3, 5, 7]] == Source.INTERPOLATED).all()
    assert (target.source[[0, 4, 6, 8]] == Source.MANUAL).all()
    assert np.isnan(target.score[5])


def test_interpolation_leaves_absent_frames_alone() -> None:
    session = empty()
    SetBox.draw(session, "1", 0, (0, 0, 4, 4)).apply(session)
    SetBox.draw(session, "1", 4, (4, 4, 4, 4)).apply(session)
    SetFlags("1", [2], Flag.ABSENT).apply(session)
    assert Interpolate("1", 0, 5).apply(session).frames.tolist() == [1, 3]


def test_interpolation_needs_two_keyframes() -> None:
    session = full()
    with pytest.raises(SessionError, match="walker has fewer than two boxes set by hand"):
        Interpolate("1", 1, 20).inverse(session)


# Targets and document -----------------------------------------------------------------------


def test_a_removed_target_comes_back_where_it_was() -> None:
    session = full()
    before = state(session)
    history = History(session)
    assert history.do(RemoveTarget("1")).kind is ChangeKind.TARGET_REMOVED
    assert list(session.targets) == ["car-2"]
    change = history.undo()
    assert change is not None
    assert change.kind is ChangeKind.TARGET_ADDED
    assert list(session.targets) == ["1", "car-2"]
    assert state(session) == before


def test_names_colors_and_attributes_change() -> None:
    session = full()
    RenameTarget("1", "läufer").apply(session)
    RecolorTarget("1", 7).apply(session)
    change = SetAttributes("1", {"age": "old"}).apply(session)
    target = session.target("1")
    assert (target.name, target.color, dict(target.attributes)) == ("läufer", 7, {"age": "old"})
    assert change.kind is ChangeKind.TARGET_EDITED


def test_relinking_needs_the_same_number_of_frames() -> None:
    session = full()
    moved = info(40, rgb_paths=("/elsewhere/1.jpg",))
    assert RelinkSequence(moved).apply(session).kind is ChangeKind.SEQUENCE
    assert session.sequence == moved
    with pytest.raises(SessionError, match="has 39 frames, but the session was made on 40"):
        RelinkSequence(info(39)).apply(session)


# What is refused ----------------------------------------------------------------------------

BOX = np.tile([1.0, 2, 3, 4], (2, 1))


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda: SetBox("1", 0, np.zeros((2, 4))), "positive size"),
        (lambda: SetBox("1", 0, np.full((2, 4), np.nan)), "clear the frame instead"),
        (lambda: SetBox("1", 0, np.full((2, 4), np.inf)), "finite"),
        (lambda: SetBox("1", 0, np.ones((2, 5))), "shape"),
        (lambda: SetBox("1", -1, np.ones((2, 4))), "The frame is -1"),
        (lambda: SetBox("1", True, np.ones((2, 4))), "whole number"),
        (lambda: SetBox("1", 0, np.ones((2, 4)), edited_at=np.nan), "finite time"),
        (lambda: SetFlags("1", [0], Flag(2 * max(Flag))), f"The flag value is {2 * max(Flag)}"),
        (lambda: SetFlags("1", [0]), "no flag"),
        (lambda: SetFlags("1", [0, 0], Flag.ABSENT), "names a frame twice"),
        (lambda: SetFlags("1", [0.5], Flag.ABSENT), "whole frame numbers"),
        (lambda: SetFlags("1", [-1], Flag.ABSENT), "frames start at 0"),
        (lambda: ClearRange("1", 5, 5), "is empty"),
        (lambda: Interpolate("1", 5, 4), "is empty"),
        (lambda: AcceptRun("1", [], np.zeros((0, 4)), []), "nothing to accept"),
        (lambda: AcceptRun("1", [1, 2], BOX, [0.5]), "The scores"),
        (lambda: AcceptRun("1", [1, 2], BOX[:1], [0.5, 0.5]), "shape"),
        (lambda: AcceptRun("1", [1, 1], BOX, [0.5, 0.5]), "names a frame twice"),
        (lambda: AcceptRun("1", [1, 2], BOX * np.nan, [0.5, 0.5]), "positive size"),
        (lambda: AcceptRun("1", [1, 2], BOX, [0.5, 0.5], run("1", [1]).tracking), "one row"),
        (lambda: ImportBoxes("1", [], np.zeros((0, 4))), "nothing to take over"),
        (lambda: ImportBoxes("1", [1, 2], -BOX), "positive size"),
        (lambda: AddTarget("a/b", "x"), "letters, digits"),
        (lambda: AddTarget("a" * 65, "x"), "letters, digits"),
        (lambda: AddTarget("1", "  "), "must not be empty"),
        (lambda: AddTarget("1", "two\nlines"), "single line"),
        (lambda: AddTarget("1", "x" * 500), "at most 200"),
        (lambda: AddTarget("1", "x", -1), "color"),
        (lambda: AddTarget("1", "x", 0, {"a": 1}), "must be text"),  # type: ignore[dict-item]
        (lambda: SetAttributes("1", {"a": "b" * 9000}), "length of all attributes"),
        (lambda: SetAttributes("1", "no mapping"), "names with values"),  # type: ignore[arg-type]
        (lambda: SetAlignment(None), "offset in time"),  # type: ignore[arg-type]
    ],
)
def test_a_senseless_command_cannot_be_made(make: Callable[[], Any], said: str) -> None:
    with pytest.raises(SessionError, match=said):
        make()


@pytest.mark.parametrize(
    "command",
    [
        SetBox("1", 40, np.ones((2, 4))),
        SetFlags("1", [3, 40], Flag.ABSENT),
        ClearRange("1", 39, 41),
        Interpolate("1", 0, 41),
        AcceptRun("1", [39, 40], BOX, [0.5, 0.5]),
        ImportBoxes("1", [39, 40], BOX),
        CopyBoxes("1", [39, 40], BOX),
        Several((RenameTarget("1", "a"), ClearRange("1", 3, 9), ClearRange("1", 39, 41)), "x"),
    ],
    ids=lambda command: type(command).__name__,
)
def test_a_frame_past_the_end_is_refused_with_nothing_changed(command: Command) -> None:
    session = full()
    before = state(session)
    with pytest.raises(SessionError, match="Frame 40 does not exist; the sequence has 40 frames"):
        History(session).do(command)
    with pytest.raises(SessionError, match="Frame 40"):
        command.apply(session)
    assert state(session) == before


@pytest.mark.parametrize(
    "command",
    [
        SetBox("9", 0, np.ones((2, 4))),
        SetFlags("9", [3], Flag.ABSENT),
        ClearRange("9", 3, 4),
        Interpolate("9", 0, 4),
        AcceptRun("9", [3, 4], BOX, [0.5, 0.5]),
        ImportBoxes("9", [3, 4], BOX),
        CopyBoxes("9", [3, 4], BOX),
        RemoveTarget("9"),
        RenameTarget("9", "x"),
        RecolorTarget("9", 1),
        SetAttributes("9", {}),
    ],
    ids=lambda command: type(command).__name__,
)
def test_a_command_on_no_target_is_refused(command: Command) -> None:
    session = full()
    for use in (command.apply, command.inverse, command.label):
        with pytest.raises(SessionError, match="no target with the id '9'"):
            use(session)


def test_an_id_is_taken_once_and_the_number_of_targets_is_bounded() -> None:
    session = full()
    with pytest.raises(SessionError, match="already a target"):
        AddTarget("1", "again").apply(session)
    session = AnnotationSession(info(1))
    for number in range(1000):
        AddTarget(str(number), "x").apply(session)
    with pytest.raises(SessionError, match="at most 1000 targets"):
        AddTarget("1000", "x").apply(session)


def test_tokens_outside_the_grid_are_refused() -> None:
    frame = tracked(TINY, 0)
    bad = type(frame)(frame.window, 0.5, frame.score_map, (np.array([256]), np.array([0])), 0)
    with pytest.raises(SessionError, match="outside the 256"):
        TrackingRows.from_frames(TINY, [bad])
    with pytest.raises(SessionError, match="do not fit the model"):
        TrackingRows.from_frames(PLAIN, [frame])


# Labels -------------------------------------------------------------------------------------


def box(width: float, height: float) -> NDArray[np.float64]:
    return np.tile([0.0, 0, width, height], (2, 1))


@pytest.mark.parametrize(
    ("command", "label"),
    [
        (SetBox("1", 7, box(30, 44)), "Move box of walker on frame 7"),
        (SetBox("1", 7, box(31, 44)), "Resize box of walker on frame 7"),
        (SetBox("1", 25, box(31, 44)), "Draw box of walker on frame 25"),
        (SetFlags("1", [4, 6], Flag.ABSENT), "Mark walker as absent on frames 4 to 6"),
        (
            SetFlags("1", [4], Flag.ABSENT | Flag.TRUNCATED, Flag.OCCLUDED),
            "Mark walker as absent, truncated, not occluded on frame 4",
        ),
        (ClearRange("1", 3, 6), "Clear walker on frames 3 to 5"),
        (run("1", [8, 4]), "Track walker on frames 4 to 8"),
        (ImportBoxes("1", [2], BOX[:1]), "Import boxes of walker on frame 2"),
        (CopyBoxes("1", [5, 4], box(1, 2)), "Copy box of walker to frames 4 to 5"),
        (Several((RenameTarget("1", "a"), RecolorTarget("1", 3)), "Do it"), "Do it"),
        (Interpolate("1", 0, 9), "Interpolate walker on frames 0 to 8"),
        (AddTarget("5", "dog"), "Add dog"),
        (RemoveTarget("1"), "Remove walker"),
        (RenameTarget("1", "dog"), "Rename walker to dog"),
        (RecolorTarget("1", 1), "Change color of walker"),
        (SetAttributes("1", {}), "Change attributes of walker"),
        (SetAlignment(Alignment(-3)), "Shift thermal frames by -3"),
        (SetAlignment(Alignment(0, (2, 0, 0, 0, 1, 0, 0, 0, 1))), "Align thermal"),
        (RelinkSequence(info()), "Relink walk"),
    ],
)
def test_every_step_says_what_it_is(command: Command, label: str) -> None:
    session = full()
    history = History(session)
    history.do(command)
    assert history.undo_label is not None
    assert history.undo_label.startswith(label)
    inverse = history.undo_command
    assert inverse is not None
    assert inverse.label(session)
