"""One thing that a person may do next."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from benchmarks.user.person import Person

Act: TypeAlias = "Callable[[Person], object]"


@dataclass(frozen=True, slots=True)
class Doing:
    """Something that is done so often, beside all others."""

    name: str
    weight: float
    act: Act
    changes: bool = True
    """False where the session is only looked at."""


def with_frames(act: Act) -> Act:
    """Do it only where a sequence is open."""

    def done(person: Person) -> None:
        if person.window.frame_count:
            act(person)

    return done
