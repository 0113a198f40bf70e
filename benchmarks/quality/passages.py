"""Short passages of footage with known boxes that the bundled tracker is watched on."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import resources
from pathlib import Path

import numpy as np

from tracker_core.errors import CKDError
from tracker_core.evaluation.metrics import Boxes, Values, overlaps
from tracker_core.sequences.boxes import read_boxes
from tracker_core.sequences.opening import open_sequence
from tracker_core.trackers import Result, Tracker
from tracker_core.tracking.loop import follow

PERSON_FRAMES = ((11, 18), (19, 28))
"""First and last frame of the passages in which TNO's person can be seen."""
PERSON_BOXES = "hot_blob_boxes.csv"
"""File of the person's boxes, beside the clip's two folders."""


@dataclass(frozen=True, slots=True, eq=False)
class Passage:
    """Some frames of a sequence and the target's box on each of them."""

    name: str
    folder: Path
    first: int
    """Index of the first frame; its box is what the tracker is given."""
    boxes: Boxes
    """(N, 4) from the first frame on."""

    def overlaps(self, tracker: Tracker[Result]) -> Values:
        """(N - 1,) IoU of each tracked frame; raises CKDError for footage that cannot be read."""
        x, y, w, h = self.boxes[0].tolist()
        last = self.first + len(self.boxes) - 1
        with open_sequence(self.folder) as sequence:
            followed = [
                each.box_xywh for each in follow(tracker, sequence, (x, y, w, h), self.first, last)
            ]
        return overlaps(np.array(followed[1:]), self.boxes[1:])  # the first box was given


@contextmanager
def demo_passage() -> Iterator[Passage]:
    """The whole demo that ships with the program."""
    # As a file: an installed package may be zipped.
    with resources.as_file(resources.files("resources") / "demo" / "street_dusk") as folder:
        yield Passage("demo", folder, 0, read_boxes(folder / "visible.txt").boxes)


def person_passages(folder: Path) -> tuple[Passage, ...]:
    """TNO's person in a clip's folder; raises CKDError when boxes are missing or unreadable."""
    path = folder / PERSON_BOXES
    known: dict[int, list[float]] = {}
    try:
        with path.open(newline="", encoding="utf-8") as file:
            for row in csv.DictReader(file):
                known[int(row["frame_index"])] = [float(row[name]) for name in "xywh"]
    except OSError as error:
        raise CKDError(f"The boxes {path} cannot be read: {error.strerror}.") from error
    except (KeyError, TypeError, ValueError) as error:
        raise CKDError(f"{path} is not a table of frame_index, x, y, w, h.") from error
    wanted = {index for first, last in PERSON_FRAMES for index in range(first, last + 1)}
    if missing := wanted - known.keys():
        raise CKDError(f"{path} has no box for frame {min(missing)}; take the whole file.")
    return tuple(
        Passage(
            f"TNO person, frames {first}-{last}",
            folder,
            first,
            np.array([known[index] for index in range(first, last + 1)]),
        )
        for first, last in PERSON_FRAMES
    )
