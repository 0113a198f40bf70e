"""What must be there after a program was killed, and whether it is."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

import sessions
from benchmarks.user.digests import session_digest
from sessions import LeftBehind, Restored, SessionError, Source

RUN_SECONDS = 1.0
"""A frame of a run that was shown for longer than this must come back."""
ABSENT = ""
"""Stands for the digest of a file that is not there yet."""
PROVOKED = "ProvokedError"
"""The kind of the exceptions that are raised on purpose."""
Box = tuple[float, float, float, float]


@dataclass(slots=True)
class Shown:
    """The session on the screen of the process that is told of."""

    digests: list[str]
    """The one on show, then those that were kept since and not yet shown."""
    path: str | None
    looking: bool
    changed: bool
    """Whether there is anything that is not in its file."""
    target: str = ""
    """The target of the run under way."""
    frames: dict[int, tuple[Box, float]] = field(default_factory=dict)
    """Frames that this run has shown: the box, and when."""
    places: set[str] = field(default_factory=set)
    """Files in which it is, or was being saved."""
    whole: str = ""
    """The session with all of the run, once it is being taken over."""


@dataclass(slots=True)
class Found:
    """What one recovery brought back."""

    missing_frames: int = 0
    """Frames of a run that were shown less than a second before the end and did not come back."""
    oldest_missing: float = 0.0
    """Seconds for which the oldest of them had been shown."""
    restored: int = 0
    """Journals that were restored."""
    in_run: bool = False
    faults: list[str] = field(default_factory=list)


class Ledger:
    """Hears the lines of one process after the other, and checks what each has left."""

    def __init__(self) -> None:
        self.files: dict[str, list[str]] = {}
        """Digests that a session file may have: as it was, then what is being written."""
        self.undecided: dict[str, str] = {}
        """Digest of what each journal of before restores to, that nobody has decided about."""
        self._closed: list[str] = []
        self._shown: Shown | None = None
        self._decided: set[str] = set()
        self._problems: list[str] = []

    def as_record(self) -> dict[str, Any]:
        """Return what has to be known for the next process."""
        return {"files": self.files, "undecided": self.undecided}

    def remember(self, record: dict[str, Any]) -> None:
        """Take over what `as_record` gave."""
        self.files = {path: list(known) for path, known in record["files"].items()}
        self.undecided = dict(record["undecided"])

    # --- hearing

    def begin(self) -> None:
        """A new process begins."""
        self._closed, self._shown, self._decided, self._problems = [], None, set(), []

    def hear(self, line: str) -> None:
        """Take in what a process has told."""
        kind, at, *what = json.loads(line)
        match kind, what:
            case "replaced", [digest, path, looking, restored, journal]:
                self._replaced(digest, path, journal, looking=looking, restored=restored)
            case "closing", [clean, dropped]:
                shown, self._shown = self._shown, None
                if shown is not None and shown.changed and not clean and not dropped:
                    self._closed.append(shown.digests[-1])
            case "saving", [path, digest]:
                self._saving(path, digest)
            case "replacing", [path]:
                self._replaces(path)
            case "saved", [path, digest]:
                self._saved(path, digest)
            case "discarding", [journal]:
                self._decided.add(journal)
            case "message", ["error", text] if "unexpected" in text and PROVOKED not in text:
                self._problems.append(f"the window says: {text}")
            case _ if self._shown is not None:
                self._hear_of_session(self._shown, kind, at, what)

    def _hear_of_session(self, shown: Shown, kind: str, at: float, what: list[Any]) -> None:
        match kind, what:
            case "pending", [digest]:
                shown.digests.append(digest)
            case "shown", [digest, touched]:
                # Where one was looking is kept, too, and is nothing that could be lost.
                shown.changed |= bool(touched) or shown.digests[0] != digest
                shown.digests = [digest]
                # What a hand did on a frame counts from then on, whatever the run had said there.
                for index in touched:
                    shown.frames.pop(index, None)
            case "run", [target]:
                shown.target, shown.frames, shown.whole = target, {}, ""
            case "accepting", [digest]:
                shown.digests.append(digest)
                shown.whole = digest
            case "copied", []:
                shown.path, shown.looking = None, False
            case "frame", [index, box]:
                shown.frames[index] = ((*box,), at)
            case "run ended", []:
                shown.target, shown.frames, shown.whole = "", {}, ""

    def _replaced(
        self, digest: str, path: str | None, journal: str, *, looking: bool, restored: bool
    ) -> None:
        self._shown = None
        if digest:
            # It is on the screen again: from now on that has to come back, or what is done to it.
            if not looking and digest in self._closed:
                self._closed.remove(digest)
            self._shown = Shown([digest], path, looking, changed=restored and not looking)
            self._shown.places |= {path} if path else set()
        if journal and digest:
            known = self.undecided.get(journal)
            if known is not None and known != digest:
                self._problems.append(f"{Path(journal).name} was restored as something else")
            self._decided.add(journal)

    def _saving(self, path: str, digest: str) -> None:
        if self._shown is not None:
            # A dialog has asked before another session's file is replaced.
            if path != self._shown.path:
                self._replaces(path)
            self._shown.places.add(path)
        self.files.setdefault(path, [ABSENT]).append(digest)

    def _replaces(self, path: str) -> None:
        """Note that the person wants what is in a file to be replaced."""
        known = self.files.get(path, [])
        self._closed = [digest for digest in self._closed if digest not in known]

    def _saved(self, path: str, digest: str) -> None:
        known = self.files.setdefault(path, [ABSENT])
        if digest in known:
            # What was there before is replaced; what was begun later may follow.
            last = len(known) - 1 - known[::-1].index(digest)
            del known[:last]
        if self._shown is not None:
            self._shown.path = path

    # --- checking

    def check(self, ended: float) -> Found:
        """Recover, and return what was found; `ended` is when the process was killed."""
        found = Found(faults=list(self._problems))
        self._check_files(found)
        restored = self._restored(found)
        # Before anything is undone to look below.
        left = {str(each.left.journal): session_digest(each.session) for each in restored}
        digests = set(left.values())
        in_files = {known[0] for known in self.files.values()}
        for digest in self._closed:
            # A save that was on its way when the session was closed may have come to its end.
            if digest not in digests | in_files:
                found.faults.append("changes of a session that was closed meanwhile are gone")
        for journal, digest in self.undecided.items():
            if digest not in digests and journal not in self._decided:
                found.faults.append(f"what {Path(journal).name} held before is gone")
        self._check_shown(found, restored, digests, ended)
        self.undecided = left
        return found

    def _check_files(self, found: Found) -> None:
        for path, known in self.files.items():
            if not Path(path).exists():
                if ABSENT not in known:
                    found.faults.append(f"{path} is gone")
                self.files[path] = [ABSENT]
                continue
            try:
                digest = session_digest(sessions.load(path))
            except SessionError as error:
                found.faults.append(f"a session file cannot be opened: {error}")
                continue
            if digest not in known:
                found.faults.append(f"{Path(path).name} holds something that was never saved")
            else:
                self.files[path] = [digest]

    def _restored(self, found: Found) -> list[Restored]:
        lefts: dict[Path, LeftBehind] = {left.journal: left for left in sessions.left_behind()}
        # Those beside a session are found by it as well, also where nothing points to them.
        if self._shown is not None and self._shown.path is not None:
            beside = sessions.left_behind_by(self._shown.path)
            lefts |= {left.journal: left for left in beside}
        restored = []
        for left in lefts.values():
            try:
                restored.append(sessions.restore(left))
            except SessionError as error:
                found.faults.append(f"a journal cannot be restored: {error}")
                continue
            problem = restored[-1].problem
            if problem and "saved again meanwhile" not in problem:
                found.faults.append(f"a journal is restored in part: {problem}")
        found.restored = len(restored)
        return restored

    def _check_shown(
        self, found: Found, restored: list[Restored], digests: set[str], ended: float
    ) -> None:
        shown = self._shown
        if shown is None or shown.looking:
            return
        found.in_run = bool(shown.frames)
        if shown.whole and shown.whole in digests:
            return
        # Also before its first frame is shown: some may be kept already.
        runs = [_frames_of_run(each, shown) for each in restored] if shown.target else []
        there = max((frames for frames in runs if frames is not None), key=len, default=None)
        # Or in the file that a save has written, though the window came to say so no more.
        in_file = any(self.files.get(path, [ABSENT])[0] in shown.digests for path in shown.places)
        if there is None and shown.changed and not in_file and not digests & set(shown.digests):
            found.faults.append("what was on the screen does not come back")
            return
        self._count_missing(found, shown, there or set(), ended)

    def _count_missing(self, found: Found, shown: Shown, there: set[int], ended: float) -> None:
        ages = [ended - at for index, (_, at) in shown.frames.items() if index not in there]
        found.missing_frames = len(ages)
        found.oldest_missing = max(ages, default=0.0)
        # A change that is kept and not yet shown may have been by hand, upon frames of the run.
        if found.oldest_missing > RUN_SECONDS and len(shown.digests) == 1:
            found.faults.append(
                f"{len(ages)} frames of a run are gone, shown for up to "
                f"{found.oldest_missing:.2f} s"
            )


def _frames_of_run(restored: Restored, shown: Shown) -> set[int] | None:
    """Return the frames of the run under way that came back; None for another session.

    A run that was cut off is the last step: below it lies what was on the screen beside it.
    """
    session, after = restored.session, None
    target = session.targets.get(shown.target)
    if target is not None:
        after = target.boxes[:, 0].copy(), target.source.copy()
    crossed = restored.history.undo()
    try:
        if after is None or session_digest(session) not in shown.digests:
            return None
        boxes, source = after
        before = session.targets[shown.target]
        protected = before.protected(np.arange(session.frame_count))
        return {
            index
            for index, (box, _) in shown.frames.items()
            if protected[index]
            or (source[index] == Source.TRACKED and np.array_equal(boxes[index], box))
        }
    finally:
        # What was undone by hand stays so.
        if crossed is not None:
            restored.history.redo()


def strangers(folder: Path) -> list[str]:
    """Return names of files beside the sessions that are neither sessions nor of one."""
    known = (".h5", ".journal", ".lock")
    return sorted(path.name for path in folder.iterdir() if not path.name.endswith(known))
