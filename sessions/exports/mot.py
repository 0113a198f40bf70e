"""MOTChallenge rows."""

from __future__ import annotations

import numpy as np

from sessions.commands.boxes import Modality
from sessions.exports.base import ExportChoice, ExportForm, Files, number, present_boxes
from sessions.model import AnnotationSession


def mot_text(session: AnnotationSession, modality: Modality = Modality.RGB) -> str:
    """Return MOTChallenge rows: frame, id, left, top, width, height, confidence, -1, -1, -1.

    Frames, ids and pixels are counted from 1, as MOTChallenge does; the confidence is 1 for boxes
    that no tracker scored.
    """
    rows: list[tuple[int, int, str]] = []
    for track, target in enumerate(session.targets.values(), start=1):
        boxes = present_boxes(target, modality)
        for frame in np.flatnonzero(~np.isnan(boxes[:, 0])).tolist():
            left, top, width, height = boxes[frame].tolist()
            numbers = ",".join(map(number, (left + 1, top + 1, width, height)))
            score = float(target.score[frame])
            confidence = "1" if np.isnan(score) else number(score)
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
        "Names of targets, absence, sources, flags and the other modality are left out; a box that "
        "no tracker scored has the confidence 1."
    ),
    write=_write,
    of_modality=True,
)
