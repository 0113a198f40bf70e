"""What most layouts of image folders share: how frames are paired and where the boxes lie."""

from __future__ import annotations

import numpy as np

from tracker_core.errors import CKDError
from tracker_core.sequences.boxes import BoxForm
from tracker_core.sequences.counters import Kind
from tracker_core.sequences.folders import MODALITY_WORDS, FolderEntries, Modality
from tracker_core.sequences.layouts.base import PairedFrames, SequencePlace, TruthFiles
from tracker_core.sequences.listing import FrameList
from tracker_core.sequences.pair_map import find_map, pair_by_map
from tracker_core.sequences.pairing import PairWish, pair_lists
from tracker_core.sequences.sources import TIFF_SUFFIXES, FolderSource, PageSource

VISIBLE_AND_INFRARED = frozenset({"visible", "infrared"})
"""The folders of LasHeR, RGBT234 and RGBT210."""

PLAIN_TEXTS = (
    "visible.txt",
    "infrared.txt",
    "init.txt",
    "rgb.txt",
    "ir.txt",
    "tir.txt",
    "thermal.txt",
    "groundtruth.txt",
    "groundtruth_rect.txt",
)
"""Every name under which `plain_truth` looks for boxes."""


def pair_pictures(place: SequencePlace, wish: PairWish) -> PairedFrames:
    """Pair two folders of images by the file that says it, else by what the names say."""
    folders = place.channels["rgb"].folder, place.channels["tir"].folder
    # A person's own offset goes before what a file says.
    if wish.tir_offset is None and (listed := find_map(*folders)) is not None:
        mapped = pair_by_map(listed, *folders)
        if mapped is not None:
            remarks = mapped.rgb.remarks + mapped.tir.remarks
            return PairedFrames(
                FolderSource(mapped.rgb), FolderSource(mapped.tir), mapped.timeline, remarks
            )
    rgb = _some(place, "rgb", place.rgb_frames)
    tir = _some(place, "tir", place.tir_frames)
    pages = (_pages(rgb), _pages(tir))
    first, second = _numbered(rgb, pages[0], tir), _numbered(tir, pages[1], rgb)
    paired = pair_lists(first, second, wish)
    remarks = paired.rgb.remarks + paired.tir.remarks
    return PairedFrames(
        pages[0] or FolderSource(paired.rgb),
        pages[1] or FolderSource(paired.tir),
        paired.timeline,
        remarks,
    )


def _pages(frames: FrameList) -> PageSource | None:
    """The pages of a TIFF that is all there is of a modality; None for anything else."""
    if len(frames) != 1 or not frames.names[0].lower().endswith(TIFF_SUFFIXES):
        return None
    try:
        pages = PageSource(frames.folder / frames.names[0])
    except CKDError:
        return None  # reading it as an image says what is wrong
    if len(pages) > 1:
        return pages
    pages.close()
    return None


def _numbered(frames: FrameList, pages: PageSource | None, other: FrameList) -> FrameList:
    """The pages as files numbered from 0, so that they are paired by the same rules.

    From 1 where as many files of the other modality are: no page says that it is number 0.
    """
    if pages is None:
        return frames
    theirs = other.numbers
    first = int(theirs is not None and len(theirs) == len(pages) and theirs[0] == 1)
    names = [f"{k}.tif" for k in range(len(pages))]
    numbers = np.arange(first, first + len(pages), dtype=np.int64)
    return FrameList(frames.folder, names, Kind.COUNTER, numbers, frames.remarks)


def _some(place: SequencePlace, modality: Modality, frames: FrameList) -> FrameList:
    if len(frames):
        return frames
    channel = place.channels[modality]
    called = f" named like {channel.prefix}1{channel.suffix}" if channel.suffix else ""
    raise CKDError(
        f"The {MODALITY_WORDS[modality]} folder {channel.folder} holds no images{called}; "
        "put the frames there or choose another folder."
    )


def plain_truth(entries: FolderEntries, rgb_stem: str, tir_stem: str) -> TruthFiles:
    """Find a file of boxes for each modality by the usual names, or one for both."""
    text = entries.text
    init = text("init.txt")
    rgb = text("visible.txt", f"{rgb_stem}.txt", "rgb.txt")
    tir = text("infrared.txt", f"{tir_stem}.txt", "ir.txt", "tir.txt", "thermal.txt")
    if rgb is None and tir is None:
        # One box for both. As a region, which a rectangle is, too: whose file it is nobody says.
        rgb = text("groundtruth.txt", "groundtruth_rect.txt")
        if rgb is not None:
            return TruthFiles(rgb, None, init, BoxForm.REGION)
    return TruthFiles(rgb, tir, init)
