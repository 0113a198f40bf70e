"""Where the template of a frame was cut; no Qt."""

from __future__ import annotations

import json

from app.resolve.anchors import Anchor
from app.resolve.inspection import USUAL_FACTOR, TemplatePlace
from sessions import ModelInfo


def template_place(
    anchor: Anchor | None, by_hand: bool, made_by: ModelInfo | None
) -> TemplatePlace | None:
    """Return where the template is cut of which an anchor is known."""
    if anchor is None:
        return None
    return TemplatePlace(anchor.frame_index, anchor.box_xywh, by_hand, _factor(made_by))


def _factor(made_by: ModelInfo | None) -> float:
    # Checked to be an object when the session was read; what is in it is the model's own.
    said = {} if made_by is None else json.loads(made_by.config or "{}")
    factor = said.get("template_factor", USUAL_FACTOR)
    sound = isinstance(factor, int | float) and 0.1 <= factor <= 100
    return float(factor) if sound else USUAL_FACTOR
