from __future__ import annotations

import csv
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from app.export.curves import _figure, write_curves
from app.resolve.curves import (
    CurvesModel,
    curves_model,
    gap_words,
    limits,
    lone_frames,
    removed_words,
    same_values,
    score_words,
    side_words,
    summary,
)
from app.resolve.effective import EffectiveRows, EffectiveTarget
from app.resolve.inspection import GapHistory
from app.resolve.live import LiveRun
from sessions import (
    AddTarget,
    Alignment,
    AnnotationSession,
    Flag,
    SequenceInfo,
    SetAlignment,
    SetBox,
    SetFlags,
    Target,
)
from tracker_core.errors import CKDError
from tracker_core.lettering import letters_for

NAN = np.float32(np.nan)
COUNT = 8


def values(*numbers: float) -> Any:
    return np.array(numbers, np.float32)


@pytest.fixture
def session() -> AnnotationSession:
    names = tuple(f"/clip/{index}.jpg" for index in range(COUNT))
    made = AnnotationSession(
        SequenceInfo(
            "clip", "lasher", names, names, COUNT, COUNT, (160, 120), (80, 60), "", ("/clip",)
        )
    )
    AddTarget("1", "walker").apply(made)
    SetBox("1", 1, np.array([[10.0, 20.0, 16.0, 4.0]] * 2)).apply(made)
    return made


@pytest.fixture
def target(session: AnnotationSession) -> Target:
    return session.target("1")


def answer(score: float, removed: int = 0, side: float = 6.0) -> Any:
    return SimpleNamespace(
        score=score, search_grid=4, target_tokens_removed=removed, box_xywh=(1.0, 2.0, side, side)
    )


def rows(session: AnnotationSession, live: dict[int, Any]) -> EffectiveTarget:
    run = LiveRun("1", 0, live, list(live)) if live else None
    row = EffectiveRows(lambda: session, lambda _id: 0, lambda: run).target("1")
    assert row is not None
    return row


def test_a_box_that_was_never_tracked_makes_no_curves(session: AnnotationSession) -> None:
    assert curves_model(rows(session, {}), None, None) is None


def test_two_boxes_can_be_compared_without_a_run(session: AnnotationSession) -> None:
    SetBox("1", 4, np.array([[10.0, 20.0, 9.0, 9.0]] * 2)).apply(session)
    model = curves_model(rows(session, {}), None, None)
    assert model is not None
    assert model.side_rgb[[1, 4]].tolist() == [8.0, 9.0]
    assert np.isnan(model.side_rgb[[0, 2, 3, 5, 6, 7]]).all()
    assert np.isnan(model.score).all()
    assert np.isnan(model.removed).all()
    assert np.flatnonzero(model.manual).tolist() == [1, 4]


def test_a_run_under_way_is_seen_at_once(session: AnnotationSession, target: Target) -> None:
    live: dict[int, Any] = {2: answer(0.5, 3, 6.0), 4: answer(0.25, 0, 7.0)}
    model = curves_model(rows(session, live), None, None)
    assert model is not None
    assert model.score[[2, 4]].tolist() == [0.5, 0.25]
    assert model.removed[[2, 4]].tolist() == [3.0, 0.0]
    assert model.side_rgb[[1, 2, 4]].tolist() == [8.0, 6.0, 7.0]
    assert np.isnan(model.score[[0, 1, 3, 5]]).all()
    assert np.isnan(target.score).all(), "the session is not touched"


def test_a_run_changes_nothing_on_frames_that_a_person_decided(session: AnnotationSession) -> None:
    SetFlags("1", np.array([3]), add=Flag.ABSENT).apply(session)
    live: dict[int, Any] = {1: answer(0.9), 2: answer(0.8), 3: answer(0.7)}
    model = curves_model(rows(session, live), None, None)
    assert model is not None
    assert np.flatnonzero(np.isfinite(model.score)).tolist() == [2]
    assert model.side_rgb[1] == 8.0
    assert np.isnan(model.side_rgb[3])


