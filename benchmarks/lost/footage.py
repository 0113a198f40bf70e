"""Clips in which targets get lost, and what trackers said of them, frame by frame."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from benchmarks.lost.judging import Followed
from benchmarks.quality.clips import FIRST_SEEDS, Clip, Filmed, Purpose
from benchmarks.quality.exams import CROSSED, FAILING, FIFTH, StillClip, exam_clips
from benchmarks.quality.runner import ClipScore
from benchmarks.quality.stills import still_pairs
from tracker_core.errors import CKDError
from tracker_core.evaluation.metrics import Values, overlaps
from tracker_core.synthetic.sequence import make_scene, truth

SCENES = (
    "random-occlusion", "random-distractor", "random", "random-fast", "random-night", "street",
)  # fmt: skip
"""Targets are hidden in the first and in the last, and leave the frame in the third."""
SIZE = (480, 360)
EXAMS = (CROSSED, FAILING, FIFTH)
"""Those over stills in which targets get lost."""
STILL_FRAMES = 90
NOWHERE = (-1e6, -1e6, 1.0, 1.0)
"""The true box of a target that is not to be seen: whatever a tracker answers is not on it."""


@dataclass(frozen=True, slots=True)
class SceneClip:
    """A synthetic clip, by what makes it."""

    condition: str
    """The name of its scene."""
    seed: int
    length: int

    @property
    def name(self) -> str:
        """Scene and seed."""
        return f"{self.condition}-{self.seed}"

    @contextmanager
    def open(self) -> Iterator[Filmed]:
        """Film it from the first frame on which the target is to be seen."""
        scene = make_scene(self.condition, self.seed, self.length, SIZE)
        moments = [scene.render(index) for index in range(self.length)]
        boxes = truth([moment.objects[0] for moment in moments], SIZE)
        rows = np.array([box if box[2] > 0 else NOWHERE for box in boxes])
        first = next(index for index, box in enumerate(boxes) if box[2] > 0)
        yield Filmed(tuple(moment.frames for moment in moments[first:]), rows[first:])


def scene_clips(purpose: Purpose, each: int, length: int) -> list[SceneClip]:
    """Return `each` clips of every scene, the first of all scenes first."""
    first = FIRST_SEEDS[purpose]
    return [SceneClip(scene, first + n, length) for n in range(each) for scene in SCENES]


def window_clips(folder: Path, purpose: Purpose, pairs: int) -> list[StillClip]:
    """Return a window over each of some stills for every exam; raises CKDError."""
    clips = exam_clips(still_pairs(folder), EXAMS, purpose, 1, STILL_FRAMES, SIZE)
    wanted = list(dict.fromkeys(clip.pair.name for clip in clips))[:pairs]
    return [clip for clip in clips if clip.pair.name in wanted]


def followed(scores: Sequence[ClipScore], clips: Sequence[Clip]) -> list[Followed]:
    """Return what a tracker said of each clip that it has followed."""
    groups = {c.name: c.pair.name if isinstance(c, StillClip) else c.name for c in clips}
    return [
        Followed(
            score.clip,
            groups.get(score.clip, score.clip),
            score.condition,
            given.iou,
            _said(given.said.get("score"), given.iou),
            _said(given.said.get("overlap"), given.iou),
        )
        for score in scores
        if (given := score.answers) is not None
    ]


def watched_clips(folder: Path) -> list[Followed]:
    """Return the clips that `benchmarks.review_reasons --cache` has kept; raises CKDError."""
    found = []
    for path in sorted(folder.glob("*.npz")):
        name = path.stem
        try:
            with np.load(path) as stored:
                boxes, true, score = (stored[part][1:] for part in ("boxes", "truth", "score"))
        except (OSError, KeyError, ValueError) as error:
            raise CKDError(f"{path} is no clip that was kept; name another folder.") from error
        iou = overlaps(boxes, true)
        scene = name.rsplit("-", 2)[0]
        said = np.asarray(score, np.float64)
        found.append(Followed(name, name, scene, iou, said, np.full(len(iou), np.nan)))
    return found


def _said(values: Values | None, like: Values) -> Values:
    return np.full(len(like), np.nan) if values is None else values
