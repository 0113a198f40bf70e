"""Whatever fails between two steps of saving or restoring, all that was shown comes back."""

from __future__ import annotations

import contextlib
import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from sessions import (
    AnnotationSession,
    Restored,
    SessionError,
    journal_writer,
    left_behind,
    left_behind_by,
    load,
    open_journals,
    places,
    restore,
    resume,
    save,
)
from tests.raising import ProvokedError, Raiser, sweep
from tests.unit.sessions.building import empty, state
from tests.unit.sessions.journalling import Work

Shown = dict[str, tuple[dict[str, Any], AnnotationSession]]
"""What each session on a screen, or left behind, was when somebody last looked."""


class NoKeeper:
    """Stands for the thread beside a journal: the test does at once what that does by and by."""

    def __init__(self, *_calls: object) -> None:
        pass

    def wake(self) -> None:
        pass

    def stop(self) -> None:
        pass


@pytest.fixture(autouse=True)
def no_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(journal_writer, "Keeper", NoKeeper)
    # What the disk has is not in question, and hundreds of waits for it are long.
    monkeypatch.setattr(os, "fsync", lambda _handle: None)


def in_place(session: Any) -> dict[str, Any]:
    # Where images and file lie is written again with each save.
    return {name: value for name, value in state(session).items() if name != "sequence"}


class Program:
    """What one program does, and what it has shown when it fails."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "walk.h5"
        self.shown: Shown = {}

    def show(self, work: Work, name: str = "screen") -> None:
        self.shown[name] = in_place(work.session), work.session

    def box(self, work: Work, frame: int) -> None:
        work.box(frame)
        self.show(work)

    def found(self) -> Restored:
        (left,) = left_behind_by(self.path)
        return restore(left)


def going_on(found: Restored) -> Work:
    work = Work(found.session_path, found.session)
    work.history = found.history
    work.journal = resume(found)
    return work


def saves_in_the_midst(program: Program) -> Iterator[None]:
    work = Work(program.path)
    yield
    program.box(work, 4)
    work.save(meanwhile=True)
    program.show(work)
    work.journal.settle()
    program.box(work, 6)
    work.undo()
    program.show(work)


def saves_under_another_name(program: Program) -> Iterator[None]:
    work = Work(program.path)
    yield
    program.box(work, 4)
    work.save(program.path.with_name("other.h5"))
    program.box(work, 5)
    work.journal.settle()
    program.box(work, 6)


def restores_and_saves(program: Program) -> Iterator[None]:
    found = program.found()
    yield
    work = going_on(found)
    del program.shown["left"]
    program.show(work)
    program.box(work, 7)
    work.save()
    work.journal.settle()
    program.box(work, 8)


def saves_beside_what_it_restores(program: Program) -> Iterator[None]:
    """The session on the screen is saved while what was left of it is being opened."""
    old, found = Work(program.path), program.found()
    yield
    program.box(old, 9)
    # The screen does not show it yet: it is still what was left.
    going_on(found)
    old.save()
    program.box(old, 10)
    old.save()
    old.journal.settle()


EVERYTHING = (
    saves_in_the_midst,
    saves_under_another_name,
    restores_and_saves,
    saves_beside_what_it_restores,
)


def what_comes_back(program: Program) -> list[dict[str, Any]]:
    files = sorted(program.path.parent.glob("*.h5"))
    lefts = {left.journal: left for left in left_behind()}
    lefts |= {left.journal: left for path in files for left in left_behind_by(path)}
    return [*(in_place(load(path)) for path in files)] + [
        in_place(restore(left).session) for left in lefts.values()
    ]


@pytest.mark.parametrize("what", EVERYTHING)
def test_all_that_was_shown_comes_back_wherever_it_fails(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, what: Callable[[Program], Iterator[None]]
) -> None:
    origin = tmp_path / "origin.h5"
    save(empty(40), origin)

    def once(raiser: Raiser, number: int) -> None:
        folder = tmp_path / str(number)
        (folder / "sessions").mkdir(parents=True)
        monkeypatch.setenv(places.STATE_DIR_VARIABLE, str(folder / "state"))
        program = Program(folder / "sessions")
        shutil.copy(origin, program.path)
        if "restore" in what.__name__:
            before = Work(program.path)
            before.box(1)
            program.show(before, "left")
            before.kill()
        steps = what(program)
        next(steps)
        # Reading a file turns all that may fail into a sentence.
        with contextlib.suppress(ProvokedError, SessionError), raiser.raising():
            next(steps, None)
        # As when the process ends: nobody writes any of them any more.
        open_journals._OPEN.clear()
        back = what_comes_back(program)
        for name, (shown, session) in program.shown.items():
            # Or with the change that was being kept, which nobody has seen yet.
            there = shown in back or in_place(session) in back
            assert there, f"{name} is lost: {raiser.raised_in}"
        shutil.rmtree(folder)

    assert sweep(once, "sessions", "safe_files") > 50
