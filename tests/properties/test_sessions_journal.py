"""Any work, killed at any byte: what the journal gives back is what was on the screen."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sessions import (
    AcceptRun,
    AnnotationSession,
    EncodedSession,
    History,
    Journal,
    RunJournal,
    SessionError,
    SetBox,
    TrackingRows,
    encode_session,
    left_behind,
    load,
    mark_written,
    open_journals,
    restore,
    resume,
    save,
    snapshot,
    write_encoded,
)
from sessions.journal_runs import joined_run
from sessions.places import STATE_DIR_VARIABLE
from tests.properties.test_sessions_history import FRAMES, commands
from tests.unit.sessions.building import NANO, TINY, answered, full, info, run, state


class NoKeeper:
    """Does nothing by itself: when it works would differ from run to run."""

    def __init__(self, *_: Any) -> None:
        pass

    def wake(self) -> None:
        pass

    def stop(self) -> None:
        pass


@contextmanager
def alone() -> Iterator[Path]:
    """A folder with a state folder of its own, and no thread beside a journal."""
    with pytest.MonkeyPatch.context() as patched, tempfile.TemporaryDirectory() as name:
        patched.setenv(STATE_DIR_VARIABLE, str(Path(name) / "state"))
        patched.setattr("sessions.journal_writer.Keeper", NoKeeper)
        yield Path(name)


class Work:
    """What the window has: a session, its history, its journal, runs and saves under way."""

    def __init__(self, folder: Path, kind: str) -> None:
        self.folder = folder
        self.path: Path | None = folder / "walk.h5"
        if kind == "file":
            save(full(FRAMES), self.path)
            self.session = load(self.path)
        else:
            self.session = AnnotationSession(info(FRAMES)) if kind == "new" else full(FRAMES)
            self.path = None
        self.history = History(self.session)
        self.journal = Journal.begin(self.session, self.path)
        self.runs: list[tuple[RunJournal, AcceptRun, list[AcceptRun]]] = []
        self.saving: list[tuple[EncodedSession, int]] = []
        self.when = 0.0

    def do(self, data: st.DataObject) -> None:
        try:
            command = data.draw(commands(self.session))
            self.history.do(command)
        except SessionError:
            return
        self.journal.append(command)

    def nudge(self, data: st.DataObject) -> None:
        self.when += data.draw(st.sampled_from([0.1, 0.1, 5.0]))
        box = np.tile([self.when, 2, 3, 4], (2, 1))
        command = SetBox("1", 5, box, nudge=True, edited_at=self.when)
        try:
            self.history.do(command)
        except SessionError:
            return
        self.journal.append(command)

    def undo(self, _: st.DataObject) -> None:
        command, label = self.history.undo_command, self.history.undo_label
        if command is not None and label is not None:
            self.history.undo()
            self.journal.undone(command, label)

    def redo(self, _: st.DataObject) -> None:
        command, label = self.history.redo_command, self.history.redo_label
        if command is not None and label is not None:
            self.history.redo()
            self.journal.redone(command, label)

    def begin_run(self, data: st.DataObject) -> None:
        if not self.session.targets or len(self.runs) > 1:
            return
        target = data.draw(st.sampled_from(list(self.session.targets)))
        start, count = data.draw(st.integers(0, 20)), data.draw(st.integers(1, 19))
        frames = np.arange(start, start + count)
        if data.draw(st.booleans()):
            frames = frames[::-1]
        model = data.draw(st.sampled_from([TINY, NANO]))
        whole = run(target, frames, model, int(start), answered)
        self.runs.append((self.journal.begin_run(target), whole, []))

    def track(self, data: st.DataObject) -> None:
        if not self.runs:
            return
        entry, whole, parts = data.draw(st.sampled_from(self.runs))
        done = sum(part.frames.size for part in parts)
        left = whole.frames.size - done
        if left:
            part = part_of(whole, done, done + data.draw(st.integers(1, left)))
            entry.add(part)
            parts.append(part)

    def accept(self, data: st.DataObject) -> None:
        if not self.runs:
            return
        entry, whole, parts = self.runs.pop(0)
        done = sum(part.frames.size for part in parts)
        # The boxes of the other camera may turn out otherwise, or a last part be missing.
        done = data.draw(st.sampled_from([done, whole.frames.size])) or whole.frames.size
        command = replace(part_of(whole, 0, done), edited_at=77.0)
        if data.draw(st.booleans()):
            command = replace(command, boxes=np.add(command.boxes, [[0] * 4, [1, 0, 0, 0]]))
        try:
            self.history.do(command)
        except SessionError:
            entry.abandoned()
        else:
            entry.accepted(command)

    def abandon(self, _: st.DataObject) -> None:
        if self.runs:
            self.runs.pop()[0].abandoned()

    def begin_saving(self, data: st.DataObject) -> None:
        names = ["walk.h5", "other.h5"]
        default = self.path.name if self.path is not None else "walk.h5"
        name = data.draw(st.sampled_from([default, default, *names]))
        encoded = encode_session(snapshot(self.session), self.folder / name)
        self.journal.note_saving(encoded.stamp.save_id, encoded.path)
        self.saving.append((encoded, self.history.state))

    def write(self, data: st.DataObject) -> None:
        """The file is there, and nobody has heard of it yet."""
        if self.saving and data.draw(st.booleans()):
            write_encoded(self.saving[0][0])

    def end_saving(self, data: st.DataObject) -> None:
        if not self.saving:
            return
        encoded, at = self.saving.pop(0)
        if data.draw(st.integers(0, 3)) == 0:
            return  # it failed
        write_encoded(encoded)
        mark_written(self.session, encoded)
        self.path = encoded.path
        self.history.mark_saved(at)
        self.journal.note_saved(self.session, encoded.path)

    def settle(self, _: st.DataObject) -> None:
        self.journal.settle()

    def reopen(self, _: st.DataObject) -> None:
        """Killed, restored, and on it goes in the same journal."""
        expected = self.expected()
        kill(self)
        self.runs, self.saving = [], []
        left = left_behind()
        if left:
            restored = restore(left[0])
            assert content(restored.session) == expected
            self.session, self.history = restored.session, restored.history
            self.path = restored.session_path
            self.journal = resume(restored)
        else:
            self.history = History(self.session)
            self.journal = Journal.begin(self.session, self.path)

    def expected(self) -> Any:
        """What is on the screen, runs that go on as if they had just ended."""
        copy = snapshot(self.session)
        for _, _, parts in self.runs:
            try:
                AcceptRun.apply(joined_run(parts), copy)
            except SessionError:
                continue
        return content(copy)

    def size(self) -> tuple[Path | None, int]:
        path = self.journal.path
        return path, path.stat().st_size if path is not None else 0


def content(session: AnnotationSession) -> Any:
    """The state without what a save changes: when, and the paths as seen from the file."""
    everything = state(session)
    relative = {"rgb_relative": (), "tir_relative": (), "sources_relative": ()}
    everything["sequence"] = replace(everything["sequence"], **relative)
    return everything


def part_of(whole: AcceptRun, start: int, stop: int) -> AcceptRun:
    rows = np.arange(start, stop)
    assert isinstance(whole.tracking, TrackingRows)
    return replace(
        whole,
        frames=whole.frames[rows],
        boxes=whole.boxes[rows],
        scores=whole.scores[rows],
        tracking=whole.tracking.picked(rows),
    )


ACTS = {
    "do": 6,
    "nudge": 4,
    "undo": 3,
    "redo": 2,
    "begin_run": 2,
    "track": 4,
    "accept": 2,
    "abandon": 1,
    "begin_saving": 2,
    "write": 1,
    "end_saving": 2,
    "settle": 2,
    "reopen": 1,
}
acts = st.sampled_from([name for name, weight in ACTS.items() for _ in range(weight)])


@settings(max_examples=60)
@given(st.sampled_from(["file", "new", "full"]), st.integers(1, 25), st.data())
def test_killed_at_any_byte(kind: str, count: int, data: st.DataObject) -> None:
    with alone() as folder:
        work = Work(folder, kind)
        unsaved = content(snapshot(work.session))
        before, size = work.expected(), work.size()
        for _ in range(count):
            before, size = work.expected(), work.size()
            getattr(work, data.draw(acts))(data)
        path, after = work.size()
        keep = None
        if path == size[0] and after > size[1]:
            keep = size[1] + int(data.draw(st.floats(0, 1)) * (after - size[1]))
        whole = keep is None or keep == after
        expected = work.expected() if whole else before
        got = restored_state(work, keep, unsaved)
        assert got == expected


def kill(work: Work, keep: int | None = None) -> None:
    """Leave everything as a killed program does, the journal cut to some bytes."""
    writer = work.journal._writer
    writer.closed = True
    open_journals.closed(writer.owner)
    if writer.file is not None:
        writer.file.close()
        if keep is not None:
            os.truncate(writer.file.path, keep)


def restored_state(work: Work, keep: int | None, unsaved: Any) -> Any:
    kill(work, keep)
    left = left_behind()
    if not left:
        return content(load(work.path)) if work.path is not None else unsaved
    assert len(left) == 1
    restored = restore(left[0])
    # A run on a target that was removed meanwhile cannot be taken over.
    assert restored.applied == left[0].changes or "taken over" in restored.problem
    check_stacks(restored.history, restored.session)
    return content(restored.session)


def check_stacks(history: History, session: AnnotationSession) -> None:
    """Undo all the way and redo all the way comes back to the very same."""
    before, count = content(session), history.undo_count
    states = [before]
    while history.undo() is not None:
        states.append(content(session))
    assert len(states) == count + 1
    while states:
        assert content(session) == states.pop()
        if states:
            history.redo()
    assert history.undo_count == count
