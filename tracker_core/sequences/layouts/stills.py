"""M3FD, LLVIP and FLIR ADAS: pairs of still pictures, made for detection, without tracks."""

from __future__ import annotations

from pathlib import Path

from tracker_core.sequences.folders import FolderEntries
from tracker_core.sequences.layouts.base import (
    LayoutReader,
    PairedFrames,
    SequencePlace,
    TruthFiles,
)
from tracker_core.sequences.layouts.names import Layout
from tracker_core.sequences.layouts.plain import pair_pictures
from tracker_core.sequences.pair_map import MAP_NAME
from tracker_core.sequences.pairing import PairWish
from tracker_core.sequences.remarks import info

_FLIR_VIDEOS = ("video_rgb", "video_thermal")
"""Frames of recordings, whose next frame follows."""
_FLIR_FOLDERS = (
    *_FLIR_VIDEOS,
    "images_rgb",
    "images_thermal",
    "thermal_8_bit",
    "thermal_16_bit",
)


def _pairs(place: SequencePlace, wish: PairWish) -> PairedFrames:
    paired = pair_pictures(place, wish)
    if any(_flir_name(channel.folder, _FLIR_VIDEOS) for channel in place.channels.values()):
        return paired
    said = info(
        "stills",
        "These are pairs of still pictures: the next one need not show the same scene, and no "
        "target is annotated from picture to picture.",
    )
    return PairedFrames(paired.rgb, paired.tir, paired.timeline, (said, *paired.remarks))


def _no_truth(entries: FolderEntries, rgb_stem: str, tir_stem: str) -> TruthFiles:  # noqa: ARG001
    return TruthFiles(None, None, None)


def _has_annotations(place: SequencePlace) -> bool:
    return any(name.lower() in ("annotation", "annotations") for name in place.entries.folders)


def _is_m3fd(place: SequencePlace, truth: Layout | None) -> bool:
    return truth is None and place.folder_names == {"vis", "ir"} and _has_annotations(place)


def _is_llvip(place: SequencePlace, truth: Layout | None) -> bool:  # noqa: ARG001
    above = {channel.folder.absolute().parent.name.lower() for channel in place.channels.values()}
    return above == {"visible", "infrared"}


def _is_flir(place: SequencePlace, truth: Layout | None) -> bool:  # noqa: ARG001
    return any(_flir_name(channel.folder, _FLIR_FOLDERS) for channel in place.channels.values())


def _flir_name(folder: Path, beginnings: tuple[str, ...]) -> bool:
    names = (folder.name.lower(), folder.absolute().parent.name.lower())
    return any(name.startswith(beginnings) for name in names)


M3FD = LayoutReader(Layout.M3FD, matches=_is_m3fd, pairs=_pairs, truth=_no_truth)
LLVIP = LayoutReader(Layout.LLVIP, matches=_is_llvip, pairs=_pairs, truth=_no_truth)
FLIR_ADAS = LayoutReader(
    Layout.FLIR_ADAS, matches=_is_flir, pairs=_pairs, truth=_no_truth, texts=(MAP_NAME,)
)
