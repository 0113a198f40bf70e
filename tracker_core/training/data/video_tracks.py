"""Patches followed through real videos, kept only where forward and backward tracking agree."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from tracker_core.imaging import cv2

VIDEO_SUFFIXES = frozenset({".avi", ".mp4", ".mkv", ".mov", ".mpg", ".webm"})
"""Lower-case file name endings that are read as videos."""

_LONGEST_SIDE = 640
# Frames between two that are kept: the step over which what moves leaves what stands still behind.
_KEEP_EVERY = 6
# Of one video: a long film would fill the cache with a single scene.
_MOST_KEPT = 150
_START_EVERY = 12
_STARTS_PER_FRAME = 10
_GRID = 6
# Pixels between a point and where it comes back to.
_LARGEST_ERROR = 0.8
# Shares of the points of a patch, then of its size, then a correlation.
_LEAST_AGREEING = 0.55
_MOST_STRAYS = 0.25
_LARGEST_LEAP_ERROR = 0.06
_LEAST_LIKENESS = 0.55


@dataclass(frozen=True, slots=True)
class VideoTrack:
    """One patch of a video and where it is in some of its frames."""

    name: str
    frames: tuple[NDArray[np.uint8], ...]
    """(H, W, 3) uint8 RGB each."""
    boxes: NDArray[np.float32]
    """(len(frames), 4) x, y, w, h in frame pixels."""


def read_tracks(
    path: Path,
) -> tuple[list[NDArray[np.uint8]], list[tuple[list[int], list[list[float]]]]]:
    """Follow patches through a video.

    Returns the frames that are kept, RGB and at most 640 pixels long, and for each patch the
    numbers of kept frames and its x, y, w, h in them. A file that cannot be decoded gives none.
    """
    rng = np.random.default_rng(0)  # the same video gives the same patches in every cache
    kept: list[NDArray[np.uint8]] = []
    finished: list[tuple[list[int], list[list[float]]]] = []
    running: list[_Running] = []
    previous: NDArray[np.uint8] | None = None
    for number, frame in enumerate(_frames(path)):
        gray = np.asarray(cv2.cvtColor(frame, cv2.COLOR_RGB2GRAY), np.uint8)
        if previous is not None:
            motion = _mean_motion(previous, gray)
            running = _advance(running, previous, gray, finished)
            if number % _START_EVERY == 0 and len(kept) < _MOST_KEPT:
                running += _starts(gray, motion, rng)
        # Before it is appended: the patches are noted under its number, and compared with the one
        # before.
        if number % _KEEP_EVERY == 0 and len(kept) < _MOST_KEPT:
            running = _keep(running, kept, gray, finished)
            kept.append(frame)
        previous = gray
        if len(kept) >= _MOST_KEPT:
            break
    # What still runs has been confirmed up to its last kept frame.
    finished += [(track.numbers, track.boxes) for track in running]
    return kept, [found for found in finished if len(found[0]) >= 2]  # a pair takes two


@dataclass(slots=True)
class _Running:
    box: NDArray[np.float64]
    first: NDArray[np.float32]
    numbers: list[int]
    boxes: list[list[float]]


def _frames(path: Path) -> Iterator[NDArray[np.uint8]]:
    capture = cv2.VideoCapture(str(path))
    try:
        while True:
            done, frame = capture.read()
            if not done:
                return
            scale = _LONGEST_SIDE / max(frame.shape[:2])
            if scale < 1:
                frame = cv2.resize(frame, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
            yield np.asarray(cv2.cvtColor(frame, cv2.COLOR_BGR2RGB), np.uint8)
    finally:
        capture.release()


def _mean_motion(before: NDArray[np.uint8], after: NDArray[np.uint8]) -> NDArray[np.float32]:
    change = cv2.absdiff(before, after).astype(np.float32)
    return np.asarray(cv2.GaussianBlur(change, (0, 0), 6), np.float32)


def _starts(
    gray: NDArray[np.uint8], motion: NDArray[np.float32], rng: np.random.Generator
) -> list[_Running]:
    """Start patches where something moves, and some anywhere."""
    height, width = gray.shape
    tracks = []
    weights = np.maximum(cv2.resize(motion, (32, 24), interpolation=cv2.INTER_AREA), 0).ravel()
    # A camera that stands still before a still scene: 32 x 24 cells, all alike.
    weights = weights / weights.sum() if weights.sum() > 0 else np.full(768, 1 / 768)
    # Where something moves first of all; what stands still is a target, too, when the camera moves.
    for number in range(_STARTS_PER_FRAME):
        if number % 3 < 2:
            cell = int(rng.choice(768, p=weights))
            centre = ((cell % 32 + 0.5) / 32 * width, (cell // 32 + 0.5) / 24 * height)
        else:
            centre = (float(rng.uniform(0, width)), float(rng.uniform(0, height)))
        side = float(np.exp(rng.uniform(np.log(18), np.log(0.3 * min(height, width)))))
        aspect = float(np.exp(rng.uniform(-0.8, 0.5)))
        w, h = side * np.sqrt(aspect), side / np.sqrt(aspect)
        box = np.array([centre[0] - w / 2, centre[1] - h / 2, w, h])
        patch = _patch(gray, box)
        if patch is not None and patch.std() > 12:  # flow slides over what is flat
            tracks.append(_Running(box, patch, [], []))
    return tracks


def _advance(
    running: list[_Running],
    before: NDArray[np.uint8],
    after: NDArray[np.uint8],
    finished: list[tuple[list[int], list[list[float]]]],
) -> list[_Running]:
    """Move the patches to the next frame; what is lost there is finished."""
    going = []
    for track, box in zip(
        running, _follow(before, after, [track.box for track in running]), strict=True
    ):
        # Compared with its first look, not the last: small errors would add up unseen.
        patch = None if box is None else _patch(after, box)
        if box is None or patch is None or _likeness(track.first, patch) <= _LEAST_LIKENESS:
            finished.append((track.numbers, track.boxes))
            continue
        track.box = box
        going.append(track)
    return going


def _keep(
    running: list[_Running],
    kept: list[NDArray[np.uint8]],
    gray: NDArray[np.uint8],
    finished: list[tuple[list[int], list[list[float]]]],
) -> list[_Running]:
    """Note the boxes in a frame that is kept, unless one long step says otherwise.

    Over several frames at once, what moves has left what stands still well behind.
    """
    older = [track for track in running if track.boxes]
    leaps: dict[int, NDArray[np.float64] | None] = {}
    if older:
        before = np.asarray(cv2.cvtColor(kept[-1], cv2.COLOR_RGB2GRAY), np.uint8)
        boxes = _follow(before, gray, [np.array(track.boxes[-1]) for track in older])
        leaps = {id(track): box for track, box in zip(older, boxes, strict=True)}
    going = []
    for track in running:
        if track.boxes and not _confirms(leaps[id(track)], track.box):
            finished.append((track.numbers, track.boxes))
            continue
        track.numbers.append(len(kept))
        track.boxes.append([round(float(value), 2) for value in track.box])
        going.append(track)
    return going


def _confirms(leap: NDArray[np.float64] | None, box: NDArray[np.float64]) -> bool:
    # + 1: for small patches a share of their size is less than flow can tell.
    reach = _LARGEST_LEAP_ERROR * float(np.sqrt(box[2] * box[3])) + 1.0
    return leap is not None and float(np.abs(leap - box).max()) <= reach


def _follow(
    before: NDArray[np.uint8], after: NDArray[np.uint8], boxes: list[NDArray[np.float64]]
) -> list[NDArray[np.float64] | None]:
    """Median flow of a grid of points in each box; None where forward and backward disagree.

    All points go through the flow together: most of its time is spent on the frames.
    """
    if not boxes:
        return []
    steps = (np.arange(_GRID) + 0.5) / _GRID
    # (6, 6, 2) points of each box.
    grids = [np.stack(np.meshgrid(x + w * steps, y + h * steps), -1) for x, y, w, h in boxes]
    points = np.stack(grids).reshape(-1, 1, 2).astype(np.float32)
    moved, found, _ = cv2.calcOpticalFlowPyrLK(before, after, points, np.empty_like(points))
    back, found_back, _ = cv2.calcOpticalFlowPyrLK(after, before, moved, np.empty_like(points))
    error = np.linalg.norm(points - back, axis=2)
    good = ((error < _LARGEST_ERROR) & (found == 1) & (found_back == 1)).reshape(len(boxes), -1)
    # (boxes, 36, 2), the points of each box.
    old, new = points.reshape(len(boxes), -1, 2), moved.reshape(len(boxes), -1, 2)
    return [_moved(box, old[i], new[i], good[i]) for i, box in enumerate(boxes)]


def _moved(
    box: NDArray[np.float64],
    old: NDArray[np.float32],
    new: NDArray[np.float32],
    good: NDArray[np.bool_],
) -> NDArray[np.float64] | None:
    """The box shifted and scaled by its points; None when too few of them agree."""
    if good.mean() < _LEAST_AGREEING:
        return None
    x, y, w, h = box
    old, new = old[good], new[good]
    shift = np.median(new - old, axis=0)  # the median: some points may follow the background
    strays = np.linalg.norm(new - old - shift, axis=1) > 0.6 + 0.02 * max(w, h)
    if strays.mean() > _MOST_STRAYS:  # half a thing and half of what is behind it
        return None
    spread_old = np.linalg.norm(old - np.median(old, axis=0), axis=1)
    spread_new = np.linalg.norm(new - np.median(new, axis=0), axis=1)
    # Near the middle a pixel of error would be a large change of scale.
    far = spread_old > 0.2 * min(w, h)
    scale = float(np.median(spread_new[far] / spread_old[far])) if far.any() else 1.0
    centre = np.array([x + w / 2, y + h / 2]) + shift
    return np.array([*(centre - np.array([w, h]) * scale / 2), w * scale, h * scale])


def _patch(gray: NDArray[np.uint8], box: NDArray[np.float64]) -> NDArray[np.float32] | None:
    """The box's pixels at 32 x 32; None when it leaves the frame or gets too small."""
    x0, y0 = int(box[0]), int(box[1])
    x1, y1 = int(box[0] + box[2]), int(box[1] + box[3])
    if x0 < 0 or y0 < 0 or x1 > gray.shape[1] or y1 > gray.shape[0] or min(box[2:]) < 8:
        return None
    # At one size: a patch that comes nearer is still the same.
    patch = cv2.resize(gray[y0:y1, x0:x1], (32, 32), interpolation=cv2.INTER_AREA)
    return np.asarray(patch, np.float32)


def _likeness(first: NDArray[np.float32], second: NDArray[np.float32]) -> float:
    """Normalised correlation, -1 to 1."""
    a, b = first - first.mean(), second - second.mean()
    return float((a * b).sum() / (np.linalg.norm(a) * np.linalg.norm(b) + 1e-6))
