from __future__ import annotations

from itertools import combinations
from pathlib import Path

import numpy as np
import pytest
from matplotlib.colors import to_rgb

from tracker_core.drawn_figures import drawn
from tracker_core.errors import CKDError
from tracker_core.imaging import cv2
from tracker_core.training.curves import Curves, curve_colours, curves_figure


def filled(folder: Path, steps: range) -> Curves:
    curves = Curves(folder)
    curves.rewind(0)
    for step in steps:
        iou = step / 100 if step % 20 == 0 else None
        curves.add(
            {"step": step, "pairs_per_second": 31.25, "validation_iou": iou, "total": 1 / step}
        )
    return curves


def test_resuming_drops_what_came_later_and_half_rows(tmp_path: Path) -> None:
    written = filled(tmp_path, range(10, 60, 10))
    with written.path.open("a") as file:
        file.write("60,31")
    resumed = Curves(tmp_path)
    resumed.rewind(30)
    resumed.add({"step": 40, "pairs_per_second": 30.0, "validation_iou": None, "total": 0.5})
    lines = written.path.read_text().splitlines()
    assert lines[0] == "step,pairs_per_second,validation_iou,total"
    assert [line.split(",")[0] for line in lines[1:]] == ["10", "20", "30", "40"]
    assert lines[2] == "20,31.2,0.2,0.05"
    assert lines[4] == "40,30.0,,0.5"


def test_a_new_column_joins_the_old_ones(tmp_path: Path) -> None:
    curves = filled(tmp_path, range(10, 30, 10))
    curves.add({"step": 30, "style": 0.25, "total": 0.5})
    lines = curves.path.read_text().splitlines()
    assert lines[0] == "step,pairs_per_second,validation_iou,style,total"
    assert lines[1] == "10,31.2,,,0.1"
    assert lines[3] == "30,,,0.25,0.5"


def test_starting_anew_starts_empty(tmp_path: Path) -> None:
    filled(tmp_path, range(10, 30, 10))
    Curves(tmp_path).rewind(0)
    assert not (tmp_path / "curves.csv").exists()


def test_the_picture_shows_each_curve(tmp_path: Path) -> None:
    curves = filled(tmp_path, range(10, 60, 10))
    curves.draw()
    assert curves.picture.read_bytes().startswith(b"\x89PNG")
    losses, gradients, quality, rate, speed = curves_figure(curves.rows).axes
    assert not gradients.lines
    assert [line.get_label() for line in losses.lines] == ["total"]
    assert [line.get_label() for line in quality.lines] == ["IoU on held-out pairs"]
    assert list(quality.lines[0].get_xdata()) == [20, 40]
    assert not rate.lines
    assert list(speed.lines[0].get_ydata()) == [31.2] * 5


LOSSES = (
    *("total", "focal", "giou", "l1", "ranking", "attention", "style", "content"),
    *("teacher_rgb", "teacher_tir"),
)


def test_all_losses_at_once_have_colours_that_differ_and_a_legend_beside_the_plot() -> None:
    gradients = [f"gradient_{name}" for name in ("tracking", *LOSSES[1:8])]
    rows = [
        {"step": str(step), **dict.fromkeys((*LOSSES, *gradients), str(1 / step))}
        for step in (250, 500)
    ]
    figure = curves_figure(rows)
    drawn(figure, "png", 60)
    losses, pulls = figure.axes[:2]
    for axes, names in ((losses, LOSSES), (pulls, gradients)):
        assert len(axes.lines) == len(names)
        colours = np.array([to_rgb(str(line.get_color())) for line in axes.lines], np.float32)
        seen = cv2.cvtColor(colours[None], cv2.COLOR_RGB2LAB)[0]
        assert all(np.linalg.norm(a - b) > 25 for a, b in combinations(seen, 2))
        legend = axes.get_legend()
        assert legend is not None
        beside = legend.get_window_extent()
        # Right of the curves, and in the picture.
        assert axes.get_window_extent().x1 <= beside.x0
        assert beside.x1 <= figure.bbox.x1
    # A loss and its gradient look alike, and a loss that is new takes nobody's colour.
    given = curve_colours([*LOSSES, "another"])
    assert given["style"] == curve_colours(gradients)["gradient_style"]
    assert len(set(given.values())) == len(LOSSES) + 1


def test_what_is_no_text_is_refused(tmp_path: Path) -> None:
    (tmp_path / "curves.csv").write_bytes(b"step,total\n\xff\xfe,1\n")
    with pytest.raises(CKDError, match=r"curves\.csv cannot be read"):
        Curves(tmp_path).rewind(3)


def test_curves_that_cannot_be_written_are_one_sentence(tmp_path: Path) -> None:
    curves = filled(tmp_path, range(10, 20, 10))
    curves.path.unlink()
    curves.path.mkdir()
    with pytest.raises(CKDError, match=r"curves\.csv cannot be written"):
        curves.add({"step": 20, "total": 0.5})
