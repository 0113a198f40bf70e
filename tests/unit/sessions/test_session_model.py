from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from sessions import AnnotationSession, ClearRange, Source, Target
from sessions.errors import SessionError
from tests.unit.sessions.building import empty, full, info


def test_a_new_target_is_blank_on_every_frame() -> None:
    target = Target("1", "walker", 7)
    assert target.boxes.shape == (7, 2, 4)
    assert np.isnan(target.boxes).all()
    assert (target.source == Source.NONE).all()
    assert target.table.filled().size == 0
    assert not target.tracking


def test_arrays_cannot_be_written_past_the_commands() -> None:
    target = full().target("1")
    for name in ("boxes", "source", "flags", "score", "edited"):
        with pytest.raises(ValueError, match="read-only"):
            getattr(target, name)[0] = 1


def test_rows_are_copies() -> None:
    session = full()
    rows = session.target("1").table.rows([0, 7])
    ClearRange("1", 0, 8).apply(session)
    assert rows.boxes[0, 0].tolist() == [10, 20, 30, 40]


def test_ids_are_never_taken_twice() -> None:
    session = empty()
    assert session.new_target_id() == "2"
    assert full().new_target_id() == "2"
    assert AnnotationSession(info()).new_target_id() == "1"


def test_an_unknown_target_is_named() -> None:
    with pytest.raises(SessionError, match="no target with the id 'nobody'"):
        empty().target("nobody")


def test_the_longer_modality_decides() -> None:
    assert info(rgb_count=3, tir_count=9).frame_count == 9


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("rgb_count", -1, "rgb_count"),
        ("rgb_count", 10**12, "between 0 and"),
        ("rgb_count", 2.5, "whole number"),
        ("rgb_size", (-1, 3), "rgb_size"),
        ("name", 3, "must be text"),
        ("name", "a\0b", "zero byte"),
        ("name", "\ud800", "not valid Unicode"),
        ("layout", "x" * 20_000, "at most"),
        ("rgb_paths", "one.jpg", "list of paths"),
        ("tir_paths", 5, "list of paths"),
        ("tir_paths", (b"x",), "not a path"),
        ("sources", ("a\0",), "not a path"),
    ],
)
def test_a_wrong_sequence_is_refused(field: str, value: object, said: str) -> None:
    with pytest.raises(SessionError, match=said):
        info(**{field: value})


def test_paths_may_be_path_objects(tmp_path: Path) -> None:
    assert info(rgb_paths=[tmp_path]).rgb_paths == (str(tmp_path),)
