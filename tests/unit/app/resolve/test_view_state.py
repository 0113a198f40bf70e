from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from app.resolve.answer import (
    FrameAnswer,
    answer_of_session,
    boxes_on_panes,
    with_attention,
)
from app.resolve.flags import flag_words
from app.resolve.inspection import CropWindow, TokenStage
from sessions import (
    AcceptRun,
    AddTarget,
    AnnotationSession,
    Flag,
    History,
    ModelInfo,
    SequenceInfo,
    SetBox,
    TrackedFrame,
    TrackingRows,
)


@pytest.fixture
def session() -> AnnotationSession:
    names = tuple(str(index) for index in range(5))
    session = AnnotationSession(SequenceInfo("c", "lasher", names, names, 5, 5, (90, 60), (90, 60)))
    history = History(session)
    history.do(AddTarget("1", "Walker"))
    model = ModelInfo("tiny", "", "{}", 4, 4, (1, 2))
    removed = (np.array([12, 13, 14, 15]), np.array([0, 1]))
    answer = TrackedFrame((5.0, 6.0, 40.0), 0.7, np.eye(4, dtype=np.float32), removed, 0)
    rows = TrackingRows.from_frames(model, [answer])
    history.do(AcceptRun("1", [2], [[10, 10, 20, 20]], [0.7], rows))  # type: ignore[arg-type]
    return session


def test_a_recorded_answer_is_read_back_whole(session: AnnotationSession) -> None:
    answer = answer_of_session(session.target("1"), 2)
    assert answer is not None
    assert answer.window == CropWindow(5.0, 6.0, 40.0)
    assert answer.grid == 4
    assert [stage.block for stage in answer.stages] == [1, 2]
    assert answer.stages[0].kept.tolist() == list(range(12))
    assert answer.stages[1].kept.tolist() == list(range(2, 12))
    assert answer.box_xywh == (10.0, 10.0, 20.0, 20.0)
    assert answer.model == "CKD tiny"
    assert answer.score_map is not None
    assert answer.score_map.dtype == np.float32
    assert answer_of_session(session.target("1"), 3) is None


def test_a_corrected_box_stands_where_the_tracker_looked(session: AnnotationSession) -> None:
    History(session).do(SetBox("1", 2, np.array([[11.0, 10.0, 20.0, 20.0]] * 2)))
    answer = answer_of_session(session.target("1"), 2)
    assert answer is not None
    assert answer.box_xywh == (11.0, 10.0, 20.0, 20.0)
    assert len(answer.stages) == 2


def _with_attention(answer: FrameAnswer) -> FrameAnswer:
    stages = tuple(
        TokenStage(
            stage.block,
            stage.kept[::-1],
            stage.removed[::-1],
            np.concatenate([stage.kept[::-1], stage.removed[::-1]]),
            np.ones(stage.judged, np.float32),
        )
        for stage in answer.stages
    )
    return replace(answer, stages=stages, score=0.1, score_map=np.zeros((4, 4), np.float32))


def test_attention_is_added_only_to_the_same_elimination(session: AnnotationSession) -> None:
    recorded = answer_of_session(session.target("1"), 2)
    assert recorded is not None
    fresh = _with_attention(recorded)
    joined = with_attention(recorded, fresh)
    assert joined.stages[0].attention is not None
    assert joined.score == pytest.approx(0.7)
    assert joined.score_map is recorded.score_map
    elsewhere = replace(fresh, window=CropWindow(0.0, 0.0, 40.0))
    assert with_attention(recorded, elsewhere) is recorded
    other = replace(
        fresh, stages=(replace(fresh.stages[0], removed=np.array([0, 1, 2, 3])), fresh.stages[1])
    )
    assert with_attention(recorded, other) is recorded


def test_boxes_and_words(session: AnnotationSession) -> None:
    assert boxes_on_panes(session, session.target("1"), 0) == (None, None)
    assert boxes_on_panes(session, session.target("1"), 2) == ((10, 10, 20, 20),) * 2
    assert flag_words(Flag.ABSENT | Flag.TRUNCATED | Flag.REVIEWED) == "absent, truncated"
    assert flag_words(0) == ""
