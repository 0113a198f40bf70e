"""Line icons, drawn in the text colour of the current theme."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from pathlib import Path
from weakref import WeakKeyDictionary

import shiboken6
from PySide6.QtCore import QByteArray, QRectF
from PySide6.QtGui import QAction, QIcon, QPainter, QPixmap
from PySide6.QtSvg import QSvgRenderer
from PySide6.QtWidgets import QAbstractButton

from app.look.palette import Rgb
from app.look.theme import current_theme, qcolor, theme_signals

SIZES = (16, 20, 24, 32, 48, 64)
"""Pixels of the pictures in an icon: Qt takes the one that fits the screen's density."""

_dressed: WeakKeyDictionary[QAction | QAbstractButton, str] = WeakKeyDictionary()


def icon(name: str) -> QIcon:
    """Return an icon in the colours of the current theme.

    Raises ValueError when there is no icon of that name.
    """
    source = _source(name)
    palette = current_theme().palette
    made = QIcon()
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
    _dressed[target] = name
    _follow_theme()


@cache
def _follow_theme() -> None:
    """Connect once, however many icons are set."""
    theme_signals().changed.connect(_dress_again)


def _dress_again(_theme: object) -> None:
    targets = [target for target in _dressed if shiboken6.isValid(target)]
    icons = {name: icon(name) for name in {_dressed[target] for target in targets}}
    for target in targets:
        target.setIcon(icons[_dressed[target]])


def _folder() -> Path:
    return Path(str(files("resources") / "icons"))


@cache
def _source(name: str) -> bytes:
    path = _folder() / f"{name}.svg"
    if not path.is_file():
        raise ValueError(f"There is no icon '{name}' in resources/icons.")
    return path.read_bytes()


def _tinted(source: bytes, colour: Rgb) -> bytes:
    return source.replace(b"currentColor", "#{:02x}{:02x}{:02x}".format(*colour).encode())


def _picture(renderer: QSvgRenderer, size: int) -> QPixmap:
    picture = QPixmap(size, size)
    picture.fill(qcolor((0, 0, 0), 0))
    painter = QPainter(picture)
    renderer.render(painter, QRectF(0, 0, size, size))
    painter.end()
    return picture
