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
    AnnotationSession,
    ChangeKind,
    ClearRange,
    Command,
    CopyBoxes,
    Flag,
    History,
    ImportBoxes,
    Interpolate,
    MarkSeen,
    PointPair,
    RecolorTarget,
    RelinkSequence,
    RemoveTarget,
    RenameTarget,
    ReorderTargets,
    SeenMark,
    SessionError,
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
    ViewState,
    command_from_record,
    command_to_record,
)
from sessions.between import Stretch
from sessions.records import decode, encode
from tests.unit.sessions.building import (
    STILL,
    TINY,
    answered,
    everything,
    full,
    info,
    run,
    state,
)

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
    Interpolate("1", 0, 40, 7.25, size_aware=True, gaps=True),
    Interpolate("1", 3, 9, 7.25, across=True),
    SetBox("1", 7, np.ones((2, 4)), follows=(Stretch(0, 7), Stretch(7, 30, True))),
    run("1", [5, 4, 3]),
    AcceptRun("1", np.array([1]), np.ones((1, 4)), np.array([0.25]), None, 1.5),
    ImportBoxes("1", np.array([1, 2]), np.ones((2, 4)), np.array([True, False]), 1.5),
    SetAlignment(Alignment(-7, (1.1, 0, 3, 0, 1, 0.5, 1e-4, 0, 1))),
    RelinkSequence(info(rgb_paths=("/ä/\udcff.jpg",))),
    run("1", [5, 4, 3], TINY, 1, answered),
    run("1", [5, 4, 3], STILL, 1, answered),
    RecolorTarget("1", 2, (255, 0, 9)),
    AddTarget("9", "dog", class_name="animal"),
    SetTargetProperties("1", class_name="Hund", visible=False, linked=True),
    SetTargetProperties("1", locked=True),
    ReorderTargets(("car-2", "1")),
    MarkSeen("1", (SeenMark(12, 15, "low score", 0.1 + 0.2), SeenMark(0, 0))),
    UnmarkSeen("1", (SeenMark(12, 15, "größe"),)),
    SetFrameAttribute("1", "größe", 3, 30, "ü <b>"),
    SetFrameAttribute("1", "pose", 6, 20, None),
    CopyBoxes("1", np.array([3, 8]), [[1, 2, 3, 4.1], [np.nan] * 4], 0.1 + 0.2),  # type: ignore[arg-type]
    Several((SetFlags("1", np.array([3]), Flag.ABSENT, edited_at=2.0), ClearRange("1", 2, 9)), "ü"),
    Several(
        (
            AddTarget("9", "dog"),
            SetBox("9", 5, [[1, 2, 3, 4.1], [np.nan] * 4], edited_at=2.5),  # type: ignore[arg-type]
            RenameTarget("9", "hund"),
            RemoveTarget("1"),
        ),
        "swap",
    ),
    SetNotes("ü\n"),
    SetViewState(ViewState.of(3, "1", {"ä": [None, 1.5]})),
    SetViewState(None),
    SetAlignment(
        Alignment(points=(PointPair((1, 2), (3, 0.1)), PointPair((1, 2), (3, 4), 0.5)), origin="x")
    ),
]


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: type(command).__name__)
def test_a_command_and_its_inverse_do_the_same_after_json(command: Command) -> None:
    direct, replayed = seen_and_all(), seen_and_all()
    inverse = command.inverse(direct)
    command.apply(direct)
    copy = command_from_record(json.loads(json.dumps(command_to_record(command))))
    assert type(copy) is type(command)
    copy.apply(replayed)
    assert state(replayed) == state(direct)
    back = command_from_record(json.loads(json.dumps(command_to_record(inverse))))
    back.apply(replayed)
    assert state(replayed) == state(seen_and_all())


def test_a_target_with_everything_comes_back_after_json() -> None:
    session = seen_and_all()
    for target_id in ("1", "car-2"):
        inverse = RemoveTarget(target_id).inverse(session)
        RemoveTarget(target_id).apply(session)
        record = json.loads(json.dumps(command_to_record(inverse)))
        assert command_from_record(record).apply(session).kind is ChangeKind.TARGET_ADDED
        assert state(session) == state(seen_and_all())


def test_a_record_from_before_a_field_was_added_has_its_default() -> None:
    record = json.loads(json.dumps(command_to_record(RecolorTarget("1", 9, (1, 2, 3)))))
    del record["fields"]["color_rgb"]
    command = command_from_record(record)
    assert isinstance(command, RecolorTarget)
    assert command.color_rgb is None
    old = json.loads(json.dumps(command_to_record(run("1", [5, 4]))))
    tracking = old["fields"]["tracking"]["fields"]
    for name in ("attention", "predicted_overlaps", "removed_known"):
        del tracking[name]
    for name in ("tracker", "engine"):
        del tracking["model"]["fields"][name]
    direct, replayed = full(), full()
    run("1", [5, 4]).apply(direct)
    command_from_record(old).apply(replayed)
    assert state(replayed) == state(direct)
    del old["fields"]["edited_at"]
    with pytest.raises(SessionError, match="other fields"):
        command_from_record(old)


def seen_and_all() -> AnnotationSession:
    """Everything, but nothing is locked."""
    session = everything()
    SetTargetProperties("car-2", locked=False).apply(session)
    return session


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


def test_many_arrays_together_are_refused_before_memory_is_taken() -> None:
    each = {"array": ["<f8", [1 << 26], "eJwDAAAAAAE="]}
    with pytest.raises(SessionError, match="arrays of more than"):
        decode([each, {"map": {"a": [each, each, each, each]}}])
