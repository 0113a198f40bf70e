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
    Alignment,
    AlignmentKind,
    AnnotationSession,
    ModelInfo,
    PointPair,
    SeenMark,
    SequenceInfo,
    SessionError,
    Target,
    TrackedFrame,
    TrackingRecord,
    TrackingRows,
    ViewState,
    load,
    save,
)
from sessions.journal import Journal, read_journal
from sessions.model import FrameRows
from tests.unit.sessions.building import NANO, TINY, answered, frame_state, full, run, state
from tests.unit.sessions.building import tracked as ordinary

DATA = Path(__file__).resolve().parents[1] / "data" / "sessions"
file_names = st.text(
    st.characters(exclude_characters="\0", exclude_categories=("Cs",)), max_size=30
)


texts = st.text(st.characters(categories=("L", "N", "S", "P")), max_size=20)
NAN = float("nan")
finite = st.floats(-1e6, 1e6)
unit = st.floats(0, 1, width=16)
models = st.builds(
    ModelInfo,
    name=texts.map(lambda text: f"m{text}"),
    weights_sha256=st.sampled_from(["", "0a" * 32]),
    config=st.sampled_from(["{}", '{"depth": 4}']),
    search_grid=st.just(3),
    map_size=st.sampled_from([0, 1, 5]),
    stage_blocks=st.sampled_from([(), (2,), (1, 3)]),
    tracker=st.sampled_from(["ckd", "nanotrack", "module:Class"]),
    engine=texts,
)
blind = st.builds(
    ModelInfo,
    texts.map(lambda text: f"b{text}"),
    st.just(""),
    st.just("{}"),
    st.just(0),
    st.just(0),
)


@st.composite
def answers(draw: st.DrawFn, model: ModelInfo) -> TrackedFrame:
    """Any answer of a model, each part there or not."""
    tokens, stages = model.token_count, len(model.stage_blocks)
    # A token is removed once at most.
    fate = np.array(draw(st.lists(st.integers(0, stages), min_size=tokens, max_size=tokens)))
    removed = [np.flatnonzero(fate == stage).astype(np.int64) for stage in range(1, stages + 1)]
    attention = draw(hnp.arrays(np.float16, (stages, tokens), elements=unit | st.just(NAN)))
    score_map = draw(hnp.arrays(np.float16, (model.map_size,) * 2, elements=unit))
    there = draw(st.tuples(*[st.booleans()] * 4))
    return TrackedFrame(
        window=draw(st.tuples(finite, finite, st.floats(0.5, 1e6))) if there[0] else None,
        score=draw(st.floats(0, 1, width=32) | st.just(NAN)),
        score_map=score_map if there[1] and model.map_size else None,
        # Tokens lie in the search window: without one there are none.
        removed=tuple(removed) if there[2] and there[0] else (),
        target_tokens_removed=draw(st.integers(0, 9)),
        attention=tuple(attention) if there[3] and not np.isnan(attention).all() else None,
        predicted_overlap=draw(st.floats(0, 1, width=32) | st.just(NAN)),
        model=model,
    )


def add_details(draw: st.DrawFn, session: AnnotationSession) -> None:
    """Give the session any of what is optional; tracker output is added target by target."""
    if draw(st.booleans()):
        pairs = st.builds(
            PointPair, st.tuples(finite, finite), st.tuples(finite, finite), st.none() | unit
        )
        session.alignment = Alignment(
            draw(st.integers(-9, 9)),
            (1.5, 0, draw(finite), 0, 1, 0, 0, 0, 1),
            draw(st.sampled_from(AlignmentKind)),
            tuple(draw(st.lists(pairs, max_size=5))),
            draw(texts),
        )
    session.notes = draw(
        st.text(st.characters(exclude_characters="\0", exclude_categories=("Cs",)), max_size=50)
    )
    views = st.builds(
        ViewState.of,
        st.integers(0, 9),
        texts,
        st.dictionaries(texts, st.none() | st.integers() | st.lists(texts), max_size=3),
    )
    session.view = draw(st.none() | views)
    for target in session.targets.values():
        target.class_name = draw(texts)
        target.color_rgb = draw(st.none() | st.tuples(*[st.integers(0, 255)] * 3))
        target.visible, target.locked, target.linked = draw(st.tuples(*[st.booleans()] * 3))
        if session.frame_count:
            last = session.frame_count - 1
            spans = st.tuples(st.integers(0, last), st.integers(0, last)).map(sorted)
            marks = st.builds(lambda span, *rest: SeenMark(*span, *rest), spans, texts, finite)
            drawn = draw(st.lists(marks, max_size=5, unique_by=lambda mark: mark.key))
            target.seen = tuple(sorted(drawn))


@settings(max_examples=60)
@given(st.data(), st.integers(1, 40))
def test_any_answers_of_any_trackers_come_back(data: st.DataObject, count: int) -> None:
    frames = st.lists(st.integers(0, count - 1), unique=True, min_size=1, max_size=8)
    session = AnnotationSession(SequenceInfo("walk", "lasher", (), (), count, count))
    target = session.targets["1"] = Target("1", "walker", count)
    wanted: dict[int, TrackedFrame] = {}
    for model in data.draw(st.lists(models | blind, min_size=1, max_size=4, unique=True)):
        said = {frame: data.draw(answers(model)) for frame in data.draw(frames)}
        rows = TrackingRows.from_frames(model, list(said.values()))
        target.tracking = target.tracking.with_rows(np.array(list(said)), rows)
        wanted |= said
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "walk.h5"
        save(session, path)
        loaded: TrackingRecord = load(path).target("1").tracking
    assert sorted(wanted) == loaded.frames.tolist()
    for frame, answer in wanted.items():
        assert frame_state(loaded.frame(frame)) == frame_state(answer)


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
            say = draw(st.sampled_from([ordinary, answered]))
            run(target.id, tracked, draw(st.sampled_from([TINY, NANO])), 0, say).apply(session)
    add_details(draw, session)
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
    st.sampled_from(sorted(DATA.glob("*.h5"))),
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
    st.sampled_from(sorted(DATA.glob("*.h5"))),
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
