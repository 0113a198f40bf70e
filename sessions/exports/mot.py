"""MOTChallenge rows."""

from __future__ import annotations

import math

import numpy as np

from sessions.commands.boxes import Modality
from sessions.exports.base import (
    ExportChoice,
    ExportForm,
    Files,
    number,
    present_boxes,
    rounded,
)
from sessions.exports.holds import Holds
from sessions.model import AnnotationSession

MOST_CONFIDENCE = 0.9999
"""Of a box that a tracker scored: 1 says that none did."""


def mot_text(session: AnnotationSession, modality: Modality = Modality.RGB) -> str:
    """Return MOTChallenge rows: frame, id, left, top, width, height, confidence, -1, -1, -1.

    Frames, ids and pixels are counted from 1, as MOTChallenge does; the confidence is 1 for boxes
    that no tracker scored, and at most 0.9999 for others.
    """
    rows: list[tuple[int, int, str]] = []
    for track, target in enumerate(session.targets.values(), start=1):
        boxes = rounded(present_boxes(target, modality))
        frames = np.flatnonzero(~np.isnan(boxes[:, 0]))
        boxes[:, :2] += 1
        scores = np.minimum(target.score[frames].astype(np.float64), MOST_CONFIDENCE)
        confidences = ["1" if math.isnan(score) else number(score) for score in scores.tolist()]
        for frame, box, confidence in zip(
            frames.tolist(), boxes[frames].tolist(), confidences, strict=True
        ):
            numbers = ",".join(map(number, box))
            rows.append((frame + 1, track, f"{numbers},{confidence},-1,-1,-1"))
    return "".join(f"{frame},{track},{rest}\n" for frame, track, rest in sorted(rows))


def _write(session: AnnotationSession, choice: ExportChoice) -> Files:
    return {f"{session.sequence.name}.txt": mot_text(session, choice.modality)}


MOT = ExportForm(
    id="mot",
    label="MOTChallenge",
    ending=".txt",
    holds=(
        "`frame,id,left,top,width,height,confidence,-1,-1,-1` of all targets in one modality, with "
        "up to four decimals; frames, ids and pixels count from 1."
    ),
    lacks=(
        "Names and classes of targets, absence, sources, flags and the other modality are left "
        "out; a box that no tracker scored has the confidence 1."
    ),
    write=_write,
    carries=Holds(scores=True, targets=True),
    of_modality=True,
)
