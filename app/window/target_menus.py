"""Menus that are filled when they open: classes, colors, and targets to merge with."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QMenu

from app.look.plain_text import plain_action, plain_tip
from app.look.theme import current_theme
from app.views.lists.targets_panel import swatch
from app.window.actions import Place
from app.window.commands import targets

if TYPE_CHECKING:
    from app.window.port import WindowPort

USUAL_CLASSES = ("person", "cyclist", "car", "animal")
"""Offered before any target of a session has a class."""


def target_menus(window: WindowPort) -> dict[Place, QMenu]:
    """Return the menus within menus that are about the selected target."""
    made = {}
    for place, title, fill in (
        (Place.CLASSES, "&Class", _fill_classes),
        (Place.COLORS, "C&olor", _fill_colors),
        (Place.MERGE, "&Merge with", _fill_merge),
    ):
        menu = QMenu(title, window.widget)
        menu.aboutToShow.connect(partial(fill, window, menu))
        made[place] = menu
    return made


def _fill_classes(window: WindowPort, menu: QMenu) -> None:
    menu.clear()
    session, target = window.workspace.document.session, window.workspace.selection.target
    if session is None or target is None:
        menu.addAction("No target is selected").setEnabled(False)
        return
    known = {each.class_name for each in session.targets.values() if each.class_name}
    for name in sorted(known | set(USUAL_CLASSES)):
        _choice(window, menu, name, partial(targets.set_class, window, name), target.class_name)
    menu.addSeparator()
    action = menu.addAction("Another class…")
    action.triggered.connect(lambda _on: targets.type_class(window))
    action.setEnabled(not window.workspace.document.read_only)
    if target.class_name:
        _choice(window, menu, "No class", partial(targets.set_class, window, ""), "")


def _choice(window: WindowPort, menu: QMenu, text: str, run: partial[None], chosen: str) -> None:
    action = menu.addAction(plain_action(text))
    action.setCheckable(True)
    action.setChecked(text == chosen)
    action.setEnabled(not window.workspace.document.read_only)
    action.triggered.connect(lambda _on: run())


def _fill_colors(window: WindowPort, menu: QMenu) -> None:
    menu.clear()
    target, palette = window.workspace.selection.target, current_theme().palette
    if target is None:
        menu.addAction("No target is selected").setEnabled(False)
        return
    for number, colour in enumerate(palette.targets):
        action = menu.addAction(swatch(colour), f"Color {number + 1}")
        action.setCheckable(True)
        same = target.color % len(palette.targets) == number
        action.setChecked(target.color_rgb is None and same)
        action.setEnabled(not window.workspace.document.read_only)
        action.triggered.connect(lambda _on, chosen=number: targets.set_color(window, chosen))
    menu.addSeparator()
    action = menu.addAction("Another color…")
    action.setEnabled(not window.workspace.document.read_only)
    action.triggered.connect(lambda _on: targets.choose_color(window))


def _fill_merge(window: WindowPort, menu: QMenu) -> None:
    menu.clear()
    session, target = window.workspace.document.session, window.workspace.selection.target
    others = [] if session is None else [t for t in session.targets.values() if t is not target]
    if target is None or not others:
        menu.addAction("There is no other target").setEnabled(False)
        return
    for other in others:
        colour = other.color_rgb or current_theme().palette.target(other.color)
        action = menu.addAction(swatch(colour), plain_action(other.name))
        # Without one Qt makes it of the text.
        action.setToolTip(plain_tip(other.name))
        action.setEnabled(not window.workspace.document.read_only)
        action.triggered.connect(lambda _on, chosen=other.id: targets.merge(window, chosen))
