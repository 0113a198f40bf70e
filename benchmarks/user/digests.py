"""The exact content of a session as one short text: two of them are equal when nothing differs."""

from __future__ import annotations

import hashlib
from typing import Any

import numpy as np

from sessions import AnnotationSession, ModelInfo, Target
from sessions.blocks import BLOCK_FRAMES, Block

COLUMNS = ("boxes", "source", "flags", "score", "edited")


def session_digest(session: AnnotationSession) -> str:
    """Return the digest of everything that a person or a tracker put into a session.

    Where its images and its file lie does not count, nor when it was saved or where one stopped.
    """
    sequence = session.sequence
    parts = hashlib.blake2b(digest_size=12)
    about = (sequence.name, sequence.rgb_count, sequence.tir_count, sequence.rgb_size)
    for part in (about, session.alignment, session.notes, list(session.targets)):
        parts.update(repr(part).encode())
    for target in session.targets.values():
        parts.update(target_digest(target).encode())
    return parts.hexdigest()


def target_digest(target: Target) -> str:
    """Return the digest of one target, with all its frames and what trackers said."""
    parts = hashlib.blake2b(digest_size=12)
    about = (
        target.id, target.name, target.color, target.color_rgb, sorted(target.attributes.items()),
        target.class_name, target.visible, target.locked, target.linked, target.seen,
    )  # fmt: skip
    parts.update(repr(about).encode())
    for name in COLUMNS:
        _add(parts, getattr(target, name))
    for model in target.tracking.models:
        for index, block in sorted(target.tracking.tracks[model].items()):
            _add_block(parts, model, index, block, len(target.source))
    return parts.hexdigest()


def _add_block(parts: Any, model: ModelInfo, index: int, block: Block, count: int) -> None:  # noqa: ANN401 - a hash of hashlib
    # Rows past the end, and those not marked as tracked, mean nothing and may be anything.
    rows = np.flatnonzero(block.tracked)
    rows = rows[rows + index * BLOCK_FRAMES < count]
    if not rows.size:
        return
    parts.update(repr((model, index, rows.tolist())).encode())
    columns = (block.windows, block.scores, block.target_tokens_removed)
    whole = (block.score_maps(), block.removed(), block.attention())
    for column in (*columns, *whole, block.predicted_overlaps, block.removed_known):
        # None stands for a column that says nothing: it must not equal one that is left out.
        if column is None:
            parts.update(b"none")
        else:
            _add(parts, column[rows])


def _add(parts: Any, array: Any) -> None:  # noqa: ANN401 - a hash of hashlib and an array of any kind
    # All NaN are one: a file may write another one of the millions that there are.
    if array.dtype.kind == "f":
        array = np.where(np.isnan(array), np.array(np.nan, array.dtype), array)
    parts.update(np.ascontiguousarray(array).tobytes())
