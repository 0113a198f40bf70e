"""Read the tensors of a torch file without executing anything that the file says."""

from __future__ import annotations

import io
import struct
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

import torch
from torch import Tensor

from safe_files import Maker, PickleError, make_dict, read_pickle
from tracker_core.checkpoints.archive import Archive, ArchiveError
from tracker_core.checkpoints.stored import StoredTensor, possible_shape, quoted
from tracker_core.errors import CKDError

# What torch.save wrote first before it wrote zip files.
_LEGACY_START = b"\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19."
_LEGACY_PROTOCOL = 1001
_PIECE = 1 << 24


@dataclass(frozen=True, slots=True)
class _Kind:
    """What a storage class of torch means."""

    dtype: torch.dtype


@dataclass(slots=True)
class _Storage:
    key: str
    dtype: torch.dtype
    count: int
    start: int = -1
    """Where in a file of the older form the values begin; -1 until that is known."""

    @property
    def size(self) -> int:
        return self.count * self.dtype.itemsize


def _rebuild_tensor(arguments: tuple[object, ...]) -> StoredTensor:
    storage, offset, shape, stride = (*arguments, None, None, None, None)[:4]
    if not isinstance(storage, _Storage):
        raise PickleError("a tensor has no storage")
    if not isinstance(shape, tuple) or not isinstance(stride, tuple) or len(shape) != len(stride):
        raise PickleError("a tensor has no proper shape")
    if not isinstance(offset, int) or not possible_shape((offset,)) or not possible_shape(shape):
        raise PickleError("a tensor has an impossible shape")
    if not all(possible_shape((step,)) for step in stride):
        raise PickleError("a tensor has an impossible shape")
    tensor = StoredTensor(storage.key, storage.dtype, shape, offset, stride)
    values = tensor.outline().numel()
    last = offset + sum((n - 1) * s for n, s in zip(shape, stride, strict=True))
    # The first half is about strides of 0, which repeat values: with them a few bytes could ask for
    # any amount of memory.
    if values > storage.count or (values and last >= storage.count):
        raise PickleError("a tensor reaches beyond its values")
    return tensor


def _first(arguments: tuple[object, ...]) -> object:
    return arguments[0] if arguments else None


def _rebuild_from_type(arguments: tuple[object, ...]) -> object:
    """A tensor of a class of its own, or with attributes: the tensor."""
    maker, _, inner = (*arguments, None, None, None)[:3]
    if not isinstance(maker, Maker) or not isinstance(inner, tuple):
        raise PickleError("a tensor has no proper shape")
    return maker.make(inner)


_KNOWN: dict[tuple[str, str], object] = {
    ("collections", "OrderedDict"): Maker(make_dict),
    ("collections", "defaultdict"): Maker(make_dict),
    ("torch._utils", "_rebuild_tensor"): Maker(_rebuild_tensor),
    ("torch._utils", "_rebuild_tensor_v2"): Maker(_rebuild_tensor),
    ("torch._utils", "_rebuild_parameter"): Maker(_first),
    ("torch._utils", "_rebuild_parameter_with_state"): Maker(_first),
    ("torch._tensor", "_rebuild_from_type_v2"): Maker(_rebuild_from_type),
    ("torch", "DoubleStorage"): _Kind(torch.float64),
    ("torch", "FloatStorage"): _Kind(torch.float32),
    ("torch", "HalfStorage"): _Kind(torch.float16),
    ("torch", "BFloat16Storage"): _Kind(torch.bfloat16),
    ("torch", "LongStorage"): _Kind(torch.int64),
    ("torch", "IntStorage"): _Kind(torch.int32),
    ("torch", "ShortStorage"): _Kind(torch.int16),
    ("torch", "CharStorage"): _Kind(torch.int8),
    ("torch", "ByteStorage"): _Kind(torch.uint8),
    ("torch", "BoolStorage"): _Kind(torch.bool),
}


