"""Ctrl+C and `kill` leave nothing behind, at whatever line of ours they come."""

from __future__ import annotations

import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

import pytest

import safe_files
from safe_files import HeldFolder, interrupts, write_bytes
from safe_files.interrupts import Undisturbed, interrupt
from safe_files.together import write_together

OURS = str(Path(safe_files.__file__).parent)
SWITCH = interrupts.__file__


@contextmanager
def interrupted_at(line: int) -> Iterator[list[int]]:
    """Send Ctrl+C at the n-th line of this package that runs, and of this file."""
    passed = [0]

    def trace(frame: FrameType, _event: str, _arg: object) -> Callable[..., object] | None:
        name = frame.f_code.co_filename
        # Not inside the switch itself, whose lines are those of a signal handler.
        if not name.startswith((OURS, __file__)) or name == SWITCH:
            return None
        # What is raised there Python passes over; a second Ctrl+C ends the program.
        if frame.f_code.co_name == "__del__":
            return None
        passed[0] += 1
        if passed[0] == line:
            signal.raise_signal(signal.SIGINT)
        return trace

    before = signal.signal(signal.SIGINT, interrupt)
    sys.settrace(trace)
    try:
        yield passed
    finally:
        sys.settrace(None)
        signal.signal(signal.SIGINT, before)


def at_every_line(
    act: Callable[[Path], None], check: Callable[[Path, bool], None], place: Path
) -> int:
    """Interrupt an action at each of its lines in turn; return at how many."""
    for line in range(1, 2_000):
        folder = place / str(line)
        folder.mkdir()
        stopped = False
        try:
            with interrupted_at(line) as passed:
                act(folder)
        except KeyboardInterrupt:
            stopped = True
        check(folder, stopped)
        if passed[0] < line:
            assert not stopped
            return line
    raise AssertionError("it never came to an end")


def nothing_or_all(*names: str) -> Callable[[Path, bool], None]:
    def check(folder: Path, stopped: bool) -> None:
        left = sorted(str(each.relative_to(folder)) for each in folder.rglob("*"))
        assert left in ([], sorted(names)), left
        assert stopped or left == sorted(names)

    return check


def test_a_file_in_new_folders(tmp_path: Path) -> None:
    def act(folder: Path) -> None:
        write_bytes(folder / "a" / "b" / "c", b"1", parents=True)

    assert at_every_line(act, nothing_or_all("a", "a/b", "a/b/c"), tmp_path) > 50


def test_a_folder_that_is_held(tmp_path: Path) -> None:
    def act(folder: Path) -> None:
        with HeldFolder(folder / "a" / "b") as held:
            held.refresh()

    assert at_every_line(act, nothing_or_all(), tmp_path) > 30


def test_several_files_together(tmp_path: Path) -> None:
    def act(folder: Path) -> None:
        (folder / "x").write_bytes(b"old")
        write_together({folder / "x": b"new", folder / "a" / "y": b"new"})

    def check(folder: Path, stopped: bool) -> None:
        left = {str(each.relative_to(folder)): each for each in folder.rglob("*") if each.is_file()}
        if not left:  # stopped before anything was there
            assert stopped
            return
        assert left["x"].read_bytes() == (b"new" if "a/y" in left else b"old")
        assert set(left) <= {"x", "a/y"}
        assert ("a/y" in left) == (folder / "a").exists()

    assert at_every_line(act, check, tmp_path) > 50


def test_a_second_signal_does_not_wait() -> None:
    with pytest.raises(KeyboardInterrupt), Undisturbed():
        interrupt(2, None)
        interrupt(2, None)
        pytest.fail("it was waited for")


def test_it_comes_right_after_the_outermost_block() -> None:
    done = []
    with pytest.raises(KeyboardInterrupt):
        with Undisturbed():
            with Undisturbed():
                interrupt(2, None)
            done.append("all of the outer block")
        pytest.fail("it did not come")
    assert done
    with Undisturbed():  # nothing of it is left
        pass


def test_a_block_of_another_thread_keeps_nothing_off() -> None:
    inside, leave = threading.Event(), threading.Event()

    def wait() -> None:
        with Undisturbed():
            inside.set()
            leave.wait()

    thread = threading.Thread(target=wait)
    thread.start()
    inside.wait()
    try:
        with pytest.raises(KeyboardInterrupt):
            interrupt(2, None)
    finally:
        leave.set()
        thread.join()
