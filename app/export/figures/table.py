"""The table of figures: adding one takes its file, its line here and one in the docs."""

from __future__ import annotations

from app.export.figures.base import FigureKind
from app.export.figures.curves import CURVES
from app.export.figures.features import GAP, MAPS
from app.export.figures.tokens import STAGES, STRIP

KINDS: tuple[FigureKind, ...] = (STRIP, STAGES, MAPS, GAP, CURVES)
"""In the order in which people are shown them."""
