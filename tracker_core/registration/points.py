"""The map between two cameras by the same spots in both, and how far each is off."""

from __future__ import annotations

from enum import StrEnum
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tracker_core.errors import CKDError
from tracker_core.imaging import cv2

Points = NDArray[np.float64]


class Freedom(StrEnum):
    """What a map may do."""

    SHIFT = "shift"
    SIMILARITY = "similarity"
    """Turn, scale evenly and move."""
    AFFINE = "affine"
    HOMOGRAPHY = "homography"


NEEDED = {Freedom.SHIFT: 1, Freedom.SIMILARITY: 2, Freedom.AFFINE: 3, Freedom.HOMOGRAPHY: 4}
"""Pairs that fix a map exactly; from more on residuals tell how well it fits."""
AUTOMATIC = {Freedom.SIMILARITY: 2, Freedom.AFFINE: 3, Freedom.HOMOGRAPHY: 6}
"""Pairs from which on a map is tried that nobody chose: some must be left to check it by."""
NUMBERS = {Freedom.SIMILARITY: 4, Freedom.AFFINE: 6, Freedom.HOMOGRAPHY: 8}
CLICK = 0.25
"""RGB pixels in each direction by which a good click is off; nobody does better."""
LEAST_SPREAD = 1e-3
"""Of the length of the points' spread, by which they must spread across it as well."""


def chosen(tir: Points, rgb: Points) -> Freedom:
    """Return how free a map to fit to these pairs: the least that explains them.

    A freer one always lies nearer to the points, and strays the more between and beyond them: what
    a hand was off by bends it. It must earn each of its numbers (Schwarz's criterion, stricter by
    half, because there are few pairs).
    """
    count = len(tir)
    if count < AUTOMATIC[Freedom.AFFINE]:
        return Freedom.SHIFT if count < AUTOMATIC[Freedom.SIMILARITY] else Freedom.SIMILARITY
    best, least = Freedom.SIMILARITY, np.inf
    for freedom, numbers in NUMBERS.items():
        if count < AUTOMATIC[freedom]:
            continue
        try:
            missed = residuals(fit(tir, rgb, freedom), tir, rgb)
        except CKDError:
            continue
        mean = max(float((missed**2).mean() / 2), CLICK**2)
        cost = 2 * count * np.log(mean) + 1.5 * numbers * np.log(2 * count)
        if cost < least:
            best, least = freedom, cost
    return best


def fit(tir: Points, rgb: Points, freedom: Freedom) -> NDArray[np.float64]:
    """Return the (3, 3) map from (k, 2) thermal to RGB pixels with the least squares in RGB pixels.

    Raises CKDError for too few pairs, and for such as lie on a line or a point.
    """
    tir, rgb = np.asarray(tir, np.float64), np.asarray(rgb, np.float64)
    needed = NEEDED[freedom]
    if len(tir) < needed:
        one = "pair" if needed == 1 else "pairs"
        raise CKDError(f"{freedom.capitalize()} needs {needed} {one} of points; set more.")
    if freedom is Freedom.SHIFT:
        matrix = np.eye(3)
        matrix[:2, 2] = (rgb - tir).mean(axis=0)
        return matrix
    _check_spread(tir, freedom)
    _check_spread(rgb, freedom)
    # Numbers of about 1, or squares of pixels would drown what bends.
    before, after = _normal(tir), _normal(rgb)
    a, b = _mapped(before, tir), _mapped(after, rgb)
    inner = _solved(a, b, freedom)
    matrix = np.linalg.inv(after) @ inner @ before
    if freedom is Freedom.HOMOGRAPHY:
        matrix = _sharpened(matrix, tir, rgb)
    if not np.isfinite(matrix).all() or abs(float(matrix[2, 2])) < 1e-12:
        raise CKDError("These pairs of points give no map; check them against each other.")
    return np.asarray(matrix / matrix[2, 2], np.float64)


def residuals(matrix: NDArray[np.float64], tir: Points, rgb: Points) -> NDArray[np.float64]:
    """Return (k,) distances in RGB pixels between each RGB point and its mapped thermal one."""
    return np.asarray(np.linalg.norm(_mapped(matrix, tir) - rgb, axis=1), np.float64)


def _solved(a: Points, b: Points, freedom: Freedom) -> NDArray[np.float64]:
    one, none = np.ones(len(a)), np.zeros(len(a))
    x, y = a.T
    if freedom is Freedom.SIMILARITY:
        rows = np.concatenate([np.stack([x, -y, one, none], 1), np.stack([y, x, none, one], 1)])
        c, s, dx, dy = np.linalg.lstsq(rows, b.T.ravel(), rcond=None)[0]
        return np.array([[c, -s, dx], [s, c, dy], [0, 0, 1.0]])
    if freedom is Freedom.AFFINE:
        upper = np.linalg.lstsq(np.stack([x, y, one], 1), b, rcond=None)[0].T
        return np.vstack([upper, [0.0, 0.0, 1.0]])
    u, v = b.T
    zero = np.zeros((len(a), 3))
    points = np.stack([x, y, one], 1)
    rows = np.concatenate(
        [
            np.hstack([points, zero, -u[:, None] * points]),
            np.hstack([zero, points, -v[:, None] * points]),
        ]
    )
    return np.asarray(np.linalg.svd(rows)[2][-1].reshape(3, 3), np.float64)


def _sharpened(matrix: NDArray[np.float64], tir: Points, rgb: Points) -> NDArray[np.float64]:
    """Return the homography nearest in pixels, not in the equations that it was solved from."""
    if len(tir) == NEEDED[Freedom.HOMOGRAPHY]:
        return matrix
    better: Any = cv2.findHomography(tir, rgb, 0)[0]
    if better is None:
        return matrix
    worse = float((residuals(better, tir, rgb) ** 2).sum())
    return better if worse < float((residuals(matrix, tir, rgb) ** 2).sum()) else matrix


def _check_spread(points: Points, freedom: Freedom) -> None:
    spread = np.linalg.svd(points - points.mean(axis=0), compute_uv=False)
    flat = spread[0] < 1 or (
        freedom is not Freedom.SIMILARITY and spread[1] < LEAST_SPREAD * spread[0]
    )
    if flat:
        raise CKDError(
            "The points lie on one line or in one place, which fixes no map; spread them over the "
            "picture."
        )


def _normal(points: Points) -> NDArray[np.float64]:
    middle = points.mean(axis=0)
    scale = 1.0 / max(float(np.linalg.norm(points - middle, axis=1).mean()), 1e-9)
    return np.array([[scale, 0, -scale * middle[0]], [0, scale, -scale * middle[1]], [0, 0, 1.0]])


def _mapped(matrix: NDArray[np.float64], points: Points) -> Points:
    mapped = np.column_stack([points, np.ones(len(points))]) @ matrix.T
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(mapped[:, :2] / mapped[:, 2:], np.float64)
