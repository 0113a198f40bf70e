"""Correcting: `main()` with a session or a clip, then mouse and keys.

What is promised, and the test that does it:

- a range by drag, by Shift and click, by I and O: `test_a_range_is_chosen_in_three_ways`
- absent, occluded, truncated, reviewed, clear, delete, copy, interpolate and track on a range, by
  keys and by the menu of the timeline, each one step to undo: `test_what_a_range_is_good_for`
- absent ends the track, in the picture, on the timeline, in status, list, queue and exports:
  `test_absent_ends_the_track_everywhere`
- all gaps at once, linear or by size, following a keyframe until a person edits between:
  `test_interpolation_follows_its_keyframes_until_somebody_edits`
- boxes for each modality with a lock that is seen: `test_the_lock_of_both_cameras_is_seen`
- class, color, visibility, lock, order, merge and split, from menus on boxes, timeline and lists:
  `test_targets_are_named_colored_hidden_locked_and_moved`, `test_targets_are_merged_and_split`
- undo shows where it acted: `test_undo_goes_where_it_acts_and_says_so`
- drag, resize, nudge, grow, clamp: `test_a_box_is_moved_and_sized_by_mouse_and_keys`
"""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QPointF
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QLabel

from app.look.theme import current_theme
from app.resolve.flags import LANES
from app.views.lists.targets_panel import EYE, LOCK
from app.views.timeline.geometry import LANE, ROW, ROWS_TOP
from sessions import AddTarget, Flag, SetFlags, Target, load
from tests.e2e.at_work import (
    INTERPOLATED,
    MANUAL,
    SHIFT,
    TRACKED,
    Hands,
    Program,
    by_hand,
    lines_of,
    place_in,
    place_of,
    tracked,
    write_session,
)

FRAMES = 80
KEYS = (0, 14, 20, 40)
"""Frames with a box by hand."""


@pytest.fixture
def session(walk: Path, tmp_path: Path) -> Path:
    """One target, by hand on four frames, tracked around them, marked occluded on some."""
    return write_session(
        tmp_path / "walk.h5", walk,
        AddTarget("1", "Walker"),
        tracked("1", 1, 60),
        *(by_hand("1", frame) for frame in KEYS),
        SetFlags("1", np.arange(12, 16), Flag.OCCLUDED),
    )  # fmt: skip


def rows_of(target: Target) -> tuple[object, ...]:
    """Return everything that a target has on its frames, to be compared."""
    boxes = np.nan_to_num(target.boxes, nan=-1.0)
    return boxes.tolist(), target.source.tolist(), target.flags.tolist()


def test_a_range_is_chosen_in_three_ways(program: Program, session: Path) -> None:
    def person(hands: Hands) -> None:
        timeline = hands.timeline
        accent = QColor(*current_theme().palette.accent)
        hands.drag(timeline, hands.lane(10), hands.lane(15))
        hands.settle()
        assert hands.range == (10, 16)
        assert hands.frame == 15, "the frames go along"
        assert hands.painted(timeline, hands.lane(12)) == accent
        assert hands.painted(timeline, hands.lane(18)) != accent
        hands.click(timeline, hands.strip(22), modifiers=SHIFT)
        hands.settle()
        assert hands.range == (10, 23)
        assert hands.painted(timeline, hands.lane(18)) == accent
        hands.key("Esc")
        assert hands.range is None
        hands.drag(timeline, hands.strip(30), hands.strip(35), modifiers=SHIFT)
        hands.settle()
        assert hands.range is not None
        assert hands.range[1] == 36
        hands.key("Esc")
        hands.go(25)
        hands.key("I")
        hands.go(20)
        assert hands.window.transport.range.text() == "Range: frames 20 to 25 (6), O ends it"
        hands.key("O")
        hands.go(50)
        assert hands.range == (20, 26)
        hands.click(timeline, hands.lane(60))
        hands.settle()
        assert hands.range is None

    program(person, session)


