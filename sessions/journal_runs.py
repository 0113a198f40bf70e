"""Runs in a journal: their parts while they go on, and the one command that the parts make."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from sessions.commands.base import Command, command_to_record
from sessions.commands.runs import AcceptRun
from sessions.errors import SessionError
from sessions.journal_file import Range
from sessions.journal_format import as_record_text
from sessions.records import Json, encode
from sessions.tracked import TrackingRows
from sessions.tracked_blocks import TrackedBlocks


class WriteRecord(Protocol):
    """How a run gets a record into its journal."""

    def __call__(
        self, text: bytes, run: RunJournal, command: Command | None, *, part: bool
    ) -> None:
        """Write it; SessionError only of a command, which was applied."""


class RunJournal:
    """A run that is being tracked; written to the journal part by part, from any thread."""

    def __init__(self, number: int, target_id: str, write: WriteRecord) -> None:
        """`number` tells it from the other runs of the journal."""
        self.number = number
        self.target_id = target_id
        self._write = write
        self._parts: list[_Boxes] = []
        self.ranges: list[Range] = []
        """Where its parts stand in the file; kept by the journal."""
        self.finished_at: int | None = None
        """Where the record of its end stands in the file; None while it goes on."""
        self.has_gap = False
        """True when a part could not be written, for good."""
        self.done = False
        """True once it was accepted or abandoned."""

    def add(self, part: AcceptRun) -> None:
        """Write some frames of the run, whose boxes are final; never raises SessionError.

        Where it cannot be written it waits, and `Journal.problem` says so.
        """
        if self.done:
            return
        text = as_record_text({"part": self.number, "run": command_to_record(part)})
        # Only what tells later whether the parts are the whole run; the rest is in the file.
        self._parts.append(_Boxes(part))
        self._write(text, self, None, part=True)

    def leave_out(self, frames: Iterable[int]) -> None:
        """Note that these frames are as a hand left them, whatever the run says about them."""
        numbers: list[Json] = [int(frame) for frame in sorted(frames)]
        if numbers and not self.done:
            text = as_record_text({"part": self.number, "left_out": numbers})
            self._write(text, self, None, part=True)

    def accepted(self, command: AcceptRun) -> None:
        """Note that the run was applied, as this one command; SessionError as for a command.

        The record is short where the parts say the same, and holds the command where not.
        """
        if self.done:
            return
        record = accepted_record(self.number, [] if self.has_gap else self._parts, command)
        self.done, self._parts = True, []
        self._write(as_record_text(record), self, command, part=False)

    def abandoned(self) -> None:
        """Note that the run is forgotten on purpose; its parts count no more."""
        if self.done:
            return
        known, self.done, self._parts = bool(self._parts), True, []
        # A run that nobody heard of need not be said to be over.
        if known:
            self._write(as_record_text({"abandoned": self.number}), self, None, part=False)


class _Boxes:
    """What is remembered of a part: its arrays, which the run has anyway."""

    __slots__ = ("boxes", "frames", "model", "scores")

    def __init__(self, part: AcceptRun) -> None:
        self.frames = part.frames
        self.boxes = part.boxes
        self.scores = part.scores
        self.model = part.tracking.model if part.tracking is not None else None


def accepted_record(number: int, parts: Sequence[_Boxes], command: AcceptRun) -> dict[str, Json]:
    """Return the record that makes one command of the parts of a run."""
    model = command.tracking.model if command.tracking is not None else None
    if not parts or any(part.model != model for part in parts):
        return {"accepted": number, "run": command_to_record(command)}
    order, joined = _latest([part.frames for part in parts])
    wanted = np.argsort(command.frames, kind="stable")
    if not np.array_equal(joined, command.frames[wanted]):
        return {"accepted": number, "run": command_to_record(command)}
    record = short_record(number, command)
    boxes = np.concatenate([part.boxes for part in parts])[order]
    # The other camera's boxes are worked out when a run is taken over; the cameras may have been
    # aligned again meanwhile.
    if not np.array_equal(boxes, command.boxes[wanted], equal_nan=True):
        record["boxes"] = encode(command.boxes[wanted])
    scores = np.concatenate([part.scores for part in parts])[order]
    if not np.array_equal(scores, command.scores[wanted], equal_nan=True):
        record["scores"] = encode(command.scores[wanted])
    return record


def short_record(number: int, command: AcceptRun) -> dict[str, Json]:
    """Return the record of a run that is no other than its parts."""
    # How many frames there are tells whether a part is missing.
    return {
        "accepted": number,
        "frames": int(command.frames.size),
        "edited_at": command.edited_at,
    }


def _latest(parts: Sequence[NDArray[np.int64]]) -> tuple[NDArray[np.intp], NDArray[np.int64]]:
    """Return which of all rows count, and their frames in ascending order.

    Of a frame that is in two parts the later one counts.
    """
    frames = np.concatenate(parts)
    # The first one of each in the reversed order is the last one.
    unique, index = np.unique(frames[::-1], return_index=True)
    return frames.size - 1 - index, unique


def joined_run(
    parts: Sequence[AcceptRun],
    changed: dict[str, Any] | None = None,
    left_out: Collection[int] = (),
) -> AcceptRun:
    """Return the parts of one run as one command; SessionError when they are not of one run.

    `changed` holds what the command says otherwise: `edited_at`, `boxes`, `scores`. Frames that are
    `left_out` are not in it.
    """
    gone = np.array(sorted(left_out), np.int64)
    parts = [left for part in parts if (left := _without(part, gone)) is not None]
    if not parts:
        raise SessionError("A tracked run without frames has nothing to accept.")
    order, frames = _latest([part.frames for part in parts])
    values: dict[str, Any] = {
        "boxes": np.concatenate([part.boxes for part in parts])[order],
        "scores": np.concatenate([part.scores for part in parts])[order],
        "edited_at": parts[-1].edited_at,
        **(changed or {}),
    }
    return AcceptRun(
        target_id=_only({part.target_id for part in parts}),
        frames=frames,
        tracking=_joined_output(parts),
        **values,
    )


def _without(part: AcceptRun, gone: NDArray[np.int64]) -> AcceptRun | None:
    """Return a part without some frames; None when nothing is left."""
    left = ~np.isin(part.frames, gone)
    if left.all():
        return part
    if not left.any():
        return None
    packed = _packed(part)
    return replace(
        part,
        frames=part.frames[left],
        boxes=part.boxes[left],
        scores=part.scores[left],
        tracking=None if packed is None else packed.without(gone),
    )


def _joined_output(parts: Sequence[AcceptRun]) -> TrackedBlocks | None:
    packed = [_packed(part) for part in parts]
    blocks = [each for each in packed if each is not None]
    if not blocks:
        return None
    if len(blocks) != len(parts):
        raise SessionError("Some parts of a tracked run lack what the tracker said.")
    return TrackedBlocks.joined(_only({each.model for each in blocks}), blocks)


def _packed(part: AcceptRun) -> TrackedBlocks | None:
    if isinstance(part.tracking, TrackingRows):
        return TrackedBlocks.pack(part.frames, part.tracking)
    return part.tracking


def _only(values: set[Any]) -> Any:  # noqa: ANN401 - a text or a ModelInfo
    if len(values) != 1:
        raise SessionError("The parts of a tracked run are of several targets or models.")
    return values.pop()
