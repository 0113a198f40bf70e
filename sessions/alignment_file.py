"""An alignment of two cameras as a small JSON file, for other sessions of the same cameras."""

from __future__ import annotations

import json
import math
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from safe_files import FileError, printable, read_json
from sessions.alignment import IDENTITY, MAX_ORIGIN, MAX_POINTS, Alignment, PointPair
from sessions.atomic import write_atomically
from sessions.errors import SessionError

ENDING = ".json"
LARGEST = 1 << 20
"""Bytes; a thousand pairs of points take a tenth of it."""
MOST_SHIFT = 10_000_000
"""Frames, as many as a sequence may have."""
KEYS = ("time_offset", "tir_to_rgb", "points")


def read_alignment(path: Path, otherwise: tuple[float, ...] = IDENTITY) -> Alignment:
    """Return what an alignment file says; SessionError names the file and what is wrong with it.

    `time_offset` counts frames as names pair them. Without `tir_to_rgb` the map is `otherwise`.
    """
    try:
        content = read_json(path, LARGEST)
    except FileError as error:
        raise SessionError(f"The alignment in {path} cannot be read: {error.reason}.") from error
    if not isinstance(content, dict) or not {"time_offset", "tir_to_rgb"} & set(content):
        raise SessionError(
            f"{path} holds no alignment; it is an object with time_offset, in frames, and "
            "tir_to_rgb, a 3 x 3 matrix."
        )
    # A misspelt key would be passed over unseen.
    if unknown := sorted(set(content) - set(KEYS)):
        raise SessionError(
            f"{path} has {printable(repr(unknown[0]), 60)}, which no alignment has; it may have "
            f"{', '.join(KEYS)}."
        )
    try:
        return Alignment(
            _offset(content.get("time_offset", 0)),
            _matrix(content.get("tir_to_rgb", otherwise)),
            points=_points(content.get("points", [])),
            origin=printable(f"file {path.name}", MAX_ORIGIN),
        )
    except SessionError as error:
        raise SessionError(f"{path} holds no sound alignment: {error}") from error


def write_alignment(alignment: Alignment, path: Path) -> None:
    """Write an alignment, whole or not at all; SessionError where that is not possible."""
    content: dict[str, Any] = {
        "time_offset": alignment.time_offset,
        "tir_to_rgb": alignment.matrix.tolist(),
    }
    if alignment.points:
        content["points"] = [
            {"rgb": list(pair.rgb), "tir": list(pair.tir)} for pair in alignment.points
        ]
    write_atomically(path, (json.dumps(content, indent=2) + "\n").encode())


def _number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _offset(value: object) -> int:
    # 7.0 is what programs write that have no whole numbers.
    if _number(value) and float(value) == int(value) and abs(int(value)) <= MOST_SHIFT:  # type: ignore[arg-type, call-overload]
        return int(value)  # type: ignore[call-overload, no-any-return]
    raise SessionError(f"time_offset must be a whole number of frames, up to {MOST_SHIFT}.")


def _matrix(value: object) -> tuple[float, ...]:
    rows = value if isinstance(value, list | tuple) else []
    flat = [each for row in rows for each in (row if isinstance(row, list) else [row])]
    nested = len(rows) == 3 and all(isinstance(row, list) and len(row) == 3 for row in rows)
    if not (nested or len(rows) == 9) or len(flat) != 9 or not all(map(_number, flat)):
        raise SessionError("tir_to_rgb must be three rows of three finite numbers.")
    return tuple(float(each) for each in flat)


def _points(value: object) -> tuple[PointPair, ...]:
    if not isinstance(value, list) or len(value) > MAX_POINTS:
        raise SessionError(f"points must be a list of at most {MAX_POINTS} pairs.")
    pairs = []
    for each in value:
        if not isinstance(each, dict) or set(each) != {"rgb", "tir"}:
            raise SessionError('a pair of points must be {"rgb": [x, y], "tir": [x, y]}.')
        pairs.append(PointPair(each["rgb"], each["tir"]))
    return tuple(pairs)


def turned_round(alignment: Alignment) -> Alignment:
    """Return the alignment of the same cameras where RGB is thermal and thermal is RGB.

    Raises SessionError where its map has no sound inverse.
    """
    inverse = np.linalg.inv(alignment.matrix)
    largest = float(np.abs(inverse).max())
    # A homography means the same times any number; its last entry is 1 where it can be.
    by = float(inverse[2, 2])
    inverse /= by if abs(by) > largest * 1e-9 else largest
    by_offset = re.fullmatch("-?[0-9]+", alignment.paired_with)
    turned = Alignment(
        -alignment.time_offset,
        tuple(inverse.ravel().tolist()),
        points=tuple(PointPair(pair.tir, pair.rgb) for pair in alignment.points),
        origin=alignment.origin,
        paired_with=str(-int(alignment.paired_with)) if by_offset else alignment.paired_with,
    )
    return with_residuals(turned)


def with_residuals(alignment: Alignment) -> Alignment:
    """Return the same alignment with how far it misses each of its pairs."""
    pairs = []
    for pair in alignment.points:
        x, y, depth = alignment.matrix @ np.array([*pair.tir, 1.0])
        missed = math.hypot(x / depth - pair.rgb[0], y / depth - pair.rgb[1]) if depth else math.inf
        pairs.append(replace(pair, residual=missed if math.isfinite(missed) else None))
    return replace(alignment, points=tuple(pairs))
