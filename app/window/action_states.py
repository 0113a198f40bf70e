"""Which actions may be used now, which are checked, and what they are called."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.look.plain_text import plain_title
from app.window.actions import ACTIONS, Moment
from app.window.actions.moment import NO_FLAGS
from app.window.menus import tip_of
from sessions import Flag

if TYPE_CHECKING:
    from PySide6.QtGui import QAction

    from app.window.actions import ActionRow
    from app.window.port import WindowPort


def observe(window: WindowPort) -> Moment:
    """Return what the window is like now."""
    space, panes, presenter = window.workspace, window.views.panes, window.presenter
    history, target = space.document.history, space.correction.target
    selection = space.selection.value
    return Moment(
        has_sequence=space.source is not None,
        is_one_video=space.source is not None and space.source.sequence.layout.is_one_video,
        has_target=target is not None,
        has_review=bool(space.review.queue.left),
        looking_again=space.second_looks.running,
        running=space.tracking.running,
        playing=space.playback.playing,
        drawing=panes.drawing,
        dragging=panes.holding,
        undo=None if history is None else history.undo_label,
        redo=None if history is None else history.redo_label,
        # Of the frame whose pictures are on screen: the current one may still be decoding.
        flags=NO_FLAGS if target is None else Flag(int(target.flags[presenter.shown_index()])),
        overlays=selection.overlays,
        compare=panes.compare,
        theme=window.settings.values.known_theme,
        linked=selection.linked,
        crop_wanted=window.workbench.crop_wanted,
        autosave_minutes=window.settings.values.autosave_minutes,
        read_only=space.document.read_only,
    )


class ActionStates:
    """Keeps the actions and the window's title as the moment has it."""

    def __init__(self, window: WindowPort) -> None:
        self._window = window

    def refresh(self) -> None:
        """Enable, check and name the actions as the moment has it."""
        moment, actions = observe(self._window), self._window.actions_by_id
        for row in ACTIONS:
            _show(actions[row.id], row, moment)
        self._refresh_title()

    def _refresh_title(self) -> None:
        document, widget = self._window.workspace.document, self._window.widget
        session = document.session
        if session is None:
            widget.setWindowTitle("CKD Studio")
            widget.setWindowModified(False)
            return
        name = plain_title(session.sequence.name)
        file = f" – {plain_title(document.path.name)}" if document.path else ""
        if document.read_only:
            file += " (looking only)"
        # Qt puts its mark of unsaved changes where [*] stands, and nowhere without it.
        widget.setWindowTitle(f"{name}{file}[*] – CKD Studio")
        widget.setWindowModified(not document.clean)


def _show(action: QAction, row: ActionRow, moment: Moment) -> None:
    refusal = row.refusal(moment)
    action.setEnabled(not refusal and row.enabled(moment))
    action.setToolTip(refusal or tip_of(row))
    if row.checked is not None:
        action.setChecked(row.checked(moment))
    if row.label is not None:
        action.setText(row.label(moment))
