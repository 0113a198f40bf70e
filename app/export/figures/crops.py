"""Search crops as figures draw them: the picture, and upon it tokens and box as in the window."""

from __future__ import annotations

from collections.abc import Sequence as Several
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from app.export.images import shown
from app.look.palette import DARK, Rgb, mix
from app.resolve.answer import FrameAnswer, answer_of_session
from app.resolve.inspection import SearchCropModel, search_crop_model
from app.resolve.overlay import kept_outline, removed_by
from sessions import Target
from tracker_core.errors import CKDError
from tracker_core.sequences import Sequence

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes

SIDES = ("RGB", "Thermal")
INK = (0.0, 0.0, 0.0, 0.6)
"""Beneath lines upon pictures: they are seen on any ground."""
BOX: Rgb = (255, 255, 255)
"""Of the predicted box, as in the crop panel."""
STROKES = (
    ((0.3, 0.7, 0.7, 0.3),),
    ((0.3, 0.3, 0.7, 0.7),),
    ((0.3, 0.7, 0.7, 0.3), (0.3, 0.3, 0.7, 0.7)),
)
"""x0, y0, x1, y1 within a token: a sign for each stage, going round, told apart without colour."""
PADDING: dict[str, Any] = {"facecolor": "#DADADA", "edgecolor": "#B4B4B4"}
UPON = 3
"""Of box and lost tokens: matplotlib draws lines over rectangles, whichever came first."""
HATCHES = ("////", "\\\\\\\\", "xxxx")
"""The same three signs in a legend."""


def recorded_answer(target: Target, frame_index: int) -> FrameAnswer:
    """Return what the tracker said on a frame; CKDError where the session holds no tokens of it."""
    answer = answer_of_session(target, frame_index)
    if answer is None:
        raise CKDError(
            f"{target.name} was not tracked on frame {frame_index}; choose frames that were "
            "tracked, or track it there."
        )
    missing = answer.without_tokens()
    if missing is not None:
        raise CKDError(
            f"Frame {frame_index} of {target.name} has no tokens to show. {missing.words}"
        )
    return answer


def crop_model(sequence: Sequence, answer: FrameAnswer, target_name: str) -> SearchCropModel:
    """Return the search crop of a frame with what the tracker said of it."""
    if answer.window is None:
        raise CKDError(f"The tracker did not say where it searched on frame {answer.frame_index}.")
    frame = sequence.frame(answer.frame_index)
    tir = None if frame.tir is None else shown(frame.tir)
    # Windows and boxes are in RGB pixels, whatever thermal's own size.
    if tir is not None and tir.shape[1::-1] != tuple(sequence.rgb_size):
        tir = np.asarray(Image.fromarray(tir).resize(sequence.rgb_size, Image.Resampling.BICUBIC))
    return search_crop_model(
        frame.rgb,
        tir,
        answer.window,
        answer.grid,
        answer.stages,
        answer.box_xywh,
        frame_index=answer.frame_index,
        target_name=target_name,
    )


def draw_crop(axes: Axes, image: NDArray[np.uint8] | None, model: SearchCropModel) -> None:
    """Draw one modality of a crop; a frame that lacks it is hatched."""
    axes.set(xlim=(0, 1), ylim=(1, 0), xticks=[], yticks=[], aspect="equal")
    for spine in axes.spines.values():
        spine.set_linewidth(0.4)
    if image is None:
        axes.patch.set(**hatch())
        plate = {"facecolor": "white", "edgecolor": "none", "pad": 1.0}
        axes.text(0.5, 0.5, "no frame", ha="center", va="center", bbox=plate)
        return
    colours = None if image.ndim == 3 else "gray"
    axes.imshow(
        image,
        extent=(0, 1, 1, 0),
        cmap=colours,
        vmin=0,
        vmax=255,
        # Enlarged as the eye expects, made smaller without moiré.
        interpolation="antialiased",
    )
    _hatch_padding(axes, model)


def draw_tokens(axes: Axes, model: SearchCropModel, stage: int | None = None) -> None:
    """Dim the tokens that stages up to `stage` removed (None: all), and outline the others."""
    from matplotlib.collections import LineCollection

    grid, labels = model.grid, np.where(removed_by(model.labels, stage), model.labels, 0)
    shade = np.zeros((grid, grid, 4), np.float64)
    for number, colour in enumerate(DARK.stage_colours(len(model.stages)), start=1):
        shade[labels == number] = (*paint(mix(colour, (0, 0, 0), 0.66)), 0.68)
        rows, columns = np.nonzero(labels == number)
        signs = np.array(STROKES[(number - 1) % len(STROKES)])  # (m, 4)
        corners = np.stack([columns, rows, columns, rows], axis=1)  # (k, 4)
        strokes = (corners[:, None] + signs).reshape(-1, 2, 2) / grid
        axes.add_collection(LineCollection(list(strokes), colors=[paint(colour)], linewidths=0.5))
    axes.imshow(shade, extent=(0, 1, 1, 0), interpolation="nearest")
    lines = list(kept_outline(model.labels, stage).reshape(-1, 2, 2) / grid)
    if model.stages and stage != 0:
        for edge, width in ((INK, 1.5), (paint(DARK.kept), 0.8)):
            axes.add_collection(
                LineCollection(lines, colors=[edge], linewidths=width, capstyle="projecting")
            )
    _frame_lost(axes, model, stage)


