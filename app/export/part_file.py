"""A file that grows beside the one it replaces, with this program's error."""

from __future__ import annotations

from pathlib import Path

from safe_files import FileError, PartFile
from tracker_core.errors import CKDError


def part_file(path: Path) -> PartFile:
    """Begin a file that is to take the place of `path`; CKDError where none can."""
    try:
        return PartFile(path, parents=True)
    except FileError as error:
        raise CKDError(f"{error.path} cannot be written because {error.reason}.") from error


def put_in_place(part: PartFile) -> None:
    """Give a complete file its name; CKDError, and what was there stays, where that fails."""
    try:
        part.commit()
    except FileError as error:
        raise not_written(error) from error


def not_written(error: FileError) -> CKDError:
    """Return what to tell of a file that could not be finished, and went."""
    return CKDError(
        f"{error.path} cannot be written because {error.reason}; what was there is unchanged."
    )
