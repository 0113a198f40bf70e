"""The views of the window by name, for the presenter."""

from __future__ import annotations

from dataclasses import dataclass

from app.views.curves_panel import CurvesPanel
from app.views.elimination_panel import EliminationPanel
from app.views.feature_panel import FeaturePanel
from app.views.frame_panes import FramePanes
from app.views.queue_panel import QueuePanel
from app.views.score_map import ScoreMapView
from app.views.search_crop import SearchCropView
from app.views.session_panel import SessionPanel
from app.views.status_line import StatusLine
from app.views.targets_panel import TargetsPanel
from app.views.timeline import Timeline
from app.views.transport import Transport


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
