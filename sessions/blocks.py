"""Sixteen frames of tracker output: small arrays as they are, maps and tokens compressed.

The compressed bytes are exactly what HDF5's shuffle and gzip filters write, so a block goes to
the file and comes back without being unpacked.
"""

from __future__ import annotations

import contextlib
import zlib
from dataclasses import dataclass, replace
from typing import TypeAlias

import numpy as np
from numpy.typing import ArrayLike, DTypeLike, NDArray

from sessions.checks import Array, as_array, as_int
from sessions.errors import SessionError
from sessions.records import inflate, recordable
from sessions.tracked import ModelInfo, TrackingRows

# Fewer frames compress worse and cost a chunk of HDF5's index each; more make one frame slow to
# read, because its whole block is unpacked.
BLOCK_FRAMES = 16
# Higher levels of gzip gain a percent on maps and tokens and take several times as long.
COMPRESSION = 4


_Readable: TypeAlias = tuple[
    NDArray[np.float16], NDArray[np.uint8], NDArray[np.float16] | None, NDArray[np.bool_] | None
]


def pack(array: Array, *, shuffle: bool) -> bytes:
    """Return the array as HDF5's filters would store it: bytes shuffled if asked, then deflated."""
    data = np.ascontiguousarray(array)
    # Bytes of one-byte numbers are in order already.
    if not shuffle:
        return zlib.compress(data.tobytes(), COMPRESSION)
    # All first bytes, then all second ones: neighbours of one kind compress better.
    planes = data.reshape(-1).view(np.uint8).reshape(-1, data.itemsize)  # (numbers, bytes)
    return zlib.compress(planes.T.tobytes(), COMPRESSION)


def unpack(data: bytes, shape: tuple[int, ...], dtype: DTypeLike, *, shuffle: bool) -> Array:
    """Return the array that `pack` wrote; SessionError when damaged, never taking more memory."""
    kind = np.dtype(dtype)
    count = 1
    # Python's whole numbers do not overflow, whatever a file claims.
    for length in shape:
        count *= length
    plain = np.frombuffer(inflate(data, count * kind.itemsize), np.uint8)
    if shuffle:
        plain = np.ascontiguousarray(plain.reshape(kind.itemsize, -1).T).reshape(-1)
    array: Array = plain.view(kind).reshape(shape)
    return array