def test_what_a_range_is_good_for(program: Program, session: Path) -> None:
    first, last = 10, 30
    inside = np.arange(first, last + 1)
    by_hand_inside = np.isin(inside, KEYS)

    def marked(flag: Flag) -> object:
        return lambda target: (target.flags[inside] & flag).all()

    # What it is called in the menu, its key, and what is so afterwards.
    commands = (
        ("Absent on 10 to 30", "Alt+1", marked(Flag.ABSENT)),
        ("Occluded on 10 to 30", "Alt+2", marked(Flag.OCCLUDED)),
        ("Truncated on 10 to 30", "Alt+3", marked(Flag.TRUNCATED)),
        ("Reviewed on 10 to 30", "Alt+4", marked(Flag.REVIEWED)),
        ("Take all marks away", "Alt+0", lambda target: not target.flags.any()),
        ("Clear boxes on 10 to 30", "Del", lambda target: not target.boxed()[inside].any()),
        ("Copy a box over 10 to 30", "C",
         lambda target: (target.boxes[inside] == target.boxes[first]).all()),
        ("Interpolate between boxes set by hand", "R",
         lambda target: (target.source[15:20] == INTERPOLATED).all()
         and (target.source[inside][by_hand_inside] == MANUAL).all()),
        ("Track the range", "Ctrl+R",
         lambda target: (target.source[inside[~by_hand_inside]] == TRACKED).all()
         and target.tracking.model_of(12) is not None),
    )  # fmt: skip

    def lane(hands: Hands, flag: Flag) -> bool:
        """Whether the lane of a flag is painted on frame 20 of the timeline."""
        row = next(each for each in LANES if each.flag is flag)
        top = ROWS_TOP + ROW + 2 + LANES.index(row) * LANE
        at = QPointF(hands.strip(20).x(), top + LANE / 2)
        colour = getattr(current_theme().palette, row.lane)
        # The selected range lies over it.
        seen = hands.painted(hands.timeline, at)
        return sum(abs(a - b) for a, b in zip(colour, seen.getRgb()[:3], strict=True)) < 150

    def person(hands: Hands) -> None:
        before = rows_of(hands.target)
        flags = {"Alt+1": Flag.ABSENT, "Alt+2": Flag.OCCLUDED, "Alt+3": Flag.TRUNCATED}
        for title, keys, so in commands:
            hands.choose_range(first, last)
            outside = np.delete(np.arange(FRAMES), inside)
            for way in ("keys", "menu"):
                steps = hands.steps
                assert title == "Take all marks away" or not so(hands.target), title
                if way == "keys":
                    hands.key(keys)
                else:
                    hands.right_click(hands.timeline, hands.strip(20), title)
                assert so(hands.target), f"{title} by {way}"
                if keys in flags:
                    assert lane(hands, flags[keys]), title
                assert hands.steps == steps + 1, f"{title} by {way}"
                assert (hands.target.boxes[outside][:4] == np.array(before[0])[outside][:4]).all()
                hands.key("Ctrl+Z")
                assert rows_of(hands.target) == before, f"{title} by {way}, undone"
                if keys in flags:
                    assert not lane(hands, flags[keys]), title
                assert hands.range == (first, last + 1)

    program(person, session)


