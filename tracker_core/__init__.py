"""CKD: model, tracking, training, sequences and evaluation, without a window."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from tracker_core.errors import CKDError
from tracker_core.frames import Box, FramePair

if TYPE_CHECKING:
    from tracker_core.checkpoint import load_checkpoint, load_model, save_checkpoint
    from tracker_core.config import ModelConfig, preset
    from tracker_core.crop import SearchWindow
    from tracker_core.model.ckd import CKD
    from tracker_core.model.outputs import CKDOutput
    from tracker_core.reference_names import load_reference_state
    from tracker_core.tracker import CKDTracker, TrackerState, TrackResult

_LATE = {
    "CKD": "tracker_core.model.ckd",
    "CKDOutput": "tracker_core.model.outputs",
    "CKDTracker": "tracker_core.tracker",
    "ModelConfig": "tracker_core.config",
    "SearchWindow": "tracker_core.crop",
    "TrackResult": "tracker_core.tracker",
    "TrackerState": "tracker_core.tracker",
    "load_checkpoint": "tracker_core.checkpoint",
    "load_model": "tracker_core.checkpoint",
    "load_reference_state": "tracker_core.reference_names",
    "preset": "tracker_core.config",
    "save_checkpoint": "tracker_core.checkpoint",
}
"""Names that are imported when first used, so that showing a frame never waits for torch."""

__all__ = [
    "CKD",
    "Box",
    "CKDError",
    "CKDOutput",
    "CKDTracker",
    "FramePair",
    "ModelConfig",
    "SearchWindow",
    "TrackResult",
    "TrackerState",
    "load_checkpoint",
    "load_model",
    "load_reference_state",
    "preset",
    "save_checkpoint",
]


def __getattr__(name: str) -> Any:  # noqa: ANN401 - a module attribute may be anything
    if name in _LATE:
        return getattr(import_module(_LATE[name]), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
