"""The same weights followed by another loop: what a setting of it is worth, window by window."""

from __future__ import annotations

from dataclasses import dataclass, replace

from tracker_core.ckd.config import ModelConfig
from tracker_core.engines.loop_fields import with_loop
from tracker_core.trackers import Result, Tracker, TrackerInfo
from tracker_core.trackers.ckd import CKDSource


@dataclass(frozen=True, slots=True)
class LoopSource:
    """How a worker gets a tracker whose loop is another one than its weights say."""

    source: CKDSource
    text: str
    """As it was typed."""

    @property
    def settings(self) -> dict[str, str]:
        """The tracker's own, and what is changed."""
        return {**self.source.settings, "loop": self.text}

    @property
    def info(self) -> TrackerInfo:
        """The tracker's own, with the other configuration; raises CKDError for what cannot be."""
        info = self.source.info
        own = ModelConfig.from_json(info.config)
        return replace(
            info, name=f"{info.name}, {self.text}", config=with_loop(own, self.text).to_json()
        )

    def make(self) -> Tracker[Result]:
        """Load the tracker; raises CKDError."""
        tracker = self.source.make()
        # Of the network itself no field is changed, so that its weights still fit.
        tracker.model.config = with_loop(tracker.model.config, self.text)
        return tracker