def test_absent_ends_the_track_everywhere(program: Program, walk: Path, tmp_path: Path) -> None:
    low = np.where((np.arange(1, 61) >= 30) & (np.arange(1, 61) <= 50), 0.05, 0.9)
    session = write_session(
        tmp_path / "walk.h5", walk,
        AddTarget("1", "Walker"), by_hand("1", 0), tracked("1", 1, 60, low.tolist()),
    )  # fmt: skip
    palette = current_theme().palette

    def person(hands: Hands) -> None:
        hands.go(40)
        x, y, w, h = place_of(40)
        edges = [(x, y + h / 2), (x + w / 2, y), (x + w, y + h / 2)]
        drawn = [hands.colour_on(pane, *edge) for pane in (hands.rgb, hands.tir) for edge in edges]
        listed = lines_of(hands.target_list)[0].text(1)
        assert listed == "61"
        ((frames, _, _),) = hands.events()
        assert int(frames.split("–")[0]) < 40 < int(frames.split("–")[1])
        # The key of absence from here on, up to the end.
        hands.go(30)
        hands.key("E")
        assert hands.message == "Marked Walker absent on frames 30 to 79, to the end."
        hands.go(40)
        assert hands.boxes_shown() == set()
        bare = [hands.colour_on(pane, *edge) for pane in (hands.rgb, hands.tir) for edge in edges]
        assert all(one != other for one, other in zip(drawn, bare, strict=True))
        colour = QColor(*palette.target(0))
        images = [pane.grab().toImage() for pane in (hands.rgb, hands.tir)]
        for image in images:
            found = {
                image.pixelColor(column, line).name()
                for column in range(image.width())
                # Below the name of the pane, which has a dot of such a color.
                for line in range(30, image.height(), 3)
            }
            assert colour.name() not in found, "nothing is painted in the target's color"
        labels = [label.text() for label in hands.window.status_line.findChildren(QLabel)]
        assert "Walker: absent" in labels
        assert lines_of(hands.target_list)[0].text(1) == "30"
        assert hands.events() == []
        strip = [hands.painted(hands.timeline, hands.strip(frame)) for frame in (20, 35, 55)]
        assert strip[0] == QColor(*palette.tracked)
        assert QColor(*palette.tracked) not in strip[1:]
        hands.press("Ctrl+S")
        hands.wait(lambda: hands.window.workspace.document.clean)

    program(person, session)
    for form in ("csv", "mot", "result"):
        out = tmp_path / f"boxes-{form}.{'csv' if form == 'csv' else 'txt'}"
        extra = () if form == "csv" else ("--modality", "rgb")
        program.command("export", session, "--form", form, "--out", out, *extra)
        text = out.read_text("utf-8")
        if form == "csv":
            table = {int(row["frame"]): row for row in csv.DictReader(text.splitlines())}
            assert table[29]["rgb_x"]
            assert table[29]["score"]
            for frame in range(30, 61):
                assert (table[frame]["rgb_x"], table[frame]["score"]) == ("", "")
                assert (table[frame]["source"], table[frame]["flags"]) == ("none", "absent")
        elif form == "mot":
            assert [int(line.split(",")[0]) for line in text.splitlines()] == list(range(1, 31))
        else:
            lines = text.splitlines()
            assert len(lines) == FRAMES
            assert all(line == "0.0,0.0,0.0,0.0" for line in lines[30:])
            assert "0.0,0.0,0.0,0.0" not in lines[:30]


def test_interpolation_follows_its_keyframes_until_somebody_edits(
    program: Program, walk: Path
) -> None:
    def person(hands: Hands) -> None:
        for frame, left, size in ((0, 20, 16), (20, 60, 16), (40, 60, 48)):
            hands.go(frame)
            hands.draw((left, 40, size, size))
        # All gaps at once.
        before = hands.steps
        hands.key("Shift+I")
        assert hands.steps == before + 1
        assert hands.message == "Interpolated Target 1 in 2 gaps, on 38 frames."
        assert hands.sources(1, 39) == [*[INTERPOLATED] * 19, MANUAL, *[INTERPOLATED] * 19]
        boxes = hands.target.boxes
        assert boxes[10, 0, 0] == pytest.approx((boxes[0, 0, 0] + boxes[20, 0, 0]) / 2)
        middle = boxes[30, 0].copy()
        assert middle[2] == pytest.approx((boxes[20, 0, 2] + boxes[40, 0, 2]) / 2)
        # A keyframe is dragged by mouse, and what hangs on it goes along.
        hands.go(20)
        left, top, width, height = boxes[20, 0].copy()
        grip = hands.rgb.pane_point(left + width / 2, top + height / 2)
        end = hands.rgb.pane_point(left + width / 2, top + height / 2 + 20)
        hands.key("Esc")
        hands.drag(hands.rgb, grip, end)
        hands.settle()
        moved = boxes[20, 0, 1] - top
        assert moved == pytest.approx(20, abs=1)
        assert boxes[10, 0, 1] == pytest.approx(40 + moved / 2, abs=1)
        assert boxes[30, 0, 1] == pytest.approx(middle[1] + moved / 2, abs=1)
        hands.key("Ctrl+Z")
        assert boxes[10, 0, 1] == pytest.approx(40, abs=1)
        hands.key("Ctrl+Shift+Z")
        # Somebody edits between: from then on that stays.
        hands.go(10)
        hands.draw((44, 70, 16, 16))
        set_there = boxes[10].copy()
        assert hands.sources(9, 11) == [INTERPOLATED, MANUAL, INTERPOLATED]
        hands.go(20)
        hands.click(hands.rgb, hands.rgb.pane_point(*(boxes[20, 0, :2] + boxes[20, 0, 2:] / 2)))
        near = boxes[15, 0, 0]
        for _ in range(6):
            hands.key("Right")
        assert boxes[15, 0, 0] == pytest.approx(near + 3)
        assert np.array_equal(boxes[10], set_there)
        assert boxes[5, 0, 1] == pytest.approx((40 + set_there[0, 1]) / 2, abs=1)
        # By size: what comes nearer grows slowly first.
        hands.menu("Edit", "Interpolate by size")
        hands.choose_range(20, 40)
        hands.key("R")
        assert boxes[30, 0, 2] < middle[2] - 2

    program(person, walk)


