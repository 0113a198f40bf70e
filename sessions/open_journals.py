"""Which journals this very program is writing, so that it takes none of them for left behind."""

from __future__ import annotations

from sessions.owner import Owner

_OPEN: set[str] = set()
"""Marks of the owners under which this process writes."""


def opened(owner: Owner) -> None:
    """Note that a journal is being written under this owner."""
    _OPEN.add(owner.mark)


def closed(owner: Owner) -> None:
    """Note that it is not any more."""
    _OPEN.discard(owner.mark)


def is_mine(owner: Owner) -> bool:
    """Tell whether this process is writing the journal of this owner at this moment."""
    # A forked child has a copy of the list, and writes none of them.
    return owner.mark in _OPEN and owner.is_this_process


def is_living(owner: Owner, refreshed: float) -> bool:
    """Tell whether a journal is still being written; `refreshed` is a unix time."""
    # One that was closed here is left behind, although its process lives on.
    return is_mine(owner) if owner.is_this_process else owner.is_alive(refreshed)
