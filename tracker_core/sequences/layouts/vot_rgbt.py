"""VOT-RGBT: `color/`, `ir/` or what the file `sequence` says, regions in `groundtruth.txt`."""

from __future__ import annotations

import re
from pathlib import Path

from natsort import natsorted

from safe_files import number, split_lines
from tracker_core.errors import CKDError
from tracker_core.sequences.boxes import BoxForm
from tracker_core.sequences.folders import FolderEntries, Modality
from tracker_core.sequences.layouts.base import (
    Channel,
    Declaration,
    LayoutReader,
    SequencePlace,
    TruthFiles,
)
from tracker_core.sequences.layouts.names import Layout
from tracker_core.sequences.layouts.plain import pair_pictures
from tracker_core.sequences.texts import read_small_text, read_words

_PATTERN = re.compile(r"(?P<prefix>[^%]*)%0?\d*d(?P<suffix>[^%]*)")
_CHANNELS: dict[Modality, tuple[str, ...]] = {  # in order of preference
    "rgb": ("color", "rgb", "visible"),
    "tir": ("ir", "infrared", "thermal", "tir"),
}


def _owns_truth(entries: FolderEntries) -> bool:
    return entries.text("groundtruth.txt") is not None


def _matches(place: SequencePlace, truth: Layout | None) -> bool:
    return truth is Layout.VOT_RGBT and place.folder_names == {"color", "ir"}


def _truth(entries: FolderEntries, rgb_stem: str, tir_stem: str) -> TruthFiles:  # noqa: ARG001
    single = entries.text("groundtruth.txt")
    if single is None:
        several = sorted(name for name in entries.texts if name.startswith("groundtruth_"))
        # Of several the first by name: the same one on every machine.
        single = entries.text(several[0]) if several else None
    return TruthFiles(single, None, None, BoxForm.REGION)


def vot_tags(entries: FolderEntries) -> tuple[str, ...]:
    """Return the names of VOT's per-frame tags (`<name>.tag`) that are set in some frame."""
    return tuple(
        Path(name).stem
        for name in natsorted(entries.texts.values())
        if name.lower().endswith((".tag", ".label")) and "1" in read_words(entries.root / name)
    )


def read_vot_sequence(entries: FolderEntries) -> Declaration | None:
    """Read the `sequence` file of a folder; None when there is none or it names no channels.

    Raises CKDError for a channel pattern that cannot be understood.
    """
    path = entries.text("sequence")
    if path is None:
        return None
    values = _properties(path)
    channels: dict[Modality, Channel] = {}
    for modality, names in _CHANNELS.items():
        for name in names:
            pattern = values.get(f"channels.{name}") or values.get(f"channel.{name}")
            if pattern:
                channels[modality] = _channel(path, name, pattern)
                break
    if not channels:
        return None
    return Declaration(channels, _positive(values.get("fps", "")))


def _properties(path: Path) -> dict[str, str]:
    lines = split_lines(read_small_text(path))
    pairs = (line.split("=", 1) for line in lines if "=" in line)
    found: dict[str, str] = {}
    for key, value in pairs:
        name, text = key.strip().lower(), value.strip()
        if found.setdefault(name, text) != text:
            raise CKDError(f"{path} gives '{name}' twice with different values; keep one of them.")
    return found


def _channel(path: Path, name: str, pattern: str) -> Channel:
    # Files written on Windows are read elsewhere.
    parts = pattern.replace("\\", "/").rsplit("/", 1)
    folder, file = (parts[0], parts[1]) if len(parts) == 2 else (".", parts[0])
    if "%" not in file and "." not in file:  # a folder alone
        return Channel(path.parent / folder / file)
    found = _PATTERN.fullmatch(file)
    if found is None:
        raise CKDError(
            f"The channel '{name}' in {path} has the pattern '{pattern}', where something like "
            f"'{name}/%08d.jpg' is needed."
        )
    return Channel(path.parent / folder, found["prefix"], found["suffix"])


def _positive(text: str) -> float | None:
    try:
        value = number(text)
    except ValueError:
        return None
    return value if 0 < value < 1e6 else None  # nor NaN, which compares false


VOT_RGBT = LayoutReader(
    Layout.VOT_RGBT,
    matches=_matches,
    pairs=pair_pictures,
    first_number=1,
    truth=_truth,
    owns_truth=_owns_truth,
    declares=read_vot_sequence,
    tags=vot_tags,
    texts=(
        "sequence",
        "list.txt",
        "groundtruth.txt",
        "groundtruth_*",
        "*.tag",
        "*.label",
        "*.value",
    ),
    lone_form=BoxForm.REGION,
)
