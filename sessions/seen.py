"""What a person has seen of the review queue: marks on events, not on single frames."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from sessions.checks import MAX_FRAMES, as_int, as_line, as_time
from sessions.errors import SessionError
from sessions.records import recordable

MAX_REASON = 200
# One for each frame of an hour of video, though a queue makes one for each event.
MAX_SEEN = 100_000

SeenKey = tuple[int, int, str]


@recordable
@dataclass(frozen=True, slots=True, order=True)
class SeenMark:
    """A person has seen what a review queue said about the frames `first` to `last`."""

    first: int
    last: int
    """The last frame of the event, itself included."""
    reason: str = ""
    """Why the queue named it, such as "low score"; empty = seen whatever the reason."""
    marked_at: float = 0.0
    """Unix time in seconds."""

    def __post_init__(self) -> None:
        first = as_int(self.first, "The first frame of a seen mark", 0, MAX_FRAMES)
        object.__setattr__(self, "first", first)
        last = as_int(self.last, "The last frame of a seen mark", first, MAX_FRAMES)
        object.__setattr__(self, "last", last)
        as_line(self.reason, "The reason of a seen mark", limit=MAX_REASON)
        object.__setattr__(self, "marked_at", as_time(self.marked_at, "The time of a seen mark"))

    @property
    def key(self) -> SeenKey:
        """What makes two marks the same one, whenever they were made."""
        return self.first, self.last, self.reason


def with_marks(
    marks: tuple[SeenMark, ...], add: Iterable[SeenMark], remove: Iterable[SeenKey] = ()
) -> tuple[SeenMark, ...]:
    """Return the marks in order, without some and with others; a mark of the same key is replaced.

    Raises SessionError when they are too many.
    """
    by_key = {mark.key: mark for mark in marks}
    for key in remove:
        by_key.pop(key, None)
    by_key.update({mark.key: mark for mark in add})
    if len(by_key) > MAX_SEEN:
        raise SessionError(f"A target holds at most {MAX_SEEN} seen marks; remove some first.")
    return tuple(sorted(by_key.values()))
