"""Which tracker a person has chosen; no Qt."""

from __future__ import annotations

from dataclasses import dataclass

CKD = "ckd"
"""The tracker whose weights and device are chosen beside it."""
BUNDLED_WEIGHTS = "tiny"


@dataclass(frozen=True, slots=True)
class TrackerChoice:
    """A tracker as it is typed; two equal ones need loading only once."""

    tracker: str = CKD
    """A name, `name:ARGUMENT` or `module:Class`."""
    model: str = BUNDLED_WEIGHTS
    """CKD's weights, a bundled name or the path of a checkpoint; empty for other trackers."""
    device: str = ""
    """torch device of CKD; empty means the best one available."""

    @classmethod
    def of(cls, tracker: str, model: str, device: str) -> TrackerChoice:
        """Return the choice; weights and device count for CKD only."""
        return cls(tracker, model, device) if tracker == CKD else cls(tracker, "", "")

    @property
    def is_ckd(self) -> bool:
        """Whether it is CKD, with whatever weights."""
        return self.tracker == CKD
