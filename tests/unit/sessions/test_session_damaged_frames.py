"""Sessions with values that no tracker gives: what is damaged says so, and all the rest is kept."""

from __future__ import annotations

import tracemalloc
from dataclasses import replace
from pathlib import Path

import h5py
import numpy as np
import pytest

from sessions import (
    ClearRange,
    DamagedFrameError,
    History,
    SessionError,
    TrackingRecord,
    TrackingRows,
    damage_words,
    damaged_frames,
    load,
    save,
)
from tests.hostile_sessions import (
    DAMAGED,
    FRAMES,
    OUTPUT,
    REFUSED,
    SEEN,
    SOUND,
    Case,
    write_case,
    write_session,
)
from tests.unit.sessions.building import answered, frame_state, run

HOSTILE = ("gzip_bomb_chunk", "nan_window", "tracked_all_lies")


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("sound") / "sound.h5"
    write_session(path, path.parent)
    return path


def damaged_of(path: Path) -> list[int]:
    return damaged_frames(load(path)).get("1", np.empty(0, np.int64)).tolist()


def test_the_session_to_damage_is_sound(sound: Path) -> None:
    session = load(sound)
    assert not damaged_frames(session)
    assert damage_words(session, {}) == ""
    frame = session.target("1").tracking.frame(3)
    assert frame is not None
    assert frame.window is not None
    assert frame.score_map is not None
    assert frame.attention is not None
    assert len(frame.removed) == 2


@pytest.mark.parametrize("case", [*DAMAGED, *SOUND], ids=lambda case: case.id)
def test_only_what_is_damaged_says_so(case: Case, tmp_path: Path, sound: Path) -> None:
    path = write_case(tmp_path / "walk.h5", tmp_path, case)
    session = load(path)
    tracking = session.target("1").tracking
    assert damaged_of(path) == list(case.damaged)
    whole = load(sound).target("1").tracking
    for frame in tracking.frames.tolist():
        if frame in case.damaged:
            with pytest.raises(DamagedFrameError, match=rf"^Frame data damaged: .*\b{frame} .*\.$"):
                tracking.frame(frame)
        elif case.damaged:
            assert frame_state(tracking.frame(frame)) == frame_state(whole.frame(frame))
        else:
            assert tracking.frame(frame) is not None


@pytest.mark.parametrize("case", REFUSED, ids=lambda case: case.id)
def test_the_rest_is_refused_in_one_sentence(case: Case, tmp_path: Path) -> None:
    path = write_case(tmp_path / "walk.h5", tmp_path, case)
    with pytest.raises(SessionError) as caught:
        load(path)
    assert case.refused in str(caught.value)
    assert str(caught.value).startswith("walk.h5 cannot be opened as a session: ")
    assert str(caught.value).isprintable()


@pytest.mark.parametrize("case", [*DAMAGED, *SOUND], ids=lambda case: case.id)
def test_saving_keeps_the_damaged_part_as_it_is(case: Case, tmp_path: Path) -> None:
    path = write_case(tmp_path / "walk.h5", tmp_path, case)
    session = load(path)
    save(session, tmp_path / "again.h5")
    assert damaged_of(tmp_path / "again.h5") == list(case.damaged)
    with h5py.File(path) as before, h5py.File(tmp_path / "again.h5") as after:
        for name in ("window", "score", "target_tokens_removed"):
            old, new = before[f"{OUTPUT}/{name}"][...], after[f"{OUTPUT}/{name}"][...]
            assert np.array_equal(old, new, equal_nan=True)
        for name in ("score_map", "removed", "attention"):
            old, new = before[f"{OUTPUT}/{name}"].id, after[f"{OUTPUT}/{name}"].id
            for start in ((0, 0, 0), (16, 0, 0)):
                was, now = (bytes(each.read_direct_chunk(start)[1]) for each in (old, new))
                # No values take as many bytes as a bomb has.
                assert now == was or (len(was) > 10_000 and was.startswith(now))


