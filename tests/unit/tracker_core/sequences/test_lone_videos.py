"""A folder that holds one video with both modalities, and nothing else to show."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from tests.media import number_of, numbered, write_streams
from tests.recordings import write_boxes
from tracker_core.errors import CKDError
from tracker_core.sequences import open_dataset, open_sequence
from tracker_core.sequences.layouts.names import Layout


def gray(number: int) -> NDArray[Any]:
    return np.repeat(numbered(number, colour=False)[..., None], 3, axis=2)


def halves(number: int) -> NDArray[Any]:
    return np.hstack([numbered(number), gray(number)])


def streams(folder: Path, name: str = "flight.mkv") -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    return write_streams(folder / name, 4, numbered, gray)


def side_by_side(folder: Path, name: str = "flight.mkv") -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    return write_streams(folder / name, 4, halves)


@pytest.mark.parametrize(
    ("write", "layout"), [(streams, Layout.TWO_STREAMS), (side_by_side, Layout.SIDE_BY_SIDE)]
)
def test_the_folder_is_the_sequence_of_its_video(
    tmp_path: Path, write: Any, layout: Layout
) -> None:
    video = write(tmp_path / "walk")
    write_boxes(tmp_path / "walk" / "visible.txt", 4)
    (tmp_path / "walk" / "notes.md").write_text("cloudy")
    with open_sequence(tmp_path / "walk") as sequence, open_sequence(video) as same:
        assert (sequence.name, same.name) == ("walk", "flight")
        assert sequence.layout is same.layout is layout
        assert sequence.fingerprint() == same.fingerprint()
        assert sequence.ground_truth is not None
        frame = sequence.frame(2)
        assert frame.rgb is not None
        assert frame.tir is not None
        assert number_of(frame.rgb) == number_of(frame.tir) == 2
    with open_sequence(*sequence.locator) as again:
        assert again.name == "walk"
    with open_sequence(tmp_path / "walk", swap=True) as swapped:
        assert "swapped as asked" in " ".join(swapped.notes)


def test_the_working_folder_has_a_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    streams(tmp_path / "walk")
    monkeypatch.chdir(tmp_path / "walk")
    with open_sequence(".") as sequence:
        assert sequence.name == "walk"


def test_an_unpacked_archive_with_such_a_folder_opens(tmp_path: Path) -> None:
    streams(tmp_path / "archive" / "walk")
    with open_sequence(tmp_path / "archive") as sequence:
        assert sequence.name == "walk"


def test_two_streams_count_whatever_the_video_is_called(tmp_path: Path) -> None:
    video = streams(tmp_path / "walk", "rgb.mkv")
    with open_sequence(tmp_path / "walk") as sequence, open_sequence(video) as same:
        assert sequence.layout is same.layout is Layout.TWO_STREAMS
        assert same.name == "rgb"


def test_half_of_a_pair_is_not_cut_in_two(tmp_path: Path) -> None:
    side_by_side(tmp_path / "walk", "rgb.mkv")
    with pytest.raises(CKDError, match="no thermal frames"):
        open_sequence(tmp_path / "walk")


def test_beside_other_things_it_is_asked_for(tmp_path: Path) -> None:
    video = streams(tmp_path / "walk")
    (tmp_path / "walk" / "calibration").mkdir()
    with pytest.raises(CKDError) as refusal:
        open_sequence(tmp_path / "walk")
    assert str(video) in str(refusal.value)
    streams(tmp_path / "two", "a.mkv")
    streams(tmp_path / "two", "b.mkv")
    with pytest.raises(CKDError, match="not an RGBT sequence"):
        open_sequence(tmp_path / "two")


def test_a_dataset_of_such_folders(tmp_path: Path) -> None:
    """A film about the dataset is none of its sequences; one with boxes or two streams is."""
    streams(tmp_path / "set" / "walk")
    side_by_side(tmp_path / "set" / "ride")
    write_boxes(tmp_path / "set" / "ride" / "groundtruth.txt", 4)
    side_by_side(tmp_path / "set" / "about")
    dataset = open_dataset(tmp_path / "set")
    assert dataset.names == ("ride", "walk")
    with dataset.sequence("walk", swap=True) as sequence:
        assert sequence.locator[3]
    assert open_dataset(tmp_path / "set" / "about").names == ("about",)
