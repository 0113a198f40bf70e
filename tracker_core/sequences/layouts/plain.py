"""What most layouts of image folders share: how frames are paired and where the boxes lie."""

from __future__ import annotations

from tracker_core.errors import CKDError
from tracker_core.sequences.boxes import BoxForm
from tracker_core.sequences.folders import MODALITY_WORDS, FolderEntries, Modality
from tracker_core.sequences.layouts.base import PairedFrames, SequencePlace, TruthFiles
from tracker_core.sequences.listing import FrameList
from tracker_core.sequences.pairing import PairWish, pair_lists
from tracker_core.sequences.sources import FolderSource

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
    """Pair two folders of images by what the names say."""
    rgb = _some(place, "rgb", place.rgb_frames)
    tir = _some(place, "tir", place.tir_frames)
    paired = pair_lists(rgb, tir, wish)
    remarks = paired.rgb.remarks + paired.tir.remarks
    return PairedFrames(
        FolderSource(paired.rgb), FolderSource(paired.tir), paired.timeline, remarks
    )


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
