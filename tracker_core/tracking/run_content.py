"""What a dataset holds, as far as it decides a run: names, counts of frames, first boxes."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from safe_files import printable
from tracker_core.errors import CKDError
from tracker_core.frames import Box
from tracker_core.sequences.opening import open_sequence
from tracker_core.tracking.pool import Stop
from tracker_core.tracking.tasks import SequenceTask


@dataclass(frozen=True, slots=True)
class SequenceContent:
    """One sequence, by what it holds and not by where it lies."""

    frames: int | None
    """None for one that cannot be opened."""
    first_box: Box | None
    """The box that a run starts from; None where there is none."""

    def to_json(self) -> dict[str, Any]:
        """Return plain values."""
        box = None if self.first_box is None else [float(each) for each in self.first_box]
        return {"frames": self.frames, "first_box": box}


def read_contents(tasks: Sequence[SequenceTask], stop: Stop) -> dict[str, SequenceContent]:
    """Open every sequence for a moment; no image is read. Ends early on `stop`."""
    found: dict[str, SequenceContent] = {}
    for task in tasks:
        if stop():
            break
        found[task.name] = _content(task)
    return found


def _content(task: SequenceTask) -> SequenceContent:
    try:
        with open_sequence(task.path, None, task.tir_offset, task.swap) as sequence:
            truth = sequence.ground_truth
            return SequenceContent(len(sequence), None if truth is None else truth.init)
    except (CKDError, OSError):
        # Tracking it says why.
        return SequenceContent(None, None)


def key_of(name: str) -> str:
    """Return how a settings file calls a sequence."""
    # A name may hold bytes that are no text, and could not be read out of the file again.
    return printable(name, 10 * len(name))


def what_differs(
    stored: Mapping[str, Any], contents: Mapping[str, SequenceContent], finished: Collection[str]
) -> str | None:
    """Return in words how a dataset is another than the one of a run; None where it is the same.

    A sequence without a result may have been mended since, so that only its name counts.
    """
    now = {key_of(name): name for name in contents}
    if gone := next((key for key in stored if key not in now), None):
        return f"{gone} is not in this one"
    if new := next((key for key in now if key not in stored), None):
        return f"{new} was not in that one"
    for key, name in now.items():
        before, content = stored[key], contents[name]
        # What cannot be opened now may well be the same.
        if name not in finished or content.frames is None or not isinstance(before, dict):
            continue
        if before.get("frames") != content.frames:
            return f"{key} has {before.get('frames')} frames there and {content.frames} now"
        if before.get("first_box") != content.to_json()["first_box"]:
            return f"{key} begins with another box"
    return None
