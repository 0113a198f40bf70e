"""Resolves what is to be seen and hands it to the views: the only place that feeds them."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache, partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Slot

from app.controllers.features import FeatureKey
from app.controllers.tracking import Progress
from app.look.theme import current_theme, theme_signals
from app.resolve.answer import FrameAnswer
from app.resolve.effective import EffectiveTarget
from app.resolve.inspection import FeatureModel, Missing, SearchCropModel
from app.resolve.overview import target_row
from app.resolve.redraw import (
    EVERYTHING,
    FRAME,
    OF_SELECTED,
    RUN,
    STEP,
    Part,
    parts,
    selection_parts,
)
from app.resolve.trackers import feature_choice
from app.state.tracker_choice import TrackerChoice
from app.views.frame.images import ThermalLook
from app.views.frame.pictures import AnyFrame
from app.views.frame.scene import EMPTY_SCENE
from app.views.frame.scene_maker import SceneMaker, box_item
from app.views.inspector.compare_panel import ComparePanel
from app.views.inspector.curves_panel import CurvesPanel
from app.views.inspector.elimination_panel import EliminationPanel
from app.views.inspector.feature_panel import FeaturePanel
from app.window import facts
from app.window.feeding import Feeder
from app.window.tabs import TABS, Later, Shown
from app.window.templates import Templates
from app.window.timeline_feeding import TimelineFeeder
from app.window.timers import single_shot
from app.window.workspace import Workspace
from sessions import Change

if TYPE_CHECKING:
    from app.window.views import WindowViews

REFRESH_MILLISECONDS = 60
"""While a run streams in, timeline and lists are drawn again at most this often."""
QUEUE_MILLISECONDS = 1000
"""The review queue is looked for over all frames, which holds up the run on a small machine."""
INSPECT_MILLISECONDS = 33
"""How long the explaining views wait, so that fast stepping is not held up by them: they follow
some thirty times a second."""
LATE = frozenset({Part.QUEUE, Part.ANSWER, *(row.wants for row in TABS)})
"""What they show."""
CURVES_AND_FEATURES = frozenset({Part.CURVES, Part.FEATURES})
"""What shows the gap over time: as a curve, and as what is usual for the target."""


class Presenter(QObject):
    """Knows workspace and views; the views know neither it nor each other."""

    def __init__(
        self, workspace: Workspace, views: WindowViews, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._workspace = workspace
        self._views = views
        self._maker = SceneMaker()
        workspace.frames.set_preparer(self._maker.store)
        self._templates = Templates(workspace, self._maker, self)
        self._answer: FrameAnswer | None = None
        self._feeder = Feeder(views)
        # No number of frames is negative: the first answer is news, whatever it is.
        self._gaps_known = -1
        timeline = TimelineFeeder(workspace, views)
        # In this order: a person waits for the panes, and only then for what explains them.
        self._draw: dict[Part, Callable[[str | None], None]] = {
            Part.SCENE: lambda _id: self.refresh_scene(),
            Part.STATUS: lambda _id: self.refresh_facts(),
            Part.TIMELINE: lambda _id: timeline.draw_all(),
            Part.RANGE: lambda _id: timeline.draw_range(),
            Part.TIMELINE_ROW: timeline.draw_row,
            Part.TARGETS: lambda _id: self._draw_targets(),
            Part.TARGET_ROW: self._draw_target_row,
            Part.QUEUE: lambda _id: workspace.review.refresh(),
        }
        self._stale = single_shot(self, REFRESH_MILLISECONDS, self._on_stale)
        self._queue_stale = single_shot(self, QUEUE_MILLISECONDS, self._on_queue_stale)
        self._inspect = single_shot(self, INSPECT_MILLISECONDS, self._on_inspect)
        self._connect()

    def _connect(self) -> None:
        workspace, busy = self._workspace, self._views.tab(FeaturePanel).set_busy
        theme_signals().changed.connect(self._on_theme)
        workspace.frames.loaded.connect(self._on_frame)
        workspace.frames.reduced.connect(self._on_frame)
        workspace.document.changed.connect(self._on_change)
        workspace.document.replaced.connect(self._on_replaced)
        workspace.document.state_changed.connect(self.refresh_facts)
        workspace.files.saving.saving_changed.connect(self.refresh_facts)
        workspace.files.opened.connect(self._on_opened)
        workspace.selection.changed.connect(self._on_selection)
        workspace.tracking.progressed.connect(self._on_progress)
        workspace.tracking.ended.connect(self._on_run_over)
        workspace.tracking.failed.connect(self._on_run_over)
        workspace.features.ready.connect(self._on_features)
        workspace.features.busy_changed.connect(busy)
        workspace.features.gaps.changed.connect(partial(self._on_more, CURVES_AND_FEATURES))
        self._templates.found.connect(partial(self._on_more, frozenset({Part.ANSWER})))
        workspace.review.changed.connect(self._feed_queue)

    # --- what is on show

    @property
    def maker(self) -> SceneMaker:
        """The pictures of the current frame."""
        return self._maker

    @property
    def answer(self) -> FrameAnswer | None:
        """What the tracker said about the selected target on the current frame."""
        return self._answer

    def set_look(self, look: ThermalLook) -> None:
        """Show thermal in other colours."""
        self._maker.set_look(look)
        self._templates.recolour()
        self.refresh_frame()

    def shown_index(self) -> int:
        """Return the frame whose pictures are on screen."""
        frame = self._maker.shown
        return self._workspace.playback.index if frame is None else frame.index

    @property
    def settled(self) -> bool:
        """Whether every view shows the newest state."""
        # The queue's timer does not count: it runs only while a run does, and the window is not
        # idle then.
        return not (self._inspect.isActive() or self._stale.isActive())

    # --- redrawing

    def redraw(self, wanted: frozenset[Part], target_id: str | None = None) -> None:
        """Draw these parts again; `target_id` is whose rows are meant.

        The review list, the crop and the tabs follow a moment later, and of crop and tabs only
        those that somebody sees.
        """
        # First and once: panes, status line and tabs show the same answer.
        if wanted & STEP:
            self._answer = self._resolve_answer()
        for part, draw in self._draw.items():
            if part in wanted:
                draw(target_id)
        self._feeder.mark(wanted)
        if wanted & LATE:
            self.feed_tabs()

    def refresh_frame(self) -> None:
        """Draw again what belongs to the current frame, and the curves, the panes first."""
        self.redraw(FRAME | {Part.CURVES})

    def refresh_overview(self) -> None:
        """Draw again what belongs to all frames: timeline, targets, review queue, curves."""
        self.redraw(frozenset({Part.TIMELINE, Part.TARGETS, Part.QUEUE, Part.CURVES}))

    def refresh_session(self) -> None:
        """Show what is known about sequence and session file."""
        self.redraw(frozenset({Part.SESSION}))

    @Slot()
    def refresh_all(self) -> None:
        """Draw everything again."""
        self.redraw(EVERYTHING)

    @Slot()
    def feed_tabs(self) -> None:
        """Feed what has come into sight."""
        # Not started again while it runs: a held-down key would put it off until it is let go.
        if not self._inspect.isActive():
            self._inspect.start()

    def refresh_scene(self) -> None:
        """Draw both panes again; before the first frame is there, there is nothing to draw."""
        if self._maker.shown is not None:
            selection, index = self._workspace.selection.value, self.shown_index()
            palette, chosen = current_theme().palette, selection.target_id
            items = (
                box_item(row, index, palette, selected=row.target_id == chosen)
                for row in self._workspace.rows.targets()
            )
            boxes = tuple(item for item in items if item is not None)
            row = self._selected()
            absent = row is not None and row.absent(index)
            beside = self._workspace.comparing.boxes_at(index, palette)
            scene = self._maker.scene(boxes, self._answer, selection, absent=absent, beside=beside)
            self._views.panes.set_scene(scene)

    @Slot()
    def refresh_facts(self) -> None:
        """Show the facts of the status line."""
        workspace, frame = self._workspace, self._maker.shown
        status = facts.of_status(workspace, frame, self._selected(), self._answer)
        self._views.status.set_facts(status)

    def _draw_targets(self) -> None:
        palette = current_theme().palette
        rows = tuple(target_row(row, palette) for row in self._workspace.rows.targets())
        self._views.targets.set_rows(rows, self._workspace.selection.value.target_id)

    def _draw_target_row(self, target_id: str | None) -> None:
        row = self._workspace.rows.target(target_id)
        if row is not None:
            self._views.targets.set_row(target_row(row, current_theme().palette))

    @Slot()
    def _feed_queue(self) -> None:
        row = self._selected()
        queue = self._workspace.review.queue
        self._views.queue.set_queue(queue, row is not None and row.tracked)
        self._views.timeline.set_events([(event.first, event.last) for event in queue.left])
        self._show_event()

    def _show_event(self) -> None:
        chosen = self._workspace.selection.value.target_id
        here = self._workspace.review.queue.at(self.shown_index(), chosen)
        self._views.queue.set_here(here)

    # --- news

    @Slot(object)
    def _on_frame(self, frame: AnyFrame) -> None:
        self._maker.set_frame(frame)
        self._views.timeline.set_index(frame.index)
        self._views.transport.set_index(frame.index)
        self.redraw(FRAME)
        # Last: playing goes on only when this frame is on screen.
        self._workspace.playback.frame_shown()

    @Slot(object)
    def _on_change(self, change: Change) -> None:
        selection = self._workspace.selection.value
        self.redraw(parts(change, selection, self.shown_index()), change.target_id)

    @Slot(object)
    def _on_theme(self, _theme: object) -> None:
        self.redraw(EVERYTHING)

    @Slot()
    def _on_replaced(self) -> None:
        """Empty the window; what is opened is drawn once it is there."""
        # What it would sort is about to go.
        self._queue_stale.stop()
        # The selection is another one, and does not say so: these two keep the stage themselves.
        self._show_stage()
        if self._maker.shown is not None:
            self._maker.set_frame(None)
            self._views.panes.set_scene(EMPTY_SCENE)
        self._gaps_known = -1
        if self._workspace.document.session is None:
            self.redraw(EVERYTHING)

    @Slot()
    def _on_opened(self) -> None:
        # The first frame draws the rest as soon as it is decoded.
        self.redraw(EVERYTHING - FRAME)

    @Slot(object)
    def _on_selection(self, names: frozenset[str]) -> None:
        if "stage" in names:
            self._show_stage()
        self.redraw(selection_parts(names))

    def _show_stage(self) -> None:
        stage = self._workspace.selection.value.stage
        self._views.crop.set_stage(stage)
        self._views.tab(EliminationPanel).set_stage(stage)

    @Slot(object)
    def _on_progress(self, progress: Progress) -> None:
        if progress.frame_index == self.shown_index():
            self.redraw(STEP)
        # Not started again while they run: with frames coming faster, they would never end.
        for timer in (self._stale, self._queue_stale):
            if not timer.isActive():
                timer.start()

    @Slot()
    def _on_stale(self) -> None:
        run = self._workspace.tracking.run
        if run is not None:
            selected = run.target_id == self._workspace.selection.value.target_id
            self.redraw(RUN if selected else RUN - OF_SELECTED, run.target_id)

    @Slot()
    def _on_queue_stale(self) -> None:
        self.redraw(frozenset({Part.QUEUE}))

    @Slot(str)
    def _on_run_over(self, _words: str) -> None:
        # Accepting has drawn what it changed. A run that left nothing takes its rows along, and
        # features were not computed while it kept the tracker busy.
        self._queue_stale.stop()
        self.redraw(EVERYTHING - {Part.SESSION})

    @Slot(object)
    def _on_features(self, key: FeatureKey) -> None:
        known = self._workspace.features.gaps.count((key.target_id, key.choice))
        if known != self._gaps_known:
            self._gaps_known = known
            self._feeder.mark(frozenset({Part.CURVES}))
        model, here = None, (self._workspace.selection.value.target_id, self.shown_index())
        if (key.target_id, key.frame_index) == here:
            # The fresh answer also knows the attention that a session does not keep.
            self._answer = self._resolve_answer()
            self._feeder.mark(frozenset({Part.ANSWER, Part.FEATURES}))
            model = self._workspace.features.model(key)
        self._feeder.feed(self._shown(model))

    def _on_more(self, wanted: frozenset[Part]) -> None:
        self._feeder.mark(wanted)
        self.feed_tabs()

    # --- resolving

    def _selected(self) -> EffectiveTarget | None:
        return self._workspace.rows.target(self._workspace.selection.value.target_id)

    def _resolve_answer(self) -> FrameAnswer | None:
        row, index = self._selected(), self.shown_index()
        if row is None or self._maker.shown is None:
            return None
        workspace = self._workspace
        choice = self._feature_choice(row)
        fresh = None
        if isinstance(choice, TrackerChoice):
            fresh = workspace.features.result(row.target_id, index, choice)
        return row.answer(index, fresh)

    def _feature_choice(self, row: EffectiveTarget | None) -> TrackerChoice | Missing:
        """Return the CKD that may look at the current frame again, or why none may."""
        made_by = None if row is None else row.made_by(self.shown_index())
        return feature_choice(made_by, self._workspace.weights)

    def _crop(self) -> SearchCropModel | Missing | None:
        row = self._selected()
        if row is None or self._answer is None:
            return None
        crop = self._maker.crop(self._answer, row.name)
        return self._templates.joined(crop, row, self.shown_index())

    def _shown(self, features: FeatureModel | Missing | None) -> Shown:
        row, answer = self._selected(), self._answer
        choice = self._feature_choice(row)
        gaps = None
        if row is not None:
            chosen = choice if isinstance(choice, TrackerChoice) else self._workspace.weights
            gaps = self._workspace.features.history(row.target_id, chosen)
        missing = None if answer is None else answer.without_tokens()
        if missing is None and isinstance(choice, Missing):
            missing = choice
        return Shown(
            row=row,
            answer=answer,
            # On demand and once: where nobody sees the crop, cutting it would be wasted work.
            crop=cache(self._crop),
            features=None if answer is None else features or missing or Later(),
            gaps=gaps,
            gap_note=choice.words if isinstance(choice, Missing) else "",
            block=self._workspace.selection.value.block,
            facts=lambda: facts.of_session(self._workspace),
            origin=lambda: facts.of_frame(self._workspace, self._maker.shown, row),
            compared=lambda: self._workspace.comparing.model(current_theme().palette),
        )

    # --- crop and tabs

    @Slot()
    def _on_inspect(self) -> None:
        self._show_event()
        # Nobody reads numbers of a frame before it is painted.
        self._views.tab(CurvesPanel).set_frame(self.shown_index())
        self._views.tab(ComparePanel).set_frame(self.shown_index())
        # What explains a frame is cut from its own pixels, which are on their way.
        if self._maker.frame is None and self._maker.shown is not None:
            return
        self._feeder.feed(self._shown(None))
        self._request_features()

    def _request_features(self) -> None:
        """Make the features of the current frame come, if something on show wants them."""
        workspace, row, answer = self._workspace, self._selected(), self._answer
        choice, source = self._feature_choice(row), workspace.source
        # A session of before does not say why tokens went.
        wanted = self._feeder.wants_features() or (
            answer is not None and answer.lacks_attention and self._feeder.shows_tokens()
        )
        if row is None or source is None or isinstance(choice, Missing):
            workspace.features.gaps.rest()
        elif self._feeder.wants_features():
            workspace.features.gaps.want(source, row.target_id, choice)
        else:
            workspace.features.gaps.rest()
        if (
            not wanted
            or row is None
            or answer is None
            or source is None
            or answer.without_tokens() is not None
            or isinstance(choice, Missing)
        ):
            workspace.features.cancel()
        # One worker does both: features would wait for the end of the run, and be of the past.
        elif not workspace.tracking.running:
            block = workspace.selection.value.block
            key = FeatureKey(row.target_id, self.shown_index(), choice, block)
            workspace.features.request(source, key)
