"""TIFF page by page: each strip or tile is taken from the file by itself and decoded whole.

OpenCV fills what it cannot decode in with black and says nothing, Pillow prints what libtiff
says. FFmpeg's decoder does neither, but it stops at tags that it does not know, and it reads only
the first page; so it gets a page made of the tags that it needs.
"""

from __future__ import annotations

import io
import sys
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, BinaryIO

import numpy as np
import simplejpeg
from numpy.typing import NDArray

from tracker_core.opencv import cv2
from tracker_core.stills.facts import MAX_BYTES, DamageError, check_size
from tracker_core.stills.tiff_tags import Tag, Tags, page_offsets, read_tags, small_tiff

_RAW, _LZW, _OLD_JPEG, _JPEG, _DEFLATE, _OLD_DEFLATE, _PACKBITS = 1, 5, 6, 7, 8, 32946, 32773
_FAX = (2, 3, 4)
_MOST_BYTES_PER_BYTE = {_RAW: 1, _LZW: 2560, _DEFLATE: 1032, _OLD_DEFLATE: 1032, _PACKBITS: 64}
"""What a compression can make of one byte; fax codes and JPEG are bounded by the pixels alone."""
_CHUNKY = 1
_UNSIGNED, _SIGNED, _FLOAT = 1, 2, 3
_BITS = (1, 2, 4, 8, 16)
_NATIVE = "<" if sys.byteorder == "little" else ">"


