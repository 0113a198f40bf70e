"""What the numbers of pairs may be; those that are not named here are shares, from 0 to 1.

docs/training.md says them, too.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from typing import TYPE_CHECKING

from tracker_core.bounds import SHARE, Bounds, check_bounds

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

_CROPS: Mapping[str, Bounds] = {
    # As large as those of a network; smaller ones show nothing.
    "template_size": Bounds(16, 2048),
    "search_size": Bounds(16, 2048),
    "template_factor": Bounds(0, 64, above=True),
    "search_factor": Bounds(0, 64, above=True),
}
_JITTER = Bounds(0, 10)
_JITTERS: Mapping[str, Bounds] = {
    "centre_jitter": _JITTER,
    "scale_jitter": _JITTER,
    "template_jitter": _JITTER,
}
_TARGET = Bounds(0, 4096, above=True)

PICTURE_PAIRS: Mapping[str, Bounds] = {
    **_CROPS,
    **_JITTERS,
    "smallest_target": _TARGET,
    "largest_target": _TARGET,
    "misalignment": _JITTER,
}
"""Of `PairConfig`."""
SEQUENCE_PAIRS: Mapping[str, Bounds] = {
    **_CROPS,
    "largest_gap": Bounds(1, 1_000_000),
    "smallest_box": Bounds(0, 10_000, above=True),
    **_JITTERS,
}
"""Of `SequencePairConfig`."""


def check_numbers(config: DataclassInstance, bounds: Mapping[str, Bounds]) -> None:
    """Refuse with a CKDError a field that is not within its bounds; a share, where it has none."""
    check_bounds(config, {each.name: bounds.get(each.name, SHARE) for each in fields(config)})
