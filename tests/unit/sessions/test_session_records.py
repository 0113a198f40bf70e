from __future__ import annotations

import base64
import json
import zlib
from typing import Any

import numpy as np
import pytest

from sessions import (
    AcceptRun,
    AddTarget,
    Alignment,
    ClearRange,
    Command,
    Flag,
    History,
    ImportBoxes,
    Interpolate,
    RecolorTarget,
    RelinkSequence,
    RemoveTarget,
    RenameTarget,
    SessionError,
    SetAlignment,
    SetAttributes,
    SetBox,
    SetFlags,
    command_from_record,
    command_to_record,
)
from sessions.records import decode, encode
from tests.unit.sessions.building import full, info, run, state

COMMANDS: list[Command] = [
    AddTarget("9", "dog ∂", 3, {"a": "b"}),
    RemoveTarget("1"),
    RenameTarget("1", "läufer"),
    RecolorTarget("1", 9),
    SetAttributes("1", {"ö": "ü"}),
    SetBox("1", 5, [[1, 2, 3, 4.1], [np.nan] * 4], nudge=True, edited_at=0.1 + 0.2),  # type: ignore[arg-type]
    SetFlags("1", np.array([3, 1]), Flag.ABSENT, Flag.OCCLUDED, 5.5),
    ClearRange("1", 2, 9, keep_manual=True, edited_at=3.0),
    Interpolate("1", 0, 20, 7.25),
    run("1", [5, 4, 3]),
    AcceptRun("1", np.array([1]), np.ones((1, 4)), np.array([0.25]), None, 1.5),
    ImportBoxes("1", np.array([1, 2]), np.ones((2, 4)), np.array([True, False]), 1.5),
    SetAlignment(Alignment(-7, (1.1, 0, 3, 0, 1, 0.5, 1e-4, 0, 1))),
    RelinkSequence(info(rgb_paths=("/ä/\udcff.jpg",))),
]


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: type(command).__name__)
def test_a_command_and_its_inverse_do_the_same_after_json(command: Command) -> None:
    direct, replayed = full(), full()
    inverse = command.inverse(direct)
    command.apply(direct)
    copy = command_from_record(json.loads(json.dumps(command_to_record(command))))
    assert type(copy) is type(command)
    copy.apply(replayed)
    assert state(replayed) == state(direct)
    back = command_from_record(json.loads(json.dumps(command_to_record(inverse))))
    back.apply(replayed)
    assert state(replayed) == state(full())


def test_undo_and_redo_of_history_are_records_too() -> None:
    session = full()
    history = History(session)
    history.do(RemoveTarget("1"))
    assert history.undo_command is not None
    copy = command_from_record(json.loads(json.dumps(command_to_record(history.undo_command))))
    copy.apply(session)
    assert state(session) == state(full())


def changed(record: Any, path: list[Any], value: Any) -> Any:
    copy = json.loads(json.dumps(record))
    place = copy
    for key in path[:-1]:
        place = place[key]
    place[path[-1]] = value
    return copy


BOX_RECORD = json.loads(json.dumps(command_to_record(COMMANDS[5])))
BOMB = base64.b64encode(zlib.compress(bytes(50_000_000))).decode()


@pytest.mark.parametrize(
    "record",
    [
        None,
        7,
        "text",
        [],
        {},
        {"type": "SetBox"},
        {"type": "System", "fields": {"command": "rm"}},
        encode(Alignment()),
        {"type": "SetBox", "fields": {}},
        {"type": "RemoveTarget", "fields": {"target_id": 5}},
        {"type": "RemoveTarget", "fields": {"target_id": "1", "more": 1}},
        {"type": "RemoveTarget", "fields": {"target_id": {"array": [1, 2]}}},
        {"type": "SetAlignment", "fields": {"alignment": command_to_record(RemoveTarget("1"))}},
        changed(BOX_RECORD, ["fields", "boxes"], None),
        changed(BOX_RECORD, ["fields", "boxes"], {"array": ["|O8", [2, 4], ""]}),
        changed(BOX_RECORD, ["fields", "boxes", "array", 1], [2, 5]),
        changed(BOX_RECORD, ["fields", "boxes", "array", 1], [-2, -4]),
        changed(BOX_RECORD, ["fields", "boxes", "array", 1], [2**20, 2**20, 2**20]),
        changed(BOX_RECORD, ["fields", "boxes", "array", 1], [10**12]),
        changed(BOX_RECORD, ["fields", "boxes", "array", 1], [True, 4]),
        changed(BOX_RECORD, ["fields", "boxes", "array", 2], "no base64!"),
        changed(BOX_RECORD, ["fields", "boxes", "array", 2], "AAAA"),
        changed(BOX_RECORD, ["fields", "boxes", "array", 2], BOMB),
        changed(BOX_RECORD, ["fields", "frame_index"], "5"),
        changed(BOX_RECORD, ["fields", "frame_index"], 10**30),
        changed(BOX_RECORD, ["fields", "edited_at"], None),
        changed(BOX_RECORD, ["fields", "target_id"], {"bytes": "AA=="}),
    ],
)
def test_a_record_that_no_command_wrote_is_refused(record: Any) -> None:
    with pytest.raises(SessionError):
        command_from_record(record)


def test_values_survive_exactly() -> None:
    values = (None, True, 3, 0.1 + 0.2, "ü", b"\0\xff", {"a": "b"}, np.empty((0, 2, 4)))
    copy = decode(json.loads(json.dumps(encode(values))))
    assert isinstance(copy, tuple)
    assert copy[:-1] == values[:-1]
    assert copy[-1].shape == (0, 2, 4)
    with pytest.raises(TypeError, match="object cannot be written"):
        encode(object())
    with pytest.raises(SessionError):
        decode({1, 2})
