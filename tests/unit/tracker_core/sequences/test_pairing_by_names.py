"""Whatever frames are called and whatever is lost, no two of different moments meet."""

from __future__ import annotations

import pickle
from pathlib import Path
from random import Random

import pytest

from tests.naming import COPIES, COUNTED, SCHEMES, STAMPED
from tests.recordings import heat, shown_number, write_folder
from tracker_core.errors import CKDError
from tracker_core.sequences import Sequence, open_sequence
from tracker_core.sequences.pairing import AmbiguousPairingError

FRAMES = 14


def record(
    root: Path,
    scheme: str,
    lost: tuple[set[int], set[int]] = (set(), set()),
    ends: tuple[str, str] = (".png", ".PNG"),
    frames: int = FRAMES,
) -> Path:
    names = SCHEMES[scheme](Random(scheme))
    for make, folder, gone, end, picture in zip(
        names, ("rgb", "thermal"), lost, ends, (None, heat), strict=True
    ):
        every = [f"{make(k)}{end}" for k in range(frames)]
        kept = [k for k in range(frames) if k not in gone]
        arguments = () if picture is None else (picture,)
        write_folder(root / folder, [every[k] for k in kept], *arguments, numbers=kept)
    return root


def shown(sequence: Sequence) -> list[tuple[int | None, int | None]]:
    frames = [sequence.frame(k) for k in range(len(sequence))]
    return [(shown_number(frame.rgb), shown_number(frame.tir)) for frame in frames]


def expected(
    scheme: str, lost: tuple[set[int], set[int]], frames: int = FRAMES
) -> list[tuple[int | None, int | None]]:
    """What both show; what both lost is a gap where numbers tell, and unknown to a clock."""
    rows = [tuple(None if k in gone else k for gone in lost) for k in range(frames)]
    there = [row for row in rows if row != (None, None)]
    rows = rows[rows.index(there[0]) : len(rows) - rows[::-1].index(there[-1])]
    counts = (scheme in COUNTED and scheme != "bursts") or scheme == "counter and time"
    return [(row[0], row[1]) for row in rows if counts or row in there]


LOSSES: dict[str, tuple[set[int], set[int]]] = {
    "nothing": (set(), set()),
    "one of RGB": ({7}, set()),
    "one of thermal": (set(), {7}),
    "one of each": ({3}, {11}),
    "the same of both": ({9}, {9}),
    "the first of thermal": (set(), {0}),
    "the first two of both": ({0, 1}, {0, 1}),
    "the last of RGB": ({FRAMES - 1}, set()),
    "ends of thermal": (set(), {0, FRAMES - 1}),
    "several": ({2, 3, 11}, {5, 12}),
}


@pytest.mark.parametrize("losses", LOSSES)
@pytest.mark.parametrize("scheme", SCHEMES)
def test_frames_of_one_moment_meet(tmp_path: Path, scheme: str, losses: str) -> None:
    lost = LOSSES[losses]
    with open_sequence(record(tmp_path, scheme, lost)) as sequence:
        assert shown(sequence) == expected(scheme, lost)
        codes = {remark.code for remark in sequence.remarks}
        assert ("missing-frames" in codes) == bool(sequence.timeline.gaps().size)
        assert ("paired-by-time" in codes) == (scheme in STAMPED and scheme != "counter and time")


@pytest.mark.parametrize("copy", COPIES)
@pytest.mark.parametrize("scheme", ["padded", "words", "hashes", "ms", "renamed by windows"])
def test_copies_are_left_out_and_said(tmp_path: Path, scheme: str, copy: str) -> None:
    root = record(tmp_path, scheme, ends=(".png", ".png"))
    originals = sorted((root / "rgb").iterdir())[:6]
    for number, path in enumerate(originals):
        name = copy.format(stem=path.stem, end=path.suffix)
        write_folder(root / "rgb", ["other.png"], numbers=[100 + number])
        (root / "rgb" / "other.png").rename(root / "rgb" / name)
    with open_sequence(root) as sequence:
        assert shown(sequence) == [(k, k) for k in range(FRAMES)]
        codes = {remark.code for remark in sequence.remarks}
        assert codes & {"copies", "thumbnails", "hidden-files", "unfinished-files"}


