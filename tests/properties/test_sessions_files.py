"""Session files: saving and loading is exact, and damage never ends in anything but a sentence."""

from __future__ import annotations

import contextlib
import tempfile
from pathlib import Path

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from sessions import (
    AnnotationSession,
    SequenceInfo,
    SessionError,
    Target,
    load,
    save,
)
from sessions.journal import Journal, read_journal
from sessions.model import FrameRows
from tests.unit.sessions.building import full, run, state

DATA = Path(__file__).resolve().parents[1] / "data" / "sessions"
file_names = st.text(
    st.characters(exclude_characters="\0", exclude_categories=("Cs",)), max_size=30
)


@st.composite
def sessions(draw: st.DrawFn) -> AnnotationSession:
    """Any values the arrays can hold."""
    count = draw(st.integers(0, 50))
    paths = st.lists(file_names.map(lambda name: f"/a/{name}" if name else ""), max_size=count)
    session = AnnotationSession(
        SequenceInfo(
            name=draw(st.text(st.characters(exclude_characters="\0", exclude_categories=("Cs",)))),
            layout=draw(st.sampled_from(["lasher", "two videos", ""])),
            rgb_paths=tuple(draw(paths)),
            tir_paths=tuple(draw(paths)),
            rgb_count=count,
            tir_count=draw(st.integers(0, count)),
            rgb_size=draw(st.tuples(st.integers(0, 4000), st.integers(0, 4000))),
        )
    )
    numbers = st.floats(-1e9, 1e9)
    for number in range(draw(st.integers(0, 3))):
        target = Target(str(number), f"target {number}", count, number, {"ä": "ö"})
        boxes = draw(hnp.arrays(np.float64, (count, 2, 4), elements=numbers))
        boxes[..., 2:] = np.abs(boxes[..., 2:]) + 0.5
        boxes[draw(hnp.arrays(np.bool_, (count, 2)))] = np.nan
        some_nan = st.one_of(st.just(float("nan")), st.floats(0, 1, width=32))
        target.table.write(
            FrameRows(
                frames=np.arange(count),
                boxes=boxes,
                source=draw(hnp.arrays(np.uint8, count, elements=st.integers(0, 4))),
                flags=draw(hnp.arrays(np.uint16, count, elements=st.integers(0, 31))),
                score=draw(hnp.arrays(np.float32, count, elements=some_nan)),
                edited=draw(hnp.arrays(np.float64, count, elements=some_nan)),
            )
        )
        session.targets[target.id] = target
        tracked = draw(st.lists(st.integers(0, max(count - 1, 0)), unique=True, max_size=count))
        if tracked:
            run(target.id, tracked).apply(session)
    return session


@settings(max_examples=60)
@given(sessions())
def test_what_is_saved_comes_back_bit_by_bit(session: AnnotationSession) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "walk.h5"
        save(session, path)
        loaded = load(path)
        assert state(loaded) == state(session)
        save(loaded, path)
        assert state(load(path)) == state(session)


def explore(path: Path) -> list[str]:
    """Load a file and look at everything in it; return what was refused, never crash."""
    try:
        session = load(path)
    except SessionError as error:
        return [str(error)]
    said = []
    for target in session.targets.values():
        for frame in target.tracking.frames:
            try:
                target.tracking.frame(int(frame))
            except SessionError as error:
                said.append(f"{path.name}: {error}")
    return said


def check(path: Path) -> None:
    for sentence in explore(path):
        assert "\n" not in sentence
        assert path.name in sentence


places = st.floats(0, 1, exclude_max=True)


@settings(max_examples=300)
@given(
    st.sampled_from(sorted(DATA.glob("v*.h5"))),
    st.lists(st.tuples(places, st.integers(0, 255)), min_size=1, max_size=30),
)
def test_changed_bytes_never_crash(source: Path, changes: list[tuple[float, int]]) -> None:
    data = bytearray(source.read_bytes())
    for place, value in changes:
        data[int(place * len(data))] ^= value
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "damaged.h5"
        path.write_bytes(data)
        check(path)


@settings(max_examples=100)
@given(
    st.sampled_from(sorted(DATA.glob("v*.h5"))),
    places,
    st.sampled_from(["cut", "insert", "remove", "repeat", "zero"]),
    st.binary(min_size=1, max_size=64),
)
def test_cut_and_shifted_files_never_crash(
    source: Path, place: float, how: str, extra: bytes
) -> None:
    data = source.read_bytes()
    at, size = int(place * len(data)), len(extra)
    damaged = {
        "cut": data[:at],
        "insert": data[:at] + extra + data[at:],
        "remove": data[:at] + data[at + size :],
        "repeat": data[:at] + data[at : at + size] * 2 + data[at + size :],
        "zero": data[:at] + bytes(size * 16) + data[at + size * 16 :],
    }[how]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "damaged.h5"
        path.write_bytes(damaged)
        check(path)


@settings(max_examples=100)
@given(st.binary(max_size=300), places)
def test_damaged_journals_never_crash(garbage: bytes, place: float) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "journal"
        session = full()
        journal = Journal(path, session)
        journal.append(run("1", [1, 2]))
        journal.close()
        data = path.read_bytes()
        at = int(place * len(data))
        path.write_bytes(data[:at] + garbage + data[at + len(garbage) // 2 :])
        with contextlib.suppress(SessionError):
            read_journal(path)
