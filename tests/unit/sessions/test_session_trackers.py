"""What trackers of any kind say: optional parts, several of them in one target and one file."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from sessions import (
    AcceptRun,
    ClearRange,
    History,
    ModelInfo,
    SessionError,
    TrackedFrame,
    TrackingRecord,
    TrackingRows,
    load,
    save,
)
from tests.unit.sessions.building import (
    NANO,
    PLAIN,
    STILL,
    TINY,
    answered,
    empty,
    everything,
    frame_state,
    run,
    state,
    tracked,
)


def record(frames: list[int], model: ModelInfo, seed: int = 0) -> TrackingRecord:
    rows = run("1", frames, model, seed, answered).tracking
    assert rows is not None
    return TrackingRecord(100).with_rows(np.array(frames), rows)


@pytest.mark.parametrize("model", [TINY, PLAIN, NANO, STILL], ids=lambda model: model.name)
def test_every_part_comes_back_as_it_went_in(model: ModelInfo) -> None:
    frames = list(range(40))
    kept = record(frames, model)
    for frame in frames:
        wanted, got = answered(model, frame), kept.frame(frame)
        assert frame_state(got) == frame_state(replace(wanted, model=model))


def test_the_parts_are_really_there_and_really_missing() -> None:
    """So that the test above cannot pass because nothing is ever said."""
    frames = [answered(TINY, seed) for seed in range(12)]
    for parts in (
        [frame.window is None for frame in frames],
        [math.isnan(frame.score) for frame in frames],
        [frame.score_map is None for frame in frames],
        [frame.removed == () for frame in frames],
        [frame.attention is None for frame in frames],
        [math.isnan(frame.predicted_overlap) for frame in frames],
    ):
        assert 0 < sum(parts) < len(frames)


def test_attention_costs_nothing_where_there_is_none() -> None:
    without = TrackingRecord(100).with_rows(
        np.arange(40), TrackingRows.from_frames(TINY, [tracked(TINY, i) for i in range(40)])
    )
    assert all(block.packed_attention == b"" for block in without.tracks[TINY].values())


def test_attention_goes_with_the_frames_it_belongs_to() -> None:
    kept = record([1, 2, 4, 5], TINY)
    assert kept.frame(4).attention is not None  # type: ignore[union-attr]
    plain = TrackingRows.from_frames(TINY, [tracked(TINY, 9)])
    again = kept.with_rows(np.array([4]), plain)
    assert frame_state(again.frame(4)) == frame_state(replace(tracked(TINY, 9), model=TINY))
    assert frame_state(again.frame(5)) == frame_state(kept.frame(5))
    for frame in (1, 2, 5):
        again = again.with_rows(np.array([frame]), plain)
    assert all(block.packed_attention == b"" for block in again.tracks[TINY].values())


def test_damaged_attention_costs_its_block_only() -> None:
    kept = record(list(range(40)), TINY)
    object.__setattr__(kept.tracks[TINY][1], "packed_attention", b"not zlib")
    with pytest.raises(SessionError, match="damaged"):
        kept.frame(20)
    assert kept.frame(3) is not None
    rows = TrackingRows.from_frames(TINY, [answered(TINY, 5)])
    repaired = kept.with_rows(np.array([20]), rows)
    assert frame_state(repaired.frame(20)) == frame_state(replace(answered(TINY, 5), model=TINY))


def test_two_trackers_share_a_target_and_a_frame_belongs_to_the_last(tmp_path: Path) -> None:
    session = empty(60)
    history = History(session)
    history.do(run("1", np.arange(0, 40), TINY, 0, answered))
    before = state(session)
    history.do(run("1", np.arange(20, 50), NANO, 7, answered))
    tracking = session.target("1").tracking
    assert tracking.models == (NANO, TINY)
    assert [tracking.model_of(frame) for frame in (19, 20, 49, 50)] == [TINY, NANO, NANO, None]
    save(session, tmp_path / "two.h5")
    assert state(load(tmp_path / "two.h5"))["targets"] == state(session)["targets"]
    history.do(ClearRange("1", 20, 50))
    assert tracking.model_of(30) is NANO, "a record is a value"
    history.undo()
    history.undo()
    assert state(session)["targets"] == before["targets"]


def test_the_same_weights_in_another_engine_are_another_model() -> None:
    other = replace(TINY, engine="onnx float16")
    both = record([1, 2], TINY).with_rows(
        np.array([2]), TrackingRows.from_frames(other, [answered(other, 5)])
    )
    assert [both.model_of(frame) for frame in (1, 2)] == [TINY, other]


@pytest.mark.parametrize("count", [1, 15, 16, 17, 40])
def test_everything_is_saved_and_comes_back(tmp_path: Path, count: int) -> None:
    session = empty(count)
    for start, model in enumerate((TINY, PLAIN, NANO, STILL)):
        frames = np.arange(start, count, 4)
        if frames.size:
            run("1", frames, model, start, answered).apply(session)
    save(session, tmp_path / "walk.h5")
    assert state(load(tmp_path / "walk.h5"))["targets"] == state(session)["targets"]


def test_a_session_with_everything_comes_back(tmp_path: Path) -> None:
    session = everything()
    save(session, tmp_path / "walk.h5")
    loaded = load(tmp_path / "walk.h5")
    assert state(loaded) == state(session)
    assert loaded.view is not None
    assert loaded.view.settings == {"panes": "swipe", "overlays": ["ä", 1]}


def test_a_run_without_scores_is_accepted() -> None:
    session = empty()
    run("1", [3, 4], STILL, 2, answered).apply(session)
    assert np.isnan(session.target("1").score[3])
    assert session.target("1").source[3] == 2


def test_a_part_of_a_run_is_kept_beside_what_a_person_decided() -> None:
    session = everything()
    command = run("1", np.arange(5, 9), TINY, 30, answered)
    assert command.tracking is not None
    assert command.tracking.attention is not None
    change = command.apply(session)
    assert change.kept.tolist() == [7]
    frame = session.target("1").tracking.frame(8)
    assert frame_state(frame) == frame_state(replace(answered(TINY, 33), model=TINY))


GOOD = answered(TINY, 5)


@pytest.mark.parametrize(
    ("model", "frame", "said"),
    [
        (TINY, replace(GOOD, attention=(np.zeros(256),)), "do not fit the model"),
        (TINY, replace(GOOD, attention=(np.zeros(255), np.zeros(255))), "do not fit the model"),
        (TINY, replace(GOOD, score_map=np.zeros((8, 16))), "do not fit the model"),
        (TINY, replace(GOOD, removed=GOOD.removed[:1]), "do not fit the model"),
        (TINY, replace(GOOD, window=(1.0, np.nan, 3.0)), "no size"),
        (TINY, replace(GOOD, window=(1.0, np.inf, 3.0)), "no size"),
        (TINY, replace(GOOD, score=np.inf), "scores .* infinite"),
        (TINY, replace(GOOD, predicted_overlap=-np.inf), "predicted_overlaps .* infinite"),
        (NANO, replace(GOOD, attention=None, removed=()), "do not fit the model"),
        (STILL, TrackedFrame(None, 1.0, np.zeros((1, 1)), ()), "do not fit the model"),
        (STILL, TrackedFrame(None, 1.0, None, (np.array([0]),)), "do not fit the model"),
    ],
)
def test_parts_that_do_not_fit_are_refused(
    model: ModelInfo, frame: TrackedFrame, said: str
) -> None:
    with pytest.raises(SessionError, match=said):
        TrackingRows.from_frames(model, [frame])


def test_a_map_of_no_number_is_no_map() -> None:
    frame = replace(GOOD, score_map=np.full((16, 16), np.nan, np.float16))
    rows = TrackingRows.from_frames(TINY, [frame])
    got = TrackingRecord(1).with_rows(np.array([0]), rows).frame(0)
    assert got is not None
    assert got.score_map is None


def test_a_run_of_another_length_than_its_attention_is_refused() -> None:
    rows = TrackingRows.from_frames(TINY, [GOOD, GOOD])
    with pytest.raises(SessionError, match="attention of a tracked run"):
        replace(rows, attention=np.zeros((1, 2, 256), np.float16))
    picked = rows.picked(np.array([True, False]))
    assert len(picked) == 1
    assert picked.attention is not None
    boxes = np.ones((2, 4))
    with pytest.raises(SessionError, match="one row for each frame"):
        AcceptRun("1", np.array([1, 2]), boxes, np.ones(2), picked)
