"""What a tracker says about frames, and which tracker it was; most of it is optional."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from safe_files import FileError, parse_json
from sessions.checks import as_array, as_int, as_text
from sessions.errors import SessionError
from sessions.records import recordable

# A grid of 128 is a search crop of 2048 pixels at CKD's stride of 16; tokens of one frame then take
# 2 KB for each stage and its attention 32 KB, so that a block of 16 frames stays below a megabyte.
MAX_GRID = 128
MAX_STAGES = 64
MAX_TRACKER = 200
MAX_SCORE = 1e6
"""Trackers of others need not keep to 0 to 1, but none gives more than this."""
# A search crop of less is no piece of a frame, and what is divided by it overflows; one of more
# than the largest, or further away, has nothing to do with any camera.
MIN_WINDOW_SIDE, MAX_WINDOW = 0.01, 1e7


@recordable
# In order, so that a file lists its models alike whenever they came in.
@dataclass(frozen=True, slots=True, order=True)
class ModelInfo:
    """The model behind a tracked frame: enough to know whether two frames saw the same one."""

    name: str
    weights_sha256: str
    """64 hexadecimal digits, or empty when the weights came from no file."""
    config: str
    """The model configuration as a JSON object."""
    search_grid: int
    """Tokens per side of the search crop; 0 for a tracker without tokens."""
    map_size: int
    """Side of the score map; 0 for a tracker without one."""
    stage_blocks: tuple[int, ...] = ()
    """Transformer block of every elimination stage."""
    tracker: str = "ckd"
    """Name in the registry of trackers, such as "nanotrack" or "module:Class"."""
    engine: str = ""
    """How it was computed, such as "eager float32"; empty when not known."""

    def __post_init__(self) -> None:
        as_text(self.name, "The model name", empty=False)
        digits = as_text(self.weights_sha256, "The SHA-256 of the weights")
        if digits and not re.fullmatch(r"[0-9a-f]{64}", digits):
            raise SessionError(
                f"The SHA-256 of the weights must be 64 hexadecimal digits, not {digits[:80]!r}."
            )
        _check_json_object(as_text(self.config, "The model configuration"))
        as_int(self.search_grid, "The token grid of the model", 0, MAX_GRID)
        as_int(self.map_size, "The score map of the model", 0, MAX_GRID)
        stages = tuple(as_int(b, "An elimination stage", 0, 10_000) for b in self.stage_blocks)
        if len(stages) > MAX_STAGES:
            raise SessionError(f"A model with {len(stages)} elimination stages cannot be kept.")
        if list(stages) != sorted(set(stages)):
            raise SessionError(
                f"The elimination stages {stages[:8]} are not in the order of the model's blocks."
            )
        # Their masks would have no bits.
        if stages and not self.search_grid:
            raise SessionError("A model without tokens cannot have elimination stages.")
        object.__setattr__(self, "stage_blocks", stages)
        as_text(self.tracker, "The name of the tracker", empty=False, limit=MAX_TRACKER)
        as_text(self.engine, "The engine of the tracker", limit=MAX_TRACKER)

    @property
    def token_count(self) -> int:
        """Tokens of the search crop."""
        return self.search_grid**2

    @property
    def token_bytes(self) -> int:
        """Bytes that hold one bit for each token."""
        return -(-self.token_count // 8)


def _check_json_object(text: str) -> None:
    try:
        value = parse_json(text, "the model configuration")
    except FileError:
        raise SessionError("The model configuration is not valid JSON.") from None
    if not isinstance(value, dict):
        raise SessionError("The model configuration must be a JSON object.")


@dataclass(frozen=True, slots=True, eq=False)
class TrackedFrame:
    """What the model said about one frame."""

    window: tuple[float, float, float] | None
    """Left, top and side of the square search crop in frame pixels; None when there is none."""
    score: float
    """Peak of the windowed response, 0 to 1; NaN when the tracker gives none."""
    score_map: NDArray[np.floating] | None
    """(S, S) over the search crop, before the Hann window; float16 once stored; None = none."""
    removed: tuple[NDArray[np.int64], ...]
    """Token ids that each elimination stage removed, row by row over the search crop; empty when
    the model has no stages or they are not known on this frame."""
    target_tokens_removed: int = 0
    """Removed tokens whose centre lies inside the predicted box."""
    attention: tuple[NDArray[np.floating], ...] | None = None
    """For each stage (T,) the attention that decided, row by row over the search crop; NaN where a
    token was gone before; float16 once stored; None when not kept."""
    predicted_overlap: float = math.nan
    """Overlap with the target that the tracker expects of its box, 0 to 1; NaN = not said."""
    model: ModelInfo | None = None
    """The model that said it; filled in when read from a session."""


@recordable
@dataclass(frozen=True, slots=True, eq=False)
class TrackingRows:
    """What one model said on k frames, as arrays."""

    model: ModelInfo
    windows: NDArray[np.float64]
    """(k, 3): left, top, side of the search crop in frame pixels; NaN = none."""
    scores: NDArray[np.float32]
    """(k,) windowed score; NaN = none."""
    score_maps: NDArray[np.float16]
    """(k, S, S); all NaN = none."""
    removed: NDArray[np.uint8]
    """(k, stages, bytes): one bit for each token, 1 = removed, highest bit first."""
    target_tokens_removed: NDArray[np.uint16]
    """(k,)."""
    attention: NDArray[np.float16] | None = None
    """(k, stages, T), all NaN = none; None when no frame has any."""
    predicted_overlaps: NDArray[np.float32] | None = None
    """(k,), NaN = not said; None when no frame has any."""
    removed_known: NDArray[np.bool_] | None = None
    """(k,) false where `removed` means nothing; None when it is known on all frames."""

    def __post_init__(self) -> None:
        model = self.model
        if not isinstance(model, ModelInfo):
            raise SessionError("Tracked rows need a ModelInfo.")
        count, stages = len(self.windows), len(model.stage_blocks)
        shapes: tuple[tuple[str, type[np.generic], tuple[int, ...]], ...] = (
            ("windows", np.float64, (count, 3)),
            ("scores", np.float32, (count,)),
            ("score_maps", np.float16, (count, model.map_size, model.map_size)),
            ("removed", np.uint8, (count, stages, model.token_bytes)),
            ("target_tokens_removed", np.uint16, (count,)),
            ("attention", np.float16, (count, stages, model.token_count)),
            ("predicted_overlaps", np.float32, (count,)),
            ("removed_known", np.bool_, (count,)),
        )
        for name, dtype, shape in shapes:
            # None stays None: an array of NaN for each run would be compressed and kept in vain.
            value = getattr(self, name)
            if value is None and name in _OPTIONAL:
                continue
            column = as_array(value, dtype, shape, f"The {name} of a tracked run")
            object.__setattr__(self, name, column)
        _check_windows(self.windows)
        for name in ("scores", "predicted_overlaps"):
            if getattr(self, name) is not None and bool(np.isinf(getattr(self, name)).any()):
                raise SessionError(f"The {name} of a tracked run hold an infinite number.")

    def __len__(self) -> int:
        return len(self.windows)

    def picked(self, rows: NDArray[Any]) -> TrackingRows:
        """Return some of the rows; `rows` is a mask (k,) or indices."""
        parts = {name: getattr(self, name) for name in (*_COLUMNS, *_OPTIONAL)}
        kept = {name: part[rows] for name, part in parts.items() if part is not None}
        return replace(self, **kept)

    @classmethod
    def from_frames(cls, model: ModelInfo, frames: Sequence[TrackedFrame]) -> TrackingRows:
        """Pack the tracker's answers, one for each frame; raises SessionError when they differ."""
        count = len(frames)
        windows = [_NO_WINDOW if frame.window is None else frame.window for frame in frames]
        overlaps = np.array([frame.predicted_overlap for frame in frames], np.float32)
        # No stage at all is how a tracker says that it does not know; a stage may remove nothing.
        # Tokens without a search window lie nowhere, so that nothing is known of them either.
        known = np.array(
            [
                (bool(frame.removed) or not model.stage_blocks) and frame.window is not None
                for frame in frames
            ],
            np.bool_,
        )
        return cls(
            model=model,
            windows=np.array(windows, np.float64).reshape(count, 3),
            scores=np.array([frame.score for frame in frames], np.float32),
            score_maps=_stacked_maps(model, frames),
            removed=_stacked_removed(model, frames),
            target_tokens_removed=np.array(
                [min(frame.target_tokens_removed, 65_535) for frame in frames], np.uint16
            ),
            attention=_stacked_attention(model, frames),
            predicted_overlaps=None if np.isnan(overlaps).all() else overlaps,
            removed_known=None if known.all() or not model.search_grid else known,
        )


