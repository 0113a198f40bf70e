"""Tracking: `main()` with a clip, then mouse and keys.

What is promised, and the test that does it:

- forward, backward, one step, progress, stop keeps what there is:
  `test_a_run_is_seen_and_what_it_has_when_stopped_stays`
- to here; over the selected range: `test_to_here_and_over_the_range`
- between two keyframes from both ends, blended: `test_between_two_boxes_both_ends_count`
- all targets in one go: `test_all_targets_one_after_the_other`
- pause below a score that stands on screen: `test_a_run_pauses_below_the_limit_on_screen`
- a run stops at the next box by hand; interpolated and imported boxes are never replaced unasked:
  `test_a_run_respects_what_a_person_placed`
- any tracker of the registry, chosen in the window: `test_another_tracker_is_chosen_in_the_window`
- scrub, select, edit and undo during a run: `test_hands_are_free_during_a_run`,
  `test_undo_during_a_run_ends_it_and_says_so`
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from sessions import AddTarget, Flag, ImportBoxes
from tests.e2e.at_work import (
    IMPORTED,
    INTERPOLATED,
    MANUAL,
    TRACKED,
    Hands,
    Program,
    by_hand,
    place_of,
    write_session,
)
from tests.e2e.gated import GATE, SPEC, Gate

FRAMES = 80
WIDE = (1660, 1000)
"""Of a window whose toolbar has room for the choosers."""
BESIDE = (70.0, 10.0, 20.0, 20.0)
"""A second target's box, above the one who walks."""


@pytest.fixture
def gate(program: Program) -> Iterator[Gate]:
    """Lets the frames of runs through, of a tracker that waits."""
    program.settings(tracker=SPEC)
    GATE.close()
    yield GATE
    # A worker that waits would never end.
    GATE.let(1000)


def let(hands: Hands, gate: Gate, frames: int) -> None:
    """Let some more frames be tracked, and wait for them."""
    run = hands.window.workspace.tracking
    wanted = len(run.live_frames) + frames
    gate.let(frames)
    hands.wait(lambda: len(run.live_frames) >= wanted)


def test_a_run_is_seen_and_what_it_has_when_stopped_stays(
    program: Program, walk: Path, gate: Gate
) -> None:
    def person(hands: Hands) -> None:
        activity = hands.window.status_line.activity
        hands.go(20)
        hands.draw(place_of(20))
        hands.press("T")
        let(hands, gate, 7)
        hands.wait(lambda: "7 of 59" in activity.text())
        hands.wait(lambda: hands.frame == 27)
        assert hands.boxes_shown() == {"1"}
        hands.press("Esc")
        gate.let(1)
        hands.settle()
        assert hands.message == "Stopped; 8 frames tracked so far stay."
        assert hands.sources(19, 29) == [0, MANUAL, *[TRACKED] * 8, 0]
        gate.close()
        # One step, and backward.
        gate.let(1)
        hands.key("Ctrl+T")
        assert hands.sources(28, 30) == [TRACKED, TRACKED, 0]
        hands.go(20)
        gate.let(FRAMES)
        hands.key("Shift+T")
        assert hands.sources(0, 20) == [*[TRACKED] * 20, MANUAL]
        before = hands.steps
        hands.key("Ctrl+Z")
        assert hands.steps == before - 1
        assert hands.sources(0, 20) == [*[0] * 20, MANUAL]

    program(person, walk)


def test_to_here_and_over_the_range(program: Program, walk: Path) -> None:
    def person(hands: Hands) -> None:
        hands.go(5)
        hands.draw(place_of(5))
        hands.go(15)
        hands.key("V")
        assert hands.sources(4, 17) == [0, MANUAL, *[TRACKED] * 10, 0, 0]
        assert hands.frame == 15
        hands.go(24)
        hands.draw(place_of(24))
        hands.choose_range(20, 30)
        before = hands.steps
        hands.key("Ctrl+R")
        assert hands.sources(19, 31) == [0, *[TRACKED] * 4, MANUAL, *[TRACKED] * 6, 0]
        assert hands.steps == before + 1
        hands.key("Ctrl+Z")
        assert hands.sources(19, 31) == [0] * 5 + [MANUAL] + [0] * 7
        hands.menu("Track", "Track the range")
        assert hands.sources(19, 31) == [0, *[TRACKED] * 4, MANUAL, *[TRACKED] * 6, 0]

    program(person, walk)


