"""Small captioned combo boxes of the toolbar: thermal palette and stretch."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QSize, Signal
from PySide6.QtGui import QIcon, QPixmap
from PySide6.QtWidgets import QComboBox, QGridLayout, QLabel, QWidget

from app.look.plain_text import plain_label
from app.resolve.overlay import COLOUR_MAPS, colour_map
from app.views.drawing.painting import to_qimage

STRETCHES: tuple[tuple[str, float, float], ...] = (
    ("Full range", 0.0, 100.0),
    ("0.1 – 99.9 %", 0.1, 99.9),
    ("1 – 99 %", 1.0, 99.0),
    ("2 – 98 %", 2.0, 98.0),
    ("5 – 95 %", 5.0, 95.0),
)
# Not that of the explaining views: one colour map must not mean two things.
THERMAL_PALETTES = tuple(name for name in COLOUR_MAPS if name != "heat")


class Captioned(QWidget):
    """Captioned boxes one above the other; in a small window in one row and without captions."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._rows: list[tuple[QLabel, QComboBox]] = []
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(6, 0, 6, 0)
        self._grid.setHorizontalSpacing(6)
        self._grid.setVerticalSpacing(3)

    def stack(self, *rows: tuple[str, QComboBox]) -> None:
        """Take these boxes."""
        for caption, box in rows:
            label = plain_label(self, caption)
            label.setProperty("role", "muted")
            label.setBuddy(box)
            box.setProperty("role", "compact")
            self._rows.append((label, box))
        self.show_captions(on=True)

    def show_captions(self, on: bool) -> None:
        """Stack the boxes beside their captions, or lay them in one row; tips name them, too."""
        for index, (label, box) in enumerate(self._rows):
            label.setVisible(on)
            self._grid.addWidget(label, index, 0)
            self._grid.addWidget(box, *((index, 1) if on else (0, index + 1)))


class ThermalChooser(Captioned):
    """Palette and percentile stretch of the thermal pane."""

    palette_chosen = Signal(str)
    stretch_chosen = Signal(float, float)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._palette = QComboBox(self)
        self._palette.setIconSize(QSize(44, 12))
        for name in THERMAL_PALETTES:
            self._palette.addItem(palette_icon(name), name.capitalize(), name)
        self._palette.setAccessibleName("Thermal palette")
        self._palette.setToolTip("Colours of the thermal image")
        self._stretch = QComboBox(self)
        for text, low, high in STRETCHES:
            self._stretch.addItem(text, (low, high))
        self._stretch.setAccessibleName("Thermal stretch")
        self._stretch.setToolTip("Percentiles of the thermal values that span the colours")
        self.stack(("Thermal", self._palette), ("Stretch", self._stretch))
        # Activated, not changed: only what a person does.
        self._palette.activated.connect(self._on_palette)
        self._stretch.activated.connect(self._on_stretch)

    def show_choice(self, palette: str, low: float, high: float) -> None:
        """Show what is in use, without saying so."""
        # A name that this version does not know falls back to the first.
        self._palette.setCurrentIndex(max(0, self._palette.findData(palette)))
        # -1 shows an empty box: percentiles from the settings file need not be among those on
        # offer.
        index = next((i for i, (_, a, b) in enumerate(STRETCHES) if (a, b) == (low, high)), -1)
        self._stretch.setCurrentIndex(index)

    def _on_palette(self, index: int) -> None:
        self.palette_chosen.emit(self._palette.itemData(index))

    def _on_stretch(self, index: int) -> None:
        _, low, high = STRETCHES[index]
        self.stretch_chosen.emit(low, high)


def palette_icon(name: str) -> QIcon:
    """Return a strip of the colours of a palette."""
    strip = np.repeat(colour_map(name)[np.newaxis, ::4], 16, axis=0)  # (16, 64, 3)
    return QIcon(QPixmap.fromImage(to_qimage(np.ascontiguousarray(strip))))
