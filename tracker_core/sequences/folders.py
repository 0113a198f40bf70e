"""What lies in a folder, and which names mean which modality."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, TypeAlias

from natsort import natsorted

from tracker_core.errors import CKDError
from tracker_core.imaging import IMAGE_SUFFIXES
from tracker_core.sequences.left_out import is_system_folder

Modality: TypeAlias = Literal["rgb", "tir"]

MODALITY_WORDS: dict[Modality, str] = {"rgb": "RGB", "tir": "thermal"}
"""What a modality is called in sentences."""


VIDEO_SUFFIXES = frozenset(
    {
        ".mp4",
        ".m4v",
        ".mov",
        ".avi",
        ".mkv",
        ".webm",
        ".mpg",
        ".mpeg",
        ".ts",
        ".mts",
        ".m2ts",
        ".wmv",
        ".flv",
        ".ogv",
        ".mjpeg",
        ".mjpg",
        ".h264",
        ".264",
        ".hevc",
        ".265",
        ".gif",
    }
)
"""Lower-case file name endings that are taken for videos when a folder is searched."""

_NAMES: dict[Modality, tuple[str, ...]] = {
    "rgb": ("visible", "rgb", "color", "colour", "v", "vis", "vi", "visual", "optical", "eo"),
    "tir": (
        "infrared",
        "ir",
        "tir",
        "thermal",
        "ir_gray",
        "i",
        "lwir",
        "t",
        "inf",
        "mwir",
        "flir",
    ),
}
_WORD = re.compile(r"[a-z]+")


def modality_of(name: str) -> tuple[Modality, int] | None:
    """Tell the modality from a folder's or video's name, with a rank (0 is the surest).

    The whole name counts first ("visible", "IR"), then a single telling word of two letters or
    more inside it ("img_rgb", "thermal-cam"); None when the name says neither or both.
    """
    lowered = name.lower()
    for modality, names in _NAMES.items():
        if lowered in names:
            return modality, names.index(lowered)
    # A single letter inside a longer name says nothing: most names have a t or an i.
    words = {word for word in _WORD.findall(lowered) if len(word) > 1}
    found: list[tuple[Modality, int]] = [
        # Any whole name is surer than any word inside one.
        (modality, len(names) + names.index(word))
        for modality, names in _NAMES.items()
        for word in words
        if word in names
    ]
    if len({modality for modality, _ in found}) != 1:
        return None
    return min(found, key=lambda pair: pair[1])


def pick_modalities(names: Iterable[str]) -> dict[Modality, list[str]]:
    """Sort names into modalities, the surest first; names that say nothing are left out."""
    ranked: dict[Modality, list[tuple[int, str]]] = {"rgb": [], "tir": []}
    for name in natsorted(names):
        if (found := modality_of(Path(name).stem if _is_video(name) else name)) is not None:
            ranked[found[0]].append((found[1], name))
    return {
        modality: [name for _, name in sorted(pairs, key=lambda pair: pair[0])]
        for modality, pairs in ranked.items()
    }


@dataclass(frozen=True, slots=True)
class FolderEntries:
    """What lies directly in one folder, by kind; nothing is opened."""

    root: Path
    folders: tuple[str, ...]
    videos: tuple[str, ...]
    images: int
    """How many image files."""
    texts: dict[str, str]
    """Lower-case name to true name of every other file that may be ground truth or metadata."""
    left_out: tuple[str, ...] = ()
    """Folders that a system made for itself, or that are named like pictures."""

    @property
    def is_empty(self) -> bool:
        """True when there is nothing that could belong to a sequence."""
        return not (self.folders or self.videos or self.images or self.texts)

    def text(self, *names: str) -> Path | None:
        """Return the first of these files that is there, whatever its upper and lower case."""
        for name in names:
            if (true_name := self.texts.get(name.lower())) is not None:
                return self.root / true_name
        return None


def look_into(folder: Path) -> FolderEntries:
    """List one folder; raises CKDError when it is missing or may not be read."""
    folders: list[str] = []
    videos: list[str] = []
    texts: dict[str, str] = {}
    left_out: list[str] = []
    images = 0
    try:
        with os.scandir(folder) as entries:
            for entry in entries:
                name = entry.name
                # Not by Path: a folder may have 100 000 images.
                suffix = name[name.rfind(".") :].lower() if "." in name else ""
                # macOS leaves ._v000.jpg beside v000.jpg.
                if name.startswith("."):
                    continue
                if suffix in IMAGE_SUFFIXES:
                    # Links are not followed: that would look at each of 100 000 files.
                    if entry.is_dir(follow_symlinks=False):
                        left_out.append(name)
                    else:
                        images += 1
                elif entry.is_dir():
                    (left_out if is_system_folder(name) else folders).append(name)
                elif suffix in VIDEO_SUFFIXES:
                    videos.append(name)
                else:
                    texts[name.lower()] = name
    except FileNotFoundError:
        raise CKDError(f"There is no folder {folder}; check the path.") from None
    except NotADirectoryError:
        raise CKDError(f"{folder} is not a folder; check the path.") from None
    except OSError as error:
        raise CKDError(f"The folder {folder} cannot be read: {error.strerror}.") from error
    return FolderEntries(
        folder,
        _in_order(folders),
        _in_order(videos),
        images,
        texts,
        _in_order(left_out),
    )


def _in_order(names: list[str]) -> tuple[str, ...]:
    # Natural sorting prepares for more than it takes to sort nothing, in each of 1 000 folders.
    return tuple(natsorted(names) if len(names) > 1 else names)


def _is_video(name: str) -> bool:
    return "." in name and name[name.rfind(".") :].lower() in VIDEO_SUFFIXES
