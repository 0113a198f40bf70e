"""What may be missing has to be right where it is there."""

from __future__ import annotations

import zlib
from collections.abc import Callable
from pathlib import Path

import h5py
import numpy as np
import pytest

from sessions import DamagedFrameError, SessionError, load, save
from tests.unit.sessions.building import everything
from tests.unit.sessions.refusing import huge, refused


@pytest.fixture
def whole(tmp_path: Path) -> Path:
    """A session with every optional part; "tiny" is number 2 of target 1."""
    place = tmp_path / "whole.h5"
    save(everything(), place)
    return place


TINY_PART = "targets/1/tracking/2"
OPTIONAL_DATASETS = [
    "alignment/points",
    "alignment/residuals",
    *(f"targets/1/seen/{name}" for name in ("first", "last", "marked_at", "reason")),
    *(f"{TINY_PART}/{name}" for name in ("attention", "predicted_overlap", "removed_known")),
]
OPTIONAL_ATTRIBUTES = [
    ("/", "notes"),
    ("alignment", "kind"),
    ("alignment", "origin"),
    ("targets/1", "class_name"),
    ("targets/1", "visible"),
    ("targets/car-2", "color_rgb"),
    ("targets/car-2", "locked"),
    ("targets/car-2", "linked"),
    ("view", "frame"),
    ("view", "target"),
    ("view", "settings"),
    ("targets/1/tracking/0", "engine"),
    *((part, "encoding-type") for part in ("sequence", "targets", "targets/1/seen", TINY_PART)),
    *((part, "encoding-version") for part in ("alignment", "targets/1", "view")),
]


def test_the_parts_to_damage_are_there(whole: Path) -> None:
    load(whole)
    with h5py.File(whole) as file:
        assert file[TINY_PART].attrs["model"] == b"tiny"
        assert all(part in file for part in OPTIONAL_DATASETS)
        assert all(name in file[part].attrs for part, name in OPTIONAL_ATTRIBUTES)


@pytest.mark.parametrize("part", OPTIONAL_DATASETS)
@pytest.mark.parametrize(
    "change",
    [
        lambda data: np.zeros((3, *data.shape[1:]), data.dtype),
        lambda data: np.zeros(data.shape, np.int32),
        lambda data: np.zeros(data.shape, "S3") if data.dtype.kind != "S" else np.float64(1),
        lambda data: data.reshape(1, *data.shape),
        lambda data: data.ravel()[:1].reshape(()),
    ],
    ids=["other length", "other type", "text", "one more axis", "one number"],
)
def test_another_kind_of_optional_part_is_refused(
    whole: Path, part: str, change: Callable[[np.ndarray], np.ndarray]
) -> None:
    with h5py.File(whole, "r+") as file:
        data = file[part][...]
        del file[part]
        other = change(data)
        file[part] = other[:2] if other.shape[:1] == data.shape[:1] == (3,) else other
    refused(whole)


@pytest.mark.parametrize("part", [*OPTIONAL_DATASETS, "view", "targets/1/seen"])
def test_a_group_for_a_dataset_and_the_other_way_is_refused(whole: Path, part: str) -> None:
    with h5py.File(whole, "r+") as file:
        was_group = isinstance(file[part], h5py.Group)
        del file[part]
        if was_group:
            file[part] = np.arange(3)
        else:
            file.create_group(part)
    assert f"/{part} is missing" in refused(whole)


@pytest.mark.parametrize("name", ["first", "last", "marked_at", "reason"])
def test_seen_marks_need_all_their_parts(whole: Path, name: str) -> None:
    with h5py.File(whole, "r+") as file:
        del file[f"targets/1/seen/{name}"]
    assert f"/targets/1/seen/{name} is missing" in refused(whole)


@pytest.mark.parametrize(("part", "name"), OPTIONAL_ATTRIBUTES)
@pytest.mark.parametrize("value", [1.5, np.array([[1, 2]]), "vary", b"\xff", -5, 7_000_000])
def test_a_wrong_optional_attribute_is_refused(
    whole: Path, part: str, name: str, value: object
) -> None:
    with h5py.File(whole, "r+") as file:
        file[part].attrs[name] = value
    refused(whole)


@pytest.mark.parametrize(
    ("part", "name", "value", "said"),
    [
        ("alignment", "kind", b"bent", "'bent', not known here"),
        ("view", "settings", b"[1]", "must be a JSON object"),
        ("view", "settings", b"{" * 20_000, "16000"),
        ("targets/1", "class_name", b"a\nb", "single line"),
        ("targets/1/tracking/0", "engine", b"x" * 201, "at most 200"),
        (TINY_PART, "tracker", b"", "must not be empty"),
        (TINY_PART, "map_size", 0, None),
        (TINY_PART, "map_size", 8, "score_map is float16"),
        (TINY_PART, "map_size", 129, "map_size"),
        (TINY_PART, "search_grid", 0, "without tokens"),
        (TINY_PART, "encoding-type", b"view-state", "is encoded as 'view-state'"),
        (TINY_PART, "encoding-version", 2, "newer CKD Studio (tracker-output 2)"),
        ("targets/car-2", "color_rgb", np.array([1, 2, 256]), "between 0 and 255"),
        ("targets/car-2", "color_rgb", np.array([1, 2]), "red, green and blue"),
        ("targets/car-2", "color_rgb", np.arange(5000), "red, green and blue"),
    ],
)
def test_an_impossible_optional_attribute_is_named(
    whole: Path, part: str, name: str, value: object, said: str | None
) -> None:
    with h5py.File(whole, "r+") as file:
        file[part].attrs[name] = np.bytes_(value) if isinstance(value, bytes) else value
    if said is None:
        frame = load(whole).target("1").tracking.frame(12)
        assert frame is not None
        assert frame.score_map is None
    else:
        assert said in refused(whole)


