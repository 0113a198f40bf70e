"""Recognising a sequence folder: where its modalities are, and whose layout it is."""

from __future__ import annotations

from pathlib import Path

from tracker_core.errors import CKDError
from tracker_core.sequences.folders import (
    MODALITY_WORDS,
    FolderEntries,
    Modality,
    look_into,
    modality_of,
    pick_modalities,
)
from tracker_core.sequences.ground_truth import truth_layout
from tracker_core.sequences.layouts import table
from tracker_core.sequences.layouts.base import Channel, LayoutReader, SequencePlace
from tracker_core.sequences.layouts.two_streams import has_two_streams
from tracker_core.sequences.remarks import Remark, info, some, warning

_NAMES_SHOWN: dict[Modality, str] = {
    "rgb": "visible, rgb, color, vis or v",
    "tir": "infrared, ir, tir, thermal, lwir, i or t",
}
# A benchmark has hundreds of folders, of which two are enough to say that there are several.
_LOOKED_INSIDE = 50


def find_modalities(entries: FolderEntries) -> SequencePlace | None:
    """Find RGB and thermal frames in a folder by their names; None when it holds neither.

    Raises CKDError for a file, as VOT's `sequence`, that should say it and cannot be understood.
    """
    for each in table.LAYOUTS:
        declared = each.declares(entries)
        # With one channel only, names may still find the other.
        if declared is not None and len(declared.channels) == 2:
            is_video = each.layout.is_video
            return SequencePlace(entries, declared.channels, is_video, declared.frame_rate)
    found = (
        _place(entries, pick_modalities(entries.folders), False),
        _place(entries, pick_modalities(entries.videos), True),
    )
    # Frames before videos, but a pair of either kind before half of the other.
    for place in found:
        if place.is_complete:
            return place
    if (lone := _lone_video(entries)) is not None:
        return lone
    # Half a sequence is returned, too, so that the sentence can name what is missing.
    for place in found:
        if place.channels:
            return place
    return None


def _lone_video(entries: FolderEntries) -> SequencePlace | None:
    """The only video of a folder without other frames, as both modalities; None for any other.

    One that is named like one of a pair is that, unless it has both as streams.
    """
    if entries.folders or entries.images or len(entries.videos) != 1:
        return None
    path = entries.root / entries.videos[0]
    if modality_of(path.stem) is not None and not has_two_streams(path):
        return None
    channels: dict[Modality, Channel] = {"rgb": Channel(path), "tir": Channel(path)}
    return SequencePlace(entries, channels, True, None, folder_remarks(entries))


def _place(
    entries: FolderEntries, found: dict[Modality, list[str]], is_video: bool
) -> SequencePlace:
    channels: dict[Modality, Channel] = {
        modality: Channel(entries.root / names[0]) for modality, names in found.items() if names
    }
    remarks = tuple(
        warning(
            "ambiguous-folder",
            f"{names[0]} is taken for the {MODALITY_WORDS[modality]} frames; "
            f"{', '.join(names[1:])} could be meant too.",
        )
        for modality, names in found.items()
        if len(names) > 1
    )
    return SequencePlace(entries, channels, is_video, None, (*remarks, *folder_remarks(entries)))


def folder_remarks(entries: FolderEntries) -> tuple[Remark, ...]:
    """Say which folders were not looked into."""
    if not entries.left_out:
        return ()
    names = some(list(entries.left_out))
    sentence = f"Not looked into, for it holds no frames: {names} in {entries.root.name}."
    return (info("system-folder", sentence),)


def is_sequence_folder(entries: FolderEntries) -> bool:
    """True when a folder holds both modalities of one sequence."""
    place = find_modalities(entries)
    return place is not None and place.is_complete


def recognise(place: SequencePlace) -> LayoutReader:
    """Tell how a place with both modalities is read, by names and text files alone."""
    possible = [each for each in table.LAYOUTS if each.layout.is_video == place.is_video]
    # What a file in the folder says goes before all that names suggest.
    for each in possible:
        if each.declares(place.entries) is not None:
            return each
    truth = truth_layout(place.entries)
    return next(each for each in possible if each.matches(place, truth))


def why_not_a_sequence(entries: FolderEntries, place: SequencePlace | None) -> str:
    """Say in one sentence what a folder lacks to be a sequence, and what to do."""
    root = entries.root
    if entries.is_empty:
        return f"The folder {root} is empty; choose the folder of a sequence."
    if place is not None:
        missing: Modality = "tir" if "rgb" in place.channels else "rgb"
        have = MODALITY_WORDS["rgb" if missing == "tir" else "tir"]
        return (
            f"{root} has {have} frames but no {MODALITY_WORDS[missing]} frames; put a "
            f"{'video' if place.is_video else 'folder'} named {_NAMES_SHOWN[missing]} beside them."
        )
    if entries.images:
        return (
            f"{root} holds images of one kind only; open the folder above it, or give both the "
            "RGB and the thermal folder."
        )
    if inside := sequences_inside(entries):
        return f"{root} holds several sequences; open one of them, for example {inside[0]}."
    if len(entries.videos) == 1:
        video = root / entries.videos[0]
        return f"{root} is not an RGBT sequence; to open the video in it, choose {video}."
    return (
        f"{root} is not an RGBT sequence: it has no RGB frames (in {_NAMES_SHOWN['rgb']}) and no "
        f"thermal frames (in {_NAMES_SHOWN['tir']})."
    )


def sequences_inside(entries: FolderEntries, most: int = 2) -> list[Path]:
    """Return the first sequences that lie directly in a folder, up to a number."""
    found: list[Path] = []
    for name in entries.folders[:_LOOKED_INSIDE]:
        try:
            if is_sequence_folder(look_into(entries.root / name)):
                found.append(entries.root / name)
        except CKDError:
            continue  # a broken neighbour says nothing about the others
        if len(found) == most:
            break
    return found
