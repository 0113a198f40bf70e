"""The views of the window by name, for the presenter."""

from __future__ import annotations

from dataclasses import dataclass

from app.views.frame.panes import FramePanes
from app.views.inspector.curves_panel import CurvesPanel
from app.views.inspector.elimination_panel import EliminationPanel
from app.views.inspector.feature_panel import FeaturePanel
from app.views.inspector.score_map import ScoreMapView
from app.views.inspector.search_crop import SearchCropView
from app.views.inspector.session_panel import SessionPanel
from app.views.lists.queue_panel import QueuePanel
from app.views.lists.targets_panel import TargetsPanel
from app.views.shell.status_line import StatusLine
from app.views.timeline.timeline import Timeline
from app.views.timeline.transport import Transport


@dataclass(frozen=True, slots=True)
class WindowViews:
    """Every view that shows something of the document."""

    panes: FramePanes
    crop: SearchCropView
    timeline: Timeline
    transport: Transport
    targets: TargetsPanel
    queue: QueuePanel
    elimination: EliminationPanel
    features: FeaturePanel
    score_map: ScoreMapView
    curves: CurvesPanel
    session: SessionPanel
    status: StatusLine
