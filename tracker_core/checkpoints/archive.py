"""The zip archive that a torch file is: stored entries that lie one behind the other."""

from __future__ import annotations

import io
import struct
import zipfile
from dataclasses import dataclass
from typing import BinaryIO, cast

from safe_files import printable

_LARGEST_DIRECTORY = 4 << 20
"""Bytes of the list of names: 40 000 tensors. In memory it takes twenty times as much."""
_END, _END_SIZE = b"PK\x05\x06", 22
_LONG, _LONG_SIZE = b"PK\x06\x06", 56
_LOCATOR, _LOCATOR_SIZE = b"PK\x06\x07", 20
_LONGEST_COMMENT = 0xFFFF
_LOCAL_HEADER = 30


class ArchiveError(ValueError):
    """What is wrong with an archive and what to do, without the stop at the end."""


@dataclass(frozen=True, slots=True)
class Archive:
    """An archive whose entries are what they say: none compressed, hidden, doubled or overlapping.

    The file stays the caller's.
    """

    sizes: dict[str, int]
    """Bytes of each entry, by name."""
    _zip: zipfile.ZipFile

    @classmethod
    def open(cls, file: BinaryIO) -> Archive:
        """Read the directory; ArchiveError when nothing that torch.save wrote looks like it."""
        size = file.seek(0, io.SEEK_END)
        # Before zipfile makes objects of it.
        check_directory(file, size, _LARGEST_DIRECTORY)
        file.seek(0)
        archive = zipfile.ZipFile(file)
        infos = archive.infolist()
        opened = cls({info.filename: info.file_size for info in infos}, archive)
        if any(info.compress_type != zipfile.ZIP_STORED for info in infos):
            raise ArchiveError(opened.what_else(compressed=True))
        if any(info.flag_bits & 1 for info in infos):
            raise ArchiveError("its archive is encrypted; unpack it with its password first")
        if len(opened.sizes) != len(infos):
            raise ArchiveError("its archive holds two entries of one name; get a fresh copy")
        _check_places(infos, size)
        return opened

    def open_entry(self, name: str) -> BinaryIO:
        """Open an entry for reading; its checksum is compared where it ends."""
        return cast("BinaryIO", self._zip.open(name))

    def read(self, name: str, most: int) -> bytes:
        """Read at most so many bytes of an entry."""
        with self.open_entry(name) as entry:
            return entry.read(most)

    def what_else(self, *, compressed: bool = False) -> str:
        """What an archive is that is no checkpoint, and what to do with it."""
        names = list(self.sizes)
        if any(name.endswith("constants.pkl") and "code/" not in name for name in names) and any(
            "/code/" in name for name in names
        ):
            return (
                "it is a TorchScript program, not weights; save the state_dict of the network "
                "that it was made from"
            )
        inside = [n for n in names if n.endswith((".pth", ".pt", ".tar", ".ckpt", ".safetensors"))]
        if inside:
            return (
                f"it is a zip archive that holds {printable(inside[0], 80)!r}; unpack it and "
                "give that file"
            )
        if any(name.endswith("data.pkl") for name in names):
            if compressed:
                return (
                    "its archive is compressed, which torch.save never does: somebody unpacked a "
                    "checkpoint and packed it again; get the file as it was downloaded first"
                )
            return (
                "it is a zip archive of the unpacked folder of a checkpoint; get the file as it "
                "was downloaded first"
            )
        first = f", such as {printable(names[0], 80)!r}" if names else ""
        return (
            f"it is a zip archive of {len(names)} other files{first}, and holds no data.pkl as a "
            "checkpoint does; unpack it and give the checkpoint in it"
        )


def check_directory(file: BinaryIO, size: int, largest: int) -> None:
    """Refuse a directory that is missing or out of proportion, from its record at the end.

    The record is looked for as zipfile does, so that both speak of the same one. Raises
    ArchiveError.
    """
    start = max(0, size - _END_SIZE - _LONGEST_COMMENT)
    file.seek(start)
    tail = file.read(size - start)
    place = len(tail) - _END_SIZE
    # One without a comment counts before one that is found by its mark.
    if place < 0 or tail[place : place + 4] != _END or tail[-2:] != b"\0\0":
        place = tail.rfind(_END)
    if place < 0 or place + _END_SIZE > len(tail):
        raise ArchiveError(
            "the end of its archive is missing: the download or the copy stopped early; get the "
            "file again"
        )
    (directory,) = struct.unpack("<L", tail[place + 12 : place + 16])
    # The long record of large files lies before its locator, which lies before the short one.
    long = start + place - _LOCATOR_SIZE - _LONG_SIZE
    if long >= 0:
        file.seek(long)
        record = file.read(_LONG_SIZE)
        locator = file.read(_LOCATOR_SIZE)
        if record[:4] == _LONG and locator[:4] == _LOCATOR:
            (directory,) = struct.unpack("<Q", record[40:48])
    if directory > largest:
        raise ArchiveError(
            f"its archive has {directory >> 20} MiB of names, where {largest >> 20} MiB are enough"
        )


def _check_places(infos: list[zipfile.ZipInfo], size: int) -> None:
    """Refuse entries that overlap: a few bytes could be read as any number of tensors."""
    free = 0
    for info in sorted(infos, key=lambda each: each.header_offset):
        # Stored as it is, an entry has the size of its contents.
        if info.header_offset < free or info.file_size != info.compress_size:
            raise ArchiveError("its archive's entries overlap; get a fresh copy")
        free = info.header_offset + _LOCAL_HEADER + info.compress_size
    if free > size:
        raise ArchiveError("an entry of its archive reaches beyond its end; get a fresh copy")
