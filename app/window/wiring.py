"""What the window does when something happens: connects controllers, workers and views."""

from __future__ import annotations

from dataclasses import astuple
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from app.controllers.tracking import Progress
from app.resolve.lost import PERHAPS_LOST
from app.resolve.overlay import token_at
from app.state.key_words import with_keys
from app.views.inspector.curves_panel import CurvesPanel
from app.views.inspector.elimination_panel import EliminationPanel
from app.views.inspector.feature_panel import FeaturePanel
from app.window import stopping
from app.window.actions import Id
from app.window.commands import (
    conflicts,
    copies,
    history,
    looking,
    pairing,
    ranges,
    recovery,
    reviewing,
    trackers,
    tracking,
)
from app.window.commands import files as opening
from app.window.commands.targets import drawing_done, set_drawing, set_locked, set_visible
from app.window.comparing import connect_comparing
from app.window.dataset_wiring import DatasetReactions
from app.window.preferences.showing import say_problems, unread_problems
from app.window.saving_curves import save_curves
from sessions import Modality
from tracker_core.frames import Box

if TYPE_CHECKING:
    from app.window.port import WindowPort
    from app.workers.store_requests import ImagesMissing
    from sessions import ViewState


class WindowReactions:
    """The news of the window."""

    def __init__(self, window: WindowPort) -> None:
        self._window = window
        self._space = window.workspace
        self._views = window.views
        self._followed = 0
        """The frame that a run last showed; who leaves it is not taken along any more."""
        self._tracked_last = 0
        """The frame that a run last tracked."""
        self._zoom_to: ViewState | None = None
        self._pointed: tuple[float, float] | None = None
        """Where the pointer rests in the frames, in frame pixels."""
        self._connect_files()
        self._datasets = DatasetReactions(window)
        self._connect_document()
        self._connect_tracking()
        self._connect_views()
        self._connect_choosers()
        self._show_settings()

    # --- connections

    def _connect_files(self) -> None:
        files, frames, window = self._space.files, self._space.frames, self._window
        files.view_now = partial(stopping.view_now, window)
        files.may_leave = partial(opening.may_discard, window)
        files.held.waits = opening.dialog_is_up
        files.stayed.connect(partial(recovery.say_stayed, window))
        files.opened.connect(self._on_opened)
        files.closing.connect(self._on_closing)
        files.saved.connect(self._on_saved)
        files.message.connect(self._on_message)
        files.saved_quietly.connect(self._on_saved_quietly)
        files.images_missing.connect(self._on_images_missing)
        files.pairing_asked.connect(partial(pairing.say_pairing, window))
        files.shown.connect(partial(recovery.say_opened, window))
        self._space.keeping.message.connect(self._on_kept)
        self._space.recovery.offered.connect(partial(recovery.offer, window))
        self._space.recovery.discarded.connect(partial(recovery.say_discarded, window))
        self._space.recovery.listed.connect(partial(recovery.show_list, window))
        files.looking_only.connect(partial(conflicts.offer_copy, window))
        files.saving.changed_on_disk.connect(partial(conflicts.ask_about_change, window))
        files.saving.saving_changed.connect(window.watch_idle)
        frames.damaged.connect(self._on_damaged)
        frames.failed.connect(lambda text: window.show_message(text, "error"))
        frames.loaded.connect(self._on_frame)
        frames.reduced.connect(self._on_frame)

    def _connect_document(self) -> None:
        space, window = self._space, self._window
        space.document.state_changed.connect(window.refresh_actions)
        space.document.changed.connect(lambda _change: window.watch_idle())
        space.correction.refused.connect(partial(copies.say_refused, window))
        space.document.copied.connect(partial(copies.begin_copy, window))
        space.correction.removed.connect(self._on_removed)
        space.correction.filled.connect(partial(window.step_messages.say, only_here=True))
        space.selection.changed.connect(lambda _names: window.refresh_actions())
        space.playback.playing_changed.connect(self._views.transport.set_playing)
        space.playback.playing_changed.connect(lambda _on: window.refresh_actions())
        space.playback.count_changed.connect(self._views.transport.set_count)
        space.playback.frame_changed.connect(lambda _index, _way: window.watch_idle())

    def _connect_tracking(self) -> None:
        space, window, activity = self._space, self._window, self._window.status_line.set_activity
        space.tracking.started.connect(self._on_run_started)
        space.tracker.loading.connect(lambda name: activity(f"Loading {name}…"))
        space.engine.replaced.connect(lambda text: window.show_message(text, "warning"))
        space.engine.measured.connect(window.status_line.set_note)
        space.engine.changed.connect(window.presenter.refresh_facts)
        space.tracking.progressed.connect(self._on_progress)
        space.tracking.ended.connect(self._on_run_ended)
        space.tracking.failed.connect(self._on_run_failed)
        space.tracking.hand_won.connect(window.show_message)
        space.features.failed.connect(lambda text: window.show_message(text, "warning"))
        space.features.busy_changed.connect(self._on_features_busy)

    def _connect_views(self) -> None:
        window, space, views = self._window, self._space, self._views
        presenter = window.presenter
        views.panes.box_drawn.connect(self._on_drawn)
        views.panes.box_edited.connect(self._on_edited)
        views.panes.target_clicked.connect(space.selection.select)
        views.panes.hovered.connect(self._on_hover)
        views.panes.holding_changed.connect(self._on_holding)
        space.playback.is_held = lambda: views.panes.holding_box
        views.timeline.scrubbed.connect(window.go_to_frame)
        views.timeline.stepped.connect(space.playback.step)
        views.timeline.target_clicked.connect(space.selection.select)
        views.timeline.height_wanted.connect(partial(looking.give_timeline_height, window))
        views.timeline.range_chosen.connect(partial(ranges.choose, window))
        views.transport.frame_entered.connect(window.go_to_frame)
        views.transport.entered.connect(views.panes.focus_first)
        views.transport.speed_changed.connect(space.playback.set_speed)
        views.targets.target_chosen.connect(space.selection.select)
        views.targets.renamed.connect(space.correction.rename)
        views.targets.show_wanted.connect(lambda key, on: set_visible(window, on, key))
        views.targets.lock_wanted.connect(lambda key, on: set_locked(window, on, key))
        self._connect_review()
        self._connect_exchange()
        views.crop.stage_changed.connect(space.selection.set_stage)
        views.tab(EliminationPanel).stage_changed.connect(space.selection.set_stage)
        features, curves = views.tab(FeaturePanel), views.tab(CurvesPanel)
        features.block_changed.connect(space.selection.set_block)
        features.frame_requested.connect(window.go_to_frame)
        curves.frame_picked.connect(window.go_to_frame)
        curves.save_wanted.connect(partial(save_curves, window))
        window.inspector.currentChanged.connect(lambda _tab: presenter.feed_tabs())
        window.inspector.opened.connect(lambda _on: presenter.feed_tabs())
        window.inspector.chosen.connect(partial(looking.remember_inspector, window))
        window.docks["inspector"].visibilityChanged.connect(lambda _on: presenter.feed_tabs())
        window.workbench.crop_overlay.closed.connect(window.actions_by_id[Id.SHOW_CROP].trigger)
        window.workbench.start_page.recent_chosen.connect(partial(opening.open_recent, window))

    def _connect_review(self) -> None:
        window, queue = self._window, self._views.queue
        review, looks = self._space.review, self._space.second_looks
        queue.event_chosen.connect(partial(reviewing.go_to, window))
        queue.all_targets_chosen.connect(review.list_all_targets)
        queue.by_time_chosen.connect(review.list_by_time)
        queue.set_choices(all_targets=review.all_targets, by_time=review.by_time)
        review.changed.connect(window.refresh_actions)
        review.failed.connect(partial(window.show_message, level="error"))
        looks.changed.connect(self._on_second_looks)
        looks.ended.connect(window.show_message)
        looks.failed.connect(partial(window.show_message, level="error"))

    def _connect_exchange(self) -> None:
        window, exchange = self._window, self._space.exchange
        exchange.changed.connect(self._on_exchange)
        exchange.ended.connect(window.show_message)
        exchange.failed.connect(partial(window.show_message, level="error"))
        exchange.imported.connect(self._space.selection.select)
        connect_comparing(window)

    def _on_exchange(self) -> None:
        progress, line = self._space.exchange.progress, self._window.status_line
        # A run says more, and is looked at.
        if not self._space.tracking.running:
            words, done, total = ("", 0, 0) if progress is None else astuple(progress)
            line.set_activity(words, done, total)
        self._window.refresh_actions()
        self._window.watch_idle()

    def _on_second_looks(self) -> None:
        progress = self._space.second_looks.progress
        if progress is None:
            self._views.queue.set_progress("", 0, 0)
        else:
            words = f"Second look at {progress.target_name}: {progress.done} of {progress.total}"
            self._views.queue.set_progress(words, progress.done, progress.total)
        self._window.refresh_actions()
        self._window.watch_idle()

    def _connect_choosers(self) -> None:
        window = self._window
        thermal, tracker = window.thermal_chooser, window.tracker_chooser
        thermal.palette_chosen.connect(partial(looking.set_palette, window))
        thermal.stretch_chosen.connect(partial(looking.set_stretch, window))
        tracker.picked.connect(partial(trackers.pick, window))
        tracker.device_chosen.connect(partial(trackers.set_device, window))
        window.pause_field.limit_changed.connect(partial(tracking.set_pause, window))
        window.pause_field.entered.connect(self._views.panes.focus_first)

    def _show_settings(self) -> None:
        window = self._window
        values = window.settings.values
        looking.show_thermal(window)
        looking.show_arrangement(window)
        trackers.show_choice(window)
        window.pause_field.set_limit(values.pause_below_score)
        window.workbench.start_page.set_recent(values.recent)
        say_problems(window)

    # --- files

    def _on_opened(self) -> None:
        window = self._window
        window.status_line.set_activity("")
        unread = unread_problems(window)
        window.workbench.messages.clear()
        window.workbench.show_frames(True)
        window.show_panels(True)
        session = self._space.document.session
        # Without a target, the first thing to do is to draw its box.
        empty = session is not None and not session.targets
        set_drawing(window, empty and not self._space.document.read_only)
        self._reveal_crop()
        window.workbench.start_page.set_recent(window.settings.values.recent)
        # The frames of before may have had another size.
        self._views.panes.viewport.fit()
        # Once its first frame has said how large frames are.
        self._zoom_to = self._space.files.stopped
        window.refresh_actions()
        # Arrows have to work without a click, and what had the focus may be hidden now.
        window.views.panes.rgb.setFocus()
        if unread:
            window.show_message(unread, "warning")
        elif empty and not self._space.document.read_only:
            window.show_message(
                with_keys(
                    "Draw a box around a target in either frame, then {press track_forward:T} to "
                    "track it."
                )
            )
        window.announce_opened()
        window.watch_idle()

    def _reveal_crop(self) -> None:
        """Show search crop and inspector of a reopened session that has something to show there."""
        target = self._space.selection.target
        tracked = target is not None and bool(target.tracking.models)
        # Who compares trackers goes on doing so with the next sequence.
        shows = tracked or self._space.comparing.has_results
        wanted = shows and self._window.settings.values.inspector_open
        # Opening a session must not put the lists behind tabs.
        self._window.inspector.set_open(wanted and self._window.panels.has_room)
        if target is not None and any(info.search_grid for info in target.tracking.models):
            self._window.workbench.reveal_crop()

    def _on_closing(self) -> None:
        window = self._window
        set_drawing(self._window, False)
        window.status_line.set_activity("")
        window.workbench.messages.clear()
        window.workbench.crop.hide()
        window.workbench.show_frames(False)
        window.show_panels(False)

    def _on_saved(self, path: Path) -> None:
        self._window.presenter.refresh_session()
        self._window.workbench.start_page.set_recent(self._window.settings.values.recent)
        self._window.show_message(f"Saved {path}.")
        self._window.announce_saved(path)

    def _on_saved_quietly(self, path: Path) -> None:
        self._window.presenter.refresh_session()
        self._window.status_line.set_note(f"Saved {path.name} by itself.")
        self._window.announce_saved(path)

    def _on_kept(self, level: str, text: str) -> None:
        self._window.show_message(text, level)

    def _on_message(self, level: str, text: str) -> None:
        if level == "error":
            self._window.status_line.set_activity("")
        self._window.show_message(text, level)

    def _on_images_missing(self, missing: ImagesMissing) -> None:
        self._window.status_line.set_activity("")
        self._window.show_message(
            missing.message,
            "error",
            "Show folder…",
            lambda: opening.relink(self._window, missing),
        )

    def _on_damaged(self, index: int, _problems: tuple[str, ...]) -> None:
        # A frame is heard of again each time that it is decoded again.
        if index not in self._space.gaps:
            self._space.gaps.add(index)
            self._window.presenter.refresh_overview()

    def _on_frame(self, _frame: object) -> None:
        if self._zoom_to is not None:
            stopping.zoom_again(self._window, self._zoom_to)
            self._zoom_to = None
        # The pointer rests while frames change, and what lies under it changes with them.
        self._read_out()
        self._window.refresh_actions()
        self._window.watch_idle()

    def _on_removed(self, text: str) -> None:
        # Until the next step: the button must not undo another one.
        undo = "Undo", partial(history.undo, self._window)
        self._window.step_messages.say(text, only_here=True, choices=(undo,))

    # --- tracking

    def _on_run_started(self) -> None:
        # Taken at the start: from here the run may lead, until the person goes elsewhere.
        self._followed = self._tracked_last = self._space.playback.index
        drawing_done(self._window)
        self._window.workbench.messages.clear()
        self._window.refresh_actions()
        self._window.watch_idle()

    def _on_progress(self, progress: Progress) -> None:
        left = "" if np.isnan(progress.seconds_left) else f", {_duration(progress.seconds_left)}"
        whose = f" of {progress.whose}" if progress.whose else ""
        lost = f", {PERHAPS_LOST}" if progress.lost else ""
        self._window.status_line.set_activity(
            f"Tracked {progress.done} of {progress.total}{whose}, "
            f"{progress.rate:.0f} frames/s{left}{lost}",
            progress.done,
            progress.total,
        )
        if self._space.tracking.live_frames[progress.frame_index].search_grid:
            self._window.workbench.reveal_crop()
        self._follow(progress.frame_index)

    def _follow(self, frame_index: int) -> None:
        """Show the frame that was just tracked, unless the person has gone elsewhere."""
        self._tracked_last = frame_index
        # While a frame is still being decoded the next one would replace it unseen: frames that are
        # tracked faster than decoded are left out.
        if self._space.playback.index == self._followed and not self._space.frames.pending:
            self._followed = frame_index
            self._space.playback.go_to(frame_index)

    def _arrive(self) -> None:
        """Show the last frame that was tracked to who went along: the next run begins on it."""
        if self._space.playback.index == self._followed:
            self._space.playback.go_to(self._tracked_last)

    def _on_run_ended(self, words: str) -> None:
        self._arrive()
        self._window.status_line.set_activity("")
        self._window.refresh_actions()
        self._window.step_messages.say(self._space.engine.with_note(words))
        self._window.announce_run_ended(words)

    def _on_run_failed(self, text: str) -> None:
        self._arrive()
        self._window.status_line.set_activity("")
        self._window.refresh_actions()
        self._window.step_messages.say(text, "error")
        self._window.announce_run_ended(text)
        trackers.ask_untrained(self._window)

    def _on_features_busy(self, busy: bool) -> None:
        # Features may have had a model loaded, and said so there; a run's progress stays.
        if not busy and not self._space.tracking.running:
            self._window.status_line.set_activity("")
        self._window.watch_idle()

    # --- panes

    def _on_holding(self) -> None:
        if self._views.panes.holding_box:
            # The box belongs to the frame it was begun on, and that frame stays until it is done.
            self._space.playback.hold_at(self._window.presenter.shown_index())
            # Who corrects a frame during a run wants to see it afterwards.
            self._followed = -1
        self._window.refresh_actions()

    def _on_drawn(self, modality: Modality, box: Box) -> None:
        if self._set_box(modality, box, nudge=False):
            drawing_done(self._window)

    def _on_edited(self, modality: Modality, box: Box, action: str) -> None:
        self._set_box(modality, box, nudge=action == "Nudge")

    def _set_box(self, modality: Modality, box: Box, *, nudge: bool) -> bool:
        session = self._space.document.session
        if session is None:
            return False
        # Both panes speak in pixels of the RGB frame; a session keeps thermal boxes in thermal
        # ones.
        if modality is Modality.TIR:
            x, y, w, h = session.alignment.boxes_to_tir(np.array(box, np.float64)).tolist()
            box = (x, y, w, h)
        # The box was drawn on the pictures on screen, which may not be the current frame's yet.
        index = self._window.presenter.shown_index()
        return self._space.correction.set_box(index, box, modality, nudge=nudge)

    def _on_hover(self, point: tuple[float, float] | None) -> None:
        self._pointed = point
        self._read_out()

    def _read_out(self) -> None:
        """Say what lies under the pointer, on the frame and in the search crop."""
        maker, point = self._window.presenter.maker, self._pointed
        text = "" if point is None else maker.values_at(*point)
        self._views.transport.info.setText(text)
        answer = self._window.presenter.answer
        # The pointer moves often, and without a crop on show nobody sees the token.
        if self._views.crop.isVisible():
            token = None
            if answer is not None and answer.window is not None and point is not None:
                token = token_at(point, answer.window, answer.grid)
            self._views.crop.set_highlighted_token(token)


def _duration(seconds: float) -> str:
    """Return "12 s left" or "3 min left"."""
    # Rounded to minutes, less than that would be wrong by up to a half.
    if seconds < 90:
        # Never 0: while it is said, there is something left.
        return f"{max(1, round(seconds))} s left"
    return f"{round(seconds / 60)} min left"
