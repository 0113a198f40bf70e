"""The table of drawn forms: adding one takes its file, its line here and one in the docs."""

from __future__ import annotations

from app.export.base import DrawnForm
from app.export.curves import CURVES
from app.export.film import FILM

FORMS: tuple[DrawnForm, ...] = (*CURVES, FILM)
"""In the order in which people are shown them."""

FORMER = {"film": "video"}
"""Words of before, and what they are called now."""
