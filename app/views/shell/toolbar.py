"""The toolbar, which takes less room where the window has little."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QToolBar, QToolButton, QWidget

from app.views.shell.choosers import Captioned

WIDE, HIGH = 1200, 640
"""Pixels of the window from which there is room for words below the icons."""

LARGE, SMALL = QSize(20, 20), QSize(16, 16)
"""Of icons; in a small window each pixel of height is the frames'."""


class Toolbar(QToolBar):
    """Icons with words, or icons alone; what has no room is behind the arrow at its end."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__("Toolbar", parent)
        # The name by which Qt remembers where the bar was.
        self.setObjectName("toolbar")
        self.setMovable(False)
        self.setIconSize(LARGE)
        self._choosers: list[Captioned] = []
        self._roomy = True
        self.fit(QSize(WIDE, HIGH))

    def add_choosers(self, choosers: Sequence[Captioned]) -> None:
        """Put captioned boxes at the end."""
        for chooser in choosers:
            self._choosers.append(chooser)
            self.addWidget(chooser)

    def fit(self, window: QSize) -> None:
        """Take the form for a window of this size."""
        roomy = window.width() >= WIDE and window.height() >= HIGH
        style = Qt.ToolButtonStyle
        self.setToolButtonStyle(
            style.ToolButtonTextUnderIcon if roomy else style.ToolButtonIconOnly
        )
        if roomy != self._roomy:
            self._roomy = roomy
            self.setIconSize(LARGE if roomy else SMALL)
            # Asked for by the style sheet, which is looked at again.
            self.setProperty("tight", not roomy)
            for part in (self, *self.findChildren(QToolButton)):
                self.style().unpolish(part)
                self.style().polish(part)
            for chooser in self._choosers:
                chooser.show_captions(roomy)
