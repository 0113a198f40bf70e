"""What is on screen before anything is open."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QAction, QResizeEvent
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QListWidget,
    QListWidgetItem,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from app.look.icons import set_icon
from app.look.plain_text import plain_label, plain_line, plain_tip
from app.state.demo_clip import demo_sequence
from app.state.recent import Recent
from app.views.shell.demo_picture import DemoPicture

WIDTH = 620
ROOMY = 520
"""Pixels of height from which there is room for the picture above the ways to begin."""


@dataclass(frozen=True, slots=True)
class Beginning:
    """One way to begin."""

    action: QAction
    text: str
    icon: str


class StartPage(QWidget):
    """Says what the program does, offers four ways to begin, lists what was open before."""

    recent_chosen = Signal(str)

    def __init__(self, beginnings: Sequence[Beginning], parent: QWidget | None = None) -> None:
        """Offer `beginnings`, the first one most plainly: a click on the picture does it too."""
        super().__init__(parent)
        title = plain_label(self, "CKD Studio")
        title.setObjectName("startTitle")
        font = title.font()
        # Relative, so that it follows the size of text that the desktop asks for.
        font.setPointSizeF(font.pointSizeF() * 2.1)
        font.setBold(True)
        title.setFont(font)
        words = plain_label(
            self,
            "Follow a target through RGB and thermal, see which tokens the tracker keeps and "
            "why, and correct what it got wrong.",
        )
        words.setWordWrap(True)
        words.setProperty("role", "muted")
        page = QWidget(self)
        page.setMaximumWidth(WIDTH)
        column = QVBoxLayout(page)
        column.setSpacing(10)
        column.addStretch(1)
        picture = DemoPicture(demo_sequence(), self)
        # It shows one camera beside the other and needs both images.
        picture.setVisible(picture.complete)
        picture.clicked.connect(beginnings[0].action.trigger)
        self._picture = picture
        column.addWidget(picture)
        column.addSpacing(14)
        column.addWidget(title)
        column.addWidget(words)
        column.addSpacing(12)
        column.addLayout(self._buttons(beginnings))
        hint = plain_label(
            self, "Or drop a folder, two videos or a session anywhere on this window."
        )
        hint.setProperty("role", "muted")
        column.addWidget(hint)
        column.addSpacing(14)
        self._recent_title = plain_label(self, "Recent")
        self._recent_title.setProperty("role", "title")
        self.recent = QListWidget(self)
        self.recent.setFrameShape(QFrame.Shape.NoFrame)
        self.recent.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        # The name at the start and the folder at the end say most.
        self.recent.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        self.recent.setAccessibleName("Recent files")
        self.recent.itemActivated.connect(self._on_recent)
        # A single click too: on a start page it is meant.
        self.recent.itemClicked.connect(self._on_recent)
        column.addWidget(self._recent_title)
        column.addWidget(self.recent)
        column.addStretch(1)
        self._scroll(page)

    def _scroll(self, page: QWidget) -> None:
        inside = QWidget(self)
        row = QHBoxLayout(inside)
        row.addStretch(1)
        row.addWidget(page, 8)
        row.addStretch(1)
        # A long list of recent files, or large text, may need more than a small window has.
        around = QScrollArea(self)
        around.setWidgetResizable(True)
        around.setFrameShape(QFrame.Shape.NoFrame)
        around.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        around.setWidget(inside)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.addWidget(around)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Leave the picture away where the ways to begin would be out of sight."""
        super().resizeEvent(event)
        self._picture.setVisible(self._picture.complete and event.size().height() >= ROOMY)

    def set_recent(self, entries: tuple[str, ...]) -> None:
        """List what was open before, newest first."""
        self.recent.clear()
        for entry in entries:
            item = QListWidgetItem(recent_label(entry), self.recent)
            item.setData(Qt.ItemDataRole.UserRole, entry)
            item.setToolTip(plain_tip(entry))
        row = self.recent.sizeHintForRow(0) if entries else 0
        # As high as its lines: a list would take all the room and push the rest up.
        self.recent.setFixedHeight(row * len(entries) + 8)
        self.recent.setVisible(bool(entries))
        self._recent_title.setVisible(bool(entries))

    def _buttons(self, beginnings: Sequence[Beginning]) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(8)
        for index, beginning in enumerate(beginnings):
            button = QPushButton(beginning.text, self)
            button.setToolTip(beginning.action.toolTip())
            button.setIconSize(QSize(18, 18))
            # Return presses the one that has the focus, as Space does; only in a dialog is that so
            # by itself, and only there one of them can be meant without it.
            button.setAutoDefault(True)
            if index == 0:
                button.setProperty("role", "primary")
            else:
                set_icon(button, beginning.icon)
            button.clicked.connect(beginning.action.trigger)
            row.addWidget(button)
        row.addStretch(1)
        return row

    def _on_recent(self, item: QListWidgetItem) -> None:
        self.recent_chosen.emit(item.data(Qt.ItemDataRole.UserRole))


def recent_label(entry: str) -> str:
    """Return a line for a recent entry: its name first, then where it lies."""
    # Two videos are one entry.
    paths = Recent.of(entry).paths
    name = " + ".join(path.name for path in paths)
    return plain_line(f"{name}    {paths[0].parent}")
