"""What weights reach: modality gap, pair IoU, removed target tokens, and tracking."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from benchmarks.quality.clips import MadeClip, made_clips
from benchmarks.quality.matching import EVERY, match_templates
from benchmarks.quality.modality import ModalityGap, modality_gaps
from benchmarks.quality.removals import removals
from benchmarks.quality.runner import Contender, score_clip
from safe_files import FileError, append_text, parse_json, read_text, split_lines
from tracker_core.checkpoints.opening import load_model
from tracker_core.trackers.ckd import CKDSource

KEPT = "measured.jsonl"
"""In the folder of the trainings: what was measured of weights is not measured again."""
FRAME_SIZE = (480, 360)


@dataclass(frozen=True, slots=True)
class Weights:
    """One file to be measured."""

    label: str
    """What they were trained with; the same for all seeds."""
    name: str
    path: Path


@dataclass(frozen=True, slots=True)
class Exam:
    """What weights are measured on."""

    cache: Path
    clips: int
    """Of each condition."""
    frames: int
    pairs: int
    """For pair IoU, gap and removed tokens."""


@dataclass(frozen=True, slots=True)
class Row:
    """What one file of weights reached."""

    label: str
    name: str
    iou: float
    """Mean IoU over held-out pairs."""
    removed: float
    """Share of the target's own tokens that elimination removes in all."""
    gaps: list[ModalityGap]
    success: dict[str, float]
    """SR of each clip, by its name."""
    conditions: dict[str, str]
    """The condition of each clip."""


class _Kept:
    """Rows of a file that grows, by key."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._rows: dict[str, dict[str, Any]] = {}
        text = read_text(path) if path.exists() else ""
        for line in split_lines(text):
            try:
                row = parse_json(line, path)
            except FileError:  # half a line, left by a kill
                continue
            if isinstance(row, dict) and "key" in row:
                self._rows[str(row["key"])] = row
        if text and not text.endswith("\n"):
            append_text(path, "\n")  # else the next row would be a part of that half

    def get(self, key: str) -> dict[str, Any] | None:
        """What was measured before."""
        return self._rows.get(key)

    def add(self, key: str, values: dict[str, Any]) -> None:
        """Keep what was measured."""
        self._rows[key] = {"key": key, **values}
        append_text(self._path, json.dumps(self._rows[key]) + "\n")


def measure(
    runs: Path, exam: Exam, found: Sequence[Weights], stop: Callable[[], bool]
) -> list[Row] | None:
    """All weights on the same clips and pairs; None when it was stopped.

    Of the reporting seeds: validation clips have chosen the weights that trainings begin with.
    """
    kept = _Kept(runs / KEPT)
    digests = {each.path: _digest(each.path) for each in found}
    clips = made_clips(exam.cache, "report", exam.clips, exam.frames, FRAME_SIZE)
    for number, clip in enumerate(clips, start=1):
        if stop():
            return None
        _track(kept, clip, found, digests)
        print(f"clip {number} of {len(clips)}", flush=True)
    rows = []
    for each in found:
        if stop():
            return None
        inside = _inside(kept, exam, each, digests[each.path])
        scores = {clip.name: _score(kept, digests[each.path], clip) for clip in clips}
        rows.append(
            Row(
                each.label,
                each.name,
                inside["iou"],
                inside["removed"],
                [ModalityGap(**gap) for gap in inside["gaps"]],
                scores,
                {clip.name: clip.condition for clip in clips},
            )
        )
    return rows


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _clip_key(digest: str, clip: MadeClip) -> str:
    return f"{digest} {clip!r}"


def _score(kept: _Kept, digest: str, clip: MadeClip) -> float:
    row = kept.get(_clip_key(digest, clip))
    assert row is not None, clip.name
    return float(row["sr"])


def _track(kept: _Kept, clip: MadeClip, found: Sequence[Weights], digests: dict[Path, str]) -> None:
    missing = [each for each in found if kept.get(_clip_key(digests[each.path], clip)) is None]
    if not missing:
        return  # a clip takes longer to make than many weights to track it
    contenders = [
        Contender(str(each.path), CKDSource.of(str(each.path), "cpu")) for each in missing
    ]
    for each, score in zip(missing, score_clip(clip, contenders), strict=True):
        kept.add(_clip_key(digests[each.path], clip), {"sr": score.figures.sr})


def _inside(kept: _Kept, exam: Exam, weights: Weights, digest: str) -> dict[str, Any]:
    key = f"{digest} {exam.cache} {exam.pairs} pairs"
    row = kept.get(key)
    if row is not None:
        return row
    model = load_model(weights.path)
    matches = match_templates(model, exam.cache, "report", exam.pairs)
    stages = removals(model, exam.cache, "report", exam.pairs)
    kept.add(
        key,
        {
            "iou": next(match.right for match in matches if match.kind == EVERY),
            "removed": stages[-1].target if stages else 0.0,
            "gaps": [asdict(gap) for gap in modality_gaps(model, exam.cache, "report", exam.pairs)],
        },
    )
    print(f"looked inside {weights.path}", flush=True)
    return _inside(kept, exam, weights, digest)
