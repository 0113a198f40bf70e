"""Any commands in any order: undo and redo walk through bit-identical sessions."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from sessions import (
    AddTarget,
    Alignment,
    AnnotationSession,
    ClearRange,
    Command,
    Flag,
    History,
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
    SeenMark,
    SessionError,
    SetAlignment,
    SetAttributes,
    SetBox,
    SetFlags,
    SetFrameAttribute,
    SetNotes,
    SetTargetProperties,
    UnmarkSeen,
    command_from_record,
    command_to_record,
)
from tests.unit.sessions.building import (
    NANO,
    PLAIN,
    STILL,
    TINY,
    answered,
    full,
    info,
    run,
    state,
)

FRAMES = 40
targets = st.sampled_from(["1", "car-2", "3", "4"])
frames = st.integers(0, FRAMES - 1)
names = st.text(st.characters(categories=("L", "N", "S")), min_size=1, max_size=20)
sizes = st.floats(0.01, 1e6)
places = st.floats(-1e6, 1e6)
boxes = st.tuples(places, places, sizes, sizes)
frame_lists = hnp.arrays(np.int64, st.integers(1, 20), elements=frames, unique=True)
flags = st.integers(0, 31).map(Flag)

bytes_ = st.integers(0, 255)
any_model = st.sampled_from([TINY, PLAIN, NANO, STILL])
marks = st.builds(
    SeenMark, st.integers(0, 2), st.integers(2, 4), st.sampled_from(["", "jump"]), st.floats(0, 9)
)
said = st.none() | st.sampled_from(["x", "y"])


def properties(target: str) -> st.SearchStrategy[SetTargetProperties]:
    """One property or several; a lock comes and goes."""
    switch = st.none() | st.booleans()
    chosen = st.tuples(st.none() | names, switch, switch, switch)
    given_any = chosen.filter(lambda values: any(value is not None for value in values))
    return given_any.map(lambda values: SetTargetProperties(target, *values))


@st.composite
def commands(draw: st.DrawFn, session: AnnotationSession) -> Command:
    """A command that makes sense at first sight; it may still not fit the session."""
    target, start = draw(targets), draw(frames)
    stop = draw(st.integers(start + 1, FRAMES))
    when = draw(st.floats(0, 10))
    make: Any = draw(
        st.sampled_from(
            [
                lambda: AddTarget(target, draw(names), draw(st.integers(0, 9)), {"a": draw(names)}),
                lambda: RemoveTarget(target),
                lambda: RenameTarget(target, draw(names)),
                lambda: RecolorTarget(target, draw(st.integers(0, 9))),
                lambda: SetAttributes(target, {draw(names): "x"}),
                lambda: nudged(session, target, start, draw(boxes), draw, when),
                lambda: nudged(session, target, 5, draw(boxes), draw, when),
                lambda: SetBox.copy_previous(session, target, start),
                lambda: SetFlags(target, draw(frame_lists), draw(flags), draw(flags), when),
                lambda: ClearRange(target, start, stop, draw(st.booleans()), when),
                lambda: Interpolate(
                    target,
                    start,
                    stop,
                    when,
                    size_aware=draw(st.booleans()),
                    gaps=draw(st.booleans()),
                ),
                lambda: run(target, draw(frame_lists), draw(st.sampled_from([TINY, PLAIN])), start),
                lambda: imported(target, draw(frame_lists), draw(boxes), when),
                lambda: SetAlignment(
                    Alignment(start - 9, (1, 0, draw(places), 0, draw(sizes), 0, 0, 0, 1))
                ),
                lambda: RecolorTarget(target, 1, draw(st.none() | st.tuples(*[bytes_] * 3))),
                lambda: run(target, draw(frame_lists), draw(any_model), start, answered),
                lambda: draw(properties(target)),
                lambda: ReorderTargets(tuple(draw(st.permutations(list(session.targets))))),
                lambda: MarkSeen(target, tuple(draw(st.lists(marks, min_size=1, max_size=3)))),
                lambda: UnmarkSeen(target, (draw(marks),)),
                lambda: SetFrameAttribute(
                    target, draw(st.sampled_from("ab")), start, stop - 1, draw(said)
                ),
                lambda: SetNotes(draw(names)),
                lambda: RelinkSequence(info(FRAMES, rgb_paths=(draw(names),))),
            ]
        )
    )
    command: Command = make()
    return command


def nudged(
    session: AnnotationSession, target: str, frame: int, box: Any, draw: Any, when: float
) -> SetBox:
    modality, link = draw(st.sampled_from(Modality)), draw(st.sampled_from(Link))
    drawn = SetBox.draw(session, target, frame, box, modality, link)
    return SetBox(target, frame, drawn.boxes, nudge=draw(st.booleans()), edited_at=when)


def imported(target: str, where: Any, box: Any, when: float) -> ImportBoxes:
    many = np.tile(np.asarray(box, np.float64), (where.size, 2, 1))
    many[::3, 1] = np.nan
    return ImportBoxes(target, where, many, np.arange(where.size) % 4 == 0, when)


@settings(max_examples=25)
@given(st.data())
def test_undo_and_redo_are_exact(data: st.DataObject) -> None:
    session = full(FRAMES)
    history = History(session)
    seen = {history.state: state(session)}
    for _ in range(data.draw(st.integers(1, 20))):
        step = data.draw(st.sampled_from(["do", "do", "do", "undo", "redo", "save"]))
        before = state(session)
        if step == "do":
            try:
                history.do(data.draw(commands(session)))
            except SessionError:
                assert state(session) == before, "a refused command changes nothing"
            else:
                seen[history.state] = state(session)
        elif step == "save":
            history.mark_saved()
        else:
            getattr(history, step)()
        assert state(session) == seen[history.state]
    while history.undo() is not None:
        assert state(session) == seen[history.state]
    assert state(session) == state(full(FRAMES))
    while history.redo() is not None:
        assert state(session) == seen[history.state]


@settings(max_examples=40)
@given(st.data())
def test_a_record_does_what_the_command_does(data: st.DataObject) -> None:
    direct, replayed = full(FRAMES), full(FRAMES)
    for _ in range(data.draw(st.integers(1, 8))):
        try:
            command = data.draw(commands(direct))
            inverse = command.inverse(direct)
            command.apply(direct)
        except SessionError:
            continue
        for each in (command, inverse, command):
            command_from_record(json.loads(json.dumps(command_to_record(each)))).apply(replayed)
        assert state(replayed) == state(direct)


@settings(max_examples=60)
@given(st.data())
def test_no_machine_overwrites_what_a_person_decided(data: st.DataObject) -> None:
    session = full(FRAMES)
    for _ in range(data.draw(st.integers(1, 10))):
        target = session.target("1")
        protected = np.flatnonzero(target.protected(np.arange(FRAMES)))
        before = target.table.rows(protected)
        where = data.draw(frame_lists)
        command = data.draw(
            st.sampled_from([run("1", where), imported("1", where, (1, 2, 3, 4), 1.0)])
        )
        change = command.apply(session)
        after = target.table.rows(protected)
        assert before.boxes.tobytes() == after.boxes.tobytes()
        assert before.source.tobytes() == after.source.tobytes()
        assert set(change.kept.tolist()) == set(where.tolist()) & set(protected.tolist())
        assert set(change.kept.tolist()) | set(change.frames.tolist()) == set(where.tolist())
        SetBox.draw(session, "1", data.draw(frames), data.draw(boxes)).apply(session)
