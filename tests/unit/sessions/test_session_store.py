from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path

import h5py
import numpy as np
import pytest

from sessions import (
    AcceptRun,
    AddTarget,
    Alignment,
    AnnotationSession,
    History,
    SessionError,
    SetAlignment,
    TrackingRows,
    encode_session,
    load,
    mark_written,
    migrations,
    save,
    schema,
    write_encoded,
)
from sessions.model import SequenceInfo
from tests.unit.sessions.building import TINY, empty, frame_state, full, info, run, state


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "wälk.h5"


@pytest.mark.parametrize("frames", [40, 31, 48])
def test_what_is_saved_comes_back(path: Path, frames: int) -> None:
    session = full(frames)
    SetAlignment(Alignment(-3, (1.5, 0, 2, 0, 1, 0.25, 1e-5, 0, 1))).apply(session)
    save(session, path)
    loaded = load(path)
    assert state(loaded) == state(session)
    assert (loaded.save_id, loaded.modified) == (session.save_id, session.modified)
    assert os.listdir(path.parent) == [path.name]


@pytest.mark.parametrize(
    "sequence",
    [
        SequenceInfo("", "", (), (), 0, 0),
        info(1),
        info(5, rgb_paths=("/one/video.mp4",), tir_paths=("/two/video.avi",), tir_count=3),
        info(3, rgb_paths=("/a/ünï.jpg", "", "/a/3.jpg"), fingerprint="sha256:ab"),
        info(1, rgb_paths=(os.fsdecode(b"/a/\xff\xfe.jpg"),)),
    ],
    ids=["no frame", "one frame", "videos", "a gap", "a name that is not UTF-8"],
)
def test_every_kind_of_sequence_comes_back(path: Path, sequence: SequenceInfo) -> None:
    session = AnnotationSession(sequence)
    save(session, path)
    assert load(path).sequence == session.sequence


def test_the_order_of_the_targets_is_kept(path: Path) -> None:
    session = empty()
    for name in ("zebra", "10", "9", "ant"):
        AddTarget(name, name).apply(session)
    save(session, path)
    assert list(load(path).targets) == ["1", "zebra", "10", "9", "ant"]


def test_work_goes_on_after_loading_and_saving_again(path: Path) -> None:
    save(full(), path)
    session = load(path)
    history = History(session)
    history.do(run("1", np.arange(10, 25), seed=50))
    wanted = state(session)
    save(session, path)
    again = load(path)
    assert state(again)["targets"] == wanted["targets"]
    history.undo()
    assert state(session)["targets"] == state(full())["targets"]
    save(session, path)
    assert state(load(path))["targets"] == state(full())["targets"]


def test_saving_elsewhere_after_the_file_was_removed_loses_nothing(path: Path) -> None:
    save(full(), path)
    session = load(path)
    path.unlink()
    other = path.with_name("other.h5")
    save(session, other)
    assert state(load(other))["targets"] == state(full())["targets"]


def test_saving_again_writes_untouched_blocks_as_they_are(path: Path) -> None:
    save(full(), path)
    session = load(path)
    block = session.target("1").tracking.tracks[TINY][0]
    packed = block.packed_maps
    save(session, path)
    assert load(path).target("1").tracking.tracks[TINY][0].packed_maps == packed


def test_saving_in_parts_for_a_worker_thread(path: Path) -> None:
    session = full()
    encoded = encode_session(session, path)
    assert session.save_id == ""
    write_encoded(encoded)
    mark_written(session, encoded)
    assert load(path).save_id == session.save_id != ""


def test_every_save_has_its_own_id_and_time(path: Path) -> None:
    session = full()
    save(session, path)
    first = (session.save_id, session.modified)
    save(session, path)
    assert session.save_id != first[0]
    assert session.modified > first[1]
    assert load(path).created == session.created


def test_a_file_without_time_zone_is_read_as_utc(path: Path) -> None:
    save(full(), path)
    with h5py.File(path, "r+") as file:
        file.attrs["created"] = np.bytes_("2025-01-02T03:04:05")
    assert load(path).created == datetime(2025, 1, 2, 3, 4, 5, tzinfo=UTC)


def test_a_link_is_kept_and_its_file_replaced(path: Path) -> None:
    real = path.with_name("real.h5")
    save(empty(), real)
    path.symlink_to(real)
    save(full(), path)
    assert path.is_symlink()
    assert state(load(real))["targets"] == state(full())["targets"]


@pytest.mark.skipif(os.name == "nt", reason="Windows keeps permissions otherwise")
def test_permissions_of_the_file_are_kept(path: Path) -> None:
    save(empty(), path)
    path.chmod(0o640)
    save(full(), path)
    assert path.stat().st_mode & 0o777 == 0o640


def test_relative_paths_are_seen_from_the_session(path: Path) -> None:
    folder = path.parent.resolve()
    near, far = str(folder / "rgb" / "1.jpg"), str(folder.parent / "tir" / "1.jpg")
    session = AnnotationSession(info(1, rgb_paths=(near,), tir_paths=(far,)))
    save(session, path)
    sequence = load(path).sequence
    assert sequence.rgb_relative == ("./rgb/1.jpg",) or sequence.rgb_relative == ("rgb/1.jpg",)
    assert sequence.tir_relative == ("../tir/1.jpg",)


