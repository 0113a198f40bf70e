"""One answer of the two that a tracker gives on a frame when it comes from both ends of a gap."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from tracker_core.frames import Box
from tracker_core.trackers.protocol import Step

if TYPE_CHECKING:
    from tracker_core.trackers import Result

AGREE = 0.3
"""Two boxes that overlap less are of two things; what lies between them would be of neither."""


def blended(forward: Result | None, backward: Result, share: float) -> Result:
    """Return what both say together; `share` is 0 at the forward end and 1 at the backward one.

    Either counts by its nearness to the box that it set out from, and by its score. Tokens and
    score map are those of the one that counts more.
    """
    if forward is None:
        return backward
    ahead = (1.0 - share) * _trust(forward.score)
    behind = share * _trust(backward.score)
    total = ahead + behind
    # Both may say that they have lost it; then nearness alone is left.
    weight = ahead / total if total > 0 else 1.0 - share
    main, other = (forward, backward) if weight >= 0.5 else (backward, forward)
    if overlap(forward.box_xywh, backward.box_xywh) < AGREE:
        return main
    weight = max(weight, 1.0 - weight)
    box = tuple(
        weight * own + (1.0 - weight) * its
        for own, its in zip(main.box_xywh, other.box_xywh, strict=True)
    )
    x, y, w, h = box
    return Step(
        box_xywh=(x, y, w, h),
        score=main.score,
        score_map=main.score_map,
        search_window=main.search_window,
        search_grid=main.search_grid,
        elimination=main.elimination,
        target_tokens_removed=main.target_tokens_removed,
    )


def overlap(one: Box, other: Box) -> float:
    """Return the IoU of two boxes."""
    width = min(one[0] + one[2], other[0] + other[2]) - max(one[0], other[0])
    height = min(one[1] + one[3], other[1] + other[3]) - max(one[1], other[1])
    both = max(0.0, width) * max(0.0, height)
    union = one[2] * one[3] + other[2] * other[3] - both
    return both / union if union > 0 else 0.0


def _trust(score: float) -> float:
    """Return how much a score counts; a tracker that gives none is trusted alike at both ends."""
    # Squared: a score is not a chance, and a low one says that the target is lost.
    return 1.0 if math.isnan(score) else max(0.0, score) ** 2
