"""The tab with the curves over all frames; pyqtgraph is imported when it first has any to show."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QResizeEvent, QShowEvent
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QScrollArea,
    QSizePolicy,
    QStackedLayout,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from app.look.icons import set_icon
from app.look.plain_text import CutLabel
from app.resolve.curves import CurvesModel
from app.resolve.token_words import DRAW_AND_TRACK
from app.views.drawing.empty_state import EmptyState

# pyqtgraph takes long to import, and the window must be there before.
if TYPE_CHECKING:
    from app.views.charts.curve_plots import CurvePlots

HELP = (
    "Click a frame to go there, or drag the playhead. Wheel or Up and Down zoom, drag or Shift "
    "with Left and Right pans; double-click or 0 shows all frames."
)

WORDS_FROM = 290
"""Width from which the buttons have words beside their pictures."""


class CurvesPanel(QWidget):
    """Score, removed target tokens, box side and modality gap of the selected target."""

    frame_picked = Signal(int)
    """A person clicked a frame or dragged the playhead to it."""
    save_wanted = Signal(object)
    """The CurvesModel that a person wants in a file."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAutoFillBackground(True)
        self._model: CurvesModel | None = None
        self._frame = 0
        self._plots: CurvePlots | None = None
        self._title = CutLabel(self)
        self._title.setProperty("role", "muted")
        # A long name of a target must not widen the dock.
        self._title.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self._title.setToolTip(HELP)
        self._fit = _button(self, "All frames", "zoom_fit", "Show all frames again (0)")
        self._save = _button(
            self, "Save…", "export", "Save the curves as a table (CSV) or a figure (PNG, SVG, PDF)"
        )
        self._save.clicked.connect(self._on_save)
        self._area = QScrollArea(self)
        self._area.setWidgetResizable(True)
        self._area.setFrameShape(QFrame.Shape.NoFrame)
        self._stack = QStackedLayout(self)
        self._stack.addWidget(EmptyState("No tracked frame yet.", DRAW_AND_TRACK, self))
        self._stack.addWidget(self._content())

    def set_view(self, model: CurvesModel | None) -> None:
        """Show the curves of a target, or say that there are none."""
        self._model = model
        self._stack.setCurrentIndex(0 if model is None else 1)
        if model is not None:
            self._title.setText(model.target_name)
            self._show()

    def set_frame(self, frame_index: int) -> None:
        """Put the playhead on a frame."""
        self._frame = frame_index
        if self._plots is not None and self.isVisible():
            self._plots.set_frame(frame_index)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Leave the words of the buttons out where the name of the target would have no room."""
        super().resizeEvent(event)
        styles = Qt.ToolButtonStyle
        words = event.size().width() >= WORDS_FROM
        for button in (self._fit, self._save):
            button.setToolButtonStyle(
                styles.ToolButtonTextBesideIcon if words else styles.ToolButtonIconOnly
            )

    def showEvent(self, event: QShowEvent) -> None:
        """Make the plots when they are first looked at."""
        super().showEvent(event)
        self._show()

    def _show(self) -> None:
        # Drawn when somebody looks, and then once, however often it changed before.
        if self._model is None or not self.isVisible():
            return
        if self._plots is None:
            self._plots = self._make_plots()
        # It moved while nobody looked.
        self._plots.set_frame(self._frame)
        self._plots.set_view(self._model)

    def _make_plots(self) -> CurvePlots:
        from app.views.charts.curve_plots import CurvePlots

        plots = CurvePlots(self)
        plots.setWhatsThis(HELP)
        plots.frame_picked.connect(self.frame_picked)
        self._fit.clicked.connect(plots.show_all_frames)
        self._area.setWidget(plots)
        return plots

    def _content(self) -> QWidget:
        head = QHBoxLayout()
        head.setContentsMargins(8, 4, 6, 2)
        head.setSpacing(4)
        head.addWidget(self._title, 1)
        head.addWidget(self._fit)
        head.addWidget(self._save)
        content = QWidget(self)
        column = QVBoxLayout(content)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(head)
        column.addWidget(self._area, 1)
        return content

    def _on_save(self) -> None:
        if self._model is not None:
            self.save_wanted.emit(self._model)


def _button(parent: QWidget, text: str, icon: str, tip: str) -> QToolButton:
    button = QToolButton(parent)
    button.setText(text)
    button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
    set_icon(button, icon)
    button.setToolTip(tip)
    button.setAccessibleName(text.rstrip("…"))
    button.setAccessibleDescription(tip)
    return button
