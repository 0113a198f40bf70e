"""Two videos, one for each modality: frames are paired in order, ground truth is optional."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from tracker_core.sequences.layouts.base import LayoutReader, PairedFrames, SequencePlace
from tracker_core.sequences.layouts.names import Layout
from tracker_core.sequences.layouts.plain import PLAIN_TEXTS, plain_truth
from tracker_core.sequences.pairing import PairWish
from tracker_core.sequences.remarks import Remark, ranges, warning
from tracker_core.sequences.sources import VideoSource
from tracker_core.sequences.timeline import pair_in_order

if TYPE_CHECKING:
    from tracker_core.sequences.video import VideoReader

_RATES_DIFFER = 0.01
"""Two videos are said to run at different rates when these differ by more than this part."""
_JUMP, _FEW_JUMPS = 1.7, 0.05
"""A step in time is a jump from this many usual steps on; with more jumps the rate is variable."""


def _matches(place: SequencePlace, truth: Layout | None) -> bool:  # noqa: ARG001
    return place.is_video and place.channels["rgb"].folder != place.channels["tir"].folder


def _pairs(place: SequencePlace, wish: PairWish) -> PairedFrames:
    # Late: FFmpeg takes time to load, and sequences of image files never need it.
    from tracker_core.sequences.video import VideoReader

    rgb, tir = (VideoSource(VideoReader(place.channels[m].folder)) for m in ("rgb", "tir"))
    remarks = (*video_remarks(rgb.reader), *video_remarks(tir.reader), *_rate_remarks(rgb, tir))
    timeline = pair_in_order(len(rgb), len(tir), (), wish.tir_offset or 0)
    return PairedFrames(rgb, tir, timeline, remarks)


def video_remarks(reader: VideoReader) -> tuple[Remark, ...]:
    """On a count that the container has wrong, and on frames that seem to have been lost."""
    remarks = []
    declared, counted = reader.index.declared, len(reader)
    if declared not in (0, counted):  # 0 claims nothing
        sentence = f"{reader.path.name} says that it has {declared} frames, but it has {counted}."
        remarks.append(warning("declared-count", sentence))
    steps = np.diff(reader.index.times)
    if len(steps) and bool((steps > 0).all()):
        usual = float(np.median(steps))
        jumps = np.flatnonzero(steps > _JUMP * usual)
        # Many jumps are how a variable rate looks, and nothing is lost.
        if 0 < len(jumps) <= len(steps) * _FEW_JUMPS:
            sentence = (
                f"The times in {reader.path.name} jump after frame {ranges(jumps)}; frames may be "
                "lost there, which frame numbers cannot tell."
            )
            remarks.append(warning("time-jumps", sentence))
    return tuple(remarks)


def _rate_remarks(rgb: VideoSource, tir: VideoSource) -> tuple[Remark, ...]:
    first, second = rgb.frame_rate, tir.frame_rate
    if first is None or second is None or abs(first - second) <= _RATES_DIFFER * first:
        return ()
    return (
        warning(
            "frame-rates",
            f"The RGB video runs at {first:.4g} and the thermal video at {second:.4g} frames per "
            "second; frames are paired in order, not by time.",
        ),
    )


TWO_VIDEOS = LayoutReader(
    Layout.TWO_VIDEOS,
    matches=_matches,
    pairs=_pairs,
    truth=plain_truth,
    texts=PLAIN_TEXTS,
)