def test_the_lock_of_both_cameras_is_seen(program: Program, walk: Path) -> None:
    def person(hands: Hands) -> None:
        button = hands.window.pane_lock.button
        assert button.isVisible()
        assert button.text() == "Linked"
        linked = button.grab().toImage()
        hands.draw(place_of(0))
        boxes = hands.target.boxes
        hands.click(hands.tir, hands.tir.pane_point(40, 60))
        before = boxes[0].copy()
        hands.key("Shift+Right")
        assert (boxes[0, :, 0] - before[:, 0]).tolist() == [10, 10]
        hands.click(button)
        assert button.text() == "Apart"
        assert button.grab().toImage() != linked
        hands.click(hands.tir, hands.tir.pane_point(45, 60))
        before = boxes[0].copy()
        hands.key("Shift+Right")
        assert (boxes[0, :, 0] - before[:, 0]).tolist() == [0, 10]
        hands.press("L")
        assert button.text() == "Linked"
        hands.menu("Edit", "Lock RGB and thermal boxes")
        assert button.text() == "Apart"

    program(person, walk)


def two_targets(walk: Path, path: Path) -> Path:
    return write_session(
        path, walk,
        AddTarget("1", "Walker", 0), by_hand("1", 0), tracked("1", 1, 30),
        AddTarget("2", "Other", 1), by_hand("2", 0, (110, 10, 24, 20)),
        tracked("2", 31, FRAMES - 1),
    )  # fmt: skip


def test_targets_are_named_colored_hidden_locked_and_moved(
    program: Program, walk: Path, tmp_path: Path
) -> None:
    session = two_targets(walk, tmp_path / "walk.h5")

    def person(hands: Hands) -> None:
        palette = current_theme().palette
        targets, view = hands.session.targets, hands.target_list
        hands.go(0)
        # On a box: it means that box.
        middle = hands.rgb.pane_point(122, 20)
        offered = hands.right_click(hands.rgb, middle, "Class", "car")
        assert hands.target.id == "2"
        assert {"Merge with", "Split target here", "Occluded here", "Clear box on this frame"} <= {
            *offered
        }
        assert targets["2"].class_name == "car"
        edge = (110.0, 20.0)
        drawn = hands.colour_on(hands.rgb, *edge)
        hands.right_click(hands.rgb, middle, "Color", "Color 5")
        assert targets["2"].color == 4
        assert hands.colour_on(hands.rgb, *edge) != drawn
        assert hands.painted(hands.timeline, QPointF(14, hands.strip(0, 1).y())) == QColor(
            *palette.target(4)
        )
        # In the list.
        where = place_in(view, 0)
        with hands.answering("cyclist"):
            hands.right_click(view.viewport(), where, "Class", "Another class")
        assert targets["1"].class_name == "cyclist"
        hands.click_line(view, 0, EYE)
        assert not targets["1"].visible
        assert hands.boxes_shown() == {"2"}
        hands.click_line(view, 0, EYE)
        assert hands.boxes_shown() == {"1", "2"}
        hands.click_line(view, 0, LOCK)
        assert targets["1"].locked
        hands.key("Alt+1")
        assert not targets["1"].flags.any()
        assert "is locked; unlock it to change it" in hands.message
        hands.click_line(view, 0, LOCK)
        hands.right_click(view.viewport(), where, "Move target down")
        assert [line.text(0) for line in lines_of(view)] == ["Other", "Walker"]
        hands.key("Ctrl+Shift+Up")
        assert [line.text(0) for line in lines_of(view)] == ["Walker", "Other"]
        assert [row.name for row in hands.timeline.model.rows] == ["Walker", "Other"]
        # On the timeline: a click on a strip means its target.
        offered = hands.right_click(hands.timeline, hands.strip(5, 1), "Occluded here")
        assert targets["2"].flags.any()
        assert not targets["1"].flags.any()
        # Beside the boxes.
        offered = hands.right_click(hands.rgb, hands.rgb.pane_point(80, 110))
        assert "New target" in offered

    program(person, session)


