"""One answer of the two that a tracker gives on a frame when it comes from both ends of a gap."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tracker_core.frames import Box
from tracker_core.trackers.protocol import Step

if TYPE_CHECKING:
    from tracker_core.trackers import Result

AGREE = 0.3
"""Two boxes that overlap less are of two things; what lies between them would be of neither."""


LEAST_TRUST = 0.1
"""Of an end that did not arrive at the other box at all: until then it may have been right."""


@dataclass(frozen=True, slots=True)
class Between:
    """Where a frame lies between two boxes set by hand, and how far either end can be trusted."""

    share: float
    """0 at the forward end, 1 at the backward one."""
    line: Box
    """The box on a straight line between the two."""
    forward_arrived: float = 1.0
    """How well what came from the forward end met the other box in the end, as IoU."""
    backward_arrived: float = 1.0


def blended(forward: Result | None, backward: Result, place: Between) -> Result:
    """Return what both say together.

    Either counts by its nearness to the box that it set out from, by its score, by how well it
    met the other box, and by how far it strays from the line. Tokens and score map are those of
    the one that counts more.
    """
    if forward is None:
        return backward
    ahead = (1.0 - place.share) * _trust(forward, place.line, place.forward_arrived)
    behind = place.share * _trust(backward, place.line, place.backward_arrived)
    total = ahead + behind
    # Both may say that they have lost it; then nearness alone is left.
    weight = ahead / total if total > 0 else 1.0 - place.share
    main, other = (forward, backward) if weight >= 0.5 else (backward, forward)
    if overlap(forward.box_xywh, backward.box_xywh) < AGREE:
        return main
    weight = max(weight, 1.0 - weight)
    return Step(
        box_xywh=mixed(main.box_xywh, other.box_xywh, weight),
        score=main.score,
        score_map=main.score_map,
        search_window=main.search_window,
        search_grid=main.search_grid,
        elimination=main.elimination,
        target_tokens_removed=main.target_tokens_removed,
        overlap=main.overlap,
    )


def mixed(one: Box, other: Box, weight: float) -> Box:
    """Return the box between two, `weight` of the first and the rest of the second."""
    x, y, w, h = (weight * a + (1.0 - weight) * b for a, b in zip(one, other, strict=True))
    return x, y, w, h


def overlap(one: Box, other: Box) -> float:
    """Return the IoU of two boxes."""
    width = min(one[0] + one[2], other[0] + other[2]) - max(one[0], other[0])
    height = min(one[1] + one[3], other[1] + other[3]) - max(one[1], other[1])
    both = max(0.0, width) * max(0.0, height)
    union = one[2] * one[3] + other[2] * other[3] - both
    return both / union if union > 0 else 0.0


def _trust(said: Result, line: Box, arrived: float) -> float:
    """Return how much an answer counts, whatever its nearness.

    A score alone says little: who follows something else is often sure of it. Who is lost
    rarely comes back to the box at the other end, and strays far from the line.
    """
    # A tracker that gives no score is trusted alike at both ends.
    score = 1.0 if math.isnan(said.score) else max(0.0, said.score)
    return score**2 * max(LEAST_TRUST, arrived) * (LEAST_TRUST + overlap(said.box_xywh, line))
