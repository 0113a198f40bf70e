"""Damaged frames in every model that a view shows, and in what is written of a session."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from app.cli import entry as cli
from app.export import forms
from app.look.palette import DARK
from app.resolve.answer import FrameAnswer, answer_of_result
from app.resolve.curves import curves_model, removed_words, score_words, side_words
from app.resolve.effective import EffectiveRows
from app.resolve.inspection import Missing, ScoreMapModel, search_crop_model
from app.resolve.live import LiveResult
from app.resolve.overlay import MAX_CROP_SIDE, search_crop, token_image, token_labels
from app.resolve.overview import (
    review_queue,
    session_facts,
    status_facts,
    target_row,
    timeline_model,
)
from app.resolve.timeline import lowest_score, strongest_source
from app.views.frame.layers import layers_of
from sessions import load
from sessions.exports import table as exports
from tests.hostile_sessions import DAMAGED, FRAMES, SOUND, Case, write_case
from tests.recordings import write_lasher
from tracker_core.sequences import open_sequence

OVERLAYS = frozenset({"tokens", "score_map", "search_window"})
ASKED = pytest.mark.parametrize("case", [*DAMAGED, *SOUND], ids=lambda case: case.id)
SHORT = ("window nan", "removed bomb", "score of a box 1e30", "box like a hair", "all removed")
"""Drawing a film takes a second: for one of each kind."""


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_lasher(tmp_path_factory.mktemp("images") / "walk", FRAMES)


def check_answer(answer: FrameAnswer, damaged: bool) -> None:
    """Every view of one answer: the same sentence where it is damaged, else something to draw."""
    views = answer.without_tokens(), answer.score_view()
    if damaged:
        assert {type(view) for view in views} == {Missing}
        assert {view.words for view in views if isinstance(view, Missing)} == {answer.damage}
        assert answer.damage.startswith("Frame data damaged: ")
        assert layers_of(answer, OVERLAYS, None) == {}
        return
    assert answer.damage == ""
    if isinstance(views[1], ScoreMapModel):
        assert np.isfinite(views[1].windowed).all()
    layers_of(answer, OVERLAYS, 1)
    if answer.window is not None and views[0] is None:
        image = np.zeros((120, 160, 3), np.uint8)
        model = search_crop_model(
            image, None, answer.window, answer.grid, answer.stages, answer.box_xywh
        )
        assert model.rgb is not None
        assert model.rgb.shape[0] <= MAX_CROP_SIDE
        assert all(np.isfinite(model.box_in_crop or ()))
        token_image(token_labels(answer.grid, answer.stages), _colours(len(answer.stages)))


def _colours(stages: int) -> Any:
    from app.resolve.overlay import TokenColours

    return TokenColours(DARK.kept, DARK.stage_colours(stages))


@ASKED
def test_every_model_of_every_frame(case: Case, tmp_path: Path, clip: Path) -> None:
    path = write_case(tmp_path / "walk.h5", clip, case)
    session = load(path)
    rows = EffectiveRows(lambda: session, lambda _id: 0, lambda: None)
    sequence = open_sequence(clip)
    facts = session_facts(session, path, sequence)
    assert facts is not None
    assert len(timeline_model(rows.targets(), FRAMES, frozenset(), "1", DARK).rows) == 2
    for row in rows.targets():
        assert target_row(row, DARK).frames
        assert review_queue(row)[:] is not None
        lowest_score(row.score, 7), strongest_source(row.source, 7)
        curves = curves_model(row, None, None)
        for frame in range(FRAMES):
            answer = row.answer(frame)
            damaged = row.target_id == "1" and frame in case.damaged
            assert (answer is not None and bool(answer.damage)) == damaged
            if answer is not None:
                check_answer(answer, damaged)
            row.boxes_on_panes(frame)
            status = status_facts("", sequence, row, frame, answer)
            assert ("frame data damaged" in status.source) == damaged
            if curves is not None:
                assert score_words(curves, frame).isprintable()
                assert removed_words(curves, frame) != "65535 tokens"
                assert len(side_words(curves, frame)) == 2


@ASKED
def test_info_and_tables(
    case: Case, tmp_path: Path, clip: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = write_case(tmp_path / "walk.h5", clip, case)
    assert cli.run(["info", str(path)]) == 0
    said = capsys.readouterr().out
    assert ("damaged frames" in said) == bool(case.damaged)
    assert all(line.isprintable() for line in said.splitlines())
    assert "\x1b" not in said
    for form in exports.EXPORTS:
        out = tmp_path / f"{form.id}{form.ending}"
        words = ["export", str(path), "--form", form.id, "--out", str(out)]
        code = cli.run([*words, *(["--target", "1"] if form.of_target else [])])
        problem = capsys.readouterr().err
        assert code == 0 or (code == 2 and " has no box " in problem), problem
        written = [out] if form.ending or code else list(out.iterdir())
        assert all(each.resolve().is_relative_to(tmp_path.resolve()) for each in written)


@pytest.mark.slow
@pytest.mark.parametrize("form", forms.FORMS, ids=lambda form: form.id)
@pytest.mark.parametrize(
    "case", [c for c in (*DAMAGED, *SOUND) if c.id in SHORT], ids=lambda c: c.id
)
def test_figures_and_films(
    case: Case, form: Any, tmp_path: Path, clip: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = write_case(tmp_path / "walk.h5", clip, case)
    out = tmp_path / f"out{form.ending}"
    words = ["export", str(path), "--form", form.id, "--out", str(out), "--target", "1"]
    assert cli.run(words) == 0, capsys.readouterr().err
    assert out.stat().st_size


def test_a_live_answer_that_is_no_numbers_is_damaged_too(result: Any) -> None:
    fresh: LiveResult = result(4)
    good = answer_of_result(fresh, 4, "mine")
    assert good.damage == ""
    bad = np.array(fresh.score_map)
    bad[0, 0] = np.nan
    object.__setattr__(fresh, "score_map", bad)
    answer = answer_of_result(fresh, 4, "mine")
    check_answer(answer, damaged=True)


def test_a_crop_of_millions_of_pixels_is_thinned() -> None:
    image = np.arange(120 * 160, dtype=np.uint16).reshape(120, 160)

    class Window:
        x, y, side = -1000.0, -2000.0, float(3 * MAX_CROP_SIDE)

    crop = search_crop(image, Window())
    assert crop.shape == (MAX_CROP_SIDE, MAX_CROP_SIDE)
    rows, columns = np.nonzero(crop)
    assert crop[rows[-1], columns[-1]] == image[rows[-1] * 3 - 2000, columns[-1] * 3 - 1000]
