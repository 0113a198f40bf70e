"""A frame marked absent has no box for anybody who asks, whatever is stored beneath the mark."""

from __future__ import annotations

import csv
import io
import json

import numpy as np
import pytest

from app.look.palette import DARK
from app.resolve.anchors import box_on, template_anchor
from app.resolve.answer import answer_of_session, boxes_on_panes
from app.resolve.curves import curves_model
from app.resolve.effective import EffectiveTarget
from app.resolve.overview import target_row
from app.resolve.review import target_events
from app.views.frame.scene_maker import box_item
from sessions import (
    AnnotationSession,
    Flag,
    Interpolate,
    SessionError,
    SetBox,
    SetFlags,
    Source,
    coco_text,
    csv_text,
    mot_text,
    result_text,
)
from tests.unit.sessions.building import full, run

GONE = np.array([7, 9, 10, 35])
"""Of the walker: frame 7 is by hand, the others are tracked by two models."""


def marked() -> AnnotationSession:
    session = full()
    SetFlags("1", GONE, Flag.ABSENT).apply(session)
    return session


def row_of(session: AnnotationSession) -> EffectiveTarget:
    return EffectiveTarget(session.target("1"), session.alignment)


def test_rows_have_nothing_there_and_all_else_as_before() -> None:
    row, before = row_of(marked()), row_of(full())
    here = np.isin(np.arange(40), GONE)
    assert np.isnan(row.boxes[GONE]).all()
    assert np.isnan(row.score[GONE]).all()
    assert (row.source[GONE] == Source.NONE).all()
    assert (row.removed[GONE] == -1).all()
    for name in ("boxes", "score", "source", "removed"):
        now, then = getattr(row, name)[~here], getattr(before, name)[~here]
        assert np.array_equal(now, then, equal_nan=name in ("boxes", "score")), name
    assert row.boxed == before.boxed - 4
    assert row.manual == before.manual - 1
    line = target_row(row, DARK)
    assert (line.frames, line.manual) == (row.boxed, row.manual)


@pytest.mark.parametrize("frame", GONE.tolist())
def test_nothing_is_drawn_there(frame: int) -> None:
    session = marked()
    row = row_of(session)
    assert row.absent(frame)
    assert row.box(frame) is None
    assert row.boxes_on_panes(frame) == (None, None)
    assert boxes_on_panes(session, session.target("1"), frame) == (None, None)
    assert box_item(row, frame, DARK, selected=True) is None
    answer = answer_of_session(session.target("1"), frame)
    assert answer is None or answer.box_xywh is None


def test_it_is_neither_queued_nor_scored() -> None:
    session = full()
    frames = np.arange(1, 21)
    run("1", frames).apply(session)
    events = target_events(row_of(session))
    assert events
    SetFlags("1", np.arange(events[0].first, events[0].last), Flag.ABSENT).apply(session)
    gone = range(events[0].first, events[0].last)
    assert not any(each.covers(index) for each in target_events(row_of(session)) for index in gone)
    SetFlags("1", np.arange(40), Flag.ABSENT).apply(session)
    assert target_events(row_of(session)) == ()
    assert curves_model(row_of(session), None, None) is None


def test_no_run_and_no_copy_begins_at_a_box_beneath_the_mark() -> None:
    session = marked()
    target = session.target("1")
    assert box_on(target, 7) is None
    assert box_on(target, 8) is not None
    anchor = template_anchor(target, 12, 1)
    assert anchor is not None
    assert anchor.frame_index == 0, "the box by hand on frame 7 is beneath the mark"
    copied = SetBox.copy_previous(session, "1", 11)
    assert np.array_equal(copied.boxes, target.boxes[8])
    with pytest.raises(SessionError, match="fewer than two boxes set by hand"):
        Interpolate("1", 0, 8).apply(session)


def test_every_format_says_it_in_its_own_way() -> None:
    session = marked()
    rest = np.setdiff1d(np.arange(40), np.concatenate([np.arange(21), np.arange(30, 40)]))
    run("1", rest).apply(session)
    result = np.loadtxt(io.StringIO(result_text(session, "1")), delimiter=",")
    assert (result[GONE] == 0).all()
    assert (np.delete(result, GONE, axis=0)[:, 2:] > 0).all()
    by_frame = {
        int(line["frame"]): line
        for line in csv.DictReader(io.StringIO(csv_text(session)))
        if line["target_id"] == "1"
    }
    for frame in GONE.tolist():
        line = by_frame[frame]
        assert {line[name] for name in ("rgb_x", "tir_h", "score", "model")} == {""}
        assert line["source"] == "none"
        assert "absent" in line["flags"].split()
    assert {int(line.split(",")[0]) - 1 for line in mot_text(session).splitlines()}.isdisjoint(GONE)
    document = json.loads(coco_text(session))
    frame_of = {image["id"]: image["frame_index"] for image in document["images"]}
    walker = [each for each in document["annotations"] if each["track_id"] == 1]
    assert {frame_of[each["image_id"]] for each in walker}.isdisjoint(GONE)


def test_the_box_comes_back_when_the_mark_goes() -> None:
    session = marked()
    SetFlags("1", GONE, remove=Flag.ABSENT).apply(session)
    row, before = row_of(session), row_of(full())
    assert np.array_equal(row.boxes, before.boxes, equal_nan=True)
    assert np.array_equal(row.source, before.source)
