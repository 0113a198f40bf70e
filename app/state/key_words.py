"""Sentences that name keys: those that the actions have now, since a person may change them."""

from __future__ import annotations

import re
from collections.abc import Mapping

_NAMED = re.compile(r"\{(press )?(\w+):([^}]*)\}")
_now: dict[str, tuple[str, str]] = {}
"""Id of an action -> its key, as this system writes it, and what it is called."""


def set_keys(now: Mapping[str, tuple[str, str]]) -> None:
    """Let sentences name these keys from now on: id of an action -> key or nothing, and name."""
    _now.clear()
    _now.update(now)


def with_keys(sentence: str) -> str:
    """Return "Then press T." for "Then {press track_forward:T}.", whatever the key is now.

    Where an action has no key, a person is told to choose it; where there are no actions, as in a
    test, the key behind the colon is meant.
    """

    def words(found: re.Match[str]) -> str:
        press, action, usual = found.groups(default="")
        key, name = _now.get(action, (usual, ""))
        return f"{press}{key}" if key else f'choose "{name}"'

    return _NAMED.sub(words, sentence)
