from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QColor, QImage
from PySide6.QtWidgets import QComboBox, QLabel, QToolButton
from pytestqt.qtbot import QtBot

from app.resolve.inspection import CropWindow, SearchCropModel
from app.views.inspector import search_crop
from app.views.inspector.crop_pair import CropPair
from app.views.inspector.search_crop import SearchCropView
from app.views.inspector.token_painter import cell_rect

Make = Callable[..., SearchCropModel]


@pytest.fixture
def view(qtbot: QtBot) -> SearchCropView:
    widget = SearchCropView()
    qtbot.addWidget(widget)
    widget.resize(1000, 340)
    widget.show()
    qtbot.waitExposed(widget)
    return widget


def pair(view: SearchCropView) -> CropPair:
    return view.findChild(CropPair)


def words(view: SearchCropView) -> str:
    return "\n".join(label.text() for label in view.findChildren(QLabel) if label.isVisible())


def picture(view: SearchCropView) -> QImage:
    return view.grab().toImage()


def place(view: SearchCropView, token: int, modality: int = 0) -> QPoint:
    square = pair(view).squares()[modality]
    return cell_rect(square, view.view().grid, token).center().toPoint()


def average(image: QImage, centre: QPoint) -> QColor:
    pixels = [image.pixelColor(centre + QPoint(x, y)) for x in range(-3, 4) for y in range(-3, 4)]
    channels = np.array([(p.red(), p.green(), p.blue()) for p in pixels]).mean(axis=0)
    return QColor(*[round(value) for value in channels])


def test_without_a_frame_it_says_what_to_do(view: SearchCropView) -> None:
    assert view.view() is None
    assert words(view) == ""
    empty = picture(view)
    ground = empty.pixelColor(3, empty.height() - 3)
    row = empty.height() // 2
    written = [
        x
        for x in range(empty.width())
        if any(empty.pixelColor(x, row + y) != ground for y in range(-30, 30))
    ]
    assert written
    assert min(written) > 250
    assert max(written) < 750


def test_a_frame_is_explained(view: SearchCropView, make_crop_model: Make) -> None:
    view.set_view(make_crop_model())
    assert view.stage() is None
    assert "Of 256 search tokens 89 reach the head." in words(view)
    assert "Point at a token" in words(view)


@pytest.mark.parametrize("grid", [4, 8, 16, 24])
def test_both_squares_have_whole_pixels_per_token(
    view: SearchCropView, make_crop_model: Make, grid: int
) -> None:
    view.set_view(make_crop_model(grid=grid, blocks=(1,)))
    for square in pair(view).squares():
        assert square.width() % grid == 0
        assert pair(view).rect().contains(square.toAlignedRect())


@pytest.mark.parametrize("modality", [0, 1])
def test_removed_tokens_are_darker_and_kept_ones_as_they_are(
    view: SearchCropView, make_crop_model: Make, modality: int
) -> None:
    white = np.full((80, 100, 3), 255, np.uint8)
    model = make_crop_model(grid=8, blocks=(3,), rgb=white, tir=white, box_xywh=None)
    view.set_view(model)
    image = picture(view)
    kept, removed = int(model.stages[0].kept[0]), int(model.stages[0].removed[0])
    offset = QPoint(0, 9)  # beside the block's number
    assert average(image, place(view, kept, modality)).lightness() > 240
    assert average(image, place(view, removed, modality) + offset).lightness() < 160
    view.set_stage(0)
    image = picture(view)
    assert average(image, place(view, removed, modality)).lightness() > 240


def test_tokens_gone_before_the_stage_on_show_are_nearly_black(
    view: SearchCropView, make_crop_model: Make
) -> None:
    white = np.full((80, 100, 3), 255, np.uint8)
    model = make_crop_model(rgb=white, tir=white, box_xywh=None)
    view.set_view(model)
    view.set_stage(2)
    image = picture(view)
    assert average(image, place(view, int(model.stages[0].removed[0]))).lightness() < 60
    assert average(image, place(view, int(model.stages[2].removed[0]))).lightness() > 230


def test_a_missing_modality_is_said(view: SearchCropView, make_crop_model: Make) -> None:
    white = np.full((80, 100, 3), 255, np.uint8)
    view.set_view(make_crop_model(tir=None, rgb=white, blocks=()))
    image = picture(view)
    assert average(image, place(view, 0, 0)).lightness() > 200
    assert average(image, place(view, 0, 1)).lightness() < 60


