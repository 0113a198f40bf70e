"""Ground truth as the benchmarks have it beside the frames of a sequence."""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum

import numpy as np

from sessions.commands.boxes import Modality
from sessions.errors import SessionError
from sessions.exports.base import (
    Boxes,
    ExportChoice,
    ExportForm,
    Files,
    present_boxes,
    rounded,
    rows,
)
from sessions.exports.holds import Holds
from sessions.model import AnnotationSession, Target


class TruthForm(Enum):
    """How a benchmark writes its ground truth."""

    LASHER = "LasHeR"
    RGBT234 = "RGBT234"
    RGBT210 = "RGBT210"
    GTOT = "GTOT"
    VTUAV = "VTUAV"


EVERY = 10
"""VTUAV labels every tenth frame."""


def _first(boxes: Boxes, target: Target | None = None) -> Boxes:
    """Return the (1, 4) first box; raises SessionError when there is none."""
    present = np.flatnonzero(~np.isnan(boxes[:, 0]))
    if not present.size:
        name = "The target" if target is None else target.name
        raise SessionError(f"{name} has no box at all; there is nothing to export.")
    return boxes[present[:1]]


def ground_truth_files(session: AnnotationSession, target_id: str, form: TruthForm) -> Files:
    """Return the text files that a benchmark has beside the frames of a sequence.

    Boxes are x, y, w, h in pixels of each modality, one row for each frame; 0, 0, 0, 0 where the
    target is absent. GTOT has x1, y1, x2, y2 instead, VTUAV a row for every tenth frame. Where one
    list serves both, boxes that only thermal has stand in it as RGB pixels. Raises SessionError
    when the target has no box.
    """
    target = session.target(target_id)
    rgb, tir = present_boxes(target, Modality.RGB), present_boxes(target, Modality.TIR)
    both = np.where(np.isnan(rgb), session.alignment.boxes_to_rgb(tir), rgb)
    _first(both, target)
    return _TRUTH_WRITERS[form](rounded(rgb), rounded(tir), rounded(both))


def _lasher(rgb: Boxes, tir: Boxes, both: Boxes) -> Files:
    return {
        "visible.txt": rows(rgb, ","),
        "infrared.txt": rows(tir, ","),
        "init.txt": rows(_first(both), ","),
    }


def _rgbt210(rgb: Boxes, tir: Boxes, both: Boxes) -> Files:  # noqa: ARG001
    return {"init.txt": rows(both, ",")}


def _gtot(rgb: Boxes, tir: Boxes, both: Boxes) -> Files:
    def corners(boxes: Boxes) -> Boxes:
        return np.concatenate([boxes[:, :2], boxes[:, :2] + boxes[:, 2:]], axis=1)

    return {
        "groundTruth_v.txt": rows(corners(rgb), " "),
        "groundTruth_i.txt": rows(corners(tir), " "),
        "init.txt": rows(_first(both), "\t"),
    }


def _vtuav(rgb: Boxes, tir: Boxes, both: Boxes) -> Files:
    return {
        "rgb.txt": rows(rgb[::EVERY], " "),
        "ir.txt": rows(tir[::EVERY], " "),
        "init.txt": rows(_first(both), " "),
    }


_TRUTH_WRITERS: dict[TruthForm, Callable[[Boxes, Boxes, Boxes], Files]] = {
    TruthForm.LASHER: _lasher,
    TruthForm.RGBT234: _lasher,
    TruthForm.RGBT210: _rgbt210,
    TruthForm.GTOT: _gtot,
    TruthForm.VTUAV: _vtuav,
}

_FILES = {
    TruthForm.LASHER: ("visible.txt", "infrared.txt", "init.txt"),
    TruthForm.RGBT234: ("visible.txt", "infrared.txt", "init.txt"),
    TruthForm.RGBT210: ("init.txt",),
    TruthForm.GTOT: ("groundTruth_v.txt", "groundTruth_i.txt", "init.txt"),
    TruthForm.VTUAV: ("rgb.txt", "ir.txt", "init.txt"),
}
_LACKS = (
    "An absent target and a missing box look the same; sources, scores, other flags, classes and "
    "names are left out; of several targets each has a folder of its own."
)
_HOLDS = {
    TruthForm.LASHER: (
        "`visible.txt`, `infrared.txt`: `x,y,w,h` with up to four decimals, a row for each frame, "
        "zeros where the target is absent or has no box; `init.txt`: the first box."
    ),
    TruthForm.RGBT234: "The same three files as LasHeR.",
    TruthForm.RGBT210: (
        "`init.txt`: `x,y,w,h` in RGB pixels, a row for each frame, from RGB or else thermal; "
        "zeros as LasHeR."
    ),
    TruthForm.GTOT: (
        "`groundTruth_v.txt`, `groundTruth_i.txt`: `x1 y1 x2 y2`, a row for each frame, zeros as "
        "LasHeR; `init.txt`."
    ),
    TruthForm.VTUAV: "`rgb.txt`, `ir.txt`: `x y w h`, a row for every tenth frame; `init.txt`.",
}


def _export(form: TruthForm) -> ExportForm:
    def write(session: AnnotationSession, choice: ExportChoice) -> Files:
        return ground_truth_files(session, choice.target_id, form)

    return ExportForm(
        id=form.name.lower(),
        label=f"Ground truth as {form.value}",
        ending="",
        holds=_HOLDS[form],
        lacks=_LACKS,
        write=write,
        files=_FILES[form],
        carries=Holds(
            absence=True,
            modalities=form is not TruthForm.RGBT210,
            targets=True,
            every=EVERY if form is TruthForm.VTUAV else 1,
        ),
        of_target=True,
    )


TRUTH_EXPORTS = tuple(_export(form) for form in TruthForm)
"""One for each benchmark."""
