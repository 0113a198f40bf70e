"""What holds for every tab of the inspector."""

from __future__ import annotations

from typing import Any

import pytest
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from app.resolve.inspection import Missing
from app.resolve.redraw import Part
from app.window.presenter import LATE
from app.window.tabs import TABS, Later, Shown, TabRow

NOTHING = Shown(None, None, lambda: None, None, None, None, lambda: None)


def test_tabs_have_ids_and_titles_of_their_own() -> None:
    for name in ("id", "title", "widget"):
        assert len({getattr(row, name) for row in TABS}) == len(TABS)
    assert {row.wants for row in TABS} <= set(LATE) <= set(Part)


@pytest.mark.parametrize("row", TABS, ids=lambda row: row.id)
def test_a_tab_is_a_widget_that_takes_nothing(qtbot: QtBot, row: TabRow) -> None:
    widget: Any = row.widget(None)
    assert isinstance(widget, QWidget)
    qtbot.addWidget(widget)
    view = row.view(NOTHING)
    assert view is None
    widget.resize(320, 400)
    widget.show()
    widget.set_view(view)
    assert not widget.grab().isNull()


@pytest.mark.parametrize("row_id", ["elimination", "score", "features"])
def test_a_tab_says_why_it_is_empty(qtbot: QtBot, row_id: str) -> None:
    row = next(row for row in TABS if row.id == row_id)
    widget: Any = row.widget(None)
    qtbot.addWidget(widget)
    widget.resize(320, 400)
    widget.show()
    widget.set_view(None)
    before = widget.grab().toImage()
    widget.set_view(Missing("nanotrack keeps no tokens; track with CKD to see them."))
    assert widget.grab().toImage() != before
    widget.set_view(None)
    assert widget.grab().toImage() == before


def test_what_is_being_computed_is_no_model() -> None:
    row = next(row for row in TABS if row.id == "features")
    pending = Shown(None, None, lambda: None, Later(), None, None, lambda: None)
    assert isinstance(row.view(pending), Later)
