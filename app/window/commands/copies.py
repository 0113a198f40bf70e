"""A session that is only looked at: saying why, and making it a copy that may be changed."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from app.resolve.redraw import Part
from app.window.commands.targets import set_drawing

if TYPE_CHECKING:
    from app.views.shell.message_bar import Choice
    from app.window.port import WindowPort


def copy_choice(window: WindowPort) -> Choice:
    """Return the button that begins a copy."""
    return "Work on a copy", partial(work_on_copy, window)


def work_on_copy(window: WindowPort) -> None:
    """Let the session on show be changed, as one that was never saved."""
    # Its message may still be there when the session has gone.
    if window.workspace.document.read_only:
        window.workspace.files.work_on_copy()


def begin_copy(window: WindowPort) -> None:
    """Say that the session is a copy now, and let a first box be drawn where there is none."""
    session = window.workspace.document.session
    set_drawing(window, session is not None and not session.targets)
    name = window.workspace.files.suggested_path().name
    window.show_message(f"You work on a copy now, which is not saved yet; Save suggests {name}.")


def say_refused(window: WindowPort, text: str) -> None:
    """Say why nothing was changed, with the way out where the session is only looked at."""
    # A name that was typed into the list goes back to the one that is.
    window.presenter.redraw(frozenset({Part.TARGETS}))
    looking = text == window.workspace.document.read_only
    window.show_message(text, "warning", choices=(copy_choice(window),) if looking else ())


def refuse_looking(window: WindowPort) -> bool:
    """Say that what is only looked at is not saved; return whether that is so."""
    why = window.workspace.document.read_only
    if why:
        say_refused(window, why)
    return bool(why)
