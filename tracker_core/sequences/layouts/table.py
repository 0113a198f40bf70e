"""The table of layouts: adding one takes its file, its line here and its name in `Layout`."""

from __future__ import annotations

from tracker_core.sequences.layouts.anti_uav import ANTI_UAV
from tracker_core.sequences.layouts.base import LayoutReader
from tracker_core.sequences.layouts.gtot import GTOT
from tracker_core.sequences.layouts.lasher import LASHER
from tracker_core.sequences.layouts.names import Layout
from tracker_core.sequences.layouts.rgbt210 import RGBT210
from tracker_core.sequences.layouts.rgbt234 import RGBT234
from tracker_core.sequences.layouts.side_by_side import SIDE_BY_SIDE
from tracker_core.sequences.layouts.stills import FLIR_ADAS, LLVIP, M3FD
from tracker_core.sequences.layouts.two_folders import TWO_FOLDERS
from tracker_core.sequences.layouts.two_streams import TWO_STREAMS
from tracker_core.sequences.layouts.two_videos import TWO_VIDEOS
from tracker_core.sequences.layouts.vot_rgbt import VOT_RGBT
from tracker_core.sequences.layouts.vtuav import VTUAV

LAYOUTS: tuple[LayoutReader, ...] = (
    GTOT,
    LASHER,  # before RGBT234, which has the same folders and texts
    RGBT234,
    VTUAV,
    VOT_RGBT,
    RGBT210,  # after all others: many have an init.txt too
    M3FD,
    LLVIP,
    FLIR_ADAS,
    TWO_FOLDERS,  # last of the image folders: it takes any
    TWO_STREAMS,  # before side by side, which takes any single video
    SIDE_BY_SIDE,
    ANTI_UAV,  # before two videos, which it is but for its labels
    TWO_VIDEOS,
)
"""In order of recognition: the first that matches is taken, and the first that owns the texts."""


def reader_of(layout: Layout) -> LayoutReader:
    """Return how a layout is read."""
    return next(each for each in LAYOUTS if each.layout is layout)


def flat_layout() -> Layout:
    """Return the layout whose ground truth comes as one flat folder, a file for each sequence."""
    return next(each.layout for each in LAYOUTS if each.is_flat)
