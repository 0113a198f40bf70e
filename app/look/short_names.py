"""Names cut to a width so that different ones still look different; no Qt."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import ceil

SHARES = (0.0, 0.5, 1.0)
"""How much of what is kept comes from the end of a name, tried in this order."""


def short_names(
    names: Sequence[str], width: float, measure: Callable[[str], float]
) -> tuple[str, ...]:
    """Return the names as they fit into `width`, whose units are those of `measure`.

    Cut behind, as readers expect, unless two different names would then look the same.
    """
    different, best = len(set(names)), tuple(names)
    most = 0
    for share in SHARES:
        cut = {name: _shortened(name, width, measure, share) for name in names}
        if len(set(cut.values())) > most:
            most, best = len(set(cut.values())), tuple(cut[name] for name in names)
        if most == different:
            break
    return best


def _shortened(name: str, width: float, measure: Callable[[str], float], share: float) -> str:
    if measure(name) <= width:
        return name
    low, high, found = 0, len(name) - 1, "…"
    # Halved: the width only grows with what is kept.
    while low <= high:
        kept = (low + high) // 2
        behind = int(kept * share)
        front = name[: ceil(kept - behind)].rstrip()
        text = f"{front}…{name[len(name) - behind :].lstrip() if behind else ''}"
        if measure(text) <= width:
            found, low = text, kept + 1
        else:
            high = kept - 1
    return found
