"""What is recorded of trackers that have no search window, score map or tokens."""

from __future__ import annotations

import numpy as np

from app.resolve.answer import answer_of_session
from tests.unit.sessions.building import NANO, STILL, TINY, answered, empty, run


def test_a_tracker_that_gives_nothing_but_a_box_says_what_it_keeps_not() -> None:
    session = empty()
    run("1", np.arange(4), STILL, 2, answered).apply(session)
    target = session.target("1")
    assert target.tracking.frame(2) is not None
    answer = answer_of_session(target, 2)
    assert answer is not None
    assert (answer.grid, answer.stages, answer.score_map) == (0, (), None)
    missing = answer.without_tokens()
    assert missing is not None
    assert "keeps no tokens" in missing.words


def test_a_score_map_is_shown_without_tokens() -> None:
    session = empty()
    run("1", np.arange(4), NANO).apply(session)
    answer = answer_of_session(session.target("1"), 2)
    assert answer is not None
    assert (answer.grid, answer.stages, np.shape(answer.score_map)) == (0, (), (9, 9))


def test_stages_that_are_not_known_are_left_out() -> None:
    session = empty()
    run("1", np.arange(8), TINY, 0, answered).apply(session)
    target = session.target("1")
    assert answered(TINY, 4).removed == ()
    stages = [answer_of_session(target, frame) for frame in (4, 5)]
    assert [len(answer.stages) for answer in stages if answer is not None] == [0, 2]
