"""A person at work with a journal, without a window, for the tests of journals."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

from sessions import (
    AcceptRun,
    AnnotationSession,
    Command,
    History,
    Journal,
    LeftBehind,
    Restored,
    SetBox,
    TrackingRows,
    encode_session,
    left_behind,
    left_behind_by,
    load,
    mark_written,
    open_journals,
    restore,
    snapshot,
    write_encoded,
)


class Work:
    """A session with its history and journal, as the program holds them."""

    def __init__(self, path: Path | None, session: AnnotationSession | None = None) -> None:
        self.path = path
        self.session = session or load(path or "")
        self.history = History(self.session)
        self.journal = Journal.begin(self.session, path)

    def do(self, command: Command) -> None:
        self.history.do(command)
        self.journal.append(command)

    def undo(self) -> None:
        command, label = self.history.undo_command, self.history.undo_label
        assert command is not None
        assert label is not None
        self.history.undo()
        self.journal.undone(command, label)

    def redo(self) -> None:
        command, label = self.history.redo_command, self.history.redo_label
        assert command is not None
        assert label is not None
        self.history.redo()
        self.journal.redone(command, label)

    def box(self, frame: int, target: str = "1") -> None:
        self.do(SetBox.draw(self.session, target, frame, (frame + 0.5, 2, 3, 4)))

    def save(self, to: Path | None = None, *, crash: bool = False, meanwhile: bool = False) -> None:
        place = to or self.path
        assert place is not None
        encoded = encode_session(snapshot(self.session), place)
        state = self.history.state
        self.journal.note_saving(encoded.stamp.save_id, place)
        if meanwhile:
            self.box(30)
        write_encoded(encoded)
        if not crash:
            mark_written(self.session, encoded)
            self.history.mark_saved(state)
            self.path = place
            self.journal.note_saved(self.session, place)

    def lines(self) -> list[bytes]:
        path = self.journal.path
        return path.read_bytes().splitlines() if path is not None else []

    def kill(self) -> None:
        """Leave everything as it is, the journal in no good order."""
        writer = self.journal._writer
        with writer.lock:
            writer.closed = True
            open_journals.closed(writer.owner)
        if writer._keeper is not None:
            writer._keeper.stop()
        if writer.file is not None:
            writer.file.close()


def only_left(path: Path | None = None) -> LeftBehind:
    """The one journal that was left behind, of a session if one is given."""
    found = left_behind() if path is None else left_behind_by(path)
    assert len(found) == 1, found
    return found[0]


def recovered(path: Path | None = None) -> Restored:
    return restore(only_left(path))


def parts_of(whole: AcceptRun, *cuts: int) -> Iterator[AcceptRun]:
    """The run in pieces that end before these rows, and the rest."""
    edges = [0, *cuts, whole.frames.size]
    for start, stop in pairwise(edges):
        rows = np.arange(start, stop)
        tracking: Any = whole.tracking
        yield replace(
            whole,
            frames=whole.frames[rows],
            boxes=whole.boxes[rows],
            scores=whole.scores[rows],
            tracking=tracking.picked(rows) if isinstance(tracking, TrackingRows) else None,
        )