class TiffPages:
    """The pages of an open TIFF file, thumbnails and smaller versions of them not counted."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._order, self._big, self._offsets = page_offsets(file)

    def __len__(self) -> int:
        return len(self._offsets)

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def tags(self, page: int) -> Tags:
        """The tags of a page; DamageError when they cannot be read."""
        return read_tags(self._file, self._order, self._big, self._offsets[page])

    def orientation(self) -> int:
        """The orientation tag of the first page."""
        value = self.tags(0).one(Tag.ORIENTATION, 1)
        return value if 1 <= value <= 8 else 1

    def size(self, page: int = 0) -> tuple[int, int]:
        """Width and height of a page."""
        tags = self.tags(page)
        return tags.one(Tag.WIDTH), tags.one(Tag.LENGTH)

    def read(self, page: int = 0) -> NDArray[Any]:
        """Decode a page: gray (H, W) or RGB (H, W, 3), 8 or 16 bits; DamageError for any damage."""
        layout = _layout(self.tags(page))
        planes = [self._plane(layout, plane) for plane in range(layout.planes)]
        if len(planes) == 1:
            return planes[0]
        return np.ascontiguousarray(np.dstack(planes[:3]) if len(planes) > 2 else planes[0])

    def _plane(self, layout: _Layout, plane: int) -> NDArray[Any]:
        if not layout.tiled:
            strips = [self._chunk(layout, plane * layout.across_all + k) for k in layout.strips()]
            return layout.decode(strips, layout.width, layout.length, layout.rows)
        whole: NDArray[Any] | None = None
        down, across = layout.grid
        for k in range(down * across):
            chunk = self._chunk(layout, plane * layout.across_all + k)
            tile = layout.decode([chunk], layout.tile[0], layout.tile[1], layout.tile[1])
            if whole is None:
                shape = (down * layout.tile[1], across * layout.tile[0], *tile.shape[2:])
                whole = np.empty(shape, tile.dtype)
            top, left = k // across * layout.tile[1], k % across * layout.tile[0]
            whole[top : top + layout.tile[1], left : left + layout.tile[0]] = tile
        if whole is None:
            raise DamageError("is damaged: its TIFF data has no tiles")
        return np.ascontiguousarray(whole[: layout.length, : layout.width])

    def _chunk(self, layout: _Layout, index: int) -> bytes:
        try:
            offset, count = layout.offsets[index], layout.counts[index]
        except IndexError:
            raise DamageError("is damaged: strips of its TIFF data are missing") from None
        if count > MAX_BYTES:
            raise DamageError("is damaged: a strip of its TIFF data is too large to be true")
        self._file.seek(offset)
        data = self._file.read(count)
        if len(data) != count:
            raise DamageError("is cut short: its TIFF data has no end")
        return data


@dataclass(frozen=True, slots=True)
class _Layout:
    """How the pixels of one page are stored."""

    tags: Tags
    width: int
    length: int
    bits: int
    samples: int
    """In one chunk: 1 where each channel has its own chunks."""
    planes: int
    compression: int
    tiled: bool
    tile: tuple[int, int]
    """Width and length of a tile."""
    rows: int
    """Rows of a strip."""
    offsets: tuple[int, ...]
    counts: tuple[int, ...]

    @property
    def grid(self) -> tuple[int, int]:
        """Tiles down and across."""
        return -(-self.length // self.tile[1]), -(-self.width // self.tile[0])

    @property
    def across_all(self) -> int:
        """Chunks of one plane."""
        return self.grid[0] * self.grid[1] if self.tiled else -(-self.length // self.rows)

    def strips(self) -> Iterator[int]:
        return iter(range(self.across_all))

    def decode(self, chunks: list[bytes], width: int, length: int, rows: int) -> NDArray[Any]:
        """Decode chunks that lie below each other; the last one may be lower."""
        if self.compression in (_JPEG, _OLD_JPEG):
            return self._jpeg(chunks, width, length, rows)
        compression = self.compression
        row_bytes = (width * self.bits * self.samples + 7) // 8
        plain = []
        for k, chunk in enumerate(chunks):
            expected = min(rows, length - k * rows) * row_bytes
            ratio = _MOST_BYTES_PER_BYTE.get(compression)
            # Colour at half the resolution takes less.
            if ratio is not None and len(chunk) * ratio < expected and not self._subsampled:
                raise DamageError("is cut short or damaged: its TIFF data has too few bytes")
            plain.append(_inflated(chunk, expected) if _is_deflate(compression) else chunk)
        if _is_deflate(compression):
            compression = _RAW
        if self._is_plain and compression == _RAW:
            data = b"".join([chunk[: rows * row_bytes] for chunk in plain])
            return self._arranged(data, width, length)
        # A row of pairs of bytes is a row of 16-bit gray; FFmpeg takes half as long again.
        if self._is_plain and compression == _LZW and row_bytes % 2 == 0:
            return self._arranged(_unpacked(plain, row_bytes // 2, length, rows), width, length)
        return self._by_ffmpeg(plain, compression, (width, length, rows))

    @property
    def _is_plain(self) -> bool:
        """True where the bytes are the values, or their differences."""
        return (
            self.bits in (8, 16)
            and (self.tags.one(Tag.PHOTOMETRIC, 1) in (0, 1, 2) or self.planes > 1)
            and self.tags.one(Tag.FILL_ORDER, 1) == 1
            and self.tags.one(Tag.PREDICTOR, 1) in (1, 2)
        )

    def _arranged(self, data: bytes, width: int, length: int) -> NDArray[Any]:
        """Return the pixels of unpacked bytes."""
        stored = np.dtype(np.uint8 if self.bits == 8 else self.tags.order + "u2")
        stored_pixels = np.frombuffer(data, stored, width * length * self.samples)
        pixels = stored_pixels.reshape(length, width, self.samples).astype(stored.newbyteorder("="))
        # In uncompressed files nobody takes differences, whatever the tag says.
        if self.tags.one(Tag.PREDICTOR, 1) == 2 and self.compression != _RAW:
            pixels = np.add.accumulate(pixels, axis=1, dtype=pixels.dtype)
        if self.tags.one(Tag.PHOTOMETRIC, 1) == 0:
            pixels = ~pixels  # white is zero
        return np.ascontiguousarray(pixels[:, :, 0] if self.samples < 3 else pixels[:, :, :3])

    def _by_ffmpeg(
        self, chunks: list[bytes], compression: int, size: tuple[int, int, int]
    ) -> NDArray[Any]:
        width, length, rows = size
        changed = {
            Tag.WIDTH: width,
            Tag.LENGTH: length,
            Tag.ROWS: rows,
            Tag.COMPRESSION: compression,
            Tag.SAMPLES: self.samples,
            Tag.PLANAR: _CHUNKY,
        }
        if self.planes > 1:
            changed[Tag.PHOTOMETRIC] = 1  # a plane by itself is gray, whatever the whole is
        made = small_tiff(self.tags, changed, self.bits, chunks)
        # Late: FFmpeg takes time to load, and few sequences are of TIFF files.
        from tracker_core.stills.ffmpeg import decode_by_ffmpeg

        pixels = decode_by_ffmpeg(made, "tiff")
        if pixels.shape[:2] != (length, width):
            raise DamageError("is damaged: its TIFF data decodes to another size")
        return pixels

    @property
    def _subsampled(self) -> bool:
        return self.tags.one(Tag.PHOTOMETRIC, 1) == 6

    def _jpeg(self, chunks: list[bytes], width: int, length: int, rows: int) -> NDArray[Any]:
        if self.compression == _OLD_JPEG:
            raise DamageError("holds JPEG data in an old way that is not read")
        tables = self.tags.raw(Tag.JPEG_TABLES)
        rgb = self.tags.one(Tag.PHOTOMETRIC, 1) == 2
        parts = []
        for k, chunk in enumerate(chunks):
            whole = tables[:-2] + chunk[2:] if len(tables) > 4 else chunk
            try:
                simplejpeg.decode_jpeg(whole)
            except ValueError as error:
                raise DamageError(f"is damaged (JPEG in TIFF: {error})") from None
            # libjpeg takes RGB without a marker for YCbCr; the tag knows.
            parts.append(_decoded(whole, self.samples == 1, rgb)[: min(rows, length - k * rows)])
        pixels = np.concatenate(parts)
        if pixels.shape[:2] != (length, width):
            raise DamageError("is damaged: its TIFF data decodes to another size")
        return pixels


def _decoded(jpeg: bytes, gray: bool, rgb: bool) -> NDArray[Any]:
    if rgb and not gray:
        # An Adobe marker says that the three components are no YCbCr.
        jpeg = jpeg[:2] + b"\xff\xee\x00\x0eAdobe\0\x64\0\0\0\0\0" + jpeg[2:]
    pixels: NDArray[Any] = simplejpeg.decode_jpeg(jpeg, "GRAY" if gray else "RGB")
    return pixels[:, :, 0] if gray else pixels


def _unpacked(chunks: list[bytes], pairs: int, length: int, rows: int) -> bytes:
    """Unpack LZW by OpenCV, which reports damage where pixels have 16 bits, and only there."""
    changed = {
        Tag.WIDTH: pairs,
        Tag.LENGTH: length,
        Tag.ROWS: rows,
        Tag.COMPRESSION: _LZW,
        Tag.PHOTOMETRIC: 1,
        Tag.SAMPLES: 1,
        Tag.PLANAR: _CHUNKY,
    }
    made = small_tiff(Tags(_NATIVE, {}), changed, 16, chunks)
    try:
        found = cv2.imdecode(np.frombuffer(made, np.uint8), cv2.IMREAD_UNCHANGED)
    except cv2.error:
        found = None
    if found is None or found.shape != (length, pairs) or found.dtype != np.uint16:
        raise DamageError("is damaged: its TIFF data cannot be unpacked")
    return bytes(found.tobytes())


def _is_deflate(compression: int) -> bool:
    return compression in (_DEFLATE, _OLD_DEFLATE)


def _inflated(chunk: bytes, expected: int) -> bytes:
    """Unpack and compare the checksum, which libtiff does only when more rows are asked for."""
    unpacking = zlib.decompressobj()
    try:
        # Somewhat more than expected: the last strip may be as high as the others.
        data = unpacking.decompress(chunk, 2 * expected + MAX_BYTES // 8)
    except zlib.error as error:
        raise DamageError(f"is damaged (TIFF: {error})") from None
    if not unpacking.eof or len(data) < expected:
        raise DamageError("is damaged: rows of its TIFF data are missing")
    return data[:expected]


def _layout(tags: Tags) -> _Layout:
    width, length = tags.one(Tag.WIDTH), tags.one(Tag.LENGTH)
    check_size(width, length)
    bits = tags.all(Tag.BITS) or (1,)
    form = tags.one(Tag.SAMPLE_FORMAT, _UNSIGNED)
    if form in (_FLOAT, _SIGNED) or bits[0] > 16:
        word = {_FLOAT: "float", _SIGNED: "int"}.get(form, "uint")
        raise DamageError(f"has {word}{bits[0]} pixels, and only 8- and 16-bit integers are read")
    if len(set(bits)) != 1 or bits[0] not in _BITS:
        raise DamageError(f"has {bits[0]}-bit samples, and only 1, 2, 4, 8 and 16 bits are read")
    samples = tags.one(Tag.SAMPLES, 1)
    if not 1 <= samples <= 5:
        raise DamageError(f"has {samples} channels, and only up to 4 are read")
    apart = samples > 1 and tags.one(Tag.PLANAR, _CHUNKY) != _CHUNKY
    compression = tags.one(Tag.COMPRESSION, _RAW)
    if compression not in (*_MOST_BYTES_PER_BYTE, *_FAX, _JPEG, _OLD_JPEG):
        raise DamageError(f"has TIFF compression {compression}, which is not read; save it as PNG")
    tiled = bool(tags.all(Tag.TILE_OFFSETS))
    tile = tags.one(Tag.TILE_WIDTH, width), tags.one(Tag.TILE_LENGTH, length)
    check_size(*tile)
    offsets = tags.all(Tag.TILE_OFFSETS if tiled else Tag.OFFSETS)
    counts = tags.all(Tag.TILE_COUNTS if tiled else Tag.COUNTS)
    if not counts and len(offsets) == 1 and compression == _RAW:
        counts = (length * ((width * bits[0] * samples + 7) // 8),)
    return _Layout(
        tags,
        width,
        length,
        bits[0],
        1 if apart else samples,
        samples if apart else 1,
        compression,
        tiled,
        tile,
        max(1, min(tags.one(Tag.ROWS, length), length)),
        offsets,
        counts,
    )


def decode_tiff(data: bytes) -> NDArray[Any]:
    """Decode the first page of a TIFF file; DamageError for any damage."""
    return TiffPages(io.BytesIO(data)).read()
