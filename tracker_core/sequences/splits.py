"""Several sequences in one folder for each modality: `visible/train` beside `infrared/train`."""

from __future__ import annotations

import os
import re
from pathlib import Path

from tracker_core.errors import CKDError
from tracker_core.imaging import IMAGE_SUFFIXES
from tracker_core.sequences.folders import FolderEntries, Modality, look_into, modality_of
from tracker_core.sequences.layouts.base import Channel, SequencePlace

_WORDS = re.compile(r"[a-z]+|\d+")
_LEVELS = 2
"""How far above its pictures the folder may be that names the modality: images_rgb_train/data."""
_BITS = frozenset({"8", "16", "bit"})
"""Words that only one of two folders has: RGB beside thermal_8_bit."""


def split_pairs(entries: FolderEntries) -> list[tuple[Path, Path]]:
    """Return the RGB and the thermal folder of each sequence of a folder that is split so."""
    alike: dict[tuple[str, ...], dict[Modality, list[str]]] = {}
    for name in entries.folders:
        if (found := modality_of(name)) is not None:
            both = alike.setdefault(_rest(name), {"rgb": [], "tir": []})
            both[found[0]].append(name)
    pairs: list[tuple[Path, Path]] = []
    for both in alike.values():
        # Two folders that could be the same modality are a choice and no split.
        if len(both["rgb"]) == len(both["tir"]) == 1:
            pairs += _below(entries.root / both["rgb"][0], entries.root / both["tir"][0])
    return pairs


def is_split(place: SequencePlace) -> bool:
    """True when both modalities hold folders, or more than one folder could be meant for one."""
    if place.is_video or not place.is_complete:
        return False
    ambiguous = any(remark.code == "ambiguous-folder" for remark in place.remarks)
    return ambiguous or all(holds_only_folders(each.folder) for each in place.channels.values())


def holds_only_folders(folder: Path) -> bool:
    """True for a folder with sub-folders and no picture; the first entries tell."""
    try:
        with os.scandir(folder) as entries:
            found = False
            for entry in entries:
                if Path(entry.name).suffix.lower() in IMAGE_SUFFIXES:
                    return False
                found |= entry.is_dir()
            return found
    except OSError:
        return False  # said when it is opened


def around_split(path: Path) -> SequencePlace | None:
    """Return the place of a folder of pictures whose other modality has one of the same name."""
    below: tuple[str, ...] = ()
    path = path.absolute()
    for folder in (path, *path.parents[:_LEVELS]):
        found = modality_of(folder.name)
        if found is not None:
            return _place(folder, below, found[0])
        below = (folder.name, *below)
    return None


def _place(folder: Path, below: tuple[str, ...], modality: Modality) -> SequencePlace | None:
    other: Modality = "tir" if modality == "rgb" else "rgb"
    try:
        entries = look_into(folder.parent)
    except CKDError:
        return None
    twins = [
        folder.parent.joinpath(name, *below)
        for name in entries.folders
        if (found := modality_of(name)) is not None
        and found[0] == other
        and _rest(name) == _rest(folder.name)
    ]
    twins = [twin for twin in twins if twin.is_dir()]
    if len(twins) != 1:
        return None
    own = folder.joinpath(*below)
    channels: dict[Modality, Channel] = {modality: Channel(own), other: Channel(twins[0])}
    # Texts beside several sequences are nobody's.
    around = FolderEntries(entries.root, entries.folders, (), 0, {})
    return SequencePlace(around, channels, False)


def _below(rgb: Path, tir: Path) -> list[tuple[Path, Path]]:
    """The folders themselves, or those of one name in both."""
    if not (holds_only_folders(rgb) and holds_only_folders(tir)):
        return [(rgb, tir)] if not (holds_only_folders(rgb) or holds_only_folders(tir)) else []
    other = set(look_into(tir).folders)
    return [(rgb / name, tir / name) for name in look_into(rgb).folders if name in other]


def _rest(name: str) -> tuple[str, ...]:
    """The words of a name that do not say the modality."""
    words = _WORDS.findall(name.lower())
    return tuple(word for word in words if modality_of(word) is None and word not in _BITS)
