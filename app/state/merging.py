"""One setting that two programs may have changed: what the file should hold then."""

from __future__ import annotations

from typing import Any


def merged(known: Any, mine: Any, theirs: Any, *, most: int | None) -> Any:  # noqa: ANN401 - JSON
    """Return `mine` with what somebody else has changed in `theirs` since it was `known`.

    Of a dictionary each entry is somebody's, of a list of at `most` so many, the newest first, each
    addition; anything else is a whole, and the last one to change it has it.
    """
    if isinstance(mine, dict) and isinstance(theirs, dict) and isinstance(known, dict):
        gone = set(known) - set(mine)
        changed = {key: value for key, value in mine.items() if known.get(key) != value}
        return {key: value for key, value in theirs.items() if key not in gone} | changed
    if most is not None and isinstance(theirs, list):
        return _newest_first(known, mine, theirs)[:most]
    return mine


def _newest_first(known: list[str], mine: list[str], theirs: list[str]) -> list[str]:
    # What was moved to the front counts as added.
    added = [each for each in mine if each not in known or (each == mine[0] != known[0])]
    gone = set(known) - set(mine)
    # The file may have been written by hand.
    texts = [each for each in theirs if isinstance(each, str)]
    others = [each for each in texts if each not in gone and each not in added]
    return [*added, *others]
