"""The elimination as a film: the search crop after every stage, in both modalities."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QFontMetricsF,
    QHelpEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QResizeEvent,
)
from PySide6.QtWidgets import QSizePolicy, QToolTip, QVBoxLayout, QWidget

from app.look.palette import mix
from app.look.plain_text import plain_label, plain_tip
from app.look.theme import current_theme, qcolor, theme_signals
from app.resolve.inspection import Missing, SearchCropModel
from app.resolve.token_words import (
    counts_text,
    empty_words,
    explain_stage,
    ratio_text,
    target_warning,
)
from app.views.drawing.painting import (
    CENTRE,
    LEFT,
    paint_box,
    paint_chip,
    paint_empty,
    paint_focus,
    paint_missing,
    scaled_font,
    to_qimage,
    token_colours,
)

GAP = 6.0
PAD = 6.0
TEXT_WIDTH = 112.0
SMALLEST, LARGEST = 40.0, 220.0
"""Pixels of a thumbnail's side."""
TIGHT = 240
"""Pixels of width below which the words lie below the thumbnails."""


@dataclass(frozen=True, slots=True)
class _Cell:
    """Where one stage is drawn."""

    whole: QRectF
    rgb: QRectF
    tir: QRectF
    words: QRectF


class Filmstrip(QWidget):
    """Stages from top to bottom where it is narrow, from left to right where it is wide."""

    stage_changed = Signal(object)
    """The stage that was clicked: 0 before the first, k after the k-th."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._model: SearchCropModel | None = None
        self._missing: Missing | None = None
        self._stage: int | None = None
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setAccessibleName("Search crop after each elimination stage")
        theme_signals().changed.connect(self._recolour)

    def set_view(self, view: SearchCropModel | Missing | None, stage: int | None) -> None:
        """Show a frame with one stage chosen, or say why there is none."""
        self._missing = view if isinstance(view, Missing) else None
        model = None if isinstance(view, Missing) else view
        self._model, self._stage = model, stage
        words = "" if model is None or stage is None else explain_stage(model, stage)
        self.setAccessibleDescription(words)
        self.updateGeometry()
        self.update()

    def minimumSizeHint(self) -> QSize:
        """Two small thumbnails and their words, or why there are none."""
        if self._model is None:
            return QSize(120, 120)
        cells = self._cells() if self.width() < TIGHT else []
        return QSize(112, round(cells[-1].whole.bottom()) if cells else 200)

    def sizeHint(self) -> QSize:
        """Four stages of two thumbnails."""
        return QSize(340, 460)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Ask for the height that the stages take at another width."""
        super().resizeEvent(event)
        if event.size().width() != event.oldSize().width():
            self.updateGeometry()

    def stage_at(self, point: QPointF) -> int | None:
        """Return the stage drawn at a point of the widget."""
        for stage, cell in enumerate(self._cells()):
            if cell.whole.contains(point):
                return stage
        return None

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw every stage."""
        with QPainter(self) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            model = self._model
            if model is None:
                paint_empty(painter, QRectF(self.rect()), *empty_words(self._missing))
            else:
                for stage, cell in enumerate(self._cells()):
                    self._paint_cell(painter, cell, model, stage)
            if self.hasFocus():
                paint_focus(painter, QRectF(self.rect()))

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Choose the stage that is clicked."""
        stage = self.stage_at(event.position())
        if stage is not None:
            self._choose(stage)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Arrow keys go through the stages."""
        key = Qt.Key(event.key())
        # Both pairs: the film runs down or across, as there is room.
        step = {Qt.Key.Key_Left: -1, Qt.Key.Key_Up: -1, Qt.Key.Key_Right: 1, Qt.Key.Key_Down: 1}
        if self._model is None or key not in step:
            super().keyPressEvent(event)
            return
        last = len(self._model.stages)
        # All stages together look like the last one.
        now = last if self._stage is None else self._stage
        self._choose(min(max(now + step[key], 0), last))

    def event(self, event: QEvent) -> bool:
        """Explain the stage under the pointer."""
        if isinstance(event, QHelpEvent) and self._model is not None:
            stage = self.stage_at(QPointF(event.pos()))
            if stage is not None:
                QToolTip.showText(
                    event.globalPos(), plain_tip(explain_stage(self._model, stage)), self
                )
                return True
        return super().event(event)

    def _recolour(self, _theme: object) -> None:
        self.update()

    def _choose(self, stage: int) -> None:
        if stage != self._stage:
            self.set_view(self._model, stage)
            self.stage_changed.emit(stage)

    def _cells(self) -> list[_Cell]:
        if self._model is None:
            return []
        count = len(self._model.stages) + 1
        if self.width() < TIGHT:
            return [self._stacked(index) for index in range(count)]
        if self.width() > 1.4 * self.height():
            return [self._column(index, count) for index in range(count)]
        return [self._row(index, count) for index in range(count)]

    def _row(self, index: int, count: int) -> _Cell:
        across = (self.width() - TEXT_WIDTH - 2 * GAP - 2 * PAD) / 2
        down = self.height() / count - 2 * PAD
        side = float(round(min(max(min(across, down), SMALLEST), LARGEST)))
        top = index * (side + 2 * PAD)
        rgb = QRectF(PAD, top + PAD, side, side)
        tir = rgb.translated(side + GAP, 0)
        words = QRectF(tir.right() + GAP + 2, rgb.top(), TEXT_WIDTH, side)
        return _Cell(QRectF(0, top, self.width(), side + 2 * PAD), rgb, tir, words)

    def _stacked(self, index: int) -> _Cell:
        text = 3 * QFontMetricsF(self.font()).height() + 4
        side = float(round(max((self.width() - GAP - 2 * PAD) / 2, SMALLEST)))
        height = side + GAP + text + 2 * PAD
        rgb = QRectF(PAD, index * height + PAD, side, side)
        tir = rgb.translated(side + GAP, 0)
        words = QRectF(PAD, rgb.bottom() + GAP, 2 * side + GAP, text)
        return _Cell(QRectF(0, index * height, self.width(), height), rgb, tir, words)

    def _column(self, index: int, count: int) -> _Cell:
        text = 3 * QFontMetricsF(self.font()).height() + 4
        across = self.width() / count - 2 * PAD
        down = (self.height() - text - GAP - 2 * PAD) / 2
        side = float(round(min(max(min(across, down), SMALLEST), LARGEST)))
        width = max(side, TEXT_WIDTH) + 2 * PAD if across > TEXT_WIDTH else side + 2 * PAD
        left = index * width
        rgb = QRectF(left + PAD, PAD, side, side)
        tir = rgb.translated(0, side + GAP)
        words = QRectF(rgb.left(), tir.bottom() + 4, width - 2 * PAD, text)
        return _Cell(QRectF(left, 0, width, words.bottom() + 2), rgb, tir, words)

    def _paint_cell(
        self, painter: QPainter, cell: _Cell, model: SearchCropModel, stage: int
    ) -> None:
        palette = current_theme().palette
        last = len(model.stages)
        if stage == (last if self._stage is None else self._stage):
            painter.setPen(QPen(qcolor(palette.accent), 1.5))
            painter.setBrush(qcolor(mix(palette.panel, palette.accent, 0.16)))
            painter.drawRoundedRect(cell.whole.adjusted(1, 1, -1, -1), 5, 5)
        # Once for both: the same tokens left both modalities.
        shade = to_qimage(_shade(model, stage))
        for rect, crop, name, missing in (
            (cell.rgb, model.rgb, "RGB", "no RGB"),
            (cell.tir, model.tir, "Thermal", "no thermal"),
        ):
            if crop is None:
                paint_missing(painter, rect, missing)
                continue
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
            painter.drawImage(rect, to_qimage(crop))
            # One pixel per token: smoothing would blend kept and removed ones.
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, False)
            painter.drawImage(rect, shade)
            painter.setPen(QPen(QColor(0, 0, 0, 120), 1))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRect(rect)
            if model.box_in_crop is not None:
                paint_box(painter, rect, model.box_in_crop, (255, 255, 255), 1.2)
            if stage == 0:
                paint_chip(painter, rect, name)
        self._paint_words(painter, cell.words, model, stage)

    def _paint_words(
        self, painter: QPainter, rect: QRectF, model: SearchCropModel, stage: int
    ) -> None:
        palette = current_theme().palette
        line = QFontMetricsF(self.font()).height() + 1
        title = "Search crop" if stage == 0 else f"After block {model.stages[stage - 1].block}"
        lines = [f"{model.counts[stage]} tokens"]
        if stage:
            here = model.stages[stage - 1]
            lines.append(f"−{len(here.removed)} · {ratio_text(here)}")
        # Beside thumbnails the words stand in the middle, below them at the top.
        tall = rect.height() > 4 * line
        top = rect.top() + ((rect.height() - (1 + len(lines)) * line) / 2 if tall else 0)
        painter.setPen(qcolor(palette.text))
        painter.setFont(scaled_font(self.font(), 1.0, bold=True))
        painter.drawText(QRectF(rect.left(), top, rect.width(), line), LEFT, title)
        painter.setFont(self.font())
        for number, text in enumerate(lines, start=1):
            painter.setPen(qcolor(palette.text if number == 1 else palette.muted))
            where = QRectF(rect.left(), top + number * line, rect.width(), line)
            painter.drawText(where, LEFT, text)
        lost = model.target_removed().get(stage)
        if lost is not None:
            self._paint_alarm(painter, QRectF(rect.right() - 20, top, 18, line), len(lost))

    def _paint_alarm(self, painter: QPainter, rect: QRectF, count: int) -> None:
        """Count the target's own tokens that this stage removed."""
        palette = current_theme().palette
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(qcolor(palette.error))
        painter.drawRoundedRect(rect, 4, 4)
        painter.setPen(qcolor(palette.panel))
        painter.drawText(rect, CENTRE, str(count))


