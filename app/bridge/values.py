"""The border between the tracker and sessions: values of one side as values of the other."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from app.resolve.answer import said_overlap
from safe_files import printable
from sessions.model import SequenceInfo
from sessions.tracking import ModelInfo, TrackedFrame
from tracker_core.engines.table import ENGINES

if TYPE_CHECKING:
    from tracker_core.sequences import Sequence
    from tracker_core.trackers import Result, TrackerInfo

_THEN = ", then "
"""Between the engines of a run in which one had to take over."""


def sequence_info(sequence: Sequence, sources: Iterable[Path]) -> SequenceInfo:
    """What a session keeps of an open sequence; `sources` are the one or two paths opened."""
    count = len(sequence)
    return SequenceInfo(
        # A folder's name may hold bytes that are no text; the paths keep them, a name is shown.
        name=printable(sequence.name),
        layout=sequence.layout.value,
        rgb_paths=_absolute(sequence.rgb_paths),
        tir_paths=_absolute(sequence.tir_paths),
        # Gaps count: the arrays of a session have one row for each frame of the sequence.
        rgb_count=count,
        tir_count=count,
        rgb_size=sequence.rgb_size,
        tir_size=sequence.tir_size,
        fingerprint=sequence.fingerprint(),
        sources=_absolute(sources),
    )


def model_info(info: TrackerInfo) -> ModelInfo:
    """What a session keeps of the tracker behind its boxes."""
    return ModelInfo(
        name=info.name,
        weights_sha256=info.weights_sha256,
        config=info.config,
        search_grid=info.search_grid,
        map_size=info.map_size,
        stage_blocks=info.stage_blocks,
        tracker=info.tracker,
        engine=info.engine,
    )


def computed_now(info: ModelInfo, engine: str) -> ModelInfo:
    """Return the same with the engine of that name in the table; as it is where there is none."""
    entry = ENGINES.get(engine)
    return info if entry is None or not info.engine else replace(info, engine=str(entry))


def then_computed(info: ModelInfo, engine: str) -> ModelInfo:
    """Return the same where, from some frame on, the engine of that name computed."""
    entry = ENGINES.get(engine)
    if entry is None or not info.engine or info.engine.split(_THEN)[-1] == str(entry):
        return info
    return replace(info, engine=f"{info.engine}{_THEN}{entry}")


def tracked_frame(result: Result) -> TrackedFrame:
    """What a session keeps of one answer of a tracker; what it does not say stays empty."""
    window = result.search_window
    place = None if window is None else (float(window.x), float(window.y), float(window.side))
    return TrackedFrame(
        window=place,
        score=result.score,
        score_map=result.score_map,
        removed=tuple(stage.removed for stage in result.elimination),
        target_tokens_removed=result.target_tokens_removed,
        # Without stages nothing decided, whatever the grid.
        attention=_attention(result) if result.elimination else None,
        predicted_overlap=said_overlap(result),
    )


def _attention(result: Result) -> tuple[NDArray[np.float32], ...] | None:
    """Return (T,) of each stage, NaN for tokens gone before; None where it is not said."""
    stages, grid = result.elimination, result.search_grid
    spread = []
    for stage in stages:
        tokens, said = stage.candidates, np.asarray(stage.attention, np.float32)
        # Of trackers of others; what they say of tokens is checked where these are packed.
        there = tokens.size and tokens.min() >= 0 and tokens.max() < grid * grid
        if not there or said.shape != tokens.shape or not np.isfinite(said).all():
            return None
        row = np.full(grid * grid, np.nan, np.float32)
        row[tokens] = said
        spread.append(row)
    return tuple(spread)


def _absolute(paths: Iterable[Path]) -> tuple[str, ...]:
    # A session is opened again from other folders.
    return tuple(str(Path(path).absolute()) for path in paths)
