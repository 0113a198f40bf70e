"""How many tokens each stage leaves: one bar in proportion, with a legend below."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF, QSize
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from app.look.palette import Rgb, contrast
from app.look.theme import current_theme, qcolor, theme_signals
from app.resolve.inspection import SearchCropModel
from app.resolve.token_words import counts_text
from app.views.drawing.painting import CENTRE, LEFT, RIGHT, scaled_font, token_colours

BAR_HEIGHT = 20.0
ROW_GAP = 5.0
LEGEND_GAP = 6.0
COLUMN_GAP = 24.0
TWO_COLUMNS = 400
"""Pixels of width from which the legend has two columns."""


@dataclass(frozen=True, slots=True)
class _Part:
    name: str
    count: int
    colour: Rgb
    stage: int
    """Number of the stage that removed these, 0 for the kept ones."""


class CountsBar(QWidget):
    """Kept tokens first, then what the last stage removed, back to the first."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._model: SearchCropModel | None = None
        self._stage: int | None = None
        policy = QSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Minimum)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)
        theme_signals().changed.connect(self._recolour)

    def set_view(self, model: SearchCropModel | None, stage: int | None) -> None:
        """Show the counts of a frame, with one stage in front (None for all)."""
        self._model, self._stage = model, stage
        text = "" if model is None else f"Tokens left after each stage: {counts_text(model)}"
        self.setAccessibleName(text)
        self.setToolTip(text)
        # Another number of stages needs another number of rows.
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        """Room for the bar and its legend."""
        return QSize(320, self.heightForWidth(320))

    def minimumSizeHint(self) -> QSize:
        """Not too narrow for the words."""
        return QSize(150, 60)

    def hasHeightForWidth(self) -> bool:
        """In a wide panel the legend has two columns."""
        return True

    def heightForWidth(self, width: int) -> int:
        """Return the height of counts, bar and legend at that width."""
        parts = 0 if self._model is None else len(self._model.stages) + 1
        rows = -(-parts // self._columns(width))  # rounded up
        return round((1 + rows) * self._line() + BAR_HEIGHT + LEGEND_GAP)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw the counts, the bar and the legend."""
        if self._model is None:
            return
        with QPainter(self) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            parts = self._parts(self._model)
            line = self._line()
            self._paint_counts(painter, QRectF(0, 0, self.width(), line), self._model)
            self._paint_bar(painter, QRectF(0.5, line, self.width() - 1.0, BAR_HEIGHT), parts)
            columns = self._columns(self.width())
            rows = -(-(len(self._model.stages) + 1) // columns)
            width = (self.width() - (columns - 1) * COLUMN_GAP) / columns
            for index, part in enumerate(parts):
                column, row = divmod(index, rows)
                left = column * (width + COLUMN_GAP)
                top = line + BAR_HEIGHT + LEGEND_GAP + row * line
                self._paint_row(painter, QRectF(left, top, width, line), part)

    def _line(self) -> float:
        return QFontMetricsF(self.font()).height() + ROW_GAP

    def _columns(self, width: int) -> int:
        return 2 if width >= TWO_COLUMNS else 1

    def _recolour(self, _theme: object) -> None:
        self.update()

    def _parts(self, model: SearchCropModel) -> list[_Part]:
        # Of all stages, though only some may be shown: a stage keeps its colour.
        colours = token_colours(len(model.stages))
        last = len(model.stages) if self._stage is None else self._stage
        name = "Kept to the end"
        if last < len(model.stages):
            name = f"Kept after block {model.stages[last - 1].block}" if last else "All take part"
        parts = [_Part(name, model.counts[last], colours.kept, 0)]
        # Backwards, so that what leaves next lies beside what is kept.
        for number in range(last, 0, -1):
            stage = model.stages[number - 1]
            name = f"Removed at block {stage.block}"
            parts.append(_Part(name, len(stage.removed), colours.stages[number - 1], number))
        return parts

    def _is_faint(self, part: _Part) -> bool:
        """Whether an earlier stage removed this part than the one that is looked at."""
        return self._stage is not None and 0 < part.stage < self._stage

    def _paint_counts(self, painter: QPainter, rect: QRectF, model: SearchCropModel) -> None:
        palette = current_theme().palette
        font = painter.font()
        strong = scaled_font(font, 1.0, bold=True)
        x = rect.left()
        last = len(model.stages) if self._stage is None else self._stage
        for number, count in enumerate(model.counts):
            if number:
                x = self._word(painter, x, rect, " → ", palette.muted)
            here = number == last
            painter.setFont(strong if here else font)
            x = self._word(painter, x, rect, str(count), palette.text if here else palette.muted)
            painter.setFont(font)
        self._word(painter, x, rect, "  tokens", palette.muted)

    def _word(self, painter: QPainter, x: float, rect: QRectF, text: str, colour: Rgb) -> float:
        painter.setPen(qcolor(colour))
        width = QFontMetricsF(painter.font()).horizontalAdvance(text)
        painter.drawText(QRectF(x, rect.top(), width + 2, rect.height()), LEFT, text)
        return x + width

    def _paint_bar(self, painter: QPainter, rect: QRectF, parts: list[_Part]) -> None:
        palette = current_theme().palette
        total = max(1, sum(part.count for part in parts))
        x = rect.left()
        for part in parts:
            width = rect.width() * part.count / total
            here = QRectF(x, rect.top(), width, rect.height())
            painter.fillRect(here, qcolor(part.colour, 70 if self._is_faint(part) else 255))
            metrics = QFontMetricsF(self.font())
            # A number that sticks out would be read as that of its neighbour; the legend has it
            # anyway.
            if metrics.horizontalAdvance(str(part.count)) + 6 <= width:
                painter.setPen(self._ink(part))
                painter.drawText(here, CENTRE, str(part.count))
            # A seam, because neighbouring stages may have colours that look alike.
            if x > rect.left():
                painter.setPen(QPen(qcolor(palette.panel), 1.5))
                painter.drawLine(QPointF(x, rect.top()), QPointF(x, rect.bottom()))
            x += width

    def _ink(self, part: _Part) -> QColor:
        # A faint part is nearly the panel's colour, on which text is made to be read.
        if self._is_faint(part):
            return qcolor(current_theme().palette.text)
        dark, light = (14, 16, 19), (255, 255, 255)
        return qcolor(max(dark, light, key=lambda ink: contrast(ink, part.colour)))

    def _paint_row(self, painter: QPainter, rect: QRectF, part: _Part) -> None:
        palette = current_theme().palette
        faint = self._is_faint(part)
        swatch = QRectF(rect.left() + 1, rect.center().y() - 5.5, 11, 11)
        # Kept tokens are outlined on the crop, removed ones are filled; the swatch shows which.
        if part.stage:
            painter.fillRect(swatch, qcolor(part.colour, 70 if faint else 255))
        else:
            painter.setPen(QPen(qcolor(part.colour), 2))
            painter.drawRect(swatch.adjusted(1, 1, -1, -1))
        painter.setPen(qcolor(palette.muted if faint else palette.text))
        painter.drawText(rect.adjusted(20, 0, -40, 0), LEFT, part.name)
        sign = "−" if part.stage else ""
        painter.drawText(rect, RIGHT, f"{sign}{part.count}")
