"""The curves of a target: plots one above the other, on one common axis of frames.

Importing this module imports pyqtgraph, so it is imported when curves are first looked at.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from html import escape

import numpy as np
from PySide6.QtCore import QPoint, QRectF, Qt, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QToolTip, QVBoxLayout, QWidget

from app.look.palette import Rgb
from app.look.plain_text import plain_tip
from app.look.theme import current_theme, qcolor, theme_signals
from app.resolve.curves import (
    CurvesModel,
    gap_words,
    limits,
    removed_words,
    score_words,
    side_words,
    summary,
)
from app.resolve.feature_words import GAP_TIP
from app.resolve.lost import LOST_TIP
from app.views.charts.curve_items import Line, Marks, Stems
from app.views.charts.curve_row import CurveRow
from app.views.drawing.painting import paint_focus

ZOOM = 0.7
"""What one key press leaves of the frames across."""
GAP_NOTE = "Being computed from the tracked frames, one by one."
REMOVED_TIP = (
    "How many of the tokens with their centre in the predicted box were removed. A fault where the "
    "box fits the target; where the box has slipped it means nothing."
)
SIDE_TIP = "The side of a square as large as the box: the root of its area."
SCORE_TIP = "How sure the tracker was: the peak of its score map after the Hann window. "


class CurvePlots(QWidget):
    """Score, removed target tokens, box side and modality gap of one target, frame by frame.

    Left and Right step, Up and Down zoom, Shift with Left and Right pans, 0 shows all frames.
    """

    frame_picked = Signal(int)
    """A person clicked a frame, dragged the playhead there or stepped to it."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._model: CurvesModel | None = None
        self._frame = 0
        self._before_click = 0  # a click may turn out to be half of a double click
        self._score = CurveRow("Score", "0 to 1", self)
        self._removed = CurveRow("Removed in the box", "tokens", self)
        self._side = CurveRow("Box side", "px", self)
        self._gap = CurveRow("Modality gap", "", self)
        self._rows = (self._score, self._removed, self._side, self._gap)
        for row, tip in zip(
            self._rows, (SCORE_TIP + LOST_TIP, REMOVED_TIP, SIDE_TIP, GAP_TIP), strict=True
        ):
            row.setToolTip(plain_tip(tip))
        self._score_line = Line(self._score.plot, 1.6)
        self._stems = Stems(self._removed.plot)
        # Thermal is the wide one below, so that both are seen where they coincide.
        self._tir_line = Line(self._side.plot, 5.0)
        self._rgb_line = Line(self._side.plot, 2.0)
        self._marks = Marks(self._side.plot)
        self._mean_line = Line(self._gap.plot, 1.2)
        self._gap_line = Line(self._gap.plot, 1.6)
        self._arrange()
        self._recolour()
        theme_signals().changed.connect(self._recolour)

    def set_view(self, model: CurvesModel) -> None:
        """Show the curves of a target; only what differs from before is drawn again."""
        before, self._model = self._model, model
        self._set_curves(model)
        if before is None or before.frame_count != model.frame_count:
            for row in self._rows:
                row.set_frames(model.frame_count)
            self.show_all_frames()
        self.setAccessibleDescription(summary(model))
        self._write_values()

    def set_frame(self, frame_index: int) -> None:
        """Put the playhead on a frame, unless a person holds it."""
        # Frames arrive late while it is dragged, and would pull it back.
        if any(row.dragging for row in self._rows):
            return
        if frame_index != self._frame:
            self._move_to(frame_index)

    def frame_range(self) -> tuple[float, float]:
        """Return the first and last frame in view, as fractions."""
        first, last = self._score.plot.viewRange()[0]
        return float(first), float(last)

    def show_all_frames(self) -> None:
        """Take zoom and pan back."""
        if self._model is not None:
            # An axis over a single frame would have its ticks between frames.
            count = max(self._model.frame_count, 2)
            self._score.plot.setXRange(-0.5, count - 0.5, padding=0)

    def zoom(self, factor: float) -> None:
        """Show `factor` times as many frames, around the playhead when it is in view."""
        first, last = self.frame_range()
        # A playhead out of view would make the curves run away.
        middle = self._frame if first <= self._frame <= last else (first + last) / 2
        low, high = middle - (middle - first) * factor, middle + (last - middle) * factor
        self._score.plot.setXRange(low, high, padding=0)

    def pan(self, share: float) -> None:
        """Move along by a share of the frames in view, to the right above 0."""
        first, last = self.frame_range()
        self._score.plot.setXRange(
            first + (last - first) * share, last + (last - first) * share, padding=0
        )

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Step, zoom and pan."""
        key, shift = event.key(), bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
        direction = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}.get(Qt.Key(key), 0)
        if direction and shift:
            self.pan(direction * 0.2)
        elif direction and self._model is not None:
            self._pick(min(max(self._frame + direction, 0), self._model.frame_count - 1))
        elif key == Qt.Key.Key_Up:
            self.zoom(ZOOM)
        elif key == Qt.Key.Key_Down:
            self.zoom(1 / ZOOM)
        elif key == Qt.Key.Key_0:
            self.show_all_frames()
        else:
            super().keyPressEvent(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Show where the keyboard goes."""
        super().focusInEvent(event)
        self.update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Stop showing it."""
        super().focusOutEvent(event)
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the frame of the focus around the plots."""
        super().paintEvent(event)
        if self.hasFocus():
            with QPainter(self) as painter:
                paint_focus(painter, QRectF(self.rect()))

    def _arrange(self) -> None:
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName("Curves over the frames")
        column = QVBoxLayout(self)
        column.setContentsMargins(4, 4, 4, 4)
        column.setSpacing(6)
        for row in self._rows:
            # The lowest one also carries the axis of frames.
            column.addWidget(row, 4 if row is self._gap else 3)
            # All follow the first, which cannot follow itself.
            row.plot.setXLink(None if row is self._score else self._score.plot)
            row.frame_dragged.connect(self._pick)
            row.clicked.connect(self._on_click)
            row.double_clicked.connect(self._on_double_click)
            row.hovered.connect(partial(self._on_hover, row))
        self._rows[-1].show_x_axis()

    def _set_curves(self, model: CurvesModel) -> None:
        self._score_line.set_values(model.score)
        # Fixed, not fitted: heights can be compared between targets and runs.
        self._score.set_range(-0.08, 1.08)
        self._stems.set_values(model.removed)
        self._removed.set_range(*limits(model.removed, floor=0.0, least=4.0))
        self._tir_line.set_values(model.side_tir)
        self._rgb_line.set_values(model.side_rgb)
        self._marks.set_values(model.side_rgb, model.manual)
        self._side.set_range(*limits(model.side_rgb, model.side_tir, least=8.0))
        self._gap_line.set_values(model.gap)
        self._mean_line.set_values(model.gap_mean)
        self._gap.set_range(*limits(model.gap, model.gap_mean, floor=0.0, least=1e-6))
        known = bool(np.isfinite(model.gap).any())
        self._score.say(model.score_note)
        self._removed.say(model.tokens_note)
        self._gap.say("" if known else model.tokens_note or model.gap_note or GAP_NOTE)

    def _recolour(self, _theme: object = None) -> None:
        palette = current_theme().palette
        for row in self._rows:
            row.recolour(palette)
        self._score_line.recolour(qcolor(palette.accent))
        self._stems.recolour(qcolor(palette.warning), qcolor(palette.muted, 150))
        self._tir_line.recolour(qcolor(palette.tir))
        self._rgb_line.recolour(qcolor(palette.rgb))
        self._marks.recolour(qcolor(palette.text), qcolor(palette.panel))
        self._gap_line.recolour(qcolor(palette.accent))
        self._mean_line.recolour(qcolor(palette.muted))
        self._write_values()

    def _write_values(self) -> None:
        model, frame = self._model, self._frame
        if model is None:
            return
        palette = current_theme().palette
        self._score.values.setText(_coloured([("", score_words(model, frame), palette.accent)]))
        self._removed.values.setText(
            _coloured([("", removed_words(model, frame), palette.warning)])
        )
        rgb, tir = side_words(model, frame)
        self._side.values.setText(
            _coloured([("RGB", rgb, palette.rgb), ("thermal", tir, palette.tir)])
        )
        gap, mean = gap_words(model, frame)
        name = "" if model.block is None else f"block {model.block}:"
        self._gap.values.setText(
            _coloured([(name, gap, palette.accent), ("mean:", mean, palette.muted)])
        )

    def _move_to(self, frame_index: int) -> None:
        self._frame = frame_index
        for row in self._rows:
            row.set_frame(frame_index)
        self._write_values()

    def _pick(self, frame_index: int) -> None:
        if frame_index != self._frame:
            self._move_to(frame_index)
            self.frame_picked.emit(frame_index)

    def _on_click(self, frame_index: int) -> None:
        self.setFocus(Qt.FocusReason.MouseFocusReason)
        self._before_click = self._frame
        self._pick(frame_index)

    def _on_double_click(self) -> None:
        # Its first half has already jumped; who asks for all frames wants to stay where he was.
        self._pick(self._before_click)
        self.show_all_frames()

    def _on_hover(self, row: CurveRow, frame_index: int | None, point: QPoint | None) -> None:
        if frame_index is None or point is None or self._model is None:
            QToolTip.hideText()
            return
        words = self._explain(row, self._model, frame_index)
        QToolTip.showText(point + QPoint(12, 10), plain_tip(f"Frame {frame_index}: {words}"), row)

    def _explain(self, row: CurveRow, model: CurvesModel, frame_index: int) -> str:
        if row is self._score:
            return score_words(model, frame_index) or "no score"
        if row is self._removed:
            return removed_words(model, frame_index) or (
                "no tokens" if model.tokens_note else "not tracked"
            )
        names, parts = (("RGB", "thermal"), side_words(model, frame_index))
        if row is self._gap:
            names, parts = (f"block {model.block}", "mean"), gap_words(model, frame_index)
        words = (f"{name} {part}" for name, part in zip(names, parts, strict=True) if part)
        return ", ".join(words) or ("not computed yet" if row is self._gap else "no box")


def _coloured(parts: Iterable[tuple[str, str, Rgb]]) -> str:
    """Return names and values in the colours of their curves, those with a value only."""
    return "&nbsp;&nbsp; ".join(
        f'<span style="color:{qcolor(colour).name()}">{escape(f"{name} {value}".strip())}</span>'
        for name, value, colour in parts
        if value
    )
