"""Damaged frames in every model that a view shows, and in what is written of a session."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from app.cli import entry as cli
from app.export import forms
from app.resolve.answer import answer_of_result
from app.resolve.effective import EffectiveTarget
from app.resolve.live import LiveResult
from app.resolve.overlay import MAX_CROP_SIDE, search_crop
from app.resolve.overview import session_facts, status_facts
from sessions import load
from sessions.exports import table as exports
from tests.hostile_sessions import DAMAGED, FRAMES, SOUND, Case, write_case
from tests.recordings import write_lasher
from tests.session_views import look_at_answer, look_at_everything
from tracker_core.sequences import open_sequence

ASKED = pytest.mark.parametrize("case", [*DAMAGED, *SOUND], ids=lambda case: case.id)
SHORT = ("window nan", "removed bomb", "score of a box 1e30", "box like a hair", "all removed")
"""Drawing a film takes a second: for one of each kind."""
WRITTEN = (*SHORT, "sequence with orders", "boxes of nothing", "all flags", "removed torn")


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_lasher(tmp_path_factory.mktemp("images") / "walk", FRAMES)


@ASKED
def test_every_model_of_every_frame(case: Case, tmp_path: Path, clip: Path) -> None:
    path = write_case(tmp_path / "walk.h5", clip, case)
    session = load(path)
    assert look_at_everything(session) == {"1": list(case.damaged), "2": []}
    sequence = open_sequence(clip)
    assert session_facts(session, path, sequence) is not None
    row = EffectiveTarget(session.target("1"), session.alignment)
    for frame in range(FRAMES):
        status = status_facts("", sequence, row, frame, row.answer(frame))
        assert ("frame data damaged" in status.source) == (frame in case.damaged)


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
    if case.id not in WRITTEN:
        return
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
    assert answer.damage
    look_at_answer(answer)


def test_a_crop_of_millions_of_pixels_is_thinned() -> None:
    image = np.arange(120 * 160, dtype=np.uint16).reshape(120, 160)

    class Window:
        x, y, side = -1000.0, -2000.0, float(3 * MAX_CROP_SIDE)

    crop = search_crop(image, Window())
    assert crop.shape == (MAX_CROP_SIDE, MAX_CROP_SIDE)
    rows, columns = np.nonzero(crop)
    assert crop[rows[-1], columns[-1]] == image[rows[-1] * 3 - 2000, columns[-1] * 3 - 1000]
