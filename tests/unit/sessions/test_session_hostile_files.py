"""Files that are damaged, hostile or no sessions: each refused in one sentence."""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
import zlib
from collections.abc import Callable
from pathlib import Path

import h5py
import numpy as np
import pytest

from sessions import SessionError, load, save
from tests.unit.sessions.building import everything, full


@pytest.fixture
def path(tmp_path: Path) -> Path:
    place = tmp_path / "walk.h5"
    save(full(), place)
    return place


def refused(path: Path) -> str:
    with pytest.raises(SessionError) as caught:
        load(path)
    sentence = str(caught.value)
    assert "\n" not in sentence
    assert path.name in sentence
    assert sentence.endswith(".")
    return sentence


# No session at all --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "is empty"),
        (b"hello", "not an HDF5 file"),
        (b"\x89PNG\r\n\x1a\n" + bytes(100), "not an HDF5 file"),
        (pickle.dumps({"a": 1}), "not an HDF5 file"),
        (b"\x89HDF\r\n\x1a\n", "is damaged"),
        (b"\x89HDF\r\n\x1a\n" + bytes(5000), "is damaged"),
        (b"\x89HDF\r\n\x1a\n" + b"\xff" * 5000, "is damaged"),
    ],
)
def test_other_files(tmp_path: Path, content: bytes, said: str) -> None:
    place = tmp_path / "other.h5"
    place.write_bytes(content)
    assert said in refused(place)


def test_no_file_a_folder_and_a_device(tmp_path: Path) -> None:
    assert "does not exist" in refused(tmp_path / "none.h5")
    assert "is a folder" in refused(tmp_path)
    with pytest.raises(SessionError, match="not a valid file name"):
        load("a\0b")
    if Path("/dev/zero").exists():
        assert "not a regular file" in refused(Path("/dev/zero"))


def test_a_pipe_does_not_hang(tmp_path: Path) -> None:
    if not hasattr(os, "mkfifo"):
        pytest.skip("this system has no pipes with names")
    os.mkfifo(tmp_path / "pipe.h5")
    assert "not a regular file" in refused(tmp_path / "pipe.h5")


def test_an_endless_file_is_not_read(tmp_path: Path) -> None:
    place = tmp_path / "huge.h5"
    with place.open("wb") as file:
        file.truncate(1 << 40)
    assert "too large" in refused(place)


def test_other_hdf5_files(tmp_path: Path) -> None:
    place = tmp_path / "other.h5"
    with h5py.File(place, "w") as file:
        file["data"] = np.arange(3)
    assert "not a CKD Studio session" in refused(place)
    for other in (
        "something else",
        np.bytes_("something else"),
        7,
        np.zeros(7600),
        h5py.Empty("f"),
    ):
        with h5py.File(place, "w") as file:
            file.attrs["format"] = other
            file.attrs["format_version"] = 1
        refused(place)
    with h5py.File(place, "w") as file:
        file.attrs["format"] = np.bytes_("something else")
    assert "not a CKD Studio session" in refused(place)


def test_a_newer_format_says_what_to_do(path: Path) -> None:
    with h5py.File(path, "r+") as file:
        file.attrs["format_version"] = 3
        del file["targets"]
    assert refused(path) == (
        "walk.h5 was written by a newer CKD Studio (format 3, this one reads up to 2); "
        "update CKD Studio to open it."
    )


@pytest.mark.parametrize("version", [0, -1, 1.5, "1", np.array([1, 2]), 2**40])
def test_a_senseless_version(path: Path, version: object) -> None:
    with h5py.File(path, "r+") as file:
        file.attrs["format_version"] = version
    assert "format_version" in refused(path)


# Parts missing or of another kind -----------------------------------------------------------

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


# Reaching out of the file -------------------------------------------------------------------


def replace_by(path: Path, part: str, make: Callable[[h5py.File], object]) -> str:
    with h5py.File(path, "r+") as file:
        if part in file:
            del file[part]
        made = make(file)
        if made is not None:
            file[part] = made
    return refused(path)


