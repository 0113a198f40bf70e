"""One look of the network at a square of the frame, and where a second one is worth its time."""

from __future__ import annotations

import math
from dataclasses import dataclass

from torch import Tensor

from tracker_core.ckd.config import ModelConfig
from tracker_core.ckd.crop import LARGEST_SIDE, SearchWindow
from tracker_core.ckd.model.head import decode_box
from tracker_core.ckd.model.outputs import CKDOutput
from tracker_core.errors import CKDError
from tracker_core.frames import Box


@dataclass(frozen=True, slots=True, eq=False)
class Look:
    """What the network answered for one search window."""

    about: Box
    """The box in whose middle the window counts as centred, in frame pixels."""
    window: SearchWindow
    out: CKDOutput
    score: float
    """Peak of the response, 0 to 1."""
    box_xywh: Box
    """The answer at that peak, in frame pixels."""
    overlap: float | None
    """IoU with the truth to be expected of the answer; None without an overlap head."""


def read_look(
    out: CKDOutput, about: Box, window: SearchWindow, frame_index: int, hann: Tensor | None
) -> Look:
    """Read the peak of a map, under a Hann window or as it is; CKDError for an answer that is none.

    `frame_index` is for what is said of it.
    """
    response = out.score_map if hann is None else out.score_map * hann
    box_in_crop = decode_box(response, out.size_map, out.offset_map)[0].tolist()
    score = float(response.max())
    _check_answer(score, box_in_crop, frame_index)
    overlap = _at_peak(out.overlap_map, response)
    return Look(about, window, out, score, _to_frame(box_in_crop, about, window), overlap)


def is_empty(config: ModelConfig, score: float) -> bool:
    """Whether the target is not to be seen, by the response's peak."""
    return bool(config.lost_search) and score < config.lost_search[0]


def is_found(config: ModelConfig, score: float) -> bool:
    """Whether the target is taken to be in another place than it was, by the peak there."""
    return score >= config.lost_search[1]


def wide_factor(config: ModelConfig, box_xywh: Box, frame_size: tuple[int, int]) -> float | None:
    """Side of the wide look over the square root of the box's area; None where it shows no more."""
    root = math.sqrt(box_xywh[2] * box_xywh[3])
    # From anywhere within it, twice a frame's side shows all of it; and no crop may be larger than
    # what is cut. One less, because the product is rounded up.
    most = (min(2 * max(frame_size), LARGEST_SIDE) - 1) / root
    factor = min(config.lost_search[2], most)
    return factor if factor > config.search_factor else None


def centred(box_xywh: Box, like: Box) -> Box:
    """A box as large as `like` about the centre of another."""
    x, y, w, h = box_xywh
    return x + (w - like[2]) / 2, y + (h - like[3]) / 2, like[2], like[3]


def _check_answer(score: float, box_cxcywh: list[float], frame_index: int) -> None:
    """Stop at an answer that is none: it would be the next frame's start, and every one after."""
    _, _, w, h = box_cxcywh
    # The score is the peak of the whole map, and NaN when one cell of it is.
    if all(math.isfinite(value) for value in (score, *box_cxcywh)) and w > 0 and h > 0:
        return
    said = ", ".join(f"{value:g}" for value in box_cxcywh)
    raise CKDError(
        f"The model gave no box {frame_index} frames after its start (score {score:g}; {said}): "
        "its weights are damaged, or its numbers overflow on this device; use another checkpoint, "
        "or another device."
    )


def _to_frame(box_cxcywh: list[float], previous: Box, window: SearchWindow) -> Box:
    """A box in fractions of the crop back in the frame; the crop counts as centred on `previous`.

    The released loop ignores the rounding of the crop's corner here, so parity needs it too.
    """
    cx, cy, w, h = (value * window.side for value in box_cxcywh)
    left = previous[0] + 0.5 * previous[2] - 0.5 * window.side
    top = previous[1] + 0.5 * previous[3] - 0.5 * window.side
    return left + cx - 0.5 * w, top + cy - 0.5 * h, w, h


def _at_peak(overlap_map: Tensor | None, response: Tensor) -> float | None:
    """What the map says where the response has its peak; None without a map."""
    if overlap_map is None:
        return None
    return float(overlap_map.flatten()[response.flatten().argmax()])
