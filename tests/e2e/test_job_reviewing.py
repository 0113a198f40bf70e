"""The review queue: `main()` with a session, then mouse and keys.

What is promised, and the test that does it:

- one entry for each event, worst first or by time, all targets or one:
  `test_an_event_is_one_line_of_one_target_or_of_all`
- "seen" is remembered in the session: `test_seen_events_stay_seen_over_save_and_start`
- absent frames are left out: `test_absent_frames_are_not_listed`
- disagreement of both cameras, and of forward with backward, on request in the background:
  `test_a_second_look_runs_in_the_background_and_can_be_stopped`
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PySide6.QtWidgets import QComboBox, QProgressBar, QToolButton

from app.window.actions import Id
from sessions import AddTarget
from tests.e2e.at_work import Hands, Program, by_hand, place_of, tracked, write_session

FRAMES = 80
LOST = ((20, 29), (45, 60))
"""Frames on which Walker's score is low."""
CAR = (110.0, 10.0, 24.0, 20.0)


@pytest.fixture
def session(walk: Path, tmp_path: Path) -> Path:
    """Two targets; one is lost twice, the other once, on 35 to 39."""

    def scores(*lost: tuple[int, int]) -> list[float]:
        frames = np.arange(1, FRAMES)
        low = np.zeros(frames.size, bool)
        for first, last in lost:
            low |= (frames >= first) & (frames <= last)
        return np.where(low, 0.05, 0.9).tolist()  # type: ignore[no-any-return]

    return write_session(
        tmp_path / "walk.h5", walk,
        AddTarget("1", "Walker", 0), by_hand("1", 0), tracked("1", 1, FRAMES - 1, scores(*LOST)),
        AddTarget("2", "Car", 1), by_hand("2", 0, (20, 75, 24, 32)),
        tracked("2", 1, FRAMES - 1, scores((35, 39)), down=35),
    )  # fmt: skip


def whose(hands: Hands) -> list[str]:
    return [name + " seen" * why.startswith("seen") for _, why, name in hands.events()]


def test_an_event_is_one_line_of_one_target_or_of_all(program: Program, session: Path) -> None:
    def person(hands: Hands) -> None:
        targets, order = hands.window.queue.findChildren(QComboBox)
        assert whose(hands) == ["Walker", "Walker", "Car"], "the longest first"
        frames = [text for text, _, _ in hands.events()]
        assert all("–" in text for text in frames), "an event is one line, not one for each frame"
        hands.click_line(hands.queue, 2)
        assert 35 <= hands.frame <= 39
        assert hands.target.name == "Car"
        hands.click_line(hands.queue, 0)
        assert 45 <= hands.frame <= 60
        assert hands.target.name == "Walker"
        hands.key("N")
        assert 20 <= hands.frame <= 29
        hands.key("N")
        assert 35 <= hands.frame <= 39
        hands.key("Shift+N")
        assert 20 <= hands.frame <= 29
        hands.pick(order, "Time")
        assert whose(hands) == ["Walker", "Car", "Walker"]
        firsts = [int(text.split("–")[0]) for text, _, _ in hands.events()]
        assert firsts == sorted(firsts)
        hands.pick(targets, "One")
        assert len(hands.events()) == 2
        hands.click_line(hands.target_list, 1)
        assert len(hands.events()) == 1
        hands.pick(targets, "All")
        hands.pick(order, "Worst")
        assert whose(hands) == ["Walker", "Walker", "Car"]

    program(person, session)


def test_seen_events_stay_seen_over_save_and_start(program: Program, session: Path) -> None:
    def first(hands: Hands) -> None:
        hands.key("N")
        for number in (1, 2):
            hands.key("Return")
            assert sum("seen" in line for line in whose(hands)) == number
        assert whose(hands) == ["Car", "Walker seen", "Walker seen"]
        assert hands.target.name == "Car"
        hands.key("Ctrl+Z")
        assert sum("seen" in line for line in whose(hands)) == 1
        hands.key("Ctrl+Shift+Z")
        hands.press("Ctrl+S")
        hands.wait(lambda: hands.window.workspace.document.clean)
        hands.settle()

    def second(hands: Hands) -> None:
        assert whose(hands) == ["Car", "Walker seen", "Walker seen"]
        hands.key("N", "Return")
        assert hands.message == "There is nothing left to review."
        # One can be listed again.
        hands.click_line(hands.queue, 2)
        hands.key("Shift+Return")
        assert sum("seen" in line for line in whose(hands)) == 2

    program(first, session)
    program(second, session)


def test_absent_frames_are_not_listed(program: Program, session: Path) -> None:
    def person(hands: Hands) -> None:
        hands.click_line(hands.target_list, 0)
        hands.choose_range(43, 62)
        hands.key("Alt+1")
        assert whose(hands) == ["Walker", "Car"]
        assert all(int(text.split("–")[-1]) < 43 for text, _, _ in hands.events())
        hands.key("Ctrl+Z")
        assert whose(hands) == ["Walker", "Walker", "Car"]

    program(person, session)


def test_a_second_look_runs_in_the_background_and_can_be_stopped(
    program: Program, walk: Path, small_model: Path
) -> None:
    program.settings(tracker="ckd", model=str(small_model))

    def person(hands: Hands) -> None:
        looks = hands.window.workspace.second_looks
        action = hands.window.actions_by_id[Id.SECOND_LOOK]
        buttons = hands.window.queue.findChildren(QToolButton)
        (button,) = [each for each in buttons if each.defaultAction() is action]
        bar = hands.window.queue.findChild(QProgressBar)
        assert isinstance(bar, QProgressBar)
        hands.go(60)
        hands.draw(place_of(60))
        hands.key("T")
        assert not bar.isVisible()
        # It is seen to go on, frames can be looked at meanwhile, and it can be stopped.
        hands.click(button)
        hands.wait(lambda: looks.running and bar.isVisible())
        hands.press("A")
        hands.wait(lambda: bar.maximum() > 0 and bar.value() > 0)
        assert looks.running
        hands.click(button)
        hands.settle()
        assert hands.message.startswith("The second look was stopped; what it found on ")
        assert not bar.isVisible()
        hands.click(button)
        hands.settle()
        assert hands.message == "Took a second look at 19 frames."
        opinions = looks.opinions(hands.target.id)
        assert opinions is not None
        assert not np.isnan(opinions.alone[61:]).any()
        assert not np.isnan(opinions.back[61:-1]).any()
        # Weights that say nothing disagree with each other, and the queue says so.
        reasons = {why for _, why, _ in hands.events()}
        assert reasons

    program(person, walk)
