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
from tests.unit.sessions.building import full


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
    if isinstance(value, np.bytes_) and name in ("name", "model", "save_id"):
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