@pytest.mark.parametrize("modality", [0, 1])
def test_the_token_under_the_mouse_is_explained(
    view: SearchCropView, make_crop_model: Make, qtbot: QtBot, modality: int
) -> None:
    view.set_view(make_crop_model())
    with qtbot.waitSignal(view.token_hovered) as hovered:
        qtbot.mouseMove(pair(view), place(view, 7 * 16 + 9, modality))
    assert hovered.args == [7 * 16 + 9]
    assert "Token (7, 9) of 16 × 16" in words(view)
    with qtbot.waitSignal(view.token_hovered) as left:
        qtbot.mouseMove(pair(view), QPoint(1, 1))
    assert left.args == [None]
    assert "Point at a token" in words(view)


def test_the_cursor_shows_in_both_modalities(view: SearchCropView, make_crop_model: Make) -> None:
    view.set_view(make_crop_model())
    before = picture(view)
    view.set_highlighted_token(40)
    after = picture(view)
    for modality in (0, 1):
        corner = cell_rect(pair(view).squares()[modality], 16, 40).topLeft().toPoint()
        assert before.pixelColor(corner) != after.pixelColor(corner)
    assert "Token (2, 8)" in words(view)


def test_a_token_can_be_pinned(view: SearchCropView, make_crop_model: Make, qtbot: QtBot) -> None:
    view.set_view(make_crop_model())
    spot = place(view, 20)
    with qtbot.waitSignal(view.token_pinned) as pinned:
        qtbot.mouseClick(pair(view), Qt.MouseButton.LeftButton, pos=spot)
    assert pinned.args == [20]
    qtbot.mouseMove(pair(view), place(view, 200))
    assert "Token (1, 4)" in words(view)
    view.set_view(make_crop_model(frame_index=13))
    assert "Token (1, 4)" in words(view)
    with qtbot.waitSignal(view.token_pinned) as let_go:
        qtbot.mouseClick(pair(view), Qt.MouseButton.LeftButton, pos=spot)
    assert let_go.args == [None]


def test_another_grid_forgets_the_pinned_token(
    view: SearchCropView, make_crop_model: Make, qtbot: QtBot
) -> None:
    view.set_view(make_crop_model())
    qtbot.mouseClick(pair(view), Qt.MouseButton.LeftButton, pos=place(view, 250))
    view.set_view(make_crop_model(grid=8, blocks=(2,)))
    assert "Point at a token" in words(view)


def test_arrow_keys_walk_over_the_tokens(
    view: SearchCropView, make_crop_model: Make, qtbot: QtBot
) -> None:
    view.set_view(make_crop_model(grid=8, blocks=(2,)))
    for key in (Qt.Key.Key_Right, Qt.Key.Key_Right, Qt.Key.Key_Down):
        qtbot.keyClick(pair(view), key)
    assert pair(view).token() == 5 * 8 + 5
    for _ in range(20):
        qtbot.keyClick(pair(view), Qt.Key.Key_Up)
        qtbot.keyClick(pair(view), Qt.Key.Key_Left)
    assert pair(view).token() == 0
    qtbot.keyClick(pair(view), Qt.Key.Key_Space)
    qtbot.keyClick(pair(view), Qt.Key.Key_Down)
    assert pair(view).token() == 0
    qtbot.keyClick(pair(view), Qt.Key.Key_Escape)
    assert pair(view).token() is None
    assert "Token" not in pair(view).accessibleDescription()


def test_page_keys_go_through_the_stages(
    view: SearchCropView, make_crop_model: Make, qtbot: QtBot
) -> None:
    view.set_view(make_crop_model())
    seen: list[object] = []
    view.stage_changed.connect(seen.append)
    for key in [Qt.Key.Key_PageUp] * 6 + [Qt.Key.Key_PageDown] * 2:
        qtbot.keyClick(pair(view), key)
    assert seen == [3, 2, 1, 0, 1, 2]
    assert view.stage() == 2


def test_stage_buttons_choose_a_stage(
    view: SearchCropView, make_crop_model: Make, qtbot: QtBot
) -> None:
    view.set_view(make_crop_model())
    buttons = {b.text(): b for b in view.findChildren(QToolButton) if b.text()}
    assert list(buttons) == ["none", "3", "6", "9", "all"]
    with qtbot.waitSignal(view.stage_changed) as changed:
        qtbot.mouseClick(buttons["6"], Qt.MouseButton.LeftButton)
    assert changed.args == [2]
    assert "Block 6 ranked 180 tokens" in words(view)


def test_setting_a_stage_tells_nobody(view: SearchCropView, make_crop_model: Make) -> None:
    view.set_view(make_crop_model())
    seen: list[object] = []
    view.stage_changed.connect(seen.append)
    view.set_stage(1)
    view.set_stage(99)
    assert view.stage() == 1
    assert seen == []


