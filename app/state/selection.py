"""What a person has chosen to look at and to act on, as one value; no Qt."""

from __future__ import annotations

from dataclasses import dataclass, fields


@dataclass(frozen=True, slots=True)
class Selection:
    """The choices that many views share; the current frame is the playback's."""

    target_id: str | None = None
    """The target that keys, menus and the explaining views mean."""
    frame_range: tuple[int, int] | None = None
    """First frame and the one past the last; None: the current frame alone."""
    linked: bool = True
    """Whether RGB and thermal boxes move together."""
    overlays: frozenset[str] = frozenset()
    """Ids of what is drawn over the frames."""
    stage: int | None = None
    """Elimination stage shown: 0 before the first, k after the k-th, None for all."""
    block: int | None = None
    """Block whose features are shown, from 0; None for the last."""
    range_from: int | None = None
    """Where a range was begun whose other end follows the current frame; None: it lies still."""

    def differing(self, other: Selection) -> frozenset[str]:
        """Return the names of the fields in which two selections differ."""
        names = (field.name for field in fields(self))
        return frozenset(name for name in names if getattr(self, name) != getattr(other, name))