_COLUMNS = ("windows", "scores", "score_maps", "removed", "target_tokens_removed")
_OPTIONAL = ("attention", "predicted_overlaps", "removed_known")
_NO_WINDOW = (math.nan, math.nan, math.nan)


def sound_windows(windows: NDArray[np.float64]) -> NDArray[np.bool_]:
    """(k,) which windows (k, 3) have a place and a size."""
    # NaN compares as false.
    near = (np.abs(windows) <= MAX_WINDOW).all(axis=1)
    return np.asarray(near & (windows[:, 2] >= MIN_WINDOW_SIDE), np.bool_)


def _check_windows(windows: NDArray[np.float64]) -> None:
    if not bool((sound_windows(windows) | np.isnan(windows).all(axis=1)).all()):
        raise SessionError("A search window of the tracked run has no size.")


def _misfit() -> SessionError:
    return SessionError("The tracked frames do not fit the model they are said to be of.")


def _stacked_maps(model: ModelInfo, frames: Sequence[TrackedFrame]) -> NDArray[np.float16]:
    shape = (model.map_size, model.map_size)
    maps = np.full((len(frames), *shape), np.nan, np.float16)  # (k, S, S)
    for row, frame in enumerate(frames):
        if frame.score_map is not None:
            if frame.score_map.shape != shape:
                raise _misfit()
            maps[row] = frame.score_map
    return maps


