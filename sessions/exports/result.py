"""A result file, as trackers are scored by."""

from __future__ import annotations

import numpy as np

from sessions.commands.boxes import Modality
from sessions.errors import SessionError
from sessions.exports.base import ExportChoice, ExportForm, Files, present_boxes
from sessions.exports.holds import Holds
from sessions.model import AnnotationSession


def result_text(
    session: AnnotationSession,
    target_id: str,
    modality: Modality = Modality.RGB,
    separator: str = ",",
) -> str:
    """Return a result file: x, y, w, h in full precision, one row for each frame.

    A frame where the target is marked absent has zeros. Raises SessionError, naming the first,
    when another frame has no box: a result without it would be scored as another one.
    """
    target = session.target(target_id)
    boxes = present_boxes(target, modality)
    # Nothing is where a tracker says that there is nothing; what it does not say is missing.
    boxes[target.absent()] = 0.0
    missing = np.flatnonzero(np.isnan(boxes[:, 0]))
    if missing.size:
        raise SessionError(
            f"{target.name} has no box on {missing.size} frames, the first is {int(missing[0])}; "
            "track or interpolate them first, since a result needs a row for each frame."
        )
    # In full, so that the same boxes give the same figures to the last digit.
    return "".join(separator.join(map(repr, row)) + "\n" for row in boxes.tolist())


def _write(session: AnnotationSession, choice: ExportChoice) -> Files:
    name = f"{session.sequence.name}.txt"
    return {name: result_text(session, choice.target_id, choice.modality)}


RESULT = ExportForm(
    id="result",
    label="Result file",
    ending=".txt",
    holds=(
        "`x,y,w,h` of one target in one modality, a row for each frame, in full precision; zeros "
        "where the target is absent."
    ),
    lacks=(
        "Another frame without a box is refused; sources, scores, flags, the other modality "
        "and other targets are left out."
    ),
    write=_write,
    carries=Holds(absence=True, exact=True),
    of_target=True,
    of_modality=True,
)