@recordable
@dataclass(frozen=True, slots=True, eq=False)
class Block:
    """Tracker output of 16 frames of one model; rows not marked `tracked` mean nothing."""

    tracked: NDArray[np.bool_]
    """(16,)."""
    windows: NDArray[np.float64]
    """(16, 3); NaN = none."""
    scores: NDArray[np.float32]
    """(16,); NaN = none."""
    target_tokens_removed: NDArray[np.uint16]
    """(16,)."""
    packed_maps: bytes
    """(16, S, S) float16, shuffled and deflated; empty without score map."""
    packed_removed: bytes
    """(16, stages, token bytes) uint8, deflated; empty without stages."""
    packed_attention: bytes
    """(16, stages, T) float16, shuffled and deflated; empty when no frame has any."""
    map_size: int
    stage_count: int
    token_count: int
    predicted_overlaps: NDArray[np.float32] | None = None
    """(16,), NaN = not said; None when no frame has any."""
    removed_known: NDArray[np.bool_] | None = None
    """(16,) false where the removed tokens mean nothing; None when they are known on all."""

    def __post_init__(self) -> None:
        columns: tuple[tuple[str, type[np.generic], tuple[int, ...]], ...] = (
            ("tracked", np.bool_, (BLOCK_FRAMES,)),
            ("windows", np.float64, (BLOCK_FRAMES, 3)),
            ("scores", np.float32, (BLOCK_FRAMES,)),
            ("target_tokens_removed", np.uint16, (BLOCK_FRAMES,)),
            ("predicted_overlaps", np.float32, (BLOCK_FRAMES,)),
            ("removed_known", np.bool_, (BLOCK_FRAMES,)),
        )
        for name, dtype, shape in columns:
            value = getattr(self, name)
            # Most trackers say neither of the last two, and a session has thousands of blocks.
            if value is not None or name not in ("predicted_overlaps", "removed_known"):
                object.__setattr__(self, name, as_array(value, dtype, shape, f"A block's {name}"))
        for name in ("packed_maps", "packed_removed", "packed_attention"):
            if not isinstance(getattr(self, name), bytes):
                raise SessionError(f"A block's {name} must be bytes.")
        for name in ("map_size", "stage_count", "token_count"):
            as_int(getattr(self, name), f"A block's {name}", 0, 1 << 20)

    def check(self, model: ModelInfo) -> None:
        """Raise SessionError unless the block has the sizes of this model."""
        if (self.map_size, self.stage_count, self.token_count) != _sizes(model):
            raise SessionError("A tracking block does not fit the model it is said to be of.")

    def score_maps(self) -> NDArray[np.float16]:
        """(16, S, S); raises SessionError when damaged."""
        shape = (BLOCK_FRAMES, self.map_size, self.map_size)
        if not self.map_size:
            return np.zeros(shape, np.float16)
        return unpack(self.packed_maps, shape, np.float16, shuffle=True)

    def removed(self) -> NDArray[np.uint8]:
        """(16, stages, token bytes), one bit for each token; raises SessionError when damaged."""
        shape = (BLOCK_FRAMES, *self._mask_shape)
        if not self.stage_count:
            return np.zeros(shape, np.uint8)
        return unpack(self.packed_removed, shape, np.uint8, shuffle=False)

    def attention(self) -> NDArray[np.float16] | None:
        """(16, stages, T), all NaN = none; None when no frame has any; SessionError if damaged."""
        if not self.packed_attention:
            return None
        shape = (BLOCK_FRAMES, self.stage_count, self.token_count)
        return unpack(self.packed_attention, shape, np.float16, shuffle=True)

    def with_rows(
        self, slots: NDArray[np.int64], rows: TrackingRows, picked: NDArray[np.int64]
    ) -> Block:
        """Return the block with the rows `picked` (k indices) in these k slots 0 to 15.

        What cannot be unpacked of other rows is lost; all else of them stays.
        """
        maps, masks, attention, known = self._readable()
        # Taken one by one: a smaller TrackingRows would be checked again for each block.
        return replace(
            self,
            tracked=_put(self.tracked, slots, True),
            windows=_put(self.windows, slots, rows.windows[picked]),
            scores=_put(self.scores, slots, rows.scores[picked]),
            target_tokens_removed=_put(
                self.target_tokens_removed, slots, rows.target_tokens_removed[picked]
            ),
            packed_maps=_packed_maps(_put(maps, slots, rows.score_maps[picked])),
            packed_removed=_packed_removed(_put(masks, slots, rows.removed[picked])),
            packed_attention=_packed_attention(
                _put_optional(attention, slots, rows.attention, picked, np.nan)
            ),
            predicted_overlaps=_put_optional(
                self.predicted_overlaps, slots, rows.predicted_overlaps, picked, np.nan
            ),
            removed_known=_put_optional(known, slots, rows.removed_known, picked, True),
        )

    def _readable(self) -> _Readable:
        """Return maps, tokens and attention, blank where damaged, and where tokens are known."""
        known, attention = self.removed_known, None
        try:
            maps = self.score_maps()
        except SessionError:
            maps = np.full((BLOCK_FRAMES, self.map_size, self.map_size), np.nan, np.float16)
        try:
            masks = self.removed()
        except SessionError:
            masks = np.zeros((BLOCK_FRAMES, *self._mask_shape), np.uint8)
            # Blank masks would say that nothing was removed.
            known = np.zeros(BLOCK_FRAMES, np.bool_)
        with contextlib.suppress(SessionError):
            attention = self.attention()
        return maps, masks, attention, known

    @property
    def _mask_shape(self) -> tuple[int, int]:
        return self.stage_count, -(-self.token_count // 8)

    def without(self, slots: NDArray[np.int64]) -> Block | None:
        """Return the block with these slots marked as not tracked; None when nothing is left."""
        if not self.tracked[slots].any():
            return self
        tracked = _put(self.tracked, slots, False)
        # The packed parts stay: compressing them again costs far more than the rows they keep.
        return replace(self, tracked=tracked) if tracked.any() else None


def _put(array: Array, slots: NDArray[np.int64], values: ArrayLike) -> Array:
    # Blocks are shared with the states that undo goes back to.
    changed = array.copy()
    changed[slots] = values
    return changed


def _put_optional(
    array: Array | None,
    slots: NDArray[np.int64],
    column: Array | None,
    picked: NDArray[np.int64],
    blank: float,
) -> Array | None:
    """As `_put`, where None stands for a blank array; None as long as both are blank."""
    if column is None:
        return None if array is None else _put(array, slots, blank)
    if array is None:
        array = np.full((BLOCK_FRAMES, *column.shape[1:]), blank, column.dtype)
    return _put(array, slots, column[picked])


def _sizes(model: ModelInfo) -> tuple[int, int, int]:
    return model.map_size, len(model.stage_blocks), model.token_count


def _packed_maps(maps: NDArray[np.float16]) -> bytes:
    return pack(maps, shuffle=True) if maps.size else b""


def _packed_removed(masks: NDArray[np.uint8]) -> bytes:
    return pack(masks, shuffle=False) if masks.size else b""


def _packed_attention(attention: NDArray[np.float16] | None) -> bytes:
    if attention is None or np.isnan(attention).all():
        return b""
    return pack(attention, shuffle=True)


def empty_block(model: ModelInfo) -> Block:
    """Return a block of this model in which nothing was tracked."""
    map_size, stage_count, token_count = _sizes(model)
    return Block(
        tracked=np.zeros(BLOCK_FRAMES, np.bool_),
        windows=np.zeros((BLOCK_FRAMES, 3)),
        scores=np.zeros(BLOCK_FRAMES, np.float32),
        target_tokens_removed=np.zeros(BLOCK_FRAMES, np.uint16),
        packed_maps=_packed_maps(np.zeros((BLOCK_FRAMES, map_size, map_size), np.float16)),
        packed_removed=_packed_removed(
            np.zeros((BLOCK_FRAMES, stage_count, model.token_bytes), np.uint8)
        ),
        packed_attention=b"",
        map_size=map_size,
        stage_count=stage_count,
        token_count=token_count,
    )
