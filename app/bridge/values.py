"""The border between the tracker and sessions: values of one side as values of the other."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from sessions.model import SequenceInfo
from sessions.tracking import ModelInfo, TrackedFrame

if TYPE_CHECKING:
    from tracker_core.ckd.config import ModelConfig
    from tracker_core.ckd.tracker import TrackResult
    from tracker_core.sequences import Sequence


def sequence_info(sequence: Sequence, sources: Iterable[Path]) -> SequenceInfo:
    """What a session keeps of an open sequence; `sources` are the one or two paths opened."""
    count = len(sequence)
    return SequenceInfo(
        name=sequence.name,
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


def model_info(config: ModelConfig, name: str, weights_sha256: str) -> ModelInfo:
    """What a session keeps of the model behind its boxes; a file is named without its folder."""
    return ModelInfo(
        name=Path(name).name,
        weights_sha256=weights_sha256,
        config=config.to_json(),
        search_grid=config.search_grid,
        map_size=config.map_size,
        stage_blocks=tuple(config.elimination_blocks),
    )


def tracked_frame(result: TrackResult) -> TrackedFrame:
    """What a session keeps of one answer of the tracker."""
    window = result.search_window
    return TrackedFrame(
        window=(float(window.x), float(window.y), float(window.side)),
        score=result.score,
        score_map=result.score_map,
        removed=tuple(stage.removed for stage in result.elimination),
        target_tokens_removed=result.target_tokens_removed,
    )


def _absolute(paths: Iterable[Path]) -> tuple[str, ...]:
    return tuple(str(Path(path).absolute()) for path in paths)
