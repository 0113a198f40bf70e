"""Figures of features, which a session does not hold: CKD looks at the frames again."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from app.bridge.values import model_info
from app.export.figures.base import FigureKind, Frames, Wish, clean
from app.export.figures.crops import SIDES, crop_model, draw_box, draw_crop, hatch, map_legend
from app.export.figures.sheet import below_title, sheet, write_title
from app.export.images import images_of
from app.resolve.anchors import Anchor, box_on, feature_anchors
from app.resolve.answer import answer_of_result
from app.resolve.inspection import FeatureModel, Missing, SearchCropModel
from app.resolve.trackers import feature_choice, other_weights
from app.state.tracker_choice import BUNDLED_WEIGHTS, CKD, TrackerChoice
from sessions import Target
from tracker_core.errors import CKDError
from tracker_core.frames import Box
from tracker_core.trackers import open_tracker

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

MOST_LINES = 8
"""Frames with a line of their own; of more the mean is drawn, and how far they spread."""


@dataclass(frozen=True, slots=True, eq=False)
class _Look:
    """What CKD saw on one frame."""

    features: FeatureModel
    crop: SearchCropModel | None


def _looks(wish: Wish, *, crops: bool) -> Iterator[_Look]:
    """Let CKD look at each frame again, as the window does; CKDError where it may not."""
    # Late: they bring torch, which a look at the table of kinds can do without.
    from app.bridge.feature_reader import FeatureReader
    from tracker_core.tracking.loop import LastTemplate

    target = wish.target
    choice = _choice(wish)
    places = [_anchors(target, index) for index in wish.frames]
    reader, looked = FeatureReader(), LastTemplate()
    with images_of(wish.subject) as sequence:
        source, opened = open_tracker(
            choice.tracker,
            model=choice.model or None,
            device=choice.device or None,
            untrained=wish.untrained,
        )
        # Only CKD takes `features`; the protocol of trackers has none of it.
        tracker: Any = opened
        loaded = model_info(source.info)
        for done, (index, (anchor, before)) in enumerate(
            zip(wish.frames, places, strict=True), start=1
        ):
            missing = other_weights(target.tracking.model_of(index), loaded)
            if missing is not None:
                raise _refused(index, missing)
            template = anchor.frame_index, anchor.box_xywh
            state = looked.state_at(
                tracker, sequence, lambda at: sequence.frame(at).pair(), template, (index, before)
            )
            _, result = tracker.step(state, sequence.frame(index).pair(), features=True)
            features = reader.read(result, index, wish.block)
            _check_block(wish.block, features)
            answer = replace(answer_of_result(result, index), box_xywh=box_on(target, index))
            yield _Look(features, crop_model(sequence, answer, target.name) if crops else None)
            wish.progress(done, len(wish.frames))


def _choice(wish: Wish) -> TrackerChoice:
    """Return the CKD that tracked all these frames, before anything is loaded."""
    weights = TrackerChoice(CKD, wish.model or BUNDLED_WEIGHTS, wish.device)
    found: dict[TrackerChoice, int] = {}
    for index in wish.frames:
        choice = feature_choice(wish.target.tracking.model_of(index), weights)
        if isinstance(choice, Missing):
            raise _refused(index, choice)
        found.setdefault(choice, index)
    if len(found) > 1:
        first, second, *_ = found.values()
        raise CKDError(
            f"Frames {first} and {second} were tracked with other weights, whose features cannot "
            "be compared; choose frames of one tracker."
        )
    return next(iter(found))


def _anchors(target: Target, frame_index: int) -> tuple[Anchor, Box]:
    anchors = feature_anchors(target, frame_index)
    if anchors is None:
        raise CKDError(
            f"CKD cannot look at frame {frame_index} again: no box of {target.name} leads "
            "there; choose another frame."
        )
    return anchors


def _check_block(block: int | None, features: FeatureModel) -> None:
    if block is not None and block >= features.block_count:
        raise CKDError(
            f"There is no block {block}; the network has blocks 0 to {features.block_count - 1}."
        )


def _refused(frame_index: int, missing: Missing) -> CKDError:
    return CKDError(f"CKD cannot look at frame {frame_index} again. {missing.words}")


def _maps(wish: Wish) -> Figure:
    looks = list(_looks(wish, crops=True))
    block = looks[0].features.block
    words = [(f"frame {look.features.frame_index}", f"after block {block}") for look in looks]
    rows = (*SIDES, "RGB content", "Thermal content")
    figure, columns = sheet(
        wish, words, rows, map_legend([look.crop for look in looks if look.crop])
    )
    for look, column in zip(looks, columns, strict=True):
        crop, features = look.crop, look.features
        if crop is None:
            continue
        for axes, image in zip(column.axes[:2], (crop.rgb, crop.tir), strict=True):
            draw_crop(axes, image, crop)
            draw_box(axes, crop)
        for axes, values in zip(
            column.axes[2:], (features.content_rgb, features.content_tir), strict=True
        ):
            _draw_map(axes, values)
            draw_box(axes, crop)
    return figure


def _draw_map(axes: Axes, values: NDArray[np.float32] | None) -> None:
    axes.set(xlim=(0, 1), ylim=(1, 0), xticks=[], yticks=[], aspect="equal")
    for spine in axes.spines.values():
        spine.set_linewidth(0.4)
    # What is clear in the map shows this ground: tokens removed before the block.
    axes.patch.set(**hatch())
    if values is None:
        return
    known = np.isfinite(values).all(axis=2)
    colours = np.zeros((*known.shape, 4), np.float32)
    colours[..., :3] = np.nan_to_num(values)
    colours[..., 3] = known
    axes.imshow(colours, extent=(0, 1, 1, 0), interpolation="nearest")


def _gap(wish: Wish) -> Figure:
    from matplotlib.figure import Figure

    from tracker_core.evaluation.plot_style import COLOURS, DASHES, MARKERS

    gaps = np.stack(
        [look.features.gap_by_block for look in _looks(wish, crops=False)]
    )  # (frames, blocks)
    height = 2.3 if wish.wide else 2.1
    figure = Figure(figsize=(wish.width, height), layout=below_title(height))
    axes = figure.add_subplot()
    blocks = np.arange(gaps.shape[1])
    if len(gaps) <= MOST_LINES:
        for row, (index, values) in enumerate(zip(wish.frames, gaps, strict=True)):
            axes.plot(
                blocks, values, color=COLOURS[row], linestyle=DASHES[row % len(DASHES)],
                marker=MARKERS[row], label=f"frame {index}",
            )  # fmt: skip
    else:
        axes.fill_between(
            blocks, gaps.min(axis=0), gaps.max(axis=0), color=COLOURS[0], alpha=0.2, linewidth=0,
            label="from the smallest to the largest",
        )  # fmt: skip
        axes.plot(
            blocks, gaps.mean(axis=0), color=COLOURS[0], marker=MARKERS[0],
            label=f"mean of {len(gaps)} frames",
        )  # fmt: skip
    axes.set(xlabel="After block", ylabel="Modality gap", ylim=(0, None))
    axes.set_xticks(blocks[:: max(1, len(blocks) // 12)])
    clean(axes)
    axes.legend(ncols=2 if wish.wide or 4 < len(gaps) <= MOST_LINES else 1, loc="best")
    write_title(figure, wish, height)
    return figure


_NEEDS = (
    "Needs the images and the weights that tracked the frames, with which CKD looks at them again."
)
MAPS = FigureKind(
    "maps",
    "Feature maps",
    Frames.SOME,
    (8, 16),
    "The search crop of each frame in both modalities, and the content of both after a block "
    "in the colours of one basis.",
    _NEEDS,
    _maps,
    computes=True,
)
GAP = FigureKind(
    "gap",
    "Gap by block",
    Frames.SOME,
    (1000, 1000),
    "The modality gap after each block, a line for each of up to 8 frames, else their mean "
    "and spread.",
    _NEEDS,
    _gap,
    computes=True,
)