def test_thermal_boxes_of_a_run_are_measured_in_thermal_pixels(session: AnnotationSession) -> None:
    halves = Alignment(0, (2.0, 0.0, 0.0, 0.0, 2.0, 0.0, 0.0, 0.0, 1.0))
    SetAlignment(halves).apply(session)
    live: dict[int, Any] = {2: answer(0.5, side=8.0)}
    model = curves_model(rows(session, live), None, None)
    assert model is not None
    assert (model.side_rgb[2], model.side_tir[2]) == (8.0, 4.0)


@pytest.mark.parametrize(("block", "shown"), [(None, 2), (0, 0), (9, 2)])
def test_the_gap_is_that_of_the_block_and_the_mean_over_all(
    session: AnnotationSession, block: int | None, shown: int
) -> None:
    gaps = np.array([[1.0, 2.0, 6.0], [2.0, np.nan, 4.0], [np.nan] * 3], np.float32)
    history = GapHistory(np.array([2, 5, 6]), gaps)
    live: dict[int, Any] = {2: answer(0.5)}
    model = curves_model(rows(session, live), history, block)
    assert model is not None
    assert model.block == shown
    assert model.gap[[2, 5]].tolist() == gaps[:2, shown].tolist()
    assert model.gap_mean[[2, 5]].tolist() == [3.0, 3.0]
    assert np.isnan(model.gap_mean[6])
    assert np.isfinite(model.gap).sum() == 2


def test_lone_frames_are_those_without_a_neighbour() -> None:
    assert lone_frames(values(1, NAN, 1, 1, NAN, 1)).tolist() == [0, 5]
    assert lone_frames(values(1)).tolist() == [0]
    assert lone_frames(values()).tolist() == []
    assert lone_frames(values(NAN, NAN)).tolist() == []


def test_equal_curves_have_equal_gaps() -> None:
    assert same_values(values(1, NAN), values(1, NAN))
    assert not same_values(values(1, NAN), values(NAN, 1))
    assert not same_values(values(1), values(1, NAN))


def test_limits_show_every_value_and_never_collapse() -> None:
    assert limits(values(NAN), floor=0.0, least=4.0) == (0.0, 4.0)
    assert limits(values(1, 2), floor=0.0, least=4.0) == (0.0, 4.0)
    assert limits(values(10, NAN), floor=0.0) == (0.0, 11.0)
    low, high = limits(values(20, 22), values(30, NAN), least=8.0)
    assert low < 20
    assert high > 30
    low, high = limits(values(20, 20), least=8.0)
    assert (low, high) == pytest.approx((15.2, 24.8))
    assert limits(values(1, 1), least=8.0)[0] == 0.0, "no box is smaller than nothing"


@pytest.fixture
def model() -> CurvesModel:
    return CurvesModel(
        target_name="walker",
        score=values(NAN, 0.5, 0.25, NAN),
        removed=values(NAN, 1, 3, NAN),
        side_rgb=values(8, 8.25, 9, NAN),
        side_tir=values(NAN, 4, 4.5, NAN),
        manual=np.array([True, False, False, False]),
        gap=values(NAN, NAN, 12.345, NAN),
        gap_mean=values(NAN, NAN, 6.5, NAN),
        block=3,
    )


def test_words_say_the_value_and_nothing_in_a_gap(model: CurvesModel) -> None:
    assert [score_words(model, frame) for frame in (-1, 0, 1, 4)] == ["", "", "0.50", ""]
    assert [removed_words(model, frame) for frame in range(3)] == ["", "1 token", "3 tokens"]
    assert side_words(model, 0) == ("8.0 px", "")
    assert side_words(model, 1) == ("8.2 px", "4.0 px")
    assert gap_words(model, 1) == ("", "")
    assert gap_words(model, 2) == ("12.3", "6.5")


