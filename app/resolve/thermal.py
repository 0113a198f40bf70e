"""Where the thermal box of a tracked frame lies: one rule, for runs under way and accepted ones."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sessions import Alignment, AnnotationSession
from sessions.commands.boxes import carried_along


@dataclass(frozen=True, slots=True, eq=False)
class ThermalPlace:
    """What says where the thermal box of a tracked one lies, as it was when the run began."""

    alignment: Alignment
    pair: NDArray[np.float64] | None = None
    """(2, 4) boxes of the frame the run set out from; None for a run from no frame."""

    @classmethod
    def of(cls, session: AnnotationSession, target_id: str, start: int | None) -> ThermalPlace:
        """Return what a run of a target from frame `start`, if any, goes by."""
        # A copy: the arrays of a session change with every command.
        pair = None if start is None else session.target(target_id).boxes[start].copy()
        return cls(session.alignment, pair)

    def pairs(self, rgb: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return (k, 2, 4) boxes, RGB and thermal, for (k, 4) tracked ones in RGB pixels."""
        return np.stack([rgb, thermal_boxes(self.alignment, self.pair, rgb)], axis=1)


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
