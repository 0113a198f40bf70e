"""The curves of a target as a file: a table to compute with, or a figure for a paper."""

from __future__ import annotations

import csv
import io
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from app.export.base import DrawnForm, FilePreview, Progress, Subject
from app.export.foreseen import of_text
from app.look.palette import LIGHT, Rgb
from app.resolve.curves import CurvesModel, Values, curves_model, limits
from app.resolve.effective import EffectiveTarget
from safe_files import FileError, replacing
from safe_files.writing import fill
from tracker_core.errors import CKDError

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

# matplotlib writes dozens; these three are tested.
FIGURES = (".png", ".svg", ".pdf")
INCHES = (7.0, 7.5)
DOTS_PER_INCH = 200
TITLE_SIZE = 12.0
TITLE_POINTS = 400.0
"""Of the 504 that the figure is wide, what is left beside the labels of the axes."""


def write_curves(model: CurvesModel, path: Path, kind: str | None = None) -> None:
    """Write a table (.csv) or a figure (.png, .svg, .pdf), as `kind` or else the name says.

    Raises CKDError for another ending and where nothing can be written.
    """
    kind = kind or path.suffix.lower()
    if kind != ".csv" and kind not in FIGURES:
        raise CKDError(f"Curves cannot be saved as {path.name}; use .csv, .png, .svg or .pdf.")
    try:
        with replacing(path, parents=True) as part:
            if kind == ".csv":
                _write_table(model, part)
            else:
                _write_figure(model, part, kind[1:])
    except FileError as error:
        raise CKDError(f"The curves could not be saved in {path}: {error.reason}.") from error


def table_rows(model: CurvesModel) -> list[list[str]]:
    """Return the header and one row per frame; cells without a value are empty."""
    block = "" if model.block is None else f"_block_{model.block}"
    header = [
        "frame",
        "score",
        "target_tokens_removed",
        "box_side_rgb_px",
        "box_side_tir_px",
        "manual",
        f"modality_gap{block}",
        "modality_gap_mean",
    ]
    columns = [
        [str(frame) for frame in range(model.frame_count)],
        _cells(model.score),
        _cells(model.removed, "{:.0f}"),
        _cells(model.side_rgb),
        _cells(model.side_tir),
        [str(int(by_hand)) for by_hand in model.manual],
        _cells(model.gap),
        _cells(model.gap_mean),
    ]
    return [header, *(list(row) for row in zip(*columns, strict=True))]


def _write_table(model: CurvesModel, path: Path) -> None:
    # Not as text, whose lines Windows would end otherwise.
    fill(path, table_text(model).encode("utf-8"))


def table_text(model: CurvesModel) -> str:
    """Return the table as it is written."""
    stream = io.StringIO(newline="")
    csv.writer(stream, lineterminator="\n").writerows(table_rows(model))
    return stream.getvalue()


def _write_figure(model: CurvesModel, path: Path, kind: str) -> None:
    # Late, because matplotlib takes long to import.
    from tracker_core.drawn_figures import drawn
    from tracker_core.lettering import letters_for

    with letters_for([model.target_name]):
        fill(path, drawn(_figure(model), kind, DOTS_PER_INCH))


def _figure(model: CurvesModel) -> Figure:
    # Without pyplot, which would choose a backend with windows and keep every figure.
    from matplotlib.figure import Figure

    from tracker_core.lettering import cut_to

    figure = Figure(figsize=INCHES, layout="constrained")
    score, removed, side, gap = figure.subplots(4, 1, sharex=True)
    frames = np.arange(model.frame_count)
    # The light theme's colours whatever the window has: figures go on white paper.
    _draw(score, model.score, LIGHT.accent)
    _style(score, "Score", (-0.04, 1.04))
    # A name may hold a dollar sign, which is no formula.
    title = cut_to(model.target_name, TITLE_POINTS, TITLE_SIZE)
    score.set_title(title, loc="left", size=TITLE_SIZE, parse_math=False)
    lost = np.flatnonzero(model.removed > 0)
    removed.vlines(lost, 0, model.removed[lost], color=_float_rgb(LIGHT.warning), linewidth=1.5)
    _draw(removed, np.where(np.isfinite(model.removed), 0, np.nan), LIGHT.muted)
    _style(removed, "Target tokens\nremoved", limits(model.removed, floor=0.0, least=4.0))
    # The wide line first, so that both are seen where they coincide.
    _draw(side, model.side_tir, LIGHT.tir, "thermal", width=3.0)
    _draw(side, model.side_rgb, LIGHT.rgb, "RGB")
    hand = np.flatnonzero(model.manual)
    side.plot(hand, model.side_rgb[hand], "s", color=_float_rgb(LIGHT.text), label="by hand")
    _style(side, "Box side (px)", limits(model.side_rgb, model.side_tir, least=8.0), legend=True)
    _draw(gap, model.gap, LIGHT.accent, "" if model.block is None else f"block {model.block}")
    _draw(gap, model.gap_mean, LIGHT.muted, "mean of all blocks")
    known = bool(np.isfinite(model.gap).any())
    _style(gap, "Modality gap", limits(model.gap, model.gap_mean, floor=0.0, least=1e-6), known)
    gap.set_xlabel("Frame")
    # Half a frame of room, or marks on the first and last one would be cut in two.
    gap.set_xlim(frames[0] - 0.5, frames[-1] + 0.5)
    return figure


