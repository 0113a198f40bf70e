"""What numbers of a configuration may be: one place that refuses the others and says the bounds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from safe_files import printable
from tracker_core.errors import CKDError

LARGEST_SEED = (1 << 63) - 1
"""What torch takes as a seed."""


@dataclass(frozen=True, slots=True)
class Bounds:
    """The least and the most that a number may be."""

    least: float
    most: float
    above: bool = False
    """True: the least itself is refused."""
    below: bool = False
    """True: the most itself is refused."""

    def __contains__(self, value: float) -> bool:
        """Whether a number is within; what is no number, NaN, is not."""
        high = value > self.least if self.above else value >= self.least
        return high and (value < self.most if self.below else value <= self.most)

    def __str__(self) -> str:
        """The bounds in words that fit after "must be "."""
        if not self.above and not self.below:
            return f"from {_shown(self.least)} to {_shown(self.most)}"
        low = f"{'above' if self.above else 'at least'} {_shown(self.least)}"
        return f"{low} and {'below' if self.below else 'at most'} {_shown(self.most)}"


def _shown(number: float) -> str:
    # Whole ones in full: 1e+08 is read more slowly than it is written.
    return f"{int(number):,}" if number == int(number) else f"{number:g}"


SHARE = Bounds(0, 1)
"""A probability, or a part of something."""


def check_bounds(config: object, bounds: Mapping[str, Bounds], owner: str = "") -> None:
    """Refuse with a CKDError a field of a configuration that is not within its bounds."""
    for name, allowed in bounds.items():
        value = getattr(config, name)
        if value not in allowed:
            said = printable(repr(value), 60)
            raise CKDError(f"{owner}{name} is {said} but must be {allowed}.")
