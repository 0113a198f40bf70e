"""What failure strips show."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from tests.recordings import write_lasher
from tracker_core.evaluation import strips
from tracker_core.evaluation.benchmarks import LASHER
from tracker_core.evaluation.report import Evaluation
from tracker_core.evaluation.result_files import Result
from tracker_core.evaluation.scores import evaluate
from tracker_core.evaluation.truth import load_truth


def test_pictures_keep_their_place_and_the_worst_rows_are_found(tmp_path: Path) -> None:
    write_lasher(tmp_path / "one", 12)
    truth = load_truth(LASHER, tmp_path)
    boxes = truth.sequences[0].rgb.copy()
    boxes[[2, 7, 10], 0] += 300  # far outside the picture
    evaluation = Evaluation.of(truth, [evaluate(truth, {"one": Result(boxes)}, "t")])
    rows = strips.worst_rows(evaluation, "one", 4)
    assert rows == [2, 3, 7, 10]
    pictures = [[np.zeros((30, 40, 3), np.uint8), None] for _ in rows]
    figure = strips._strip(evaluation, truth.sequences[0], rows, [boxes], pictures, 6.9)
    shown = [axes for axes in figure.axes if axes.images]
    assert [axes.get_xlim() for axes in shown] == [(-0.5, 39.5)] * 4
    assert [axes.get_title() for axes in shown] == [f"Frame {row}" for row in rows]
    # The true box and that of the tracker, each with a light line below it.
    assert [len(axes.patches) for axes in shown] == [4] * 4
    assert [text.get_text() for axes in figure.axes for text in axes.texts] == ["gap"] * 4
