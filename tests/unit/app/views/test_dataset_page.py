"""The list of a dataset paints what changed, where a person sees it."""

from __future__ import annotations

from pathlib import Path

from pytestqt.qtbot import QtBot

from app.resolve.dataset_rows import DatasetRow
from app.views.lists.dataset_page import DatasetPage

COUNT = 400


def test_only_lines_in_view_that_changed_are_painted_again(qtbot: QtBot) -> None:
    page = DatasetPage()
    qtbot.addWidget(page)
    page.resize(900, 500)
    rows = [DatasetRow(f"{k:03d}", Path(f"{k:03d}"), Path(f"{k:03d}.h5")) for k in range(COUNT)]
    page.begin("clips", "clips", rows, tuple(range(COUNT))[::-1])
    with qtbot.waitExposed(page):
        page.show()
    said: list[tuple[int, int]] = []
    page.model.dataChanged.connect(lambda one, last: said.append((one.row(), last.row())))
    page.refresh(None, {0, 1})
    assert said == []
    # The last of the rows are the first lines.
    page.refresh(None, {COUNT - 3, COUNT - 5, 0})
    assert said.pop() == (2, 4)
    page.refresh(None)
    first, last = said.pop()
    assert first == 0
    assert 5 < last < 60
    page.list.scrollToBottom()
    page.refresh(None, {0})
    assert said == [(COUNT - 1, COUNT - 1)]
