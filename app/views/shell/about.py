"""A quiet dialog: what this program is."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QLabel,
    QVBoxLayout,
    QWidget,
)

from app import version


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
