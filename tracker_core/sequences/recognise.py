"""Recognising a sequence folder: where its modalities are, and whose layout it is."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from tracker_core.errors import CKDError
from tracker_core.sequences.boxes import read_boxes
from tracker_core.sequences.ground_truth import truth_layout
from tracker_core.sequences.layout import (
    FolderEntries,
    Layout,
    Modality,
    look_into,
    pick_modalities,
)
from tracker_core.sequences.remarks import Remark, warning
from tracker_core.sequences.vot import Channel, read_vot_sequence

_NAMES_SAID: dict[Modality, str] = {
    "rgb": "visible, rgb, color, vis or v",
    "tir": "infrared, ir, tir, thermal, lwir, i or t",
}
SAID: dict[Modality, str] = {"rgb": "RGB", "tir": "thermal"}
_LOOKED_INSIDE = 50


@dataclass(frozen=True, slots=True)
class SequencePlace:
    """Where the modalities of a sequence are; one of them may be missing from `channels`."""

    entries: FolderEntries
    """The folder around them, where the ground truth is."""
    channels: dict[Modality, Channel]
    is_video: bool
    frame_rate: float | None = None
    remarks: tuple[Remark, ...] = ()

    @property
    def is_complete(self) -> bool:
        """True when both modalities are there."""
        return len(self.channels) == 2


def find_modalities(entries: FolderEntries) -> SequencePlace | None:
    """Find RGB and thermal frames in a folder by their names; None when it holds neither.

    Raises CKDError for a VOT `sequence` file that cannot be understood.
    """
    vot = read_vot_sequence(entries)
    if vot is not None and len(vot.channels) == 2:
        return SequencePlace(entries, vot.channels, False, vot.frame_rate)
    found = (
        _place(entries, pick_modalities(entries.folders), False),
        _place(entries, pick_modalities(entries.videos), True),
    )
    for place in found:
        if place.is_complete:
            return place
    for place in found:
        if place.channels:
            return place
    return None


def _place(
    entries: FolderEntries, found: dict[Modality, list[str]], is_video: bool
) -> SequencePlace:
    channels: dict[Modality, Channel] = {
        modality: Channel(entries.root / names[0]) for modality, names in found.items() if names
    }
    remarks = tuple(
        warning(
            "ambiguous-folder",
            f"{names[0]} is taken for the {SAID[modality]} frames; "
            f"{', '.join(names[1:])} could be meant too.",
        )
        for modality, names in found.items()
        if len(names) > 1
    )
    return SequencePlace(entries, channels, is_video, None, remarks)


def is_sequence_folder(entries: FolderEntries) -> bool:
    """True when a folder holds both modalities of one sequence."""
    place = find_modalities(entries)
    return place is not None and place.is_complete


def layout_of(place: SequencePlace, first_rgb_name: str) -> Layout:
    """Tell whose layout a folder of image folders has, by its names and its text files."""
    by_truth = truth_layout(place.entries)
    folders = {channel.folder.name.lower() for channel in place.channels.values()}
    if read_vot_sequence(place.entries) is not None:
        return Layout.VOT_RGBT
    if by_truth is Layout.GTOT and folders == {"v", "i"}:
        return Layout.GTOT
    if by_truth is Layout.VTUAV and "rgb" in folders:
        return Layout.VTUAV
    if by_truth is Layout.VOT_RGBT and folders == {"color", "ir"}:
        return Layout.VOT_RGBT
    if folders != {"visible", "infrared"}:
        return Layout.TWO_FOLDERS
    if by_truth is Layout.RGBT234:
        return Layout.RGBT234 if _number_comes_first(first_rgb_name) else Layout.LASHER
    if by_truth is Layout.RGBT210 and _has_several_rows(place.entries.text("init.txt")):
        return Layout.RGBT210
    return Layout.TWO_FOLDERS


def _number_comes_first(name: str) -> bool:
    """RGBT234 names its frames 00001v.jpg, LasHeR v000.jpg."""
    stem = Path(name).stem
    return stem[:1].isdigit() and not stem[-1:].isdigit()


def _has_several_rows(path: Path | None) -> bool:
    try:
        return path is not None and len(read_boxes(path)) > 1
    except CKDError:
        return False


def why_not_a_sequence(entries: FolderEntries, place: SequencePlace | None) -> str:
    """Say in one sentence what a folder lacks to be a sequence, and what to do."""
    root = entries.root
    if entries.is_empty:
        return f"The folder {root} is empty; choose the folder of a sequence."
    if place is not None:
        missing: Modality = "tir" if "rgb" in place.channels else "rgb"
        have = SAID["rgb" if missing == "tir" else "tir"]
        return (
            f"{root} has {have} frames but no {SAID[missing]} frames; put a "
            f"{'video' if place.is_video else 'folder'} named {_NAMES_SAID[missing]} beside them."
        )
    if entries.images:
        return (
            f"{root} holds images of one kind only; open the folder above it, or give both the "
            "RGB and the thermal folder."
        )
    if inside := sequences_inside(entries):
        return f"{root} holds several sequences; open one of them, for example {inside[0]}."
    return (
        f"{root} is not an RGBT sequence: it has no RGB frames (in {_NAMES_SAID['rgb']}) and no "
        f"thermal frames (in {_NAMES_SAID['tir']})."
    )


def sequences_inside(entries: FolderEntries, most: int = 2) -> list[Path]:
    """Return the first sequences that lie directly in a folder, up to a number."""
    found: list[Path] = []
    for name in entries.folders[:_LOOKED_INSIDE]:
        try:
            if is_sequence_folder(look_into(entries.root / name)):
                found.append(entries.root / name)
        except CKDError:
            continue
        if len(found) == most:
            break
    return found
