"""The views of the window by name, for the presenter."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeVar

from PySide6.QtWidgets import QWidget

from app.views.frame.panes import FramePanes
from app.views.inspector.search_crop import SearchCropView
from app.views.lists.queue_panel import QueuePanel
from app.views.lists.targets_panel import TargetsPanel
from app.views.shell.status_line import StatusLine
from app.views.timeline.timeline import Timeline
from app.views.timeline.transport import Transport

Widget = TypeVar("Widget", bound=QWidget)


@dataclass(frozen=True, slots=True)
class WindowViews:
    """Every view that shows something of the document."""

    panes: FramePanes
    crop: SearchCropView
    timeline: Timeline
    transport: Transport
    targets: TargetsPanel
    queue: QueuePanel
    tabs: Mapping[str, QWidget]
    """The tabs of the inspector by their id, each a `Tab`."""
    status: StatusLine

    def tab(self, kind: type[Widget]) -> Widget:
        """Return the tab of a class; raises StopIteration when the table has none."""
        return next(tab for tab in self.tabs.values() if isinstance(tab, kind))
