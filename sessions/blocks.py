"""Sixteen frames of tracker output: small arrays as they are, maps and tokens compressed.

The compressed bytes are exactly what HDF5's shuffle and gzip filters write, so a block goes to
the file and comes back without being unpacked.
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike, DTypeLike, NDArray

from sessions.checks import Array, as_array, as_int
from sessions.errors import SessionError
from sessions.records import inflate, recordable

BLOCK_FRAMES = 16
COMPRESSION = 4


def pack(array: Array, *, shuffle: bool) -> bytes:
    """Return the array as HDF5's filters would store it: bytes shuffled if asked, then deflated."""
    data = np.ascontiguousarray(array)
    if not shuffle:
        return zlib.compress(data.tobytes(), COMPRESSION)
    planes = data.reshape(-1).view(np.uint8).reshape(-1, data.itemsize)
    return zlib.compress(planes.T.tobytes(), COMPRESSION)


def unpack(data: bytes, shape: tuple[int, ...], dtype: DTypeLike, *, shuffle: bool) -> Array:
    """Return the array that `pack` wrote; SessionError when damaged, never taking more memory."""
    kind = np.dtype(dtype)
    count = 1
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
    """(16, 3)."""
    scores: NDArray[np.float32]
    """(16,)."""
    target_tokens_removed: NDArray[np.uint16]
    """(16,)."""
    packed_maps: bytes
    """(16, S, S) float16, shuffled and deflated."""
    packed_removed: bytes
    """(16, stages, token bytes) uint8, deflated; empty without stages."""
    map_size: int
    stage_count: int
    token_count: int

    def __post_init__(self) -> None:
        columns: tuple[tuple[str, type[np.generic], tuple[int, ...]], ...] = (
            ("tracked", np.bool_, (BLOCK_FRAMES,)),
            ("windows", np.float64, (BLOCK_FRAMES, 3)),
            ("scores", np.float32, (BLOCK_FRAMES,)),
            ("target_tokens_removed", np.uint16, (BLOCK_FRAMES,)),
        )
        for name, dtype, shape in columns:
            column = as_array(getattr(self, name), dtype, shape, f"A block's {name}")
            object.__setattr__(self, name, column)
        for name in ("packed_maps", "packed_removed"):
            if not isinstance(getattr(self, name), bytes):
                raise SessionError(f"A block's {name} must be bytes.")
        for name in ("map_size", "stage_count", "token_count"):
            as_int(getattr(self, name), f"A block's {name}", 0, 1 << 20)

    def check(self, map_size: int, stage_count: int, token_count: int) -> None:
        """Raise SessionError unless the block is of a model of these sizes."""
        if (self.map_size, self.stage_count, self.token_count) != (
            map_size,
            stage_count,
            token_count,
        ):
            raise SessionError("A tracking block does not fit the model it is said to be of.")

    def score_maps(self) -> NDArray[np.float16]:
        """(16, S, S); raises SessionError when damaged."""
        shape = (BLOCK_FRAMES, self.map_size, self.map_size)
        return unpack(self.packed_maps, shape, np.float16, shuffle=True)

    def removed(self) -> NDArray[np.uint8]:
        """(16, stages, token bytes), one bit for each token; raises SessionError when damaged."""
        shape = (BLOCK_FRAMES, self.stage_count, -(-self.token_count // 8))
        if not self.stage_count:
            return np.zeros(shape, np.uint8)
        return unpack(self.packed_removed, shape, np.uint8, shuffle=False)

    def with_rows(
        self,
        slots: NDArray[np.int64],
        windows: Array,
        scores: Array,
        target_tokens_removed: Array,
        score_maps: Array,
        removed: Array,
    ) -> Block:
        """Return the block with these rows (k of each) in these slots 0 to 15.

        What a damaged block held of other rows is lost with it; the new rows are kept.
        """
        try:
            maps, masks = self.score_maps(), self.removed()
        except SessionError:
            blank = empty_block(self.map_size, self.stage_count, self.token_count)
            return blank.with_rows(
                slots, windows, scores, target_tokens_removed, score_maps, removed
            )
        masks = _put(masks, slots, removed)
        return replace(
            self,
            tracked=_put(self.tracked, slots, True),
            windows=_put(self.windows, slots, windows),
            scores=_put(self.scores, slots, scores),
            target_tokens_removed=_put(self.target_tokens_removed, slots, target_tokens_removed),
            packed_maps=pack(_put(maps, slots, score_maps), shuffle=True),
            packed_removed=pack(masks, shuffle=False) if self.stage_count else b"",
        )

    def without(self, slots: NDArray[np.int64]) -> Block | None:
        """Return the block with these slots marked as not tracked; None when nothing is left."""
        if not self.tracked[slots].any():
            return self
        tracked = _put(self.tracked, slots, False)
        return replace(self, tracked=tracked) if tracked.any() else None


def _put(array: Array, slots: NDArray[np.int64], values: ArrayLike) -> Array:
    changed = array.copy()
    changed[slots] = values
    return changed


def empty_block(map_size: int, stage_count: int, token_count: int) -> Block:
    """Return a block in which nothing was tracked."""
    token_bytes = -(-token_count // 8)
    removed = np.zeros((BLOCK_FRAMES, stage_count, token_bytes), np.uint8)
    return Block(
        tracked=np.zeros(BLOCK_FRAMES, np.bool_),
        windows=np.zeros((BLOCK_FRAMES, 3)),
        scores=np.zeros(BLOCK_FRAMES, np.float32),
        target_tokens_removed=np.zeros(BLOCK_FRAMES, np.uint16),
        packed_maps=pack(np.zeros((BLOCK_FRAMES, map_size, map_size), np.float16), shuffle=True),
        packed_removed=pack(removed, shuffle=False) if stage_count else b"",
        map_size=map_size,
        stage_count=stage_count,
        token_count=token_count,
    )
