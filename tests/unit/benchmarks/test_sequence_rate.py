"""The measurement of kept frames, on frames too small to say anything."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.sequence_rate import main, make_sequence
from tests.unit.tracker_core.training.recordings import walk, write_walk
from tracker_core.training.data.sequence_index import index_sequences


def test_the_same_pairs_are_drawn_three_times(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_walk(tmp_path / "set" / "walk", walk(4))
    main([str(tmp_path / "set"), "--pairs", "10"])  # which is faster, so few pairs do not say
    lines = capsys.readouterr().out.splitlines()
    assert [line.split(":")[0].strip() for line in lines[2:5]] == [
        "as it is",
        "frames being kept",
        "kept frames",
    ]
    assert "at least 2 is wanted" in lines[5]
    assert main([str(tmp_path / "nothing")]) == 2


def test_what_it_makes_can_be_drawn_from(tmp_path: Path) -> None:
    assert make_sequence(tmp_path / "set" / "made", (160, 120)) > 0
    (found,) = index_sequences([tmp_path / "set"], held_out_share=0).sequences
    assert len(found.frames) == 24
