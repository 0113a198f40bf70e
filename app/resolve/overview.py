"""What timeline, lists and status line say, resolved from the session; pure functions."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path

from app.look.numbers import frames_words, score_number
from app.look.palette import Palette
from app.resolve.aligning import alignment_facts
from app.resolve.answer import SOURCE_WORDS, FrameAnswer
from app.resolve.effective import EffectiveTarget
from app.resolve.facts import SessionFacts, StatusFacts, TargetRow
from app.resolve.flags import flag_words
from app.resolve.lost import PERHAPS_LOST
from app.resolve.timeline import TimelineModel, TimelineRow
from app.resolve.trackers import tracker_name
from safe_files import one_line
from sessions import AnnotationSession, Source
from tracker_core.sequences import Sequence

ATTRIBUTES_SHOWN = 60
"""Letters of attributes in the status line; with more, whether it is saved could not be read."""

TIPS = {
    "Sequence": "What the sequence is called, by its folder or file.",
    "Layout": "How its folders and files are read.",
    "Frames": "How many frames the sequence has; they are counted from 0.",
    "RGB": "Width and height of the RGB images in pixels; boxes count in these.",
    "Thermal": "Width and height of the thermal images in pixels, and the bits of a value: 8 are "
    "256 levels, 16 are 65536.",
    "Alignment": "How thermal lies on RGB. Pairs of points, and how far they are off in RGB pixels "
    "(root mean square): about 1 is good. By how many frames thermal is shifted.",
    "Images": "Where the images were when they were last opened.",
    "Session": "Where boxes, scores and tokens are saved.",
    "Targets": "The names of what is annotated in this session.",
    "Trackers": "Who tracked any of the targets.",
}
"""What each row of the session says."""


def timeline_model(
    rows: tuple[EffectiveTarget, ...],
    count: int,
    gaps: frozenset[int],
    selected: str | None,
    palette: Palette,
) -> TimelineModel:
    """Return the strips of all targets over `count` frames."""
    strips = (timeline_row(row, palette, chosen=row.target_id == selected) for row in rows)
    return TimelineModel(count, gaps, tuple(strips))


def timeline_row(row: EffectiveTarget, palette: Palette, *, chosen: bool = False) -> TimelineRow:
    """Return the strip of one target."""
    return TimelineRow(
        row.target_id,
        row.name,
        row.colour(palette),
        row.source,
        row.flags,
        row.score,
        chosen,
        hidden=not row.visible,
    )


def range_words(frames: tuple[int, int] | None, *, following: bool) -> str:
    """Return the selected range as the transport says it; empty when there is none."""
    if frames is None:
        return ""
    first, last = frames[0], frames[1] - 1
    count = last - first + 1
    words = f"frame {first}" if count == 1 else f"frames {first} to {last} ({count})"
    # What follows would surprise who does not know that O ends it.
    return f"Range: {words}, O ends it" if following else f"Range: {words}"


def target_row(row: EffectiveTarget, palette: Palette) -> TargetRow:
    """Return the line of a target in the list."""
    return TargetRow(
        row.target_id,
        row.name,
        row.colour(palette),
        row.boxed,
        row.manual,
        row.class_name,
        row.visible,
        row.locked,
    )


def status_facts(
    saved: str,
    sequence: Sequence,
    row: EffectiveTarget | None,
    frame_index: int,
    answer: FrameAnswer | None,
) -> StatusFacts:
    """Return the status line for one frame; `answer` is of the tracker that has been there."""
    facts = StatusFacts(
        # Not "0 / 299": of 300 frames that count from 0 it would name neither number nor count.
        frame=f"Frame {frame_index} · {frames_words(len(sequence))}"
        + _file_name(sequence, frame_index),
        saved=saved,
    )
    if row is None:
        return facts
    box, score = row.box(frame_index), float(row.score[frame_index])
    code = Source(int(row.source[frame_index]))
    # After a correction the tracker has been here, but the box is not its own.
    said = answer is not None and answer.model
    by = f" by {said}" if said and code is Source.TRACKED else ""
    by += ", frame data damaged" if answer is not None and answer.damage else ""
    if why := row.why_lost(frame_index):
        by += f", {PERHAPS_LOST} ({why})"
    # Absent is a person's word, and goes for whatever the tracker said.
    said_of = f"{SOURCE_WORDS[code]}{by}"
    if row.absent(frame_index):
        said_of = "absent"
    elif flags := flag_words(int(row.flags[frame_index])):
        said_of += f", {flags}"
    said_of += one_line(
        "".join(f", {name} = {value}" for name, value in row.attributes(frame_index).items()),
        ATTRIBUTES_SHOWN,
    )
    words = ""
    if box is not None:
        x, y, w, h = box
        words = f"Box {x:.0f}, {y:.0f}  {w:.0f} × {h:.0f}"
    return replace(
        facts,
        box=words,
        score="" if math.isnan(score) else f"Score {score_number(score)}",
        source=f"{row.name}: {said_of}",
    )


def saved_words(
    path: Path | None, *, clean: bool, saving: bool = False, looking: bool = False
) -> str:
    """Return whether the session is on disk."""
    if looking:
        return "Looking only"
    if saving:
        return "Saving…"
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
    # A set: targets are mostly tracked by the same tracker.
    names = {tracker_name(info) for t in session.targets.values() for info in t.tracking.models}
    return SessionFacts(
        rows=(
            ("Sequence", info.name),
            ("Layout", sequence.layout.label),
            ("Frames", f"{session.frame_count}"),
            ("RGB", f"{info.rgb_size[0]} × {info.rgb_size[1]}"),
            ("Thermal", f"{info.tir_size[0]} × {info.tir_size[1]}, {depth} bit"),
            ("Alignment", alignment_facts(session.alignment)),
            ("Images", "\n".join(info.sources)),
            ("Session", str(path) if path else "not saved yet"),
            ("Targets", ", ".join(t.name for t in session.targets.values()) or "none"),
            ("Trackers", ", ".join(sorted(names)) or "none yet"),
        ),
        notes=sequence.notes,
        tips=TIPS,
    )


def _file_name(sequence: Sequence, index: int) -> str:
    # All frames of a video are in one file, which the session panel names.
    if sequence.layout.is_video:
        return ""
    paths = sequence.rgb_paths
    return f"  ·  {paths[index].name}" if index < len(paths) else ""
