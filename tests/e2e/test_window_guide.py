"""Help opens the user guide, which is read without a network, in a window of its own.

The guide is one that its readers find their way in: contents, links, back, find, zoom, themes.
"""

from __future__ import annotations

from PySide6.QtCore import QPoint, QPointF
from PySide6.QtGui import QKeySequence
from PySide6.QtTest import QTest

from app.views.guide.window import GuideWindow
from tests.e2e.at_work import Hands, Program


def guide_of(hands: Hands) -> GuideWindow:
    found = hands.window.findChild(GuideWindow)
    assert isinstance(found, GuideWindow)
    hands.wait(found.isVisible)
    return found


def press(hands: Hands, guide: GuideWindow, keys: str, text: str = "") -> None:
    guide.activateWindow()
    hands.wait(guide.isActiveWindow)
    combination = QKeySequence(keys)[0]
    QTest.keyClick(guide.windowHandle(), combination.key(), combination.keyboardModifiers())
    if text:
        QTest.keyClicks(guide.finding, text)


def place_of_link(guide: GuideWindow, link: str) -> QPoint:
    area = guide.page.viewport().rect()
    places = (
        QPoint(x, y)
        for y in range(0, area.height(), 4)
        for x in range(0, area.width(), 20)
        if guide.page.anchorAt(QPoint(x, y)) == link
    )
    return next(places)


def test_the_guide_is_opened_read_and_left(program: Program) -> None:
    def person(hands: Hands) -> None:
        hands.menu("Help", "User guide")
        guide = guide_of(hands)
        assert guide.page.path.name == "README.md"
        assert not guide.back.isEnabled()

        hands.click(guide.page.viewport(), place_of_link(guide, "first-ten-minutes.md"))
        assert guide.page.path.name == "first-ten-minutes.md"
        assert guide.contents.currentRow() == 1
        assert "Press F9 and draw" in guide.page.toPlainText().replace("\u202f", "")
        press(hands, guide, "Alt+Left")
        assert guide.page.path.name == "README.md"
        assert guide.forward.isEnabled()

        row = guide.contents.visualItemRect(guide.contents.item(4)).center()
        hands.click(guide.contents.viewport(), row)
        assert guide.page.path.name == "tokens.md"
        # No other page has this word: found there from here.
        press(hands, guide, "Ctrl+F", "MOTChallenge")
        assert "on this page" in guide.said.text()
        press(hands, guide, "Return")
        assert guide.page.path.name == "handing-on.md"
        assert guide.page.textCursor().selectedText() == "MOTChallenge"
        assert guide.said.isHidden()

        dark = hands.painted(guide.page.viewport(), QPointF(4, 4)).lightness()
        hands.menu("View", "Light theme")
        assert hands.painted(guide.page.viewport(), QPointF(4, 4)).lightness() > dark + 100
        press(hands, guide, "Ctrl++")
        assert guide.page.path.name == "handing-on.md"

        press(hands, guide, "Esc")
        hands.wait(guide.isHidden)
        hands.press("Shift+F1")
        assert guide_of(hands) is guide
        assert guide.page.path.name == "handing-on.md"

    # A key that somebody has changed is called as it is now.
    program.settings(shortcuts={"draw_box": ["F9"]})
    program(person)
