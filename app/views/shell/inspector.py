"""The tabs that explain a frame: a strip at the edge of the window until one is asked for."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QSize, Qt, Signal, Slot
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QFrame, QScrollArea, QStackedWidget, QTabWidget, QWidget

_UNBOUNDED = 16777215  # QWIDGETSIZE_MAX, which PySide6 does not export

_SECOND_CLICK = (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space)


class Inspector(QTabWidget):
    """Tabs in a column, which stay when their pages give their room away."""

    opened = Signal(bool)
    """Its pages have come on show, or gone."""
    chosen = Signal(bool)
    """The same, by a person's click or key."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._open = True
        self._wrapped: dict[QWidget, QWidget] = {}
        # A column: names in a row would be cut where the column of pages is narrow.
        self.setTabPosition(QTabWidget.TabPosition.East)
        self.setUsesScrollButtons(True)
        self.setElideMode(Qt.TextElideMode.ElideNone)
        self.tabBar().setAccessibleName("Inspector")
        self.tabBar().installEventFilter(self)
        self.tabBarClicked.connect(self._on_click)
        self.currentChanged.connect(self._on_current)

    @property
    def is_open(self) -> bool:
        """Whether a page is on show beside the tabs."""
        return self._open

    @property
    def strip_width(self) -> int:
        """Pixels that the tabs alone take."""
        return self.tabBar().sizeHint().width()

    def add_page(self, page: QWidget, title: str) -> None:
        """Add a tab; where its page has too little room, it is scrolled."""
        if isinstance(page, QScrollArea):
            self._wrapped[page] = page
        else:
            around = QScrollArea(self)
            around.setWidgetResizable(True)
            around.setFrameShape(QFrame.Shape.NoFrame)
            around.setWidget(page)
            # Tab goes to what is in it.
            around.setFocusPolicy(Qt.FocusPolicy.NoFocus)
            self._wrapped[page] = around
        index = self.addTab(self._wrapped[page], title)
        self.setTabToolTip(index, f"{title}; a second click gives its room to the frames")

    def setCurrentIndex(self, index: int) -> None:
        """Show a page: whoever asks for it wants to see it."""
        super().setCurrentIndex(index)
        self.set_open(True)

    def setCurrentWidget(self, widget: QWidget) -> None:
        """Show a page, by the widget that was added."""
        self.setCurrentIndex(self.indexOf(self._wrapped.get(widget, widget)))

    def set_open(self, on: bool) -> None:
        """Show the pages, or the tabs alone."""
        if on == self._open:
            return
        self._open = on
        stack = self.findChild(QStackedWidget)
        if stack is not None:
            stack.setVisible(on)
        self.setMaximumWidth(_UNBOUNDED if on else self.strip_width)
        self.updateGeometry()
        self.opened.emit(on)

    def minimumSizeHint(self) -> QSize:
        """Enough for the tabs and something of a page, which is scrolled if that is too little."""
        return QSize(self.strip_width + (140 if self._open else 0), 80)

    def sizeHint(self) -> QSize:
        """As wide as was asked for, or as the tabs."""
        return super().sizeHint() if self._open else QSize(self.strip_width, 80)

    def eventFilter(self, _watched: QObject, event: QEvent) -> bool:
        """Open and close by keys: arrows choose a tab, Return and Space are the second click."""
        if not isinstance(event, QKeyEvent) or event.type() is not QEvent.Type.KeyPress:
            return False
        # Qt gives a column of tabs the arrows of a row.
        step = {Qt.Key.Key_Up: -1, Qt.Key.Key_Down: 1}.get(Qt.Key(event.key()), 0)
        if step:
            self.setCurrentIndex(min(max(self.currentIndex() + step, 0), self.count() - 1))
        elif event.key() in _SECOND_CLICK:
            self._choose(not self._open)
        else:
            return False
        return True

    def _choose(self, on: bool) -> None:
        self.set_open(on)
        self.chosen.emit(on)

    @Slot(int)
    def _on_click(self, index: int) -> None:
        # Said before the click has made another tab the current one.
        if index >= 0:
            self._choose(index != self.currentIndex() or not self._open)

    @Slot(int)
    def _on_current(self, _index: int) -> None:
        # The first tab becomes the current one by being added.
        if self.tabBar().hasFocus():
            self._choose(True)
