"""Which actions may be used now, which are checked, and what they are called."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
from PySide6.QtGui import QKeySequence

from app.look.key_text import native
from app.look.plain_text import plain_title
from app.state.key_words import set_keys
from app.window.actions import ACTIONS, Moment
from app.window.actions.keymap import Keys, key_map
from app.window.actions.moment import NO_FLAGS
from app.window.commands.datasets import meant as meant_rows
from app.window.commands.ranges import meant
from app.window.menus import tip_of
from sessions import AnnotationSession, Flag, Target

if TYPE_CHECKING:
    from PySide6.QtGui import QAction

    from app.window.actions import ActionRow
    from app.window.port import WindowPort


def observe(window: WindowPort) -> Moment:
    """Return what the window is like now."""
    space, panes = window.workspace, window.views.panes
    history, target = space.document.history, space.correction.target
    selection = space.selection.value
    moment = Moment(
        has_sequence=space.source is not None,
        exchangeable=space.source is not None and space.source.sequence.is_exchangeable,
        has_target=target is not None,
        target_visible=target is None or target.visible,
        target_locked=target is not None and target.locked,
        target_place=_place(space.document.session, selection.target_id),
        has_review=bool(space.review.queue.left),
        looking_again=space.second_looks.running,
        exporting=space.exchange.running,
        running=space.tracking.running,
        playing=space.playback.playing,
        drawing=panes.drawing,
        keeps_drawing=panes.drawing and panes.keeps_drawing,
        undo=None if history is None else history.undo_label,
        redo=None if history is None else history.redo_label,
        flags=NO_FLAGS if target is None else _flags(target, meant(window)),
        absent_here=target is not None and _absent(target, window),
        frame_range=selection.frame_range,
        looping=space.playback.looping,
        overlays=selection.overlays,
        compare=panes.compare,
        arrangement=panes.arrangement,
        theme=window.settings.values.known_theme,
        linked=selection.linked,
        crop_wanted=window.workbench.crop_wanted,
        kept_beside=window.views.crop.kept_beside,
        autosave_minutes=window.settings.values.autosave_minutes,
        size_aware=window.settings.values.size_aware,
        replace_boxes=window.settings.values.replace_boxes,
        truth_shown=space.comparing.truth_shown,
        results_shown=space.comparing.results_shown,
        has_results=space.comparing.has_results,
        judged=len(space.comparing.judged),
        read_only=space.document.read_only,
        **_of_dataset(window),
    )
    return _behind_list(moment) if moment.listing else moment


def _behind_list(moment: Moment) -> Moment:
    """Return a moment without what nobody sees: keys in the list must not change it."""
    return replace(
        moment,
        has_sequence=False,
        exchangeable=False,
        has_target=False,
        has_review=False,
        undo=None,
        redo=None,
        frame_range=None,
    )


def _of_dataset(window: WindowPort) -> dict[str, Any]:
    datasets, bench = window.workspace.datasets, window.workbench
    if datasets.dataset is None:
        return {}
    return {
        "has_dataset": True,
        "listing": bench.list_shown,
        "one_listed": bool(meant_rows(window)),
        "one_after": datasets.neighbour(1) is not None,
        "one_before": datasets.neighbour(-1) is not None,
    }


def _flags(target: Target, frames: tuple[int, int]) -> Flag:
    """Return the flags that a target has on all of these frames."""
    return Flag(int(np.bitwise_and.reduce(target.flags[slice(*frames)])))


def _absent(target: Target, window: WindowPort) -> bool:
    return bool(target.flags[window.presenter.shown_index()] & Flag.ABSENT)


def _place(session: AnnotationSession | None, target_id: str | None) -> tuple[int, int]:
    ids = [] if session is None else list(session.targets)
    return (ids.index(target_id) if target_id in ids else 0), len(ids)


class ActionStates:
    """Keeps the actions and the window's title as the moment has it."""

    def __init__(self, window: WindowPort) -> None:
        self._window = window
        self._moment: Moment | None = None
        self._stored: Keys | None = None
        """The shortcuts of the settings that the actions have."""
        self._tips: dict[str, str] = {}

    def refresh(self) -> None:
        """Enable, check and name the actions as the moment has it."""
        stored = self._window.settings.values.shortcuts
        # By identity: whoever changes a key makes another dictionary.
        if stored is not self._stored:
            self._stored = stored
            self._give_keys(stored)
        moment, actions = observe(self._window), self._window.actions_by_id
        # Asked for after each thing that happens, most of which change nothing of all this.
        same, self._moment = moment == self._moment, moment
        for row in ACTIONS:
            # A click has checked an action before anything is done about it.
            if not same or row.checked is not None:
                _show(actions[row.id], row, moment, self._tips[row.id])
        self._refresh_title()

    def _give_keys(self, stored: Keys) -> None:
        keys = key_map(stored).keys
        for row in ACTIONS:
            self._window.actions_by_id[row.id].setShortcuts(list(map(QKeySequence, keys[row.id])))
            self._tips[row.id] = tip_of(row, keys[row.id])
        set_keys(
            {row.id: (native(next(iter(keys[row.id]), "")), row.plain_text) for row in ACTIONS}
        )
        # The tips are shown with the next moment.
        self._moment = None

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
        position = self._window.workspace.datasets.position
        if position is not None:
            file += f" – {position[0] + 1} of {position[1]}"
        # Qt puts its mark of unsaved changes where [*] stands, and nowhere without it.
        widget.setWindowTitle(f"{name}{file}[*] – CKD Studio")
        widget.setWindowModified(not document.clean)


def _show(action: QAction, row: ActionRow, moment: Moment, tip: str) -> None:
    refusal = row.refusal(moment)
    action.setEnabled(not refusal and row.enabled(moment))
    action.setToolTip(refusal or tip)
    if row.checked is not None:
        action.setChecked(row.checked(moment))
    if row.label is not None:
        action.setText(row.label(moment))
