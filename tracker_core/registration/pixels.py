"""Two ways to count pixels: from the edge of the first one, as boxes do, or from its middle."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

_HALF = np.array([[1.0, 0.0, 0.5], [0.0, 1.0, 0.5], [0.0, 0.0, 1.0]])
_BACK = np.array([[1.0, 0.0, -0.5], [0.0, 1.0, -0.5], [0.0, 0.0, 1.0]])


def centres(matrix: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return a (3, 3) map of points counted from edges as one between pixel centres."""
    return np.asarray(_BACK @ matrix @ _HALF, np.float64)


def edges(matrix: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return a (3, 3) map between pixel centres as one of points counted from edges."""
    return np.asarray(_HALF @ matrix @ _BACK, np.float64)
