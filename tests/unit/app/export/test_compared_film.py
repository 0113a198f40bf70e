"""The film of trackers compared: whose box is whose, on both cameras, for any number of them."""

from __future__ import annotations

import numpy as np
import pytest

from app.export.compared_film import ComparedPainter, marks_of
from app.export.pictures import SPACE, AnnotatedFrame
from app.look.palette import DARK, Rgb
from app.resolve.comparing import FilmedComparison, colours_of
from sessions import Alignment
from tracker_core.evaluation.benchmarks import LASHER, RGBT234
from tracker_core.evaluation.comparing import FrameTruth, compare_result
from tracker_core.evaluation.result_files import Result

FRAMES = 3
SIZE = (320, 240)


def filmed(count: int) -> FilmedComparison:
    """Trackers side by side, each 30 pixels right of the one before; thermal truth on its own."""
    true = np.array([(20.0, 30.0 + frame, 24.0, 40.0) for frame in range(FRAMES)])
    thermal = true + np.array([0, 100, 0, 0])
    truth = FrameTruth(RGBT234, "clip", FRAMES, np.arange(FRAMES), true, thermal)
    names = [f"tracker {number}" for number in range(count)]
    compared = tuple(
        compare_result(truth, name, Result(true + np.array([30.0 * number, 0, 0, 0])))
        for number, name in enumerate(names)
    )
    # A thermal camera that sees everything 10 pixels further left.
    alignment = Alignment(0, (1, 0, 10, 0, 1, 0, 0, 0, 1))
    return FilmedComparison(compared, colours_of(DARK, count), truth, alignment)


def painted(film: FilmedComparison) -> tuple[np.ndarray, ComparedPainter]:
    painter = ComparedPainter(SIZE, film)
    gray = np.full((SIZE[1], SIZE[0]), 90, np.uint8)
    frame = AnnotatedFrame(0, FRAMES, None, gray, marks_of(film, 0), words="clip")
    return painter.draw(frame), painter


def has(picture: np.ndarray, colour: Rgb) -> int:
    return int((np.abs(picture.astype(int) - colour).sum(axis=2) == 0).sum())


def test_everyone_is_drawn_on_both_cameras_and_named_below() -> None:
    film = filmed(3)
    picture, painter = painted(film)
    assert picture.shape[:2] == painter.size[::-1]
    below = picture[SPACE + painter.pane[1] :]
    for pane in (0, 1):
        left = SPACE + pane * (painter.pane[0] + SPACE)
        shown = picture[SPACE : SPACE + painter.pane[1], left : left + painter.pane[0]]
        for colour in film.colours:
            assert has(shown, colour) > 60
    for colour in (*film.colours, DARK.truth):
        assert has(below, colour) > 20
    marks = marks_of(film, 0)
    # The truth below the others, in dashes, and where the thermal camera has it.
    assert [mark.dashed for mark in marks] == [True, False, False, False]
    assert marks[0].tir_box == (30.0, 130.0, 24.0, 40.0)
    assert [mark.name for mark in marks] == [""] * 4, "colours say it"


@pytest.mark.parametrize("count", [9, 40])
def test_more_trackers_than_colours_are_told_by_numbers(count: int) -> None:
    film = filmed(count)
    assert [mark.name for mark in marks_of(film, 1)][:3] == ["", "1", "2"]
    few, many = painted(filmed(1))[1].size, painted(film)[1].size
    assert few[0] == many[0]
    assert few[1] < many[1]
    assert many[1] % 2 == 0


def test_without_truth_boxes_are_shown_all_the_same() -> None:
    film = filmed(2)
    none = FrameTruth.of_sequence("clip", FRAMES, LASHER, None)
    bare = FilmedComparison(film.compared, film.colours, none, film.alignment)
    assert [mark.dashed for mark in marks_of(bare, 0)] == [False, False]
    assert painted(bare)[0].size
