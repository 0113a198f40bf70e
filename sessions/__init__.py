"""Annotation sessions: model, commands, undo, HDF5.

The program changes a session only by commands through a `History`; `save` and `load` keep it in
one HDF5 file.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from sessions.alignment import Alignment, AlignmentKind, PointPair
from sessions.alignment_file import read_alignment, turned_round, with_residuals, write_alignment
from sessions.changes import Change, ChangeKind
from sessions.commands import (
    AcceptRun,
    AddTarget,
    ClearRange,
    Command,
    CopyBoxes,
    ImportBoxes,
    Interpolate,
    Link,
    MarkSeen,
    Modality,
    RecolorTarget,
    RelinkSequence,
    RemoveTarget,
    RenameTarget,
    ReorderTargets,
    RestoreFrameAttributes,
    RestoreFrames,
    RestoreSeen,
    RestoreTarget,
    SetAlignment,
    SetAttributes,
    SetBox,
    SetFlags,
    SetFrameAttribute,
    SetNotes,
    SetTargetProperties,
    SetViewState,
    Several,
    UnmarkSeen,
    command_from_record,
    command_to_record,
    merge_targets,
    realign,
    split_target,
)
from sessions.damage_report import damage_words, damaged_frames
from sessions.errors import (
    DamagedFrameError,
    FileChangedError,
    FileTakenError,
    SessionError,
    SessionLockedError,
)
from sessions.history import History
from sessions.model import AnnotationSession, Flag, FrameRows, SequenceInfo, Source, Target
from sessions.paths import PathReport, fingerprint_files, relink, resolve_paths
from sessions.seen import SeenMark
from sessions.snapshot import snapshot
from sessions.spans import AttributeSpan, Spans, attributes_at
from sessions.tracked import ModelInfo, TrackedFrame, TrackingRows
from sessions.tracked_blocks import TrackedBlocks
from sessions.tracking import TrackingRecord
from sessions.view import ViewState

if TYPE_CHECKING:
    from sessions.exports.base import ExportChoice, ExportForm
    from sessions.exports.coco import coco_text
    from sessions.exports.csv_table import csv_text
    from sessions.exports.mot import mot_text
    from sessions.exports.result import result_text
    from sessions.exports.table import EXPORTS
    from sessions.exports.truth import TruthForm, ground_truth_files
    from sessions.exports.writing import export_session, find_target, write_files
    from sessions.held import HeldFile
    from sessions.imports.boxes import RowForm, import_boxes, parse_boxes, read_boxes
    from sessions.imports.table import IMPORTS, ImportForm
    from sessions.journal import Journal
    from sessions.journal_read import JournalContents, read_journal
    from sessions.journal_runs import RunJournal
    from sessions.leftovers import (
        LeftBehind,
        Restored,
        discard,
        left_behind,
        left_behind_by,
        restore,
        resume,
    )
    from sessions.lock import SessionLock
    from sessions.places import journal_path, state_folder
    from sessions.replaying import Recovery, replay
    from sessions.store import (
        EncodedSession,
        encode_session,
        load,
        load_known,
        mark_written,
        save,
        write_encoded,
    )

_LATE = {
    "EXPORTS": "sessions.exports.table",
    "EncodedSession": "sessions.store",
    "ExportChoice": "sessions.exports.base",
    "ExportForm": "sessions.exports.base",
    "HeldFile": "sessions.held",
    "IMPORTS": "sessions.imports.table",
    "ImportForm": "sessions.imports.table",
    "Journal": "sessions.journal",
    "JournalContents": "sessions.journal_read",
    "LeftBehind": "sessions.leftovers",
    "Recovery": "sessions.replaying",
    "Restored": "sessions.leftovers",
    "RowForm": "sessions.imports.boxes",
    "RunJournal": "sessions.journal_runs",
    "SessionLock": "sessions.lock",
    "TruthForm": "sessions.exports.truth",
    "coco_text": "sessions.exports.coco",
    "csv_text": "sessions.exports.csv_table",
    "discard": "sessions.leftovers",
    "encode_session": "sessions.store",
    "export_session": "sessions.exports.writing",
    "find_target": "sessions.exports.writing",
    "ground_truth_files": "sessions.exports.truth",
    "import_boxes": "sessions.imports.boxes",
    "journal_path": "sessions.places",
    "left_behind": "sessions.leftovers",
    "left_behind_by": "sessions.leftovers",
    "load": "sessions.store",
    "load_known": "sessions.store",
    "mark_written": "sessions.store",
    "mot_text": "sessions.exports.mot",
    "parse_boxes": "sessions.imports.boxes",
    "read_boxes": "sessions.imports.boxes",
    "read_journal": "sessions.journal_read",
    "replay": "sessions.replaying",
    "restore": "sessions.leftovers",
    "result_text": "sessions.exports.result",
    "resume": "sessions.leftovers",
    "save": "sessions.store",
    "state_folder": "sessions.places",
    "write_encoded": "sessions.store",
    "write_files": "sessions.exports.writing",
}
"""Names that are imported when first used: HDF5 and the forms of export take a tenth of a second
that the window, which needs neither before it is on screen, would start later."""

__all__ = [
    "EXPORTS",
    "IMPORTS",
    "AcceptRun",
    "AddTarget",
    "Alignment",
    "AlignmentKind",
    "AnnotationSession",
    "AttributeSpan",
    "Change",
    "ChangeKind",
    "ClearRange",
    "Command",
    "CopyBoxes",
    "DamagedFrameError",
    "EncodedSession",
    "ExportChoice",
    "ExportForm",
    "FileChangedError",
    "FileTakenError",
    "Flag",
    "FrameRows",
    "HeldFile",
    "History",
    "ImportBoxes",
    "ImportForm",
    "Interpolate",
    "Journal",
    "JournalContents",
    "LeftBehind",
    "Link",
    "MarkSeen",
    "Modality",
    "ModelInfo",
    "PathReport",
    "PointPair",
    "RecolorTarget",
    "Recovery",
    "RelinkSequence",
    "RemoveTarget",
    "RenameTarget",
    "ReorderTargets",
    "RestoreFrameAttributes",
    "RestoreFrames",
    "RestoreSeen",
    "RestoreTarget",
    "Restored",
    "RowForm",
    "RunJournal",
    "SeenMark",
    "SequenceInfo",
    "SessionError",
    "SessionLock",
    "SessionLockedError",
    "SetAlignment",
    "SetAttributes",
    "SetBox",
    "SetFlags",
    "SetFrameAttribute",
    "SetNotes",
    "SetTargetProperties",
    "SetViewState",
    "Several",
    "Source",
    "Spans",
    "Target",
    "TrackedBlocks",
    "TrackedFrame",
    "TrackingRecord",
    "TrackingRows",
    "TruthForm",
    "UnmarkSeen",
    "ViewState",
    "attributes_at",
    "coco_text",
    "command_from_record",
    "command_to_record",
    "csv_text",
    "damage_words",
    "damaged_frames",
    "discard",
    "encode_session",
    "export_session",
    "find_target",
    "fingerprint_files",
    "ground_truth_files",
    "import_boxes",
    "journal_path",
    "left_behind",
    "left_behind_by",
    "load",
    "load_known",
    "mark_written",
    "merge_targets",
    "mot_text",
    "parse_boxes",
    "read_alignment",
    "read_boxes",
    "read_journal",
    "realign",
    "relink",
    "replay",
    "resolve_paths",
    "restore",
    "result_text",
    "resume",
    "save",
    "snapshot",
    "split_target",
    "state_folder",
    "turned_round",
    "with_residuals",
    "write_alignment",
    "write_encoded",
    "write_files",
]


def __getattr__(name: str) -> Any:  # noqa: ANN401 - a module attribute may be anything
    if name in _LATE:
        return getattr(import_module(_LATE[name]), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
