"""A tracked run packed as a record keeps it, so that taking it over costs almost nothing.

Compressing what the tracker said takes far longer than everything else that accepting a run does.
Whoever tracks packs as it goes, in its own thread; the command then only puts blocks in place.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from sessions.blocks import BLOCK_FRAMES, Block
from sessions.checks import as_int
from sessions.errors import SessionError
from sessions.records import recordable
from sessions.tracked import ModelInfo, TrackingRows
from sessions.tracking import BlockChange, TrackingRecord


@recordable
@dataclass(frozen=True, slots=True, eq=False)
class TrackedBlocks:
    """What one model said on the frames of one run."""

    model: ModelInfo
    indices: tuple[int, ...]
    """Ascending numbers of the blocks; block i holds the frames 16 i to 16 i + 15."""
    blocks: tuple[Block, ...]

    def __post_init__(self) -> None:
        model = self.model
        if not isinstance(model, ModelInfo) or not all(isinstance(b, Block) for b in self.blocks):
            raise SessionError("A packed run needs a ModelInfo and blocks of tracker output.")
        for block in self.blocks:
            block.check(model)
        indices = tuple(as_int(index, "A block number", 0, 1 << 40) for index in self.indices)
        if len(indices) != len(self.blocks) or list(indices) != sorted(set(indices)):
            raise SessionError("The blocks of a packed run must be numbered in ascending order.")

    @classmethod
    def pack(cls, frames: NDArray[np.int64], rows: TrackingRows) -> TrackedBlocks:
        """Compress the rows of these frames, in any order; slow, for any thread."""
        # Only as long as this run needs: the session's own length is not known in a worker.
        record = TrackingRecord(int(frames.max(initial=-1)) + 1).with_rows(frames, rows)
        blocks = record.tracks.get(rows.model, {})
        indices = tuple(sorted(blocks))
        return cls(rows.model, indices, tuple(blocks[index] for index in indices))

    @classmethod
    def joined(cls, model: ModelInfo, parts: Iterable[TrackedBlocks]) -> TrackedBlocks:
        """Return packed parts of one run as one; of a frame in two parts the later one counts.

        Parts that share a block are unpacked there, which is slow; SessionError when damaged.
        """
        blocks: dict[int, Block] = {}
        for part in parts:
            for index, block in zip(part.indices, part.blocks, strict=True):
                before = blocks.get(index)
                blocks[index] = block if before is None else _merged(model, before, block)
        # A run backward packs its last block first.
        indices = tuple(sorted(blocks))
        return cls(model, indices, tuple(blocks[index] for index in indices))

    @property
    def frames(self) -> NDArray[np.int64]:
        """(k,) the frames of the run, ascending."""
        starts = np.array(self.indices, np.int64)[:, np.newaxis] * BLOCK_FRAMES
        every = starts + np.arange(BLOCK_FRAMES)  # (blocks, 16)
        taken: NDArray[np.int64] = every[self._tracked()]
        return taken

    @property
    def target_tokens_removed(self) -> NDArray[np.uint16]:
        """(k,) how many tokens of the target were removed, in the order of `frames`."""
        counts = np.array([block.target_tokens_removed for block in self.blocks], np.uint16)
        taken: NDArray[np.uint16] = counts.reshape(-1, BLOCK_FRAMES)[self._tracked()]
        return taken

    def _tracked(self) -> NDArray[np.bool_]:
        """(blocks, 16)."""
        return np.array([block.tracked for block in self.blocks], np.bool_).reshape(
            -1, BLOCK_FRAMES
        )

    def without(self, frames: NDArray[np.int64]) -> TrackedBlocks:
        """Return the same run without these frames."""
        gone = np.isin(
            np.array(self.indices, np.int64)[:, np.newaxis] * BLOCK_FRAMES
            + np.arange(BLOCK_FRAMES),
            frames,
        )  # (blocks, 16)
        # Their rows stay, for packing again would be slow: without the mark they mean nothing.
        left = [
            (index, replace(block, tracked=block.tracked & ~slots) if slots.any() else block)
            for index, block, slots in zip(self.indices, self.blocks, gone, strict=True)
        ]
        return TrackedBlocks.joined(
            self.model,
            (
                TrackedBlocks(self.model, (index,), (block,))
                for index, block in left
                if block.tracked.any()
            ),
        )

    def placed_in(self, record: TrackingRecord, frames: NDArray[np.int64]) -> TrackingRecord:
        """Return the record with the run on those of its frames that are in `frames`.

        What any model said on these frames before is gone; what it said on others stays.
        """
        # `wanted` below has no row for a block past the end.
        last = -(-record.frame_count // BLOCK_FRAMES)
        if self.indices and self.indices[-1] >= last:
            raise SessionError(f"A tracking block lies past the {record.frame_count} frames.")
        # Frames where a person has decided are not among them.
        wanted = np.zeros((last, BLOCK_FRAMES), np.bool_)
        wanted.reshape(-1)[frames] = True
        tracked = self._tracked()
        every_slots: NDArray[np.bool_] = wanted[np.array(self.indices, np.int64)] & tracked
        # Asked of all blocks at once: one by one these questions cost more than the answers.
        touched = np.flatnonzero(every_slots.any(axis=1)).tolist()
        partly = set(np.flatnonzero((every_slots ^ tracked).any(axis=1)).tolist())
        changes: list[BlockChange] = []
        shared: list[tuple[int, Block, NDArray[np.bool_]]] = []
        own_blocks = record.tracks.get(self.model, {})
        for number in touched:
            index, block, slots = self.indices[number], self.blocks[number], every_slots[number]
            changes += _cleared(record, index, slots)
            own = own_blocks.get(index)
            if own is not None and bool((own.tracked & ~slots).any()):
                shared.append((index, block, slots))
                continue
            # Rows of other slots may stay: they mean nothing, and packing again would be slow.
            chosen = replace(block, tracked=slots) if number in partly else block
            changes.append(BlockChange(self.model, index, chosen))
        placed = record.with_changes(changes)
        # Only these have to be unpacked: the same model was on other frames of the block before.
        for index, block, slots in shared:
            placed = placed.with_rows(*_unpacked(self.model, index, block, slots))
        return placed


def _cleared(record: TrackingRecord, index: int, slots: NDArray[np.bool_]) -> Iterator[BlockChange]:
    """Take these slots away from every model that has them."""
    for model, blocks in record.tracks.items():
        block = blocks.get(index)
        if block is not None and bool((block.tracked & slots).any()):
            left = block.tracked & ~slots
            kept = replace(block, tracked=left) if left.any() else None
            yield BlockChange(model, index, kept)


def _merged(model: ModelInfo, block: Block, later: Block) -> Block:
    """Return a block with the tracked rows of another one of the same frames put in."""
    frames, rows = _unpacked(model, 0, later, later.tracked)
    return block.with_rows(frames, rows, np.arange(frames.size))


T = TypeVar("T", bound=np.generic)


def _taken(column: NDArray[T] | None, slots: NDArray[np.bool_]) -> NDArray[T] | None:
    return None if column is None else column[slots]


def _unpacked(
    model: ModelInfo, index: int, block: Block, slots: NDArray[np.bool_]
) -> tuple[NDArray[np.int64], TrackingRows]:
    """Return the frames and rows of some slots of a block."""
    rows = TrackingRows(
        model=model,
        windows=block.windows[slots],
        scores=block.scores[slots],
        score_maps=block.score_maps()[slots],
        removed=block.removed()[slots],
        target_tokens_removed=block.target_tokens_removed[slots],
        attention=_taken(block.attention(), slots),
        predicted_overlaps=_taken(block.predicted_overlaps, slots),
        removed_known=_taken(block.removed_known, slots),
    )
    return np.flatnonzero(slots).astype(np.int64) + index * BLOCK_FRAMES, rows
