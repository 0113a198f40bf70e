"""The tabs of the inspector, one row each: the window builds from it, the presenter feeds by it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

from PySide6.QtWidgets import QWidget

from app.resolve.answer import FrameAnswer
from app.resolve.comparing import CompareModel
from app.resolve.curves import curves_model
from app.resolve.effective import EffectiveTarget
from app.resolve.facts import SessionFacts
from app.resolve.inspection import FeatureModel, GapHistory, Missing, SearchCropModel
from app.resolve.redraw import Part
from app.views.inspector.compare_panel import ComparePanel
from app.views.inspector.curves_panel import CurvesPanel
from app.views.inspector.elimination_panel import EliminationPanel
from app.views.inspector.feature_panel import FeaturePanel
from app.views.inspector.score_map import ScoreMapView
from app.views.inspector.session_panel import FramePanel, SessionPanel


class Tab(Protocol):
    """A widget of the inspector."""

    def set_view(self, view: Any) -> None:  # noqa: ANN401 - each tab has a model of its own
        """Show a model; None says that there is nothing here, `Missing` says why."""


class Later:
    """Stands for a view that is being computed: the tab keeps what it shows."""


@dataclass(frozen=True, slots=True)
class Shown:
    """What is on show, resolved: everything that a tab may show something of."""

    row: EffectiveTarget | None
    """The selected target."""
    answer: FrameAnswer | None
    """What the tracker said about it on the current frame."""
    crop: Callable[[], SearchCropModel | Missing | None]
    """Cuts the search crop of the answer; made once however many ask."""
    features: FeatureModel | Missing | Later | None
    gaps: GapHistory | None
    """The modality gap over all frames looked at."""
    block: int | None
    """The block that is chosen, None for the last."""
    facts: Callable[[], SessionFacts | None]
    gap_note: str = ""
    """Why the gap cannot be computed here; empty where it can."""
    origin: Callable[[], SessionFacts | None] = lambda: None
    """Where the frame on show and its box come from."""
    compared: Callable[[], CompareModel | None] = lambda: None
    """Results of trackers and the boxes of the session, judged by the ground truth."""


@dataclass(frozen=True, slots=True)
class TabRow:
    """One tab: who shows it, when it is drawn again, and where its model comes from."""

    id: str
    title: str
    widget: Callable[[QWidget | None], QWidget]
    """Its class: a QWidget that is a `Tab`."""
    wants: Part
    """It is fed when this part of the window has to be drawn again and somebody looks."""
    view: Callable[[Shown], object]
    """The model to show, None, a `Missing`, or a `Later`."""
    computes: bool = False
    """Whether the tracker has to look at the frame again for it."""
    tokens: bool = False
    """Whether it shows the fate of tokens."""


TABS: tuple[TabRow, ...] = (
    TabRow(
        "elimination", "Elimination", EliminationPanel, Part.ANSWER, lambda s: s.crop(), tokens=True
    ),
    TabRow(
        "features", "Features", FeaturePanel, Part.FEATURES, lambda s: s.features, computes=True
    ),
    TabRow(
        "score",
        "Score",
        ScoreMapView,
        Part.ANSWER,
        lambda s: None if s.answer is None else s.answer.score_view(),
    ),
    TabRow(
        "curves",
        "Curves",
        CurvesPanel,
        Part.CURVES,
        lambda s: None if s.row is None else curves_model(s.row, s.gaps, s.block, s.gap_note),
        computes=True,
    ),
    TabRow("compared", "Compare", ComparePanel, Part.COMPARED, lambda s: s.compared()),
    TabRow("frame", "Frame", FramePanel, Part.ANSWER, lambda s: s.origin()),
    TabRow("session", "Session", SessionPanel, Part.SESSION, lambda s: s.facts()),
)
"""From left to right."""
