"""What the tracker said on every tracked frame, kept small: blocks of frames, compressed.

A frame reads without the others: only its block of 16 frames is unpacked. Blocks are immutable
and shared between states, so that undoing a run costs no more than the blocks it touched.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from sessions.blocks import BLOCK_FRAMES, Block, empty_block
from sessions.checks import as_array, as_int, as_text
from sessions.errors import SessionError
from sessions.records import recordable

MAX_GRID = 128
MAX_STAGES = 64


@recordable
@dataclass(frozen=True, slots=True, order=True)
class ModelInfo:
    """The model behind a tracked frame: enough to know whether two frames saw the same one."""

    name: str
    weights_sha256: str
    """64 hexadecimal digits, or empty when the weights came from no file."""
    config: str
    """The model configuration as a JSON object."""
    search_grid: int
    """Tokens per side of the search crop."""
    map_size: int
    """Side of the score map."""
    stage_blocks: tuple[int, ...] = ()
    """Transformer block of every elimination stage."""

    def __post_init__(self) -> None:
        as_text(self.name, "The model name", empty=False)
        digits = as_text(self.weights_sha256, "The SHA-256 of the weights")
        if digits and not re.fullmatch(r"[0-9a-f]{64}", digits):
            raise SessionError(
                f"The SHA-256 of the weights must be 64 hexadecimal digits, not {digits[:80]!r}."
            )
        _check_json_object(as_text(self.config, "The model configuration"))
        as_int(self.search_grid, "The token grid of the model", 1, MAX_GRID)
        as_int(self.map_size, "The score map of the model", 1, MAX_GRID)
        stages = tuple(as_int(b, "An elimination stage", 0, 10_000) for b in self.stage_blocks)
        if len(stages) > MAX_STAGES:
            raise SessionError(f"A model with {len(stages)} elimination stages cannot be kept.")
        object.__setattr__(self, "stage_blocks", stages)

    @property
    def token_count(self) -> int:
        """Tokens of the search crop."""
        return self.search_grid**2


def _check_json_object(text: str) -> None:
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        raise SessionError("The model configuration is not valid JSON.") from None
    if not isinstance(value, dict):
        raise SessionError("The model configuration must be a JSON object.")


@dataclass(frozen=True, slots=True, eq=False)
class TrackedFrame:
    """What the model said about one frame."""

    window: tuple[float, float, float]
    """Left, top and side of the square search crop in frame pixels."""
    score: float
    """Peak of the windowed response, 0 to 1."""
    score_map: NDArray[np.floating]
    """(S, S) over the search crop, before the Hann window; float16 once stored."""
    removed: tuple[NDArray[np.int64], ...]
    """Token ids that each elimination stage removed, row by row over the search crop."""
    target_tokens_removed: int
    """Removed tokens whose centre lies inside the predicted box."""
    model: ModelInfo | None = None
    """The model that said it; filled in when read from a session."""


@recordable
@dataclass(frozen=True, slots=True, eq=False)
class TrackingRows:
    """What one model said on k frames, as arrays."""

    model: ModelInfo
    windows: NDArray[np.float64]
    """(k, 3): left, top, side of the search crop in frame pixels."""
    scores: NDArray[np.float32]
    """(k,) windowed score."""
    score_maps: NDArray[np.float16]
    """(k, S, S)."""
    removed: NDArray[np.uint8]
    """(k, stages, bytes): one bit for each token, 1 = removed, highest bit first."""
    target_tokens_removed: NDArray[np.uint16]
    """(k,)."""

    def __post_init__(self) -> None:
        model = self.model
        if not isinstance(model, ModelInfo):
            raise SessionError("Tracked rows need a ModelInfo.")
        count = len(self.windows)
        packed = (count, len(model.stage_blocks), -(-model.token_count // 8))
        shapes: tuple[tuple[str, type[np.generic], tuple[int, ...]], ...] = (
            ("windows", np.float64, (count, 3)),
            ("scores", np.float32, (count,)),
            ("score_maps", np.float16, (count, model.map_size, model.map_size)),
            ("removed", np.uint8, packed),
            ("target_tokens_removed", np.uint16, (count,)),
        )
        for name, dtype, shape in shapes:
            column = as_array(getattr(self, name), dtype, shape, f"The {name} of a tracked run")
            object.__setattr__(self, name, column)
        if not np.isfinite(self.windows).all() or bool((self.windows[:, 2] <= 0).any()):
            raise SessionError("A search window of the tracked run has no size.")

    def __len__(self) -> int:
        return len(self.windows)

    @classmethod
    def from_frames(cls, model: ModelInfo, frames: Sequence[TrackedFrame]) -> TrackingRows:
        """Pack the tracker's answers, one for each frame; raises SessionError when they differ."""
        count, size = len(frames), model.map_size
        masks = np.zeros((count, len(model.stage_blocks), model.token_count), np.bool_)
        maps = np.zeros((count, size, size), np.float16)
        for row, frame in enumerate(frames):
            if len(frame.removed) != len(model.stage_blocks) or frame.score_map.shape != (
                size,
                size,
            ):
                raise SessionError(
                    "The tracked frames do not fit the model they are said to be of."
                )
            maps[row] = frame.score_map
            for stage, ids in enumerate(frame.removed):
                masks[row, stage, _checked_ids(ids, model)] = True
        return cls(
            model=model,
            windows=np.array([frame.window for frame in frames], np.float64).reshape(count, 3),
            scores=np.array([frame.score for frame in frames], np.float32),
            score_maps=maps,
            removed=np.packbits(masks, axis=-1),
            target_tokens_removed=np.array(
                [min(frame.target_tokens_removed, 65_535) for frame in frames], np.uint16
            ),
        )


