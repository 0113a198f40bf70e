"""Read the tensors of a torch file without executing anything that the file says."""

from __future__ import annotations

import io
import math
import pickle
import pickletools
import struct
import zipfile
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import torch
from torch import Tensor

from tracker_core.errors import CKDError

_DTYPES: dict[str, tuple[torch.dtype, int]] = {
    "DoubleStorage": (torch.float64, 8),
    "FloatStorage": (torch.float32, 4),
    "HalfStorage": (torch.float16, 2),
    "BFloat16Storage": (torch.bfloat16, 2),
    "LongStorage": (torch.int64, 8),
    "IntStorage": (torch.int32, 4),
    "ShortStorage": (torch.int16, 2),
    "CharStorage": (torch.int8, 1),
    "ByteStorage": (torch.uint8, 1),
    "BoolStorage": (torch.bool, 1),
}
# What torch.save wrote first before it wrote zip files.
_LEGACY_MAGIC = 0x1950A86A20F9469CFC6C
_LEGACY_PROTOCOL = 1001
# Tensors' values lie outside the pickle, so that even thousands of tensors take less than a
# megabyte.
_MAX_PICKLE = 64 << 20
# The unpickler makes its table as long as the largest number that the file names.
_MAX_MEMO = 1 << 22
_MAX_DIMENSIONS = 16


class Placeholder:
    """Stands in for an object of a class that is never looked up; keeps and does nothing."""

    def __init__(self, *_args: object, **_kwargs: object) -> None:
        """Take whatever the real class would have taken."""

    def __setstate__(self, _state: object) -> None:
        """Drop the state."""

    def __setitem__(self, _key: object, _value: object) -> None:
        """Drop an item."""

    def add(self, _value: object) -> None:
        """Drop an element of a set."""

    def append(self, _value: object) -> None:
        """Drop an element of a list."""

    def extend(self, _values: object) -> None:
        """Drop elements."""

    def __call__(self, *_args: object, **_kwargs: object) -> Placeholder:
        """Stand in for the result of a call, too."""
        return self

    __hash__ = object.__hash__


@dataclass(frozen=True, slots=True)
class _StorageType:
    dtype: torch.dtype
    item_size: int


@dataclass(slots=True)
class _Storage:
    kind: _StorageType
    count: int
    data: Tensor | None
    """(count,) once the bytes are known; a legacy file has them after the pickle."""


@dataclass(slots=True)
class _Pending:
    """A tensor as the pickle describes it, before its bytes are looked at."""

    storage: _Storage
    offset: int
    size: tuple[int, ...]
    stride: tuple[int, ...]

    def tensor(self) -> Tensor:
        if self.storage.data is None:
            raise _DamageError("a tensor's values are missing")
        # A copy, because views of one storage would share their values and keep all of it alive.
        return torch.as_strided(self.storage.data, self.size, self.stride, self.offset).clone()


class _DamageError(Exception):
    """What is wrong with the file, to be completed with its name."""


def _rebuild_tensor(
    storage: object, offset: object, size: object, stride: object, *_rest: object
) -> _Pending:
    if not isinstance(storage, _Storage):
        raise _DamageError("a tensor has no storage")
    if not isinstance(size, tuple) or not isinstance(stride, tuple) or len(size) != len(stride):
        raise _DamageError("a tensor has no proper shape")
    numbers = (offset, *size, *stride)
    # Not isinstance: to Python a bool is an int.
    if len(size) > _MAX_DIMENSIONS or any(type(n) is not int or n < 0 for n in numbers):
        raise _DamageError("a tensor has an impossible shape")
    if not isinstance(offset, int):
        raise _DamageError("a tensor has no offset")
    last = offset + sum((n - 1) * s for n, s in zip(size, stride, strict=True))
    # The first half is about strides of 0, which repeat values: with them a few bytes could ask for
    # any amount of memory.
    if math.prod(size) > storage.count or (math.prod(size) and last >= storage.count):
        raise _DamageError("a tensor reaches beyond its values")
    return _Pending(storage, offset, size, stride)


def _rebuild_parameter(data: object, *_rest: object) -> object:
    return data


