"""The image files of one folder in their true order, with what their names say about each."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from natsort import natsorted
from numpy.typing import NDArray

from tracker_core.errors import CKDError
from tracker_core.imaging import IMAGE_SUFFIXES
from tracker_core.sequences.counters import (
    GROUP,
    Kind,
    Reading,
    common_start,
    in_plain_digits,
    read_numbers,
)
from tracker_core.sequences.left_out import LeftOut, is_unfinished, without_copies
from tracker_core.sequences.remarks import Remark, some, warning
from tracker_core.sequences.stamps import may_hold_stamp
from tracker_core.sequences.steps import grid

_ALL_DIGITS = "0123456789"
_MOST_DIGITS = 15
_ENDINGS = tuple(IMAGE_SUFFIXES)


@dataclass(frozen=True, slots=True)
class FrameList:
    """Image names of one folder in frame order."""

    folder: Path
    names: list[str]
    kind: Kind | None = None
    """What tells the frames apart; None when the names do not say it, and are in natural order."""
    values: NDArray[np.int64] | None = None
    """(N,) rising: frame numbers, or nanoseconds of time stamps; None without a kind."""
    remarks: tuple[Remark, ...] = ()
    """On files that were left out."""
    base: int = 10
    """16 where the numbers are hexadecimal."""
    absolute: bool = False
    """True for time stamps that count from 1970."""
    others: tuple[FrameList, ...] = ()
    """The same folder by other numbers in its names, less sure ones."""

    def __len__(self) -> int:
        return len(self.names)

    @property
    def numbers(self) -> NDArray[np.int64] | None:
        """(N,) the rising frame numbers in the names; None when these do not count."""
        return self.values if self.kind in (Kind.COUNTER, Kind.NUMBER) else None


def list_frames(folder: Path, prefix: str = "", suffix: str = "") -> FrameList:
    """List the images of a folder in frame order; no file is opened.

    With a prefix or suffix only names `prefix + digits + suffix` count. Copies, thumbnails, hidden
    and unfinished files are left out and said. Raises CKDError when the folder cannot be read.
    """
    left_out = LeftOut()
    names = _names_in(folder, left_out)
    if prefix or suffix:
        names = [n for n in names if _matches(n, prefix, suffix)]
    if not names:
        return FrameList(folder, [], remarks=left_out.remarks(folder.name))
    quick = _quick(names)
    if quick is not None:
        frames = _by(folder, names, quick, left_out.remarks(folder.name))
        return replace(frames, others=_as_group(frames))
    names = natsorted(without_copies(names, left_out))
    remarks = left_out.remarks(folder.name)
    found = [_by(folder, names, reading, remarks) for reading in read_numbers(names)]
    if not found:
        return FrameList(folder, names, remarks=remarks)
    return replace(found[0], others=tuple(found[1:]))


def list_pictures(folder: Path) -> FrameList:
    """List the images of a folder by name alone, for who knows what they are otherwise.

    Raises CKDError when the folder cannot be read.
    """
    left_out = LeftOut()
    names = natsorted(_names_in(folder, left_out))
    return FrameList(folder, names, remarks=left_out.remarks(folder.name))


def _by(folder: Path, names: list[str], reading: Reading, remarks: tuple[Remark, ...]) -> FrameList:
    """The files in the order of what identifies them."""
    if reading.strays:
        strays = [names[k] for k in reading.strays]
        sentence = (
            f"{some(strays)} in {folder.name} carry no frame number and are left out."
            if len(strays) > 1
            else f"{strays[0]} in {folder.name} carries no frame number and is left out."
        )
        remarks = (*remarks, warning("stray-file", sentence))
    if reading.doubles:
        doubles = [f"{names[out]} (kept {names[kept]})" for out, kept in reading.doubles]
        remarks = (
            *remarks,
            warning(
                "double-number",
                f"Files of {folder.name} share their frame number with another one and are left "
                f"out: {some(doubles)}.",
            ),
        )
    return FrameList(
        folder,
        [names[k] for k in reading.positions],
        reading.kind,
        reading.values,
        remarks,
        reading.base,
        reading.absolute,
    )


def _names_in(folder: Path, left_out: LeftOut) -> list[str]:
    """Names of the pictures in a folder; what is none goes into `left_out`."""
    names = []
    try:
        with os.scandir(folder) as entries:
            for entry in entries:
                name = entry.name
                if name.lower().endswith(_ENDINGS):
                    # macOS leaves ._v000.jpg beside v000.jpg.
                    if name.startswith("."):
                        left_out.hidden.append(name)
                    # Links are not followed: that would look at each of 100 000 files.
                    elif entry.is_dir(follow_symlinks=False):
                        left_out.folders.append(name)
                    else:
                        names.append(name)
                elif is_unfinished(name) and not name.startswith("."):
                    left_out.unfinished.append(name)
    except FileNotFoundError:
        raise CKDError(f"There is no folder {folder}; check the path.") from None
    except OSError as error:
        raise CKDError(f"The folder {folder} cannot be read: {error.strerror}.") from error
    return names


_SIGN = re.compile(r"(?:^|[\s_\-=.,(\[])-$")
_DIGITS = re.compile(r"\d+", re.ASCII)


def _matches(name: str, prefix: str, suffix: str) -> bool:
    digits = name[len(prefix) : len(name) - len(suffix)]
    fits = name.startswith(prefix) and name.endswith(suffix)
    return fits and _DIGITS.fullmatch(digits) is not None


def _quick(names: list[str]) -> Reading | None:
    """Read the numbers where names differ in one run of digits only: v0.jpg ... v1000.jpg.

    The usual case, and fast enough for 100 000 names; None when the names are not like that, or
    when their digits may be a time.
    """
    backwards = [name[::-1] for name in names]
    # A digit that all share is still a part of the number: v10, v11.
    before = common_start(names).rstrip(_ALL_DIGITS)
    after = common_start(backwards)[::-1].lstrip(_ALL_DIGITS)
    start, end = len(before), -len(after)
    # Nothing after the digits would cut with -0; and a name may be all shared, without a number.
    if not after or min(map(len, names)) <= len(before) + len(after):
        return None
    # A minus may be a sign; a time has several numbers, or one as long as no counter.
    if _SIGN.search(before) or any(may_hold_stamp(_stem(name)) for name in (names[0], names[-1])):
        return None
    runs = [name[start:end] for name in names]
    together = "".join(runs)
    if not (together.isascii() and together.isdecimal()) or max(map(len, runs)) > _MOST_DIGITS:
        return None
    numbers = np.array(list(map(int, runs)), np.int64)
    # Natural sorting of texts takes far longer than sorting numbers.
    order = np.argsort(numbers, kind="stable")
    numbers = numbers[order]
    # Equal numbers, as of v1 and v01, need a choice and a sentence.
    if not bool((np.diff(numbers) > 0).all()):
        return None
    kind = Kind.COUNTER if grid(numbers) is not None else Kind.NUMBER
    return Reading(kind, numbers, order.tolist(), [], [])


def _as_group(frames: FrameList) -> tuple[FrameList, ...]:
    """The same by the number that all names share as well: the other camera may have several."""
    if frames.values is None or len(frames) < 2:
        return ()
    first = _DIGITS.findall(_stem(frames.names[0]))
    if len(first) != 2 or first[0] != _DIGITS.findall(_stem(frames.names[-1]))[0]:
        return ()
    if len(first[0]) > 6 or int(frames.values[-1]) >= GROUP:
        return ()
    values = int(first[0]) * GROUP + frames.values
    return (replace(frames, kind=Kind.GROUPS, values=values),)


def _stem(name: str) -> str:
    return in_plain_digits(name[: name.rfind(".")])
