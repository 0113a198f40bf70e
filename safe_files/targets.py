"""Refusing what could not be written, or must not be, before hours of work."""

from __future__ import annotations

import contextlib
import os
import secrets
import unicodedata
from collections.abc import Iterable
from itertools import combinations
from pathlib import Path

from safe_files.errors import FileError
from safe_files.holding import check_not_held
from safe_files.places import is_stream
from safe_files.writing import PartFile

AnyPath = str | os.PathLike[str]


def check_targets(*targets: AnyPath | None, inputs: Iterable[AnyPath | None] = ()) -> None:
    """Raise FileError unless all files can be written; None stands for one that is not wanted.

    Folders that are missing count as there: `PartFile` makes them. No two may be the same file,
    and none may be one of the `inputs`, which would be gone before its work was seen. Nothing
    stays of the look: only trying tells, since rights, read-only disks and network folders each
    refuse in their own way.
    """
    wanted = [target for target in targets if target is not None]
    for target in wanted:
        PartFile(target, parents=True).discard()
    files = [target for target in wanted if not is_stream(target)]
    read = [each for each in inputs if each is not None]
    for target in files:
        if _is_one_of(target, read):
            raise FileError(target, "it is what is read here; choose another name", "written")
    for first, second in combinations(files, 2):
        if _is_same(first, second):
            why = f"it is the same file as {os.fspath(first)}; choose another name"
            raise FileError(second, why, "written")


def check_folder(folder: AnyPath, *, alone: bool = False) -> None:
    """Raise FileError unless files can be written into a folder, which may have to be made.

    With `alone` also when another running program holds it, see `HeldFolder`.
    """
    name = os.fspath(folder)
    if alone:
        check_not_held(name)
    try:
        # Any name that is not taken will do.
        free = os.path.join(name, secrets.token_hex(8))  # noqa: PTH118 - Path refuses some
        PartFile(free, parents=True).discard()
    except FileError as error:
        raise FileError(name, error.reason, "written") from error.__cause__


def _is_one_of(target: AnyPath, inputs: list[AnyPath]) -> bool:
    try:
        status = Path(target).stat()
    except (OSError, ValueError):
        return False  # what is not there is read by nobody
    for each in inputs:
        with contextlib.suppress(OSError, ValueError):
            if os.path.samestat(status, Path(each).stat()):
                return True
    return False


def _is_same(first: AnyPath, second: AnyPath) -> bool:
    try:
        return Path(first).samefile(second)
    except FileNotFoundError:
        pass
    except (OSError, ValueError):
        return False
    # One is not there yet. Names that differ in case alone are one file on many disks, and nobody
    # needs both.
    return _folded(first) == _folded(second)


def _folded(path: AnyPath) -> str:
    return unicodedata.normalize("NFC", os.path.realpath(path)).casefold()