@pytest.mark.parametrize("part", ["targets/1/boxes", "targets", "sequence/rgb_paths", "extra"])
def test_links_are_never_followed(path: Path, part: str) -> None:
    other = path.with_name("secret.h5")
    with h5py.File(other, "w") as file:
        file["boxes"] = np.zeros((40, 2, 4))
    said = replace_by(path, part, lambda _: h5py.ExternalLink("secret.h5", "/boxes"))
    assert f"/{part} is a link to another file" in said
    assert f"/{part} is a soft link" in replace_by(path, part, lambda _: h5py.SoftLink("/targets"))
    assert "is a soft link" in replace_by(path, part, lambda _: h5py.SoftLink("/nowhere"))


def test_virtual_datasets_are_refused(path: Path) -> None:
    def make(file: h5py.File) -> None:
        layout = h5py.VirtualLayout((40, 2, 4), "<f8")
        layout[:] = h5py.VirtualSource("secret.h5", "boxes", (40, 2, 4))
        file.create_virtual_dataset("targets/1/boxes", layout)

    assert "/targets/1/boxes is a virtual dataset" in replace_by(path, "targets/1/boxes", make)


def test_external_storage_is_refused(path: Path) -> None:
    def make(file: h5py.File) -> None:
        file.create_dataset(
            "targets/1/boxes", (40, 2, 4), "<f8", external=[("/etc/passwd", 0, 2560)]
        )

    said = replace_by(path, "targets/1/boxes", make)
    assert "/targets/1/boxes keeps its values in another file" in said


@pytest.mark.parametrize(
    ("dtype", "value", "said"),
    [
        (h5py.ref_dtype, None, "object references"),
        (h5py.regionref_dtype, None, "object references"),
        (np.dtype("V16"), np.zeros(3, "V16"), "opaque bytes"),
        (np.dtype([("a", "<f8")]), np.zeros(3, [("a", "<f8")]), "compound records"),
        (h5py.vlen_dtype(np.uint8), None, "lists of varying length"),
        (h5py.string_dtype(), None, "lists of varying length"),
        (h5py.enum_dtype({"A": 1}), None, "enumerations"),
        (np.dtype(bool), np.zeros(3, bool), "enumerations"),
        (np.dtype(("<f8", (3,))), None, "nested arrays"),
    ],
    ids=str,
)
@pytest.mark.parametrize("part", ["targets/1/boxes", "notes"])
def test_foreign_types_are_refused(
    path: Path, part: str, dtype: np.dtype, value: object, said: str
) -> None:
    def make(file: h5py.File) -> None:
        file.create_dataset(part, (3,), dtype, data=value)

    sentence = replace_by(path, part, make)
    assert f"/{part} holds {said}" in sentence


def test_foreign_types_in_attributes_are_refused(path: Path) -> None:
    with h5py.File(path, "r+") as file:
        file["targets"].attrs["pickle"] = np.void(pickle.dumps(print))
    assert "'pickle' of /targets holds opaque bytes" in refused(path)
    with h5py.File(path, "r+") as file:
        del file["targets"].attrs["pickle"]
        file["targets/1"].attrs["ref"] = file["targets"].ref
    assert "'ref' of /targets/1 holds object references" in refused(path)


def test_a_named_type_is_refused(path: Path) -> None:
    assert "is a data type" in replace_by(path, "kind", lambda _: np.dtype("<f8"))


@pytest.mark.parametrize(
    "options", [{"compression": "lzf"}, {"fletcher32": True}, {"scaleoffset": 2}]
)
def test_other_filters_are_refused(path: Path, options: dict[str, object]) -> None:
    def make(file: h5py.File) -> None:
        file.create_dataset("targets/1/boxes", data=np.ones((40, 2, 4)), **options)

    assert "/targets/1/boxes is compressed with a filter" in replace_by(
        path, "targets/1/boxes", make
    )


