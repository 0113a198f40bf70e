"""Two quiet dialogs: the shortcut sheet and what this program is."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from app import version
from app.actions import POINTER_HELP, shortcut_rows


class ShortcutSheet(QDialog):
    """Every action with a key, from the actions table."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Keyboard shortcuts")
        page = QWidget(self)
        columns = QHBoxLayout(page)
        columns.setSpacing(36)
        sheet = [
            (title, [(text, _native(keys)) for text, keys, _ in rows])
            for title, rows in shortcut_rows()
        ]
        sheet.append(("Pointer and arrows", [(text, keys) for keys, text in POINTER_HELP]))
        half = _balanced(sheet)
        for part in (sheet[:half], sheet[half:]):
            columns.addLayout(_column(part, page))
        area = QScrollArea(self)
        area.setWidget(page)
        area.setWidgetResizable(True)
        area.setFrameShape(QScrollArea.Shape.NoFrame)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close, self)
        buttons.rejected.connect(self.reject)
        layout = QVBoxLayout(self)
        layout.addWidget(area, 1)
        layout.addWidget(buttons)
        self.resize(980, 680)


class AboutDialog(QDialog):
    """Name, version, and whose work the tracker is."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("About CKD Studio")
        title = QLabel(f"CKD Studio {version()}", self)
        title.setProperty("role", "title")
        words = QLabel(
            "A workbench for RGB + thermal tracking: follow targets, see which tokens the tracker "
            "keeps and removes, and correct its boxes.<br><br>The tracker is CKD: Lu, Zhao, Li, "
            "Xiao, Luo, <i>Breaking Modality Gap in RGBT Tracking: Coupled Knowledge "
            "Distillation</i>, ACM MM 2024, "
            '<a href="https://arxiv.org/abs/2410.11586">arXiv 2410.11586</a>. This program is an '
            "independent implementation.<br><br>MIT licence. Built on Qt for Python, PyTorch, "
            "NumPy, OpenCV, PyAV and HDF5.",
            self,
        )
        words.setWordWrap(True)
        words.setTextFormat(Qt.TextFormat.RichText)
        words.setOpenExternalLinks(True)
        words.setMinimumWidth(440)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close, self)
        buttons.rejected.connect(self.reject)
        layout = QVBoxLayout(self)
        layout.setSpacing(12)
        for widget in (title, words, buttons):
            layout.addWidget(widget)


def _native(keys: str) -> str:
    """Return portable key sequences joined with "or" as this system writes them."""
    parts = [QKeySequence(part) for part in keys.split(" or ")]
    return " or ".join(part.toString(QKeySequence.SequenceFormat.NativeText) for part in parts)


def _balanced(sheet: list[tuple[str, list[tuple[str, str]]]]) -> int:
    """Return how many sections make the left column, so that both are about as long."""
    lengths = [len(rows) + 2 for _, rows in sheet]
    return min(range(1, len(sheet)), key=lambda cut: abs(sum(lengths[:cut]) - sum(lengths[cut:])))


def _column(sections: list[tuple[str, list[tuple[str, str]]]], parent: QWidget) -> QVBoxLayout:
    column = QVBoxLayout()
    for title, rows in sections:
        heading = QLabel(title, parent)
        heading.setProperty("role", "title")
        column.addWidget(heading)
        grid = QGridLayout()
        grid.setColumnStretch(0, 1)
        grid.setHorizontalSpacing(18)
        for place, (text, keys) in enumerate(rows):
            label = QLabel(text, parent)
            label.setWordWrap(True)
            key = QLabel(keys, parent)
            key.setProperty("role", "muted")
            key.setWordWrap(True)
            grid.addWidget(label, place, 0)
            grid.addWidget(key, place, 1)
        column.addLayout(grid)
        column.addSpacing(12)
    column.addStretch(1)
    return column
