"""A document with one target, and what a tracker says, both without files or networks."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from PySide6.QtWidgets import QApplication

from app.state.document import Document
from sessions import AddTarget, AnnotationSession, SequenceInfo, SetBox
from tracker_core.ckd.crop import SearchWindow
from tracker_core.ckd.tracker import EliminationStage, TrackResult

COUNT = 20
SIZE = (160, 120)


def make_session(count: int = COUNT) -> AnnotationSession:
    names = tuple(f"/clip/visible/{index}.jpg" for index in range(count))
    return AnnotationSession(
        SequenceInfo("clip", "lasher", names, names, count, count, SIZE, SIZE, "", ("/clip",))
    )


@pytest.fixture
def document(qapp: QApplication) -> Document:  # noqa: ARG001 - signals need a running Qt
    document = Document()
    document.replace(make_session())
    document.do(AddTarget("1", "Walker"))
    document.do(SetBox("1", 3, np.array([[10.0, 20.0, 30.0, 40.0]] * 2)))
    return document


@pytest.fixture
def result() -> Callable[..., Any]:
    """Makes a TrackResult of a 4 x 4 grid with one elimination stage."""

    def make(index: int, score: float = 0.8, x: float = 10.0) -> TrackResult:
        stage = EliminationStage(
            1, np.arange(12), np.arange(12, 16), np.linspace(1, 0, 16, dtype=np.float32)
        )
        return TrackResult(
            frame_index=index,
            box_xywh=(x, 20.0, 30.0, 40.0),
            score=score,
            score_map=np.full((4, 4), 0.5, np.float32),
            search_window=SearchWindow(0, 0, 100),
            search_grid=4,
            elimination=(stage,),
            target_tokens_removed=1,
        )

    return make
