"""How many threads a network is worth on the CPU."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from torch import nn

# Far from both networks that there are: `tiny` has 2 million, `base` 184.
SMALL = 10_000_000
"""Parameters below which one thread is fastest."""


def is_small(model: nn.Module) -> bool:
    """Whether one thread is fastest.

    The layers of a small network last microseconds, and after each of them its threads wait for
    each other. Beside anything else that runs, `tiny` was a hundred times slower on two threads.
    """
    return sum(weight.numel() for weight in model.parameters()) < SMALL


def threads_for(model: nn.Module) -> int:
    """How many threads a network is worth: one for a small one, else what torch takes by itself."""
    import torch

    return 1 if is_small(model) else torch.get_num_threads()


def share_threads(trackers: int) -> None:
    """Let so many trackers, which this process runs at once, share torch's threads."""
    import torch

    torch.set_num_threads(max(1, _usual() // max(1, trackers)))


@cache
def _usual() -> int:
    import torch

    # Once: a share of a share would be less with every call.
    return torch.get_num_threads()


@contextmanager
def torch_threads(count: int | None) -> Iterator[None]:
    """Let torch compute on so many threads inside, and as before outside; None changes nothing.

    Whoever uses a tracker in a program of their own has set torch's threads for other work, or not
    thought of them.
    """
    import torch

    before = torch.get_num_threads()
    # All of it lasts less than a microsecond.
    torch.set_num_threads(before if count is None else count)
    try:
        yield
    finally:
        torch.set_num_threads(before)