def draw_box(axes: Axes, model: SearchCropModel) -> None:
    """Draw the box of the target upon a crop."""
    from matplotlib.patches import Rectangle

    if model.box_in_crop is None:
        return
    x, y, w, h = model.box_in_crop
    for colour, width in ((INK, 1.9), (paint(BOX), 1.0)):
        axes.add_patch(
            Rectangle((x, y), w, h, fill=False, edgecolor=colour, linewidth=width, zorder=UPON)
        )


def token_legend(models: Several[SearchCropModel]) -> list[Artist]:
    """Return what explains the signs upon these crops."""
    from matplotlib.patches import Patch

    most = max(models, key=lambda model: len(model.stages))
    handles: list[Artist] = [
        Patch(
            facecolor=paint(mix(colour, (0, 0, 0), 0.5)),
            edgecolor=paint(colour),
            hatch=HATCHES[number % len(HATCHES)],
            label=f"removed after block {stage.block}",
        )
        for number, (stage, colour) in enumerate(
            zip(most.stages, DARK.stage_colours(len(most.stages)), strict=True)
        )
    ]
    if most.stages:
        handles.insert(0, _framed(paint(DARK.kept), "kept"))
    if any(model.box_in_crop is not None for model in models):
        handles.append(_framed(paint(BOX), "box of the target"))
    if any(model.target_removed() for model in models):
        handles.append(_framed(paint(DARK.error), "removed, in the box"))
    return handles + _padding_legend(models)


def map_legend(models: Several[SearchCropModel]) -> list[Artist]:
    """Return what explains the signs upon feature maps of these crops."""
    from matplotlib.patches import Patch

    handles: list[Artist] = [Patch(label="token removed before", linewidth=0.6, **hatch())]
    if any(model.box_in_crop is not None for model in models):
        handles.append(_framed(paint(BOX), "box of the target"))
    return handles + _padding_legend(models)


def hatch() -> dict[str, Any]:
    """Return what says of a place that nothing is there."""
    return {"facecolor": "#F2F2F2", "edgecolor": "#BBBBBB", "hatch": "////"}


def paint(colour: Rgb) -> tuple[float, float, float]:
    """Return a colour as matplotlib takes it."""
    red, green, blue = colour
    return red / 255, green / 255, blue / 255


def _framed(colour: tuple[float, float, float], label: str) -> Artist:
    from matplotlib.patches import Patch
    from matplotlib.patheffects import withStroke

    # Upon something dark, as on a picture: white would not be seen on paper.
    rim = [withStroke(linewidth=2.4, foreground="#4A4A4A")]
    return Patch(
        facecolor="#4A4A4A", edgecolor=colour, linewidth=1.2, label=label, path_effects=rim
    )


def _hatch_padding(axes: Axes, model: SearchCropModel) -> None:
    """Cover what lies outside the frame, so that padding is not taken for a dark scene."""
    from matplotlib.patches import Rectangle

    if model.frame_in_crop is None:
        return
    x, y, w, h = model.frame_in_crop
    left, top = max(0.0, x), max(0.0, y)
    right, bottom = min(1.0, x + w), min(1.0, y + h)
    for corner, width, height in (
        ((0.0, 0.0), 1.0, top),
        ((0.0, bottom), 1.0, 1.0 - bottom),
        ((0.0, top), left, bottom - top),
        ((right, top), 1.0 - right, bottom - top),
    ):
        if width > 0 and height > 0:
            axes.add_patch(
                Rectangle(
                    corner, width, height, **PADDING, linewidth=0, hatch="\\\\\\\\",
                    # Among the images: what dims tokens comes later, and lies upon it.
                    zorder=0,
                )
            )  # fmt: skip


def _padding_legend(models: Several[SearchCropModel]) -> list[Artist]:
    from matplotlib.patches import Patch

    frames = [model.frame_in_crop for model in models if model.frame_in_crop is not None]
    if all(x <= 0 and y <= 0 and x + w >= 1 and y + h >= 1 for x, y, w, h in frames):
        return []
    return [Patch(label="outside the frame", linewidth=0.6, hatch="\\\\\\\\", **PADDING)]


def _frame_lost(axes: Axes, model: SearchCropModel, stage: int | None) -> None:
    from matplotlib.collections import PatchCollection
    from matplotlib.patches import Rectangle

    size = 1 / model.grid
    lost = [
        Rectangle((token % model.grid * size, token // model.grid * size), size, size)
        for number, tokens in model.target_removed().items()
        if stage is None or number <= stage
        for token in tokens.tolist()
    ]
    for colour, width in ((INK, 1.5), (paint(DARK.error), 0.8)):
        if lost:
            axes.add_collection(
                PatchCollection(
                    lost, facecolors="none", edgecolors=[colour], linewidths=width, zorder=UPON
                )
            )
