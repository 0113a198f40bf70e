from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

from app.export.pictures import AnnotatedFrame, FramePainter, Mark, Tokens

SIZE = (480, 360)
GREY = np.full((360, 480, 3), 128, np.uint8)
HEAT = np.full((360, 480), 128, np.uint8)


def draw(**what: object) -> tuple[FramePainter, np.ndarray]:
    painter = FramePainter(SIZE)
    values: dict[str, object] = {"frame_index": 3, "frame_count": 10, "rgb": GREY, "tir": HEAT}
    return painter, painter.draw(AnnotatedFrame(**{**values, **what}))  # type: ignore[arg-type]


@pytest.mark.parametrize("size", [(480, 360), (640, 512), (1921, 1081), (33, 25), (360, 270)])
def test_pictures_have_even_sides_and_the_promised_size(size: tuple[int, int]) -> None:
    painter = FramePainter(size)
    frame = AnnotatedFrame(0, 1, np.zeros((size[1], size[0], 3), np.uint8), None)
    picture = painter.draw(frame)
    assert picture.shape == (painter.size[1], painter.size[0], 3)
    assert painter.size[0] % 2 == painter.size[1] % 2 == 0
    assert 90 <= painter.pane[1] <= 720


def test_a_box_is_drawn_where_it_is_in_both_panes() -> None:
    colour = (10, 250, 20)
    box = (100.0, 80.0, 60.0, 40.0)
    painter, picture = draw(marks=[Mark("", colour, box, box)])
    drawn = (picture == colour).all(axis=2)
    left = drawn[:, : painter.size[0] // 2]
    right = drawn[:, painter.size[0] // 2 :]
    assert left.sum() == right.sum() > 0
    rows, columns = np.nonzero(left)
    assert rows.min() == 8 + 80 * painter.scale
    assert columns.min() == 8 + 100 * painter.scale
    assert columns.max() == 8 + 160 * painter.scale - 1


def test_a_smaller_thermal_image_fills_its_pane() -> None:
    rng = np.random.default_rng(0)
    half = rng.integers(0, 255, (180, 240), np.uint8)
    whole = np.kron(half, np.ones((2, 2), np.uint8))
    painter, small = draw(tir=half)
    _, large = draw(tir=whole)
    pane = np.s_[8 : 8 + painter.pane[1], 16 + painter.pane[0] : 16 + 2 * painter.pane[0]]
    difference = np.abs(small[pane].astype(int) - large[pane].astype(int))
    assert difference.mean() < 20


def test_removed_tokens_change_the_picture_inside_the_search_window_only() -> None:
    painter, plain = draw()
    labels = np.ones((16, 16), np.uint8)
    window = SimpleNamespace(x=100, y=100, side=160)
    _, dimmed = draw(tokens=Tokens(window, labels, 3))
    rows, columns = np.nonzero((plain != dimmed).any(axis=2))
    left = columns < painter.size[0] // 2
    scale = painter.scale
    assert rows.min() >= 8 + 100 * scale
    assert rows.max() < 8 + 260 * scale
    assert columns[left].min() >= 8 + 100 * scale
    assert columns[left].max() < 8 + 260 * scale


def test_a_search_window_may_reach_outside_the_frame() -> None:
    labels = np.ones((16, 16), np.uint8)
    draw(tokens=Tokens(SimpleNamespace(x=-90, y=-90, side=160), labels, 3))
    draw(tokens=Tokens(SimpleNamespace(x=400, y=300, side=160), labels, 3))


def test_a_gap_is_drawn_as_one() -> None:
    _, whole = draw()
    _, gap = draw(tir=None)
    assert not np.array_equal(whole, gap)


def test_the_strip_shows_scores_and_leaves_unknown_ones_out() -> None:
    scores = np.full(10, np.nan, np.float32)
    painter, none = draw(scores=scores)
    _, some = draw(scores=np.where(np.arange(10) < 5, 0.5, np.nan).astype(np.float32))
    rows, columns = np.nonzero((none != some).any(axis=2))
    assert rows.min() > 8 + painter.pane[1]
    assert columns.min() >= painter.size[0] // 2


def test_names_in_other_scripts_can_be_told_apart() -> None:
    # DejaVu has neither, and would draw the same empty box for both.
    box = (100.0, 80.0, 60.0, 40.0)
    pictures = [
        draw(marks=[Mark(name, (10, 250, 20), box, None)])[1] for name in ("\u1d81", "\u1d84")
    ]
    assert (pictures[0] != pictures[1]).any()
