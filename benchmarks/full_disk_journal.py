"""A disk that fails under the journal: no change is lost, and the session's file stays whole.

It is no `Case`, because a journal that could not be written is written later.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from unittest import mock

import numpy as np

from benchmarks.faults import FailingDisk
from sessions import (
    AddTarget,
    AnnotationSession,
    History,
    Journal,
    SequenceInfo,
    SessionError,
    SetBox,
    left_behind_by,
    load,
    restore,
    save,
)

CHANGES = 4
MOST_CALLS = 500


def journal_problems(place: Path, errors: tuple[int, ...]) -> tuple[int, list[str]]:
    """Let each call fail under a journal in turn; return how many failed, and what was wrong."""
    faults, problems = 0, []
    for error in errors:
        for short in (False, True):
            for at in range(1, MOST_CALLS):
                disk = FailingDisk(at, error, short=short)
                with _folder(place) as folder:
                    found = _try(folder, disk)
                problems += [f"error {error} in call {at} ({disk.hit}): {each}" for each in found]
                if not disk.hit:
                    break
                faults += 1
    return faults, problems


def _try(folder: Path, disk: FailingDisk) -> list[str]:
    path = folder / "s.h5"
    problems: list[str] = []
    session = AnnotationSession(SequenceInfo("walk", "lasher", (), (), 9, 9))
    history = History(session)
    history.do(AddTarget("1", "walker"))
    save(session, path)
    before = path.read_bytes()
    journal = Journal.begin(session, path)
    with disk.failing():
        for frame in range(CHANGES):
            command = SetBox.draw(session, "1", frame, (frame + 0.5, 2, 3, 4))
            history.do(command)
            try:
                journal.append(command)
            except SessionError as error:
                if "\n" in str(error) or not str(error).endswith("."):
                    problems.append(f"is no sentence: {str(error)!r}")
        journal.settle()
    journal.settle()
    journal.close()
    if path.read_bytes() != before or load(path).target("1").boxes[0, 0, 0] == 0.5:
        problems.append("changes the session's file")
    left = left_behind_by(path)
    if len(left) != 1:
        return [*problems, f"leaves {len(left)} journals"]
    boxes = restore(left[0]).session.target("1").boxes
    if not np.array_equal(boxes, session.target("1").boxes, equal_nan=True):
        problems.append("loses a change")
    parts = [each.name for each in folder.rglob("*") if each.name.endswith((".part", ".old"))]
    return [*problems, *(f"leaves {name}" for name in parts)]


@contextmanager
def _folder(place: Path) -> Iterator[Path]:
    folder = place / "here"
    folder.mkdir()
    state = {"CKD_STUDIO_STATE_DIR": str(folder / "state")}
    try:
        with mock.patch.dict(os.environ, state):
            yield folder
    finally:
        shutil.rmtree(folder)