def _draw(axes: Axes, values: Values, colour: Rgb, label: str = "", width: float = 1.4) -> None:
    # A dot on each value would hide the line; a round cap alone shows a value between two gaps.
    axes.plot(
        np.arange(len(values)),
        values,
        color=_float_rgb(colour),
        linewidth=width,
        marker="o",
        markersize=width,
        label=label or None,
    )


def _style(axes: Axes, label: str, reach: tuple[float, float], legend: bool = False) -> None:
    axes.set_ylabel(label)
    axes.set_ylim(*reach)
    axes.grid(alpha=0.25)
    axes.spines[["top", "right"]].set_visible(False)
    if legend:
        axes.legend(frameon=False, fontsize="small", loc="best")


# Six digits: a float32 holds seven, and the seventh is noise.
def _cells(values: Values, layout: str = "{:.6g}") -> list[str]:
    return [layout.format(float(value)) if np.isfinite(value) else "" for value in values]


def _float_rgb(colour: Rgb) -> tuple[float, float, float]:
    red, green, blue = colour
    return red / 255, green / 255, blue / 255


def _write_of_session(
    subject: Subject,
    path: Path,
    progress: Progress,  # noqa: ARG001
    kind: str,
) -> None:
    # A pipe has no ending that says it.
    write_curves(_model_of(subject), path, kind)


def _model_of(subject: Subject) -> CurvesModel:
    target = subject.session.target(subject.target_id)
    # No gap history: features are computed by the window and not kept.
    model = curves_model(EffectiveTarget(target, subject.session.alignment), None, None)
    if model is None:
        raise CKDError(f"{target.name} has no curves: it was not tracked and has no two boxes.")
    return model


def _foresee(subject: Subject, kind: str) -> FilePreview:
    model = _model_of(subject)
    if kind == ".csv":
        return of_text(table_text(model))
    width, height = INCHES
    dots = f"{width * DOTS_PER_INCH:.0f}x{height * DOTS_PER_INCH:.0f} pixels"
    size = dots if kind == ".png" else f"{width:g}x{height:g} inches"
    curves = {
        "Score": model.score,
        "Target tokens removed": model.removed,
        "Box side, RGB": model.side_rgb,
        "Box side, thermal": model.side_tir,
    }
    known = {name: int(np.isfinite(values).sum()) for name, values in curves.items()}
    lines = [
        f"{name}: known on {there} of {model.frame_count} frames" for name, there in known.items()
    ]
    return FilePreview("", size, (*lines, "Modality gap: empty, as a session does not keep it"))


def _lost(subject: Subject, kind: str) -> tuple[str, ...]:
    from tracker_core.lettering import without_font

    name = subject.session.target(subject.target_id).name
    return () if kind == ".csv" else without_font([name])


_SHOWS = (
    "Score, removed target tokens and side of the box in both modalities on each frame, of one "
    "target."
)
_LACKS = (
    "The modality gap is empty: a session does not keep it, only the window computes it; other "
    "targets are left out."
)


def _form(kind: str, label: str) -> DrawnForm:
    write = partial(_write_of_session, kind=f".{kind}")
    foresee = partial(_foresee, kind=f".{kind}")
    label = f"{label} of curves"
    lost = partial(_lost, kind=f".{kind}")
    return DrawnForm(f"curves-{kind}", label, f".{kind}", _SHOWS, _LACKS, write, foresee, lost)


_LABELS = {"csv": "Table", "png": "Picture", "svg": "Drawing", "pdf": "Document"}
CURVES = tuple(_form(kind, label) for kind, label in _LABELS.items())
"""A table to compute with, and three kinds of figure."""
FILTER = ";;".join(f"{label} (*.{kind})" for kind, label in _LABELS.items())
"""The same kinds in the words of a file dialog."""
