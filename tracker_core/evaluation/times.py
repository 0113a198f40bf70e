"""How long trackers took: from our own runs, and from what other toolkits write beside results."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from safe_files import FileError, decode_text, parse_json, printable, row_numbers, split_lines
from tracker_core.errors import CKDError
from tracker_core.evaluation.result_places import File, bytes_of

SETTINGS_FILE = "run.json"
TIME_ENDINGS = ("_time.txt", "_time.value", "_001_time.txt", "_001_time.value")
"""PyTracking and GOT-10k, VOT."""


def times_of(
    files: Mapping[str, File], prefix: str, names: Sequence[str]
) -> dict[str, tuple[int, float]]:
    """Return frames and seconds by sequence, as far as the files beside results say.

    Raises nothing: a damaged note on time must not keep results from being scored.
    """
    found = _of_run(files.get(SETTINGS_FILE), names)
    for name in names:
        for ending in TIME_ENDINGS:
            file = files.get(f"{prefix}{name}{ending}")
            if name not in found and file is not None and (each := _of_frames(file)):
                found[name] = each
    return found


def is_time(name: str) -> bool:
    """Tell whether a file is named like one of times."""
    return name.endswith(TIME_ENDINGS)


def _of_run(file: File | None, names: Sequence[str]) -> dict[str, tuple[int, float]]:
    if file is None:
        return {}
    try:
        content = parse_json(decode_text(bytes_of(file), str(file)), str(file))
    except (CKDError, FileError):
        return {}
    sequences = content.get("sequences") if isinstance(content, dict) else None
    found: dict[str, tuple[int, float]] = {}
    if not isinstance(sequences, dict):
        return found
    for name in names:
        own = sequences.get(printable(name, 10 * len(name)))
        frames, seconds = (
            (own.get("tracked"), own.get("seconds")) if isinstance(own, dict) else (None, None)
        )
        if type(frames) is int and isinstance(seconds, int | float) and _counts(frames, seconds):
            found[name] = (frames, float(seconds))
    return found


def _of_frames(file: File) -> tuple[int, float] | None:
    """Return frames and seconds of a file with the seconds of a frame in each line."""
    try:
        lines = split_lines(decode_text(bytes_of(file), str(file)))
        # Of several runs the first, whose boxes are read.
        seconds = [row_numbers(line)[0] for line in lines if line.strip()]
    except (CKDError, FileError, ValueError, IndexError):
        return None
    total = sum(seconds)
    # Some write 0, or nothing sensible, for the first frame.
    usable = all(math.isfinite(each) and each >= 0 for each in seconds)
    return (len(seconds), total) if usable and _counts(len(seconds), total) else None


def _counts(frames: int, seconds: float) -> bool:
    return 0 < frames < 1 << 31 and 0 < seconds < 1e9