class _InertUnpickler(pickle.Unpickler):
    """Knows tensors and plain containers; every other global becomes a placeholder class."""

    _KNOWN: dict[tuple[str, str], Any] = {  # noqa: RUF012 - never changed
        ("collections", "OrderedDict"): OrderedDict,
        ("torch._utils", "_rebuild_tensor"): _rebuild_tensor,
        ("torch._utils", "_rebuild_tensor_v2"): _rebuild_tensor,
        ("torch._utils", "_rebuild_parameter"): _rebuild_parameter,
    }

    def __init__(self, file: BinaryIO, storage: Callable[[object], object]) -> None:
        # As torch does: files of Python 2 hold texts without an encoding.
        super().__init__(file, encoding="utf-8")
        self._storage = storage

    def find_class(self, module: str, name: str) -> Any:  # noqa: ANN401 - pickle's signature
        """Give the few things we know, a fresh placeholder class for all others."""
        if module == "torch" and name in _DTYPES:
            return _StorageType(*_DTYPES[name])
        known = self._KNOWN.get((module, name))
        return known if known is not None else type("Placeholder", (Placeholder,), {})

    def persistent_load(self, pid: object) -> object:
        """Resolve a storage reference."""
        return self._storage(pid)


def read_torch_file(path: Path) -> object:
    """Give what `torch.save` wrote: containers, numbers, text and tensors, the rest inert.

    Reads the zip form and the older stream form. A file that is neither, is cut short or asks
    for more memory than it holds is a CKDError that names it.
    """
    try:
        with path.open("rb") as file:
            if zipfile.is_zipfile(file):
                file.seek(0)
                return _read_zip(file)
            file.seek(0)
            return _read_stream(file, path.stat().st_size)
    except OSError as error:
        raise CKDError(f"{path} cannot be read: {error.strerror or error}.") from error
    except _DamageError as error:
        raise CKDError(
            f"{path} cannot be loaded: {error}. Get a fresh copy, or pass a checkpoint that "
            "torch.save wrote."
        ) from error
    except (
        pickle.UnpicklingError,
        zipfile.BadZipFile,
        struct.error,
        EOFError,
        MemoryError,
        RecursionError,
        # A hostile pickle can make any opcode fail in its own way; none of them is ours.
        ArithmeticError,
        AttributeError,
        LookupError,
        NotImplementedError,
        RuntimeError,
        TypeError,
        ValueError,
    ) as error:
        raise CKDError(
            f"{path} is not a checkpoint that can be read ({type(error).__name__}); it may be "
            "cut short or of another kind."
        ) from error


def _read_zip(file: BinaryIO) -> object:
    with zipfile.ZipFile(file) as archive:
        infos = {info.filename: info for info in archive.infolist()}
        # What is stored as it is cannot unpack to more than the file's own size.
        if any(info.compress_type != zipfile.ZIP_STORED for info in infos.values()):
            raise _DamageError("its archive is compressed, which torch.save never does")
        pickles = [name for name in infos if name.count("/") == 1 and name.endswith("/data.pkl")]
        if len(pickles) != 1:
            raise _DamageError("its archive holds no data.pkl")
        prefix = pickles[0].removesuffix("data.pkl")
        order = f"{prefix}byteorder"
        # Older files do not say, and are little-endian.
        if order in infos and archive.read(order) != b"little":
            raise _DamageError("its numbers are big-endian")
        storages: dict[str, _Storage] = {}

        def storage(pid: object) -> _Storage:
            kind, key, count = _storage_reference(pid)
            # Tensors may share a storage, which is then read once.
            if key not in storages:
                entry = infos.get(f"{prefix}data/{key}")
                if entry is None:
                    raise _DamageError(f"the values {key!r} are missing")
                # Before reading: the pickle may claim any count.
                if entry.file_size < count * kind.item_size:
                    raise _DamageError(f"the values {key!r} are cut short")
                storages[key] = _Storage(kind, count, _values(archive.read(entry), kind, count))
            return storages[key]

        return _resolved(_load(archive.read(pickles[0]), storage))


