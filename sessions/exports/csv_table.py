"""CSV: a line for each target and frame, to compute with."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Iterator, Mapping
from functools import cache

import numpy as np
from numpy.typing import NDArray

from sessions.exports.base import (
    ExportChoice,
    ExportForm,
    Files,
    flag_names,
    json_text,
    score_texts,
)
from sessions.exports.holds import Holds
from sessions.model import AnnotationSession, Flag, Source, Target
from sessions.spans import attributes_at

CSV_HEAD = (
    "target_id", "target", "frame",
    "rgb_x", "rgb_y", "rgb_w", "rgb_h", "tir_x", "tir_y", "tir_w", "tir_h",
    "source", "flags", "score", "model", "class", "attributes", "target_attributes",
)  # fmt: skip

_SOURCES = {int(source): source.name.lower() for source in Source}


def csv_text(session: AnnotationSession) -> str:
    """Return one line for each target and frame with anything on it; empty cells for nothing."""
    out = io.StringIO()
    # csv ends lines with CR LF by default; the other forms have LF.
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(CSV_HEAD)
    for target in session.targets.values():
        writer.writerows(_rows(target))
    return out.getvalue()


def _rows(target: Target) -> Iterator[list[object]]:
    frames = _told(target)
    # What is stored beneath the mark of absence is no box of the target.
    boxes = target.boxes[frames].reshape(-1, 8)
    boxes[target.absent()[frames]] = np.nan
    models, scores = _models(target), score_texts(target)
    whole = _object(target.attributes)
    for frame, box in zip(frames.tolist(), boxes.tolist(), strict=True):
        bits = int(target.flags[frame])
        absent = bits & Flag.ABSENT
        # repr, so that the numbers come back to the last bit.
        cells = ["" if math.isnan(number) else repr(number) for number in box]
        source = "none" if absent else _SOURCES[int(target.source[frame])]
        said = ["", ""] if absent else [scores[frame], models.get(frame, "")]
        yield [
            target.id, target.name, frame, *cells, source, _flags_text(bits), *said,
            target.class_name, _object(attributes_at(target.spans, frame)), whole,
        ]  # fmt: skip


def _told(target: Target) -> NDArray[np.int64]:
    """Return the frames of which anything is said."""
    said = np.zeros(len(target.flags), np.bool_)
    said[target.table.filled()] = True
    for span in target.spans:
        said[span.first : span.last + 1] = True
    return np.flatnonzero(said).astype(np.int64)


def _object(said: Mapping[str, str]) -> str:
    """Return attributes as a JSON object; empty for none."""
    return json_text(dict(said)) if said else ""


@cache
def _flags_text(bits: int) -> str:
    return " ".join(flag_names(bits))


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
        "source, flags, score, model, class, and the attributes of the frame and of the target as "
        "JSON objects; with a header."
    ),
    lacks="The alignment, score maps, tokens and the settings of models are left out.",
    write=_write,
    carries=Holds(
        absence=True,
        gaps=True,
        occlusion=True,
        truncation=True,
        reviewed=True,
        classes=True,
        names=True,
        attributes=True,
        spans=True,
        keyframes=True,
        sources=True,
        scores=True,
        modalities=True,
        targets=True,
        exact=True,
    ),
)