def _checked_ids(ids: NDArray[np.int64], model: ModelInfo) -> NDArray[np.int64]:
    checked = np.asarray(ids, np.int64)
    if checked.size and not 0 <= int(checked.min()) <= int(checked.max()) < model.token_count:
        raise SessionError(f"A removed token lies outside the {model.token_count} of the model.")
    return checked


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
            self.block.check(
                self.model.map_size, len(self.model.stage_blocks), self.model.token_count
            )


@dataclass(frozen=True, slots=True, eq=False)
class TrackingRecord:
    """The tracked frames of one target, by model; a frame belongs to the model that last saw it."""

    frame_count: int
    tracks: Mapping[ModelInfo, Mapping[int, Block]] = field(
        default_factory=lambda: MappingProxyType({})
    )
    """For each model its blocks; block i holds the frames 16 i to 16 i + 15."""

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

    def target_tokens_removed(self) -> NDArray[np.int32]:
        """(N,) how many tokens of the target were removed; -1 where nothing was tracked."""
        counts = np.full(self.frame_count, -1, np.int32)
        for _, start, stop, block in self._blocks():
            seen = block.tracked[: stop - start]
            counts[start:stop][seen] = block.target_tokens_removed[: stop - start][seen]
        return counts

    def _blocks(self) -> Iterator[tuple[ModelInfo, int, int, Block]]:
        for model, blocks in self.tracks.items():
            for index, block in blocks.items():
                start = index * BLOCK_FRAMES
                yield model, start, min(start + BLOCK_FRAMES, self.frame_count), block

    def frame(self, frame_index: int) -> TrackedFrame | None:
        """Return what the model said on this frame, unpacking only its block; None if untracked.

        Raises SessionError when the stored block is damaged.
        """
        model = self.model_of(frame_index)
        if model is None:
            return None
        index, row = divmod(int(frame_index), BLOCK_FRAMES)
        return _unpack_frame(model, self.tracks[model][index], row)

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
        return tuple(c for c in changes if c.block is not None or c.model == extra)

    def with_changes(self, changes: Iterable[BlockChange]) -> TrackingRecord:
        """Return the record with these blocks in place."""
        tracks = {model: dict(blocks) for model, blocks in self.tracks.items()}
        last = -(-self.frame_count // BLOCK_FRAMES)
        for change in changes:
            if change.index >= last:
                raise SessionError(f"A tracking block lies past the {self.frame_count} frames.")
            blocks = tracks.setdefault(change.model, {})
            if change.block is None:
                blocks.pop(change.index, None)
            else:
                blocks[change.index] = change.block
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
        base = self.without(frames)
        model = rows.model
        own = base.tracks.get(model, {})
        where, changes = frames // BLOCK_FRAMES, []
        for index in np.unique(where).tolist():
            block = own.get(index) or empty_block(
                model.map_size, len(model.stage_blocks), model.token_count
            )
            picked = np.flatnonzero(where == index)
            slots = frames[picked] - index * BLOCK_FRAMES
            merged = block.with_rows(
                slots,
                rows.windows[picked],
                rows.scores[picked],
                rows.target_tokens_removed[picked],
                rows.score_maps[picked],
                rows.removed[picked],
            )
            changes.append(BlockChange(model, index, merged))
        return base.with_changes(changes)


def _cleared(change: BlockChange, frames: NDArray[np.int64]) -> Block | None:
    if change.block is None:
        return None
    slots = frames - change.index * BLOCK_FRAMES
    return change.block.without(slots[(slots >= 0) & (slots < BLOCK_FRAMES)])


def _unpack_frame(model: ModelInfo, block: Block, row: int) -> TrackedFrame:
    masks = block.removed()[row]  # (stages, bytes)
    bits = np.unpackbits(masks, axis=-1, count=model.token_count).astype(np.bool_)
    left, top, side = (float(x) for x in block.windows[row])
    return TrackedFrame(
        window=(left, top, side),
        score=float(block.scores[row]),
        score_map=block.score_maps()[row],
        removed=tuple(np.flatnonzero(stage).astype(np.int64) for stage in bits),
        target_tokens_removed=int(block.target_tokens_removed[row]),
        model=model,
    )
