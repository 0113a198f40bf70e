"""Whatever bytes or values of a session file are changed: what opens goes through every view."""

from __future__ import annotations

import io
import math
import tempfile
from pathlib import Path

import h5py
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sessions import AnnotationSession, SessionError, csv_text, damaged_frames, load, save
from tests.session_views import look_at_everything

DATA = Path(__file__).resolve().parents[1] / "data" / "sessions"
FILES = [DATA / "format1_tracked.h5", DATA / "v1.h5", DATA / "v2.h5"]
"""Format 1 and 2, with and without elimination."""
ODD = [0, 1, -1, 0.5, math.nan, math.inf, -math.inf, 1e300, -1e300, 5e-324, 1e30, 65_504, 255]

places = st.floats(0, 1, exclude_max=True)


def names_of(file: h5py.File) -> list[str]:
    found: list[str] = []
    file.visititems(
        lambda name, item: found.append(name) if isinstance(item, h5py.Dataset) else None
    )
    return found


def opened(data: bytes) -> AnnotationSession | None:
    """The session of these bytes; None where they are refused in one sentence."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "damaged.h5"
        path.write_bytes(data)
        try:
            session = load(path)
        except SessionError:
            return None
        # What opens can be saved, and is as damaged as before.
        save(session, path)
        assert looked(load(path)) == looked(session)
        return session


def looked(session: AnnotationSession) -> dict[str, list[int]]:
    seen = look_at_everything(session)
    named = damaged_frames(session)
    assert {key: frames for key, frames in seen.items() if frames} == {
        key: frames.tolist() for key, frames in named.items()
    }
    csv_text(session)
    return seen


@pytest.mark.slow
@settings(max_examples=60)
@given(
    st.sampled_from(FILES),
    st.lists(st.tuples(places, st.integers(1, 255)), min_size=1, max_size=4),
)
def test_changed_bytes(source: Path, changes: list[tuple[float, int]]) -> None:
    data = bytearray(source.read_bytes())
    for place, value in changes:
        data[int(place * len(data))] ^= value
    opened(bytes(data))


@pytest.mark.slow
@settings(max_examples=60)
@given(
    st.sampled_from(FILES),
    st.lists(st.tuples(places, places, st.sampled_from(ODD)), min_size=1, max_size=4),
)
def test_changed_values(source: Path, changes: list[tuple[float, float, float]]) -> None:
    memory = io.BytesIO(source.read_bytes())
    with h5py.File(memory, "r+") as file:
        names = names_of(file)
        for which, place, value in changes:
            dataset = file[names[int(which * len(names))]]
            if dataset.size and dataset.dtype.kind in "fiu":
                values = dataset[...]
                with np.errstate(all="ignore"):
                    new = np.array(value).astype(values.dtype)
                values.reshape(-1)[int(place * values.size)] = new
                dataset[...] = values
    opened(memory.getvalue())


@pytest.mark.slow
@settings(max_examples=60)
@given(st.sampled_from(FILES), places, places, st.binary(min_size=1, max_size=200))
def test_changed_chunks(source: Path, which: float, place: float, new: bytes) -> None:
    memory = io.BytesIO(source.read_bytes())
    with h5py.File(memory, "r+") as file:
        chunked = [file[name] for name in names_of(file) if file[name].chunks]
        dataset = chunked[int(which * len(chunked))]
        count = dataset.id.get_num_chunks()
        if count:
            start = dataset.id.get_chunk_info(int(place * count)).chunk_offset
            dataset.id.write_direct_chunk(start, new)
    opened(memory.getvalue())