def test_the_summary_names_the_worst_frame(model: CurvesModel) -> None:
    assert summary(model) == (
        "walker: score on 2 of 4 frames, lowest 0.25 on frame 2; "
        "tokens in the box removed on 2; modality gap known on 1."
    )


# Files


def test_the_table_has_a_row_per_frame_and_empty_cells_for_gaps(
    model: CurvesModel, tmp_path: Path
) -> None:
    write_curves(model, tmp_path / "curves.csv")
    with (tmp_path / "curves.csv").open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert [row["frame"] for row in rows] == ["0", "1", "2", "3"]
    assert [row["score"] for row in rows] == ["", "0.5", "0.25", ""]
    assert [row["target_tokens_removed"] for row in rows] == ["", "1", "3", ""]
    assert [row["box_side_rgb_px"] for row in rows] == ["8", "8.25", "9", ""]
    assert [row["manual"] for row in rows] == ["1", "0", "0", "0"]
    assert [row["modality_gap_block_3"] for row in rows] == ["", "", "12.345", ""]


@pytest.mark.parametrize(
    ("name", "start"), [("c.png", b"\x89PNG"), ("c.svg", b"<?xml"), ("C.PDF", b"%PDF")]
)
def test_a_figure_is_what_its_name_says(
    model: CurvesModel, tmp_path: Path, name: str, start: bytes
) -> None:
    nothing = np.full(4, np.nan, np.float32)
    write_curves(replace(model, gap=nothing, gap_mean=nothing, block=None), tmp_path / name)
    assert (tmp_path / name).read_bytes().startswith(start)
    assert [path.name for path in tmp_path.iterdir()] == [name]


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("name", ["自転車", "سيارة", "ขบวน\u200d", "two\nlines\t", "$x_{1}", "🚲"])
def test_a_name_in_any_script_stands_over_a_figure(
    model: CurvesModel, tmp_path: Path, name: str
) -> None:
    for ending in ("png", "svg", "pdf"):
        write_curves(replace(model, target_name=name), tmp_path / f"curves.{ending}")
    assert len(list(tmp_path.iterdir())) == 3


def test_another_kind_of_file_is_refused(model: CurvesModel, tmp_path: Path) -> None:
    with pytest.raises(CKDError, match=r"curves\.xls; use \.csv, \.png, \.svg or \.pdf"):
        write_curves(model, tmp_path / "curves.xls")


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("letter", ["W", "i", "追"])
def test_a_long_name_leaves_room_for_the_curves(
    model: CurvesModel, tmp_path: Path, letter: str
) -> None:
    named = replace(model, target_name=letter * 200)
    write_curves(named, tmp_path / "curves.svg")
    with letters_for([letter]):
        figure = _figure(named)
        figure.draw_without_rendering()
    for axes in figure.axes:
        assert axes.get_position().width > 0.7


@pytest.mark.parametrize("name", ["curves.csv", "curves.png"])
def test_a_folder_that_is_not_there_is_made(model: CurvesModel, tmp_path: Path, name: str) -> None:
    write_curves(model, tmp_path / "missing" / name)
    assert [path.name for path in (tmp_path / "missing").iterdir()] == [name]


@pytest.mark.parametrize("name", ["curves.csv", "curves.png"])
def test_a_folder_that_cannot_be_made_is_named(
    model: CurvesModel, tmp_path: Path, name: str
) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(CKDError, match=r"could not be saved in .*file"):
        write_curves(model, tmp_path / "file" / name)


def test_an_older_file_survives_a_failure(
    model: CurvesModel, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "curves.csv"
    path.write_text("old", encoding="utf-8")

    def full(_stream: object, **_options: object) -> Callable[..., None]:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(csv, "writer", full)
    with pytest.raises(CKDError, match="the disk is full"):
        write_curves(model, path)
    assert path.read_text(encoding="utf-8") == "old"
    assert [each.name for each in tmp_path.iterdir()] == ["curves.csv"]
