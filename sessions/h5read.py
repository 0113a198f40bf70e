"""Read an HDF5 file that may be damaged or hostile: every part is checked before it is read.

Nothing is followed out of the file, no type is interpreted beyond numbers and text, and memory
is taken only after a size has been checked. Chunks are unpacked here, not by HDF5, because its
gzip filter would unpack a bomb.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, NoReturn

import h5py
import numpy as np

from sessions import schema
from sessions.blocks import unpack
from sessions.checks import Array, as_text
from sessions.errors import SessionError

_TYPE_NAMES = {
    h5py.h5t.REFERENCE: "object references",
    h5py.h5t.OPAQUE: "opaque bytes",
    h5py.h5t.VLEN: "lists of varying length",
    h5py.h5t.COMPOUND: "compound records",
    h5py.h5t.BITFIELD: "bit fields",
    h5py.h5t.TIME: "HDF5 times",
    h5py.h5t.ARRAY: "nested arrays",
    h5py.h5t.ENUM: "enumerations",
}
_NUMBERS = (h5py.h5t.INTEGER, h5py.h5t.FLOAT)
_SHUFFLE_GZIP = (h5py.h5z.FILTER_SHUFFLE, h5py.h5z.FILTER_DEFLATE)
_PIPELINES = {(): (False, False), (_SHUFFLE_GZIP[1],): (False, True), _SHUFFLE_GZIP: (True, True)}
"""Filters that are allowed: whether bytes are shuffled, whether they are deflated."""
MAX_CHUNK_BYTES = 256 << 20


@dataclass(slots=True)
class Reader:
    """One open file; every refusal names the file and the part in one sentence."""

    file: h5py.File
    name: str
    """File name as a person knows it."""
    image: bytes
    """All bytes of the file."""
    budget: int = schema.MAX_MEMORY_BYTES
    """Bytes of memory that may still be taken."""
    _seen: set[int] = field(default_factory=set)

    def refuse(self, part: str, problem: str) -> NoReturn:
        """Raise the SessionError that says what is wrong with a part of the file."""
        # h5py hands out names that are not UTF-8 with lone surrogates, which cannot be printed.
        shown = part.encode("utf-8", "backslashreplace").decode("utf-8")[:200]
        raise SessionError(f"{self.name} cannot be opened as a session: {shown} {problem}.")

    def scan(self) -> None:
        """Walk through the whole file and refuse everything that is not a plain value."""
        self._scan_attributes(self.file, "/")
        self._scan_group(self.file, "", 0)

    def _scan_group(self, group: h5py.Group, path: str, depth: int) -> None:
        if depth > schema.MAX_DEPTH:
            self.refuse(path, "is nested too deeply")
        if len(group) > schema.MAX_LINKS:
            self.refuse(path or "/", f"has {len(group)} members, which is more than any session")
        for name in group:
            part = f"{path}/{name}"
            # Before the member is opened: opening it would follow the link.
            self._check_link(group, name, part)
            member = group[name]
            address = h5py.h5o.get_info(member.id).addr
            # A group that holds itself would otherwise be walked through for ever.
            if address in self._seen:
                self.refuse(part, "is the same object as another part of the file")
            self._seen.add(address)
            self._scan_attributes(member, part)
            if isinstance(member, h5py.Group):
                self._scan_group(member, part, depth + 1)
            elif isinstance(member, h5py.Dataset):
                self._scan_dataset(member, part)
            else:
                self.refuse(part, "is a data type, and a session holds only values")

    def _check_link(self, group: h5py.Group, name: str, part: str) -> None:
        link = group.get(name, getlink=True)
        if isinstance(link, h5py.ExternalLink):
            self.refuse(part, "is a link to another file, which is never followed")
        if not isinstance(link, h5py.HardLink):
            self.refuse(part, "is a soft link, which is never followed")

    def _scan_attributes(self, owner: h5py.HLObject, part: str) -> None:
        """Refuse attributes that are not a few numbers or one short text."""
        if len(owner.attrs) > schema.MAX_ATTRIBUTES:
            self.refuse(part, f"has {len(owner.attrs)} attributes, which is more than it can have")
        for name in owner.attrs:
            self._check_attribute(owner, name, part)

    def _check_attribute(self, owner: h5py.HLObject, name: str, part: str) -> None:
        attribute, what = owner.attrs.get_id(name), f"the attribute {name!r} of {part}"
        # Type and size come from the header; h5py's own access would read the value at once.
        datatype = attribute.get_type()
        if datatype.get_class() not in (*_NUMBERS, h5py.h5t.STRING):
            named = _TYPE_NAMES.get(datatype.get_class(), "values of another kind")
            self.refuse(what, f"holds {named}, and a session holds only numbers and text")
        # An attribute may claim more than the file holds.
        count = attribute.get_space().get_simple_extent_npoints()
        if count * datatype.get_size() > schema.MAX_ATTRIBUTE_BYTES:
            self.refuse(what, f"claims {count * datatype.get_size()} bytes")

    def _scan_dataset(self, dataset: h5py.Dataset, part: str) -> None:
        datatype = dataset.id.get_type()
        kind = datatype.get_class()
        variable = is_varying_text(datatype)
        if variable or kind not in (*_NUMBERS, h5py.h5t.STRING):
            named = _TYPE_NAMES.get(h5py.h5t.VLEN if variable else kind, "values of another kind")
            self.refuse(part, f"holds {named}, and a session holds only numbers and text")
        # Virtual and external values would make HDF5 open whatever file they name.
        plan = dataset.id.get_create_plist()
        if plan.get_layout() == h5py.h5d.VIRTUAL:
            self.refuse(part, "is a virtual dataset, whose values lie in other files")
        if plan.get_external_count():
            self.refuse(part, "keeps its values in another file, which is never read")
        if self._filters(dataset) not in _PIPELINES:
            self.refuse(part, "is compressed with a filter that sessions do not use")

    @staticmethod
    def _filters(dataset: h5py.Dataset) -> tuple[int, ...]:
        plan = dataset.id.get_create_plist()
        return tuple(plan.get_filter(i)[0] for i in range(plan.get_nfilters()))

    def group(self, parent: h5py.Group, name: str) -> h5py.Group:
        """Return a group that has to be there."""
        member = parent.get(name)
        if not isinstance(member, h5py.Group):
            self.refuse(_join(parent, name), "is missing")
        return member

    def encoded_group(self, parent: h5py.Group, name: str, kind: str) -> h5py.Group:
        """Return a group that has to be there and, where it names its kind, is of this one."""
        group = self.group(parent, name)
        # Other programs need not say it; what they do say has to be true.
        if schema.ENCODING_TYPE in group.attrs:
            found = self.text(group, schema.ENCODING_TYPE)
            if found != kind:
                self.refuse(str(group.name), f"is encoded as {found[:40]!r}, not as {kind!r}")
        if schema.ENCODING_VERSION in group.attrs:
            version = self.integer(group, schema.ENCODING_VERSION, 1, 2**31)
            if version > schema.ENCODINGS[kind]:
                problem = f"was written by a newer CKD Studio ({kind} {version}); update to open it"
                self.refuse(str(group.name), problem)
        return group

    def dataset(self, parent: h5py.Group, name: str) -> h5py.Dataset:
        """Return a dataset that has to be there."""
        member = parent.get(name)
        if not isinstance(member, h5py.Dataset):
            self.refuse(_join(parent, name), "is missing")
        return member

    def text(self, owner: h5py.HLObject, name: str) -> str:
        """Return an attribute that is one UTF-8 text."""
        value = self._attribute(owner, name)
        if isinstance(value, bytes):
            # Whatever is not UTF-8 becomes a surrogate, which `as_text` refuses with a sentence.
            value = value.decode("utf-8", "surrogateescape")
        what = f"the attribute {name!r} of {owner.name}"
        if not isinstance(value, str):
            self.refuse(what, "is not text")
        try:
            return as_text(value, what, limit=schema.MAX_ATTRIBUTE_BYTES)
        except SessionError:
            self.refuse(what, "is not valid text")

    def integer(self, owner: h5py.HLObject, name: str, low: int, high: int) -> int:
        """Return an attribute that is one whole number from low to high."""
        value = self._attribute(owner, name)
        if not isinstance(value, np.integer | int) or not low <= int(value) <= high:
            shown = str(value)[:40]
            self.refuse(f"the attribute {name!r} of {owner.name}", f"is {shown}, out of its range")
        return int(value)

    def switch(self, owner: h5py.HLObject, name: str, *, default: bool) -> bool:
        """Return an attribute that is 0 or 1, or the default where it is missing."""
        return bool(self.integer(owner, name, 0, 1)) if name in owner.attrs else default

    def optional_text(self, owner: h5py.HLObject, name: str) -> str:
        """Return an attribute that is one UTF-8 text; empty where it is missing."""
        return self.text(owner, name) if name in owner.attrs else ""

    def integers(self, owner: h5py.HLObject, name: str) -> tuple[int, ...]:
        """Return an attribute that is a list of whole numbers."""
        value = np.asarray(self._attribute(owner, name))
        if value.ndim != 1 or value.dtype.kind not in "iu":
            self.refuse(f"the attribute {name!r} of {owner.name}", "is not a list of whole numbers")
        return tuple(int(number) for number in value)

    def _attribute(self, owner: h5py.HLObject, name: str) -> Any:  # noqa: ANN401
        if name not in owner.attrs:
            self.refuse(f"the attribute {name!r} of {owner.name}", "is missing")
        # Asked again: the version is read before the whole file is scanned.
        self._check_attribute(owner, name, str(owner.name))
        if is_varying_text(owner.attrs.get_id(name).get_type()):
            problem = "is a text of varying length, where only fixed length is read"
            self.refuse(f"the attribute {name!r} of {owner.name}", problem)
        return owner.attrs[name]

    def take(self, size: int, part: str) -> None:
        """Count memory that is about to be taken; refuse when it is too much in all."""
        if size > self.budget:
            self.refuse(part, f"needs {size / 1e9:.3g} GB of memory, more than a session may take")
        self.budget -= size

    def array(self, parent: h5py.Group, name: str, dtype: str, shape: tuple[int, ...]) -> Array:
        """Return a whole dataset of exactly this type and shape."""
        part, dataset = _join(parent, name), self.dataset(parent, name)
        self.check_type(dataset, dtype, shape)
        # Budgeted before it is read: a file of some KB may declare terabytes.
        self.take(dataset.size * dataset.dtype.itemsize, part)
        return self._values(dataset, part)

    def rows(self, parent: h5py.Group, name: str, limit: int) -> int:
        """Return how many rows a dataset has; at most `limit`."""
        dataset = self.dataset(parent, name)
        count = dataset.shape[0] if dataset.ndim else 0
        if not dataset.ndim or count > limit:
            self.refuse(_join(parent, name), f"has {count} rows, out of its range")
        return int(count)

    def texts(self, parent: h5py.Group, name: str, limit: int) -> tuple[str, ...]:
        """Return a list of at most `limit` file names."""
        part, dataset = _join(parent, name), self.dataset(parent, name)
        if dataset.id.get_type().get_class() != h5py.h5t.STRING or dataset.ndim != 1:
            self.refuse(part, "is not a list of texts")
        if dataset.size > limit or dataset.dtype.itemsize > schema.MAX_PATH_BYTES:
            self.refuse(part, f"claims {dataset.size} texts of {dataset.dtype.itemsize} bytes")
        self.take(dataset.size * dataset.dtype.itemsize, part)
        # Names of files are bytes on Linux, and need not be UTF-8.
        return tuple(
            raw.decode("utf-8", "surrogateescape") for raw in self._values(dataset, part).tolist()
        )

    def check_type(self, dataset: h5py.Dataset, dtype: str, shape: tuple[int, ...]) -> None:
        """Refuse a dataset of another type or shape than the session needs."""
        # With the byte order, since the values are taken as they are in the file.
        if dataset.dtype.str != dtype or dataset.shape != shape:
            found = f"{dataset.dtype} {dataset.shape}"
            self.refuse(dataset.name, f"is {found} where {np.dtype(dtype)} {shape} is needed")

    def check_filters(self, dataset: h5py.Dataset, *, shuffle: bool) -> None:
        """Refuse a dataset that is not deflated, after a byte shuffle or not."""
        if _PIPELINES[self._filters(dataset)] != (shuffle, True):
            self.refuse(str(dataset.name), "is not compressed as a session is")

    def _values(self, dataset: h5py.Dataset, part: str) -> Array:
        if dataset.size == 0:
            # There is nothing to read, and no chunk to find.
            return np.empty(dataset.shape, dataset.dtype)
        if dataset.chunks is None:
            # Values that were declared but never written would come as zeros, at any size.
            if dataset.id.get_storage_size() != dataset.size * dataset.dtype.itemsize:
                self.refuse(part, "has no values")
            return np.asarray(dataset[...])
        values = np.empty(dataset.shape, dataset.dtype)
        stored = self.stored_chunks(dataset, part)
        for start in _chunk_starts(dataset.shape, dataset.chunks):
            # HDF5 would fill in zeros here; a box that nobody drew is worse than an error.
            if start not in stored:
                self.refuse(part, "lacks some of its values")
            chunk = self._unpacked(dataset, start, part)
            stops = (
                min(a + b, end) for a, b, end in zip(start, chunk.shape, dataset.shape, strict=True)
            )
            region = tuple(slice(a, b) for a, b in zip(start, stops, strict=True))
            values[region] = chunk[tuple(slice(0, s.stop - s.start) for s in region)]
        return values

    def stored_chunks(self, dataset: h5py.Dataset, part: str) -> Mapping[tuple[int, ...], int]:
        """Return where the chunks that the file really holds start, with their bytes."""
        # In floats, which do not overflow.
        if np.prod(dataset.chunks, dtype=np.float64) * dataset.dtype.itemsize > MAX_CHUNK_BYTES:
            self.refuse(part, f"claims chunks of the shape {dataset.chunks}")
        found: dict[tuple[int, ...], int] = {}

        def visit(info: h5py.h5d.StoreInfo) -> None:
            # A mask says that a filter was left out for this chunk, which is never written here.
            if info.byte_offset is not None and info.filter_mask == 0:
                found[info.chunk_offset] = info.size

        dataset.id.chunk_iter(visit)
        # Chunks of a hostile file may all lie on the same bytes.
        if sum(found.values()) > len(self.image):
            self.refuse(part, "claims more bytes than the file has")
        return found

    def raw_chunk(self, dataset: h5py.Dataset, start: tuple[int, ...]) -> bytes:
        """Return the bytes of one chunk that `stored_chunks` named, as they are in the file."""
        _, data = dataset.id.read_direct_chunk(start)
        return bytes(data)

    def _unpacked(self, dataset: h5py.Dataset, start: tuple[int, ...], part: str) -> Array:
        shuffle, deflated = _PIPELINES[self._filters(dataset)]
        data = self.raw_chunk(dataset, start)
        try:
            if deflated:
                return unpack(data, dataset.chunks, dataset.dtype, shuffle=shuffle)
            return np.frombuffer(data, dataset.dtype).reshape(dataset.chunks)
        except ValueError:
            self.refuse(part, "is damaged")


def is_varying_text(datatype: h5py.h5t.TypeID) -> bool:
    """Tell h5py's default kind of text, which HDF5 cannot read safely.

    It takes as much memory as the file claims, up to 4 GB, and loops for ever over some heaps.
    """
    return datatype.get_class() == h5py.h5t.STRING and bool(datatype.is_variable_str())


def _chunk_starts(shape: tuple[int, ...], chunks: tuple[int, ...]) -> Iterator[tuple[int, ...]]:
    steps = (range(0, end, step) for end, step in zip(shape, chunks, strict=True))
    return itertools.product(*steps)


def _join(parent: h5py.Group, name: str) -> str:
    return f"{str(parent.name).rstrip('/')}/{name}"
