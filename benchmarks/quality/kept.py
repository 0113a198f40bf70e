"""Rows of an exam in a file that grows: what was tracked once is not tracked again."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.quality.clips import Clip
from benchmarks.quality.runner import Answers, ClipScore, Contender, Figures, Task
from safe_files import FileError, append_text, read_text
from tracker_core.errors import CKDError
from tracker_core.evaluation.result_files import write_whole

LARGEST = 1 << 30
"""Bytes of a file of rows; one row of 90 frames has 3 KB."""
DIGITS = 4
"""Of what is kept frame by frame."""


_BEGINS = '{"key": "'
"""How every row does."""
_NO_ROW = (
    ValueError,
    KeyError,
    TypeError,
    AttributeError,
    OverflowError,
    RecursionError,
)
"""What another file's lines may raise."""


class KeptRows:
    """Scores by tracker and clip in a file of one JSON object a line."""

    def __init__(self, path: Path | None) -> None:
        """Read what a run before left; None keeps nothing. Raises CKDError for another file."""
        self._path = path
        self._known = {} if path is None else _read(path)

    def missing(self, clips: Sequence[Clip], contenders: Sequence[Contender]) -> list[Task]:
        """Return what is still to be tracked, in the order of the clips."""
        wanted = (
            (clip, tuple(each for each in contenders if _key(each, clip) not in self._known))
            for clip in clips
        )
        return [Task(clip, missing) for clip, missing in wanted if missing]

    def scores(self, clips: Sequence[Clip], contenders: Sequence[Contender]) -> list[ClipScore]:
        """Return what is known, clip by clip; only of clips that all trackers have followed."""
        found: list[ClipScore] = []
        for clip in clips:
            own = [self._known.get(_key(each, clip)) for each in contenders]
            there = [score for score in own if score is not None]
            # A tracker that saw fewer clips would be compared over others.
            if len(there) == len(own):
                found += there
        return found

    def everything(self) -> list[ClipScore]:
        """Return all rows there are, in the order of the file."""
        return list(self._known.values())

    def add(self, task: Task, scores: Sequence[ClipScore]) -> None:
        """Keep the scores of a task, in the order of its trackers; raises CKDError."""
        lines = []
        for contender, score in zip(task.contenders, scores, strict=True):
            key = _key(contender, task.clip)
            self._known[key] = score
            row = json.dumps(_row(score), allow_nan=False)
            lines.append(f'{_BEGINS}{key}", {row[1:]}\n')
        if self._path is None:
            return
        try:
            append_text(self._path, "".join(lines))
        except FileError as error:
            raise CKDError(f"Cannot write {self._path}: {error.reason}.") from error


def _key(contender: Contender, clip: Clip) -> str:
    # Everything that decides the boxes: a clip says itself what it is made of. The configuration
    # beside the settings, because the same weights may be followed by another loop.
    source = contender.source
    facts = [contender.name, source.settings, source.info.config, repr(clip)]
    known = json.dumps(facts, sort_keys=True)
    return hashlib.sha256(known.encode("utf-8", "surrogatepass")).hexdigest()[:32]


def _row(score: ClipScore) -> dict[str, Any]:
    row = {
        "tracker": score.tracker,
        "condition": score.condition,
        "clip": score.clip,
        "frames": score.frames,
        "figures": asdict(score.figures),
        "frames_per_second": score.frames_per_second,
    }
    given = score.answers
    if given is not None:
        row["answers"] = {
            "iou": _plain(given.iou),
            "true_size": _plain(given.true_size),
            "true_centre": _plain(given.true_centre),
            "said": {name: _plain(values) for name, values in given.said.items()},
        }
    return row


def _plain(values: np.ndarray[Any, np.dtype[np.float64]]) -> list[float | None]:
    # JSON knows no NaN.
    return [round(value, DIGITS) if math.isfinite(value) else None for value in values.tolist()]


def _read(path: Path) -> dict[str, ClipScore]:
    if not path.exists():
        return {}
    try:
        text = read_text(path, LARGEST)
    except FileError as error:
        raise CKDError(f"The rows {path} cannot be read: {error.reason}.") from error
    whole = text[: text.rfind("\n") + 1]
    torn = text[len(whole) :]
    # A run that was killed while it wrote leaves half a row; anything else is another file's line.
    lines = whole.splitlines() + ([] if torn[: len(_BEGINS)] == _BEGINS[: len(torn)] else [torn])
    known: dict[str, ClipScore] = {}
    for number, line in enumerate(lines, 1):
        try:
            row = json.loads(line)
            known[str(row["key"])] = _score(row)
        except _NO_ROW as error:
            raise CKDError(
                f"Line {number} of {path} is no row of an exam; name another file for --rows."
            ) from error
    if whole != text:
        # What follows must not be joined to half a row.
        write_whole(path, whole)
    return known


def _score(row: Mapping[str, Any]) -> ClipScore:
    figures = Figures(**{name: float(value) for name, value in row["figures"].items()})
    given = row.get("answers")
    answers = None
    if given is not None:
        said = {str(name): _values(values) for name, values in given["said"].items()}
        iou, size, centre = (_values(given[n]) for n in ("iou", "true_size", "true_centre"))
        answers = Answers(iou, size, centre, said)
    return ClipScore(
        str(row["tracker"]),
        str(row["condition"]),
        str(row["clip"]),
        int(row["frames"]),
        figures,
        float(row["frames_per_second"]),
        answers,
    )


def _values(values: Sequence[float | None]) -> np.ndarray[Any, np.dtype[np.float64]]:
    return np.array([math.nan if value is None else float(value) for value in values], np.float64)
