"""Which actions may be used now, which are checked, and what they are called."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sessions import Flag

if TYPE_CHECKING:
    from app.window.port import WindowPort

_FLAGS = {
    "flag_absent": Flag.ABSENT,
    "flag_occluded": Flag.OCCLUDED,
    "flag_truncated": Flag.TRUNCATED,
}
_NEED_SEQUENCE = (
    "save", "save_as", "close_sequence", "new_target", "draw_box", "truth_box", "zoom_fit",
    "zoom_in", "zoom_out", "swap_panes", "view_split", "view_blend", "view_swipe", "first_frame",
    "back_ten", "previous_frame", "play", "next_frame", "on_ten", "last_frame", "go_to_frame",
    "show_tokens", "show_score_map", "show_search_window", "lock_modalities",
)  # fmt: skip
_NEED_TARGET = (
    "rename_target", "remove_target", "copy_previous", "clear_box", "interpolate", "zoom_target",
    *_FLAGS,
)  # fmt: skip
_TRACKING = ("track_forward", "track_backward", "track_one")


class ActionStates:
    """Keeps the actions and the window's title as the moment has it."""

    def __init__(self, window: WindowPort) -> None:
        self._window = window
        self._space = window.workspace

    def refresh(self) -> None:
        """Enable and check the actions as the moment has it."""
        actions, space = self._window.actions_by_id, self._space
        has_sequence = space.source is not None
        has_target = space.correction.target is not None
        running = space.tracking.running
        for name in _NEED_SEQUENCE:
            actions[name].setEnabled(has_sequence)
        for name in _NEED_TARGET:
            actions[name].setEnabled(has_target)
        for name in _TRACKING:
            actions[name].setEnabled(has_target and not running)
        actions["stop"].setEnabled(has_sequence)
        has_review = bool(self._window.presenter.review)
        for name in ("next_review", "previous_review"):
            actions[name].setEnabled(has_review)
        self._refresh_history()
        self.refresh_flags()
        self._refresh_title()

    def refresh_flags(self) -> None:
        """Check the flags that the selected target has on the current frame."""
        target, index = self._space.correction.target, self._window.presenter.shown_index()
        for name, flag in _FLAGS.items():
            on = target is not None and bool(int(target.flags[index]) & flag)
            self._window.actions_by_id[name].setChecked(on)

    def _refresh_history(self) -> None:
        history = self._space.document.history
        actions = self._window.actions_by_id
        for name, word in (("undo", "&Undo"), ("redo", "&Redo")):
            able = history is not None and (
                history.can_undo if name == "undo" else history.can_redo
            )
            label = None if history is None else getattr(history, f"{name}_label")
            actions[name].setEnabled(able)
            actions[name].setText(f"{word} {label[0].lower() + label[1:]}" if label else word)

    def _refresh_title(self) -> None:
        document = self._space.document
        session = document.session
        if session is None:
            self._window.widget.setWindowTitle("CKD Studio")
            self._window.widget.setWindowModified(False)
            return
        name = session.sequence.name
        file = f" – {document.path.name}" if document.path else ""
        self._window.widget.setWindowTitle(f"{name}{file}[*] – CKD Studio")
        self._window.widget.setWindowModified(not document.clean)
