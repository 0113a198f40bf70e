from __future__ import annotations

from collections.abc import Iterable
from types import SimpleNamespace

import numpy as np
import pytest

from app.bridge.runs import RunPacker, accept_packed, accept_run, scale_alignment
from sessions import (
    AddTarget,
    AnnotationSession,
    History,
    Link,
    Modality,
    ModelInfo,
    SequenceInfo,
    SessionError,
    SetBox,
)
from tracker_core.ckd.crop import SearchWindow

MODEL = ModelInfo("tiny", "", "{}", 4, 4, ())
RGB, TIR = (640, 480), (320, 240)


def _session(count: int = 10) -> tuple[AnnotationSession, History]:
    names = tuple(str(index) for index in range(count))
    info = SequenceInfo("clip", "lasher", names, names, count, count, RGB, TIR)
    session = AnnotationSession(info, alignment=scale_alignment(RGB, TIR))
    history = History(session)
    history.do(AddTarget("1", "Walker"))
    return session, history


def _result(x: float) -> SimpleNamespace:
    return SimpleNamespace(
        box_xywh=(x, 100.0, 40.0, 60.0),
        score=0.5,
        score_map=np.zeros((4, 4), np.float32),
        search_window=SearchWindow(0, 0, 100),
        elimination=(),
        target_tokens_removed=0,
    )


def test_cameras_of_one_size_need_no_alignment() -> None:
    assert scale_alignment(RGB, RGB).is_identity
    assert scale_alignment(RGB, (0, 0)).is_identity


def test_the_thermal_box_of_a_run_is_in_thermal_pixels() -> None:
    session, history = _session()
    history.do(SetBox.draw(session, "1", 0, (100, 100, 40, 60)))
    assert session.target("1").boxes[0, 1].tolist() == [50, 50, 20, 30]
    history.do(accept_run(session, "1", {1: _result(120.0)}, MODEL, 0))
    assert session.target("1").boxes[1].tolist() == [[120, 100, 40, 60], [60, 50, 20, 30]]


def test_a_run_keeps_the_thermal_offset_of_its_first_frame() -> None:
    session, history = _session()
    history.do(SetBox.draw(session, "1", 0, (100, 100, 40, 60)))
    history.do(SetBox.draw(session, "1", 0, (53, 49, 20, 30), Modality.TIR, Link.NONE))
    history.do(accept_run(session, "1", {1: _result(120.0), 2: _result(130.0)}, MODEL, 0))
    assert session.target("1").boxes[1, 1].tolist() == [63, 49, 20, 30]
    assert session.target("1").boxes[2, 1].tolist() == [68, 49, 20, 30]


def test_linked_boxes_of_unequal_cameras_move_by_their_own_pixels() -> None:
    session, history = _session()
    history.do(SetBox.draw(session, "1", 0, (100, 100, 40, 60)))
    history.do(SetBox.draw(session, "1", 0, (110, 100, 40, 60)))
    assert session.target("1").boxes[0, 1].tolist() == [55, 50, 20, 30]
    history.do(SetBox.draw(session, "1", 0, (60, 50, 20, 30), Modality.TIR))
    assert session.target("1").boxes[0, 0].tolist() == [120, 100, 40, 60]


@pytest.mark.parametrize("frames", [range(1, 40), range(39, 0, -1), [5, 6, 9, 33]])
def test_a_run_packed_as_it_goes_is_the_run_packed_at_its_end(frames: Iterable[int]) -> None:
    results = {index: _result(100.0 + index) for index in frames}
    packer = RunPacker(MODEL)
    for index, result in results.items():
        packer.add(index, result)
    run = packer.packed()
    assert run is not None
    sessions = []
    for by_blocks in (True, False):
        session, history = _session(40)
        command = (
            accept_packed(session, "1", run)
            if by_blocks
            else accept_run(session, "1", results, MODEL)
        )
        history.do(command)
        sessions.append(session.target("1"))
    one, other = sessions
    assert one.tracking.frames.tolist() == other.tracking.frames.tolist() == sorted(results)
    assert np.array_equal(one.boxes, other.boxes, equal_nan=True)
    assert one.boxes[33, 0, 0] == 133.0


def test_an_answer_that_no_session_can_hold_is_refused_and_those_before_stay() -> None:
    packer = RunPacker(MODEL)
    assert packer.packed() is None
    packer.add(1, _result(120.0))
    with pytest.raises(SessionError, match=r"answer on frame 2 holds the box \(nan"):
        packer.add(2, _result(float("nan")))
    other_size = _result(120.0)
    other_size.score_map = np.zeros((5, 5), np.float32)
    with pytest.raises(SessionError, match="do not fit the model"):
        packer.add(2, other_size)
    run = packer.packed()
    assert run is not None
    assert run.frames.tolist() == [1]
    assert run.tracking.frames.tolist() == [1]