def test_a_copy_without_its_original_is_no_frame(tmp_path: Path) -> None:
    root = record(tmp_path, "padded", ends=(".jpg", ".jpg"))
    (root / "rgb" / "000004.jpg").rename(root / "rgb" / "000004 (1).jpg")
    with open_sequence(root) as sequence:
        assert sequence.gaps == {4}
        assert "000004 (1).jpg" in " ".join(sequence.notes)


def test_shots_numbered_in_brackets_are_frames(tmp_path: Path) -> None:
    for folder, make in (("rgb", None), ("thermal", heat)):
        names = [f"cam ({k}).png" for k in range(1, 9)]
        write_folder(tmp_path / folder, names, *(() if make is None else (make,)))
        (tmp_path / folder / "cam.png").write_bytes(b"")
    with open_sequence(tmp_path) as sequence:
        assert shown(sequence) == [(k, k) for k in range(8)]


def named(root: Path, rgb: list[str], tir: list[str]) -> Path:
    write_folder(root / "rgb", [f"{name}.png" for name in rgb])
    write_folder(root / "thermal", [f"{name}.png" for name in tir], heat)
    return root


def numbered(first: int, count: int, *lost: int, form: str = "{:04d}") -> list[str]:
    return [form.format(k) for k in range(first, first + count) if k not in lost]


@pytest.mark.parametrize(
    ("rgb", "tir"),
    [
        (numbered(0, 30), numbered(500, 30)),
        (numbered(1, 30), numbered(100_000, 30)),
        (numbered(0, 30, 4), numbered(500, 30, 504)),
        (["7"], ["9"]),
    ],
)
def test_another_base_is_shifted_where_it_is_certain(
    tmp_path: Path, rgb: list[str], tir: list[str]
) -> None:
    with open_sequence(named(tmp_path, rgb, tir)) as sequence:
        pairs = [pair for pair in shown(sequence) if None not in pair]
        assert pairs == [(k, k) for k in range(len(rgb))]
        assert "other-base" in {remark.code for remark in sequence.remarks}


AMBIGUOUS: dict[str, tuple[list[str], list[str]]] = {
    "a base of 1, or one lost of each": (numbered(0, 30), numbered(1, 30)),
    "the same the other way round": (numbered(1, 30), numbered(0, 30)),
    "a base of 1 and one lost": (numbered(0, 30, 5), numbered(1, 30)),
    "a base of 1 and the end lost": (numbered(0, 28), numbered(1, 30)),
    "moved by three": (numbered(0, 30), numbered(3, 30)),
    "elsewhere and one lost": (numbered(0, 30, 5), numbered(500, 30)),
    "moved by half": (numbered(0, 100), numbered(50, 99)),
    "every tenth of the other": ([f"{10 * k}" for k in range(30)], numbered(0, 30)),
    "no numbers and other counts": (list("abcdef"), list("uvwxy")),
    "hashes": (
        ["a3f9c31e", "77b2d0c4", "0c4e7b5a", "f00d1e5a", "9e8d7c6b", "1a2b3c4d"],
        ["5b6c7d8e", "e1d2c3b4", "8f9e0d1c", "2b3a4c5d", "c0ffee12", "d4c3b2a1"],
    ),
    "counter and clock": (numbered(0, 9), [f"{1_612_345_678_000 + 33 * k}" for k in range(9)]),
    "clocks of other days": (
        [f"{1_612_345_678_000 + 33 * k}" for k in range(9)],
        [f"{1_712_345_678_000 + 33 * k}" for k in range(9)],
    ),
}


@pytest.mark.parametrize("case", AMBIGUOUS)
def test_what_is_ambiguous_is_refused_with_what_settles_it(tmp_path: Path, case: str) -> None:
    root = named(tmp_path, *AMBIGUOUS[case])
    with pytest.raises(AmbiguousPairingError, match="--tir-offset N") as refusal:
        open_sequence(root)
    assert str(refusal.value).count(". ") == 0


