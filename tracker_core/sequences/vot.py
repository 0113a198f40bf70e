"""The `sequence` file of VOT: which folder and file names each channel has."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from tracker_core.errors import CKDError
from tracker_core.sequences.layout import FolderEntries, Modality

_PATTERN = re.compile(r"(?P<prefix>[^%]*)%0?\d*d(?P<suffix>[^%]*)")
_CHANNELS: dict[Modality, tuple[str, ...]] = {
    "rgb": ("color", "rgb", "visible"),
    "tir": ("ir", "infrared", "thermal", "tir"),
}


@dataclass(frozen=True, slots=True)
class Channel:
    """Where the frames of one modality lie."""

    folder: Path
    prefix: str = ""
    suffix: str = ""
    """Names are prefix + digits + suffix; both empty means any image."""


@dataclass(frozen=True, slots=True)
class VotSequence:
    """What a VOT `sequence` file says."""

    channels: dict[Modality, Channel]
    frame_rate: float | None


def read_vot_sequence(entries: FolderEntries) -> VotSequence | None:
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
    return VotSequence(channels, _positive(values.get("fps", "")))


def _properties(path: Path) -> dict[str, str]:
    try:
        text = path.read_text(encoding="utf-8", errors="replace")
    except OSError as error:
        raise CKDError(f"The file {path} cannot be read: {error.strerror}.") from error
    pairs = (line.split("=", 1) for line in text.splitlines() if "=" in line)
    return {key.strip().lower(): value.strip() for key, value in pairs}


def _channel(path: Path, name: str, pattern: str) -> Channel:
    parts = pattern.replace("\\", "/").rsplit("/", 1)
    folder, file = (parts[0], parts[1]) if len(parts) == 2 else (".", parts[0])
    if "%" not in file and "." not in file:
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
        value = float(text)
    except ValueError:
        return None
    return value if 0 < value < 1e6 else None
