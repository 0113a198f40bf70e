"""Annotation sessions: model, commands, undo, HDF5.

The program changes a session only by commands through a `History`; `save` and `load` keep it in
one HDF5 file.
"""

from sessions.alignment import Alignment
from sessions.changes import Change, ChangeKind
from sessions.commands import (
    AcceptRun,
    AddTarget,
    ClearRange,
    Command,
    ImportBoxes,
    Interpolate,
    Link,
    Modality,
    RecolorTarget,
    RelinkSequence,
    RemoveTarget,
    RenameTarget,
    RestoreFrames,
    RestoreTarget,
    SetAlignment,
    SetAttributes,
    SetBox,
    SetFlags,
    command_from_record,
    command_to_record,
)
from sessions.errors import SessionError, SessionLockedError
from sessions.history import History
from sessions.model import AnnotationSession, Flag, FrameRows, SequenceInfo, Source, Target
from sessions.tracking import ModelInfo, TrackedFrame, TrackingRecord, TrackingRows

__all__ = [
    "AcceptRun",
    "AddTarget",
    "Alignment",
    "AnnotationSession",
    "Change",
    "ChangeKind",
    "ClearRange",
    "Command",
    "Flag",
    "FrameRows",
    "History",
    "ImportBoxes",
    "Interpolate",
    "Link",
    "Modality",
    "ModelInfo",
    "RecolorTarget",
    "RelinkSequence",
    "RemoveTarget",
    "RenameTarget",
    "RestoreFrames",
    "RestoreTarget",
    "SequenceInfo",
    "SessionError",
    "SessionLockedError",
    "SetAlignment",
    "SetAttributes",
    "SetBox",
    "SetFlags",
    "Source",
    "Target",
    "TrackedFrame",
    "TrackingRecord",
    "TrackingRows",
    "command_from_record",
    "command_to_record",
]
