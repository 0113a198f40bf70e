"""How many threads a network is worth on the CPU."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from torch import nn

# Far from both networks that there are: `tiny` has 2 million, `base` 184.
SMALL = 10_000_000
"""Parameters below which one thread is fastest."""


def use_fitting_threads(model: nn.Module) -> None:
    """Give a small network one thread, a large one as many as torch takes by itself.

    The layers of a small network last microseconds, and after each of them its threads wait for
    each other. Beside anything else that runs, `tiny` was a hundred times slower on two threads.
    """
    import torch

    # Before anything is set, or a large network after a small one would get one thread, too.
    usual = _usual_threads()
    small = sum(weight.numel() for weight in model.parameters()) < SMALL
    torch.set_num_threads(1 if small else usual)


@cache
def _usual_threads() -> int:
    """What torch took before anybody changed it."""
    import torch

    return torch.get_num_threads()
