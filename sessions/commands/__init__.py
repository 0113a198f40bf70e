"""Everything that may change a session, one class each.

A command is a frozen value: it holds ids and arrays, never objects of the session.
"""

from sessions.commands.aligning import realign
from sessions.commands.base import Command, command_from_record, command_to_record
from sessions.commands.boxes import Interpolate, Link, Modality, SetBox
from sessions.commands.document import RelinkSequence, SetAlignment, SetNotes, SetViewState
from sessions.commands.frames import ClearRange, CopyBoxes, RestoreFrames, SetFlags
from sessions.commands.joining import merge_targets, split_target
from sessions.commands.properties import ReorderTargets, SetTargetProperties
from sessions.commands.runs import AcceptRun, ImportBoxes
from sessions.commands.seen import MarkSeen, RestoreSeen, UnmarkSeen
from sessions.commands.several import Several
from sessions.commands.spans import RestoreFrameAttributes, SetFrameAttribute
from sessions.commands.targets import (
    AddTarget,
    RecolorTarget,
    RemoveTarget,
    RenameTarget,
    RestoreTarget,
    SetAttributes,
)

__all__ = [
    "AcceptRun",
    "AddTarget",
    "ClearRange",
    "Command",
    "CopyBoxes",
    "ImportBoxes",
    "Interpolate",
    "Link",
    "MarkSeen",
    "Modality",
    "RecolorTarget",
    "RelinkSequence",
    "RemoveTarget",
    "RenameTarget",
    "ReorderTargets",
    "RestoreFrameAttributes",
    "RestoreFrames",
    "RestoreSeen",
    "RestoreTarget",
    "SetAlignment",
    "SetAttributes",
    "SetBox",
    "SetFlags",
    "SetFrameAttribute",
    "SetNotes",
    "SetTargetProperties",
    "SetViewState",
    "Several",
    "UnmarkSeen",
    "command_from_record",
    "command_to_record",
    "merge_targets",
    "realign",
    "split_target",
]
