"""CKD: model, tracking, training, sequences and evaluation, without a window."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from tracker_core.errors import CKDError
from tracker_core.frames import Box, FramePair

if TYPE_CHECKING:
    from tracker_core.checkpoints.opening import load_checkpoint, load_model, save_checkpoint
    from tracker_core.checkpoints.released_names import load_reference_state
    from tracker_core.ckd.config import ModelConfig, preset
    from tracker_core.ckd.crop import SearchWindow
    from tracker_core.ckd.model.ckd import CKD
    from tracker_core.ckd.model.outputs import CKDOutput
    from tracker_core.ckd.tracker import CKDTracker, TrackerState, TrackResult

_LATE = {
    "CKD": "tracker_core.ckd.model.ckd",
    "CKDOutput": "tracker_core.ckd.model.outputs",
    "CKDTracker": "tracker_core.ckd.tracker",
    "ModelConfig": "tracker_core.ckd.config",
    "SearchWindow": "tracker_core.ckd.crop",
    "TrackResult": "tracker_core.ckd.tracker",
    "TrackerState": "tracker_core.ckd.tracker",
    "load_checkpoint": "tracker_core.checkpoints.opening",
    "load_model": "tracker_core.checkpoints.opening",
    "load_reference_state": "tracker_core.checkpoints.released_names",
    "preset": "tracker_core.ckd.config",
    "save_checkpoint": "tracker_core.checkpoints.opening",
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
