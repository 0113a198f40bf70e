"""FLIR's file of pairs: `rgb_to_thermal_vid_map.json`."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

import pytest

from app.cli import entry as cli
from tests.recordings import heat, shown_number, write_folder
from tracker_core.errors import CKDError
from tracker_core.sequences import Sequence, open_dataset, open_sequence
from tracker_core.sequences.layouts.names import Layout
from tracker_core.sequences.pair_map import MAP_NAME

VIDEOS = {"57kWWRyeqqHs3Byei": (30, 12), "BzZspxAweF8AnKhWK": (400, 407)}
"""The number of the first frame of each video, in RGB and in thermal."""
FRAMES = 6


def record(root: Path) -> dict[str, str]:
    """Two videos in one folder, in each of which both cameras count as they like."""
    rng = random.Random(5)

    def name(video: str, number: int) -> str:
        mark = "".join(rng.choices("abcdefghjkABCDEFGHJK23456789", k=17))
        return f"video-{video}-frame-{number:06d}-{mark}.png"

    pairs = [
        (name(video, first + k), name(video, second + k))
        for video, (first, second) in VIDEOS.items()
        for k in range(FRAMES)
    ]
    write_folder(root / "video_rgb_test" / "data", [rgb for rgb, _ in pairs])
    write_folder(root / "video_thermal_test" / "data", [tir for _, tir in pairs], heat)
    rng.shuffle(pairs)
    return dict(pairs)


def write_map(root: Path, content: Any) -> Path:
    path = root / MAP_NAME
    path.write_text(json.dumps(content))
    return path


@pytest.fixture
def flir(tmp_path: Path) -> Path:
    write_map(tmp_path, record(tmp_path))
    return tmp_path


def shown(sequence: Sequence) -> list[tuple[int | None, int | None]]:
    frames = [sequence.frame(k) for k in range(len(sequence))]
    return [(shown_number(frame.rgb), shown_number(frame.tir)) for frame in frames]


def picture(root: Path, modality: str, number: int) -> Path:
    """The file that shows a number."""
    folder = root / f"video_{modality}_test" / "data"
    with open_sequence(root / "video_rgb_test" / "data") as sequence:
        paths = sequence.rgb_paths if modality == "rgb" else sequence.tir_paths
    assert paths[number].parent == folder
    return paths[number]


@pytest.mark.parametrize("opened", [".", "video_rgb_test/data", "video_thermal_test/data"])
def test_the_map_pairs_what_names_cannot(flir: Path, opened: str) -> None:
    with open_sequence(flir / opened) as sequence:
        assert sequence.layout is Layout.FLIR_ADAS
        assert shown(sequence) == [(k, k) for k in range(2 * FRAMES)]
        codes = {remark.code for remark in sequence.remarks}
        assert "paired-by-map" in codes
        # These are recordings.
        assert "stills" not in codes
    (flir / MAP_NAME).unlink()
    with pytest.raises(CKDError, match="--tir-offset"):
        open_sequence(flir / opened)


def test_two_folders_of_ones_own_with_the_map_beside_them(flir: Path) -> None:
    (flir / "video_rgb_test" / "data").rename(flir / "rgb")
    (flir / "video_thermal_test" / "data").rename(flir / "thermal")
    with open_sequence(flir / "rgb", flir / "thermal") as sequence:
        assert shown(sequence) == [(k, k) for k in range(2 * FRAMES)]


def test_lost_pictures_are_gaps_and_others_are_left_out_and_said(
    flir: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    gone = [picture(flir, "rgb", 2), picture(flir, "thermal", 9)]
    both = [picture(flir, "rgb", 4), picture(flir, "thermal", 4)]
    for path in (*gone, *both):
        path.unlink()
    write_folder(flir / "video_rgb_test" / "data", ["video-x-frame-000001-y.png"])
    with open_sequence(flir) as sequence:
        numbers = [k for k in range(2 * FRAMES) if k != 4]
        assert shown(sequence) == [(None if k == 2 else k, None if k == 9 else k) for k in numbers]
        notes = " ".join(sequence.notes)
        assert "1 pairs of rgb_to_thermal_vid_map.json have no picture" in notes
        assert "video-x-frame-000001-y.png in data is not in" in notes
    assert cli.run(["lint", str(flir)]) == 1
    said = capsys.readouterr().out
    for code in ("paired-by-map", "unmapped-files", "missing-frames"):
        assert f"[{code}]" in said


BAD: dict[str, tuple[Any, str]] = {
    "a list": (["a"], "does not hold pairs"),
    "nothing": ({}, "does not hold pairs"),
    "numbers": ({"a.png": 3}, "3 is not the name"),
    "no text": ({"a.png": ""}, "'' is not the name"),
    "a path": ({"a.png": "../../b.png"}, "is not the name"),
    "a path of Windows": ({"C:\\a.png": "b.png"}, "is not the name"),
}


@pytest.mark.parametrize("case", BAD)
def test_what_is_no_map_is_refused(
    flir: Path, case: str, capsys: pytest.CaptureFixture[str]
) -> None:
    content, why = BAD[case]
    path = write_map(flir, content)
    with pytest.raises(CKDError) as refusal:
        open_sequence(flir)
    assert why in str(refusal.value)
    assert str(path) in str(refusal.value)
    assert cli.run(["info", str(flir)]) == 2
    assert "Traceback" not in capsys.readouterr().err


@pytest.mark.parametrize(
    "text",
    ["", "{", "[" * 100_000, '{"a.png": "b.png", "a.png": "c.png"}', "\0" * 50, "9" * 5000],
)
def test_broken_json_is_refused(flir: Path, text: str) -> None:
    (flir / MAP_NAME).write_text(text)
    with pytest.raises(CKDError) as refusal:
        open_sequence(flir)
    assert len(str(refusal.value)) < 400 + len(str(flir))


def test_a_huge_map_is_not_read(flir: Path) -> None:
    with (flir / MAP_NAME).open("r+b") as file:
        file.truncate(1 << 40)
    with pytest.raises(CKDError, match=MAP_NAME):
        open_sequence(flir)


def test_a_map_that_contradicts_itself_is_refused(flir: Path) -> None:
    content = json.loads((flir / MAP_NAME).read_text())
    first, second = list(content)[:2]
    write_map(flir, {**content, first: content[second]})
    with pytest.raises(CKDError, match="to both") as refusal:
        open_sequence(flir)
    assert content[second] in str(refusal.value)


def test_a_map_the_wrong_way_round_is_refused_and_never_guessed(flir: Path) -> None:
    content = json.loads((flir / MAP_NAME).read_text())
    rgb, tir = (flir / f"video_{each}_test" / "data" for each in ("rgb", "thermal"))
    with pytest.raises(CKDError, match="pairs no picture"):
        write_map(flir, {name: f"other-{k}.png" for k, name in enumerate(content)})
        open_sequence(rgb, tir)
    write_map(flir, {tir: rgb for rgb, tir in content.items()})
    # Of both folders nothing is named as theirs, so that names decide, which they cannot.
    with pytest.raises(CKDError, match="--tir-offset"):
        open_sequence(rgb, tir)


def test_a_map_about_other_folders_says_nothing(flir: Path) -> None:
    for modality, make in (("rgb", None), ("thermal", heat)):
        names = [f"video-FP3PuwDiY5hpzq942-frame-{k:06d}-BXKj{k}.png" for k in range(5)]
        folder = flir / f"images_{modality}_train" / "data"
        write_folder(folder, names, *(() if make is None else (make,)))
    dataset = open_dataset(flir)
    assert len(dataset) == 2
    with open_sequence(flir / "images_rgb_train" / "data") as sequence:
        assert shown(sequence) == [(k, k) for k in range(5)]
        assert "paired-by-map" not in {remark.code for remark in sequence.remarks}


def test_an_offset_that_is_given_goes_before_it(flir: Path) -> None:
    with open_sequence(flir, tir_offset=-18) as sequence:
        codes = {remark.code for remark in sequence.remarks}
        assert "given-offset" in codes
        assert "paired-by-map" not in codes