def test_a_loop_of_links_is_refused(path: Path) -> None:
    with h5py.File(path, "r+") as file:
        file["targets/1/again"] = file["targets"]
    assert "same object as another part" in refused(path)


def test_deep_and_wide_trees_are_refused(path: Path) -> None:
    original = path.read_bytes()
    with h5py.File(path, "r+") as file:
        file.create_group("/".join(["deep"] * 12))
    assert "nested too deeply" in refused(path)
    path.write_bytes(original)
    with h5py.File(path, "r+") as file:
        for number in range(2001):
            file.create_group(f"wide/{number}")
    assert "members" in refused(path)
    path.write_bytes(original)
    with h5py.File(path, "r+") as file:
        for number in range(65):
            file["targets"].attrs[f"a{number}"] = 1
    assert "attributes" in refused(path)
    path.write_bytes(original)
    with h5py.File(path, "r+", libver="latest") as file:
        file["targets"].attrs["long"] = np.zeros(100_000)
    assert "claims 800000 bytes" in refused(path)


@pytest.mark.timeout(30)
@pytest.mark.parametrize("name", ["format", "created"])
def test_texts_of_varying_length_are_not_read(path: Path, name: str) -> None:
    """HDF5 takes as much memory for one as the file claims, and loops for ever over some heaps."""
    with h5py.File(path, "r+") as file:
        file.attrs[name] = "ckd-studio-session"
    sentence = refused(path)
    assert f"'{name}'" in sentence
    assert "fixed length" in sentence
    data = bytearray(path.read_bytes())
    rest = data.index(b"GCOL") + 16 + 16 + 24
    data[rest : rest + 16] = bytes(16)
    path.write_bytes(data)
    assert refused(path) == sentence


def test_a_newer_format_may_have_other_texts(path: Path) -> None:
    with h5py.File(path, "w") as file:
        file.attrs["format"] = "ckd-studio-session"
        file.attrs["format_version"] = 99
    assert "newer CKD Studio (format 99" in refused(path)


# Sizes --------------------------------------------------------------------------------------


def test_a_sequence_of_a_million_million_frames_is_refused(path: Path) -> None:
    with h5py.File(path, "r+") as file:
        file["sequence"].attrs["rgb_count"] = 10**12
    assert "'rgb_count' of /sequence is 1000000000000, out of its range" in refused(path)


def huge(path: Path, part: str, shape: tuple[int, ...], dtype: str, **options: object) -> str:
    def make(file: h5py.File) -> None:
        file.create_dataset(part, shape, dtype, **options)

    return replace_by(path, part, make)


def test_arrays_larger_than_the_session_are_not_read(path: Path) -> None:
    shape = (10**12, 2, 4)
    assert "boxes is float64 (1000000000000, 2, 4)" in huge(
        path, "targets/1/boxes", shape, "<f8", chunks=(4096, 2, 4)
    )
    assert "claims" in huge(path, "sequence/rgb_paths", (10**9,), "S16", chunks=(4096,))
    save(full(), path)
    assert "claims" in huge(path, "sequence/rgb_paths", (40,), "S100000")


def test_an_array_without_values_is_refused(path: Path) -> None:
    assert "lacks some of its values" in huge(
        path, "targets/1/boxes", (40, 2, 4), "<f8", chunks=(40, 2, 4), compression=4
    )
    assert "has no values" in huge(path, "targets/1/boxes", (40, 2, 4), "<f8")


def test_many_frames_that_nothing_stands_behind_take_no_memory(path: Path) -> None:
    """Four million frames, all arrays declared and none filled: 300 MB if it were believed."""
    with h5py.File(path, "r+") as file:
        file["sequence"].attrs["rgb_count"] = 4_000_000
        for name, (dtype, tail) in {
            "boxes": ("<f8", (2, 4)),
            "source": ("|u1", ()),
            "flags": ("<u2", ()),
            "score": ("<f4", ()),
            "edited": ("<f8", ()),
        }.items():
            del file[f"targets/1/{name}"]
            file.create_dataset(
                f"targets/1/{name}", (4_000_000, *tail), dtype, chunks=(4096, *tail), compression=4
            )
    with pytest.raises(SessionError, match="lacks some of its values"):
        load(path)


