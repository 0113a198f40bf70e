"""How the soak goes on where it stopped, and how it judges memory."""

from __future__ import annotations

import random
from collections import Counter
from pathlib import Path

import pytest

from benchmarks.soak import SAMPLE, Progress, Reading, allocated_megabytes, memory_words
from benchmarks.user.table import DOINGS, first_doings


def reading(actions: int, used: float) -> Reading:
    return Reading(actions, used, used + 50.0, 60.0, 800_000, 1100, 13, 9)


def test_the_next_process_knows_what_the_last_one_read(tmp_path: Path) -> None:
    before = Progress(4, 700, 9.5, 300, ["one"], [[], [reading(SAMPLE, 300.0)]])
    before.write(tmp_path / "soak.json")
    assert Progress.read(tmp_path / "soak.json", 1) == before
    assert Progress.read(tmp_path / "none.json", 1) == Progress(1)


@pytest.mark.parametrize(
    ("tables", "kept", "words"),
    [
        ([], True, "not judged"),
        # Two processes: each begins with fresh memory, so they are no pair.
        ([[reading(SAMPLE, 300)], [reading(SAMPLE, 400)]], True, "not judged"),
        ([[reading(SAMPLE, 300), reading(2 * SAMPLE, 314)]], True, "+4.7%"),
        ([[reading(SAMPLE, 300), reading(2 * SAMPLE, 316)]], False, "+5.3%"),
        # What counts is the end, in the process that did most.
        (
            [
                [reading(SAMPLE, 300), reading(2 * SAMPLE, 400)],
                [reading(SAMPLE, 300), reading(2 * SAMPLE, 400), reading(3 * SAMPLE, 303)],
                [],
            ],
            True,
            "303 MB at action 30000 of one process (+1.0%)",
        ),
    ],
)
def test_memory_is_compared_within_the_process_that_did_most(
    tables: list[list[Reading]], kept: bool, words: str
) -> None:
    said, within = memory_words(Progress(memory=tables))
    assert within is kept
    assert words in said


def test_everything_is_done_early() -> None:
    often = Counter(doing.name for doing in first_doings(random.Random(3)))
    assert often.keys() == {doing.name for doing in DOINGS}
    assert len(set(often.values())) == 1
    assert len(list(often.elements())) < SAMPLE


def test_what_is_allocated_grows_with_what_is_kept() -> None:
    before = allocated_megabytes()
    if not before:
        pytest.skip("the C library does not tell")
    kept = bytearray(64_000_000)
    assert allocated_megabytes() - before == pytest.approx(64, abs=16)
    assert kept
