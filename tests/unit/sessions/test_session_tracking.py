from __future__ import annotations

import numpy as np
import pytest

from sessions import ModelInfo, SessionError, TrackedFrame, TrackingRecord, TrackingRows
from sessions.blocks import BLOCK_FRAMES, pack, unpack
from sessions.tracking import BlockChange
from tests.unit.sessions.building import PLAIN, TINY, frame_state, run, tracked


def record(frames: list[int], model: ModelInfo = TINY, count: int = 100) -> TrackingRecord:
    rows = run("1", frames, model).tracking
    assert rows is not None
    return TrackingRecord(count).with_rows(np.array(frames), rows)


def test_an_empty_record_says_nothing() -> None:
    empty = TrackingRecord(10)
    assert not empty
    assert empty.frame(3) is None
    assert empty.frames.size == 0
    assert empty.models == ()
    assert empty.target_tokens_removed().tolist() == [-1] * 10


@pytest.mark.parametrize("model", [TINY, PLAIN], ids=["tokens", "no elimination"])
def test_a_frame_comes_back_as_it_went_in(model: ModelInfo) -> None:
    kept = record([0, 15, 16, 99], model)
    for row, frame in enumerate([0, 15, 16, 99]):
        wanted, got = tracked(model, row), kept.frame(frame)
        assert got is not None
        assert got.score_map.dtype == np.float16
        assert frame_state(got)[:-1] == frame_state(wanted)[:-1]
    assert kept.frames.tolist() == [0, 15, 16, 99]
    assert kept.target_tokens_removed()[[0, 15, 16, 99, 50]].tolist() == [0, 1, 2, 0, -1]


def test_blocks_that_were_not_touched_are_shared() -> None:
    before = record(list(range(100)))
    after = before.without(np.array([5]))
    own, new = before.tracks[TINY], after.tracks[TINY]
    assert [i for i in own if own[i] is not new[i]] == [0]
    assert after.frames.size == 99


def test_taking_all_frames_out_leaves_nothing() -> None:
    assert not record([3, 4]).without(np.array([3, 4, 90]))


def test_a_frame_reads_from_its_own_block_only() -> None:
    full = record(list(range(64)))
    broken = [BlockChange(TINY, i, full.tracks[TINY][i]) for i in (0, 1, 3)]
    for change in broken:
        assert change.block is not None
        object.__setattr__(change.block, "packed_maps", b"not zlib")
    assert full.frame(2 * BLOCK_FRAMES) is not None
    with pytest.raises(SessionError, match="damaged"):
        full.frame(0)


@pytest.mark.parametrize("part", ["packed_maps", "packed_removed", "packed_attention"])
def test_new_rows_take_only_what_cannot_be_read_from_a_damaged_block(part: str) -> None:
    frames = list(range(16))
    full = record(frames)
    object.__setattr__(full.tracks[TINY][0], part, b"damaged")
    assert full.damaged().tolist() == frames
    rows = run("1", [3]).tracking
    assert rows is not None
    repaired = full.with_rows(np.array([3]), rows)
    assert repaired.frames.tolist() == frames
    assert not repaired.damaged().size
    assert frame_state(repaired.frame(3))[:-1] == frame_state(tracked(TINY, 0))[:-1]
    before, other = record(frames).frame(5), repaired.frame(5)
    assert before is not None
    assert other is not None
    assert (other.window, other.score) == (before.window, before.score)
    assert (other.score_map is None) == (part == "packed_maps")
    assert (other.removed == ()) == (part == "packed_removed")


def test_a_block_past_the_end_is_refused() -> None:
    blocks = record([99]).tracks[TINY]
    with pytest.raises(SessionError, match="past the 50 frames"):
        TrackingRecord(50).with_changes([BlockChange(TINY, 6, blocks[6])])


def test_a_block_of_another_model_is_refused() -> None:
    with pytest.raises(SessionError, match="does not fit the model"):
        BlockChange(PLAIN, 0, record([1]).tracks[TINY][0])


def test_packing_is_exact_and_bounded() -> None:
    array = np.random.default_rng(1).random((5, 3)).astype(np.float16)
    for shuffle in (True, False):
        data = pack(array, shuffle=shuffle)
        assert np.array_equal(unpack(data, (5, 3), np.float16, shuffle=shuffle), array)
        for shape in ((4, 3), (6, 3)):
            with pytest.raises(SessionError, match="another length"):
                unpack(data, shape, np.float16, shuffle=shuffle)
    with pytest.raises(SessionError, match="another length"):
        unpack(pack(array, shuffle=False)[:-3], (5, 3), np.float16, shuffle=False)
    with pytest.raises(SessionError, match="another length"):
        unpack(pack(array, shuffle=False) + b"x", (5, 3), np.float16, shuffle=False)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"name": ""}, "must not be empty"),
        ({"weights_sha256": "AB" * 32}, "64 hexadecimal digits"),
        ({"weights_sha256": "ab"}, "64 hexadecimal digits"),
        ({"config": "no json"}, "not valid JSON"),
        ({"config": "[]"}, "JSON object"),
        ({"config": "[" * 9000}, "not valid JSON"),
        ({"search_grid": -1}, "token grid"),
        ({"map_size": 10_000}, "score map"),
        ({"stage_blocks": (-1,)}, "elimination stage"),
        ({"stage_blocks": (1,) * 100}, "100 elimination stages"),
        ({"search_grid": 0, "stage_blocks": (3,)}, "without tokens"),
        ({"tracker": " "}, "name of the tracker must not be empty"),
        ({"tracker": "x" * 300}, "name of the tracker"),
        ({"engine": None}, "engine"),
    ],
)
def test_a_wrong_model_is_refused(change: dict[str, object], said: str) -> None:
    values: dict[str, object] = {
        "name": "tiny",
        "weights_sha256": "",
        "config": "{}",
        "search_grid": 16,
        "map_size": 16,
        "stage_blocks": (),
    }
    with pytest.raises(SessionError, match=said):
        ModelInfo(**{**values, **change})  # type: ignore[arg-type]


def test_a_search_window_needs_a_size() -> None:
    frame = tracked(TINY, 0)
    flat = TrackedFrame((1.0, 2.0, 0.0), 0.5, frame.score_map, frame.removed, 0)
    with pytest.raises(SessionError, match="no size"):
        TrackingRows.from_frames(TINY, [flat])


def test_more_removed_tokens_than_fit_are_capped() -> None:
    frame = tracked(TINY, 0)
    many = TrackedFrame((1.0, 2.0, 3.0), 0.5, frame.score_map, frame.removed, 10**6)
    assert TrackingRows.from_frames(TINY, [many]).target_tokens_removed.tolist() == [65_535]
