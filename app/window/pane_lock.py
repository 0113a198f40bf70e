"""The lock of the two modalities on the panes: seen and switched where one looks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, QSize, Qt
from PySide6.QtWidgets import QToolButton

from app.look.icons import set_icon
from app.window.actions import Id

if TYPE_CHECKING:
    from app.window.port import WindowPort

MARGIN = 8


class PaneLock(QObject):
    """A small button in the upper right corner of the panes; it is the action of the Edit menu."""

    def __init__(self, window: WindowPort) -> None:
        super().__init__(window.widget)
        self._panes = window.views.panes
        self._action = window.actions_by_id[Id.LOCK_MODALITIES]
        self.button = QToolButton(self._panes)
        self.button.setObjectName("pane_lock")
        self.button.setIconSize(QSize(16, 16))
        self.button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        # The arrow keys stay with the panes when it is clicked.
        self.button.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.button.setAutoFillBackground(True)
        self.button.clicked.connect(self._action.trigger)
        self._action.changed.connect(self._show)
        self._panes.installEventFilter(self)
        self._show()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Stay in the corner."""
        if event.type() in (QEvent.Type.Resize, QEvent.Type.Show, QEvent.Type.LayoutRequest):
            self._place()
        return super().eventFilter(watched, event)

    def _show(self) -> None:
        linked = self._action.isChecked()
        # Said in a word: a small lock alone has to be looked at twice.
        self.button.setText("Linked" if linked else "Apart")
        set_icon(self.button, "lock" if linked else "unlock")
        self.button.setToolTip(self._action.toolTip())
        self.button.setAccessibleName(
            "RGB and thermal boxes move together" if linked else "RGB and thermal boxes move alone"
        )
        self.button.setEnabled(self._action.isEnabled())
        self._place()

    def _place(self) -> None:
        self.button.adjustSize()
        size = self.button.size()
        left = self._panes.width() - size.width() - MARGIN
        self.button.setGeometry(left, MARGIN, size.width(), size.height())
        self.button.raise_()
