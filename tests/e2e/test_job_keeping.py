"""Room and look: `main()` with a clip, then mouse and keys, and a second start.

What is promised, and the test that does it:

- panels dock, hide and come back, layouts survive restarts unchanged:
  `test_panels_hide_come_back_and_lie_as_they_were_left`
- every control is reachable in a window of 1024 x 700, and of what a screen of 1920 x 1080 shows at
  200 %: `test_every_control_can_be_reached`
- the crop panel comes without moving the frames under the mouse, an empty inspector gives its room
  away, frames have at least half of the window, two fifths of a small one beside an open page:
  `test_frames_have_the_room`
- a dark theme and a light one, kept; the keyboard's place is seen:
  `test_a_theme_is_chosen_and_the_keyboards_place_is_seen`
"""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, QPointF, QSize
from PySide6.QtGui import QColor
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractSpinBox,
    QComboBox,
    QDockWidget,
    QTabBar,
    QToolButton,
    QWidget,
)

from app.look.theme import current_theme
from sessions import AddTarget
from tests.e2e.at_work import Hands, Program, by_hand, place_of, tracked, write_session

SMALL = ((1024, 700), (960, 540))
TITLES = {
    "targets": "Targets", "queue": "Review queue", "inspector": "Inspector", "timeline": "Timeline",
}  # fmt: skip


def layout(hands: Hands) -> dict[str, tuple[object, ...]]:
    """Return how the panels lie."""
    docks = hands.window.docks
    return {
        name: (dock.isVisible(), dock.isFloating(), dock.geometry().getRect())
        if dock.isVisible() else (False,)
        for name, dock in docks.items()
    }  # fmt: skip


def close_by_cross(hands: Hands, dock: QDockWidget) -> None:
    cross = dock.findChild(QAbstractButton, "qt_dockwidget_closebutton")
    assert isinstance(cross, QAbstractButton)
    hands.click(cross)
    hands.settle()


def test_panels_hide_come_back_and_lie_as_they_were_left(
    program: Program, walk: Path, tmp_path: Path
) -> None:
    session = write_session(
        tmp_path / "walk.h5", walk, AddTarget("1", "Walker"), by_hand("1", 0), tracked("1", 1, 40)
    )
    left: list[dict[str, tuple[object, ...]]] = []

    def first(hands: Hands) -> None:
        docks = hands.window.docks
        wide = hands.rgb.width()
        for name, title in TITLES.items():
            hands.menu("View", "Panels", title)
            assert not docks[name].isVisible()
        assert hands.rgb.width() > wide, "the frames get the room"
        for name, title in TITLES.items():
            hands.menu("View", "Panels", title)
            assert docks[name].isVisible()
        close_by_cross(hands, docks["targets"])
        assert not docks["targets"].isVisible()
        hands.menu("View", "Panels", "Targets")
        # The edge between two panels is dragged.
        before = docks["queue"].height()
        edge = QPointF(docks["targets"].geometry().bottomLeft() + QPoint(60, 3))
        hands.drag(hands.window, edge, edge + QPointF(0, 60))
        hands.settle()
        assert docks["queue"].height() == pytest.approx(before - 60, abs=8)
        # One is taken out of the window and docked on the other side.
        queue = docks["queue"]
        float_it = queue.findChild(QAbstractButton, "qt_dockwidget_floatbutton")
        assert isinstance(float_it, QAbstractButton)
        hands.click(float_it)
        hands.wait(queue.isFloating)
        hands.click(queue.findChild(QAbstractButton, "qt_dockwidget_floatbutton"))
        hands.wait(lambda: not queue.isFloating())
        hands.menu("View", "Panels", "Inspector")
        left.append(layout(hands))
        assert left[0]["inspector"] == (False,)
        hands.press("Ctrl+Q")

    def again(hands: Hands) -> None:
        assert layout(hands) == left[0]

    program(first, session)
    # Every start would otherwise change it a little more.
    for _ in range(3):
        program(again, session, size=None)

    def comes_back(hands: Hands) -> None:
        hands.menu("View", "Panels", "Inspector")
        assert hands.window.docks["inspector"].isVisible()

    program(comes_back, session, size=None)


def controls(hands: Hands) -> list[QWidget]:
    """Return everything that is there to be clicked, the scroll arrows of Qt left out."""
    found: list[QWidget] = []
    for kind in (QAbstractButton, QComboBox, QAbstractSpinBox):
        for each in hands.window.findChildren(kind):
            dock = next((d for d in hands.window.docks.values() if d.isAncestorOf(each)), None)
            within = hands.window if dock is None else dock
            named = each.objectName().startswith("qt_")
            if each.isVisibleTo(within) and not named and not isinstance(each.parent(), QTabBar):
                found.append(each)
    return found


def seen(hands: Hands, widget: QWidget) -> bool:
    """Whether the middle of a control is on the window and nothing lies over it."""
    if not widget.isVisible():
        return False
    middle = widget.mapTo(hands.window, widget.rect().center())
    there = hands.window.childAt(middle)
    hit = there is not None and (there is widget or widget.isAncestorOf(there))
    return hit and hands.window.rect().contains(middle)


