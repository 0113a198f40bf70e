"""The border between the tracker and sessions: values of one side as values of the other."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from safe_files import printable
from sessions.model import SequenceInfo
from sessions.tracking import ModelInfo, TrackedFrame

if TYPE_CHECKING:
    from tracker_core.sequences import Sequence
    from tracker_core.trackers import Result, TrackerInfo


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
    )


def _absolute(paths: Iterable[Path]) -> tuple[str, ...]:
    # A session is opened again from other folders.
    return tuple(str(Path(path).absolute()) for path in paths)
