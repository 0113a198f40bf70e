"""What the linter says about ground truth: invalid rows, oddities of the files, disagreement."""

from __future__ import annotations

from collections.abc import Iterator
from fnmatch import fnmatchcase
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from tracker_core.errors import CKDError
from tracker_core.sequences.boxes import BoxForm, BoxRows, is_box, read_boxes
from tracker_core.sequences.folders import FolderEntries
from tracker_core.sequences.ground_truth import GroundTruth
from tracker_core.sequences.layouts import table
from tracker_core.sequences.remarks import Remark, error, info, ranges, some, warning

_POOR_AGREEMENT = 0.3
"""Visible and infrared boxes of a frame are said to disagree below this overlap."""

_READ_ME = ("readme.txt", "readme.md")


def check_truth(
    truth: GroundTruth | None,
    rgb_size: tuple[int, int] | None,
    tir_size: tuple[int, int] | None,
) -> Iterator[Remark]:
    """Look at the boxes of a sequence; sizes are those of the frames, where they are known."""
    if truth is None:
        yield info("no-ground-truth", "There is no ground truth.")
        return
    # With frames, opening the sequence has said these already.
    if rgb_size is None:
        yield from truth.remarks
    yield from _check_start(truth)
    absent = np.flatnonzero(truth.absent)
    if len(absent):
        yield info(
            "absent-target",
            f"The target is absent in {_frames(absent)}: the box is NaN, or w or h is not above 0.",
        )
    yield from _check_boxes("RGB", truth.rgb, rgb_size)
    # One file for both modalities is one array, and needs no second look.
    if truth.tir is not truth.rgb:
        yield from _check_boxes("thermal", truth.tir, tir_size)
        yield from _check_agreement(truth)
    yield from _check_init(truth)


def _check_start(truth: GroundTruth) -> Iterator[Remark]:
    if truth.init is None:
        yield error("no-box", "No frame has a box, so there is nothing to start a tracker from.")
    elif truth.init_frame > 0:
        yield warning(
            "late-start", f"The first frame with a box has index {truth.init_frame}, not 0."
        )


def _check_boxes(
    what: str, boxes: NDArray[np.float64], size: tuple[int, int] | None
) -> Iterator[Remark]:
    valid = is_box(boxes)
    negative = np.flatnonzero(valid & ((boxes[:, 0] <= 0) | (boxes[:, 1] <= 0)))
    if len(negative):
        yield info(
            "zero-position",
            f"{what} boxes start at 0 or below in {_frames(negative)}, so positions do not count "
            "from 1.",
        )
    if size is None:
        return
    right, bottom = boxes[:, 0] + boxes[:, 2], boxes[:, 1] + boxes[:, 3]
    with np.errstate(invalid="ignore"):
        away = (right <= 0) | (bottom <= 0) | (boxes[:, 0] >= size[0]) | (boxes[:, 1] >= size[1])
        # A pixel of grace: boxes may count from 1, or be rounded outwards.
        over = (right > size[0] + 1) | (bottom > size[1] + 1) | (boxes[:, :2] < -1).any(axis=1)
    outside, beyond = np.flatnonzero(valid & away), np.flatnonzero(valid & over & ~away)
    if len(outside):
        yield error(
            "box-outside",
            f"The {what} box lies outside the {size[0]} x {size[1]} frame in {_frames(outside)}.",
        )
    if len(beyond):
        yield info("box-beyond", f"The {what} box reaches over the border in {_frames(beyond)}.")


def _check_agreement(truth: GroundTruth) -> Iterator[Remark]:
    rgb_valid, tir_valid = is_box(truth.rgb), is_box(truth.tir)
    one_sided = np.flatnonzero((rgb_valid != tir_valid) & truth.annotated)
    if len(one_sided):
        yield warning("one-sided", f"Only one modality has a box in {_frames(one_sided)}.")
    both = np.flatnonzero(rgb_valid & tir_valid)
    if not len(both):
        return
    overlap = _overlap(truth.rgb[both], truth.tir[both])
    centres = [boxes[both, :2] + boxes[both, 2:] / 2 for boxes in (truth.rgb, truth.tir)]
    distance = np.linalg.norm(centres[0] - centres[1], axis=1)
    poor = both[overlap < _POOR_AGREEMENT]
    if len(poor):
        worst = int(np.argmax(distance))
        yield warning(
            "boxes-differ",
            f"Visible and infrared boxes overlap by less than {_POOR_AGREEMENT} in "
            f"{_frames(poor)}; they are farthest apart at index {both[worst]}, "
            f"{distance[worst]:.0f} px (mean overlap {overlap.mean():.2f}).",
        )


def _overlap(a: NDArray[np.float64], b: NDArray[np.float64]) -> NDArray[np.float64]:
    corner = np.minimum(a[:, :2] + a[:, 2:], b[:, :2] + b[:, 2:]) - np.maximum(a[:, :2], b[:, :2])
    shared = np.prod(np.clip(corner, 0, None), axis=1)
    union = np.prod(a[:, 2:], axis=1) + np.prod(b[:, 2:], axis=1) - shared
    ratio: NDArray[np.float64] = shared / union
    return ratio


def _check_init(truth: GroundTruth) -> Iterator[Remark]:
    if truth.init_boxes is not None:
        rows = truth.init_boxes
    elif truth.init is not None and truth.init_frame == 0 and len(truth):
        rows = np.full_like(truth.rgb, np.nan)
        rows[0] = truth.init
    else:
        return
    with np.errstate(invalid="ignore"):
        differs = np.abs(rows - truth.rgb).max(axis=1) > 0
    differing = np.flatnonzero(differs)
    if len(differing):
        yield warning(
            "init-differs",
            f"init.txt and the RGB ground truth differ in {_frames(differing)}.",
        )


def check_texts(files: tuple[Path, ...]) -> list[Remark]:
    """Look at the text of ground-truth files: line ends, blank lines, emptiness."""
    findings: list[Remark] = []
    for path in files:
        try:
            # As regions, whose form takes every other one; boxes are not looked at here.
            findings += _text_remarks(read_boxes(path, BoxForm.REGION))
        except CKDError:
            continue  # reported as bad ground truth already
    return findings


def check_left_overs(entries: FolderEntries, files: tuple[Path, ...]) -> list[Remark]:
    """Name the text files of a sequence folder that nobody asks for."""
    known = {*_READ_ME, *(pattern for each in table.LAYOUTS for pattern in each.texts)}
    left_over = sorted(
        name
        for lowered, name in entries.texts.items()
        if not any(fnmatchcase(lowered, pattern) for pattern in known)
        and entries.root / name not in files
    )
    if not left_over:
        return []
    return [info("left-over-file", f"Not part of the layout: {some(left_over)}.")]


def _text_remarks(rows: BoxRows) -> list[Remark]:
    name = rows.path.name
    findings = []
    inner = [quirk for quirk in rows.quirks if quirk == "blank lines between rows"]
    harmless = [quirk for quirk in rows.quirks if quirk not in inner]
    if inner:
        lines = np.flatnonzero(rows.blank) + 1
        findings.append(
            warning("blank-line", f"{name} has blank lines between rows (line {ranges(lines)}).")
        )
    if harmless:
        findings.append(info("text-form", f"{name} has {', '.join(harmless)}."))
    if not len(rows):
        findings.append(error("empty-ground-truth", f"{name} is empty."))
    return findings


def _frames(indices: NDArray[np.int64]) -> str:
    count = len(indices)
    return f"{count} frame{'s' if count > 1 else ''} (index {ranges(indices)})"
