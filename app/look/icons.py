"""Line icons, drawn in the text colour of the current theme."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from pathlib import Path
from weakref import WeakKeyDictionary

import shiboken6
from PySide6.QtCore import QByteArray, QRectF
from PySide6.QtGui import QAction, QIcon, QPainter, QPixmap, QPixmapCache
from PySide6.QtSvg import QSvgRenderer
from PySide6.QtWidgets import QAbstractButton

from app.look.palette import Rgb
from app.look.theme import current_theme, qcolor, theme_signals

SIZES = (16, 20, 24, 32, 48, 64)
"""Pixels of the pictures in an icon: Qt takes the one that fits the screen's density."""

# Weak, so that this table does not keep closed windows and dialogs alive.
_themed: WeakKeyDictionary[QAction | QAbstractButton, str] = WeakKeyDictionary()


def icon(name: str) -> QIcon:
    """Return an icon in the colours of the current theme.

    Raises ValueError when there is no icon of that name.
    """
    _follow_theme()
    # A copy, which shares the pictures: nobody can add to those of all others.
    return QIcon(_made(name, current_theme().name))


# Once each: Qt remembers every size that was ever painted of every icon, and a message shows one.
@cache
def _made(name: str, _theme: str) -> QIcon:
    source = _source(name)
    palette = current_theme().palette
    made = QIcon()
    # All modes: what is missing Qt derives, greyed and tinted by colours of its own.
    for mode, colour in (
        (QIcon.Mode.Normal, palette.text),
        (QIcon.Mode.Active, palette.text),
        (QIcon.Mode.Selected, palette.accent_text),
        (QIcon.Mode.Disabled, palette.disabled),
    ):
        renderer = QSvgRenderer(QByteArray(_tinted(source, colour)))
        for size in SIZES:
            made.addPixmap(_picture(renderer, size), mode)
    return made


def set_icon(target: QAction | QAbstractButton, name: str) -> None:
    """Give an action or button an icon that follows the theme from now on."""
    target.setIcon(icon(name))
    _themed[target] = name


@cache
def _follow_theme() -> None:
    """Connect once, however many icons are set."""
    theme_signals().changed.connect(_recolour)


def _recolour(_theme: object) -> None:
    # Both hold what no theme but the last one can show.
    _made.cache_clear()
    QPixmapCache.clear()
    # Python's object may outlive Qt's: a button deleted with its window is still in the table.
    targets = [target for target in _themed if shiboken6.isValid(target)]
    # Once per name: several buttons share an icon, and each takes 24 pictures.
    icons = {name: icon(name) for name in {_themed[target] for target in targets}}
    for target in targets:
        target.setIcon(icons[_themed[target]])


def _folder() -> Path:
    # A path is enough: wheels are always installed unpacked.
    return Path(str(files("resources") / "icons"))


@cache
def _source(name: str) -> bytes:
    path = _folder() / f"{name}.svg"
    if not path.is_file():
        raise ValueError(f"There is no icon '{name}' in resources/icons.")
    return path.read_bytes()


def _tinted(source: bytes, colour: Rgb) -> bytes:
    # QtSvg does not know the text colour of a widget; the files keep the word that browsers know.
    return source.replace(b"currentColor", "#{:02x}{:02x}{:02x}".format(*colour).encode())


def _picture(renderer: QSvgRenderer, size: int) -> QPixmap:
    picture = QPixmap(size, size)
    picture.fill(qcolor((0, 0, 0), 0))
    with QPainter(picture) as painter:
        renderer.render(painter, QRectF(0, 0, size, size))
    return picture