def _shade(model: SearchCropModel, stage: int) -> NDArray[np.uint8]:
    """(grid, grid, 4): black where tokens were gone before, the stage's colour where they go."""
    colours = token_colours(len(model.stages)).stages
    shade = np.zeros((*model.labels.shape, 4), np.uint8)
    for number in range(1, stage + 1):
        # What went before is out of the question; the colour is left to those that this stage
        # removed.
        black = number < stage
        colour = (12, 14, 17) if black else mix(colours[number - 1], (0, 0, 0), 0.45)
        shade[model.labels == number] = (*colour, 255 if black else 225)
    return shade


class EliminationPanel(QWidget):
    """The film with the counts above it and, where it applies, a warning below."""

    stage_changed = Signal(object)
    """The stage that was clicked: 0 before the first, k after the k-th."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._model: SearchCropModel | None = None
        self._stage: int | None = None
        self.setAutoFillBackground(True)
        self._summary = plain_label(self)
        self._summary.setProperty("role", "title")
        self._summary.setWordWrap(True)
        self._warning = plain_label(self)
        self._warning.setProperty("role", "warning")
        self._warning.setWordWrap(True)
        self._strip = Filmstrip(self)
        self._strip.stage_changed.connect(self._choose)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(8, 8, 8, 8)
        layout.setSpacing(6)
        layout.addWidget(self._summary)
        layout.addWidget(self._warning)
        layout.addWidget(self._strip, 1)
        self.set_view(None)

    def set_view(self, view: SearchCropModel | Missing | None) -> None:
        """Show a tracked frame, or say that there is none, or why it has no tokens."""
        model = None if isinstance(view, Missing) else view
        self._model = model
        self._strip.set_view(view, self._known_stage())
        self._summary.setVisible(model is not None)
        warning = None if model is None else target_warning(model)
        self._warning.setVisible(warning is not None)
        self._warning.setText(warning or "")
        if model is not None:
            self._summary.setText(f"{counts_text(model)} tokens")
            self._summary.setToolTip(plain_tip(explain_stage(model, None)))

    def set_stage(self, stage: int | None) -> None:
        """Mark a stage without telling anybody; None marks the last."""
        # Kept for the frames to come: who looks at one stage looks at it all along.
        self._stage = stage
        if self._model is not None:
            self._strip.set_view(self._model, self._known_stage())

    def _choose(self, stage: int | None) -> None:
        self._stage = stage
        self.stage_changed.emit(stage)

    def _known_stage(self) -> int | None:
        """Return the chosen stage; None where this model has no such one."""
        stage, model = self._stage, self._model
        return None if model is None or stage is None or stage > len(model.stages) else stage