@pytest.mark.parametrize("size", SMALL, ids=["1024x700", "960x540"])
def test_every_control_can_be_reached(
    program: Program, walk: Path, tmp_path: Path, size: tuple[int, int]
) -> None:
    session = write_session(
        tmp_path / "walk.h5", walk, AddTarget("1", "Walker"), by_hand("1", 0), tracked("1", 1, 40)
    )

    def person(hands: Hands) -> None:
        window, toolbar = hands.window, hands.window.toolbar
        hands.wait(lambda: window.size() == QSize(*size))
        hands.settle()
        bar = window.menuBar()
        for action in bar.actions():
            place = bar.actionGeometry(action)
            assert bar.rect().contains(place), f"{action.text()} has no room"
        everything = [each for each in controls(hands) if not toolbar.isAncestorOf(each)]
        assert len(everything) > 12
        outside = [each for each in everything if not seen(hands, each)]
        assert not outside, [(each, each.toolTip(), each.geometry()) for each in outside]
        # What the toolbar has no room for is behind its arrow.
        arrow = toolbar.findChild(QToolButton, "qt_toolbar_ext_button")
        assert isinstance(arrow, QToolButton)
        actions = [each for each in toolbar.actions() if not each.isSeparator()]
        on_it = [toolbar.widgetForAction(each) for each in actions]
        assert len(on_it) > 10
        assert not all(seen(hands, each) for each in on_it)
        hands.click(arrow)
        choosers = (window.tracker_chooser.tracker, window.tracker_chooser.device)
        hands.wait(lambda: all(seen(hands, each) for each in (*on_it, *choosers)))
        hands.click(arrow)
        # Each tab of the inspector.
        tabs = window.inspector.tabBar()
        further = next((each for each in tabs.findChildren(QToolButton)
                        if each.objectName() == "ScrollRightButton"), None)  # fmt: skip
        for number in range(tabs.count()):
            while not within(tabs, number):
                assert further is not None
                assert further.isVisible()
                assert further.isEnabled()
                hands.click(further)
            hands.click(tabs, tabs.tabRect(number).center())
            hands.settle()
            assert window.inspector.currentIndex() == number
            assert window.inspector.currentWidget().isVisible()
            hands.click(tabs, tabs.tabRect(number).center())
            hands.settle()

    program(person, session, size=size)


def within(tabs: QTabBar, number: int) -> bool:
    """Whether the middle of a tab can be clicked; the arrows lie over the end of the bar."""
    middle = tabs.tabRect(number).center()
    return tabs.rect().contains(middle) and tabs.childAt(middle) is None


def on_screen(hands: Hands, x: float, y: float) -> list[QPointF]:
    return [view.mapToGlobal(view.pane_point(x, y)) for view in (hands.rgb, hands.tir)]


@pytest.mark.parametrize("size", [*SMALL, (1600, 1000)], ids=["1024x700", "960x540", "1600x1000"])
def test_frames_have_the_room(
    program: Program, walk: Path, small_model: Path, size: tuple[int, int]
) -> None:
    program.settings(tracker="ckd", model=str(small_model))

    def person(hands: Hands) -> None:
        window = hands.window
        inspector = window.inspector
        assert not inspector.is_open, "there is nothing to explain yet"
        panes = window.views.panes.size()
        assert panes.width() * panes.height() >= 0.5 * size[0] * size[1]
        hands.go(70)
        hands.draw(place_of(70))
        before = on_screen(hands, 60, 50)
        assert not window.workbench.crop.isVisible()
        hands.key("T")
        # In a low window it would cover the target, and waits to be asked for.
        assert window.workbench.crop.isVisible() == (size != (960, 540))
        assert on_screen(hands, 60, 50) == before
        panes = window.views.panes.size()
        assert panes.width() * panes.height() >= 0.5 * size[0] * size[1]
        wide = panes.width()
        tabs = inspector.tabBar()
        hands.click(tabs, tabs.tabRect(0).center())
        hands.settle()
        if inspector.is_open:
            panes = window.views.panes.size()
            # A page that can be read comes first in a small window.
            least = 0.5 if size[0] > 1024 else 0.4
            assert panes.width() * panes.height() >= least * size[0] * size[1]
            hands.click(tabs, tabs.tabRect(inspector.currentIndex()).center())
            hands.settle()
        assert window.views.panes.width() == wide
        assert (window.width(), window.height()) == size

    program(person, walk, size=size)


def test_frames_have_half_of_a_window_that_is_made_smaller(program: Program, walk: Path) -> None:
    def person(hands: Hands) -> None:
        before, panes = hands.timeline.height(), hands.window.views.panes
        for width, height in SMALL:
            hands.window.resize(width, height)
            half = width * height / 2
            hands.wait(lambda half=half: panes.width() * panes.height() >= half)
        # The timeline gets back what it gave when there is room again.
        assert hands.timeline.height() < before
        hands.window.resize(1600, 1000)
        hands.wait(lambda: hands.timeline.height() >= before)

    program(person, walk, size=(1600, 1000))


def test_a_theme_is_chosen_and_the_keyboards_place_is_seen(program: Program, walk: Path) -> None:
    grounds: list[QColor] = []

    def first(hands: Hands) -> None:
        assert current_theme().is_dark
        accent = QColor(*current_theme().palette.accent)
        hands.click(hands.timeline, hands.ruler(3))
        hands.settle()
        assert hands.painted(hands.timeline, QPointF(1, 10)) == accent
        hands.click(hands.rgb, hands.rgb.pane_point(5, 110))
        hands.settle()
        assert hands.painted(hands.timeline, QPointF(1, 10)) != accent
        assert hands.rgb.hasFocus()
        grounds.append(hands.painted(hands.timeline, QPointF(3, 40)))
        hands.menu("View", "Light theme")
        grounds.append(hands.painted(hands.timeline, QPointF(3, 40)))
        assert grounds[1].lightness() > grounds[0].lightness() + 80

    def second(hands: Hands) -> None:
        assert not current_theme().is_dark
        assert hands.painted(hands.timeline, QPointF(3, 40)) == grounds[1]
        hands.menu("View", "Dark theme")
        assert hands.painted(hands.timeline, QPointF(3, 40)) == grounds[0]

    program(first, walk)
    program(second, walk)
