"""Names in figures, whatever script they are written in."""

from __future__ import annotations

import warnings
from pathlib import Path

import pytest
from matplotlib.figure import Figure

from tracker_core import lettering

OF_STIX = "\u0359"
"""DejaVu Sans lacks it; of the fonts that matplotlib brings, STIX has it."""
OF_NONE = "\U0001fbfa"
OF_CYPRUS = "\U00012ff1"
"""A letter of a script that was written 3 500 years ago; OF_NONE is no letter at all yet."""


def drawn(text: str, path: Path) -> str:
    with lettering.letters_for([text]):
        figure = Figure()
        figure.text(0.5, 0.5, text)
        figure.savefig(path, format="svg")
    return path.read_text(encoding="utf-8")


def test_what_dejavu_has_is_drawn_in_dejavu_alone(tmp_path: Path) -> None:
    assert lettering._stand_ins(frozenset("größer Ωя")) == ()
    assert '"#DejaVuSans-' in drawn("A", tmp_path / "a.svg")


def test_another_font_stands_in_for_a_letter_that_is_missing(tmp_path: Path) -> None:
    # That of STIX, or one that this system has.
    assert lettering._stand_ins(frozenset(OF_STIX))
    assert "LastResort" not in drawn(f"A{OF_STIX}", tmp_path / "a.svg")


def test_one_font_is_found_for_a_whole_text() -> None:
    plain = lettering.font_file("walker")
    assert Path(plain).name == "DejaVuSans.ttf"
    other = lettering.font_file(f"walker {OF_STIX}")
    assert other != plain
    letters = frozenset(f"walker {OF_STIX}")
    assert lettering._had_by(other, letters) == letters
    assert lettering.font_file(OF_NONE) == plain


@pytest.mark.filterwarnings("error")
def test_a_letter_that_no_font_has_is_a_box_without_a_warning(tmp_path: Path) -> None:
    assert lettering._stand_ins(frozenset(OF_NONE)) == ()
    assert "<path" in drawn(f"A{OF_NONE}", tmp_path / "a.svg")
    before = list(warnings.filters)
    drawn(OF_NONE, tmp_path / "b.svg")
    assert warnings.filters == before


def test_a_letter_that_no_font_has_is_named() -> None:
    assert lettering.without_font(["walker", f"größer {OF_STIX}"]) == ()
    (said,) = lettering.without_font([f"a{OF_CYPRUS}b{OF_CYPRUS}"])
    assert said == f"letters that no font of this system has ({OF_CYPRUS})"
    # Letters of two fonts have none in common: a figure takes both, a video only one.
    assert lettering.without_font([f"{OF_STIX}{OF_CYPRUS}"], one_font=True)


def test_a_font_that_cannot_be_read_is_passed_over(tmp_path: Path) -> None:
    broken = tmp_path / "broken.ttf"
    broken.write_bytes(b"no font")
    assert lettering._had_by(str(broken), frozenset("a")) == frozenset()
    assert lettering._had_by(str(tmp_path / "gone.ttf"), frozenset("a")) == frozenset()


def test_long_names_lose_their_middle() -> None:
    with lettering.letters_for(["W"]):
        assert lettering.cut_to("walker", 400.0, 12.0) == "walker"
        cut = lettering.cut_to(f"begin{'W' * 500}end", 200.0, 12.0)
        wide = lettering.cut_to("W" * 500, 200.0, 12.0)
        thin = lettering.cut_to("i" * 500, 200.0, 12.0)
        large = lettering.cut_to("i" * 500, 200.0, 24.0)
        assert lettering.width_of(cut, 12.0) <= 200.0 < lettering.width_of(f"{cut}WW", 12.0)
        assert lettering.cut_to("walker", 1.0, 12.0) == "…"
    assert cut.startswith("beginW")
    assert cut.endswith("Wend")
    assert len(wide) < len(large) < len(thin) < 500
