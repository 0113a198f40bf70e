"""A folder that one run writes to, with the error of this package."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from safe_files import FileError, HeldFolder
from tracker_core.errors import CKDError


@contextmanager
def held_folder(folder: Path) -> Iterator[HeldFolder]:
    """Have a folder to oneself while the body runs; it is made if need be.

    Raises CKDError when another program writes there, or nobody can; a FileError of the body
    becomes one, too.
    """
    try:
        with HeldFolder(folder) as held:
            yield held
    except FileError as error:
        raise CKDError(str(error)) from error
