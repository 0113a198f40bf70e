"""Which tracker a person has chosen; no Qt."""

from __future__ import annotations

from dataclasses import dataclass

CKD = "ckd"
"""The tracker whose weights and device are chosen beside it."""
BUNDLED_WEIGHTS = "tiny"
EAGER, AUTO = "eager", "auto"


@dataclass(frozen=True, slots=True)
class TrackerChoice:
    """A tracker as it is typed; two equal ones need loading only once."""

    tracker: str = CKD
    """A name, `name:ARGUMENT` or `module:Class`."""
    model: str = BUNDLED_WEIGHTS
    """CKD's weights, a bundled name or the path of a checkpoint; empty for other trackers."""
    device: str = ""
    """torch device of CKD; empty means the best one available."""
    engine: str = EAGER
    """What computes CKD, by its name in the table of engines, or `auto`."""
    untrained: bool = False
    """Whether a person has allowed these weights although they were not trained to track."""

    @classmethod
    def of(
        cls,
        tracker: str,
        model: str,
        device: str,
        engine: str = EAGER,
        *,
        untrained: bool = False,
    ) -> TrackerChoice:
        """Return the choice; weights, device and engine count for CKD only."""
        if tracker != CKD:
            return cls(tracker, "", "")
        return cls(tracker, model, device, engine, untrained)

    @property
    def is_ckd(self) -> bool:
        """Whether it is CKD, with whatever weights."""
        return self.tracker == CKD
