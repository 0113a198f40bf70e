"""The images of a session, paired as they were when it was made."""

from __future__ import annotations

from collections.abc import Sequence as Several
from pathlib import Path

from app.bridge.aligning import align_images
from sessions import AnnotationSession
from sessions.alignment import BY_NAMES
from tracker_core.errors import CKDError
from tracker_core.sequences import Sequence, open_sequence
from tracker_core.sequences.pairing import AmbiguousPairingError
from tracker_core.sequences.timeline import NoPairsError


def open_images(session: AnnotationSession, sources: Several[Path]) -> Sequence:
    """Open the images at one or two paths and show them as the session aligns its cameras.

    Raises CKDError for what cannot be opened.
    """
    sequence = _paired(session, sources)
    align_images(sequence, session.alignment, sequence.locator[2])
    return sequence


def _paired(session: AnnotationSession, sources: Several[Path]) -> Sequence:
    """Open the images with their frames paired as the session has them.

    Without an offset the names decide, as they did for a session that was made without one, and
    where they leave it open the numbers are taken as they stand, or the first of each paired, as
    the session's frames have it: a person had said so. Raises CKDError for what cannot be opened.
    """
    for source in sources:
        if not source.exists():
            raise CKDError(f"There is no file or folder {source}; check the path.")
    rgb, tir = sources[0], sources[1] if len(sources) > 1 else None
    if (by := session.alignment.paired_with) and by != BY_NAMES:
        # Said in the session: the frames need not be counted to find it out.
        sequence = open_sequence(rgb, tir, int(by))
        return _as_it_was(session, sequence) if sequence.layout.is_one_video else sequence
    if (offset := session.alignment.time_offset) and not by:
        sequence = _with_offset(session, rgb, tir, offset)
        return _as_it_was(session, sequence) if sequence.layout.is_one_video else sequence
    try:
        sequence = open_sequence(rgb, tir)
    except AmbiguousPairingError as error:
        # 0 was given. Or the first of each were paired, which was once done without asking.
        return _of_its_length(session, rgb, tir, (0, error.offset))
    if sequence.layout.is_one_video:
        return _as_it_was(session, sequence)
    if len(sequence) == session.frame_count or "other-base" not in {
        remark.code for remark in sequence.remarks
    }:
        return sequence
    # An offset of 0 was given, against what the names say; or less was known of them then.
    sequence.close()
    return _of_its_length(session, rgb, tir, (0, 1, -1))


def _of_its_length(
    session: AnnotationSession, rgb: Path, tir: Path | None, offsets: tuple[int | None, ...]
) -> Sequence:
    """Open the images with the first offset that gives the frames of the session, else the first.

    Raises CKDError when they cannot be opened.
    """
    for offset in offsets:
        if offset is None:
            continue
        try:
            sequence = open_sequence(rgb, tir, offset)
        except NoPairsError:
            continue
        if len(sequence) == session.frame_count:
            return sequence
        sequence.close()
    return open_sequence(rgb, tir, offsets[0])


def _with_offset(session: AnnotationSession, rgb: Path, tir: Path | None, offset: int) -> Sequence:
    """Open the images with an offset that pairs them, or only says how the cameras lie.

    Sessions of before frames were paired by their numbers have one of the second kind: their
    frames are those without it.
    """
    try:
        sequence = open_sequence(rgb, tir, offset)
    except CKDError:
        plain = open_sequence(rgb, tir)
        if len(plain) == session.frame_count:
            return plain
        plain.close()
        raise
    if len(sequence) == session.frame_count:
        return sequence
    try:
        plain = open_sequence(rgb, tir)
    except CKDError:
        return sequence
    if len(plain) == session.frame_count:
        sequence.close()
        return plain
    plain.close()
    return sequence


def _as_it_was(session: AnnotationSession, sequence: Sequence) -> Sequence:
    """The modalities of a single video as the session had them: a person may have swapped them."""
    expected = session.sequence.fingerprint
    if not expected or sequence.fingerprint() == expected:
        return sequence
    path, tir, offset, _ = sequence.locator
    swapped = open_sequence(path, tir, offset, swap=True)
    if swapped.fingerprint() == expected:
        sequence.close()
        return swapped
    # Another video: what it looks like decides, and the window says that it is another one.
    swapped.close()
    return sequence
