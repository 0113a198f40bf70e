"""Where the thermal box of a tracked frame lies: one rule, for runs under way and accepted ones."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sessions import Alignment
from sessions.commands.boxes import carried_along


def thermal_boxes(
    alignment: Alignment, start_pair: NDArray[np.float64] | None, rgb: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return (k, 4) boxes in thermal pixels for (k, 4) tracked ones in RGB pixels.

    A tracker finds one box. The thermal one keeps the offset it has in `start_pair`, the (2, 4)
    boxes of the frame the run set out from; without a whole pair the alignment alone places it.
    """
    if start_pair is not None and not np.isnan(start_pair).any():
        return carried_along(alignment, start_pair, rgb)
    return alignment.boxes_to_tir(rgb)
