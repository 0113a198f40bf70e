"""A file that says which RGB picture belongs to which thermal one, as videos of FLIR ADAS have."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
from natsort import natsorted

from safe_files import FileError, printable, read_json
from tracker_core.errors import CKDError
from tracker_core.sequences.listing import FrameList, list_pictures
from tracker_core.sequences.pairing import Paired
from tracker_core.sequences.remarks import Remark, error, info, some, warning
from tracker_core.sequences.timeline import pair_by_number

MAP_NAME = "rgb_to_thermal_vid_map.json"
_LARGEST = 16 << 20
"""Bytes: a hundred thousand pairs, where FLIR's own file has 3749."""
_LEVELS = 2
"""How far above the pictures it may lie: video_rgb_test/data."""


def find_map(*folders: Path) -> Path | None:
    """Return the file beside or above some folders of pictures; None without one."""
    places = [place for folder in folders for place in folder.absolute().parents[:_LEVELS]]
    found = (place / MAP_NAME for place in places)
    return next((path for path in found if path.is_file()), None)


def pair_by_map(path: Path, rgb: Path, tir: Path) -> Paired | None:
    """Pair two folders of pictures as the file says; None when it names no picture of them.

    Frames are in the order of the RGB names; a picture that is missing is a gap. Raises CKDError
    for a file that cannot be read or contradicts itself.
    """
    named = _read(path)
    own, other = list_pictures(rgb), list_pictures(tir)
    here, there = set(own.names), set(other.names)
    if here.isdisjoint(named) and there.isdisjoint(named.values()):
        return None
    # Of pairs without any picture nobody knows when they were.
    order = [name for name in natsorted(named) if name in here or named[name] in there]
    if not any(name in here and named[name] in there for name in order):
        raise CKDError(
            f"{path} pairs no picture of {rgb} with one of {tir}; check that these are the folders "
            "that it is about, or take it away."
        )
    first = [k for k, name in enumerate(order) if name in here]
    second = [k for k, name in enumerate(order) if named[name] in there]
    count = len(first) + len(second) - len(order)
    remarks: list[Remark] = [info("paired-by-map", f"{count} pairs are those of {path.name}.")]
    if lost := len(named) - len(order):
        sentence = f"{lost} pairs of {path.name} have no picture in either folder."
        remarks.append(error("missing-frames", sentence))
    timeline = pair_by_number(np.array(first), np.array(second), 0, tuple(remarks), counts=False)
    return Paired(
        _only(own, [order[k] for k in first]),
        _only(other, [named[order[k]] for k in second]),
        timeline,
    )


def _only(frames: FrameList, names: list[str]) -> FrameList:
    """The pictures with these names; others are said."""
    kept = set(names)
    others = [name for name in frames.names if name not in kept]
    remarks = frames.remarks
    if others:
        verb = "are" if len(others) > 1 else "is"
        sentence = f"{some(others)} in {frames.folder.name} {verb} not in {MAP_NAME} and left out."
        remarks = (*remarks, warning("unmapped-files", sentence))
    return FrameList(frames.folder, names, remarks=remarks)


def _read(path: Path) -> dict[str, str]:
    """Thermal names by RGB names, each once."""
    try:
        content = read_json(path, _LARGEST)
    except FileError as problem:
        raise CKDError(f"The pairs in {path} cannot be read: {problem.reason}.") from problem
    if not isinstance(content, dict) or not content:
        raise CKDError(f"{path} does not hold pairs of file names; take it away to pair by names.")
    _check_names(path, (name for pair in content.items() for name in pair))
    known: dict[str, str] = {}
    for rgb, tir in content.items():
        if tir in known:
            raise CKDError(
                f"{path} gives the thermal picture {_shown(tir)} to both {_shown(known[tir])} and "
                f"{_shown(rgb)}; mend it, or take it away to pair by names."
            )
        known[tir] = rgb
    return content


def _check_names(path: Path, names: Iterable[Any]) -> None:
    for name in names:
        if not isinstance(name, str) or not name or "/" in name or "\\" in name:
            raise CKDError(f"In {path}, {_shown(name)} is not the name of a picture.")


def _shown(value: object) -> str:
    return printable(repr(value), 80)
