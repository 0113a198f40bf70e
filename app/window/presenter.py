"""Resolves what is to be seen and hands it to the views: the only place that feeds them."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QObject, QTimer, Slot

from app.controllers.features import FeatureKey
from app.controllers.tracking import Progress
from app.look.theme import current_theme, theme_signals
from app.resolve.answer import (
    FrameAnswer,
    answer_of_result,
    answer_of_session,
    boxes_on_panes,
    flag_words,
    with_attention,
)
from app.resolve.curves import curves_model
from app.resolve.facts import StatusFacts
from app.resolve.inspection import score_map_model
from app.resolve.overview import (
    review_queue,
    saved_words,
    session_facts,
    status_facts,
    target_row,
    timeline_model,
)
from app.resolve.review import ReviewItem
from app.views.frame.images import ThermalLook
from app.views.frame.scene import EMPTY_SCENE, BoxItem
from app.views.frame.scene_maker import Overlays, SceneMaker
from app.window.workspace import Workspace
from app.workers.tracking import ModelChoice
from sessions import AnnotationSession, Change, ChangeKind, Source, Target
from tracker_core.frames import Box
from tracker_core.sequences import Frame

if TYPE_CHECKING:
    from app.window.views import WindowViews

REFRESH_MILLISECONDS = 60
"""While a run streams in, timeline and lists are drawn anew at most this often."""


INSPECT_MILLISECONDS = 20
"""How long the explaining views wait, so that fast stepping is not held up by them."""


class Presenter(QObject):
    """Knows workspace and views; the views know neither it nor each other."""

    def __init__(
        self, workspace: Workspace, views: WindowViews, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._workspace = workspace
        self._views = views
        self._maker = SceneMaker()
        self._overlays = Overlays()
        self._answer: FrameAnswer | None = None
        self._review: tuple[ReviewItem, ...] = ()
        self._block: int | None = None
        self._edition = 0
        """Raised whenever something changes on any frame."""
        self._curves_shown: tuple[int, ModelChoice, int | None, int] | None = None
        """What the curves were made of, for they cost more than a frame."""
        self._stale = _single_shot(self, REFRESH_MILLISECONDS, self.refresh_overview)
        self._inspect = _single_shot(self, INSPECT_MILLISECONDS, self._refresh_inspector)
        theme_signals().changed.connect(self._on_theme)
        workspace.frames.loaded.connect(self._on_frame)
        workspace.document.changed.connect(self._on_change)
        workspace.document.replaced.connect(self._on_replaced)
        workspace.document.state_changed.connect(self.refresh_facts)
        workspace.correction.selected.connect(self._on_selected)
        workspace.tracking.progressed.connect(self._on_progress)
        workspace.features.ready.connect(self._on_features)
        workspace.features.busy_changed.connect(views.features.set_busy)

    # --- what is on show

    @property
    def maker(self) -> SceneMaker:
        """The pictures of the current frame."""
        return self._maker

    @property
    def answer(self) -> FrameAnswer | None:
        """What the tracker said about the selected target on the current frame."""
        return self._answer

    @property
    def overlays(self) -> Overlays:
        """What is drawn over the frames."""
        return self._overlays

    @property
    def review(self) -> tuple[ReviewItem, ...]:
        """The review queue of the selected target."""
        return self._review

    def set_overlays(self, overlays: Overlays) -> None:
        """Draw other things over the frames."""
        self._overlays = overlays
        self.refresh_frame()

    def set_look(self, look: ThermalLook) -> None:
        """Show thermal in other colours."""
        self._maker.set_look(look)
        self.refresh_frame()

    def set_stage(self, stage: int | None) -> None:
        """Show tokens as after an elimination stage; None for all stages."""
        self._overlays = replace(self._overlays, stage=stage)
        self._views.crop.set_stage(stage)
        self._views.elimination.set_stage(stage)
        self.refresh_scene()

    def set_block(self, block: int) -> None:
        """Show the features behind another block."""
        self._block = block
        self.refresh_features()

    def shown_index(self) -> int:
        """Return the frame whose pictures are on screen."""
        frame = self._maker.frame
        return self._workspace.playback.index if frame is None else frame.index

    @property
    def settled(self) -> bool:
        """Whether every view shows the newest state."""
        return not (self._inspect.isActive() or self._stale.isActive())

    # --- refreshing

    def refresh_frame(self) -> None:
        """Draw everything that belongs to the current frame anew, the panes before the rest."""
        self._answer = self._resolve_answer()
        self.refresh_scene()
        self.refresh_facts()
        if not self._inspect.isActive():
            self._inspect.start()

    def refresh_scene(self) -> None:
        """Draw both panes anew."""
        self._views.panes.set_scene(self._maker.scene(self._boxes(), self._answer, self._overlays))

    def refresh_overview(self) -> None:
        """Draw what belongs to all frames anew: timeline, targets, review queue."""
        session = self._workspace.document.session
        target = self._workspace.correction.target
        tracking = self._workspace.tracking
        self._views.timeline.set_model(
            timeline_model(
                session,
                frozenset(self._workspace.gaps),
                self._workspace.correction.target_id,
                tracking.live_rows,
                current_theme().palette,
            )
        )
        targets = () if session is None else session.targets.values()
        rows = tuple(
            target_row(each, current_theme().palette, tracking.live_rows(each.id))
            for each in targets
        )
        self._views.targets.set_rows(rows, self._workspace.correction.target_id)
        self._review = () if target is None else review_queue(target)
        tracked = target is not None and bool((target.source == Source.TRACKED).any())
        self._views.queue.set_items(self._review, tracked)
        self._views.queue.set_frame(self.shown_index())
        self._edition += 1
        self.refresh_curves()

    def refresh_curves(self) -> None:
        """Draw the curves over all frames anew, if anybody looks and anything changed."""
        workspace, target = self._workspace, self._workspace.correction.target
        gaps = 0 if target is None else workspace.features.gaps_known(target.id, workspace.choice)
        made_of = (self._edition, workspace.choice, self._block, gaps)
        if made_of == self._curves_shown or not self._views.curves.isVisible():
            return
        self._curves_shown = made_of
        session = workspace.document.session
        if session is None or target is None:
            self._views.curves.set_view(None)
            return
        tracking = workspace.tracking
        live = tracking.live_frames if tracking.target_id == target.id else {}
        history = workspace.features.history(target.id, workspace.choice)
        self._views.curves.set_view(curves_model(session, target, live, history, self._block))

    def refresh_features(self) -> None:
        """Show the features of the current frame, or make them come, if anybody looks."""
        workspace, target = self._workspace, self._workspace.correction.target
        if not (self._views.features.isVisible() or self._views.curves.isVisible()):
            workspace.features.cancel()
            return
        if self._answer is None or target is None or workspace.source is None:
            workspace.features.cancel()
            self._views.features.set_view(None)
            return
        if not workspace.tracking.running:
            key = FeatureKey(target.id, self.shown_index(), workspace.choice, self._block)
            workspace.features.request(workspace.source, key)

    @Slot()
    def refresh_facts(self) -> None:
        """Show the facts of the status line and the session panel."""
        workspace, target = self._workspace, self._workspace.correction.target
        document = workspace.document
        frame, answer = self._maker.frame, self._answer
        if frame is None or workspace.source is None:
            self._views.status.set_facts(StatusFacts())
            return
        live = None if target is None else workspace.tracking.live(target.id, frame.index)
        model = "" if answer is None else answer.model
        sequence = workspace.source.sequence
        self._views.status.set_facts(
            status_facts(
                saved_words(document.path, clean=document.clean),
                sequence,
                target,
                frame.index,
                live,
                model,
            )
        )

    def refresh_session(self) -> None:
        """Show what is known about sequence and session file."""
        source, document = self._workspace.source, self._workspace.document
        self._views.session.set_facts(
            None
            if source is None
            else session_facts(document.session, document.path, source.sequence)
        )

    def refresh_all(self) -> None:
        """Draw everything anew."""
        self.refresh_frame()
        self.refresh_overview()
        self.refresh_session()

    # --- news

    @Slot(object)
    def _on_frame(self, frame: Frame) -> None:
        self._maker.set_frame(frame)
        self._views.timeline.set_index(frame.index)
        self._views.transport.set_index(frame.index)
        self._views.curves.set_frame(frame.index)
        self.refresh_frame()
        self._workspace.playback.frame_shown()

    @Slot(object)
    def _on_change(self, change: Change) -> None:
        if change.touches(self.shown_index()):
            self.refresh_frame()
        self.refresh_overview()
        if change.kind in (ChangeKind.SEQUENCE, ChangeKind.TARGET_ADDED):
            self.refresh_session()

    @Slot(object)
    def _on_theme(self, _theme: object) -> None:
        self.refresh_all()

    @Slot()
    def _on_replaced(self) -> None:
        self._block = None
        if self._workspace.document.session is None:
            self._maker.set_frame(None)
            self._views.panes.set_scene(EMPTY_SCENE)
        self.refresh_all()

    @Slot(object)
    def _on_selected(self, _target_id: str | None) -> None:
        self.refresh_frame()
        self.refresh_overview()

    @Slot(object)
    def _on_progress(self, progress: Progress) -> None:
        if progress.frame_index == self.shown_index():
            self.refresh_frame()
        if not self._stale.isActive():
            self._stale.start()

    @Slot(object)
    def _on_features(self, key: FeatureKey) -> None:
        self.refresh_curves()
        target = self._workspace.correction.target
        if target is None or (key.target_id, key.frame_index) != (target.id, self.shown_index()):
            return
        # The fresh answer also knows the attention that a session does not keep.
        self._answer = self._resolve_answer()
        self._show_crop()
        self._views.features.set_view(self._workspace.features.model(key))

    # --- resolving

    def _resolve_answer(self) -> FrameAnswer | None:
        target, index = self._workspace.correction.target, self.shown_index()
        if target is None or self._maker.frame is None:
            return None
        live = self._workspace.tracking.live(target.id, index)
        if live is not None:
            return answer_of_result(live, index, self._workspace.choice.model)
        recorded = answer_of_session(target, index)
        known = self._workspace.features.result(target.id, index, self._workspace.choice)
        if recorded is None or known is None:
            return recorded
        return with_attention(recorded, answer_of_result(known, index))

    def _boxes(self) -> tuple[BoxItem, ...]:
        session = self._workspace.document.session
        if session is None or self._maker.frame is None:
            return ()
        items = (self._box_item(session, target) for target in session.targets.values())
        return tuple(item for item in items if item is not None)

    def _box_item(self, session: AnnotationSession, target: Target) -> BoxItem | None:
        index = self.shown_index()
        live = self._workspace.tracking.live(target.id, index)
        if live is not None and not target.protected(np.array([index]))[0]:
            score = live.score
            rgb: Box | None = live.box_xywh
            tir = rgb
        else:
            score = float(target.score[index])
            rgb, tir = boxes_on_panes(session, target, index)
        if rgb is None and tir is None:
            return None
        note = flag_words(int(target.flags[index])) or ("" if math.isnan(score) else f"{score:.2f}")
        return BoxItem(
            target_id=target.id,
            name=target.name,
            colour=current_theme().palette.target(target.color),
            rgb=rgb,
            tir=tir,
            selected=target.id == self._workspace.correction.target_id,
            machine=target.source[index] != Source.MANUAL,
            note=note,
        )

    def _refresh_inspector(self) -> None:
        self.refresh_curves()
        self._views.queue.set_frame(self.shown_index())
        self._show_crop()
        answer = self._answer
        if self._views.score_map.isVisible() or answer is None:
            self._views.score_map.set_view(
                None
                if answer is None
                else score_map_model(
                    answer.score_map, answer.window, answer.box_xywh, answer.frame_index
                )
            )
        self.refresh_features()

    def _show_crop(self) -> None:
        answer, target = self._answer, self._workspace.correction.target
        crop_wanted = self._views.crop.isVisible() or self._views.elimination.isVisible()
        if answer is None or target is None:
            model = None
        elif crop_wanted:
            model = self._maker.crop(answer, target.name)
            self._views.crop.set_box_colour(current_theme().palette.target(target.color))
        else:
            return
        self._views.crop.set_view(model)
        if self._views.elimination.isVisible() or model is None:
            self._views.elimination.set_view(model)


def _single_shot(parent: QObject, milliseconds: int, call: Callable[[], None]) -> QTimer:
    timer = QTimer(parent)
    timer.setSingleShot(True)
    timer.setInterval(milliseconds)
    timer.timeout.connect(call)
    return timer
