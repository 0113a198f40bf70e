"""The bundled tracker follows real and filmed-like targets, from the box of the first frame."""

from __future__ import annotations

import csv
from collections.abc import Sequence as Rows
from importlib import resources
from pathlib import Path

import numpy as np
import pytest
import torch

from tracker_core import CKDTracker, load_model
from tracker_core.sequences import open_sequence
from tracker_core.training.losses import iou_and_giou

LEAST_ON_THE_PERSON = 0.65
LEAST_ON_THE_DEMO = 0.5


@pytest.fixture(scope="module")
def tracker() -> CKDTracker:
    return CKDTracker(load_model("tiny"), "cpu")


def mean_iou(
    tracker: CKDTracker, folder: Path, first: int, last: int, truth: Rows[Rows[float]]
) -> float:
    """Mean IoU over the frames behind the first, from the truth's box of the first."""
    sequence = open_sequence(folder)
    x, y, w, h = truth[first]
    state = tracker.start(sequence.frame(first).pair(), (x, y, w, h))
    found = []
    for index in range(first + 1, last + 1):
        state, result = tracker.step(state, sequence.frame(index).pair())
        found.append(result.box_xywh)
    sequence.close()
    ours, theirs = (torch.tensor(boxes) for boxes in (found, list(truth)[first + 1 : last + 1]))
    centred = [torch.cat([b[:, :2] + b[:, 2:] / 2, b[:, 2:]], dim=1) for b in (ours, theirs)]
    return float(iou_and_giou(*centred)[0].mean())


@pytest.mark.parametrize(("first", "last"), [(11, 18), (19, 28)])
def test_follows_the_person_seen_in_thermal(
    tracker: CKDTracker, shared: Path, first: int, last: int
) -> None:
    folder = shared / "data" / "tno_nato_camp"
    truth = [[0.0] * 4] * 32
    with (folder / "hot_blob_boxes.csv").open(newline="") as file:
        for row in csv.DictReader(file):
            truth[int(row["frame_index"])] = [float(row[k]) for k in "xywh"]
    assert mean_iou(tracker, folder, first, last, truth) > LEAST_ON_THE_PERSON


def test_follows_the_demo_target(tracker: CKDTracker) -> None:
    with resources.as_file(resources.files("resources") / "demo" / "street_dusk") as folder:
        truth = np.loadtxt(folder / "visible.txt", delimiter=",").tolist()
        assert mean_iou(tracker, folder, 0, len(truth) - 1, truth) > LEAST_ON_THE_DEMO
