"""What timeline, lists and status line say, resolved from the session; pure functions."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from app.look.palette import Palette
from app.resolve.answer import SOURCE_WORDS, rgb_box
from app.resolve.facts import SessionFacts, StatusFacts, TargetRow
from app.resolve.live import LiveRows
from app.resolve.review import ReviewItem, review_items
from app.resolve.timeline import EMPTY_TIMELINE, TimelineModel, TimelineRow
from sessions import AnnotationSession, Flag, Source, Target
from tracker_core.sequences import Sequence

if TYPE_CHECKING:
    from tracker_core.ckd.tracker import TrackResult


def timeline_model(
    session: AnnotationSession | None,
    gaps: frozenset[int],
    selected: str | None,
    live: Callable[[str], LiveRows | None],
    palette: Palette,
) -> TimelineModel:
    """Return the strips of all targets; `live` gives the run under way of a target id."""
    if session is None:
        return EMPTY_TIMELINE
    rows = tuple(
        timeline_row(target, live(target.id), palette, chosen=target.id == selected)
        for target in session.targets.values()
    )
    return TimelineModel(session.frame_count, gaps, rows)


def timeline_row(
    target: Target, live: LiveRows | None, palette: Palette, *, chosen: bool = False
) -> TimelineRow:
    """Return the strip of one target, with what a run under way has said so far."""
    source, score = np.array(target.source), np.array(target.score)
    flagged = (target.flags & Flag.TARGET_REMOVED) != 0
    if live is not None:
        free = ~target.protected(live.frames)
        frames = live.frames[free]
        source[frames] = Source.TRACKED
        score[frames] = live.score[free]
        flagged[frames] = live.flagged[free]
    colour = palette.target(target.color)
    return TimelineRow(target.id, target.name, colour, source, flagged, score, chosen)


def target_row(target: Target, palette: Palette, live: LiveRows | None = None) -> TargetRow:
    """Return the line of a target in the list, with what a run under way has said so far."""
    boxed = np.asarray((~np.isnan(target.boxes[:, :, 0])).any(axis=1), np.bool_)
    if live is not None:
        boxed[live.frames] = True
    return TargetRow(
        target.id,
        target.name,
        palette.target(target.color),
        int(boxed.sum()),
        int((target.source == Source.MANUAL).sum()),
    )


def review_queue(target: Target) -> tuple[ReviewItem, ...]:
    """Return the frames of a target that deserve a look, worst first."""
    machine = np.isin(target.source, (Source.TRACKED, Source.IMPORTED))
    seen = (target.flags & Flag.REVIEWED) != 0
    removed = target.tracking.target_tokens_removed()
    return review_items(target.boxes[:, 0], target.score, machine & ~seen, removed)


def status_facts(
    saved: str,
    sequence: Sequence,
    target: Target | None,
    frame_index: int,
    live: TrackResult | None,
    model: str,
) -> StatusFacts:
    """Return the status line for one frame; `live` is what a run under way said about it."""
    facts = StatusFacts(
        frame=f"Frame {frame_index} / {len(sequence) - 1}" + _file_name(sequence, frame_index),
        saved=saved,
    )
    if target is None:
        return facts
    box = rgb_box(target, frame_index) if live is None else live.box_xywh
    score = float(target.score[frame_index]) if live is None else live.score
    code = Source(int(target.source[frame_index])) if live is None else Source.TRACKED
    by = f" by {model}" if model and code is Source.TRACKED else ""
    words = ""
    if box is not None:
        x, y, w, h = box
        words = f"Box {x:.0f}, {y:.0f}  {w:.0f} × {h:.0f}"
    return replace(
        facts,
        box=words,
        score="" if math.isnan(score) else f"Score {score:.2f}",
        source=f"{target.name}: {SOURCE_WORDS[code]}{by}",
    )


def saved_words(path: Path | None, *, clean: bool) -> str:
    """Return whether the session is on disk."""
    if path is None:
        return "" if clean else "Not saved yet"
    return f"Saved in {path.name}" if clean else "Unsaved changes"


def session_facts(
    session: AnnotationSession | None, path: Path | None, sequence: Sequence
) -> SessionFacts | None:
    """Return what is known about sequence and session file."""
    if session is None:
        return None
    info = session.sequence
    depth = sequence.tir_bit_depth
    models = {model.name for t in session.targets.values() for model in t.tracking.models}
    return SessionFacts(
        rows=(
            ("Sequence", info.name),
            ("Layout", sequence.layout.label),
            ("Frames", f"{session.frame_count}"),
            ("RGB", f"{info.rgb_size[0]} × {info.rgb_size[1]}"),
            ("Thermal", f"{info.tir_size[0]} × {info.tir_size[1]}, {depth} bit"),
            ("Images", "\n".join(info.sources)),
            ("Session", str(path) if path else "not saved yet"),
            ("Targets", ", ".join(t.name for t in session.targets.values()) or "none"),
            ("Models", ", ".join(sorted(models)) or "none yet"),
        ),
        notes=sequence.notes,
    )


def _file_name(sequence: Sequence, index: int) -> str:
    if sequence.layout.is_video:
        return ""
    paths = sequence.rgb_paths
    return f"  ·  {paths[index].name}" if index < len(paths) else ""
