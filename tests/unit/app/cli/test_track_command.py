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


def test_it_tracks_to_a_frame_and_over_a_range(late: Path) -> None:
    assert track(late, "--to", "4") == (0, [[7, 8, 9, 9]] * 3)
    assert track(late, "--range", "3-4") == (0, [[8, 8, 9, 9]] * 2)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--range", "4"], "is not a range; write"),
        (["--range", "4-x"], "is not a range; write"),
        (["--range", "4-3"], "must come after the first one"),
        (["--range", "3-3"], "must come after the first one"),
        (["--range", f"3-{'9' * 5000}"], "is not a range; write"),
        (["--range", "3-99999"], "cannot be followed from frame 3 to frame 99999"),
        (["--range", "3-4", "--start", "3"], "give one of them"),
        (["--range", "3-4", "--to", "4"], "give one of them"),
    ],
)
def test_what_is_no_range_is_refused(
    late: Path, capsys: pytest.CaptureFixture[str], options: list[str], words: str
) -> None:
    code, rows = track(late, *options)
    assert (code, rows) == (2, [])
    assert words in " ".join(capsys.readouterr().err.replace("│", " ").split())
