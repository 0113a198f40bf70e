"""Unsaved work that was left behind: offered, restored, looked at, thrown away."""

from __future__ import annotations

from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING

from app.resolve.left_words import (
    changes_words,
    looking_words,
    name_of,
    offer_words,
    restored_words,
)
from app.views.shell.left_list import LeftList
from app.workers.store_requests import RestoreRequest

if TYPE_CHECKING:
    from app.window.port import WindowPort
    from app.workers.store_requests import Opened
    from sessions import LeftBehind


def list_unsaved(window: WindowPort) -> None:
    """List everything that was left unsaved anywhere."""
    window.workspace.recovery.list()
    window.watch_idle()


def offer(window: WindowPort, left: LeftBehind) -> None:
    """Say what was left, and ask what shall become of it."""
    words = offer_words(left, datetime.now().astimezone())
    away = ("Discard", partial(discard, window, left))
    # A journal of which nothing can be read has nothing to be shown.
    ways = (("Restore", partial(restore, window, left)), ("Look", partial(look, window, left)))
    window.show_message(words, "warning", choices=(*ways, away) if left.changes else (away,))


def say_opened(window: WindowPort, opened: Opened) -> None:
    """Say what was restored, or what is only looked at; offer what was left of anything else."""
    restored, request = opened.restored, opened.request
    if restored is None or not isinstance(request, RestoreRequest):
        window.workspace.recovery.offer_of(opened)
    elif request.look:
        window.show_message(
            looking_words(request.left, datetime.now().astimezone()),
            "warning",
            choices=(
                ("Restore", partial(restore, window, request.left)),
                ("Discard", partial(discard, window, request.left)),
            ),
        )
    else:
        words = restored_words(request.left, restored)
        wrong = bool(restored.problem or opened.problem)
        text = f"{words} {opened.problem}" if opened.problem else words
        window.show_message(text, "warning" if wrong else "info")


def say_discarded(window: WindowPort, left: LeftBehind) -> None:
    """Say that what was left is gone."""
    window.show_message(f"Discarded {changes_words(left.changes)} of {name_of(left)}.")


def show_list(window: WindowPort, found: tuple[LeftBehind, ...]) -> None:
    """Offer what was left: one in a sentence, several in a list."""
    if not found:
        window.show_message("There is no unsaved work to recover.")
        return
    if len(found) == 1:
        offer(window, found[0])
        return
    chosen = LeftList(found, window.widget).ask()
    if chosen is not None:
        left, what = chosen
        {"restore": restore, "look": look, "discard": discard}[what](window, left)


def restore(window: WindowPort, left: LeftBehind) -> None:
    """Bring it back as unsaved changes, after asking about those that are open."""
    _open(window, left, look=False)


def look(window: WindowPort, left: LeftBehind) -> None:
    """Show it without changing anything."""
    _open(window, left, look=True)


def discard(window: WindowPort, left: LeftBehind) -> None:
    """Throw it away."""
    window.workspace.recovery.discard(left)
    window.watch_idle()


def _open(window: WindowPort, left: LeftBehind, *, look: bool) -> None:
    window.status_line.set_activity(f"Opening {name_of(left)}…")
    window.workspace.files.restore(left, look=look)
    window.watch_idle()


def say_stayed(window: WindowPort, opened: Opened) -> None:
    """Go on with what is open: its unsaved changes were not to be left."""
    window.status_line.set_activity("")
    if isinstance(opened.request, RestoreRequest):
        # Nothing was decided: it is still there to be decided about.
        offer(window, opened.request.left)