def test_the_offset_settles_it(tmp_path: Path) -> None:
    root = named(tmp_path, numbered(0, 30, 5), numbered(1, 30))
    with open_sequence(root, tir_offset=1) as sequence:
        # Picture k of the thermal folder shows its place, and place k is number k + 1.
        places = [f"{k:04d}" for k in range(30) if k != 5]
        for index, frame in enumerate(shown(sequence)):
            if frame[0] is not None:
                assert frame == (places.index(f"{index:04d}"), index)
        assert sequence.gaps == {5}
        assert sequence.locator == (root, None, 1, False)
        assert "given-offset" in {remark.code for remark in sequence.remarks}
    with open_sequence(root, tir_offset=0) as sequence:
        assert len(sequence) == 31
    with pytest.raises(CKDError, match="check --tir-offset"):
        open_sequence(root, tir_offset=1000)


def test_an_offset_of_clocks_is_in_milliseconds(tmp_path: Path) -> None:
    rgb, tir = AMBIGUOUS["clocks of other days"]
    with open_sequence(named(tmp_path, rgb, tir), tir_offset=100_000_000_000) as sequence:
        assert shown(sequence) == [(k, k) for k in range(9)]


def test_an_offset_of_frames_without_numbers_counts_files(tmp_path: Path) -> None:
    with open_sequence(named(tmp_path, list("abcd"), list("uvwxyz")), tir_offset=2) as sequence:
        both = [pair for pair in shown(sequence) if None not in pair]
        assert both == [(0, 2), (1, 3), (2, 4), (3, 5)]


def test_files_without_numbers_are_paired_by_equal_names_else_in_order(tmp_path: Path) -> None:
    names = ["ash", "elm", "fir", "oak"]
    with open_sequence(named(tmp_path / "a", names, ["ash", "fir", "oak"])) as sequence:
        assert [pair[0] is None or pair[1] is None for pair in shown(sequence)] == [
            False,
            True,
            False,
            False,
        ]
        assert "paired-by-name" in {remark.code for remark in sequence.remarks}
    with open_sequence(named(tmp_path / "b", names, ["u", "v", "w", "x"])) as sequence:
        assert shown(sequence) == [(k, k) for k in range(4)]
        assert "not-numbered" in {remark.code for remark in sequence.remarks}


def test_a_clock_that_differs_from_the_counter_is_no_guess(tmp_path: Path) -> None:
    # Each camera counts what it saved; thermal lost one, which its counter does not show.
    stamps = [1_612_345_678_000 + 33 * k for k in range(20)]
    rgb = [f"{k:04d}_{stamp}" for k, stamp in enumerate(stamps)]
    tir = [f"{k:04d}_{stamp + 4}" for k, stamp in enumerate(stamps[:9] + stamps[10:])]
    root = named(tmp_path, rgb, tir)
    with pytest.raises(AmbiguousPairingError, match="counters and the time stamps"):
        open_sequence(root)
    with open_sequence(root, tir_offset=0) as sequence:
        assert sequence.gaps == {19}


def test_one_loses_its_first_and_the_other_its_last_frame(tmp_path: Path) -> None:
    """As many rows as both together have numbers tell it from counting from 0 and from 1."""
    root = named(tmp_path, numbered(0, 9), numbered(1, 9))
    for rows, gaps in ((10, {0, 9}), (9, set())):
        (root / "groundtruth.txt").write_text("1,2,3,4\n" * rows)
        with open_sequence(root) as sequence:
            assert sequence.gaps == gaps
            said = [note for note in sequence.notes if "numbered from 0" in note]
            assert ["ground truth" in note for note in said] == [True]
    # Rows of neither kind, and of both.
    for rows in (8, 11):
        (root / "groundtruth.txt").write_text("1,2,3,4\n" * rows)
        with pytest.raises(AmbiguousPairingError) as refusal:
            open_sequence(root)
        assert refusal.value.offset == 1
        assert "and 1 pairs the first of each" in str(refusal.value)
    (root / "visible.txt").write_text("1,2,3,4\n" * 9)
    (root / "infrared.txt").write_text("1,2,3,4\n" * 10)
    with pytest.raises(AmbiguousPairingError):
        open_sequence(root)


def test_the_refusal_keeps_its_offset_from_another_process() -> None:
    said = AmbiguousPairingError("Which is unclear", "say it", 3)
    copy = pickle.loads(pickle.dumps(said))  # noqa: S301 - our own
    assert (str(copy), copy.doubt, copy.offset) == ("Which is unclear; say it.", said.doubt, 3)