def test_a_bomb_in_a_chunk_does_not_explode(path: Path) -> None:
    with h5py.File(path, "r+") as file:
        file["targets/1/boxes"].id.write_direct_chunk(
            (0, 0, 0), zlib.compress(bytes(200_000_000), 9)
        )
    assert "/targets/1/boxes is damaged" in refused(path)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such limit")
def test_a_bomb_fits_into_little_memory(path: Path) -> None:
    """The same in a process that may not have the memory the bomb asks for."""
    with h5py.File(path, "r+") as file:
        bomb = zlib.compress(bytes(400_000_000), 9)
        file["targets/1/boxes"].id.write_direct_chunk((0, 0, 0), bomb)
    code = (
        "import resource, sys\n"
        "from sessions import SessionError, load\n"
        "used = int(open('/proc/self/statm').read().split()[0]) * resource.getpagesize()\n"
        "resource.setrlimit(resource.RLIMIT_AS, (used + 200_000_000,) * 2)\n"
        "try:\n    load(sys.argv[1])\n"
        "except SessionError as error:\n    print(error)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(path)],
        capture_output=True, text=True, check=True, timeout=60,
        cwd=Path(__file__).resolve().parents[3],
    )  # fmt: skip
    assert "/targets/1/boxes is damaged" in done.stdout


def test_chunks_of_another_size_are_refused(path: Path) -> None:
    def make(file: h5py.File) -> None:
        file.create_dataset(
            "targets/1/tracking/1/score_map", data=np.zeros((40, 16, 16), "<f2"),
            chunks=(40, 16, 16), compression=4, shuffle=True,
        )  # fmt: skip

    assert "chunks of 16 frames" in replace_by(path, "targets/1/tracking/1/score_map", make)


def test_uncompressed_blocks_are_refused(path: Path) -> None:
    def make(file: h5py.File) -> None:
        file.create_dataset(
            "targets/1/tracking/1/score_map",
            data=np.zeros((40, 16, 16), "<f2"),
            chunks=(16, 16, 16),
        )

    said = replace_by(path, "targets/1/tracking/1/score_map", make)
    assert "is not compressed as a session is" in said


def test_a_damaged_token_block_costs_its_frames_only(path: Path) -> None:
    with h5py.File(path, "r+") as file:
        dataset = file["targets/1/tracking/1/score_map"]
        dataset.id.write_direct_chunk((0, 0, 0), b"\0" * 50)
    session = load(path)
    with pytest.raises(SessionError, match="damaged"):
        session.target("1").tracking.frame(3)
    assert session.target("1").tracking.frame(17) is not None
    assert session.target("1").boxes[3].tolist()[0][2:] == [30.0, 40.5]


def test_members_that_mean_nothing_do_no_harm(path: Path) -> None:
    with h5py.File(path, "r+") as file:
        file["remarks"] = np.arange(3)
        file.attrs["author"] = "somebody"
    load(path)


def test_nothing_of_the_file_is_left_open(path: Path) -> None:
    if not Path("/proc/self/fd").is_dir():
        pytest.skip("this system does not list open files")
    session = load(path)
    opened = {os.path.realpath(f"/proc/self/fd/{fd}") for fd in os.listdir("/proc/self/fd")}
    assert str(path) not in opened
    assert session.target("1").tracking.frame(3) is not None


# What is optional ---------------------------------------------------------------------------


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
def test_a_window_without_size_is_none(whole: Path, window: tuple[float, ...]) -> None:
    with h5py.File(whole, "r+") as file:
        file[f"{TINY_PART}/window"][12] = window
    frame = load(whole).target("1").tracking.frame(12)
    assert frame is not None
    assert frame.window is None


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
