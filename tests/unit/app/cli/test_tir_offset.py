"""`--tir-offset` in every command that opens a sequence, and rows on lossy ones from end to end."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from app.bridge.session_images import open_images
from app.cli import entry as cli
from sessions import AnnotationSession, SequenceInfo, load
from tests.recordings import heat, shown_number, write_boxes, write_folder, write_lasher
from tracker_core.evaluation.benchmarks import LASHER, VTUAV
from tracker_core.evaluation.result_files import write_result
from tracker_core.evaluation.result_folders import find_trackers
from tracker_core.evaluation.scores import evaluate_files
from tracker_core.evaluation.truth import load_truth
from tracker_core.sequences import open_sequence
from tracker_core.sequences.pairing import AmbiguousPairingError
from tracker_core.training.data.sequence_index import index_sequences

FRAMES = 12


@pytest.fixture
def ambiguous(tmp_path: Path) -> Path:
    """RGB counts from 0 and lost 5, thermal counts from 1: thermal k + 1 belongs to RGB k."""
    root = tmp_path / "set" / "walk"
    kept = [k for k in range(FRAMES) if k != 5]
    write_folder(root / "visible", [f"v{k:03d}.png" for k in kept], numbers=kept)
    write_folder(root / "infrared", [f"i{k + 1:03d}.png" for k in range(FRAMES)], heat)
    for name in ("visible.txt", "infrared.txt"):
        write_boxes(root / name, FRAMES)
    return root


def commands(root: Path, out: Path) -> dict[str, list[str]]:
    (out / "boxes.txt").write_text("1,2,5,6\n" * FRAMES)
    (out / "results").mkdir(exist_ok=True)
    write_result(out / "results" / "walk.txt", np.tile([1.0, 2, 5, 6], (FRAMES, 1)))
    return {
        "track": ["track", str(root), "--out", str(out / "r.txt"), "--tracker", "still"],
        "run": ["run", str(root.parent), "--out", str(out / "run"), "--tracker", "still"],
        "lint": ["lint", str(root)],
        "info": ["info", str(root), "--json"],
        "import": [
            *("import", str(root), str(out / "boxes.txt")),
            *("--form", "boxes", "--out", str(out / "s.h5")),
        ],
        "eval": [
            *("eval", str(out / "results"), "--benchmark", "lasher"),
            *("--ground-truth", str(root.parent)),
        ],
    }


@pytest.mark.parametrize("command", ["track", "run", "lint", "info", "import", "eval"])
def test_every_command_refuses_and_takes_the_offset(
    ambiguous: Path, tmp_path: Path, command: str, capsys: pytest.CaptureFixture[str]
) -> None:
    words = commands(ambiguous, tmp_path)[command]
    assert cli.run(words) == (1 if command in ("run", "lint") else 2)
    said = capsys.readouterr()
    assert "--tir-offset N" in said.err + said.out
    assert "Traceback" not in said.err
    # What decides the boxes of a run is kept in its folder; this is another one.
    words = [word.replace(str(tmp_path / "run"), str(tmp_path / "again")) for word in words]
    # The lost frame is an error to the linter.
    assert cli.run([*words, "--tir-offset", "1"]) == (1 if command == "lint" else 0)
    said = capsys.readouterr()
    assert "--tir-offset N" not in said.err + said.out
    if command == "lint":
        assert "[ambiguous-pairing]" not in said.out
        assert "[given-offset]" in said.out
    if command == "info":
        assert json.loads(said.out)["gaps"] == [5]


def test_an_offset_that_is_no_number_is_refused(
    ambiguous: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.run(["info", str(ambiguous), "--tir-offset", "9" * 30]) == 2
    assert cli.run(["info", str(ambiguous), "--tir-offset", "one"]) == 2
    assert "Traceback" not in capsys.readouterr().err


@pytest.mark.parametrize("offset", [0, 1])
def test_a_session_keeps_the_offset(ambiguous: Path, tmp_path: Path, offset: int) -> None:
    session = tmp_path / "s.h5"
    words = commands(ambiguous, tmp_path)["track"]
    # Without an offset the first frame of both is number 1.
    words += ["--start", "1", "--tir-offset", str(offset), "--session", str(session)]
    assert cli.run(words) == 0
    loaded = load(session)
    assert loaded.alignment.time_offset == offset
    with open_images(loaded, [ambiguous]) as sequence:
        assert len(sequence) == loaded.frame_count == FRAMES + (1 - offset)
        frame = sequence.frame(3)
        assert shown_number(frame.tir) == 3 - (1 - offset)


def test_a_session_keeps_an_offset_between_clocks(tmp_path: Path) -> None:
    """Clocks of cameras that nobody set are years apart, in milliseconds."""
    root = tmp_path / "walk"
    stamps = [1_612_345_678_000 + 33 * k for k in range(FRAMES)]
    apart = 100_000_000_000
    write_folder(root / "rgb", [f"{stamp}.png" for stamp in stamps])
    write_folder(root / "thermal", [f"{stamp + apart}.png" for stamp in stamps], heat)
    words = ["track", str(root), "--out", str(tmp_path / "r.txt"), "--tracker", "still"]
    words += ["--init-box", "1,2,5,6", "--session", str(tmp_path / "s.h5")]
    assert cli.run([*words, "--tir-offset", str(apart)]) == 0
    loaded = load(tmp_path / "s.h5")
    assert loaded.alignment.time_offset == apart
    with open_images(loaded, [root]) as sequence:
        assert len(sequence) == loaded.frame_count == FRAMES
        assert sequence.gaps == set()


@pytest.mark.parametrize("frames", [9, 10])
@pytest.mark.parametrize("first", [0, 1])
def test_a_session_from_before_a_base_was_asked_about_opens(
    tmp_path: Path, frames: int, first: int
) -> None:
    """With as many frames as it has, whether first frames or equal numbers had been paired."""
    root = tmp_path / "walk"
    write_folder(root / "rgb", [f"{k + first}.png" for k in range(9)])
    write_folder(root / "thermal", [f"{k + 1 - first}.png" for k in range(9)], heat)
    with pytest.raises(AmbiguousPairingError):
        open_sequence(root)
    session = AnnotationSession(SequenceInfo("walk", "two-folders", (), (), frames, frames))
    with open_images(session, [root]) as sequence:
        assert len(sequence) == frames


def test_a_run_with_another_offset_is_another_run(ambiguous: Path, tmp_path: Path) -> None:
    words = commands(ambiguous, tmp_path)["run"]
    assert cli.run([*words, "--tir-offset", "1"]) == 0
    assert cli.run([*words, "--tir-offset", "0"]) == 2


def test_training_takes_the_offset(ambiguous: Path) -> None:
    folders = [ambiguous.parent]
    with pytest.raises(Exception, match="--tir-offset N"):
        index_sequences(folders)
    (found,) = index_sequences(folders, tir_offset=1).sequences
    assert found.locator[2] == 1
    assert found.frames.tolist() == [k for k in range(FRAMES) if k != 5]


@pytest.mark.parametrize("lost", [{0}, {0, 1}, {4}, {0, 11}, {10, 11}])
def test_track_and_eval_put_rows_on_the_same_frames(tmp_path: Path, lost: set[int]) -> None:
    root = write_lasher(tmp_path / "set" / "walk", FRAMES)
    # LasHeR counts a box at 0 as none.
    for name in ("visible.txt", "infrared.txt"):
        (root / name).write_text("".join(f"{k + 1},2,5,6\n" for k in range(FRAMES)))
    for k in lost:
        (root / "visible" / f"v{k:03d}.png").unlink()
        (root / "infrared" / f"i{k:03d}.png").unlink()
    first = min(set(range(FRAMES)) - lost)
    last = max(set(range(FRAMES)) - lost)
    results = tmp_path / "results"
    results.mkdir()
    for boxes in (
        [[k + 1, 2.0, 5, 6] for k in range(first, last + 1)],  # over the frames that are here
        [[k + 1, 2.0, 5, 6] for k in range(FRAMES)],  # over the whole sequence, elsewhere
    ):
        write_result(results / "walk.txt", np.array(boxes))
        truth = load_truth(LASHER, root.parent)
        (tracker,) = find_trackers(results, truth.names)
        # Exact boxes reach all thresholds but the last, and only on their own rows.
        assert evaluate_files(truth, tracker).metrics["SR"] == pytest.approx(20 / 21)


def test_vtuav_is_scored_by_number(tmp_path: Path) -> None:
    root = tmp_path / "VTUAV" / "car"
    kept = list(range(3, 60))
    for folder, make in (("rgb", None), ("ir", heat)):
        extra = () if make is None else (make,)
        write_folder(root / folder, [f"{k:06d}.png" for k in kept], *extra, numbers=kept)
    for name in ("rgb.txt", "ir.txt"):
        (root / name).write_text("".join(f"{20 * k} 20 30 40\n" for k in range(6)))
    truth = load_truth(VTUAV, root.parent)
    assert "1 row has no frame here" in " ".join(truth.notes)
    (tmp_path / "results").mkdir()
    for numbers in (kept, range(60)):
        boxes = np.array([[2.0 * k, 20, 30, 40] for k in numbers])
        write_result(tmp_path / "results" / "car.txt", boxes)
        (tracker,) = find_trackers(tmp_path / "results", truth.names)
        assert evaluate_files(truth, tracker).metrics["MSR"] == pytest.approx(20 / 21)