def test_targets_are_merged_and_split(program: Program, walk: Path, tmp_path: Path) -> None:
    session = two_targets(walk, tmp_path / "walk.h5")

    def person(hands: Hands) -> None:
        targets = hands.session.targets
        hands.right_click(hands.target_list.viewport(), place_in(hands.target_list, 0),
                          "Merge with", "Other")  # fmt: skip
        assert [each.name for each in targets.values()] == ["Walker"]
        assert hands.target.boxed().all()
        assert hands.message.startswith("Merged Other into Walker: 49 more frames")
        hands.go(40)
        hands.menu("Target", "Split target here")
        assert len(targets) == 2
        assert np.flatnonzero(hands.target.boxed()).tolist() == list(range(40, FRAMES))
        hands.key("Ctrl+Z", "Ctrl+Z")
        assert [each.name for each in targets.values()] == ["Walker", "Other"]
        assert np.flatnonzero(targets["2"].boxed()).tolist() == [0, *range(31, FRAMES)]

    program(person, session)


def test_undo_goes_where_it_acts_and_says_so(program: Program, session: Path) -> None:
    def person(hands: Hands) -> None:
        hands.go(50)
        hands.draw((100, 80, 24, 32))
        hands.go(5)
        hands.key("Ctrl+Z")
        assert hands.frame == 50
        assert "Walker" in hands.message
        assert "frame 50" in hands.message
        hands.go(5)
        hands.key("Ctrl+Shift+Z")
        assert hands.frame == 50
        # On the frame on show, but out of sight there.
        hands.draw((60, 60, 24, 32))
        hands.wheel(hands.rgb, hands.rgb.pane_point(2, 2), 14)
        hands.settle()
        assert not hands.rgb.rect().contains(hands.rgb.pane_point(112, 96).toPoint())
        hands.key("Ctrl+Z")
        assert hands.rgb.rect().contains(hands.rgb.pane_point(112, 96).toPoint())
        assert hands.message.startswith("Undone: ")

    program(person, session)


def test_a_box_is_moved_and_sized_by_mouse_and_keys(
    program: Program, walk: Path, tmp_path: Path
) -> None:
    saved = tmp_path / "walk.h5"

    def person(hands: Hands) -> None:
        hands.draw((40, 40, 40, 30))
        target = hands.target

        def box() -> list[float]:
            return [round(float(each)) for each in target.boxes[0, 0]]

        hands.drag(hands.rgb, hands.rgb.pane_point(60, 55), hands.rgb.pane_point(70, 60))
        hands.settle()
        assert box() == pytest.approx([50, 45, 40, 30], abs=1)
        hands.drag(hands.rgb, hands.rgb.pane_point(90, 75), hands.rgb.pane_point(100, 85))
        hands.settle()
        assert box() == pytest.approx([50, 45, 50, 40], abs=1)
        exact = target.boxes[0, 0].copy()
        hands.key("Left", "Up", "Shift+Down", "Ctrl+Right", "Alt+Up")
        change = (target.boxes[0, 0] - exact).tolist()
        assert change[:2] != [0, 0]
        assert hands.window.actions_by_id["undo"].text() != "&Undo"
        # Beyond the edge it is cut.
        hands.drag(hands.rgb, hands.rgb.pane_point(70, 70), hands.rgb.pane_point(158, 70))
        hands.settle()
        x, _, w, _ = target.boxes[0, 0]
        assert x + w <= 160.001
        hands.key("D", "C")
        assert hands.sources(0, 1) == [MANUAL, MANUAL]
        assert np.array_equal(target.boxes[1], target.boxes[0])
        with hands.answering(saved):
            hands.press("Ctrl+S")
        hands.wait(saved.exists)
        hands.settle()

    program(person, walk)
    assert load(saved).target("1").boxed()[:3].tolist() == [True, True, False]
