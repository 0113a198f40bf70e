"""Whatever files are missing, no frame of one modality ever meets a frame of another moment."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path
from random import Random

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from tests.naming import COPIES, SCHEMES, Name
from tracker_core.sequences.boxes import BoxRows
from tracker_core.sequences.ground_truth import TruthFiles, load_ground_truth
from tracker_core.sequences.listing import list_frames
from tracker_core.sequences.pairing import AmbiguousPairingError, Paired, pair_lists
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
    with tempfile.TemporaryDirectory() as root:
        folders = Path(root) / "rgb", Path(root) / "tir"
        moments = [
            write_names(folder, make, [k for k in range(frames) if k not in lost], copied)
            for folder, make, lost in zip(
                folders, SCHEMES[scheme](Random(seed)), (rgb_lost, tir_lost), strict=True
            )
        ]
        rgb, tir = (list_frames(folder) for folder in folders)
        if not (len(rgb) and len(tir)):
            return
        try:
            paired = pair_lists(rgb, tir)
        except AmbiguousPairingError as refusal:
            assert "--tir-offset" in str(refusal) or "rename" in str(refusal)  # noqa: PT017
            return
    # With no number in common nothing else is possible, but that the cameras never ran together.
    if "other-base" in [remark.code for remark in paired.timeline.remarks]:
        assert len(rgb) == len(tir)
        assert rgb.values is not None
        assert tir.values is not None
        assert not set(rgb.values.tolist()) & set(tir.values.tolist())
        return
    seen = [moment for moment in met(paired, *moments) if moment is not None]
    assert seen == sorted(set(range(frames)) - (rgb_lost & tir_lost))
    if len(paired.timeline.gaps()):
        assert paired.timeline.remarks


def write_names(
    folder: Path, make: Name, moments: list[int], copied: list[tuple[int, str]]
) -> dict[str, int]:
    """Empty files as a scheme names them, copies beside them; the moment of each, by name."""
    folder.mkdir()
    names = {f"{make(k)}.png": k for k in moments}
    for name, moment in names.items():
        (folder / name).touch()
        for at, form in copied:
            if at == moment:
                (folder / form.format(stem=name[:-4], end=".png")).touch()
    return names


def met(
    paired: Paired, rgb_moments: dict[str, int], tir_moments: dict[str, int]
) -> Iterator[int | None]:
    """The moment of each frame, which both modalities agree on; a copy has none."""
    timeline = paired.timeline
    for rgb_at, tir_at in zip(timeline.rgb, timeline.tir, strict=True):
        rgb = rgb_moments[paired.rgb.names[rgb_at]] if rgb_at >= 0 else None
        tir = tir_moments[paired.tir.names[tir_at]] if tir_at >= 0 else None
        if rgb is not None and tir is not None:
            assert rgb == tir
        yield rgb if rgb is not None else tir


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