@pytest.mark.parametrize(
    ("part", "index", "value", "said"),
    [
        ("alignment/points", (0, 1, 0), np.nan, "two finite numbers"),
        ("alignment/residuals", 0, np.inf, "finite"),
        ("alignment/residuals", 0, -1.0, "0 or more"),
        ("targets/1/seen/first", 0, -1, "first frame of a seen mark"),
        ("targets/1/seen/first", 0, 30, "last frame of a seen mark"),
        ("targets/1/seen/last", 0, 40, "past the 40 of the sequence"),
        ("targets/1/seen/last", 0, 2**62, "past the 40 of the sequence"),
        ("targets/1/seen/marked_at", 0, np.nan, "finite time"),
        ("targets/1/seen/reason", 1, b"a\nb", "single line"),
        ("targets/1/seen/reason", 1, b"\xff", "not valid Unicode"),
        (f"{TINY_PART}/predicted_overlap", 13, np.inf, "infinite"),
        (f"{TINY_PART}/score", 13, -np.inf, "infinite"),
    ],
)
def test_impossible_optional_values_are_refused(
    whole: Path, part: str, index: object, value: float | bytes, said: str
) -> None:
    with h5py.File(whole, "r+") as file:
        file[part][index] = value
    assert said in refused(whole)


@pytest.mark.parametrize(
    "window", [(np.inf, 0, 5), (0, 0, 0), (0, 0, -3), (0, np.nan, 3), (np.nan,) * 3]
)
def test_a_window_without_size_is_damaged(whole: Path, window: tuple[float, ...]) -> None:
    with h5py.File(whole, "r+") as file:
        file[f"{TINY_PART}/window"][15] = window
    tracking = load(whole).target("1").tracking
    assert tracking.damaged().tolist() == [15]
    with pytest.raises(DamagedFrameError, match="window"):
        tracking.frame(15)
    assert tracking.frame(12) is not None


def test_attention_of_a_billion_frames_is_not_read(whole: Path) -> None:
    said = huge(
        whole, f"{TINY_PART}/attention", (10**9, 2, 256), "<f2", chunks=(16, 2, 256),
        compression=4, shuffle=True,
    )  # fmt: skip
    assert "attention is float16 (1000000000, 2, 256)" in said
    save(everything(), whole)
    said = huge(whole, f"{TINY_PART}/attention", (40, 2, 256), "<f2", chunks=(40, 2, 256))
    assert "chunks of 16 frames" in said


def test_many_seen_marks_and_points_are_not_read(whole: Path) -> None:
    for name in ("first", "last"):
        said = huge(whole, f"targets/1/seen/{name}", (10**10,), "<i8", chunks=(4096,))
    assert "/targets/1/seen/first has 10000000000 rows" in said
    save(everything(), whole)
    assert "claims" in huge(whole, "targets/1/seen/reason", (10**9,), "S16", chunks=(4096,))
    save(everything(), whole)
    shape = (10**9, 2, 2)
    assert "points has 1000000000 rows" in huge(whole, "alignment/points", shape, "<f8")


def test_a_bomb_of_attention_costs_its_frames_only(whole: Path) -> None:
    with h5py.File(whole, "r+") as file:
        bomb = zlib.compress(bytes(200_000_000), 9)
        file[f"{TINY_PART}/attention"].id.write_direct_chunk((0, 0, 0), bomb)
    session = load(whole)
    with pytest.raises(SessionError, match="another length"):
        session.target("1").tracking.frame(12)
    assert session.target("1").tracking.frame(17) is not None


def test_a_chunk_of_attention_may_be_missing_but_not_one_of_tokens(whole: Path) -> None:
    for name, chunks in (("attention", (16, 2, 256)), ("removed", (16, 2, 32))):
        with h5py.File(whole, "r+") as file:
            old = file[TINY_PART][name]
            shape, dtype, shuffle = old.shape, old.dtype, old.shuffle
            del file[TINY_PART][name]
            file[TINY_PART].create_dataset(
                name, shape, dtype, chunks=chunks, compression=4, shuffle=shuffle
            )
        if name == "attention":
            frame = load(whole).target("1").tracking.frame(13)
            assert frame is not None
            assert frame.attention is None
    assert "removed lacks some of the frames" in refused(whole)
