"""Doing again what a journal holds, on top of the saved state that it stands on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sessions.commands.base import Command, command_from_record
from sessions.commands.runs import AcceptRun
from sessions.errors import SessionError
from sessions.history import History
from sessions.journal_read import JournalContents
from sessions.journal_runs import joined_run
from sessions.model import AnnotationSession
from sessions.records import decode


@dataclass(frozen=True, slots=True)
class Recovery:
    """How much of a journal could be done again."""

    applied: int
    """Changes that were done again, a run that was cut off among them."""
    problem: str
    """What was left out and why, in one sentence; empty when nothing was."""
    last_line: int = 1
    """The last line of the journal that counts."""
    cut_off: tuple[tuple[int, AcceptRun], ...] = ()
    """The runs that never ended and were taken over, by their numbers."""


def replay(contents: JournalContents, session: AnnotationSession, history: History) -> Recovery:
    """Do again what a session's saved state lacks, as steps that can be undone.

    Raises SessionError when the journal belongs to another state of the session.
    """
    start = contents.start_of(session.save_id)
    if start is None:
        raise SessionError(
            f"{contents.path.name} belongs to another state of the session than the saved one."
        )
    return replay_after(contents, start, session, history)


def replay_after(
    contents: JournalContents, start: int, session: AnnotationSession, history: History
) -> Recovery:
    """As `replay`, where the session is as it was at the line `start`."""
    player = _Player(session, history)
    last, why = start, ""
    try:
        for number, record in contents.records(start):
            player.play(record)
            last = max(last, number)
    except SessionError as error:
        why = str(error)
    except (RecursionError, MemoryError):
        why = "one of them is monstrous."
    cut_off = player.end(contents.cut_off)
    # A gesture that a crash cut short does not go on.
    history.end_gesture()
    lost = contents.changes_after(start) - player.applied
    problem = _lost(lost, why) if why and lost else contents.dropped or player.problem
    return Recovery(player.applied, problem, last, cut_off)


def _lost(count: int, why: str) -> str:
    return f"{count} change{'s' if count != 1 else ''} could not be done again: {why}"


class _Player:
    """Does records again, one after the other."""

    def __init__(self, session: AnnotationSession, history: History) -> None:
        self._session = session
        self._history = history
        self._parts: dict[int, list[AcceptRun]] = {}
        self._left_out: dict[int, set[int]] = {}
        """By run: the frames on which a hand has decided while it went on."""
        self.applied = 0
        self.problem = ""

    def play(self, record: dict[str, object]) -> None:
        """Do one record; SessionError when it does not fit."""
        match record:
            case {"part": int(run), "run": part}:
                self._parts.setdefault(run, []).append(_run_from(part))
                return
            case {"part": int(run), "left_out": list(frames)}:
                self._left_out.setdefault(run, set()).update(_frames_from(frames))
                return
            case {"saving": _} | {"abandoned": _} | {"saved": _} | {"resumed": _}:
                self._note(record)
                return
            case {"gap": str(why)}:
                raise SessionError(why)
        self._change(record)
        # Where one stopped is no change that a person made.
        self.applied += not _is_view(record)

    def _note(self, record: dict[str, object]) -> None:
        match record:
            case {"abandoned": int(run)}:
                self._parts.pop(run, None)
            case {"saved": _} | {"resumed": _}:
                self._history.end_gesture()

    def _change(self, record: dict[str, object]) -> None:
        history = self._history
        match record:
            case {"command": command}:
                history.do(command_from_record(command))
            case {"undo": _}:
                _crossed(history.undo())
            case {"redo": _}:
                _crossed(history.redo())
            case {"undone": command, "label": str(label)}:
                history.take_back(command_from_record(command), label)
            case {"redone": command, "label": str(label)}:
                history.do_again(command_from_record(command), label)
            case {"accepted": int(run)}:
                history.do(self._whole_run(run, record))
            case _:
                raise SessionError("A record is of a kind that this version does not know.")

    def _whole_run(self, run: int, record: dict[str, object]) -> Command:
        parts = self._parts.pop(run, [])
        if "run" in record:
            return _run_from(record["run"])
        names = ("edited_at", "boxes", "scores")
        changed = {name: decode(record[name]) for name in names if name in record}
        command = joined_run(parts, changed, self._left_out.pop(run, ()))
        if record.get("frames") != command.frames.size:
            raise SessionError("Parts of a tracked run are missing.")
        return command

    def end(self, cut_off: tuple[int, ...]) -> tuple[tuple[int, AcceptRun], ...]:
        """Take over the runs that never ended, one step each; return them by number."""
        taken = []
        for run in cut_off:
            parts, left_out = self._parts.pop(run, []), self._left_out.pop(run, set())
            # Cut off before its first frame, or a hand has decided each: there is nothing to miss.
            if not any(set(part.frames.tolist()) - left_out for part in parts):
                continue
            try:
                command = joined_run(parts, left_out=left_out)
                self._history.do(command)
            except SessionError as error:
                self.problem = self.problem or f"A tracked run could not be taken over: {error}"
            else:
                self.applied += 1
                taken.append((run, command))
        return tuple(taken)


def _crossed(change: object) -> None:
    if change is None:
        raise SessionError("There is no step to take back or to do again.")


def _run_from(record: object) -> AcceptRun:
    command: Any = command_from_record(record)
    if not isinstance(command, AcceptRun):
        raise SessionError("A part of a tracked run is none.")
    return command


def _frames_from(numbers: list[object]) -> list[int]:
    # Not the checks of a command, which refuses what is there twice: here that is no harm.
    if not all(type(number) is int and 0 <= number < 1 << 40 for number in numbers):
        raise SessionError("The frames that a run leaves out are none.")
    return [int(str(number)) for number in numbers]


def _is_view(record: dict[str, object]) -> bool:
    match record:
        case {"command": {"type": "SetViewState"}}:
            return True
    return False
