"""Where results lie: folders, and archives that are read without being unpacked."""

from __future__ import annotations

import os
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Protocol, TypeAlias

from safe_files import FileError, read_bytes
from safe_files.reading import LARGEST
from tracker_core.checkpoints.archive import ArchiveError, check_directory
from tracker_core.errors import CKDError

_LARGEST_DIRECTORY = 24 << 20
"""Bytes of an archive's list of names: a hundred trackers on two thousand sequences."""
_DEEPEST = 12
"""Folders in each other that are looked into."""


@dataclass(frozen=True, slots=True)
class Member:
    """A file in an archive."""

    archive: Archive
    name: str

    def __str__(self) -> str:
        """Return what errors call it."""
        return f"{self.archive.path}/{self.name}"


File: TypeAlias = Path | Member


class Archive:
    """An archive whose files are read one by one, within limits."""

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            with path.open("rb") as file:
                check_directory(file, path.stat().st_size, _LARGEST_DIRECTORY)
            self._zip = zipfile.ZipFile(path)
        except ArchiveError as error:
            raise CKDError(f"{path} cannot be read: {error}.") from error
        except (OSError, zipfile.BadZipFile, NotImplementedError, ValueError) as error:
            raise CKDError(
                f"{path} is not a zip archive that can be read; unpack it and name its folder."
            ) from error

    def tree(self) -> _ZipPlace:
        """Return the folder that the archive is."""
        root = _ZipPlace(self.path.stem, self.path, {}, {})
        for info in self._zip.infolist():
            parts = PurePosixPath(info.filename).parts
            # What macOS puts beside files is no result, and nor is what hides.
            hidden = any(part.startswith((".", "__MACOSX")) for part in parts)
            if info.is_dir() or hidden or not 0 < len(parts) <= _DEEPEST:
                continue
            place = root
            for part in parts[:-1]:
                if part not in place.inner:
                    place.inner[part] = _ZipPlace(part, place.origin / part, {}, {})
                place = place.inner[part]
            place.members[parts[-1]] = Member(self, info.filename)
        return root

    def read(self, name: str) -> bytes:
        """Return a file's bytes; raises CKDError."""
        try:
            with self._zip.open(name) as stream:
                # What it says of its size may be wrong.
                data = stream.read(LARGEST + 1)
        except (
            *(OSError, zipfile.BadZipFile, zlib.error, EOFError, ValueError),
            *(NotImplementedError, RuntimeError, MemoryError),
        ) as error:  # damaged, in a way that is not known here, or with a password
            raise CKDError(
                f"{self.path}/{name} cannot be unpacked; unpack the archive by other means."
            ) from error
        if len(data) > LARGEST:
            raise CKDError(f"{self.path}/{name} is too large for a result.")
        return data


def bytes_of(file: File) -> bytes:
    """Return a file's bytes; raises CKDError."""
    if isinstance(file, Member):
        return file.archive.read(file.name)
    try:
        return read_bytes(file)
    except FileError as error:
        raise CKDError(f"{file} cannot be read: {error.reason}.") from error


class Place(Protocol):
    """A folder, wherever it lies."""

    @property
    def name(self) -> str:
        """Its own name."""

    @property
    def origin(self) -> Path:
        """What messages call it."""

    def files(self) -> dict[str, File]:
        """Return its files by name, in order."""

    def folders(self) -> Iterator[Place]:
        """Yield the folders in it, in order."""


@dataclass(frozen=True, slots=True)
class FolderPlace:
    """A folder on disk."""

    origin: Path

    @property
    def name(self) -> str:
        """Its own name; `.` has none of its own."""
        return self.origin.name or self.origin.absolute().name

    def files(self) -> dict[str, File]:
        """Return its files by name, in order; none that hides, as macOS lays beside each."""
        return {
            name: self.origin / name
            for name, is_folder in self._entries()
            if not is_folder and not name.startswith(".")
        }

    def folders(self) -> Iterator[Place]:
        """Yield the folders in it, in order; none that hides."""
        for name, is_folder in self._entries():
            if is_folder and not name.startswith("."):
                yield FolderPlace(self.origin / name)

    def _entries(self) -> list[tuple[str, bool]]:
        try:
            # Which says of most entries what they are without another look at the disk.
            with os.scandir(self.origin) as entries:
                return sorted((each.name, each.is_dir()) for each in entries)
        except OSError as error:
            raise CKDError(f"{self.origin} cannot be read: {error.strerror}.") from error


@dataclass(frozen=True, slots=True)
class _ZipPlace:
    name: str
    origin: Path
    members: dict[str, File]
    inner: dict[str, _ZipPlace]

    def files(self) -> dict[str, File]:
        return dict(sorted(self.members.items()))

    def folders(self) -> Iterator[Place]:
        for _, place in sorted(self.inner.items()):
            yield place


def place_at(path: Path) -> Place:
    """Return a folder or archive; raises CKDError for anything else."""
    if path.is_dir():
        return FolderPlace(path)
    if path.suffix.lower() == ".zip" and path.is_file():
        return Archive(path).tree()
    hint = (
        "it is a file; name the folder or the .zip that holds it"
        if path.exists()
        else "check the path"
    )
    raise CKDError(f"There is no results folder {path}; {hint}.")