# Neither shown nor compared: its content may refer to itself without end.
@dataclass(slots=True, repr=False, eq=False)
class TorchFile:
    """What `torch.save` wrote; tensors are `StoredTensor` until they are read."""

    path: Path
    content: object = None
    """Containers, numbers, text and tensors; everything else is `INERT`."""
    size: int = 0
    """Bytes of the file."""
    _storages: dict[str, _Storage] = field(default_factory=dict)
    _prefix: str | None = None
    """The folder within the archive; None for the older form."""

    @classmethod
    def open(cls, path: Path, *, strict: bool = False) -> TorchFile:
        """Read all but the tensors' values; CKDError for what is damaged or takes too much.

        With `strict` also for names that mean nothing here, and for the older form.
        """
        opened = cls(path)
        with _named(path), path.open("rb") as file:
            opened.size = file.seek(0, io.SEEK_END)
            file.seek(0)
            if file.read(2) == b"PK":
                opened._read_archive(file, strict=strict)
            elif strict:
                raise PickleError("it is no archive, as torch.save writes")
            else:
                opened._read_stream(file)
        return opened

    def read(self, state: Mapping[str, StoredTensor]) -> dict[str, Tensor]:
        """Read tensors; those that share their values in the file share memory."""
        with _named(self.path), self.path.open("rb") as file:
            archive = None if self._prefix is None else Archive.open(file)
            values: dict[str, Tensor] = {}
            for key in {stored.key: None for stored in state.values()}:
                values[key] = self._values(file, archive, self._storages[key])
            return {
                name: torch.as_strided(
                    values[stored.key], stored.shape, stored.stride, stored.offset
                )
                for name, stored in state.items()
            }

    def _read_archive(self, file: BinaryIO, *, strict: bool) -> None:
        archive = Archive.open(file)
        pickles = [name for name in archive.sizes if name.endswith("/data.pkl")]
        pickles = [name for name in pickles if name.count("/") == 1]
        if len(pickles) != 1:
            raise ArchiveError(archive.what_else())
        self._prefix = pickles[0].removesuffix("data.pkl")
        order = f"{self._prefix}byteorder"
        # Older files do not say, and are little-endian.
        if order in archive.sizes and archive.read(order, 8) != b"little":
            raise PickleError("its numbers are big-endian")
        with archive.open_entry(pickles[0]) as data:
            self.content = read_pickle(
                data, archive.sizes[pickles[0]], _KNOWN, self._reference, strict=strict
            )
        for storage in self._storages.values():
            size = archive.sizes.get(f"{self._prefix}data/{storage.key}")
            if size is None:
                raise PickleError(f"the values {quoted(storage.key)} are missing")
            if size < storage.size:
                raise PickleError(f"the values {quoted(storage.key)} are cut short")

    def _read_stream(self, file: BinaryIO) -> None:
        file.seek(0)
        if file.read(len(_LEGACY_START)) != _LEGACY_START:
            file.seek(0)
            kind = "a pickle, but not one" if file.read(1) == b"\x80" else "not a file"
            raise PickleError(f"it is {kind} that torch.save wrote")
        if self._next(file) != _LEGACY_PROTOCOL:
            raise PickleError("it is of a version that torch.save never wrote")
        self._next(file)  # what the writing machine was like
        self.content = read_pickle(file, self.size - file.tell(), _KNOWN, self._reference)
        keys = self._next(file)
        if not isinstance(keys, list):
            raise PickleError("its list of values is missing")
        for key in keys:
            storage = self._storages.get(key) if isinstance(key, str) else None
            if storage is None or storage.start >= 0:
                raise PickleError("its list of values does not fit its tensors")
            (count,) = struct.unpack("<q", file.read(8))
            storage.start = file.tell()
            # Before skipping: the file may claim any count.
            if count < storage.count or count * storage.dtype.itemsize > self.size - storage.start:
                raise PickleError(f"the values {quoted(key)} are cut short")
            file.seek(count * storage.dtype.itemsize, io.SEEK_CUR)
        if any(storage.start < 0 for storage in self._storages.values()):
            raise PickleError("a tensor's values are missing")

    def _next(self, file: BinaryIO) -> object:
        return read_pickle(file, self.size - file.tell(), {})

    def _reference(self, pid: object) -> _Storage:
        if not isinstance(pid, tuple) or len(pid) < 5 or pid[0] != "storage":
            raise PickleError("it refers to something outside itself")
        kind, key, count = pid[1], pid[2], pid[4]
        if not isinstance(kind, _Kind):
            raise PickleError("it holds values of a type that no tracker uses")
        if not isinstance(key, str) or type(count) is not int or not possible_shape((count,)):
            raise PickleError("it refers to values that cannot be")
        if len(pid) > 5 and pid[5] is not None:
            raise PickleError("it uses storage views, which no released checkpoint does")
        storage = self._storages.setdefault(key, _Storage(key, kind.dtype, count))
        if (storage.dtype, storage.count) != (kind.dtype, count):
            raise PickleError(f"it describes the values {quoted(key)} in two ways")
        return storage

    def _values(self, file: BinaryIO, archive: Archive | None, storage: _Storage) -> Tensor:
        if storage.count == 0:
            return torch.empty(0, dtype=storage.dtype)
        data = bytearray(storage.size)
        if archive is None:
            file.seek(storage.start)
            _fill(file, data)
        else:
            with archive.open_entry(f"{self._prefix}data/{storage.key}") as entry:
                _fill(entry, data)
                # The checksum is compared at the very end, behind which lies padding at most.
                while entry.read(_PIECE):
                    pass
        return torch.frombuffer(data, dtype=torch.uint8).view(storage.dtype)


def _fill(file: BinaryIO, data: bytearray) -> None:
    rest = memoryview(data)
    # In pieces: an archive's entry makes a copy of what it is asked for.
    while rest:
        piece = file.read(min(len(rest), _PIECE))
        if not piece:
            raise PickleError("its values are cut short")
        rest[: len(piece)] = piece
        rest = rest[len(piece) :]


@contextmanager
def _named(path: Path) -> Iterator[None]:
    """Turn what is wrong with a file into one CKDError that names it."""
    try:
        yield
    except OSError as error:
        raise CKDError(f"{path} cannot be read: {error.strerror or error}.") from error
    except ArchiveError as error:
        raise CKDError(f"{path} cannot be loaded: {error}.") from error
    except PickleError as error:
        raise CKDError(
            f"{path} cannot be loaded: {error}. Get a fresh copy, or pass a checkpoint that "
            "torch.save wrote."
        ) from error
    # BadZipFile: a checksum; NotImplementedError: what zipfile does not know of archives.
    # OverflowError, ValueError: places in it that no file has, names that are no text.
    except (
        zipfile.BadZipFile,
        struct.error,
        EOFError,
        MemoryError,
        NotImplementedError,
        OverflowError,
        ValueError,
    ) as error:
        raise CKDError(
            f"{path} is not a checkpoint that can be read ({type(error).__name__}); it may be "
            "damaged or cut short: get a fresh copy."
        ) from error
