"""Two videos, one for each modality: frames are paired in order, ground truth is optional."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from tracker_core.sequences.folders import Modality
from tracker_core.sequences.layouts.base import LayoutReader, PairedFrames, SequencePlace
from tracker_core.sequences.layouts.names import Layout
from tracker_core.sequences.layouts.plain import PLAIN_TEXTS, plain_truth
from tracker_core.sequences.pairing import PairWish, pair_streams
from tracker_core.sequences.remarks import Remark, info, ranges, warning
from tracker_core.sequences.sources import TIFF_SUFFIXES, PageSource, VideoSource

if TYPE_CHECKING:
    from tracker_core.sequences.video import VideoReader

_MODALITIES: tuple[Modality, Modality] = ("rgb", "tir")
_RATES_DIFFER = 0.01
"""Two videos are said to run at different rates when these differ by more than this part."""
_JUMP, _FEW_JUMPS = 1.7, 0.05
"""A step in time is a jump from this many usual steps on; with more jumps the rate is variable."""
_LOST_AT_ONCE = 3
"""A damaged place in a short video may take the times of so many frames."""


def _matches(place: SequencePlace, truth: Layout | None) -> bool:  # noqa: ARG001
    return place.is_video and place.channels["rgb"].folder != place.channels["tir"].folder


def _pairs(place: SequencePlace, wish: PairWish) -> PairedFrames:
    # Late: FFmpeg takes time to load, and sequences of image files never need it.
    from tracker_core.sequences.video import VideoReader

    paths = [place.channels[modality].folder for modality in _MODALITIES]
    # Two files of pages are a pair as two videos are.
    if all(path.suffix.lower() in TIFF_SUFFIXES for path in paths):
        pages = [PageSource(path) for path in paths]
        order = pair_streams(len(pages[0]), len(pages[1]), wish)
        return PairedFrames(pages[0], pages[1], order)
    rgb, tir = (VideoSource(VideoReader(path)) for path in paths)
    remarks = (*video_remarks(rgb.reader), *video_remarks(tir.reader), *rate_remarks(rgb, tir))
    remarks += tuple(remark for path in paths for remark in _other_streams(path))
    timeline = pair_streams(len(rgb), len(tir), wish)
    return PairedFrames(rgb, tir, timeline, remarks)


def _other_streams(path: Path) -> tuple[Remark, ...]:
    from tracker_core.sequences.video_index import count_streams

    count = count_streams(path)
    if count == 1:
        return ()
    sentence = f"{path.name} has {count} video streams; only the first is used."
    return (warning("more-streams", sentence),)


def video_remarks(reader: VideoReader) -> tuple[Remark, ...]:
    """On how a video is shown, on a count that it has wrong, and on frames that seem lost."""
    remarks = []
    if shown := reader.shown_as():
        sentence = f"{reader.path.name} is {shown}, as its file says and players do."
        remarks.append(info("shown-as", sentence))
    if reader.index.tolerant and not reader.index.counted:
        sentence = (
            f"Nearly every frame of {reader.path.name} has errors, which the decoder overlooks; "
            "frames may show damage."
        )
        remarks.append(warning("overlooked-errors", sentence))
    declared, counted = reader.index.declared, len(reader)
    if declared not in (0, counted):  # 0 claims nothing
        sentence = f"{reader.path.name} says that it has {declared} frames, but it has {counted}."
        remarks.append(warning("declared-count", sentence))
    steps = np.diff(reader.index.times)
    if len(steps) and bool((steps > 0).all()):
        usual = float(np.median(steps))
        jumps = np.flatnonzero(steps > _JUMP * usual)
        # Many jumps are how a variable rate looks, and nothing is lost.
        few = max(len(steps) * _FEW_JUMPS, min(_LOST_AT_ONCE, len(steps) // 8))
        if 0 < len(jumps) <= few:
            sentence = (
                f"The times in {reader.path.name} jump after frame {ranges(jumps)}; frames may be "
                "lost there, which frame numbers cannot tell."
            )
            remarks.append(warning("time-jumps", sentence))
    return tuple(remarks)


def rate_remarks(rgb: VideoSource, tir: VideoSource) -> tuple[Remark, ...]:
    """On rates that differ between the two videos."""
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
