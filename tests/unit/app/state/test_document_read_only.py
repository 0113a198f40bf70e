"""A session that is only looked at: nothing changes it, whoever asks."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from app.state.document import Document
from sessions import AddTarget, AnnotationSession, SessionError
from tests.unit.sessions.building import empty

WHY = "walk.h5 is open elsewhere; work on a copy to change it."


def looked_at() -> tuple[Document, AnnotationSession]:
    document, session = Document(), empty()
    document.replace(session, read_only=WHY)
    return document, session


@pytest.mark.parametrize(
    "change",
    [lambda each: each.do(AddTarget("9", "Walker")), Document.undo, Document.redo],
    ids=["do", "undo", "redo"],
)
def test_every_way_to_change_it_is_refused(change: Callable[[Document], object]) -> None:
    document, session = looked_at()
    before = dict(session.targets)
    with pytest.raises(SessionError) as refused:
        change(document)
    assert str(refused.value) == WHY == document.read_only
    assert dict(session.targets) == before
    assert document.clean


def test_the_next_session_may_be_changed() -> None:
    document, _ = looked_at()
    document.replace(empty())
    document.do(AddTarget("9", "Walker"))
    assert document.read_only == ""
    assert not document.clean