def _stacked_removed(model: ModelInfo, frames: Sequence[TrackedFrame]) -> NDArray[np.uint8]:
    stages = len(model.stage_blocks)
    masks = np.zeros((len(frames), stages, model.token_count), np.bool_)  # (k, stages, T)
    for row, frame in enumerate(frames):
        if len(frame.removed) not in (0, stages):
            raise _misfit()
        for stage, ids in enumerate(frame.removed):
            masks[row, stage, _checked_ids(ids, model)] = True
    # A bit for each token; numpy's order of bits is part of the file format.
    return np.packbits(masks, axis=-1)


def _stacked_attention(
    model: ModelInfo, frames: Sequence[TrackedFrame]
) -> NDArray[np.float16] | None:
    if all(frame.attention is None for frame in frames):
        return None
    shape = (len(model.stage_blocks), model.token_count)
    stacked = np.full((len(frames), *shape), np.nan, np.float16)  # (k, stages, T)
    for row, frame in enumerate(frames):
        if frame.attention is not None:
            if tuple(stage.shape for stage in frame.attention) != ((shape[1],),) * shape[0]:
                raise _misfit()
            stacked[row] = frame.attention
    return stacked


def _checked_ids(ids: NDArray[np.int64], model: ModelInfo) -> NDArray[np.int64]:
    # A negative id would silently count from the end.
    checked = np.asarray(ids, np.int64)
    if checked.size and not 0 <= int(checked.min()) <= int(checked.max()) < model.token_count:
        raise SessionError(f"A removed token lies outside the {model.token_count} of the model.")
    return checked
