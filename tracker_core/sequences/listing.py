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
# Longer runs of digits are identifiers or hashes and count nothing; up to here, differences and
# steps fit in int64.
_LARGEST_NUMBER = 1 << 53
_ALL_DIGITS = "0123456789"
_MOST_DIGITS = 15
_ENDINGS = tuple(IMAGE_SUFFIXES)


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
    names = [
        name
        for name in _names_in(folder)
        if name.lower().endswith(_ENDINGS) and not name.startswith(".")
    ]
    if prefix or suffix:
        names = [n for n in names if _matches(n, prefix, suffix)]
    if not names:
        return FrameList(folder, [], None)
    numbers = _numbers_of_uniform_names(names)
    if numbers is not None:
        # Natural sorting of texts takes far longer than sorting numbers.
        order = np.argsort(numbers, kind="stable")
        numbers = numbers[order]
        # Equal numbers, as of v1 and v01, need a choice and a sentence.
        if bool((np.diff(numbers) > 0).all()):
            return FrameList(folder, [names[i] for i in order.tolist()], numbers)
    return _list_mixed_names(folder, names)


def _names_in(folder: Path) -> list[str]:
    try:
        with os.scandir(folder) as entries:
            return [entry.name for entry in entries]
    except FileNotFoundError:
        raise CKDError(f"There is no folder {folder}; check the path.") from None
    except OSError as error:
        raise CKDError(f"The folder {folder} cannot be read: {error.strerror}.") from error


def _matches(name: str, prefix: str, suffix: str) -> bool:
    digits = name[len(prefix) : len(name) - len(suffix)]
    fits = name.startswith(prefix) and name.endswith(suffix)
    return fits and _DIGITS.fullmatch(digits) is not None


def _numbers_of_uniform_names(names: list[str]) -> NDArray[np.int64] | None:
    """Read the numbers where names differ in one run of digits only: v0.jpg ... v1000.jpg.

    The usual case, and fast enough for 100 000 names; None when the names are not like that.
    """
    backwards = [name[::-1] for name in names]
    # A digit that all share is still a part of the number: v10, v11.
    before = _common_start(names).rstrip(_ALL_DIGITS)
    after = _common_start(backwards)[::-1].lstrip(_ALL_DIGITS)
    start, end = len(before), -len(after)
    # Nothing after the digits would cut with -0; and a name may be all shared, without a number.
    if not after or min(map(len, names)) <= len(before) + len(after):
        return None
    runs = [name[start:end] for name in names]
    together = "".join(runs)
    if not (together.isascii() and together.isdecimal()) or max(map(len, runs)) > _MOST_DIGITS:
        return None
    return np.array(list(map(int, runs)), np.int64)


def _common_start(names: list[str]) -> str:
    # What the first and the last in alphabetical order share, all between them share.
    first, last = min(names), max(names)
    length = 0
    for a, b in zip(first, last, strict=False):
        if a != b:
            break
        length += 1
    return first[:length]


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
    # With more than these few, the numbers are more likely a mistake than the files.
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
            # The only number that it has is taken for the frame's; it loses against any of the
            # common shape.
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
    """Find which run of digits counts the frames; None when that is not certain.

    It rises from name to name. Where other runs change too (dates, time stamps), it must also be
    dense, as counted frames are.
    """
    rows = [[int(run[:18]) for run in _DIGITS.findall(stem)] for stem in dict.fromkeys(stems)]
    columns = list(zip(*rows, strict=True))
    changing = [k for k, values in enumerate(columns) if len(set(values)) > 1]
    if not changing:
        return len(columns) - 1 if columns and (len(rows) == 1 or len(columns) == 1) else None
    if changing == [0] and len(columns) == 1:
        return 0  # v1 and v01 may both be there: two files with one number
    # From the end: a counter mostly comes last, after camera and date.
    for k in reversed(changing):
        rises = all(a < b for a, b in pairwise(columns[k]))
        if rises and (len(changing) == 1 or columns[k][-1] - columns[k][0] < 2 * len(rows)):
            return k
    return None
