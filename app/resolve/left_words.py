"""What is said of unsaved work that a program left behind; no Qt."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sessions import LeftBehind, Restored


def name_of(left: LeftBehind) -> str:
    """Return what the work is of: the session's file, or the sequence of one that has none."""
    name: str = left.sequence or left.journal.name
    return name if left.session is None else left.session.name


def changes_words(count: int) -> str:
    """Return "1 change" or "12 changes"."""
    return "1 change" if count == 1 else f"{count} changes"


def when_words(when: datetime, now: datetime) -> str:
    """Return "today 14:05", "yesterday 14:05" or "2026-11-03 14:05", of two local times."""
    time = when.strftime("%H:%M")
    if when.date() == now.date():
        return f"today {time}"
    if when.date() == now.date() - timedelta(days=1):
        return f"yesterday {time}"
    return f"{when:%Y-%m-%d} {time}"


def local_time(when: datetime) -> datetime:
    """Return the time as clocks on the wall here have it."""
    # One without a zone is taken for local already.
    return when.astimezone()


def offer_words(left: LeftBehind, now: datetime) -> str:
    """Return the one sentence that offers it."""
    when = when_words(local_time(left.modified), now)
    if not left.changes:
        return f"Unsaved work was left ({when}), but it cannot be restored: {left.problem}"
    were = "was" if left.changes == 1 else "were"
    offer = (
        f"{changes_words(left.changes)} of {name_of(left)} ({when}) {were} not saved when "
        "CKD Studio ended."
    )
    return f"{offer} {left.problem}" if left.problem else offer


def restored_words(left: LeftBehind, restored: Restored) -> str:
    """Return what was brought back, and what of it could not be."""
    them = "it" if restored.applied == 1 else "them"
    text = f"Restored {changes_words(restored.applied)} of {name_of(left)}; save to keep {them}."
    return f"{text} {restored.problem}" if restored.problem else text


def looking_words(left: LeftBehind, now: datetime) -> str:
    """Return why what is only looked at cannot be changed."""
    when = when_words(local_time(left.modified), now)
    return (
        f"This is the unsaved work on {name_of(left)} ({when}), only to look at; restore it to "
        "go on with it."
    )
