"""A VOT sequence: one region a frame, and tags beside it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sessions.commands.boxes import Modality
from sessions.errors import SessionError
from sessions.exports.base import (
    ExportChoice,
    ExportForm,
    Files,
    number,
    present_boxes,
    rounded,
)
from sessions.exports.holds import Holds
from sessions.model import AnnotationSession, Flag

UNKNOWN = "0"
"""VOT's special region for a frame on which there is none."""
TAGS: tuple[tuple[str, Flag], ...] = (
    ("absence.tag", Flag.ABSENT),
    ("occlusion.tag", Flag.OCCLUDED),
    ("truncation.tag", Flag.TRUNCATED),
)
"""VOT reads any file that ends so, as 0 or 1 for each frame."""


def vot_files(
    session: AnnotationSession, target_id: str, modality: Modality = Modality.RGB
) -> Files:
    """Return `groundtruth.txt` and the tags of one target in one modality.

    Raises SessionError when the target has no box there.
    """
    target = session.target(target_id)
    boxes = present_boxes(target, modality)
    if np.isnan(boxes[:, 0]).all():
        raise SessionError(f"{target.name} has no box at all; there is nothing to export.")
    there = ~np.isnan(boxes[:, 0])
    regions = (
        ",".join(map(number, row)) if box else UNKNOWN
        for row, box in zip(rounded(boxes).tolist(), there.tolist(), strict=True)
    )
    tags = {name: _tag((target.flags & flag) != 0) for name, flag in TAGS}
    return {"groundtruth.txt": "".join(f"{region}\n" for region in regions), **tags}


def _tag(marked: NDArray[np.bool_]) -> str:
    return "".join("1\n" if each else "0\n" for each in marked.tolist())


def _write(session: AnnotationSession, choice: ExportChoice) -> Files:
    return vot_files(session, choice.target_id, choice.modality)


VOT = ExportForm(
    id="vot",
    label="VOT sequence",
    ending="",
    holds=(
        "`groundtruth.txt`: `x,y,w,h` in one modality with up to four decimals, a row for each "
        "frame, `0` where there is no box; `absence.tag`, `occlusion.tag`, `truncation.tag`: 0 or "
        "1 for each frame."
    ),
    lacks=(
        "Sources, scores, other flags, classes, names and the other modality are left out; of "
        "several targets each has a folder of its own."
    ),
    write=_write,
    files=("groundtruth.txt", *(name for name, _ in TAGS)),
    carries=Holds(absence=True, gaps=True, occlusion=True, truncation=True, targets=True),
    of_target=True,
    of_modality=True,
)
