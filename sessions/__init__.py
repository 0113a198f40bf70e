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
from sessions.lock import SessionLock
from sessions.model import AnnotationSession, Flag, FrameRows, SequenceInfo, Source, Target
from sessions.paths import PathReport, fingerprint_files, relink, resolve_paths
from sessions.store import (
    EncodedSession,
    encode_session,
    load,
    mark_written,
    save,
    write_encoded,
)
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
    "EncodedSession",
    "Flag",
    "FrameRows",
    "History",
    "ImportBoxes",
    "Interpolate",
    "Link",
    "Modality",
    "ModelInfo",
    "PathReport",
    "RecolorTarget",
    "RelinkSequence",
    "RemoveTarget",
    "RenameTarget",
    "RestoreFrames",
    "RestoreTarget",
    "SequenceInfo",
    "SessionError",
    "SessionLock",
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
    "encode_session",
    "fingerprint_files",
    "load",
    "mark_written",
    "relink",
    "resolve_paths",
    "save",
    "write_encoded",
]
