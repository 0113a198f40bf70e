"""The docks alone: what they remember, and that starting again changes nothing."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QLabel, QMainWindow, QTabBar, QToolBar, QTreeWidget, QWidget
from pytestqt.qtbot import QtBot

from app.state.settings import Settings
from app.views.shell.inspector import Inspector
from app.window.panels import Panels


class Held(QWidget):
    """Something that would like to be of a size."""

    def __init__(self, width: int, height: int) -> None:
        super().__init__()
        self._size = QSize(width, height)

    def sizeHint(self) -> QSize:
        return self._size


def start(qtbot: QtBot, values: Settings) -> tuple[QMainWindow, Panels]:
    window = QMainWindow()
    qtbot.addWidget(window)
    window.resize(1200, 800)
    window.setCentralWidget(QLabel("frames"))
    inspector = Inspector()
    inspector.add_page(Held(300, 500), "Frame")
    panels = Panels(window, QTreeWidget(), Held(150, 60), inspector, Held(900, 100))
    toolbar = window.addToolBar("Tools")
    toolbar.setObjectName("toolbar")
    panels.restore(values)
    window.show()
    qtbot.waitExposed(window)
    return window, panels


def sizes(panels: Panels) -> dict[str, tuple[int, int]]:
    return {name: (dock.width(), dock.height()) for name, dock in panels.docks.items()}


@pytest.mark.parametrize("through_start_page", [False, True])
def test_docks_keep_their_sizes_however_often_one_starts(
    qtbot: QtBot, *, through_start_page: bool
) -> None:
    values, seen = Settings(), []
    for _ in range(5):
        window, panels = start(qtbot, values)
        panels.show(True)
        qtbot.wait(20)
        seen.append(sizes(panels))
        if through_start_page:
            # Closing a sequence leaves the start page, from which the window is closed.
            panels.show(False)
        panels.remember(values, shown=not through_start_page)
        window.close()
    assert seen[1:] == seen[:-1]


def test_docks_keep_their_sizes_when_another_sequence_is_opened(qtbot: QtBot) -> None:
    window, panels = start(qtbot, Settings())
    panels.show(True)
    docks = [panels.docks["targets"], panels.docks["queue"]]
    window.resizeDocks(docks, [150, 400], Qt.Orientation.Vertical)
    qtbot.wait(20)
    before = sizes(panels)
    for _ in range(3):
        panels.show(False)
        qtbot.wait(20)
        panels.show(True)
        qtbot.wait(20)
    assert sizes(panels) == before


def test_a_dock_that_was_closed_and_a_toolbar_that_was_hidden_stay_so(qtbot: QtBot) -> None:
    window, panels = start(qtbot, Settings())
    panels.show(True)
    panels.docks["inspector"].close()
    values = Settings()
    panels.show(False)
    bar = window.findChild(QToolBar)
    assert bar is not None
    bar.hide()
    panels.show(True)
    qtbot.wait(20)
    assert not panels.docks["inspector"].isVisible()
    assert panels.docks["queue"].isVisible()
    assert bar.isHidden()
    panels.remember(values, shown=True)
    _, again = start(qtbot, values)
    again.show(True)
    qtbot.wait(20)
    assert not again.docks["inspector"].isVisible()
    assert again.docks["targets"].isVisible()


def lying(window: QMainWindow, panels: Panels) -> tuple[dict[str, tuple[int, int]], list[str]]:
    tabs = window.tabifiedDockWidgets(panels.docks["targets"])
    # A dock behind another has its size only when it comes to the front.
    seen = {name: size for name, size in sizes(panels).items() if panels.docks[name] not in tabs}
    return seen, [dock.objectName() for dock in tabs]


@pytest.mark.parametrize("upright", [True, False])
def test_lists_come_back_from_behind_the_inspector_as_they_lay(
    qtbot: QtBot, *, upright: bool
) -> None:
    window, panels = start(qtbot, Settings())
    window.resize(960, 540)
    panels.show(True)
    qtbot.wait(20)
    targets, queue = panels.docks["targets"], panels.docks["queue"]
    inspector = panels.docks["inspector"].widget()
    assert isinstance(inspector, Inspector)
    if upright:
        window.resizeDocks([targets, queue], [110, 250], Qt.Orientation.Vertical)
    else:
        window.tabifyDockWidget(queue, targets)
    qtbot.wait(20)
    before, together = lying(window, panels)
    assert bool(together) is not upright
    for _ in range(2):
        inspector.set_open(True)
        qtbot.waitUntil(lambda: len(window.tabifiedDockWidgets(targets)) == 2)
        # Through the start page, and by the click that closes it.
        panels.show(False)
        panels.show(True)
        qtbot.wait(20)
        inspector.set_open(False)
        qtbot.waitUntil(lambda: lying(window, panels) == (before, together))
    inspector.set_open(True)
    qtbot.wait(20)
    panels.reset()
    inspector.set_open(False)
    qtbot.waitUntil(
        lambda: (
            not [
                bar
                for bar in window.findChildren(QTabBar)
                if bar.isVisible() and bar.parent() is window
            ]
        )
    )


def test_a_layout_that_qt_cannot_use_is_none(qtbot: QtBot) -> None:
    values = Settings(window_state="00ff00")
    _, panels = start(qtbot, values)
    panels.show(True)
    qtbot.wait(20)
    heights = [panels.docks[name].height() for name in ("targets", "queue")]
    assert min(heights) > 100
