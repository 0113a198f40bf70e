"""Unsaved work that was left behind: offered, restored, looked at, thrown away."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from app.resolve.left_words import name_of, offer_words
from app.views.shell.left_list import LeftList
from app.window.commands.files import may_discard

if TYPE_CHECKING:
    from app.window.port import WindowPort
    from sessions import LeftBehind


def list_unsaved(window: WindowPort) -> None:
    """List everything that was left unsaved anywhere."""
    window.workspace.recovery.list()
    window.watch_idle()


def offer(window: WindowPort, left: LeftBehind) -> None:
    """Say what was left, and ask what shall become of it."""
    words = offer_words(left, datetime.now().astimezone())
    window.show_message(
        words,
        "warning",
        choices=(
            ("Restore", lambda: restore(window, left)),
            ("Look", lambda: look(window, left)),
            ("Discard", lambda: discard(window, left)),
        ),
    )


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
    if may_discard(window):
        window.status_line.set_activity(f"Opening {name_of(left)}…")
        window.workspace.files.restore(left, look=look)
        window.watch_idle()
    else:
        # Nothing was decided: it is still there to be decided about.
        offer(window, left)
