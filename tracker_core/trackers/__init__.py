"""Trackers by name: what each takes, answers and can show; CKD is one of them."""

from tracker_core.trackers.protocol import (
    Capabilities,
    Result,
    Step,
    Tracker,
    TrackerInfo,
    TrackerSource,
    capabilities_of,
)
from tracker_core.trackers.registry import (
    TrackerEntry,
    open_tracker,
    tracker_entry,
    tracker_source,
    trackers,
)

__all__ = [
    "Capabilities",
    "Result",
    "Step",
    "Tracker",
    "TrackerEntry",
    "TrackerInfo",
    "TrackerSource",
    "capabilities_of",
    "open_tracker",
    "tracker_entry",
    "tracker_source",
    "trackers",
]
