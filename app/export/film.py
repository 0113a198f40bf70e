"""The annotated video of a session."""

from __future__ import annotations

from collections.abc import Callable, Generator
from contextlib import closing
from pathlib import Path
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from app.export.ahead import ahead
from app.export.base import DrawnForm, FilePreview, Progress, Subject
from app.export.images import images_of, shown
from app.export.pictures import AnnotatedFrame, FramePainter, Mark, Tokens
from app.export.video_writer import VideoWriter
from app.look.palette import DARK, Palette
from app.resolve.answer import SOURCE_WORDS, FrameAnswer, answer_of_session, boxes_on_panes
from app.resolve.flags import flag_words
from app.resolve.overlay import token_labels
from safe_files import check_targets, printable
from sessions import AnnotationSession, Flag, Source, Target
from tracker_core.sequences import Sequence

Frames: TypeAlias = Generator[AnnotatedFrame, None, None]
Pictures: TypeAlias = Generator[NDArray[np.uint8], None, None]

FRAMES_PER_SECOND = 12.0
"""For sequences of images, which do not say how fast they were taken."""
MOST = 6
"""Targets that a preview names."""


def write_session_video(
    session: AnnotationSession,
    sequence: Sequence,
    path: Path,
    target_id: str,
    progress: Callable[[int, int], None] | None = None,
) -> None:
    """Write every frame with all boxes; tokens and score are those of one target."""
    # The boxes of both panes are in RGB pixels, so both panes have that shape.
    painter = FramePainter(sequence.rgb_size)
    frames = (annotated(session, sequence, index, target_id) for index in range(len(sequence)))
    write_film(path, painter, frames, sequence, progress)


def write_film(
    path: Path,
    painter: FramePainter,
    frames: Frames,
    sequence: Sequence,
    progress: Callable[[int, int], None] | None = None,
) -> None:
    """Write the frames of a sequence as they are painted."""
    rate, count = _rate_of(sequence), len(sequence)
    pictures = ahead(_drawn(painter, ahead(frames, "film reader")), "film painter")
    # The writer first: where it refuses the place, no thread has begun.
    with VideoWriter(path, painter.size, rate) as video, closing(pictures):
        for done, picture in enumerate(pictures, start=1):
            video.write(picture)
            if progress is not None:
                progress(done, count)


def _rate_of(sequence: Sequence) -> float:
    return sequence.frame_rate or FRAMES_PER_SECOND


def _drawn(painter: FramePainter, frames: Frames) -> Pictures:
    with closing(frames):
        for frame in frames:
            yield painter.draw(frame)


def annotated(
    session: AnnotationSession,
    sequence: Sequence,
    frame_index: int,
    target_id: str,
    palette: Palette = DARK,
) -> AnnotatedFrame:
    """What there is to draw of one frame."""
    frame = sequence.frame(frame_index)
    target = session.target(target_id)
    absent = target.absent()
    scores = np.where(absent, np.float32(np.nan), target.score)
    score = float(scores[frame_index])
    answer = answer_of_session(target, frame_index)
    return AnnotatedFrame(
        frame_index=frame_index,
        frame_count=len(sequence),
        rgb=frame.rgb,
        tir=None if frame.tir is None else shown(frame.tir),
        marks=tuple(
            _mark(session, each, frame_index, palette) for each in session.targets.values()
        ),
        tokens=_tokens(answer),
        score=None if np.isnan(score) else score,
        words=_words(target, frame_index, answer),
        scores=scores,
    )


def _mark(session: AnnotationSession, target: Target, frame_index: int, palette: Palette) -> Mark:
    rgb, tir = boxes_on_panes(session, target, frame_index)
    return Mark(target.name, target.color_rgb or palette.target(target.color), rgb, tir)


def _tokens(answer: FrameAnswer | None) -> Tokens | None:
    # Trackers other than CKD have no tokens.
    if answer is None or answer.window is None or answer.without_tokens() is not None:
        return None
    labels = token_labels(answer.grid, answer.stages)
    return Tokens(answer.window, labels, len(answer.stages))


def _words(target: Target, frame_index: int, answer: FrameAnswer | None) -> str:
    # What holds now: a frame may keep the tracker's record and yet have a corrected box.
    absent = bool(target.flags[frame_index] & Flag.ABSENT)
    source = Source.NONE if absent else Source(int(target.source[frame_index]))
    words = "" if absent else SOURCE_WORDS[source]
    if source is Source.TRACKED and answer is not None and answer.model:
        words = f"tracked by {answer.model}"
    flags = flag_words(int(target.flags[frame_index]))
    damaged = "frame data damaged" if answer is not None and answer.damage else ""
    said = ", ".join(part for part in (words, flags, damaged) if part)
    return f"{target.name}: {said}"


def _write_of_session(subject: Subject, path: Path, progress: Progress) -> None:
    with images_of(subject) as sequence:
        # One of the two films that a session was made from has the same ending.
        check_targets(path, inputs=(*sequence.rgb_paths, *sequence.tir_paths))
        write_session_video(subject.session, sequence, path, subject.target_id, progress)


def _foresee(subject: Subject) -> FilePreview:
    # Only the images say how fast they were taken; and whether they are there is seen at once.
    with images_of(subject) as sequence:
        count, rate = len(sequence), _rate_of(sequence)
        width, height = FramePainter(sequence.rgb_size).size
    length = f"{count / rate:.1f} s" if count < 90 * rate else f"{count / rate / 60:.1f} min"
    targets = tuple(subject.session.targets.values())
    lines = [f"Boxes of {_on(each, np.isfinite(each.boxes[..., 0]))}" for each in targets[:MOST]]
    if len(targets) > MOST:
        lines.append(f"… and {len(targets) - MOST} more")
    target = subject.session.target(subject.target_id)
    return FilePreview(
        "",
        f"{count} frames of {width}x{height} pixels, {rate:.4g} frames a second: {length}",
        (*lines, f"Score of {_on(target, np.isfinite(target.score)[:, None])}"),
    )


def _on(target: Target, known: NDArray[np.bool_]) -> str:
    """Return "walker: 3 frames", those on which it is there and one camera has something."""
    frames = int((known.any(axis=1) & ~target.absent()).sum())
    return f"{printable(target.name)}: {frames} {'frame' if frames == 1 else 'frames'}"


def _lost(subject: Subject) -> tuple[str, ...]:
    from tracker_core.lettering import without_font

    names = [each.name for each in subject.session.targets.values()]
    return without_font(names, one_font=True)


FILM = DrawnForm(
    "video",
    "Annotated video",
    ".mp4",
    "Both modalities side by side with the boxes of all targets; tokens, score and source of one.",
    "Score maps, features and curves are not shown; a gap is drawn as an empty pane.",
    _write_of_session,
    _foresee,
    _lost,
)
