"""However the program ends, what its screen showed is offered at the next start, and comes back."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from sessions.lock import holder

ROOT = Path(__file__).resolve().parents[2]
PATIENCE = 120

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not os.environ.get("DISPLAY"), reason="needs an X server"),
]


class Played:
    """The program, in which an act is played."""

    def __init__(self, act: str, arguments: tuple[str, ...], environment: dict[str, str]) -> None:
        code = f"from tests.e2e.acting import child; child({act!r}, *{list(arguments)!r})"
        self.process = subprocess.Popen(
            [sys.executable, "-c", code],
            cwd=ROOT,
            env={**os.environ, **environment},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def hear(self, word: str) -> dict[str, Any]:
        """What the act reports under this word."""
        # Who never says it is ended, so that the test can say what happened instead.
        patience = threading.Timer(PATIENCE, self.process.kill)
        patience.daemon = True
        patience.start()
        try:
            return self._said(word)
        finally:
            patience.cancel()
            patience.join()

    def _said(self, word: str) -> dict[str, Any]:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            if line.startswith("{"):
                said: dict[str, Any] = json.loads(line)
                if said["word"] == word:
                    return said
        raise AssertionError(self.said())

    def said(self) -> str:
        """What it wrote to the terminal, once it has ended."""
        _, errors = self.process.communicate(timeout=PATIENCE)
        return errors

    def end(self, number: int = signal.SIGKILL) -> int:
        """End it by a signal; return its exit code."""
        self.process.send_signal(number)
        return self.process.wait(timeout=PATIENCE)


Play = Callable[..., Played]


@pytest.fixture
def play(small_model: Path) -> Iterator[Play]:
    """Start the program with an act; whoever still runs at the end is ended."""
    config = Path(os.environ["XDG_CONFIG_HOME"]) / "ckd-studio"
    config.mkdir(parents=True, exist_ok=True)
    (config / "settings.json").write_text(json.dumps({"model": str(small_model)}), "utf-8")
    started: list[Played] = []

    def start(act: str, *arguments: str | Path, **environment: str) -> Played:
        played = Played(act, tuple(map(str, arguments)), environment)
        started.append(played)
        return played

    yield start
    for played in started:
        if played.process.poll() is None:
            played.process.kill()
        played.process.communicate(timeout=PATIENCE)


def work(state: dict[str, Any]) -> dict[str, Any]:
    """What a person did, without what the window says about it."""
    return {key: state[key] for key in ("targets", "undo")}


def drawn_and_killed(play: Play, clip: Path, how: int = signal.SIGKILL) -> dict[str, Any]:
    program = play("draw", clip)
    shown = program.hear("drawn")
    program.end(how)
    assert [len(target["boxes"]) for target in shown["targets"].values()] == [2]
    return shown


@pytest.mark.parametrize(("how", "code"), [("SIGKILL", -9), ("SIGTERM", 143), ("SIGHUP", 129)])
def test_what_was_drawn_is_offered_and_comes_back(
    play: Play, clip: Path, how: str, code: int
) -> None:
    program = play("draw", clip)
    shown = program.hear("drawn")
    assert program.end(getattr(signal, how)) == code
    again = play("restore")
    offered = again.hear("offered")
    # Target, three boxes, and one step back.
    assert offered["message"].startswith("5 changes of clip (today ")
    assert offered["message"].endswith(" were not saved when CKD Studio ended.")
    assert offered["buttons"] == ["Restore", "Look", "Discard"]
    restored = again.hear("restored")
    assert work(restored) == work(shown)
    assert not restored["clean"]
    assert restored["frames_shown"]
    again.end(signal.SIGTERM)


def test_a_killed_display_loses_nothing(play: Play, clip: Path) -> None:
    if shutil.which("Xvfb") is None:
        pytest.skip("needs Xvfb")
    screen = subprocess.Popen(
        ["Xvfb", "-displayfd", "1", "-screen", "0", "1680x1050x24"],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    assert screen.stdout is not None
    number = screen.stdout.readline().strip()
    try:
        program = play("draw", clip, DISPLAY=f":{number}")
        shown = program.hear("drawn")
    finally:
        screen.kill()
        screen.communicate(timeout=PATIENCE)
    assert program.process.wait(timeout=PATIENCE) != 0
    assert work(play("restore").hear("restored")) == work(shown)


def test_exceptions_in_a_slot_and_in_a_paint_event_lose_nothing(play: Play, clip: Path) -> None:
    program = play("draw_and_fail", clip)
    shown = program.hear("drawn")
    assert [len(target["boxes"]) for target in shown["targets"].values()] == [2]
    program.end()
    assert work(play("restore").hear("restored")) == work(shown)


def test_an_event_loop_that_ends_by_itself_loses_nothing(play: Play, clip: Path) -> None:
    program = play("draw_and_end_loop", clip)
    shown = program.hear("drawn")
    assert program.process.wait(timeout=PATIENCE) == 3
    assert work(play("restore").hear("restored")) == work(shown)


@pytest.mark.parametrize("how", ["SIGTERM", "SIGHUP"])
def test_a_signal_ends_the_program_under_an_open_question(play: Play, clip: Path, how: str) -> None:
    program = play("ask_in_dialog", clip)
    shown = program.hear("asked")
    assert program.end(getattr(signal, how)) == 128 + getattr(signal, how)
    settings = Path(os.environ["XDG_CONFIG_HOME"]) / "ckd-studio" / "settings.json"
    assert json.loads(settings.read_text("utf-8"))["geometry"]
    assert work(play("restore").hear("restored")) == work(shown)


def test_ctrl_c_asks_as_closing_does(play: Play, clip: Path) -> None:
    program = play("draw", clip)
    program.hear("drawn")
    program.process.send_signal(signal.SIGINT)
    time.sleep(1.0)
    assert program.process.poll() is None
    assert program.end(signal.SIGTERM) == 143


@pytest.mark.parametrize("how", ["SIGKILL", "SIGTERM"])
def test_a_run_comes_back_as_far_as_it_was_shown(play: Play, clip: Path, how: str) -> None:
    program = play("track", clip)
    shown = program.hear("tracked")["boxes"]
    if how == "SIGKILL":
        # What is on screen may take a second to be kept.
        time.sleep(1.0)
    program.end(getattr(signal, how))
    restored = play("restore").hear("restored")
    (target,) = restored["targets"].values()
    came_back = {frame: boxes for frame, boxes in target["boxes"].items() if frame in shown}
    assert came_back == shown
    assert set(map(int, shown)) <= set(target["tokens"])
    assert restored["undo"].startswith("Track Target 1 on frame")


def test_only_looking_leaves_nothing(play: Play, clip: Path) -> None:
    program = play("open_only", clip)
    program.hear("opened")
    program.end()
    state = Path(os.environ["XDG_STATE_HOME"])
    assert [path for path in state.rglob("*") if path.suffix == ".journal"] == []
    assert [path.name for path in clip.parent.iterdir() if "journal" in path.name] == []


def test_what_was_done_after_a_save_comes_back_on_top_of_it(play: Play, clip: Path) -> None:
    program = play("save", clip)
    program.hear("saved")
    shown = program.hear("drawn")
    program.end()
    session = Path(str(shown["path"]))
    again = play("restore", session)
    offered = again.hear("offered")
    assert offered["message"].startswith("1 change of walk.h5 (today ")
    # Opening is not held up by the question.
    assert offered["frames_shown"]
    restored = again.hear("restored")
    assert restored["targets"] == shown["targets"]
    assert restored["path"] == str(session)
    assert not restored["clean"]


def test_a_kill_during_a_save_leaves_the_old_file_and_all_changes(play: Play, clip: Path) -> None:
    program = play("save_for_long", clip)
    shown = program.hear("saving")
    program.end()
    assert not (clip.parent / "walk.h5").exists()
    assert work(play("restore").hear("restored")) == work(shown)


def test_a_signal_does_not_wait_for_a_long_save(play: Play, clip: Path) -> None:
    program = play("save_for_long", clip)
    shown = program.hear("saving")
    assert program.end(signal.SIGTERM) == 143
    assert work(play("restore").hear("restored")) == work(shown)


@pytest.mark.parametrize("how", ["SIGTERM", "SIGHUP"])
def test_a_signal_ends_a_program_that_hangs(play: Play, clip: Path, how: str) -> None:
    program = play("save_and_hang", clip)
    shown = program.hear("drawn")
    number = getattr(signal, how)
    assert program.end(number) == 128 + number
    assert work(play("restore", clip.parent / "walk.h5").hear("restored")) == work(shown)


def test_a_program_that_was_told_to_end_holds_no_file(play: Play, clip: Path) -> None:
    program = play("save", clip)
    shown = program.hear("drawn")
    assert holder(clip.parent / "walk.h5") is not None
    assert program.end(signal.SIGTERM) == 143
    assert holder(clip.parent / "walk.h5") is None
    assert not (clip.parent / ".walk.h5.lock").exists()
    assert work(play("restore", clip.parent / "walk.h5").hear("restored")) == work(shown)


def test_save_and_close_at_once_asks_nothing_and_leaves_nothing(play: Play, clip: Path) -> None:
    program = play("save_and_close", clip)
    assert program.process.wait(timeout=PATIENCE) == 0, program.said()
    assert (clip.parent / "walk.h5").exists()
    assert [each.name for each in clip.parent.iterdir() if each.name.startswith(".")] == []


def test_killed_while_restoring_again_and_again(play: Play, clip: Path) -> None:
    shown = drawn_and_killed(play, clip)
    for _ in range(2):
        program = play("restore")
        assert work(program.hear("restored")) == work(shown)
        program.end()
    program = play("restore_and_draw")
    more = program.hear("drawn")
    program.end()
    assert len(more["targets"]["Target 1"]["boxes"]) == 3
    last = play("restore")
    assert work(last.hear("restored")) == work(more)
    last.end()
    assert play("undo_all").hear("undone")["targets"] == {}


def test_looking_changes_nothing_and_the_offer_stays(play: Play, clip: Path) -> None:
    shown = drawn_and_killed(play, clip)
    program = play("look")
    looked = program.hear("looked")
    assert looked["targets"] == shown["targets"]
    assert looked["read_only"]
    assert looked["buttons"] == ["Restore", "Discard"]
    program.end()
    assert work(play("restore").hear("restored")) == work(shown)


def test_what_was_discarded_is_not_offered_again(play: Play, clip: Path) -> None:
    drawn_and_killed(play, clip)
    program = play("discard")
    assert program.hear("discarded")["buttons"] == []
    program.end()
    again = play("open_only", clip)
    assert again.hear("opened")["buttons"] == []


def test_both_stay_when_a_person_works_on_beside_an_offer(play: Play, clip: Path) -> None:
    program = play("save", clip)
    program.hear("saved")
    shown = program.hear("drawn")
    program.end()
    session = Path(str(shown["path"]))
    other = play("ignore_and_save", session)
    saved = other.hear("saved")
    assert other.hear("offered")["message"].startswith("1 change of walk.h5")
    other.end()
    restored = play("restore").hear("restored")
    assert restored["targets"] == shown["targets"]
    # The file holds the other work, which a save of this one must not replace unasked.
    assert restored["path"] is None
    from sessions import load

    boxes = load(session).target("1").boxes
    assert boxes[6].round(6).tolist() == saved["targets"]["Target 1"]["boxes"]["6"]
