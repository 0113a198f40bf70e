from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from app.bridge import run_session
from app.bridge.run_session import RunSession
from app.bridge.values import model_info
from sessions import SequenceInfo, Source, load, save
from tracker_core.ckd.config import ModelConfig
from tracker_core.ckd.crop import SearchWindow
from tracker_core.ckd.tracker import EliminationStage, TrackResult
from tracker_core.trackers import Capabilities, Step, TrackerInfo, tracker_source
from tracker_core.trackers.ckd import ckd_info
from tracker_core.tracking.loop import Followed

CONFIG = ModelConfig(elimination_blocks=(3,), keep_ratios=(0.7,))
MODEL = model_info(ckd_info(CONFIG, "some/where/model.pth", "ab" * 32))


def followed(index: int) -> Followed[TrackResult]:
    tokens = np.arange(CONFIG.search_tokens)
    stage = EliminationStage(3, tokens[:180], tokens[180:], np.zeros(256, np.float32))
    box = (10.0 + index, 20.0, 30.0, 40.0)
    result = TrackResult(
        frame_index=index,
        box_xywh=box,
        score=0.5,
        score_map=np.full((16, 16), 0.25, np.float32),
        search_window=SearchWindow(index, 2, 120),
        search_grid=16,
        elimination=(stage,),
        target_tokens_removed=index % 2,
    )
    return Followed(index, box, result, gap=False)


def info(frames: int, tir_size: tuple[int, int] = (320, 240)) -> SequenceInfo:
    return SequenceInfo("clip", "lasher", (), (), frames, frames, (320, 240), tir_size)


@pytest.mark.parametrize("at_once", [1, 4, 9, 100])
def test_packing_in_parts_changes_nothing(
    at_once: int, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(run_session, "FRAMES_AT_ONCE", at_once)
    run = RunSession(info(12), MODEL, by_hand=True)
    run.add(Followed(2, (12.0, 20.0, 30.0, 40.0), None, gap=False))
    for index in range(3, 12):
        run.add(followed(index) if index != 7 else Followed(7, (1, 1, 1, 1), None, gap=True))
    save(run.finished(), tmp_path / "clip.h5")
    (target,) = load(tmp_path / "clip.h5").targets.values()
    none, manual, tracked = Source.NONE, Source.MANUAL, Source.TRACKED
    expected = [none, none, manual, *[tracked] * 4, none, *[tracked] * 4]
    assert target.source.tolist() == expected
    assert target.boxes[11, 0].tolist() == [21, 20, 30, 40]
    frame = target.tracking.frame(11)
    assert frame is not None
    assert frame.window == (11, 2, 120)
    assert frame.removed[0].tolist() == list(range(180, 256))
    assert frame.model == MODEL
    assert target.tracking.frame(7) is None


def test_a_box_from_the_ground_truth_counts_as_imported() -> None:
    run = RunSession(info(3), MODEL, by_hand=False)
    run.add(Followed(0, (12.0, 20.0, 30.0, 40.0), None, gap=False))
    (target,) = run.session.targets.values()
    assert target.source[0] == Source.IMPORTED


def test_boxes_of_a_smaller_thermal_camera_are_in_its_own_pixels(tmp_path: Path) -> None:
    run = RunSession(info(3, tir_size=(160, 120)), MODEL, by_hand=True)
    run.add(Followed(0, (12.0, 20.0, 30.0, 40.0), None, gap=False))
    run.add(followed(1))
    save(run.finished(), tmp_path / "clip.h5")
    (target,) = load(tmp_path / "clip.h5").targets.values()
    assert target.boxes[0].tolist() == [[12, 20, 30, 40], [6, 10, 15, 20]]
    assert target.boxes[1].tolist() == [[11, 20, 30, 40], [5.5, 10, 15, 20]]


def test_a_model_is_named_without_its_folder() -> None:
    assert MODEL.name == "model.pth"


def test_a_tracker_without_tokens_is_kept_with_its_boxes_and_scores(tmp_path: Path) -> None:
    model = model_info(tracker_source("correlation").info)
    run = RunSession(info(5), model, by_hand=True)
    run.add(Followed(0, (12.0, 20.0, 30.0, 40.0), None, gap=False))
    for index, score in ((1, 0.75), (2, float("nan")), (4, 0.5)):
        box = (12.0 + index, 20.0, 30.0, 40.0)
        run.add(Followed(index, box, Step(box, score), gap=False))
    save(run.finished(), tmp_path / "clip.h5")
    (target,) = load(tmp_path / "clip.h5").targets.values()
    assert target.boxes[4, 0].tolist() == [16, 20, 30, 40]
    assert target.score[[1, 4]].tolist() == [0.75, 0.5]
    assert np.isnan(target.score[2])
    frame = target.tracking.frame(1)
    assert frame is not None
    assert (frame.window, frame.score_map, frame.removed) == (None, None, ())
    assert frame.model == model
    assert (model.tracker, model.name, model.engine) == ("correlation", "Correlation", "")
    assert (MODEL.tracker, MODEL.engine) == ("ckd", "eager float32")


def test_a_score_map_of_any_tracker_is_kept(tmp_path: Path) -> None:
    model = model_info(TrackerInfo("Theirs", "module:Class", map_size=8))
    run = RunSession(info(2), model, by_hand=True)
    run.add(Followed(0, (12.0, 20.0, 30.0, 40.0), None, gap=False))
    box = (13.0, 20.0, 30.0, 40.0)
    shown = Step(box, 0.5, np.full((8, 8), 0.25, np.float32), SearchWindow(3, 2, 120))
    run.add(Followed(1, box, shown, gap=False))
    save(run.finished(), tmp_path / "clip.h5")
    (target,) = load(tmp_path / "clip.h5").targets.values()
    frame = target.tracking.frame(1)
    assert frame is not None
    assert frame.window == (3, 2, 120)
    assert frame.score_map is not None
    assert frame.score_map.tolist() == [[0.25] * 8] * 8


def test_a_session_says_from_where_on_another_engine_computed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(run_session, "FRAMES_AT_ONCE", 2)
    run = RunSession(info(7), replace(MODEL, engine="onnxruntime float32"), by_hand=True)
    tracker: Any = SimpleNamespace(capabilities=Capabilities(engine="onnx"))
    run.tracker = tracker
    run.add(Followed(0, (12.0, 20.0, 30.0, 40.0), None, gap=False))
    for index in range(1, 7):
        if index == 3:
            tracker.capabilities = Capabilities(engine="eager")
        run.add(followed(index))
    (target,) = run.finished().targets.values()
    frames = [target.tracking.frame(index) for index in range(1, 7)]
    assert [each.model.engine for each in frames if each and each.model] == [
        *["onnxruntime float32"] * 2,
        *["onnxruntime float32, then eager float32"] * 2,
        *["eager float32"] * 2,
    ]
