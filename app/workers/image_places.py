"""Where the images of a session are now, and whether they are those of a sequence."""

from __future__ import annotations

import os
from pathlib import Path

from sessions import AnnotationSession
from tracker_core.errors import CKDError


class MissingImagesError(CKDError):
    """A session was read, but its images are not where it says."""


def sources_of(session: AnnotationSession, path: Path) -> tuple[Path, ...]:
    """Return where the images are: as they lie beside the session file, else where they were."""
    info = session.sequence
    beside = tuple(path.parent / part for part in info.sources_relative)
    before = tuple(Path(part) for part in info.sources)
    # Beside the file first: who copied session and images together means this copy.
    for candidates in (beside, before):
        if candidates and all(map(_exists, candidates)):
            return candidates
    where = before[0] if before else info.name
    raise MissingImagesError(
        f"The images of the session {path.name} are not at {where} any more; "
        "show where they are now."
    )


def sources_here(session: AnnotationSession, path: Path, sequence: Path) -> tuple[Path, ...] | None:
    """Return where the images of a session are if they are those of a sequence; None if not."""
    info = session.sequence
    beside = tuple(path.parent / part for part in info.sources_relative)
    before = tuple(Path(part) for part in info.sources)
    there = [each for each in (beside, before) if each and all(map(_exists, each))]
    for sources in there:
        if _is_within(sources[0], sequence):
            return sources
    # The dataset was moved, and with it what the session was made from.
    if not there and (not before or before[0].name == sequence.name):
        return (sequence,)
    return None


def _exists(path: Path) -> bool:
    # Not Path.exists, which raises for a name too long for the system, as a file may hold one.
    return os.path.exists(path)  # noqa: PTH110


def _is_within(source: Path, sequence: Path) -> bool:
    """Tell whether images are those of a sequence: its folder, or a camera's within."""
    real, around = (os.path.normcase(os.path.realpath(each)) for each in (source, sequence))
    return real == around or real.startswith(around + os.sep)
