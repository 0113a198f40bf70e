"""Sessions that lack a part or have one of another kind: the sentence names it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import h5py
import numpy as np
import pytest

from sessions import load, save
from tests.unit.sessions.building import full
from tests.unit.sessions.refusing import refused


@pytest.fixture
def path(tmp_path: Path) -> Path:
    place = tmp_path / "walk.h5"
    save(full(), place)
    return place


GROUPS = ["sequence", "alignment", "targets"]
DATASETS = [
    "sequence/rgb_paths",
    "sequence/sources_relative",
    "alignment/tir_to_rgb",
    *(f"targets/1/{name}" for name in ("boxes", "source", "flags", "score", "edited")),
    *(
        f"targets/1/tracking/1/{name}"
        for name in ("tracked", "window", "score", "target_tokens_removed", "score_map", "removed")
    ),
]
ATTRIBUTES = [
    ("/", "created"),
    ("/", "modified"),
    ("/", "save_id"),
    ("sequence", "name"),
    ("sequence", "rgb_count"),
    ("sequence", "tir_size"),
    ("alignment", "time_offset"),
    ("targets/1", "name"),
    ("targets/1", "color"),
    ("targets/1", "position"),
    ("targets/1", "attributes"),
    ("targets/1/tracking/1", "model"),
    ("targets/1/tracking/1", "weights_sha256"),
    ("targets/1/tracking/1", "config"),
    ("targets/1/tracking/1", "search_grid"),
    ("targets/1/tracking/1", "stage_blocks"),
    ("targets/1/tracking/1", "tracker"),
    ("targets/1/tracking/1", "map_size"),
]


@pytest.mark.parametrize("part", [*GROUPS, *DATASETS])
def test_a_missing_part_is_named(path: Path, part: str) -> None:
    with h5py.File(path, "r+") as file:
        del file[part]
    assert f"/{part} is missing" in refused(path)


@pytest.mark.parametrize("part", [*GROUPS, *DATASETS])
def test_a_part_of_another_kind_is_named(path: Path, part: str) -> None:
    with h5py.File(path, "r+") as file:
        was_group = isinstance(file[part], h5py.Group)
        del file[part]
        if was_group:
            file[part] = np.arange(3)
        else:
            file.create_group(part)
    assert f"/{part} is missing" in refused(path)


@pytest.mark.parametrize(("part", "name"), ATTRIBUTES)
@pytest.mark.parametrize(
    "value", [None, 1.5, np.array([[1, 2]]), "vary", np.bytes_("☃".encode()), b"\xff", -5]
)
def test_a_wrong_attribute_is_refused(path: Path, part: str, name: str, value: object) -> None:
    with h5py.File(path, "r+") as file:
        if value is None:
            del file[part].attrs[name]
        else:
            file[part].attrs[name] = value
    if isinstance(value, np.bytes_) and name in ("name", "model", "save_id", "tracker"):
        load(path)
    elif name == "time_offset" and isinstance(value, int):
        assert load(path).alignment.time_offset == -5
    else:
        refused(path)


@pytest.mark.parametrize("part", DATASETS)
@pytest.mark.parametrize(
    "change",
    [
        lambda data: data[:-1],
        lambda data: np.zeros((10, *data.shape[1:]), np.int32),
        lambda data: data.astype(data.dtype.newbyteorder(">"))[: 99 if data.itemsize > 1 else 9],
        lambda data: data.reshape(1, *data.shape),
    ],
    ids=["shorter", "other type", "other byte order", "one more axis"],
)
def test_another_shape_or_type_is_refused(
    path: Path, part: str, change: Callable[[np.ndarray], np.ndarray]
) -> None:
    with h5py.File(path, "r+") as file:
        data = file[part][...]
        del file[part]
        other = np.zeros((9, 9), "S3") if data.dtype.kind == "S" else change(data)
        file.create_dataset(part, data=other)
    assert part in refused(path)


@pytest.mark.parametrize(
    ("part", "index", "value", "said"),
    [
        ("targets/1/boxes", (0, 0, 2), -3.0, "positive size"),
        ("targets/1/boxes", (0, 0, 0), np.nan, "positive size"),
        ("targets/1/boxes", (5, 1, 1), np.inf, "finite"),
        ("targets/1/source", 3, 77, "source 77"),
        ("targets/1/flags", 3, 0x8000, "flags"),
        ("targets/1/score", 3, np.inf, "infinite"),
        ("targets/1/edited", 3, -np.inf, "infinite"),
        ("alignment/tir_to_rgb", slice(None), 0.0, "onto a line"),
        ("alignment/tir_to_rgb", (0, 0), np.nan, "finite"),
    ],
)
def test_impossible_values_are_refused(
    path: Path, part: str, index: object, value: float, said: str
) -> None:
    with h5py.File(path, "r+") as file:
        file[part][index] = value
    assert said in refused(path)


def test_two_models_cannot_own_one_frame(path: Path) -> None:
    with h5py.File(path, "r+") as file:
        file["targets/1/tracking/0/tracked"][17] = 1
    assert "another model tracked" in refused(path)
    with h5py.File(path, "r+") as file:
        file["targets/1/tracking/0/tracked"][...] = 0
        for name, value in file["targets/1/tracking/1"].attrs.items():
            file["targets/1/tracking/0"].attrs[name] = value
    refused(path)


def test_tracked_frames_must_be_there(path: Path) -> None:
    with h5py.File(path, "r+") as file:
        file["targets/1/tracking/1/tracked"][25] = 1
        file["targets/1/tracking/1/tracked"][32:] = 0
        file["targets/1/tracking/0/tracked"][...] = 0
    load(path)
    with h5py.File(path, "r+") as file:
        file["targets/1/tracking/1/tracked"][35] = 1
    assert "lacks some of the frames" in refused(path)