def test_between_two_boxes_both_ends_count(program: Program, walk: Path) -> None:
    def person(hands: Hands) -> None:
        x, y, w, h = place_of(10)
        hands.go(10)
        hands.draw((x, y, w, h))
        x, y, w, h = place_of(30)
        hands.go(30)
        # Six pixels lower than the one at the other end.
        hands.draw((x, y + 6, w, h))
        hands.go(20)
        hands.key("Ctrl+B")
        assert hands.message == "Tracked 19 frames from both ends."
        assert hands.sources(9, 31) == [0, MANUAL, *[TRACKED] * 19, MANUAL, 0]
        boxes = hands.target.boxes[10:31, 0]
        height = boxes[:, 1] - boxes[0, 1]
        # Each end says most near itself, and nowhere is there a jump.
        assert height[1] == pytest.approx(0, abs=1.5)
        assert height[-2] == pytest.approx(6, abs=1.5)
        assert height[10] == pytest.approx(3, abs=1.5)
        assert np.abs(np.diff(height)).max() < 2
        ways = boxes[:, 0] - [place_of(frame)[0] for frame in range(10, 31)]
        assert np.abs(ways).max() < 3, "it follows the one who walks"
        hands.key("Ctrl+Z")
        assert hands.sources(9, 31) == [0, MANUAL, *[0] * 19, MANUAL, 0]

    program(person, walk)


def test_all_targets_one_after_the_other(program: Program, walk: Path) -> None:
    def person(hands: Hands) -> None:
        hands.draw(place_of(0))
        hands.key("Ctrl+N")
        hands.draw(BESIDE)
        hands.key("Ctrl+Shift+T")
        assert hands.message == (
            "Target 1: Tracked 79 frames. Target 2: Tracked 79 frames. "
            "Each target is a step of its own to undo."
        )
        for target in hands.session.targets.values():
            assert (target.source[1:] == TRACKED).all()
        hands.key("Ctrl+Z", "Ctrl+Z")
        for target in hands.session.targets.values():
            assert not target.source[1:].any()

    program(person, walk)


def test_a_run_pauses_below_the_limit_on_screen(program: Program, walk: Path, gate: Gate) -> None:
    def first(hands: Hands) -> None:
        field = hands.window.pause_field.number
        assert (field.isVisible(), field.text()) == (True, "never")
        hands.draw(place_of(0))
        hands.click(field)
        field.selectAll()
        hands.write("0.50")
        hands.key("Return")
        assert field.text() == "0.50"
        gate.unsure[9] = 0.3
        gate.let(FRAMES)
        hands.key("T")
        assert hands.message == (
            "Paused on frame 9: the score fell to 0.30, below 0.50. Set the box right there and "
            "press T, or press T to go on as it is."
        )
        assert hands.frame == 9
        assert hands.sources(8, 10) == [TRACKED, TRACKED, 0]
        gate.unsure.clear()
        hands.draw(place_of(9))
        hands.key("T")
        assert hands.message == "Tracked 70 frames."
        assert hands.sources(9, FRAMES - 1) == [MANUAL, *[TRACKED] * 70]

    def second(hands: Hands) -> None:
        assert hands.window.pause_field.number.text() == "0.50"

    program(first, walk)
    program(second)


def test_a_run_respects_what_a_person_placed(program: Program, walk: Path, tmp_path: Path) -> None:
    boxes = np.array([[place_of(frame)] * 2 for frame in range(40, 46)])
    session = write_session(
        tmp_path / "walk.h5", walk,
        AddTarget("1", "Walker"),
        ImportBoxes("1", np.arange(40, 46), boxes),
        by_hand("1", 0), by_hand("1", 10), by_hand("1", 20), by_hand("1", 30),
    )  # fmt: skip

    def person(hands: Hands) -> None:
        hands.go(0)
        hands.key("T")
        assert hands.message == (
            "Tracked 9 frames, up to the box set by hand on frame 10; track again to go on from "
            "there."
        )
        assert hands.sources(0, 11) == [MANUAL, *[TRACKED] * 9, MANUAL, 0]
        hands.go(15)
        hands.key("R")
        assert hands.sources(9, 21) == [TRACKED, MANUAL, *[INTERPOLATED] * 9, MANUAL, 0]
        kept = hands.target.boxes[11:20].copy()
        hands.go(10)
        hands.key("T")
        assert not hands.running
        assert "which are kept; switch on Track > Replace interpolated" in hands.message
        assert np.array_equal(hands.target.boxes[11:20], kept)
        hands.go(30)
        hands.key("T")
        assert hands.message == "Tracked 43 frames. 6 interpolated or imported boxes were kept."
        assert hands.sources(38, 47) == [TRACKED, TRACKED, *[IMPORTED] * 6, TRACKED, TRACKED]
        # Asked for, they are replaced.
        hands.menu("Track", "Replace interpolated and imported boxes")
        hands.go(10)
        hands.key("T")
        assert hands.sources(9, 21) == [TRACKED, MANUAL, *[TRACKED] * 9, MANUAL, 0]
        hands.go(30)
        hands.key("T")
        assert hands.sources(38, 47) == [TRACKED] * 10
        hands.key("Ctrl+Z", "Ctrl+Z")
        assert hands.sources(38, 47) == [TRACKED, TRACKED, *[IMPORTED] * 6, TRACKED, TRACKED]
        assert np.array_equal(hands.target.boxes[11:20], kept)

    program(person, session)