@pytest.mark.parametrize("case", DAMAGED, ids=lambda case: case.id)
def test_tracking_again_mends_a_frame_and_undo_brings_the_damage_back(
    case: Case, tmp_path: Path
) -> None:
    session = load(write_case(tmp_path / "walk.h5", tmp_path, case))
    history = History(session)
    target = session.target("1")
    # Frame 0 has a box by hand, which no run replaces.
    frames = [frame for frame in case.damaged if frame]
    if frames:
        history.do(run("1", frames[:2], SEEN, 0, lambda model, _seed: answered(model, 17)))
        left = target.tracking.damaged().tolist()
        # What cannot be read of a block is blank afterwards; single bad rows stay.
        assert left == [] or left == frames[2:]
        assert target.tracking.frame(frames[0]) is not None
        history.undo()
    assert target.tracking.damaged().tolist() == list(case.damaged)
    history.do(ClearRange("1", 0, FRAMES))
    assert not target.tracking.damaged().size
    history.undo()
    assert target.tracking.damaged().tolist() == list(case.damaged)


def test_a_bomb_takes_no_memory(tmp_path: Path) -> None:
    bombs = [case for case in (*DAMAGED, *REFUSED) if case.id.endswith("bomb")]
    assert len(bombs) == 5
    paths = [write_case(tmp_path / f"{number}.h5", tmp_path, c) for number, c in enumerate(bombs)]
    tracemalloc.start()
    try:
        for path, case in zip(paths, bombs, strict=True):
            if case.refused:
                with pytest.raises(SessionError):
                    load(path)
            else:
                assert damaged_of(path) == list(case.damaged)
        assert tracemalloc.get_traced_memory()[1] < 20_000_000
    finally:
        tracemalloc.stop()


def test_what_is_judged_at_opening_is_bounded(sound: Path) -> None:
    tracking = load(sound).target("1").tracking
    for block in tracking.tracks[SEEN].values():
        object.__setattr__(block, "packed_maps", b"torn")
    assert tracking.damaged().tolist() == list(range(1, FRAMES))
    assert tracking.damaged(budget=5_000).tolist() == list(range(1, 16))
    assert tracking.damaged(budget=0).tolist() == []


def test_a_person_is_told_where_and_what_becomes_of_it(sound: Path) -> None:
    session = load(sound)
    words = damage_words(session, {"1": np.array([1, 2, 3, 7]), "2": np.array([5])})
    assert words == (
        "Frame data is damaged of walker on frames 1 to 3, 7; runner on frame 5. What the tracker "
        "saw there cannot be shown; boxes and everything else are sound. Saving keeps the damaged "
        "part as it is; tracking these frames again replaces it."
    )
    many = damage_words(session, {"1": np.arange(0, 20, 2)})
    assert "frames 0, 2, 4, 6 and 6 more places." in many


def test_what_a_run_says_can_be_shown_again() -> None:
    """A tracker may give tokens and no window: then nothing of the tokens is kept."""
    frame = replace(answered(SEEN, 17), window=None)
    rows = TrackingRows.from_frames(SEEN, [frame, answered(SEEN, 17)])
    record = TrackingRecord(2).with_rows(np.arange(2), rows)
    first, second = record.frame(0), record.frame(1)
    assert first is not None
    assert second is not None
    assert (first.window, first.removed) == (None, ())
    assert second.removed
    assert not record.damaged().size


@pytest.mark.parametrize("name", HOSTILE)
def test_the_files_that_were_found_first(shared: Path, name: str) -> None:
    session = load(shared / "cases" / "hostile" / f"{name}.h5")
    damaged = damaged_frames(session)["1"].tolist()
    expected = {"gzip_bomb_chunk": list(range(1, 16)), "tracked_all_lies": [0]}
    assert damaged == expected.get(name, damaged)
    assert 0 < len(damaged) < 60
