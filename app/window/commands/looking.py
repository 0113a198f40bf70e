"""How the frames are looked at: panes, zoom, overlays, theme, thermal colours."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication

from app.look.theme import ThemeName, apply_theme
from app.views.frame.images import ThermalLook
from app.views.frame.pane_split import Arrangement
from app.views.frame.scene import Compare
from app.views.shell.about import AboutDialog

if TYPE_CHECKING:
    from app.window.port import WindowPort


def set_compare(window: WindowPort, compare: Compare) -> None:
    """Show the modalities split, blended or with a swipe line."""
    window.views.panes.set_compare(compare)


def swap_panes(window: WindowPort) -> None:
    """Exchange the places of the two panes."""
    window.views.panes.swap()


def set_arrangement(window: WindowPort, arrangement: Arrangement) -> None:
    """Lay the panes side by side, one above the other, or as frames are larger; remember it."""
    window.views.panes.set_arrangement(arrangement)
    window.settings.values.arrangement = arrangement.value
    window.settings.save()


def show_arrangement(window: WindowPort) -> None:
    """Lay the panes as the settings have it."""
    known = {each.value: each for each in Arrangement}
    # A file by hand may hold any word.
    chosen = known.get(window.settings.values.arrangement, Arrangement.AUTOMATIC)
    window.views.panes.set_arrangement(chosen)


def remember_inspector(window: WindowPort, on: bool) -> None:
    """Remember whether the person wants to see the pages of the inspector."""
    window.settings.values.inspector_open = on
    window.settings.save()


def fit(window: WindowPort) -> None:
    """Show the whole frame."""
    window.views.panes.viewport.fit()


def zoom(window: WindowPort, factor: float) -> None:
    """Zoom around the middle of the frame."""
    window.views.panes.zoom(factor)


def zoom_timeline(window: WindowPort, factor: float) -> None:
    """Show `factor` times as many frames on the timeline, around the playhead."""
    window.views.timeline.zoom(factor)


def whole_timeline(window: WindowPort) -> None:
    """Show all frames on the timeline."""
    window.views.timeline.show_all()


def zoom_target(window: WindowPort) -> None:
    """Bring the selected target's box close, where it has one."""
    panes = window.views.panes
    item = panes.scene.selected_box
    # Either will do: in a scene both are in pixels of the same frame.
    box = None if item is None else item.rgb or item.tir
    if box is not None:
        panes.zoom_to(box)


def set_overlay(window: WindowPort, on: bool, name: str) -> None:
    """Draw the overlay `name` over the frames, or leave it away."""
    window.workspace.selection.show_overlay(name, on)


def show_crop(window: WindowPort, on: bool) -> None:
    """Show or hide the search crop."""
    window.workbench.set_crop_wanted(on)
    window.presenter.refresh_frame()


def set_theme(window: WindowPort, name: ThemeName) -> None:
    """Dress the program in another theme and remember it."""
    app = QApplication.instance()
    # To a type checker it may also be an application without windows, or none.
    if isinstance(app, QApplication):
        apply_theme(app, name)
    window.settings.values.theme = name
    window.settings.save()
    window.refresh_actions()


def set_palette(window: WindowPort, name: str) -> None:
    """Show thermal in the colours of another palette."""
    values = window.settings.values
    _set_thermal(window, ThermalLook(name, values.low_percentile, values.high_percentile))


def set_stretch(window: WindowPort, low: float, high: float) -> None:
    """Let other percentiles of the thermal values span the colours."""
    _set_thermal(window, ThermalLook(window.settings.values.palette, low, high))


def _set_thermal(window: WindowPort, look: ThermalLook) -> None:
    values = window.settings.values
    values.palette = look.palette
    values.low_percentile, values.high_percentile = look.low_percentile, look.high_percentile
    window.settings.save()
    show_thermal(window)


def show_thermal(window: WindowPort) -> None:
    """Show thermal as the settings have it, on the panes and in the chooser."""
    values = window.settings.values
    look = ThermalLook(values.palette, values.low_percentile, values.high_percentile)
    window.thermal_chooser.show_choice(look.palette, look.low_percentile, look.high_percentile)
    window.presenter.set_look(look)


def show_about(window: WindowPort) -> None:
    """Say what this program is."""
    AboutDialog(window.widget).exec()


def give_timeline_height(window: WindowPort, wanted: int) -> None:
    """Let the timeline be as high as it would be, as long as frames keep their share."""
    widget, frames = window.widget, window.workbench
    # Of its area: the lists and the tabs beside the frames take their part of it.
    area = widget.width() * widget.height() * window.panels.share
    kept = math.ceil(area / max(1, frames.width()))
    dock = window.docks["timeline"]
    # Of what lies in the dock, which has its height at once; the timeline follows when it is laid
    # out, and two wishes may come before.
    has = dock.widget().height() - window.views.transport.sizeHint().height()
    more = min(wanted - has, max(0, frames.height() - kept))
    # Not less, either: a person may have made it higher.
    if more > 0 and dock.isVisible():
        widget.resizeDocks([dock], [dock.height() + more], Qt.Orientation.Vertical)
