from __future__ import annotations

import pytest

from app.resolve.matching import has_words, match_rank

NAMES = ("Track forward", "Track to here", "Thermal offset", "Next frame", "Copy box")


def best(query: str) -> list[str]:
    found = [(rank, name) for name in NAMES if (rank := match_rank(query, name)) is not None]
    return [name for _, name in sorted(found)]


@pytest.mark.parametrize(
    ("query", "first"),
    [
        ("track t", "Track to here"),
        ("FORWARD", "Track forward"),
        ("tr fo", "Track forward"),
        ("trf", "Track forward"),
        ("thoff", "Thermal offset"),
        ("off", "Thermal offset"),
        ("nf", "Next frame"),
        ("ox", "Copy box"),
        ("  box ", "Copy box"),
    ],
)
def test_a_few_letters_find_it(query: str, first: str) -> None:
    assert best(query)[0] == first


def test_order_of_letters_counts_and_all_of_them() -> None:
    assert best("frt") == []
    assert best("nextx") == []
    assert len(best("")) == len(NAMES)
    assert match_rank("menu", "Copy box", "The menu of Edit") == (6, 8, 0)
    assert match_rank("(", "Copy box") is None


def test_beginnings_of_words_go_before_letters_here_and_there() -> None:
    ranks = [match_rank("trf", name) for name in ("Track forward", "Thermal offset")]
    assert None not in ranks
    assert ranks == sorted(ranks)  # type: ignore[type-var]
    assert ranks[0] != ranks[1]


def test_each_word_stands_somewhere() -> None:
    assert has_words("ctrl+t TRACK", "Track one frame", "Ctrl+T")
    assert not has_words("track two", "Track one frame")
    assert has_words("", "anything")
