"""The failure strips of `ckd-studio eval`: which sequences and frames they show."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from app.cli.console import count, say, say_if

if TYPE_CHECKING:
    from tracker_core.evaluation.report import Evaluation
    from tracker_core.evaluation.result_folders import TrackerFiles

WORST = 3
"""Sequences without a choice: the worst of the best tracker, and where the two best differ."""
MOST_FRAMES = 8


def write_strips(
    evaluation: Evaluation,
    trackers: Sequence[TrackerFiles],
    folder: Path,
    at: Sequence[str],
    inches: float,
) -> None:
    """Write a strip for each sequence that was chosen, or for the worst ones."""
    # matplotlib is slow to import.
    from tracker_core.evaluation.strips import save_strips
    from tracker_core.lettering import words_without_font

    chosen = _chosen(evaluation, at) if at else _worst(evaluation)
    save_strips(evaluation, trackers, chosen, folder, inches)
    say(f"{count(len(chosen), 'strip')} in {folder}")
    say_if(words_without_font("A strip", (*evaluation.trackers, *chosen)))


def _chosen(evaluation: Evaluation, at: Sequence[str]) -> dict[str, list[int]]:
    """Return the rows of each sequence that was named, however often."""
    from tracker_core.errors import CKDError

    chosen: dict[str, list[int]] = {}
    for text in at:
        name, rows = _named(evaluation, text)
        chosen[name] = sorted({*chosen.get(name, ()), *rows})
        if not rows:
            raise CKDError(f"The target of {name} is in no frame, so that there is none to show.")
        if len(chosen[name]) > MOST_FRAMES:
            raise CKDError(
                f"A strip has room for {MOST_FRAMES} frames, and {len(chosen[name])} of {name} "
                "were named."
            )
    return chosen


def _worst(evaluation: Evaluation) -> dict[str, list[int]]:
    from tracker_core.evaluation.failures import widest_gaps, worst
    from tracker_core.evaluation.strips import worst_rows

    names = [evaluation.truth.names[index] for index in worst(evaluation, 0, WORST)]
    if len(evaluation.scores) > 1:
        names += [gap.sequence for gap in widest_gaps(evaluation, 0, 1, WORST)]
    # Of a target that is never seen there is nothing to show.
    return {name: rows for name in names if (rows := worst_rows(evaluation, name))}


def _named(evaluation: Evaluation, text: str) -> tuple[str, list[int]]:
    from tracker_core.errors import CKDError
    from tracker_core.evaluation.strips import rows_at, worst_rows

    name, colon, frames = text.rpartition(":")
    if text in evaluation.truth.names or not colon:
        name, frames = text, ""
    if name not in evaluation.truth.names:
        raise CKDError(f"There is no sequence {name} among those that are scored.")
    if not frames:
        return name, worst_rows(evaluation, name)
    words = [word.strip() for word in frames.split(",")]
    # Digits alone: int takes signs, blanks and underlines too.
    if not all(word.isascii() and word.isdigit() and len(word) < 10 for word in words):
        raise CKDError(f"{frames} are no frames; write them like {name}:3,9,40.")
    if len(words) > MOST_FRAMES:
        raise CKDError(f"A strip has room for {MOST_FRAMES} frames, and {len(words)} were named.")
    return name, rows_at(evaluation, name, [int(word) for word in words])
