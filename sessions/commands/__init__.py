"""Everything that may change a session, one class each.

A command is a frozen value: it holds ids and arrays, never objects of the session.
"""

from sessions.commands.base import Command, command_from_record, command_to_record
from sessions.commands.boxes import Interpolate, Link, Modality, SetBox
from sessions.commands.document import RelinkSequence, SetAlignment
from sessions.commands.frames import ClearRange, RestoreFrames, SetFlags
from sessions.commands.runs import AcceptRun, ImportBoxes
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
    "ImportBoxes",
    "Interpolate",
    "Link",
    "Modality",
    "RecolorTarget",
    "RelinkSequence",
    "RemoveTarget",
    "RenameTarget",
    "RestoreFrames",
    "RestoreTarget",
    "SetAlignment",
    "SetAttributes",
    "SetBox",
    "SetFlags",
    "command_from_record",
    "command_to_record",
]
