"""Whatever files are missing, no frame of one modality ever meets a frame of another moment."""

from __future__ import annotations

import tempfile
from pathlib import Path
from random import Random

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from tests.naming import COPIES, SCHEMES
from tracker_core.sequences.boxes import BoxRows
from tracker_core.sequences.ground_truth import TruthFiles, load_ground_truth
from tracker_core.sequences.listing import list_frames
from tracker_core.sequences.pairing import AmbiguousPairingError, pair_lists
from tracker_core.sequences.rows import RowRule, RowSpace, UndecidedRowsError, place_rows
from tracker_core.sequences.timeline import pair_by_number


@given(
    scheme=st.sampled_from(sorted(SCHEMES)),
    frames=st.integers(8, 30),
    rgb_lost=st.sets(st.integers(0, 29), max_size=12),
    tir_lost=st.sets(st.integers(0, 29), max_size=12),
    copied=st.lists(st.tuples(st.integers(0, 29), st.sampled_from(COPIES)), max_size=6),
    seed=st.integers(0, 99),
)
def test_frames_of_one_moment_meet_and_others_never_do(
    scheme: str,
    frames: int,
    rgb_lost: set[int],
    tir_lost: set[int],
    copied: list[tuple[int, str]],
    seed: int,
) -> None:
    moments: tuple[dict[str, int], dict[str, int]] = ({}, {})
    with tempfile.TemporaryDirectory() as root:
        for side, make in enumerate(SCHEMES[scheme](Random(seed))):
            folder = Path(root) / str(side)
            folder.mkdir()
            for k in range(frames):
                name = make(k)
                if k in (rgb_lost, tir_lost)[side]:
                    continue
                moments[side][f"{name}.png"] = k
                (folder / f"{name}.png").touch()
                for at, form in copied:
                    if at == k:
                        (folder / form.format(stem=name, end=".png")).touch()
        lists = [list_frames(Path(root) / str(side)) for side in (0, 1)]
        if not all(len(each) for each in lists):
            return
        try:
            paired = pair_lists(*lists)
        except AmbiguousPairingError as refusal:
            assert "--tir-offset" in str(refusal) or "rename" in str(refusal)  # noqa: PT017
            return
    timeline = paired.timeline
    # Counting from 0 and from 1 looks like one first and one last frame lost; it is said.
    if "other-base" in [remark.code for remark in timeline.remarks]:
        assert len(lists[0]) == len(lists[1])
        return
    seen = []
    for rgb_at, tir_at in zip(timeline.rgb, timeline.tir, strict=True):
        # A copy is in none of the two: it is no frame of its own.
        rgb = moments[0][paired.rgb.names[rgb_at]] if rgb_at >= 0 else None
        tir = moments[1][paired.tir.names[tir_at]] if tir_at >= 0 else None
        if rgb is not None and tir is not None:
            assert rgb == tir
        if rgb is not None or tir is not None:
            seen.append(rgb if rgb is not None else tir)
    assert seen == sorted(set(range(frames)) - (rgb_lost & tir_lost))
    if len(timeline.gaps()):
        assert timeline.remarks


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
    if frames.values is not None:
        assert len(frames.values) == len(frames.names)
        assert (np.diff(frames.values) > 0).all()
    if frames.numbers is not None and frames.base == 10:
        for name, number in zip(frames.names, frames.numbers, strict=True):
            assert str(abs(number)) in name


@given(
    first=st.sampled_from([0, 1]),
    frames=st.integers(3, 30),
    rgb_lost=st.sets(st.integers(0, 29), max_size=8),
    tir_lost=st.sets(st.integers(0, 29), max_size=8),
    known=st.booleans(),
)
def test_a_row_is_on_its_own_number_or_there_is_none(
    first: int, frames: int, rgb_lost: set[int], tir_lost: set[int], known: bool
) -> None:
    """Rows for all numbers, of which any may be lost: the first, the last, in one or in both."""
    rgb = np.array(sorted(set(range(frames)) - rgb_lost), np.int64) + first
    tir = np.array(sorted(set(range(frames)) - tir_lost), np.int64) + first
    if not len(rgb) or not len(tir):
        return
    timeline = pair_by_number(rgb, tir)
    rule = RowRule(first_number=first if known else None)
    slots = np.flatnonzero(timeline.rgb >= 0)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "visible.txt"
        path.write_text("".join(f"{k},1,2,3\n" for k in range(frames)))
        try:
            truth = load_ground_truth(
                TruthFiles(path, None, None),
                RowSpace.of(timeline, is_video=False),
                slots,
                slots,
                rule,
            )
        except UndecidedRowsError:
            assert not timeline.whole or not known
            return
    assert truth is not None
    numbers = timeline.numbers
    assert numbers is not None
    at = np.flatnonzero(truth.annotated)
    assert truth.rgb[at, 0].tolist() == (numbers[at] - first).tolist()
    # Every frame that is there has its row.
    assert len(at) == len(timeline)


@given(rows=st.integers(1, 12), offset=st.integers(0, 12), lost=st.sets(st.integers(0, 99)))
def test_one_row_for_ten_frames_stays_with_its_number(
    rows: int, offset: int, lost: set[int]
) -> None:
    numbers = np.array(sorted(set(range(10 * rows + offset)) - lost), np.int64)
    if len(numbers) < 2 or numbers[-1] < 10 * (rows - 1) + offset:
        return
    timeline = pair_by_number(numbers, numbers)
    placed = place_rows(
        "rgb.txt", rows, RowSpace.of(timeline, is_video=False), None, RowRule(10, offset, 0)
    )
    assert timeline.numbers is not None
    for row, frame in enumerate(placed.frames):
        number = offset + 10 * row
        assert number not in timeline.numbers if frame < 0 else timeline.numbers[frame] == number


@given(blank=st.lists(st.booleans(), max_size=12))
def test_leaving_out_blank_rows_keeps_the_order(blank: list[bool]) -> None:
    boxes = np.full((len(blank), 4), np.nan)
    boxes[~np.array(blank, bool)] = 1.0
    rows = BoxRows(Path("x.txt"), boxes, np.array(blank, np.bool_))
    kept = rows.without_blanks()
    assert len(kept) == blank.count(False)
    assert not kept.blank.any()
