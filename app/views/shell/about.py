"""Two quiet dialogs: the shortcut sheet and what this program is."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape
from typing import TypeAlias

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QHBoxLayout,
    QLabel,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from app import version
from app.look.theme import current_theme

COLUMNS = 3
HEADING_ROWS = 2
"""How many rows a heading takes up."""
Section: TypeAlias = tuple[str, list[tuple[str, str]]]
"""Title and (text, keys) rows."""


class ShortcutSheet(QDialog):
    """Every action with a key, from the actions table."""

    def __init__(
        self,
        menus: Iterable[tuple[str, list[tuple[str, str, str]]]],
        pointer: Iterable[tuple[str, str]],
        parent: QWidget | None = None,
    ) -> None:
        """Show per menu its (text, shortcut, tip) rows, then (gesture, what it does)."""
        super().__init__(parent)
        self.setWindowTitle("Keyboard shortcuts")
        # Keys as this system writes them: Ctrl is a symbol on a Mac.
        sheet = [
            (title, [(text, _native(keys)) for text, keys, _ in rows]) for title, rows in menus
        ]
        sheet.append(("Pointer and arrows", [(text, keys) for keys, text in pointer]))
        page = QWidget(self)
        columns = QHBoxLayout(page)
        columns.setSpacing(40)
        for part in _balanced(sheet, COLUMNS):
            label = QLabel("".join(_section(title, rows) for title, rows in part), page)
            label.setTextFormat(Qt.TextFormat.RichText)
            label.setAlignment(Qt.AlignmentFlag.AlignTop)
            columns.addWidget(label)
        # The sheet grows with every action, screens do not.
        area = QScrollArea(self)
        area.setWidget(page)
        area.setWidgetResizable(True)
        area.setFrameShape(QScrollArea.Shape.NoFrame)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close, self)
        buttons.rejected.connect(self.reject)
        layout = QVBoxLayout(self)
        layout.addWidget(area, 1)
        layout.addWidget(buttons)
        # Room for the scroll bar and margins, or a second bar would come below.
        wide = page.sizeHint().width() + 60
        self.resize(wide, 640)


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


def _balanced(sheet: list[Section], count: int) -> list[list[Section]]:
    """Return the sections in `count` columns of about the same length, in their order."""
    total = sum(len(rows) + HEADING_ROWS for _, rows in sheet)
    columns: list[list[Section]] = [[] for _ in range(count)]
    passed = 0.0
    for section in sheet:
        length = len(section[1]) + HEADING_ROWS
        # By its middle: a section goes where most of it lies. In order, because menus are known by
        # it.
        columns[min(count - 1, int((passed + length / 2) / total * count))].append(section)
        passed += length
    return columns


def _section(title: str, rows: list[tuple[str, str]]) -> str:
    """Return one section as a table: what is done, and the key in the theme's quiet colour."""
    red, green, blue = current_theme().palette.muted
    lines = "".join(
        f"<tr><td>{escape(text)}</td><td width=24></td>"
        f'<td style="color: rgb({red}, {green}, {blue})">{escape(keys)}</td></tr>'
        for text, keys in rows
    )
    return f"<p><b>{escape(title)}</b></p><table cellspacing=0 cellpadding=2>{lines}</table>"
