"""What the tracker said on every tracked frame, kept small: blocks of frames, compressed.

A frame reads without the others: only its block of 16 frames is unpacked. Blocks are immutable
and shared between states, so that undoing a run costs no more than the blocks it touched.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from sessions.blocks import BLOCK_FRAMES, Block, empty_block
from sessions.checks import as_int
from sessions.damage import (
    OpenBlock,
    counts_of_target_tokens,
    damaged_rows,
    open_block,
    unpacked_bytes,
)
from sessions.errors import DamagedFrameError, SessionError
from sessions.records import recordable
from sessions.tracked import ModelInfo, TrackedFrame, TrackingRows

__all__ = [
    "BlockChange",
    "ModelInfo",
    "TrackedFrame",
    "TrackingRecord",
    "TrackingRows",
]


MAX_JUDGED_BYTES = 1 << 30
"""What is unpacked at most to tell which frames are damaged: some hundred thousand frames of CKD
with attention, and a few seconds."""


@recordable
@dataclass(frozen=True, slots=True, eq=False)
class BlockChange:
    """The block that a model has (or has no more) for 16 frames."""

    model: ModelInfo
    index: int
    block: Block | None

    def __post_init__(self) -> None:
        as_int(self.index, "A block number", 0, 1 << 40)
        if not isinstance(self.model, ModelInfo) or not isinstance(self.block, Block | None):
            raise SessionError("A tracking record holds something that is not a block.")
        if self.block is not None:
            self.block.check(self.model)


@dataclass(frozen=True, slots=True, eq=False)
class TrackingRecord:
    """The tracked frames of one target, by model; a frame belongs to the model that last saw it."""

    frame_count: int
    # Read-only views: states share them, and undo relies on none of them ever changing.
    tracks: Mapping[ModelInfo, Mapping[int, Block]] = field(
        default_factory=lambda: MappingProxyType({})
    )
    """For each model its blocks; block i holds the frames 16 i to 16 i + 15."""
    # A record never changes, and boxes are edited many times over the same one.
    _removed: list[NDArray[np.int32]] = field(default_factory=list, init=False, repr=False)

    @property
    def models(self) -> tuple[ModelInfo, ...]:
        """The models that saw any frame, sorted."""
        return tuple(sorted(self.tracks))

    def __bool__(self) -> bool:
        return bool(self.tracks)

    @property
    def frames(self) -> NDArray[np.int64]:
        """(t,) all tracked frames, ascending."""
        return np.flatnonzero(self.tracked()).astype(np.int64)

    def tracked(self) -> NDArray[np.bool_]:
        """(N,) true where the tracker has been."""
        mask = np.zeros(self.frame_count, np.bool_)
        for _, start, stop, block in self._blocks():
            mask[start:stop] |= block.tracked[: stop - start]
        return mask

    def frames_of(self, model: ModelInfo) -> NDArray[np.int64]:
        """(t,) the frames that a model tracked, ascending."""
        mask = np.zeros(self.frame_count, np.bool_)
        for each, start, stop, block in self._blocks():
            if each == model:
                mask[start:stop] |= block.tracked[: stop - start]
        return np.flatnonzero(mask).astype(np.int64)

    def target_tokens_removed(self) -> NDArray[np.int32]:
        """(N,) how many tokens of the target were removed; -1 where no tokens were looked at.

        Not to be written to.
        """
        if not self._removed:
            counts = self._count_removed()
            counts.setflags(write=False)
            self._removed.append(counts)
        return self._removed[0]

    def _count_removed(self) -> NDArray[np.int32]:
        counts = np.full(self.frame_count, -1, np.int32)
        for model, start, stop, block in self._blocks():
            if not model.search_grid:
                continue
            seen = block.tracked[: stop - start]
            known = counts_of_target_tokens(model, block)
            counts[start:stop][seen] = known[: stop - start][seen]
        return counts

    def predicted_overlap(self, frame_index: int) -> float:
        """Return the overlap that the tracker expects of its box; NaN = not said."""
        model = self.model_of(frame_index)
        if model is None:
            return math.nan
        index, row = divmod(int(frame_index), BLOCK_FRAMES)
        said = self.tracks[model][index].predicted_overlaps
        return math.nan if said is None else float(said[row])

    def predicted_overlaps(self) -> NDArray[np.float32]:
        """(N,) the overlap that the tracker expects of its box on each frame; NaN = not said."""
        found = np.full(self.frame_count, np.nan, np.float32)
        for _model, start, stop, block in self._blocks():
            if block.predicted_overlaps is not None:
                seen = block.tracked[: stop - start]
                found[start:stop][seen] = block.predicted_overlaps[: stop - start][seen]
        return found

    def _blocks(self) -> Iterator[tuple[ModelInfo, int, int, Block]]:
        for model, blocks in self.tracks.items():
            for index, block in blocks.items():
                start = index * BLOCK_FRAMES
                yield model, start, min(start + BLOCK_FRAMES, self.frame_count), block

    def frame(self, frame_index: int) -> TrackedFrame | None:
        """Return what the model said on this frame, unpacking only its block; None if untracked.

        Raises DamagedFrameError, with the sentence to show instead, when it cannot be read or says
        what no tracker can have said.
        """
        model = self.model_of(frame_index)
        if model is None:
            return None
        index, row = divmod(int(frame_index), BLOCK_FRAMES)
        block = self.tracks[model][index]
        try:
            opened = open_block(model, block)
        except SessionError as error:
            raise _damaged(frame_index, str(error)) from error
        if opened.problems[row]:
            raise _damaged(frame_index, opened.problems[row])
        return _frame(model, block, opened, row)

    def damaged(self, budget: int = MAX_JUDGED_BYTES) -> NDArray[np.int64]:
        """(d,) the tracked frames that cannot be shown, ascending.

        Looks at blocks until `budget` bytes of them were unpacked, so that a hostile file cannot
        keep anybody waiting; what lies after that is found out frame by frame.
        """
        found = [np.empty(0, np.int64)]
        for model, start, _, block in self._blocks():
            budget -= unpacked_bytes(block)
            if budget < 0:
                break
            found.append(np.flatnonzero(damaged_rows(model, block)) + start)
        frames = np.sort(np.concatenate(found)).astype(np.int64)
        # The last block has rows past the last frame.
        return frames[frames < self.frame_count]

    def model_of(self, frame_index: int) -> ModelInfo | None:
        """Return the model that tracked this frame; None when none did."""
        index, row = divmod(int(frame_index), BLOCK_FRAMES)
        for model, blocks in self.tracks.items():
            block = blocks.get(index)
            if block is not None and block.tracked[row]:
                return model
        return None

    def changes_for(
        self, frames: NDArray[np.int64], extra: ModelInfo | None = None
    ) -> tuple[BlockChange, ...]:
        """The blocks of these frames as they are now, also those that `extra` has not yet."""
        models = dict.fromkeys([*self.tracks, *([extra] if extra else [])])
        indices = np.unique(frames // BLOCK_FRAMES).tolist()
        changes = []
        for model in models:
            blocks = self.tracks.get(model, {})
            changes += [BlockChange(model, i, blocks.get(i)) for i in indices]
        # Undo has to take away blocks that `extra` gets now; models without a block stay without.
        return tuple(c for c in changes if c.block is not None or c.model == extra)

    def with_changes(self, changes: Iterable[BlockChange]) -> TrackingRecord:
        """Return the record with these blocks in place."""
        tracks = {model: dict(blocks) for model, blocks in self.tracks.items()}
        # Rounded up: the last block may reach past the sequence.
        last = -(-self.frame_count // BLOCK_FRAMES)
        for change in changes:
            if change.index >= last:
                raise SessionError(f"A tracking block lies past the {self.frame_count} frames.")
            blocks = tracks.setdefault(change.model, {})
            if change.block is None:
                blocks.pop(change.index, None)
            else:
                blocks[change.index] = change.block
        # A model without blocks has seen nothing, and would be written as an empty group.
        kept = {m: MappingProxyType(tracks[m]) for m in sorted(tracks) if tracks[m]}
        return TrackingRecord(self.frame_count, MappingProxyType(kept))

    def without(self, frames: NDArray[np.int64]) -> TrackingRecord:
        """Return the record with nothing on these frames."""
        changes = [
            BlockChange(change.model, change.index, _cleared(change, frames))
            for change in self.changes_for(frames)
        ]
        return self.with_changes(changes)

    def with_rows(self, frames: NDArray[np.int64], rows: TrackingRows) -> TrackingRecord:
        """Return the record with these rows on these frames, whatever model saw them before."""
        # A frame has one answer, whoever gave the one before.
        base = self.without(frames)
        model = rows.model
        own = base.tracks.get(model, {})
        where, changes = frames // BLOCK_FRAMES, []
        for index in np.unique(where).tolist():
            block = own.get(index) or empty_block(model)
            picked = np.flatnonzero(where == index)
            slots = frames[picked] - index * BLOCK_FRAMES
            merged = block.with_rows(slots, rows, picked)
            changes.append(BlockChange(model, index, merged))
        return base.with_changes(changes)


def _cleared(change: BlockChange, frames: NDArray[np.int64]) -> Block | None:
    if change.block is None:
        return None
    slots = frames - change.index * BLOCK_FRAMES
    return change.block.without(slots[(slots >= 0) & (slots < BLOCK_FRAMES)])


def _damaged(frame_index: int, problem: str) -> DamagedFrameError:
    reason = problem[:1].lower() + problem[1:].rstrip(".")
    return DamagedFrameError(
        f"Frame data damaged: {reason}; the box stays, and tracking frame {int(frame_index)} again "
        "replaces the rest."
    )


def _frame(model: ModelInfo, block: Block, opened: OpenBlock, row: int) -> TrackedFrame:
    score_map, attention = opened.score_maps[row], opened.attention
    overlaps = block.predicted_overlaps
    return TrackedFrame(
        window=_window(block.windows[row]),
        score=float(block.scores[row]),
        score_map=score_map if _says_something(score_map) else None,
        removed=_removed(block, opened, row),
        target_tokens_removed=int(block.target_tokens_removed[row]),
        attention=(
            tuple(attention[row])
            if attention is not None and _says_something(attention[row])
            else None
        ),
        predicted_overlap=math.nan if overlaps is None else float(overlaps[row]),
        model=model,
    )


def _window(row: NDArray[np.float64]) -> tuple[float, float, float] | None:
    left, top, side = (float(number) for number in row)
    return None if math.isnan(side) else (left, top, side)


def _says_something(values: NDArray[np.float16]) -> bool:
    """Tell whether there is any number; the first one, which is there as a rule, saves the rest."""
    if not values.size:
        return False
    return not math.isnan(values.item(0)) or not np.isnan(values).all()


def _removed(block: Block, opened: OpenBlock, row: int) -> tuple[NDArray[np.int64], ...]:
    # No bit set could as well mean that nothing was removed.
    if block.removed_known is not None and not block.removed_known[row]:
        return ()
    return tuple(np.flatnonzero(stage).astype(np.int64) for stage in opened.removed[row])
