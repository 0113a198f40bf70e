"""Real files of format 1, written by the program of that time, with what it read from them."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest

from sessions import Alignment, AnnotationSession, SessionError, load, save, schema
from tests.unit.sessions.building import state

DATA = Path(__file__).resolve().parents[2] / "data" / "sessions"
FILES = sorted(DATA.glob("format1_*.h5"))


def plain(values: Any) -> Any:
    """As lists, None where a number is NaN."""
    return json.loads(json.dumps(np.asarray(values).tolist()).replace("NaN", "null"))


def as_format_1(session: AnnotationSession) -> dict[str, Any]:
    """Everything that format 1 could say, as the JSON files beside the samples hold it."""
    names = ("name", "layout", "rgb_paths", "tir_paths", "rgb_count", "tir_count")
    more = ("rgb_size", "tir_size", "fingerprint", "sources", "rgb_relative")
    about: dict[str, Any] = {
        "sequence": {name: getattr(session.sequence, name) for name in (*names, *more)},
        "created": session.created.isoformat(),
        "modified": session.modified.isoformat(),
        "save_id": session.save_id,
        "alignment": [session.alignment.time_offset, session.alignment.tir_to_rgb],
        "targets": [],
    }
    for target in session.targets.values():
        models = [
            [m.name, m.weights_sha256, m.config, m.search_grid, m.map_size, m.stage_blocks]
            for m in target.tracking.models
        ]
        tracking: dict[str, Any] = {}
        for index in target.tracking.frames.tolist():
            frame = target.tracking.frame(index)
            assert frame is not None
            assert frame.model is not None
            tracking[str(index)] = {
                "model": frame.model.name,
                "window": frame.window,
                "score": frame.score,
                "score_map": plain(frame.score_map),
                "removed": [ids.tolist() for ids in frame.removed],
                "target_tokens_removed": frame.target_tokens_removed,
            }
        rows = ("boxes", "source", "flags", "score", "edited")
        about["targets"].append(
            {
                "id": target.id,
                "name": target.name,
                "color": target.color,
                "attributes": dict(target.attributes),
                **{name: plain(getattr(target, name)) for name in rows},
                "models": models,
                "tracking": tracking,
            }
        )
    copy: dict[str, Any] = json.loads(json.dumps(about))
    return copy


@pytest.fixture(params=FILES, ids=lambda path: path.stem)
def old(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    source: Path = request.param
    return Path(shutil.copy(source, tmp_path / source.name))


def test_the_files_are_of_format_1() -> None:
    assert len(FILES) == 2
    for path in FILES:
        with h5py.File(path) as file:
            assert file.attrs["format_version"] == 1


def test_all_values_are_kept(old: Path) -> None:
    before = old.read_bytes()
    wanted = json.loads((DATA / old.name).with_suffix(".json").read_text("utf-8"))
    assert as_format_1(load(old)) == wanted
    assert old.read_bytes() == before, "opening changes no file"


def test_what_format_1_could_not_say_is_as_usual(old: Path) -> None:
    session = load(old)
    assert (session.notes, session.view) == ("", None)
    same = Alignment(session.alignment.time_offset, session.alignment.tir_to_rgb)
    assert session.alignment == same
    for target in session.targets.values():
        assert (target.class_name, target.color_rgb, target.seen) == ("", None, ())
        assert (target.visible, target.locked, target.linked) == (True, False, True)
        for model in target.tracking.models:
            assert (model.tracker, model.engine) == ("ckd", "")
        for index in target.tracking.frames.tolist():
            frame = target.tracking.frame(index)
            assert frame is not None
            assert frame.attention is None
            assert np.isnan(frame.predicted_overlap)


def test_saved_as_format_2_it_is_the_same(old: Path) -> None:
    session = load(old)
    wanted = state(session)
    new = old.with_name("new.h5")
    save(session, new)
    with h5py.File(new) as file:
        assert file.attrs["format_version"] == schema.FORMAT_VERSION == 2
    again = load(new)
    assert state(again)["targets"] == wanted["targets"]
    assert state(again)["alignment"] == wanted["alignment"]
    assert again.created == session.created
    save(again, new)
    assert state(load(new)) == state(again)


@pytest.mark.parametrize("part", ["score_map", "removed", "window"])
def test_what_format_1_needed_is_still_missed(tmp_path: Path, part: str) -> None:
    path = Path(shutil.copy(DATA / "format1_tracked.h5", tmp_path / "old.h5"))
    with h5py.File(path, "r+") as file:
        number = next(
            number
            for number, group in file["targets/1/tracking"].items()
            if group.attrs["model"] == b"tiny"
        )
        del file[f"targets/1/tracking/{number}/{part}"]
    with pytest.raises(SessionError, match=f"{part} is missing"):
        load(path)


def test_parts_of_another_kind_are_refused_as_before(tmp_path: Path) -> None:
    path = Path(shutil.copy(DATA / "format1_tracked.h5", tmp_path / "old.h5"))
    for part in ("targets/1/tracking/0/score_map", "targets/1/tracking/0", "targets/1", "targets"):
        with h5py.File(path, "r+") as file:
            del file[part]
            file[part] = np.float64(1)
        with pytest.raises(SessionError, match=r"old\.h5 cannot be opened as a session: /targets"):
            load(path)
