"""One video file with RGB and thermal as two streams, as some recorders write it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from tracker_core.errors import CKDError
from tracker_core.sequences.layouts.base import LayoutReader, PairedFrames, SequencePlace
from tracker_core.sequences.layouts.names import Layout
from tracker_core.sequences.layouts.plain import PLAIN_TEXTS, plain_truth
from tracker_core.sequences.layouts.side_by_side import first_image, grayer
from tracker_core.sequences.layouts.two_videos import rate_remarks, video_remarks
from tracker_core.sequences.pairing import PairWish, pair_streams
from tracker_core.sequences.remarks import info, warning
from tracker_core.sequences.sources import VideoSource

if TYPE_CHECKING:
    from tracker_core.sequences.video import VideoReader

_ORDER = ("first", "second")


def _matches(place: SequencePlace, truth: Layout | None) -> bool:  # noqa: ARG001
    return place.is_one_video and has_two_streams(place.channels["rgb"].folder)


def has_two_streams(path: Path) -> bool:
    """True for a video file that holds both modalities; False for one that cannot be read."""
    # Late: FFmpeg takes time to load, and sequences of image files never need it.
    from tracker_core.sequences.video_index import count_streams

    try:
        return count_streams(path) > 1
    except CKDError:
        return False  # whoever reads it says why it cannot be read


def _pairs(place: SequencePlace, wish: PairWish) -> PairedFrames:
    from tracker_core.sequences.video import VideoReader
    from tracker_core.sequences.video_index import count_streams

    path = place.channels["rgb"].folder
    count = count_streams(path)
    readers = [VideoReader(path, stream_index=k) for k in range(2)]
    thermal, reason = _thermal(readers)
    if wish.swap:
        thermal, reason = 1 - thermal, "swapped as asked"
    rgb, tir = VideoSource(readers[1 - thermal]), VideoSource(readers[thermal])
    remarks = (
        info(
            "streams",
            f"Two video streams in {path.name}: the {_ORDER[1 - thermal]} is taken for RGB and the "
            f"{_ORDER[thermal]} for thermal, {reason}.",
        ),
        *video_remarks(rgb.reader),
        *video_remarks(tir.reader),
        *rate_remarks(rgb, tir),
    )
    if count > 2:
        sentence = f"{path.name} has {count} video streams; only the first two are used."
        remarks = (*remarks, warning("more-streams", sentence))
    timeline = pair_streams(len(rgb), len(tir), wish)
    return PairedFrames(rgb, tir, timeline, remarks)


def _thermal(readers: list[VideoReader]) -> tuple[int, str]:
    """Which stream is thermal, and why: the gray one, else the second."""
    gray = grayer(*(first_image(reader) for reader in readers))
    if gray is None:
        return 1, "because neither is clearly the gray one and this is usual"
    return gray, f"because the {_ORDER[gray]} is gray"


TWO_STREAMS = LayoutReader(
    Layout.TWO_STREAMS,
    matches=_matches,
    pairs=_pairs,
    truth=plain_truth,
    texts=PLAIN_TEXTS,
)
