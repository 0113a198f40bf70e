"""The search crop in both modalities, side by side, one token cursor in both."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QFontMetricsF,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPixmap,
    QResizeEvent,
)
from PySide6.QtWidgets import QSizePolicy, QWidget

from app.look.palette import Rgb
from app.look.theme import current_theme, qcolor, theme_signals
from app.resolve.inspection import Missing, SearchCropModel
from app.resolve.token_words import empty_words, explain_token
from app.views.drawing.painting import LEFT, RIGHT, paint_empty, paint_focus, scaled_font
from app.views.inspector.token_painter import TokenLook, paint_crop, paint_token_cursor, token_layer

GAP = 12.0
"""Pixels between the two squares."""
MARGIN = 4.0

_STEPS = {
    Qt.Key.Key_Left: (0, -1),
    Qt.Key.Key_Right: (0, 1),
    Qt.Key.Key_Up: (-1, 0),
    Qt.Key.Key_Down: (1, 0),
}


class CropPair(QWidget):
    """Two squares as large as the room allows; arrow keys or the mouse choose a token."""

    token_hovered = Signal(object)
    """The token under the pointer or the key cursor, int or None."""
    token_pinned = Signal(object)
    """The token that was clicked to stay, int or None."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._model: SearchCropModel | None = None
        self._look = TokenLook()
        self._hovered: int | None = None
        self._pinned: int | None = None
        # Kept while the cursor moves, which is painted over it.
        self._picture: QPixmap | None = None
        self._missing: Missing | None = None
        self._named = False
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setAccessibleName("Search crop with its tokens, RGB and thermal")
        theme_signals().changed.connect(self._forget_picture)

    def set_view(self, view: SearchCropModel | Missing | None) -> None:
        """Show a frame; a pinned token stays pinned when the grid is the same."""
        self._missing = view if isinstance(view, Missing) else None
        model = None if isinstance(view, Missing) else view
        # On another grid the same number is another token.
        if model is None or (self._model is not None and model.grid != self._model.grid):
            self._hovered = self._pinned = None
        self._model = model
        self._describe()
        self._forget_picture()

    def set_look(self, look: TokenLook) -> None:
        """Change what is drawn upon the crop."""
        # Stepping sets the same look on every frame, and the picture takes long to make.
        if look != self._look:
            self._look = look
            self._forget_picture()

    def set_named(self, named: bool) -> None:
        """Write above the crops of which frame they are, and who tracked it."""
        if named != self._named:
            self._named = named
            self._forget_picture()

    def look(self) -> TokenLook:
        """Return what is drawn upon the crop."""
        return self._look

    def token(self) -> int | None:
        """Return the token that is spoken of: the pinned one, else the one under the pointer."""
        return self._hovered if self._pinned is None else self._pinned

    def set_hovered(self, token: int | None) -> None:
        """Move the cursor without telling anybody, as another view does."""
        if token != self._hovered:
            self._hovered = token
            self._describe()
            self.update()

    def sizeHint(self) -> QSize:
        """Enough for single tokens of 16 x 16 to carry their block number."""
        return QSize(700, 350)

    def minimumSizeHint(self) -> QSize:
        """Enough to tell single tokens apart."""
        return QSize(240, 130)

    def height_for_width(self, width: int) -> int:
        """Return the height at which two squares fill that width."""
        side = max(0.0, (width - GAP - 2 * MARGIN) / 2)
        return round(side + self._header() + 2 * MARGIN)

    def width_for_height(self, height: int) -> int:
        """Return the width at which two squares fill that height."""
        side = max(0.0, height - self._header() - 2 * MARGIN)
        return round(2 * side + GAP + 2 * MARGIN)

    def squares(self) -> tuple[QRectF, QRectF]:
        """Return where the RGB and the thermal crop are drawn."""
        header = self._header()
        side = (self.width() - GAP - 2 * MARGIN) / 2
        # A dock may be dragged smaller than header and margins.
        side = max(8.0, min(side, self.height() - header - 2 * MARGIN))
        grid = 1 if self._model is None else self._model.grid
        side = max(side // grid, 1) * grid  # whole pixels per token: crisp edges
        left = (self.width() - 2 * side - GAP) // 2
        top = round(MARGIN + header)
        return QRectF(left, top, side, side), QRectF(left + side + GAP, top, side, side)

    def token_at(self, point: QPointF) -> int | None:
        """Return the token under a point of the widget, in either square."""
        if self._model is None:
            return None
        for square in self.squares():
            if square.contains(point):
                # Clamped below: a point on the far edge would be one token too far.
                share = (point - square.topLeft()) * (self._model.grid / square.width())
                last = self._model.grid - 1
                return min(int(share.y()), last) * self._model.grid + min(int(share.x()), last)
        return None

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw the cached picture and the cursor upon it."""
        with QPainter(self) as painter:
            if self._model is None:
                paint_empty(painter, QRectF(self.rect()), *empty_words(self._missing))
            else:
                if self._picture is None:
                    self._picture = self._paint_picture(self._model)
                painter.drawPixmap(0, 0, self._picture)
                self._paint_cursors(painter, self._model.grid)
            if self.hasFocus():
                paint_focus(painter, QRectF(self.rect()))

    def _paint_cursors(self, painter: QPainter, grid: int) -> None:
        for token, pinned in ((self._hovered, False), (self._pinned, True)):
            if token is not None:
                for square in self.squares():
                    paint_token_cursor(painter, square, grid, token, pinned=pinned)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Draw again at the new size."""
        super().resizeEvent(event)
        self._forget_picture()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Follow the pointer."""
        self._hover(self.token_at(event.position()))

    def leaveEvent(self, event: QEvent) -> None:
        """Let go of the token under the pointer."""
        super().leaveEvent(event)
        self._hover(None)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Pin the token that is clicked, or let go of it."""
        if event.button() == Qt.MouseButton.LeftButton:
            token = self.token_at(event.position())
            # A second click on a token lets go of it.
            self._pin(None if token == self._pinned else token)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Arrows move the cursor, Space or Return pins, Escape lets go."""
        step = _STEPS.get(Qt.Key(event.key()))
        if self._model is None:
            super().keyPressEvent(event)
        elif step is not None:
            self._move(*step)
        elif event.key() in (Qt.Key.Key_Space, Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._pin(None if self._pinned == self._hovered else self._hovered)
        # With nothing to let go of, Escape belongs to the window: it stops a run.
        elif event.key() == Qt.Key.Key_Escape and self.token() is not None:
            self._pin(None)
            self._hover(None)
        else:
            super().keyPressEvent(event)

    def _move(self, down: int, across: int) -> None:
        model = self._model
        if model is None:
            return
        token = self._hovered
        if token is None:
            # The middle, where the target is mostly found.
            middle = model.grid // 2
            self._hover(middle * model.grid + middle)
            return
        row, column = divmod(token, model.grid)
        last = model.grid - 1
        row, column = min(max(row + down, 0), last), min(max(column + across, 0), last)
        self._hover(row * model.grid + column)

    def _hover(self, token: int | None) -> None:
        if token != self._hovered:
            self.set_hovered(token)
            self.token_hovered.emit(token)

    def _pin(self, token: int | None) -> None:
        if token != self._pinned:
            self._pinned = token
            self._describe()
            self.update()
            self.token_pinned.emit(token)

    def _describe(self) -> None:
        token = self.token()
        known = self._model is not None and token is not None
        self.setAccessibleDescription(
            explain_token(self._model, token) if known and self._model and token is not None else ""
        )

    def _forget_picture(self, _theme: object = None) -> None:
        self._picture = None
        self.update()

    def _header(self) -> float:
        return QFontMetricsF(self.font()).height() + 6

    def _paint_picture(self, model: SearchCropModel) -> QPixmap:
        ratio = self.devicePixelRatioF()
        picture = QPixmap(self.size() * ratio)
        picture.setDevicePixelRatio(ratio)
        # A new pixmap holds whatever was in its memory.
        picture.fill(qcolor((0, 0, 0), 0))
        with QPainter(picture) as painter:
            painter.setFont(self.font())
            painter.setRenderHint(QPainter.RenderHint.TextAntialiasing)
            palette = current_theme().palette
            rgb, tir = self.squares()
            # Once for both: the same tokens left both modalities.
            layer = token_layer(model, self._look, round(rgb.width()), ratio)
            for square, crop, name, colour in (
                (rgb, model.rgb, "RGB", palette.rgb),
                (tir, model.tir, "Thermal", palette.tir),
            ):
                self._paint_header(painter, square, name, colour, self._said(model, name))
                missing = f"This frame has no {name if name == 'RGB' else 'thermal'} image."
                paint_crop(painter, square, crop, layer, missing)
        return picture

    def _paint_header(
        self, painter: QPainter, square: QRectF, name: str, colour: Rgb, said: tuple[str, ...]
    ) -> None:
        """Write the modality and, as far as there is room, the longest of what is said of it."""
        header = QRectF(square.left(), square.top() - self._header(), square.width(), 20)
        painter.setFont(scaled_font(self.font(), 1.0, bold=True))
        painter.setPen(qcolor(colour))
        painter.drawText(header, LEFT, name)
        room = square.width() - QFontMetricsF(painter.font()).horizontalAdvance(name) - 12
        painter.setFont(self.font())
        painter.setPen(qcolor(current_theme().palette.muted))
        for words in said:
            if QFontMetricsF(self.font()).horizontalAdvance(words) <= room:
                painter.drawText(header, RIGHT, words)
                break

    def _said(self, model: SearchCropModel, name: str) -> tuple[str, ...]:
        """Return what stands beside the name of a crop, the longest first."""
        side = round(model.window.side)
        if not self._named:
            return f"{side} × {side} px of the frame", f"{side} × {side} px"
        frame = f"frame {model.frame_index}"
        # Two models side by side are told apart by their names.
        return (f"{frame}, {model.tracker}", frame) if name == "RGB" else (frame,)
