"""The image files of one folder in their true order, with the frame numbers in their names."""

from __future__ import annotations

import os
import re
from collections import Counter
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np
from natsort import natsorted
from numpy.typing import NDArray

from tracker_core.errors import CKDError
from tracker_core.imaging import IMAGE_SUFFIXES
from tracker_core.sequences.remarks import Remark, some, warning

_DIGITS = re.compile(r"\d+", re.ASCII)
_LARGEST_NUMBER = 1 << 53
_ZERO, _NINE = ord("0"), ord("9")


@dataclass(frozen=True, slots=True)
class FrameList:
    """Image names of one folder in frame order."""

    folder: Path
    names: list[str]
    numbers: NDArray[np.int64] | None
    """(N,) the rising frame numbers in the names; None when the names are not numbered."""
    remarks: tuple[Remark, ...] = ()
    """On files that were left out."""

    def __len__(self) -> int:
        return len(self.names)


def list_frames(folder: Path, prefix: str = "", suffix: str = "") -> FrameList:
    """List the images of a folder in natural order; no file is opened or looked at.

    With a prefix or suffix only names `prefix + digits + suffix` count. Hidden files are ignored.
    Raises CKDError when the folder cannot be read.
    """
    names = [name for name in _names_in(folder) if _is_image(name)]
    if prefix or suffix:
        names = [n for n in names if _matches(n, prefix, suffix)]
    if not names:
        return FrameList(folder, [], None)
    numbers = _numbers_of_uniform_names(names)
    if numbers is not None:
        order = np.argsort(numbers, kind="stable")
        return FrameList(folder, [names[i] for i in order], numbers[order])
    return _list_mixed_names(folder, names)


def _names_in(folder: Path) -> list[str]:
    try:
        with os.scandir(folder) as entries:
            return [entry.name for entry in entries]
    except FileNotFoundError:
        raise CKDError(f"There is no folder {folder}; check the path.") from None
    except OSError as error:
        raise CKDError(f"The folder {folder} cannot be read: {error.strerror}.") from error


def _is_image(name: str) -> bool:
    return name[name.rfind(".") :].lower() in IMAGE_SUFFIXES and not name.startswith(".")


def _matches(name: str, prefix: str, suffix: str) -> bool:
    digits = name[len(prefix) : len(name) - len(suffix)]
    fits = name.startswith(prefix) and name.endswith(suffix)
    return fits and _DIGITS.fullmatch(digits) is not None


def _numbers_of_uniform_names(names: list[str]) -> NDArray[np.int64] | None:
    """Read the number where all names have one length and differ in one run of digits only.

    The usual case, and fast enough for 100 000 names; None when the names are not like that.
    """
    length = len(names[0])
    if any(len(name) != length or not name.isascii() for name in names):
        return None
    table = np.frombuffer("".join(names).encode("ascii"), np.uint8).reshape(len(names), length)
    if len(names) == 1:
        return None
    differs = np.flatnonzero((table != table[0]).any(axis=0))
    is_digit: NDArray[np.bool_] = np.all((table >= _ZERO) & (table <= _NINE), axis=0)
    first, last = int(differs[0]), int(differs[-1])
    if not is_digit[first : last + 1].all():
        return None
    while first > 0 and is_digit[first - 1]:
        first -= 1
    while last + 1 < length and is_digit[last + 1]:
        last += 1
    if last - first >= 15:
        return None
    powers = 10 ** np.arange(last - first, -1, -1, dtype=np.int64)
    numbers: NDArray[np.int64] = (table[:, first : last + 1].astype(np.int64) - _ZERO) @ powers
    return numbers


@dataclass(frozen=True, slots=True)
class _Numbered:
    """One file whose name holds a frame number."""

    number: int
    rank: int
    """0 for names of the common shape and ending; higher loses when two share a number."""
    name: str


def _list_mixed_names(folder: Path, names: list[str]) -> FrameList:
    """Number names of several lengths or shapes; falls back to natural order without numbers."""
    ordered = natsorted(names)
    numbered, strays = _number_by_shape(ordered)
    if not numbered or len(strays) > max(3, len(names) // 20):
        return FrameList(folder, ordered, None)
    remarks = []
    if strays:
        sentence = (
            f"{some(strays)} in {folder.name} carry no frame number and are left out."
            if len(strays) > 1
            else f"{strays[0]} in {folder.name} carries no frame number and is left out."
        )
        remarks.append(warning("stray-file", sentence))
    kept: dict[int, _Numbered] = {}
    doubles = []
    for item in sorted(numbered, key=lambda item: (item.number, item.rank)):
        if item.number in kept:
            doubles.append(f"{item.name} (kept {kept[item.number].name})")
        else:
            kept[item.number] = item
    if doubles:
        remarks.append(
            warning(
                "double-number",
                f"Files of {folder.name} share their frame number with another one and are left "
                f"out: {some(doubles)}.",
            )
        )
    numbers = np.fromiter(kept, np.int64, len(kept))
    return FrameList(folder, [item.name for item in kept.values()], numbers, tuple(remarks))


def _number_by_shape(names: list[str]) -> tuple[list[_Numbered], list[str]]:
    """Split naturally sorted names into numbered ones and strays; ([], ...) when hopeless."""
    stems = [name[: name.rfind(".")] for name in names]
    shapes = [_DIGITS.sub("#", stem) for stem in stems]
    endings = Counter(name[name.rfind(".") :].lower() for name in names)
    common_ending = endings.most_common(1)[0][0]
    common_shape = Counter(shapes).most_common(1)[0][0]
    members = [stem for stem, shape in zip(stems, shapes, strict=True) if shape == common_shape]
    run = _counting_run(members)
    if run is None:
        return [], names
    numbered: list[_Numbered] = []
    strays: list[str] = []
    for name, stem, shape in zip(names, stems, shapes, strict=True):
        runs = _DIGITS.findall(stem)
        if shape == common_shape:
            number, rank = int(runs[run]), 0
        elif len(runs) == 1:
            number, rank = int(runs[0]), 2
        else:
            strays.append(name)
            continue
        if number > _LARGEST_NUMBER:
            return [], names
        rank += not name.lower().endswith(common_ending)
        numbered.append(_Numbered(number, rank, name))
    return numbered, strays


def _counting_run(stems: list[str]) -> int | None:
    """Find which run of digits counts the frames: distinct, and rising in natural order."""
    rows = [[int(run[:18]) for run in _DIGITS.findall(stem)] for stem in dict.fromkeys(stems)]
    for position in reversed(range(len(rows[0]))):
        values = [row[position] for row in rows]
        if all(a < b for a, b in pairwise(values)):
            return position
    if len(rows[0]) == 1 and len(set(values := [row[0] for row in rows])) < len(values):
        return 0  # v1 and v01: told apart later, as two files with one number
    return None
