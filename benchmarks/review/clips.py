"""Synthetic clips that the bundled tracker has followed, with what it and others said of them."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.resolve.lost import RULE
from app.resolve.review_evidence import Evidence, Opinions, how_far_from_home
from tracker_core.evaluation.metrics import overlaps
from tracker_core.frames import Box, FramePair
from tracker_core.imaging import cv2
from tracker_core.synthetic.scene import SceneObject
from tracker_core.synthetic.sequence import make_scene, truth
from tracker_core.trackers import Result, Tracker
from tracker_core.tracking.second_looks import each_alone, way_back

SIZE = (480, 360)
QUALITY = 85
"""Of the JPEGs that `ckd-studio synth` writes: what is lost in them is part of what is tracked."""
AGAIN_FROM = 3
"""Wrong boxes from which on a clip is looked at again; of clips without them, every third is."""


@dataclass(frozen=True, slots=True)
class Clip:
    """A clip by what makes it."""

    scene: str
    seed: int
    frames: int

    @property
    def name(self) -> str:
        """Of its file in a cache."""
        return f"{self.scene}-{self.frames}-{self.seed}"


@dataclass(frozen=True, slots=True, eq=False)
class Watched:
    """A clip of N frames, tracked from its first true box to its end."""

    truth: NDArray[np.float64]
    """(N, 4), zeros where the target is not in the frame."""
    boxes: NDArray[np.float64]
    """(N, 4) the given one first."""
    score: NDArray[np.float32]
    """(N,) NaN on the first."""
    removed: NDArray[np.int32]
    """(N,) removed tokens of the target."""
    border: NDArray[np.int32]
    """(N,) those of them at the border of the search window."""
    maps: NDArray[np.float16]
    """(N, S, S) score maps."""
    likeness: NDArray[np.float64]
    """(N,) correlation of the box with the template; NaN where the clip was not looked at again."""
    alone: NDArray[np.float64]
    """(N, 2, 4); NaN where the clip was not looked at again."""
    back: NDArray[np.float64]
    """(N, 4); NaN as well."""

    @property
    def wrong(self) -> NDArray[np.bool_]:
        """(N,) whether the box overlaps the target by less than a half, or nothing is there."""
        return np.asarray(overlaps(self.boxes, self.truth) < 0.5)

    @property
    def absent(self) -> NDArray[np.bool_]:
        """(N,) whether the target is not in the frame."""
        return np.asarray(self.truth[:, 2] <= 0)

    @property
    def looked_again(self) -> bool:
        """Whether there are second opinions."""
        return not np.isnan(self.alone[1:]).all()

    def evidence(self, *, again: bool) -> Evidence:
        """Return what the queue would know of it, with second looks (`again`) or without."""
        machine = np.arange(len(self.boxes)) > 0
        missed = how_far_from_home(self.boxes, self.back, np.arange(1, len(self.boxes)))
        opinions = Opinions(self.boxes, self.alone, self.likeness, self.back, missed)
        # Of clips that were kept it is not known what overlap was expected.
        lost = RULE.lost(self.score, np.full(len(self.score), np.nan))
        known = opinions if again else None
        return Evidence(self.boxes, self.score, machine, self.removed, known, lost)


def watched(clip: Clip, tracker: Tracker[Result], cache: Path | None = None) -> Watched:
    """Return a clip as the tracker followed it, from the cache where it is there."""
    file = None if cache is None else cache / f"{clip.name}.npz"
    if file is not None and file.exists():
        with np.load(file) as stored:
            return Watched(**{field.name: stored[field.name] for field in fields(Watched)})
    made = _watch(clip, tracker)
    if file is not None:
        file.parent.mkdir(parents=True, exist_ok=True)
        parts = {field.name: getattr(made, field.name) for field in fields(Watched)}
        np.savez_compressed(file, **parts)
    return made


def _watch(clip: Clip, tracker: Tracker[Result]) -> Watched:
    scene = make_scene(clip.scene, clip.seed, clip.frames, SIZE)
    pairs: list[FramePair] = []
    targets: list[SceneObject] = []
    for index in range(clip.frames):
        moment = scene.render(index)
        pairs.append(_stored(moment.frames))
        targets.append(moment.objects[0])
    boxes = truth(targets, SIZE)
    made = _follow(pairs, boxes, tracker)
    bad = int(made.wrong.sum())
    if bad >= AGAIN_FROM or clip.seed % 3 == 0:
        made = _look_again(made, pairs, tracker)
    return made


def _follow(pairs: list[FramePair], true: list[Box], tracker: Tracker[Result]) -> Watched:
    state = tracker.start(pairs[0], true[0])
    count = len(pairs)
    boxes = np.full((count, 4), np.nan)
    boxes[0] = true[0]
    score = np.full(count, np.nan, np.float32)
    removed, border = np.full((2, count), -1, np.int32)
    maps: list[NDArray[np.float16]] = []
    for index, pair in enumerate(pairs[1:], 1):
        state, result = tracker.step(state, pair)
        boxes[index], score[index] = result.box_xywh, result.score
        removed[index], border[index] = result.target_tokens_removed, _border(result)
        assert result.score_map is not None, "CKD gives one"
        maps.append(result.score_map.astype(np.float16))
    return Watched(
        np.array(true), boxes, score, removed, border,
        np.stack([np.full_like(maps[0], np.nan), *maps]),
        np.full(count, np.nan), np.full((count, 2, 4), np.nan), np.full((count, 4), np.nan),
    )  # fmt: skip


def _look_again(made: Watched, pairs: list[FramePair], tracker: Tracker[Result]) -> Watched:
    alone, back, likeness = made.alone.copy(), made.back.copy(), made.likeness.copy()
    last, pair_of = len(pairs) - 1, pairs.__getitem__
    start, far = (0, _box(made.boxes[0])), (last, _box(made.boxes[last]))
    for each in each_alone(tracker, pair_of, start, made.boxes, range(1, last + 1)):
        alone[each.frame_index] = each.rgb, each.tir
        likeness[each.frame_index] = each.likeness
    for found in way_back(tracker, pair_of, far, range(last - 1, -1, -1)):
        back[found.frame_index] = found.box_xywh
    return replace(made, alone=alone, back=back, likeness=likeness)


def _border(result: Result) -> int:
    """How many removed tokens of the target lie at the border of the search window."""
    grid, window = result.search_grid, result.search_window
    if window is None or not result.elimination:
        return 0
    gone = np.concatenate([stage.removed for stage in result.elimination])
    x, y, w, h = window.to_crop(result.box_xywh, grid)
    column, row = gone % grid, gone // grid
    inside = (column + 0.5 >= x) & (column + 0.5 < x + w) & (row + 0.5 >= y) & (row + 0.5 < y + h)
    edge = (column == 0) | (row == 0) | (column == grid - 1) | (row == grid - 1)
    return int((inside & edge).sum())


def _stored(pair: FramePair) -> FramePair:
    return replace(pair, rgb=_jpeg(pair.rgb), tir=_jpeg(pair.tir))


def _jpeg(image: NDArray[Any]) -> NDArray[Any]:
    stored = image if image.ndim == 2 else cv2.cvtColor(image, cv2.COLOR_RGB2BGR)
    _, data = cv2.imencode(".jpg", stored, (cv2.IMWRITE_JPEG_QUALITY, QUALITY))
    read = cv2.imdecode(data, cv2.IMREAD_UNCHANGED)
    assert read is not None, "it was written just now"
    return np.asarray(read if image.ndim == 2 else cv2.cvtColor(read, cv2.COLOR_BGR2RGB))


def _box(row: NDArray[np.float64]) -> Box:
    x, y, w, h = row.tolist()
    return x, y, w, h
