"""Files that point elsewhere or hold what is no number or text: nothing of it is followed."""

from __future__ import annotations

import pickle
from pathlib import Path

import h5py
import numpy as np
import pytest

from sessions import save
from tests.unit.sessions.building import full
from tests.unit.sessions.refusing import refused, replace_by


@pytest.fixture
def path(tmp_path: Path) -> Path:
    place = tmp_path / "walk.h5"
    save(full(), place)
    return place


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
