"""A run under way, as far as it has come."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, eq=False)
class LiveRows:
    """What the run under way has said so far, for drawing; each (k,), in the order of tracking."""

    frames: NDArray[np.int64]
    score: NDArray[np.float32]
    flagged: NDArray[np.bool_]
    """Tokens of the target itself were removed."""
