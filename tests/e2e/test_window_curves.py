"""The curves in the real window: they follow runs, frames and undo, and go into files."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QPointF
from PySide6.QtWidgets import QFileDialog, QToolButton
from pytestqt.qtbot import QtBot

from app.views.charts.curve_plots import CurvePlots
from app.views.charts.curve_row import CurveRow
from app.views.inspector.curves_panel import CurvesPanel
from app.window.actions import Id
from app.window.main_window import MainWindow
from tests.e2e.conftest import FRAMES
from tests.e2e.driving import LEFT, draw_target, settle, target_of, track


@pytest.fixture
def tracked(qtbot: QtBot, opened: MainWindow) -> MainWindow:
    opened.inspector.setCurrentWidget(panel_of(opened))
    settle(qtbot, opened)
    assert panel_of(opened).findChild(CurvePlots) is None
    draw_target(qtbot, opened)
    track(qtbot, opened)
    return opened


def panel_of(window: MainWindow) -> CurvesPanel:
    return window.views.tab(CurvesPanel)


def plots_of(window: MainWindow) -> CurvePlots:
    plots = panel_of(window).findChild(CurvePlots)
    assert plots is not None
    return plots


def test_curves_show_what_the_session_holds(qtbot: QtBot, tracked: MainWindow) -> None:
    target, model = target_of(tracked), panel_of(tracked)._model
    assert model is not None
    assert np.array_equal(model.score, target.score, equal_nan=True)
    assert np.array_equal(model.removed[1:], target.tracking.target_tokens_removed()[1:])
    tracked.actions_by_id[Id.UNDO].trigger()
    settle(qtbot, tracked)
    assert panel_of(tracked)._model is None, "one box by hand makes no curve"
    tracked.actions_by_id[Id.REDO].trigger()
    settle(qtbot, tracked)
    assert panel_of(tracked)._model is not None


def test_a_click_goes_to_the_frame_and_its_gap_is_added(qtbot: QtBot, tracked: MainWindow) -> None:
    row = plots_of(tracked).findChildren(CurveRow)[0]
    box = row.plot.getViewBox()
    point = row.plot.mapFromScene(box.mapViewToScene(QPointF(3, 0.2)))
    qtbot.mouseClick(row.plot.viewport(), LEFT, pos=point)
    settle(qtbot, tracked)
    assert tracked.frame_index == 3
    qtbot.waitUntil(lambda: bool(np.isfinite(panel_of(tracked)._model.gap[3])), timeout=60_000)
    assert panel_of(tracked)._model.block == 2, "the last block of the small model"
    settle(qtbot, tracked)


def test_another_frame_moves_the_playhead_only(qtbot: QtBot, tracked: MainWindow) -> None:
    # The gap of all tracked frames comes by itself, and is drawn as it comes.
    gaps = tracked.workspace.features.gaps
    qtbot.waitUntil(lambda: gaps.settled and tracked.presenter.settled, timeout=60_000)
    shown = panel_of(tracked)._model
    assert shown is not None
    assert np.isfinite(shown.gap[1:]).all()
    tracked.workspace.frames.loaded.emit(tracked.presenter.maker.frame)
    qtbot.waitUntil(lambda: tracked.presenter.settled, timeout=60_000)
    assert panel_of(tracked)._model is shown
    rows = plots_of(tracked).findChildren(CurveRow)
    assert {row._play.value() for row in rows} == {FRAMES - 1}
    settle(qtbot, tracked)


def test_curves_are_saved_where_the_person_says(
    qtbot: QtBot, tracked: MainWindow, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "no").touch()
    answers = iter(
        [("", ""), (str(tmp_path / "one"), "Table (*.csv)"), (str(tmp_path / "no" / "x.csv"), "")]
    )
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: next(answers))
    save = next(
        button
        for button in panel_of(tracked).findChildren(QToolButton)
        if button.accessibleName() == "Save"
    )
    before = tracked.message
    qtbot.mouseClick(save, LEFT)
    assert tracked.message == before
    qtbot.mouseClick(save, LEFT)
    assert tracked.message == f"Saved the curves in {tmp_path / 'one.csv'}."
    assert len((tmp_path / "one.csv").read_text(encoding="utf-8").splitlines()) == FRAMES + 1
    qtbot.mouseClick(save, LEFT)
    assert "could not be saved" in tracked.message


def test_a_name_that_no_file_can_have_is_offered_as_one_that_it_can(
    qtbot: QtBot, tracked: MainWindow, monkeypatch: pytest.MonkeyPatch
) -> None:
    offered: list[str] = []

    def cancel(_parent: object, _title: str, start: str, _filter: str) -> tuple[str, str]:
        offered.append(start)
        return "", ""

    monkeypatch.setattr(QFileDialog, "getSaveFileName", cancel)
    target_id = tracked.workspace.correction.target_id
    assert target_id is not None
    for name in ("a/b", "..", 'C:\\x "?"', "x" * 200):
        tracked.workspace.correction.rename(target_id, name)
        settle(qtbot, tracked)
        tracked.inspector.setCurrentWidget(tracked.views.tab(CurvesPanel))
        settle(qtbot, tracked)
        tracked.views.tab(CurvesPanel)._save.click()
    folder = tracked.workspace.files.suggested_path().parent
    assert len(offered) == 4
    assert {Path(each).parent for each in offered} == {folder}
    assert all(len(Path(each).name) < 120 for each in offered)
