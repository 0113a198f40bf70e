"""What each action does, when it may be used, and what the window says about it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QEventLoop
from PySide6.QtWidgets import QApplication, QFileDialog, QInputDialog, QMessageBox

from app.look.theme import ThemeName, apply_theme
from app.resolve.overlays import OVERLAYS
from app.resolve.review import neighbour
from app.state.demo_clip import demo_sequence
from app.views.frame.images import ThermalLook
from app.views.frame.panes import FramePanes
from app.views.frame.scene import Compare
from app.views.shell.about import AboutDialog, ShortcutSheet
from app.window.actions import POINTER_HELP, shortcut_rows
from app.window.dropped import rgb_first
from sessions import Flag
from tracker_core.errors import CKDError

if TYPE_CHECKING:
    from app.window.port import WindowPort

VIDEO_FILTER = "Videos (*.mp4 *.avi *.mkv *.mov *.m4v *.webm *.mpg *.ts);;All files (*)"
SESSION_FILTER = "Sessions (*.h5 *.hdf5)"
MODEL_FILTER = "Checkpoints (*.safetensors *.pth *.tar *.pt);;All files (*)"


class WindowCommands:
    """The verbs of the window."""

    def __init__(self, window: WindowPort) -> None:
        self._window = window
        self._space = window.workspace

    def handlers(self) -> dict[str, Callable[..., object]]:
        """Return the handler of every row of the actions table."""
        playback, document = self._space.playback, self._space.document
        correction = self._space.correction
        return {
            "open_folder": self._choose_folder,
            "open_videos": self._choose_videos,
            "open_session": self._choose_session,
            "open_demo": lambda: self.open_paths((demo_sequence(),)),
            "save": self.save,
            "save_as": self.save_as,
            "close_sequence": self.close_sequence,
            "quit": self._window.widget.close,
            "undo": document.undo,
            "redo": document.redo,
            "new_target": self._new_target,
            "rename_target": self._rename_target,
            "remove_target": correction.remove_target,
            "draw_box": self._choose_drawing,
            "truth_box": self._truth_box,
            "copy_previous": lambda: correction.copy_previous(playback.index),
            "interpolate": lambda: correction.interpolate_around(playback.index),
            "clear_box": lambda: correction.clear(playback.index),
            "flag_absent": lambda on: correction.set_flag(playback.index, Flag.ABSENT, on),
            "flag_occluded": lambda on: correction.set_flag(playback.index, Flag.OCCLUDED, on),
            "flag_truncated": lambda on: correction.set_flag(playback.index, Flag.TRUNCATED, on),
            "lock_modalities": self._space.selection.set_linked,
            **self._view_handlers(),
            "first_frame": playback.first,
            "back_ten": lambda: playback.step(-10),
            "previous_frame": lambda: playback.step(-1),
            "play": playback.toggle,
            "next_frame": lambda: playback.step(1),
            "on_ten": lambda: playback.step(10),
            "last_frame": playback.last,
            "go_to_frame": self._focus_frame_number,
            "next_review": lambda: self._review(1),
            "previous_review": lambda: self._review(-1),
            "track_forward": lambda: self._space.track(playback.count - 1),
            "track_backward": lambda: self._space.track(0),
            "track_one": lambda: self._space.track(min(playback.count - 1, playback.index + 1)),
            "stop": self._stop,
            "pause_below": self._choose_pause,
            "choose_model": self.choose_model,
            "shortcuts": self._show_shortcuts,
            "about": lambda: AboutDialog(self._window.widget).exec(),
        }

    def _view_handlers(self) -> dict[str, Callable[..., object]]:
        return {
            "view_split": lambda: self._panes.set_compare(Compare.SPLIT),
            "view_blend": lambda: self._panes.set_compare(Compare.BLEND),
            "view_swipe": lambda: self._panes.set_compare(Compare.SWIPE),
            "swap_panes": self._swap,
            "zoom_fit": self._fit,
            "zoom_target": self._zoom_target,
            "zoom_in": lambda: self._panes.zoom(1.25),
            "zoom_out": lambda: self._panes.zoom(0.8),
            **{f"show_{overlay.id}": self._overlay_switch(overlay.id) for overlay in OVERLAYS},
            "show_crop": self._show_crop,
            "theme_dark": lambda: self.set_theme("dark"),
            "theme_light": lambda: self.set_theme("light"),
            "theme_system": lambda: self.set_theme("system"),
        }

    @property
    def _panes(self) -> FramePanes:
        return self._window.views.panes

    # --- opening, saving, closing

    def open_paths(self, paths: tuple[Path, ...], relink: tuple[Path, ...] = ()) -> None:
        """Open what the paths name, after asking about unsaved changes."""
        if self.may_discard():
            self._window.status_line.set_activity(f"Opening {paths[0].name}…")
            self._space.files.open(*paths, relink=relink)
            self._window.watch_idle()

    def open_dropped(self, paths: tuple[Path, ...]) -> None:
        """Open one folder, video or session, or two videos or folders."""
        if not paths or len(paths) > 2:
            self._window.show_message(
                "Drop one folder, one session, or an RGB and a thermal video.", "warning"
            )
            return
        try:
            ordered = rgb_first((paths[0], paths[1])) if len(paths) == 2 else paths
        except CKDError as error:
            self._window.show_message(str(error), "warning")
            return
        self.open_paths(ordered)

    def open_recent(self, entry: str) -> None:
        """Open an entry of the recent list, or forget it when it is gone."""
        paths = tuple(Path(part) for part in entry.split("\n"))
        if all(path.exists() for path in paths):
            self.open_paths(paths)
            return
        self._window.settings.values.forget(entry)
        self._window.settings.save()
        self._window.workbench.start_page.set_recent(self._window.settings.values.recent)
        self._window.show_message(f"{paths[0]} is not there any more.", "warning")

    def may_discard(self) -> bool:
        """Return whether the session may be dropped; asks when it has unsaved changes.

        A run under way is stopped first, so that what it tracked counts.
        """
        self._space.tracking.stop()
        self._work_until(lambda: not self._space.tracking.running)
        if self._space.document.clean:
            return True
        if self._window.confirm_discard is not None:
            return self._window.confirm_discard()
        return self._ask_discard()

    def save(self) -> None:
        """Save to the session's file, or ask for one."""
        path = self._space.document.path
        if path is None:
            self.save_as()
        else:
            self._window.save_session(path)

    def save_as(self) -> None:
        """Ask for a file and save there."""
        suggested = str(self._space.files.suggested_path())
        name, _ = QFileDialog.getSaveFileName(
            self._window.widget, "Save session", suggested, SESSION_FILTER
        )
        if name:
            self._window.save_session(name)

    def close_sequence(self) -> None:
        """Go back to the start page."""
        if self.may_discard():
            self._space.files.close()

    def relink(self, session_path: Path) -> None:
        """Ask where the images of a session are now, and open it with them."""
        name = QFileDialog.getExistingDirectory(
            self._window.widget, f"Where are the images of {session_path.name}?"
        )
        if name:
            self.open_paths((session_path,), relink=(Path(name),))

    def _ask_discard(self) -> bool:
        box = QMessageBox(self._window.widget)
        box.setIcon(QMessageBox.Icon.Question)
        box.setWindowTitle("Unsaved changes")
        box.setText("The session has changes that are not saved.")
        box.setInformativeText("Save them first?")
        button = QMessageBox.StandardButton
        box.setStandardButtons(button.Save | button.Discard | button.Cancel)
        box.setDefaultButton(button.Save)
        answer = box.exec()
        if answer == button.Save:
            self.save()
            return self._saved_now()
        return answer == button.Discard

    def _saved_now(self) -> bool:
        """Wait for the save that was just begun; say whether everything is on disk."""
        self._work_until(lambda: not self._space.files.busy)
        return self._space.document.clean

    def _work_until(self, done: Callable[[], bool]) -> None:
        while not done():
            QApplication.processEvents(QEventLoop.ProcessEventsFlag.WaitForMoreEvents, 50)

    def _choose_folder(self) -> None:
        name = QFileDialog.getExistingDirectory(
            self._window.widget, "Open an RGB + thermal sequence"
        )
        if name:
            self.open_paths((Path(name),))

    def _choose_videos(self) -> None:
        rgb, _ = QFileDialog.getOpenFileName(self._window.widget, "RGB video", "", VIDEO_FILTER)
        if not rgb:
            return
        folder = str(Path(rgb).parent)
        tir, _ = QFileDialog.getOpenFileName(
            self._window.widget, "Thermal video", folder, VIDEO_FILTER
        )
        if tir:
            self.open_paths((Path(rgb), Path(tir)))

    def _choose_session(self) -> None:
        name, _ = QFileDialog.getOpenFileName(
            self._window.widget, "Open session", "", SESSION_FILTER
        )
        if name:
            self.open_paths((Path(name),))

    # --- targets and boxes

    def _new_target(self) -> None:
        if self._space.correction.add_target() is not None:
            self.set_drawing(True)

    def _rename_target(self) -> None:
        if self._space.correction.target_id is not None:
            self._window.docks["targets"].show()
            self._window.views.targets.edit_name(self._space.correction.target_id)

    def _choose_drawing(self, on: bool) -> None:
        # Drawing is on from the start while there is no target: B must not turn it off then.
        self.set_drawing(on or self._space.correction.target_id is None)

    def set_drawing(self, on: bool) -> None:
        """Let the next drag in a frame pane draw a box."""
        self._window.actions_by_id["draw_box"].setChecked(on)
        self._panes.set_drawing(on)

    def _truth_box(self) -> None:
        source, index = self._space.source, self._space.playback.index
        truth = None if source is None else source.sequence.ground_truth
        if truth is None or np.isnan(truth.rgb[index]).any():
            self._window.show_message(f"There is no ground truth for frame {index}.", "warning")
            return
        x, y, w, h = (float(value) for value in truth.rgb[index])
        self._window.set_target_box((x, y, w, h))

    # --- looking

    def _swap(self) -> None:
        self._panes.swap()

    def _fit(self) -> None:
        self._panes.viewport.fit()

    def _zoom_target(self) -> None:
        item = self._panes.scene.selected_box
        box = None if item is None else item.rgb or item.tir
        if box is not None:
            self._panes.zoom_to(box)

    def _overlay_switch(self, overlay_id: str) -> Callable[[bool], None]:
        # A function, not a partial: Qt counts the parameters to know what to hand over.
        def switch(on: bool) -> None:
            self._space.selection.show_overlay(overlay_id, on)

        return switch

    def _show_crop(self, on: bool) -> None:
        self._window.workbench.set_crop_wanted(on)
        self._window.presenter.refresh_frame()

    def set_theme(self, name: ThemeName) -> None:
        """Dress the program anew and remember it."""
        app = QApplication.instance()
        if isinstance(app, QApplication):
            apply_theme(app, name)
        self._window.settings.values.theme = name
        self._window.settings.save()

    def set_thermal(self, look: ThermalLook) -> None:
        """Show thermal in other colours and remember it."""
        values = self._window.settings.values
        values.palette = look.palette
        values.low_percentile, values.high_percentile = look.low_percentile, look.high_percentile
        self._window.settings.save()
        self._window.thermal_chooser.show_choice(
            look.palette, look.low_percentile, look.high_percentile
        )
        self._window.presenter.set_look(look)

    def _focus_frame_number(self) -> None:
        self._window.docks["timeline"].show()
        self._window.views.transport.frame.setFocus()
        self._window.views.transport.frame.selectAll()

    def _review(self, direction: int) -> None:
        found = neighbour(self._window.presenter.review, self._window.frame_index, direction)
        if found is None:
            self._window.show_message("There is nothing to review for this target.")
        else:
            self._window.go_to_frame(found)

    def _show_shortcuts(self) -> None:
        ShortcutSheet(shortcut_rows(), POINTER_HELP, self._window.widget).exec()

    # --- tracking

    def _stop(self) -> None:
        if self._panes.cancel():
            return
        if self._space.tracking.running:
            self._space.tracking.stop()
        elif self._window.actions_by_id["draw_box"].isChecked():
            self.set_drawing(False)
        else:
            self._space.playback.pause()

    def _choose_pause(self) -> None:
        values = self._window.settings.values
        limit, chosen = QInputDialog.getDouble(
            self._window.widget,
            "Pause at low scores",
            "Pause tracking when the score falls below (0 never pauses):",
            values.pause_below_score,
            0.0,
            1.0,
            2,
        )
        if chosen:
            values.pause_below_score = limit
            self._window.settings.save()

    def choose_model(self) -> None:
        """Ask for a checkpoint file."""
        name, _ = QFileDialog.getOpenFileName(
            self._window.widget, "Choose a model", "", MODEL_FILTER
        )
        self.set_model(name or self._window.settings.values.model)

    def set_model(self, model: str) -> None:
        """Use a bundled model by name, or a checkpoint file, from the next run on."""
        values = self._window.settings.values
        values.model = model
        self._window.settings.save()
        self._window.model_chooser.show_choice(values.model, values.device)
        self._window.presenter.refresh_frame()

    def set_device(self, device: str) -> None:
        """Compute on another device from the next run on."""
        self._window.settings.values.device = device
        self._window.settings.save()
