"""What of a tracked frame can be shown: the one place that tells damaged data from sound data.

HDF5 holds any number, and a file may come from a disk that fails or from another program. Whatever
asks for a frame gets either sound values or a `DamagedFrameError`, so that no view has to doubt.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sessions.blocks import BLOCK_FRAMES, Block
from sessions.checks import Array
from sessions.errors import SessionError
from sessions.tracked import MAX_SCORE, ModelInfo, sound_windows

Rows = NDArray[np.bool_]
"""(16,)."""


@dataclass(frozen=True, slots=True, eq=False)
class OpenBlock:
    """The 16 frames of a block, unpacked and judged."""

    score_maps: NDArray[np.float16]
    """(16, S, S)."""
    removed: Rows
    """(16, stages, T)."""
    attention: NDArray[np.float16] | None
    """(16, stages, T)."""
    problems: tuple[str, ...]
    """For each row what is wrong with it, to be read after "damaged"; empty where it is sound."""


def open_block(model: ModelInfo, block: Block) -> OpenBlock:
    """Return a block unpacked; SessionError when that cannot be done, which costs all its rows."""
    maps, masks, attention = block.score_maps(), block.removed(), block.attention()
    bits = np.unpackbits(masks, axis=-1).astype(np.bool_)  # (16, stages, 8 * bytes)
    tokens = bits[..., : model.token_count]
    wrong: tuple[tuple[str, Rows], ...] = (
        ("its search window has no size or place", ~_whole_or_none(block.windows, sound_windows)),
        ("its tokens have no search window", _tokens_without_window(model, block)),
        ("its score is no number that a tracker gives", ~_sound_numbers(block.scores)),
        ("its score map is not made of numbers", ~_whole_or_none(_flat(maps), _all_finite)),
        ("more tokens were removed than there are", _too_many_removed(model, block, bits)),
        ("a token was removed twice", _any(_flat(tokens.sum(axis=1) > 1))),
        (
            "its attention is not made of numbers",
            _no_rows() if attention is None else _any(np.isinf(attention)),
        ),
    )
    problems = [""] * BLOCK_FRAMES
    # From the last to the first, so that of two problems the first is named.
    for words, rows in reversed(wrong):
        for row in np.flatnonzero(rows & block.tracked).tolist():
            problems[row] = words
    return OpenBlock(maps, tokens, attention, tuple(problems))


def damaged_rows(model: ModelInfo, block: Block) -> Rows:
    """(16,) which tracked rows of a block cannot be shown."""
    try:
        problems = open_block(model, block).problems
    except SessionError:
        return block.tracked
    return np.array([bool(words) for words in problems], np.bool_)


def unpacked_bytes(block: Block) -> int:
    """Return how much memory the rows of a block take unpacked, at the most."""
    stages = block.stage_count * block.token_count
    return BLOCK_FRAMES * (
        2 * block.map_size**2 + stages + 2 * stages * bool(block.packed_attention)
    )


def counts_of_target_tokens(model: ModelInfo, block: Block) -> NDArray[np.int32]:
    """(16,) how many tokens of the target were removed; -1 where there are not so many."""
    counts = block.target_tokens_removed.astype(np.int32)
    counts[counts > model.token_count] = -1
    return counts


def _no_rows() -> Rows:
    return np.zeros(BLOCK_FRAMES, np.bool_)


def _flat(values: Array) -> Array:
    return values.reshape(BLOCK_FRAMES, -1)


def _any(values: Array) -> Rows:
    return np.asarray(_flat(values).any(axis=1), np.bool_)


def _all_finite(values: Array) -> Rows:
    return np.asarray(np.isfinite(values).all(axis=1), np.bool_)


def _whole_or_none(values: Array, sound: Callable[[Array], Rows]) -> Rows:
    """(16,) rows that are sound, or NaN throughout, which stands for nothing."""
    return sound(values) | np.isnan(values).all(axis=1)


def _sound_numbers(scores: NDArray[np.float32]) -> Rows:
    return np.isnan(scores) | (np.abs(scores) <= MAX_SCORE)


def _tokens_without_window(model: ModelInfo, block: Block) -> Rows:
    """Tokens lie in the search window; only a frame that knows of none may lack it."""
    if not model.search_grid:
        return _no_rows()
    known = np.ones(BLOCK_FRAMES, np.bool_) if block.removed_known is None else block.removed_known
    return np.isnan(block.windows).all(axis=1) & known


def _too_many_removed(model: ModelInfo, block: Block, bits: Rows) -> Rows:
    # Bits after the last token fill up the last byte and are never set.
    beyond = _any(bits[..., model.token_count :])
    if not model.search_grid:
        return beyond
    return beyond | (block.target_tokens_removed > model.token_count)
