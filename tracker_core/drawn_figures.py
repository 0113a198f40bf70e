"""Figures of matplotlib as bytes."""

from __future__ import annotations

from collections.abc import Mapping
from io import BytesIO
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def drawn(
    figure: Figure, kind: str, dpi: int, metadata: Mapping[str, str | None] | None = None
) -> bytes:
    """Return a figure as `png`, `svg` or `pdf`; `metadata` is that of matplotlib's savefig.

    In memory, for on a full disk matplotlib's writer of PDF fails over its own failure, and hides
    what was wrong.
    """
    stream = BytesIO()
    figure.savefig(stream, format=kind, dpi=dpi, metadata=metadata)
    return stream.getvalue()