def _read_stream(file: BinaryIO, size: int) -> object:
    magic, protocol = _next_plain(file), _next_plain(file)
    if magic != _LEGACY_MAGIC or protocol != _LEGACY_PROTOCOL:
        raise _DamageError("it is not a file that torch.save wrote")
    _next_plain(file)  # what the writing machine was like
    storages: dict[str, _Storage] = {}

    def storage(pid: object) -> _Storage:
        kind, key, count = _storage_reference(pid)
        if isinstance(pid, tuple) and len(pid) > 5 and pid[5] is not None:
            raise _DamageError("it uses storage views, which no released checkpoint does")
        # No storage can be larger than the file; where in it they end is known only later.
        if count * kind.item_size > size:
            raise _DamageError(f"the values {key!r} are cut short")
        return storages.setdefault(key, _Storage(kind, count, None))

    # Values come after all pickles, so tensors are put together at the very end.
    content = _load(_next_pickle(file), storage)
    keys = _next_plain(file)
    if not isinstance(keys, list):
        raise _DamageError("its list of values is missing")
    for key in keys:
        item = storages.get(str(key))
        if item is None:
            raise _DamageError("its list of values does not fit its tensors")
        # Fewer than eight bytes are a struct.error, which the caller takes for damage like any
        # other.
        (count,) = struct.unpack("<q", file.read(8))
        if count < item.count:
            raise _DamageError(f"the values {key!r} are cut short")
        data = file.read(count * item.kind.item_size)
        if len(data) != count * item.kind.item_size:
            raise _DamageError(f"the values {key!r} are cut short")
        item.data = _values(data, item.kind, item.count)
    return _resolved(content)


def _storage_reference(pid: object) -> tuple[_StorageType, str, int]:
    if not isinstance(pid, tuple) or len(pid) < 5 or pid[0] != "storage":
        raise _DamageError("it refers to something outside itself")
    kind, key, count = pid[1], pid[2], pid[4]
    if not isinstance(kind, _StorageType):
        raise _DamageError("it holds values of a type that no tracker uses")
    if not isinstance(key, str) or type(count) is not int or count < 0:
        raise _DamageError("it refers to values that cannot be")
    return kind, key, count


def _values(data: bytes, kind: _StorageType, count: int) -> Tensor:
    if count == 0:
        return torch.empty(0, dtype=kind.dtype)
    # A copy, because torch wants memory that may be written. By way of bytes, because numpy has no
    # bfloat16.
    raw = np.frombuffer(data, np.uint8, count * kind.item_size).copy()
    return torch.from_numpy(raw).view(kind.dtype)


def _next_pickle(file: BinaryIO) -> bytes:
    """Cut the next pickle out of the stream by walking its opcodes."""
    start = file.tell()
    # Nothing says how long a pickle is but its own STOP.
    for opcode, _, position in pickletools.genops(file):
        if position is not None and position - start > _MAX_PICKLE:
            raise _DamageError("its description is too long")
        if opcode.name == "STOP":
            break
    end = file.tell()
    file.seek(start)
    return file.read(end - start)


def _next_plain(file: BinaryIO) -> object:
    def refuse(_pid: object) -> object:
        raise _DamageError("it refers to something outside itself")

    return _load(_next_pickle(file), refuse)


def _load(data: bytes, storage: Callable[[object], object]) -> object:
    # First, because the unpickler acts on an opcode as soon as it meets it.
    _check_opcodes(data)
    return _InertUnpickler(io.BytesIO(data), storage).load()


def _check_opcodes(data: bytes) -> None:
    """Refuse what would take memory or time out of proportion before anything is built."""
    if len(data) > _MAX_PICKLE:
        raise _DamageError("its description is too long")
    for opcode, argument, _ in pickletools.genops(data):
        if opcode.name in {"PUT", "BINPUT", "LONG_BINPUT"} and int(argument or 0) > _MAX_MEMO:
            raise _DamageError("its description asks for too much memory")
        # EXT may give a class out of Python's own cache, without asking find_class.
        if opcode.name in {"EXT1", "EXT2", "EXT4", "INST", "OBJ"}:
            raise _DamageError(f"its description uses {opcode.name}, which torch.save never does")


def _resolved(content: object) -> object:
    """Tensors in place of their descriptions, in the top two levels where weights are."""
    if not isinstance(content, dict):
        return content
    # Deeper levels are an optimiser's state and the like: never read, and as large again.
    return {
        key: {inner: _tensor(item) for inner, item in value.items()}
        if isinstance(value, dict)
        else _tensor(value)
        for key, value in content.items()
    }


def _tensor(value: object) -> object:
    return value.tensor() if isinstance(value, _Pending) else value
