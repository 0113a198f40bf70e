"""Resolves what is to be seen and hands it to the views: the only place that feeds them."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QObject, QTimer, Slot

from app.controllers.features import FeatureKey
from app.controllers.review import ReviewItem, review_items
from app.controllers.tracking import Progress
from app.inspection import score_map_model
from app.theme import current_theme
from app.view_state import (
    SOURCE_WORDS,
    FrameAnswer,
    answer_of_result,
    answer_of_session,
    boxes_on_panes,
    flag_words,
    rgb_box,
    with_attention,
)
from app.views.frame_images import ThermalLook
from app.views.frame_scene import EMPTY_SCENE, BoxItem
from app.views.scene_maker import Overlays, SceneMaker
from app.views.session_panel import SessionFacts
from app.views.status_line import StatusFacts
from app.views.targets_panel import TargetRow
from app.views.timeline_model import EMPTY_TIMELINE, TimelineModel, TimelineRow
from app.workspace import Workspace
from sessions import AnnotationSession, Change, ChangeKind, Flag, Source, Target
from tracker_core.frames import Box
from tracker_core.sequences import Frame

if TYPE_CHECKING:
    from app.window_views import WindowViews

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
        self._stale = _single_shot(self, REFRESH_MILLISECONDS, self.refresh_overview)
        self._inspect = _single_shot(self, INSPECT_MILLISECONDS, self._refresh_inspector)
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
        self._views.timeline.set_model(self._timeline(session))
        rows = () if session is None else tuple(map(self._target_row, session.targets.values()))
        self._views.targets.set_rows(rows, self._workspace.correction.target_id)
        self._review = () if target is None else _review(target)
        tracked = target is not None and bool((target.source == Source.TRACKED).any())
        self._views.queue.set_items(self._review, tracked)
        self._views.queue.set_frame(self.shown_index())

    def refresh_features(self) -> None:
        """Show the features of the current frame, or make them come, if anybody looks."""
        workspace, target = self._workspace, self._workspace.correction.target
        if not self._views.features.isVisible():
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
        self._views.status.set_facts(self._facts())

    def refresh_session(self) -> None:
        """Show what is known about sequence and session file."""
        self._views.session.set_facts(self._session_facts())

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
        self.refresh_frame()
        self._workspace.playback.frame_shown()

    @Slot(object)
    def _on_change(self, change: Change) -> None:
        if change.touches(self.shown_index()):
            self.refresh_frame()
        self.refresh_overview()
        if change.kind in (ChangeKind.SEQUENCE, ChangeKind.TARGET_ADDED):
            self.refresh_session()

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

    def _timeline(self, session: AnnotationSession | None) -> TimelineModel:
        if session is None:
            return EMPTY_TIMELINE
        rows = tuple(self._timeline_row(target) for target in session.targets.values())
        return TimelineModel(session.frame_count, frozenset(self._workspace.gaps), rows)

    def _timeline_row(self, target: Target) -> TimelineRow:
        source, score = np.array(target.source), np.array(target.score)
        flagged = (np.array(target.flags) & Flag.TARGET_REMOVED) != 0
        if target.id == self._workspace.tracking.target_id:
            for index, result in self._workspace.tracking.live_frames.items():
                if source[index] != Source.MANUAL:
                    source[index] = Source.TRACKED
                    score[index] = result.score
                    flagged[index] = result.target_tokens_removed > 0
        return TimelineRow(
            target.id,
            target.name,
            current_theme().palette.target(target.color),
            source,
            flagged,
            score,
            target.id == self._workspace.correction.target_id,
        )

    def _target_row(self, target: Target) -> TargetRow:
        return TargetRow(
            target.id,
            target.name,
            current_theme().palette.target(target.color),
            int((~np.isnan(target.boxes[:, :, 0])).any(axis=1).sum()),
            int((target.source == Source.MANUAL).sum()),
        )

    def _refresh_inspector(self) -> None:
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

    def _facts(self) -> StatusFacts:
        workspace, frame = self._workspace, self._maker.frame
        session = workspace.document.session
        if session is None or frame is None:
            return StatusFacts()
        name = _frame_name(workspace, frame.index)
        facts = StatusFacts(
            frame=f"Frame {frame.index} / {session.frame_count - 1}" + name,
            saved=self._saved_words(),
        )
        target = workspace.correction.target
        if target is None:
            return facts
        box = rgb_box(target, frame.index)
        live = workspace.tracking.live(target.id, frame.index)
        box = live.box_xywh if live is not None else box
        score = live.score if live is not None else float(target.score[frame.index])
        source = SOURCE_WORDS[Source(int(target.source[frame.index]))]
        if live is not None and box is not None:
            source = "tracked"
        model = f" by {self._answer.model}" if self._answer and source == "tracked" else ""
        x, y, w, h = box or (0.0, 0.0, 0.0, 0.0)
        return replace(
            facts,
            box=f"Box {x:.0f}, {y:.0f}  {w:.0f} × {h:.0f}" if box is not None else "",
            score="" if math.isnan(score) else f"Score {score:.2f}",
            source=f"{target.name}: {source}{model}",
        )

    def _saved_words(self) -> str:
        document = self._workspace.document
        if document.path is None:
            return "Not saved yet" if not document.clean else ""
        return f"Saved in {document.path.name}" if document.clean else "Unsaved changes"

    def _session_facts(self) -> SessionFacts | None:
        source, document = self._workspace.source, self._workspace.document
        session = document.session
        if source is None or session is None:
            return None
        info = session.sequence
        depth = source.sequence.tir_bit_depth
        return SessionFacts(
            rows=(
                ("Sequence", info.name),
                ("Layout", source.sequence.layout.label),
                ("Frames", f"{session.frame_count}"),
                ("RGB", f"{info.rgb_size[0]} × {info.rgb_size[1]}"),
                ("Thermal", f"{info.tir_size[0]} × {info.tir_size[1]}, {depth} bit"),
                ("Images", "\n".join(info.sources)),
                ("Session", str(document.path) if document.path else "not saved yet"),
                ("Targets", ", ".join(t.name for t in session.targets.values()) or "none"),
                ("Models", ", ".join(_model_names(session)) or "none yet"),
            ),
            notes=source.sequence.notes,
        )


def _single_shot(parent: QObject, milliseconds: int, call: Callable[[], None]) -> QTimer:
    timer = QTimer(parent)
    timer.setSingleShot(True)
    timer.setInterval(milliseconds)
    timer.timeout.connect(call)
    return timer


def _review(target: Target) -> tuple[ReviewItem, ...]:
    machine = np.isin(target.source, (Source.TRACKED, Source.IMPORTED))
    seen = (target.flags & Flag.REVIEWED) != 0
    removed = (target.flags & Flag.TARGET_REMOVED) != 0
    return review_items(target.boxes[:, 0], target.score, machine & ~seen, removed)


def _model_names(session: AnnotationSession) -> list[str]:
    models = {model.name for t in session.targets.values() for model in t.tracking.models}
    return sorted(models)


def _frame_name(workspace: Workspace, index: int) -> str:
    source = workspace.source
    if source is None or source.sequence.layout.is_video:
        return ""
    paths = source.sequence.rgb_paths
    return f"  ·  {paths[index].name}" if index < len(paths) else ""