def test_the_stage_stays_from_frame_to_frame(view: SearchCropView, make_crop_model: Make) -> None:
    view.set_view(make_crop_model())
    view.set_stage(3)
    view.set_view(make_crop_model(frame_index=13))
    assert view.stage() == 3
    view.set_view(make_crop_model(blocks=(2,)))
    assert view.stage() is None


def test_the_elimination_can_be_played(
    make_crop_model: Make, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(search_crop, "ANIMATION_MS", 10)
    quick = SearchCropView()
    qtbot.addWidget(quick)
    quick.show()
    quick.set_view(make_crop_model())
    seen: list[object] = []
    quick.stage_changed.connect(seen.append)
    play = next(b for b in quick.findChildren(QToolButton) if not b.text())
    qtbot.mouseClick(play, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: seen[-1:] == [None])
    assert seen == [0, 1, 2, 3, None]
    assert not play.isChecked()
    qtbot.mouseClick(play, Qt.MouseButton.LeftButton)
    quick.hide()
    assert not play.isChecked()


def test_attention_is_laid_over_the_crop(view: SearchCropView, make_crop_model: Make) -> None:
    view.set_view(make_crop_model())
    before = picture(view)
    view.set_overlay("attention")
    assert view.overlay() == "attention"
    assert picture(view) != before
    view.set_overlay("score")
    assert view.overlay() == "score"
    view.set_overlay("nonsense")
    assert view.overlay() == "score"


def test_what_was_not_recorded_cannot_be_chosen(
    view: SearchCropView, make_crop_model: Make
) -> None:
    model = make_crop_model()
    bare = tuple(replace(stage, attention=None, candidates=None) for stage in model.stages)
    view.set_view(make_crop_model(elimination=bare))
    box = view.findChild(QComboBox)
    texts = [box.itemText(row) for row in range(box.count())]
    assert texts == ["None", "Attention (not recorded)", "Score map"]
    enabled = [
        bool(box.model().flags(box.model().index(row, 0)) & Qt.ItemFlag.ItemIsEnabled)
        for row in range(3)
    ]
    assert enabled == [True, False, True]


def test_lost_tokens_of_the_target_are_warned_of(
    view: SearchCropView, make_crop_model: Make
) -> None:
    view.set_view(make_crop_model(box_xywh=(10.0, 4.0, 4.0, 12.0)))
    assert "3 of the 3 tokens in the predicted box removed" in words(view)
    view.set_view(make_crop_model())
    assert "removed:" not in words(view)


@pytest.mark.parametrize(("size", "beside"), [((1100, 300), True), ((340, 700), False)])
def test_the_words_stand_where_there_is_room(
    view: SearchCropView, make_crop_model: Make, size: tuple[int, int], beside: bool, qtbot: QtBot
) -> None:
    view.set_view(make_crop_model())
    view.resize(*size)
    qtbot.wait(1)
    label = next(each for each in view.findChildren(QLabel) if "256" in each.text())
    at = label.mapTo(view, QPoint(0, 0))
    right = pair(view).squares()[1].right() + pair(view).x()
    assert (at.x() > right) == beside
    for child in view.findChildren(QLabel) + view.findChildren(QToolButton):
        if child.isVisible():
            corner = child.mapTo(view, QPoint(child.width(), 0))
            assert corner.x() <= view.width(), child.text()


def test_the_box_has_the_targets_colour(view: SearchCropView, make_crop_model: Make) -> None:
    view.set_view(make_crop_model())
    view.set_box_colour((230, 159, 0))
    square = pair(view).squares()[0]
    x, y, _, _ = view.view().box_in_crop
    corner = square.topLeft() + QPointF(x * square.width(), y * square.height())
    image = picture(view)
    near = [image.pixelColor((corner + QPointF(dx, 20)).toPoint()).name() for dx in range(-4, 5)]
    assert "#e69f00" in near


def test_padding_is_hatched(view: SearchCropView, make_crop_model: Make) -> None:
    white = np.full((80, 100, 3), 255, np.uint8)
    model = make_crop_model(
        window=CropWindow(-32, 4, 64), rgb=white, tir=white, blocks=(), box_xywh=None
    )
    view.set_view(model)
    image = picture(view)
    assert average(image, place(view, 8 * 16 + 3)).lightness() < 130
    assert average(image, place(view, 8 * 16 + 12)).lightness() > 230
    shades = {
        image.pixelColor(place(view, 8 * 16 + 3) + QPoint(x, 0)).lightness() for x in range(-8, 8)
    }
    assert len(shades) > 1