def test_plain_h5py_reads_one_frame(path: Path) -> None:
    session = full()
    save(session, path)
    with h5py.File(path) as file:
        target = file["targets/1"]
        assert target.attrs["name"].decode() == "walker"
        assert target["boxes"][7, 0].tolist() == [11.5, 20, 30, 44]
        tracking = target["tracking/1"]
        assert tracking.attrs["model"].decode() == "tiny"
        frame = session.target("1").tracking.frame(9)
        assert frame is not None
        assert np.array_equal(tracking["score_map"][9], frame.score_map)
        tokens = np.unpackbits(tracking["removed"][9], axis=-1, count=256)
        assert [np.flatnonzero(stage).tolist() for stage in tokens] == [
            ids.tolist() for ids in frame.removed
        ]
        assert file["sequence/rgb_paths"][3].decode() == "/data/walk/visible/v003.jpg"


def test_a_file_that_h5py_wrote_alone_is_a_session(path: Path) -> None:
    """The document is the format: another program can write it with nothing but h5py."""
    save(full(), path)
    copy = path.with_name("copy.h5")
    with h5py.File(path) as source, h5py.File(copy, "w") as out:
        out.attrs.update(dict(source.attrs))
        for name in source:
            source.copy(name, out)
    assert state(load(copy)) == state(load(path))


def test_a_run_of_ten_thousand_frames_stays_small(path: Path) -> None:
    count = 10_000
    session = AnnotationSession(info(count))
    AddTarget("1", "walker").apply(session)
    random = np.random.default_rng(0)
    removed = random.integers(0, 256, (count, 2, 32)).astype(np.uint8)
    removed[:, 1] &= ~removed[:, 0]  # a token is removed once at most
    rows = TrackingRows(
        TINY,
        windows=np.tile([1.0, 2.0, 64.0], (count, 1)),
        scores=random.random(count).astype(np.float32),
        score_maps=random.random((count, 16, 16)).astype(np.float16),
        removed=removed,
        target_tokens_removed=np.zeros(count, np.uint16),
    )
    boxes = np.cumsum(random.random((count, 4)), axis=0) + 1
    AcceptRun("1", np.arange(count), boxes, rows.scores, rows).apply(session)
    save(session, path)
    assert path.stat().st_size < 10_000_000, "even pure noise takes less than 1 KB a frame"
    frame = load(path).target("1").tracking.frame(7_777)
    assert frame is not None
    assert np.array_equal(frame.score_map, rows.score_maps[7_777])


def test_an_older_format_is_migrated_step_by_step(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    save(full(), path)
    with h5py.File(path, "r+") as file:
        file["alignment"].attrs["delay"] = file["alignment"].attrs["time_offset"]
        del file["alignment"].attrs["time_offset"]
    original = path.read_bytes()

    def first(file: h5py.File) -> None:
        file["alignment"].attrs["shift"] = file["alignment"].attrs["delay"]

    def second(file: h5py.File) -> None:
        assert file.attrs["format_version"] == 3
        file["alignment"].attrs["time_offset"] = file["alignment"].attrs["shift"]

    monkeypatch.setattr(schema, "FORMAT_VERSION", 4)
    monkeypatch.setattr(migrations, "FORMAT_VERSION", 4)
    monkeypatch.setattr(migrations, "STEPS", {2: first, 3: second})
    assert state(load(path)) == state(full()) | {"sequence": load(path).sequence}
    assert path.read_bytes() == original, "migration works on a copy in memory"


def test_every_past_version_still_opens() -> None:
    folder = Path(__file__).resolve().parents[2] / "data" / "sessions"
    files = sorted(folder.glob("v*.h5"))
    versions = {int(file.name[1:].split("_")[0].split(".")[0]) for file in files}
    assert versions >= set(range(1, schema.FORMAT_VERSION + 1))
    for file in files:
        session = load(file)
        assert session.sequence.name == "street_dusk"
        assert session.frame_count == 60
        walker, car = session.targets.values()
        assert (walker.name, car.name) == ("walker", "parked car")
        assert walker.boxes[12].tolist() == [[106.0, 80.5, 18.0, 41.0], [108.0, 79.5, 18.0, 41.0]]
        assert dict(car.attributes) == {"type": "car"}
        frame = walker.tracking.frame(17)
        assert frame is not None
        assert frame.model is not None
        assert frame.model.name == "tiny"
        assert frame.window == (80.0, 40.0, 128.0)
        assert [len(ids) for ids in frame.removed] == [77, 54]
        assert int(frame.score_map.argmax()) == 17
        assert session.alignment.time_offset == 1


def test_saving_a_loaded_damaged_block_keeps_the_rest(path: Path) -> None:
    session = full()
    object.__setattr__(session.target("1").tracking.tracks[TINY][1], "packed_maps", b"broken")
    save(session, path)
    loaded = load(path).target("1").tracking
    with pytest.raises(SessionError, match="damaged"):
        loaded.frame(18)
    assert frame_state(loaded.frame(3)) == frame_state(session.target("1").tracking.frame(3))
