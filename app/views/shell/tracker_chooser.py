"""The toolbar's chooser of a tracker and of the device that CKD computes on."""

from __future__ import annotations

import platform
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import QComboBox, QWidget

from app.look.plain_text import plain_line, plain_tip
from app.resolve.trackers import TrackerItem
from app.views.shell.choosers import Captioned

TIP = "What follows the target"
DEVICE_TIP = "Where CKD computes; Auto takes the fastest there is"
NO_DEVICE_TIP = "Only CKD computes on a device that can be chosen"


class _CalmBox(QComboBox):
    """A combo box that the wheel does not turn: some of its rows open a dialog."""

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Leave the wheel to others."""
        event.ignore()


class TrackerChooser(Captioned):
    """Tracker and device."""

    picked = Signal(object)
    """The TrackerItem of the row that a person chose."""
    device_chosen = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.tracker = _CalmBox(self)
        self.tracker.setAccessibleName("Tracker")
        self.tracker.setSizeAdjustPolicy(
            QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon
        )
        self.tracker.setMinimumContentsLength(15)
        self.device = _CalmBox(self)
        self.device.setAccessibleName("Device")
        for text, name in devices():
            self.device.addItem(text, name)
        self.stack(("Tracker", self.tracker), ("Device", self.device))
        self.tracker.activated.connect(self._on_tracker)
        self.device.activated.connect(self._on_device)

    def show_choice(self, items: Sequence[TrackerItem], device: str, *, has_device: bool) -> None:
        """Show what there is and what is in use, without saying so."""
        box = self.tracker
        box.clear()
        for before, item in zip((None, *items), items, strict=False):
            if before is not None and before.group != item.group:
                box.insertSeparator(box.count())
            box.addItem(plain_line(item.text), item)
            box.setItemData(box.count() - 1, plain_tip(item.tip), Qt.ItemDataRole.ToolTipRole)
            if item.current:
                box.setCurrentIndex(box.count() - 1)
                box.setToolTip(plain_tip(f"{TIP}: {plain_line(item.text)}\n{item.tip}"))
        # The list may be wider than the box: long names are read there.
        box.view().setMinimumWidth(box.view().sizeHintForColumn(0) + 24)
        self.device.setCurrentIndex(max(0, self.device.findData(device)))
        self.device.setEnabled(has_device)
        self.device.setToolTip(DEVICE_TIP if has_device else NO_DEVICE_TIP)

    def _on_tracker(self, row: int) -> None:
        self.picked.emit(self.tracker.itemData(row))

    def _on_device(self, row: int) -> None:
        self.device_chosen.emit(self.device.itemData(row))


def devices() -> tuple[tuple[str, str], ...]:
    """Return (text, torch name) of the devices worth offering, without importing torch.

    CUDA is offered where an NVIDIA driver is installed, MPS on a Mac; a device that turns out not
    to work is refused with a sentence when the tracker is loaded.
    """
    found = [("Auto", ""), ("CPU", "cpu")]
    if shutil.which("nvidia-smi") or Path("/proc/driver/nvidia").exists():
        found.append(("CUDA", "cuda"))
    if sys.platform == "darwin" and platform.machine() == "arm64":
        found.append(("MPS", "mps"))
    return tuple(found)
