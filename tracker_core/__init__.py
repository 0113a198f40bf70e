"""CKD: model, tracking, training, sequences and evaluation, without a window."""

from tracker_core.errors import CKDError
from tracker_core.frames import Box, FramePair

__all__ = ["Box", "CKDError", "FramePair"]
