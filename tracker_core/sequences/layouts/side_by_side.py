"""One video with RGB in one half of each frame and thermal in the other."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np

from tracker_core.errors import CKDError
from tracker_core.imaging import Image
from tracker_core.sequences.folders import MODALITY_WORDS, Modality, modality_of
from tracker_core.sequences.layouts.base import LayoutReader, PairedFrames, SequencePlace
from tracker_core.sequences.layouts.names import Layout
from tracker_core.sequences.layouts.plain import PLAIN_TEXTS, plain_truth
from tracker_core.sequences.layouts.two_videos import video_remarks
from tracker_core.sequences.pairing import PairWish, pair_streams
from tracker_core.sequences.remarks import info
from tracker_core.sequences.sources import HalfSource

if TYPE_CHECKING:
    from tracker_core.sequences.video import VideoReader

_GRAY_CHROMA = 0.5
"""The grayer half of a video is thermal when its colours are weaker than this part."""
_LOOKED_AT = 8
"""Frames that are tried when the first ones cannot be decoded."""


def _matches(place: SequencePlace, truth: Layout | None) -> bool:  # noqa: ARG001
    return place.is_video and place.channels["rgb"].folder == place.channels["tir"].folder


def _pairs(place: SequencePlace, wish: PairWish) -> PairedFrames:
    # Late: FFmpeg takes time to load, and sequences of image files never need it.
    from tracker_core.sequences.video import VideoReader

    path = place.channels["rgb"].folder
    reader = VideoReader(path)
    # Cut in half, a lone walk_rgb.mp4 would show half a scene as RGB and half as thermal.
    if (named := modality_of(path.stem)) is not None:
        reader.close()
        other: Modality = "tir" if named[0] == "rgb" else "rgb"
        raise CKDError(
            f"{path} is named like the {MODALITY_WORDS[named[0]]} video of two, and no "
            f"{MODALITY_WORDS[other]} video lies beside it; give both, or rename it if it shows "
            "both side by side."
        )
    rgb_side, tir_side, reason = _guess_sides(reader)
    if wish.swap:
        rgb_side, tir_side, reason = tir_side, rgb_side, "swapped as asked"
    rgb, tir = HalfSource(reader, rgb_side), HalfSource(reader, tir_side)
    remarks = (
        info(
            "sides",
            f"One video: its {rgb_side} half is taken for RGB and its {tir_side} half for "
            f"thermal, {reason}.",
        ),
        *video_remarks(reader),
    )
    timeline = pair_streams(len(rgb), len(tir), wish)
    return PairedFrames(rgb, tir, timeline, remarks)


_Side = Literal["left", "right"]


def _guess_sides(reader: VideoReader) -> tuple[_Side, _Side, str]:
    """Which half is RGB and which thermal, and why: the one without colours is thermal."""
    image = first_image(reader)
    if image.shape[1] < 2:
        raise CKDError(f"{reader.path} is too narrow to show two images side by side.")
    half = image.shape[1] // 2
    gray = grayer(image[:, :half], image[:, -half:])
    if gray == 0:
        return "right", "left", "because the left half is gray"
    if gray == 1:
        return "left", "right", "because the right half is gray"
    return "left", "right", "because neither half is clearly the gray one and this is usual"


def first_image(reader: VideoReader) -> Image:
    """The first frame that can be decoded; CKDError when none of several can."""
    for position in range(min(_LOOKED_AT, len(reader))):
        try:
            return reader.read(position)
        except CKDError:
            continue
    raise CKDError(f"The first frames of {reader.path} cannot be decoded; check the file.")


def grayer(first: Image, second: Image) -> int | None:
    """Which of two images, 0 or 1, has clearly less colour; None where neither has."""
    one, two = _chroma(first), _chroma(second)
    if one < _GRAY_CHROMA * two:
        return 0
    return 1 if two < _GRAY_CHROMA * one else None


def _chroma(image: Image) -> float:
    return float(np.ptp(image.astype(np.int16), axis=2).mean()) if image.ndim == 3 else 0.0


SIDE_BY_SIDE = LayoutReader(
    Layout.SIDE_BY_SIDE,
    matches=_matches,
    pairs=_pairs,
    truth=plain_truth,
    texts=PLAIN_TEXTS,
)
