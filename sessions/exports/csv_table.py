"""CSV: a line for each target and frame, to compute with."""

from __future__ import annotations

import csv
import io

import numpy as np

from sessions.exports.base import ExportChoice, ExportForm, Files, flag_names
from sessions.model import AnnotationSession, Flag, Source, Target

_CSV_HEAD = (
    "target_id", "target", "frame",
    "rgb_x", "rgb_y", "rgb_w", "rgb_h", "tir_x", "tir_y", "tir_w", "tir_h",
    "source", "flags", "score", "model",
)  # fmt: skip


def csv_text(session: AnnotationSession) -> str:
    """Return one line for each target and frame with anything on it; empty cells for nothing."""
    out = io.StringIO()
    # csv ends lines with CR LF by default; the other forms have LF.
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(_CSV_HEAD)
    for target in session.targets.values():
        models = _models(target)
        for frame in target.table.filled().tolist():
            absent = bool(target.flags[frame] & Flag.ABSENT)
            # What is stored beneath the mark of absence is no box of the target.
            pair = np.full(8, np.nan) if absent else target.boxes[frame].ravel()
            score = np.nan if absent else float(target.score[frame])
            source = Source.NONE if absent else Source(int(target.source[frame]))
            writer.writerow(
                [
                    target.id,
                    target.name,
                    frame,
                    # repr, so that the numbers come back to the last bit.
                    *("" if np.isnan(number) else repr(number) for number in pair.tolist()),
                    source.name.lower(),
                    " ".join(flag_names(int(target.flags[frame]))),
                    # Single precision holds no more digits.
                    "" if np.isnan(score) else f"{score:.6g}",
                    "" if absent else models.get(frame, ""),
                ]
            )
    return out.getvalue()


def _models(target: Target) -> dict[int, str]:
    """Name the model of every frame whose box it made."""
    tracking, names = target.tracking, {}
    # The record also keeps what a tracker said on frames that a person has put right since.
    for frame in np.flatnonzero(target.source == Source.TRACKED).tolist():
        model = tracking.model_of(frame)
        if model is not None:
            names[frame] = model.name
    return names


def _write(session: AnnotationSession, choice: ExportChoice) -> Files:  # noqa: ARG001
    return {f"{session.sequence.name}.csv": csv_text(session)}


CSV = ExportForm(
    id="csv",
    label="CSV table",
    ending=".csv",
    holds=(
        "A line for each target and frame with anything on it: both boxes in full precision, "
        "source, flags, score, model; with a header."
    ),
    lacks=(
        "The alignment, attributes of targets, score maps, tokens and the settings of models are "
        "left out."
    ),
    write=_write,
)
