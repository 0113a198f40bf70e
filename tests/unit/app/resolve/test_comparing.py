"""The true boxes that are drawn on a frame."""

from __future__ import annotations

import numpy as np

from app.look.palette import DARK
from app.resolve.comparing import truth_box
from sessions import Alignment
from tracker_core.evaluation.benchmarks import LASHER, RGBT234
from tracker_core.evaluation.comparing import FrameTruth

ROWS = np.stack([[10.0 + at, 20.0, 30.0, 40.0] for at in range(8)])


def test_the_thermal_box_is_that_of_the_thermal_frame_on_show() -> None:
    truth = FrameTruth(RGBT234, "car", 8, np.arange(8), ROWS, ROWS / 2)
    halved = Alignment(2, (2.0, 0.0, 0.0, 0.0, 2.0, 0.0, 0.0, 0.0, 1.0))
    found = truth_box(truth, halved, 2, 1, DARK)
    assert found is not None
    assert found.rgb == (11.0, 20.0, 30.0, 40.0)
    assert found.tir == (13.0, 20.0, 30.0, 40.0)
    # Beyond the end of one camera there is only the box of the other.
    last = truth_box(truth, halved, 2, 7, DARK)
    assert last is not None
    assert (last.rgb is None, last.tir) == (False, None)
    late = FrameTruth(RGBT234, "car", 8, np.arange(4, 8), ROWS[4:], ROWS[4:])
    first = truth_box(late, Alignment(2), 2, 2, DARK)
    assert first is not None
    assert (first.rgb, first.tir) == (None, (14.0, 20.0, 30.0, 40.0))
    assert truth_box(late, Alignment(2), 2, 1, DARK) is None


def test_one_truth_for_both_cameras_is_at_the_moments_of_rgb() -> None:
    truth = FrameTruth(LASHER, "car", 8, np.arange(8), ROWS, ROWS)
    found = truth_box(truth, Alignment(2), 2, 1, DARK)
    assert found is not None
    assert found.rgb == found.tir == (11.0, 20.0, 30.0, 40.0)
