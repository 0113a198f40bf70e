"""`ckd-studio track` as it is typed: where it starts."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.cli import entry as cli
from tests.unit.tracker_core.tracking.pretended_trackers import FRAMES, write_dataset
from tracker_core.evaluation.result_files import read_result


@pytest.fixture
def late(tmp_path: Path) -> Path:
    """A sequence whose target appears on frame 2, at 7,8,9,9."""
    (sequence,) = (write_dataset(tmp_path / "data", 1)).iterdir()
    rows = ["0,0,0,0", "0,0,0,0", *[f"{7 + index},8,9,9" for index in range(FRAMES - 2)]]
    for name in ("visible.txt", "infrared.txt"):
        (sequence / name).write_text("\n".join(rows))
    (sequence / "init.txt").unlink(missing_ok=True)
    return sequence


def track(sequence: Path, *more: str) -> tuple[int, list[list[float]]]:
    out = sequence.parent.parent / "result.txt"
    code = cli.run(["track", str(sequence), "--out", str(out), "--tracker", "still", *more])
    return code, read_result(out).boxes.tolist() if out.exists() else []


def test_it_starts_where_the_ground_truth_does(
    late: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, rows = track(late)
    assert code == 0
    assert rows == [[7, 8, 9, 9]] * (FRAMES - 2)
    assert "starting from the ground truth's 7,8,9,9 on frame 2." in capsys.readouterr().err


def test_it_starts_on_the_frame_that_is_asked_for(
    late: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert track(late, "--start", "3") == (0, [[8, 8, 9, 9]] * (FRAMES - 3))
    assert "8,8,9,9 on frame 3." in capsys.readouterr().err
    assert track(late, "--init-box", "1,1,5,5") == (0, [[1, 1, 5, 5]] * FRAMES)
    assert "ground truth's" not in capsys.readouterr().err


def test_a_frame_without_the_target_is_refused(
    late: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert track(late, "--start", "0") == (2, [])
    assert "has no ground truth box on frame 0; say where" in capsys.readouterr().err


def test_a_sequence_without_the_target_is_refused(
    late: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("visible.txt", "infrared.txt"):
        (late / name).write_text("0,0,0,0\n" * FRAMES)
    assert track(late) == (2, [])
    assert "has no ground truth box; say where" in capsys.readouterr().err
