"""An alignment of a session, or of a file, put to use on the images."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from app.bridge.runs import scale_alignment
from sessions import Alignment, AnnotationSession, read_alignment, turned_round, with_residuals
from sessions.alignment import BY_NAMES, IDENTITY
from tracker_core.sequences import Sequence, registering


class Aligned(Protocol):
    """What can show thermal frames through a map and from other moments."""

    def align(self, tir_to_rgb: NDArray[np.float64] | None, shift: int) -> None:
        """See `Sequence.align`."""


def align_images(images: Aligned, alignment: Alignment, pairing: int | None) -> None:
    """Show images as an alignment has it; `pairing` is the offset they were opened with."""
    images.align(map_of(alignment), shift_of(alignment, pairing))


def map_of(alignment: Alignment) -> NDArray[np.float64] | None:
    """Return the map to show thermal frames through; None where they fill the RGB frame.

    An identity that nobody gave says nothing of cameras of two sizes.
    """
    return None if alignment.is_identity and not alignment.origin else alignment.matrix


def shift_of(alignment: Alignment, pairing: int | None) -> int:
    """Return by how many frames thermal is shifted on frames paired with this offset."""
    if alignment.paired_with:
        # What names decide stands for 0: the offset then counts from there.
        given = 0 if alignment.paired_with == BY_NAMES else int(alignment.paired_with)
        return alignment.time_offset - given
    # Without an offset nothing is shifted, with whatever the frames had to be paired.
    return alignment.time_offset - (pairing or 0) if alignment.time_offset else 0


def total_offset(alignment: Alignment, pairing: int | None) -> int:
    """Return the offset in time, in all, on frames that were paired with `pairing`."""
    if alignment.paired_with:
        return alignment.time_offset
    return (pairing or 0) + shift_of(alignment, pairing)


def with_offset(alignment: Alignment, offset: int, pairing: int | None) -> Alignment:
    """Return it with another time offset, on frames that were paired with `pairing`."""
    paired = BY_NAMES if pairing is None else str(pairing)
    return replace(alignment, time_offset=offset, paired_with=paired)


def given_alignment(
    file: Path | Alignment | None, sequence: Sequence, tir_offset: int | None = None
) -> Alignment:
    """Return the alignment of a new session, and show the images of its sequence so.

    Without a file thermal fills the RGB frame; an alignment is for a change of the session, later.
    The offset of a file counts frames as they are paired, by names or with `tir_offset`. Raises
    SessionError or CKDError for one that does not fit.
    """
    filling = scale_alignment(sequence.rgb_size, sequence.tir_size, tir_offset or 0)
    if not isinstance(file, Path):
        return filling
    read = with_residuals(read_alignment(file, filling.tir_to_rgb))
    alignment = with_offset(read, read.time_offset + (tir_offset or 0), tir_offset)
    check_shift(sequence, shift_of(alignment, tir_offset))
    registering.check_map(alignment.matrix, sequence.rgb_size, sequence.tir_size)
    align_images(sequence, alignment, tir_offset)
    return alignment


def exchanged_alignment(session: AnnotationSession) -> Alignment | None:
    """Return how the cameras of a session lie once RGB is thermal and thermal is RGB.

    None where thermal fills the RGB frame, which holds the other way round as well.
    """
    own, info = session.alignment, session.sequence
    filling = scale_alignment(info.rgb_size, info.tir_size).tir_to_rgb
    if map_of(own) is None or own.tir_to_rgb == filling:
        return None
    return turned_round(own)


def with_map(alignment: Alignment, other: Alignment) -> Alignment:
    """Return an alignment with the map and the points of another one, and its own offset."""
    return replace(other, time_offset=alignment.time_offset, paired_with=alignment.paired_with)


def task_alignment(file: Path | None) -> tuple[int, tuple[float, ...] | None]:
    """Return the shift and the map that a file gives for every sequence of a dataset.

    The map is None where the file has none: thermal then fills the RGB frame, whatever its size.
    """
    if file is None:
        return 0, None
    # Two maps to stand in for a missing one: what comes out in both cases is in the file.
    read, other = (read_alignment(file, each) for each in (IDENTITY, (2.0, *IDENTITY[1:])))
    same = read.tir_to_rgb == other.tir_to_rgb
    return read.time_offset, read.tir_to_rgb if same else None


def alignment_for(session: AnnotationSession, file: Path) -> Alignment:
    """Return what a file says of the cameras of a session, on the frames that this has."""
    own, info = session.alignment, session.sequence
    filling = scale_alignment(info.rgb_size, info.tir_size).tir_to_rgb
    read = with_residuals(read_alignment(file, filling))
    registering.check_map(read.matrix, info.rgb_size, info.tir_size)
    by = own.paired_with
    if not by and own.time_offset:
        # Nobody says how its frames were paired; its offset is kept for that.
        by = str(own.time_offset)
    pairing = int(by) if by and by != BY_NAMES else None
    return with_offset(read, read.time_offset + (pairing or 0), pairing)


def check_shift(sequence: Sequence, shift: int) -> None:
    """Refuse a shift beyond the ends of the sequence; CKDError."""
    registering.check_shift(shift, len(sequence), sequence.name)
