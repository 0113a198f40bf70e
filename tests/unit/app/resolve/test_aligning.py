"""An alignment while a person works on it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from app.resolve.aligning import Draft, Pair, alignment_facts, applied_words, fit_words
from sessions import Alignment, AlignmentKind
from tracker_core.registration.points import Freedom

FILLING = (2.0, 0, 0, 0, 2.0, 0, 0, 0, 1)
TURNED = np.array([[1.9, -0.2, 30], [0.2, 1.9, -12], [0, 0, 1]])
BENT = np.array([[1.9, -0.2, 30], [0.1, 2.2, -12], [6e-4, -3e-4, 1]])
SPOTS = ((20.0, 15.0), (300.0, 30.0), (280.0, 220.0), (30.0, 200.0), (150.0, 120.0), (220.0, 60.0))


def clicked(draft: Draft, matrix: np.ndarray, count: int = 6) -> Draft:
    for x, y in SPOTS[:count]:
        u, v, depth = matrix @ [x, y, 1]
        draft = draft.clicked((x, y), thermal=True)
        draft = draft.clicked((float(u / depth), float(v / depth)), thermal=False)
    return draft


@pytest.mark.parametrize("matrix", [TURNED, BENT])
@pytest.mark.parametrize("freedom", [None, Freedom.HOMOGRAPHY])
def test_what_was_made_is_found_again(matrix: np.ndarray, freedom: Freedom | None) -> None:
    start = Draft.of(Alignment(7, paired_with="names"), FILLING)
    # Cameras of two sizes of which nobody knows more: thermal fills the RGB frame.
    assert start.fitted().matrix == pytest.approx(np.array(FILLING).reshape(3, 3))
    draft = clicked(replace(start, freedom=freedom), matrix)
    made = draft.alignment()
    assert made.matrix == pytest.approx(matrix, abs=1e-6)
    bent = matrix is BENT or freedom is Freedom.HOMOGRAPHY
    assert made.kind is (AlignmentKind.HOMOGRAPHY if bent else AlignmentKind.AFFINE)
    assert (made.time_offset, made.paired_with, made.origin) == (7, "names", "points")
    assert [pair.residual for pair in made.points] == pytest.approx([0.0] * 6, abs=1e-6)
    again = Draft.of(made, FILLING)
    assert again.pairs == draft.pairs
    assert again.alignment().matrix == pytest.approx(matrix, abs=1e-6)
    assert "6 pairs, 0.0 px off, thermal +7 frames" in alignment_facts(made)
    assert "6 pairs of points, thermal frames 7 later" in applied_words(made)


def test_few_pairs_set_a_guess_right() -> None:
    guess = replace(Draft.of(Alignment(), FILLING), begin=tuple(TURNED.ravel()), origin="guess")
    assert "A guess" in fit_words(guess)
    moved = TURNED.copy()
    moved[:2, 2] += 3, 4
    one = clicked(guess, moved, 1)
    assert one.fitted().matrix == pytest.approx(moved)
    assert "One more pair" in fit_words(one)
    wrong = clicked(one, moved, 2).moved(1, (0.0, 0.0), thermal=False)
    assert wrong.fitted().freedom is Freedom.SIMILARITY
    # Half a pair counts for nothing yet, and is not kept.
    half = one.clicked((5.0, 5.0), thermal=True)
    assert half.fitted().missed == (pytest.approx(0.0, abs=1e-9), None)
    assert len(half.alignment().points) == 1
    assert half.clicked((9.0, 9.0), thermal=True).pairs[-1] == Pair(tir=(9.0, 9.0))
    assert half.without(0).pairs == (Pair(tir=(5.0, 5.0)),)


def test_pairs_that_fix_no_map_are_said_and_the_map_stays() -> None:
    draft = Draft.of(Alignment(), FILLING)
    for x in (10.0, 20.0, 30.0):
        draft = draft.clicked((x, x), thermal=True).clicked((2 * x, 2 * x), thermal=False)
    draft = replace(draft, freedom=Freedom.AFFINE)
    assert "on one line" in fit_words(draft)
    assert draft.alignment().tir_to_rgb == FILLING
    assert draft.alignment().points == ()


def test_an_alignment_from_elsewhere_is_where_the_work_begins() -> None:
    given = Alignment(-2, tuple(BENT.ravel()), origin="file rig.json")
    draft = Draft.of(given, FILLING)
    assert draft.alignment() == given
    assert "from file rig.json, thermal -2 frames" in alignment_facts(given)
    assert alignment_facts(Alignment()) == "pixel to pixel"
