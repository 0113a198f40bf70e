from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QAction, QPalette, QPixmap, QPixmapCache
from PySide6.QtWidgets import QApplication, QPushButton
from pytestqt.qtbot import QtBot

from app.look.icons import _made, icon, set_icon
from app.look.palette import DARK, LIGHT
from app.look.theme import apply_theme, current_theme, style_sheet, theme_signals

ICONS = list((Path(__file__).resolve().parents[4] / "resources" / "icons").glob("*.svg"))


@pytest.fixture(autouse=True)
def dark_afterwards(qapp: QApplication) -> Iterator[None]:
    yield
    apply_theme(qapp, "dark")


def darkest(action: QAction | QPushButton) -> tuple[int, int, int]:
    """The colour of the most opaque pixel of an icon."""
    image = action.icon().pixmap(48, 48).toImage()
    pixels = [image.pixelColor(x, y) for x in range(48) for y in range(48)]
    strongest = max(pixels, key=lambda colour: colour.alpha())
    return strongest.red(), strongest.green(), strongest.blue()


@pytest.mark.parametrize(("name", "palette"), [("dark", DARK), ("light", LIGHT)])
def test_a_theme_colours_the_application(qapp: QApplication, name: str, palette: object) -> None:
    theme = apply_theme(qapp, name)
    assert (theme.name, theme.palette) == (name, palette)
    assert current_theme() is theme
    assert theme.is_dark == (name == "dark")
    window = qapp.palette().color(QPalette.ColorRole.Window)
    assert (window.red(), window.green(), window.blue()) == theme.palette.panel
    assert qapp.style().objectName() == "fusion" or qapp.styleSheet()


def test_the_style_is_set_once(qapp: QApplication, monkeypatch: pytest.MonkeyPatch) -> None:
    apply_theme(qapp, "dark")
    set_again: list[str] = []
    monkeypatch.setattr(QApplication, "setStyle", set_again.append)
    apply_theme(qapp, "light")
    apply_theme(qapp, "dark")
    assert not set_again


def test_an_unknown_theme_is_refused(qapp: QApplication) -> None:
    with pytest.raises(ValueError, match="no theme 'pink'"):
        apply_theme(qapp, "pink")


def test_views_are_told(qapp: QApplication, qtbot: QtBot) -> None:
    with qtbot.waitSignal(theme_signals().changed) as emitted:
        apply_theme(qapp, "light")
    assert emitted.args == [current_theme()]


def test_system_follows_the_desktop(qapp: QApplication) -> None:
    apply_theme(qapp, "system")
    theme_signals().follow(Qt.ColorScheme.Light)
    assert current_theme().name == "light"
    theme_signals().follow(Qt.ColorScheme.Dark)
    assert current_theme().name == "dark"


def test_a_chosen_theme_does_not_follow_the_desktop(qapp: QApplication) -> None:
    apply_theme(qapp, "dark")
    theme_signals().follow(Qt.ColorScheme.Light)
    assert current_theme().name == "dark"


@pytest.mark.parametrize("name", ["dark", "light"])
def test_the_style_sheet_is_complete(qapp: QApplication, name: str) -> None:
    sheet = style_sheet(apply_theme(qapp, name))
    assert "$" not in sheet
    assert sheet.count("{") == sheet.count("}")
    paths = re.findall(r'url\("([^"]+)"\)', sheet)
    assert paths
    assert all(Path(path).is_file() for path in paths)


@pytest.mark.usefixtures("qapp")
def test_every_icon_draws_something() -> None:
    names = [path.stem for path in ICONS]
    assert len(names) > 50
    for name in names:
        image = icon(name).pixmap(24, 24).toImage()
        inked = sum(image.pixelColor(x, y).alpha() > 100 for x in range(24) for y in range(24))
        assert inked > 10, name


def test_icons_are_drawn_in_the_current_colour_only() -> None:
    for path in ICONS:
        colours = set(re.findall(r'(?:stroke|fill)="([^"]+)"', path.read_text("utf-8")))
        assert colours <= {"none", "currentColor"}, path.name


@pytest.mark.usefixtures("qapp")
def test_an_unknown_icon_is_refused() -> None:
    with pytest.raises(ValueError, match="no icon 'unicorn'"):
        icon("unicorn")


def test_icons_follow_the_theme(qapp: QApplication, qtbot: QtBot) -> None:
    apply_theme(qapp, "dark")
    action, button = QAction(), QPushButton()
    qtbot.addWidget(button)
    for target in (action, button):
        set_icon(target, "stop")
        assert darkest(target) == DARK.text
    apply_theme(qapp, "light")
    assert darkest(action) == LIGHT.text
    assert darkest(button) == LIGHT.text


def test_a_deleted_button_does_not_disturb_a_new_theme(qapp: QApplication) -> None:
    button = QPushButton()
    set_icon(button, "open")
    button.deleteLater()
    qapp.sendPostedEvents(button, 52)  # QEvent.DeferredDelete
    apply_theme(qapp, "light")


def test_an_icon_is_made_once_for_each_theme(qapp: QApplication) -> None:
    # Qt keeps what it painted by this key, up to 10 MB of what nobody would ever ask for again.
    def key() -> int:
        return icon("info").pixmap(18).cacheKey()

    first = key()
    assert [key() for _ in range(5)] == [first] * 5
    button = QPushButton()
    set_icon(button, "info")
    assert button.icon().pixmap(18).cacheKey() == first
    apply_theme(qapp, "light")
    light = key()
    assert light != first
    assert button.icon().pixmap(18).cacheKey() == light
    assert key() == light


def test_who_adds_to_an_icon_adds_to_no_other() -> None:
    icon("info").addPixmap(QPixmap(100, 100))
    assert QSize(100, 100) not in icon("info").availableSizes()


def test_pictures_of_a_theme_go_with_it(qapp: QApplication) -> None:
    made: list[int] = []
    for name in ("light", "dark") * 3:
        QPixmapCache.insert("of the theme before", QPixmap(4, 4))
        apply_theme(qapp, name)
        assert not QPixmapCache.find("of the theme before", QPixmap())
        icon("close")
        made.append(_made.cache_info().currsize)
    assert made[-1] == made[1]
