"""One video with RGB in one half of each frame and thermal in the other."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np

from tracker_core.errors import CKDError
from tracker_core.sequences.folders import MODALITY_WORDS, Modality, modality_of
from tracker_core.sequences.layouts.base import LayoutReader, PairedFrames, SequencePlace
from tracker_core.sequences.layouts.names import Layout
from tracker_core.sequences.layouts.plain import PLAIN_TEXTS, plain_truth
from tracker_core.sequences.layouts.two_videos import video_remarks
from tracker_core.sequences.pairing import PairWish
from tracker_core.sequences.remarks import info
from tracker_core.sequences.sources import HalfSource
from tracker_core.sequences.timeline import pair_in_order

if TYPE_CHECKING:
    from tracker_core.imaging import Image
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
    rgb, tir = HalfSource(reader, rgb_side), HalfSource(reader, tir_side)
    remarks = (
        info(
            "sides",
            f"One video: its {rgb_side} half is taken for RGB and its {tir_side} half for "
            f"thermal, {reason}.",
        ),
        *video_remarks(reader),
    )
    timeline = pair_in_order(len(rgb), len(tir), (), wish.tir_offset or 0)
    return PairedFrames(rgb, tir, timeline, remarks)


_Side = Literal["left", "right"]


def _guess_sides(reader: VideoReader) -> tuple[_Side, _Side, str]:
    """Which half is RGB and which thermal, and why: the one without colours is thermal."""
    image: Image | None = None
    for position in range(min(_LOOKED_AT, len(reader))):
        try:
            image = reader.read(position)
            break
        except CKDError:
            continue
    if image is None:
        raise CKDError(f"The first frames of {reader.path} cannot be decoded; check the file.")
    if image.shape[1] < 2:
        raise CKDError(f"{reader.path} is too narrow to show two images side by side.")
    if image.ndim == 3:
        chroma = np.ptp(image.astype(np.int16), axis=2)  # (H, W)
        half = image.shape[1] // 2
        left, right = float(chroma[:, :half].mean()), float(chroma[:, -half:].mean())
        if left < _GRAY_CHROMA * right:
            return "right", "left", "because the left half is gray"
        if right < _GRAY_CHROMA * left:
            return "left", "right", "because the right half is gray"
    return "left", "right", "because neither half is clearly the gray one and this is usual"


SIDE_BY_SIDE = LayoutReader(
    Layout.SIDE_BY_SIDE,
    matches=_matches,
    pairs=_pairs,
    truth=plain_truth,
    texts=PLAIN_TEXTS,
)
