"""Whatever files are missing, no frame of one modality ever meets a frame of another moment."""

from __future__ import annotations

import tempfile
from pathlib import Path

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from tracker_core.sequences.boxes import BoxRows
from tracker_core.sequences.ground_truth import TruthFiles, load_ground_truth
from tracker_core.sequences.listing import list_frames
from tracker_core.sequences.pairing import pair_frames

rising = st.sets(st.integers(0, 60), min_size=1, max_size=40).map(sorted)


@given(
    moments=st.integers(3, 60),
    rgb_lost=st.sets(st.integers(1, 58)),
    tir_lost=st.sets(st.integers(1, 58)),
)
def test_frames_of_one_number_meet_and_others_do_not(
    moments: int, rgb_lost: set[int], tir_lost: set[int]
) -> None:
    inner = set(range(1, moments - 1))
    rgb = np.array(sorted(set(range(moments)) - (rgb_lost & inner)), np.int64)
    tir = np.array(sorted(set(range(moments)) - (tir_lost & inner)), np.int64)
    timeline = pair_frames(len(rgb), len(tir), rgb, tir)
    for rgb_at, tir_at in zip(timeline.rgb, timeline.tir, strict=True):
        if rgb_at >= 0 and tir_at >= 0:
            assert rgb[rgb_at] == tir[tir_at]
    assert sorted(timeline.rgb[timeline.rgb >= 0]) == list(range(len(rgb)))
    assert sorted(timeline.tir[timeline.tir >= 0]) == list(range(len(tir)))
    if len(timeline.gaps()):
        assert timeline.remarks


@given(rgb=rising, tir=rising)
def test_a_shift_between_the_modalities_is_never_silent(rgb: list[int], tir: list[int]) -> None:
    a, b = np.array(rgb, np.int64), np.array(tir, np.int64)
    timeline = pair_frames(len(a), len(b), a, b)
    met = [
        (int(a[i]), int(b[j]))
        for i, j in zip(timeline.rgb, timeline.tir, strict=True)
        if i >= 0 and j >= 0
    ]
    assert len({x - y for x, y in met}) <= 1
    if any(x != y for x, y in met):
        assert "other-base" in [remark.code for remark in timeline.remarks]
    for slots, own in ((timeline.rgb, a), (timeline.tir, b)):
        assert slots[slots >= 0].tolist() == list(range(len(own)))
    missing = len(a) != len(b) or bool(len(timeline.gaps()))
    assert bool(timeline.remarks) or not missing


names = st.one_of(
    st.tuples(
        st.sampled_from(["v", "", "cam1_", "frame-"]), st.sets(st.integers(0, 2000), max_size=25)
    ).map(lambda pair: [f"{pair[0]}{number}.jpg" for number in pair[1]]),
    st.lists(
        st.text("ab01_-. ", min_size=1, max_size=8).map(lambda name: name + ".png"), max_size=12
    ),
)


@given(files=names)
def test_listing_keeps_or_mentions_every_file_and_numbers_rise(files: list[str]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        for name in files:
            (Path(folder) / name).touch()
        frames = list_frames(Path(folder))
    visible = {name for name in files if not name.startswith(".")}
    assert len(set(frames.names)) == len(frames.names)
    assert set(frames.names) <= visible
    if set(frames.names) != visible:
        assert frames.remarks
    if frames.numbers is not None:
        assert len(frames.numbers) == len(frames.names)
        assert (np.diff(frames.numbers) > 0).all()
        for name, number in zip(frames.names, frames.numbers, strict=True):
            assert str(number) in name


@given(
    rows=st.integers(0, 40),
    length=st.integers(1, 40),
    lost=st.sets(st.integers(0, 39), max_size=8),
    every=st.sampled_from([1, 10]),
    offset=st.integers(-5, 12),
)
def test_row_k_stays_row_k(rows: int, length: int, lost: set[int], every: int, offset: int) -> None:
    slots = np.array(sorted(set(range(length)) - lost), np.int64)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "visible.txt"
        path.write_text("".join(f"{k},1,2,3\n" for k in range(rows)))
        truth = load_ground_truth(
            TruthFiles(path, None, None, every=every), length, slots, slots, offset
        )
    assert truth is not None
    assert len(truth) == length
    rows_seen = truth.rgb[truth.annotated, 0]
    at = np.flatnonzero(truth.annotated)
    assert (np.diff(rows_seen) == 1).all()
    if "rows-by-file" in [remark.code for remark in truth.remarks]:
        assert at.tolist() == slots.tolist()
    elif len(at):
        steps = {1, every}
        assert any((at - at[0] == step * (rows_seen - rows_seen[0])).all() for step in steps)
    if not truth.remarks:
        assert rows == length
        assert rows_seen.tolist() == at.tolist() == list(range(length))


@given(blank=st.lists(st.booleans(), max_size=12))
def test_leaving_out_blank_rows_keeps_the_order(blank: list[bool]) -> None:
    boxes = np.full((len(blank), 4), np.nan)
    boxes[~np.array(blank, bool)] = 1.0
    rows = BoxRows(Path("x.txt"), boxes, np.array(blank, np.bool_))
    kept = rows.without_blanks()
    assert len(kept) == blank.count(False)
    assert not kept.blank.any()