def test_another_tracker_is_chosen_in_the_window(program: Program, walk: Path) -> None:
    def first(hands: Hands) -> None:
        hands.draw(place_of(0))
        hands.pick(hands.window.tracker_chooser.tracker, "Still box")
        hands.key("T")
        assert hands.sources(1, FRAMES - 1) == [TRACKED] * (FRAMES - 1)
        assert np.array_equal(hands.target.boxes[0], hands.target.boxes[FRAMES - 1])
        model = hands.target.tracking.model_of(5)
        assert model is not None
        assert "still" in model.name.lower()

    def second(hands: Hands) -> None:
        assert hands.window.tracker_chooser.tracker.currentText() == "Still box"

    program(first, walk, size=WIDE)
    program(second, size=WIDE)


def test_hands_are_free_during_a_run(program: Program, walk: Path, gate: Gate) -> None:
    def person(hands: Hands) -> None:
        hands.draw(place_of(0))
        hands.key("Ctrl+N")
        hands.draw(BESIDE)
        hands.click_line(hands.target_list, 0)
        hands.press("T")
        let(hands, gate, 12)
        # Scrub: who has gone elsewhere is left there.
        hands.click(hands.timeline, hands.ruler(5))
        hands.wait(lambda: hands.frame == 5)
        let(hands, gate, 4)
        assert hands.running
        assert hands.frame == 5
        # Select and edit somebody else, and the one who is tracked.
        hands.click_line(hands.target_list, 1)
        assert hands.target.name == "Target 2"
        hands.draw((72, 12, 20, 20))
        assert hands.running
        hands.click_line(hands.target_list, 0)
        hands.draw(place_of(5))
        assert hands.running
        assert hands.message == (
            "What you set by hand on Target 1 stays; the run goes on with the box it began with."
        )
        let(hands, gate, 4)
        hands.press("Alt+2")
        hands.press("Esc")
        gate.let(1)
        hands.settle()
        first, second = hands.session.targets.values()
        # Whether the frame that was under way still counts is the worker's to say.
        last = np.flatnonzero(first.source)[-1]
        assert last in (20, 21)
        expected = [TRACKED] * last
        expected[4] = MANUAL
        assert first.source[1 : last + 1].tolist() == expected
        assert first.boxes[5, 0] == pytest.approx(np.array(place_of(5)), abs=1)
        assert np.flatnonzero(first.flags & Flag.OCCLUDED).tolist() == [5]
        assert np.flatnonzero(second.source).tolist() == [0, 5]
        assert second.boxes[5, 0] == pytest.approx(np.array((72, 12, 20, 20)), abs=1)

    program(person, walk)


def test_undo_during_a_run_ends_it_and_says_so(program: Program, walk: Path, gate: Gate) -> None:
    def person(hands: Hands) -> None:
        hands.draw(place_of(0))
        hands.press("T")
        let(hands, gate, 8)
        # The menu says what it will do before it is chosen.
        undo = hands.window.actions_by_id["undo"]
        assert undo.text().replace("&", "") == "Undo (ends the run first)"
        hands.press("Ctrl+Z")
        gate.let(1)
        hands.wait(lambda: not hands.running)
        hands.settle()
        assert hands.message == (
            "Stopped; 9 frames tracked so far stay; undo once more to take them back."
        )
        assert hands.sources(0, 10) == [MANUAL, *[TRACKED] * 9, 0]
        hands.key("Ctrl+Z")
        assert hands.sources(0, 10) == [MANUAL, *[0] * 10]
        hands.key("Ctrl+Z")
        assert not hands.session.targets or not hands.target.source.any()

    program(person, walk)
