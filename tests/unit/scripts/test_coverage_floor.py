"""The floor of coverage only rises."""

from __future__ import annotations

from pathlib import Path

import pytest

from scripts.coverage_floor import floor_of, risen, with_floor

PROJECT = (Path(__file__).resolve().parents[3] / "pyproject.toml").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("total", "floor"), [(70.0, 80), (80.0, 80), (82.0, 80), (82.1, 81), (91.7, 90)]
)
def test_it_follows_what_was_measured_and_never_falls(total: float, floor: int) -> None:
    assert risen(80, total) == floor


def test_the_project_has_one_and_it_can_be_written() -> None:
    floor = floor_of(PROJECT)
    raised = with_floor(PROJECT, floor + 1)
    assert floor_of(raised) == floor + 1
    assert with_floor(raised, floor) == PROJECT
