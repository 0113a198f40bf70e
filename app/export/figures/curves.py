"""The figure of curves: score, removed target tokens and box side over the frames."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

from app.export.figures.base import FigureKind, Frames, Wish, clean
from app.export.figures.sheet import below_title, write_title
from app.resolve.curves import CurvesModel, Values, curves_model, limits, lone_frames
from app.resolve.effective import EffectiveTarget
from tracker_core.drawn_figures import INK, SMALL
from tracker_core.errors import CKDError

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

PANEL = 0.78
"""Inches of the height of one curve."""


def _curves(wish: Wish) -> Figure:
    from matplotlib.figure import Figure

    target = wish.target
    # No gap: features are no part of a session, and the kind `gap` is the one that computes them.
    model = curves_model(EffectiveTarget(target, wish.subject.session.alignment), None, None)
    if model is None:
        raise CKDError(f"{target.name} has no curves: it was not tracked and has no two boxes.")
    first, last = _span(wish, model)
    panels = _panels(model, first, last)
    if not panels:
        raise CKDError(
            f"{target.name} has no curves on frames {first} to {last}: nothing is known there."
        )
    height = 0.19 + 0.42 + PANEL * len(panels)
    figure = Figure(figsize=(wish.width, height), layout=below_title(height))
    axes: dict[str, Axes] = dict(
        zip(panels, np.ravel(figure.subplots(len(panels), 1, sharex=True)), strict=True)
    )
    span = slice(first, last + 1)
    for name, panel in axes.items():
        _DRAWN[name](panel, model, span)
    for each in axes.values():
        clean(each)
    bottom = list(axes.values())[-1]
    bottom.set_xlabel("Frame")
    # Half a frame of room, or marks on the first and last one would be cut in two.
    bottom.set_xlim(first - 0.5, last + 0.5)
    bottom.locator_params(axis="x", integer=True)
    figure.align_ylabels()
    write_title(figure, wish, height)
    return figure


def _draw_score(axes: Axes, model: CurvesModel, _span: slice) -> None:
    _draw(axes, model.score, _colours()[2])
    axes.set(ylabel="Score", ylim=(-0.04, 1.04))


def _draw_removed(axes: Axes, model: CurvesModel, span: slice) -> None:
    pink = _colours()[3]
    lost = np.flatnonzero(model.removed > 0)
    axes.vlines(lost, 0, model.removed[lost], color=pink, linewidth=1.0)
    _draw(axes, np.where(np.isfinite(model.removed), 0, np.nan), pink)
    _, top = limits(model.removed[span], floor=0.0, least=4.0)
    # Below zero, or the line of nothing removed would lie upon the axis.
    axes.set(ylabel="Target tokens\nremoved", ylim=(-0.06 * top, top))
    axes.locator_params(axis="y", integer=True, nbins=4)


def _draw_side(axes: Axes, model: CurvesModel, span: slice) -> None:
    blue, orange = _colours()[:2]
    # The wide line first, so that both are seen where they coincide.
    _draw(axes, model.side_tir, orange, "thermal", 2.4)
    _draw(axes, model.side_rgb, blue, "RGB")
    hand = np.flatnonzero(model.manual)
    if model.manual[span].any():
        axes.plot(hand, model.side_rgb[hand], "s", color=INK, label="by hand", markersize=2.6)
    reach = limits(model.side_rgb[span], model.side_tir[span], least=8.0)
    axes.set(ylabel="Box side (px)", ylim=reach)
    axes.legend(
        # Above: wherever it stood within, a curve could run through it.
        loc="lower right",
        bbox_to_anchor=(1.0, 0.94),
        ncols=3,
        borderaxespad=0,
        fontsize=SMALL,
    )


_DRAWN: dict[str, Callable[[Axes, CurvesModel, slice], None]] = {
    "score": _draw_score, "removed": _draw_removed, "side": _draw_side,
}  # fmt: skip
"""What draws each panel, in the order of `_panels`."""


def _colours() -> tuple[str, ...]:
    from tracker_core.evaluation.plot_style import COLOURS

    return COLOURS


def _span(wish: Wish, model: CurvesModel) -> tuple[int, int]:
    if wish.frames:
        return wish.frames[0], wish.frames[-1]
    curves = (model.score, model.removed, model.side_rgb, model.side_tir)
    known = np.flatnonzero(np.any([np.isfinite(curve) for curve in curves], axis=0))
    # A model without anything known is None.
    return int(known[0]), int(known[-1])


def _panels(model: CurvesModel, first: int, last: int) -> list[str]:
    """Return what is known of these frames: an empty panel would only take room."""
    known: dict[str, tuple[Values, ...]] = {
        "score": (model.score,),
        "removed": (model.removed,),
        "side": (model.side_rgb, model.side_tir),
    }
    return [
        name
        for name, curves in known.items()
        if any(np.isfinite(curve[first : last + 1]).any() for curve in curves)
    ]


def _draw(axes: Axes, values: Values, colour: str, label: str = "", width: float = 1.0) -> None:
    frames = np.arange(len(values))
    axes.plot(frames, values, color=colour, linewidth=width, label=label or None)
    # A line shows no value between two gaps.
    lone = lone_frames(values)
    axes.plot(lone, values[lone], "o", color=colour, markersize=width + 1)


CURVES = FigureKind(
    "curves",
    "Curves",
    Frames.SPAN,
    (0, 0),
    "Score, removed target tokens and side of the box in both modalities over the frames; "
    "what is not known has no panel.",
    "Needs no images; the modality gap is left out, for a session does not keep it.",
    _curves,
)
