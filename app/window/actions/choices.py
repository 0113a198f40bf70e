"""Rows of the menus within menus: one of several ways is chosen."""

from __future__ import annotations

from functools import partial

from app.views.frame.pane_split import Arrangement
from app.window.actions.ids import Id
from app.window.actions.row import ActionRow, choice
from app.window.commands import files, looking


def _autosave(minutes: int, id_: Id, text: str, tip: str) -> ActionRow:
    return choice(
        "autosave", id_, text, tip, run=partial(files.set_autosave, minutes=minutes),
        checked=lambda moment: moment.autosave_minutes == minutes,
    )  # fmt: skip


def _arrangement(arrangement: Arrangement, id_: Id, text: str, tip: str) -> ActionRow:
    return choice(
        "arrangement", id_, text, tip,
        run=partial(looking.set_arrangement, arrangement=arrangement),
        checked=lambda moment: moment.arrangement is arrangement,
    )  # fmt: skip


ARRANGEMENT: tuple[ActionRow, ...] = (
    _arrangement(Arrangement.AUTOMATIC, Id.PANES_AUTOMATIC, "&Automatic",
                 "Whichever way shows the frames larger."),
    _arrangement(Arrangement.BESIDE, Id.PANES_BESIDE, "&Side by side",
                 "RGB and thermal beside each other."),
    _arrangement(Arrangement.ABOVE, Id.PANES_ABOVE, "&One above the other",
                 "RGB above thermal."),
)  # fmt: skip

AUTOSAVE: tuple[ActionRow, ...] = (
    _autosave(0, Id.AUTOSAVE_OFF, "&Off", "Save only when asked to."),
    _autosave(1, Id.AUTOSAVE_1, "Every &minute", "Save a session that has a file every minute."),
    _autosave(5, Id.AUTOSAVE_5, "Every &5 minutes", "Save a session with a file every 5 minutes."),
    _autosave(10, Id.AUTOSAVE_10, "Every 1&0 minutes",
              "Save a session with a file every 10 minutes."),
)  # fmt: skip
