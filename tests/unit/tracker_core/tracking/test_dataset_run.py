"""Runs over a dataset: complete, resumable, and stubborn when processes die."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from app.cli.info import about as facts_of
from app.cli.info import text_lines
from tests.unit.tracker_core.tracking.pretended_trackers import (
    FRAMES,
    VICTIM,
    DriftSource,
    expected_rows,
    started,
    write_dataset,
)
from tracker_core.errors import CKDError
from tracker_core.evaluation.result_files import ResultForm, read_result
from tracker_core.tracking.dataset_run import Executor, Processes, RunSummary, run_dataset, run_here
from tracker_core.tracking.run_folder import OVERLAPS, SETTINGS_FILE, RunFolder

COUNT = 4
PAIR = ("visible", "infrared")


@pytest.fixture
def dataset(tmp_path: Path) -> Path:
    return write_dataset(tmp_path / "data", COUNT)


@pytest.fixture
def source(tmp_path: Path) -> DriftSource:
    return DriftSource(tmp_path / "log.txt")


def check_results(out: Path, numbers: list[int]) -> None:
    found = {path.stem for path in out.glob("*.txt")}
    assert found == {f"s{number}" for number in numbers}
    for number in numbers:
        assert read_result(out / f"s{number}.txt").boxes.tolist() == expected_rows(number)
    assert not list(out.glob(".*"))


@pytest.mark.parametrize("executor", [run_here, Processes(2)], ids=["here", "processes"])
def test_every_sequence_gets_one_result(
    executor: Executor, dataset: Path, source: DriftSource, tmp_path: Path
) -> None:
    seen: list[int] = []
    out = tmp_path / "out"
    summary = run_dataset(
        dataset, source, RunFolder(out), executor, on_progress=lambda now: seen.append(now.done)
    )
    assert (summary.total, summary.done, summary.frames) == (COUNT, COUNT, COUNT * FRAMES)
    assert (summary.skipped, summary.missing, summary.failed) == (0, 0, [])
    assert seen == [0, 1, 2, 3, 4]
    check_results(out, [0, 1, 2, 3])
    assert not (out / OVERLAPS).exists()
    assert sorted(started(source.log)) == [0, 1, 2, 3]


def test_what_a_tracker_expects_of_its_boxes_is_kept_beside_the_results(
    dataset: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    source = DriftSource(tmp_path / "log.txt", overlap=0.25)
    run_dataset(dataset, source, RunFolder(out), run_here)
    check_results(out, [0, 1, 2, 3])
    rows = (out / OVERLAPS / "s1.txt").read_text("utf-8").split()
    # The first box was given.
    assert rows == ["nan", *["0.2500"] * (FRAMES - 1)]


def test_what_computed_instead_of_what_was_asked_for_is_kept(dataset: Path, tmp_path: Path) -> None:
    out, log = RunFolder(tmp_path / "out"), tmp_path / "log.txt"
    note = "The engine onnx cannot be used, so eager is: it is not installed."
    shutil.rmtree(dataset / "s3")
    run_dataset(dataset, DriftSource(log, note=note), out, run_here)
    about = out.about()
    assert about is not None
    assert (about["sequences"], about["finished"], about["note"]) == (3, 3, note)
    assert "computed_otherwise" not in about
    before = (out.path / SETTINGS_FILE).read_bytes()
    # Another day nothing is amiss: not another run, and what was so then is still said.
    run_dataset(dataset, DriftSource(log), out, run_here)
    assert (out.path / SETTINGS_FILE).read_bytes() == before
    # An engine that gives up on the way is said of each sequence that it did not compute.
    (out.path / "s1.txt").unlink()
    run_dataset(dataset, DriftSource(log, failing=True), out, run_here)
    about = out.about()
    assert about is not None
    (other,) = about["computed_otherwise"]
    assert (other["sequence"], other["engine"]) == ("s1", "eager")
    assert "onnx failed" in other["note"]
    shown = "\n".join(text_lines(facts_of(str(out.path))))
    assert "onnx failed" in shown
    assert note in shown
    assert RunFolder(tmp_path / "none").about() is None


def test_a_stopped_run_goes_on_where_it_was(
    dataset: Path, source: DriftSource, tmp_path: Path
) -> None:
    done: list[RunSummary] = []
    out = tmp_path / "out"
    first = run_dataset(
        dataset,
        source,
        RunFolder(out),
        run_here,
        stop=lambda: bool(done) and done[-1].done == 2,
        on_progress=done.append,
    )
    assert (first.done, first.missing) == (2, 2)
    check_results(out, [0, 1])
    second = run_dataset(dataset, source, RunFolder(out), run_here)
    assert (second.skipped, second.done, second.missing) == (2, 2, 0)
    check_results(out, [0, 1, 2, 3])
    assert started(source.log) == [0, 1, 2, 2, 3]


def test_processes_can_be_stopped(dataset: Path, source: DriftSource, tmp_path: Path) -> None:
    done: list[RunSummary] = []
    out = tmp_path / "out"
    summary = run_dataset(
        dataset,
        source,
        RunFolder(out),
        Processes(1),
        stop=lambda: bool(done) and done[-1].done >= 1,
        on_progress=done.append,
    )
    assert summary.failed == []
    assert summary.done >= 1
    assert len(list(out.glob("*.txt"))) == summary.done


def test_a_finished_run_does_nothing(dataset: Path, source: DriftSource, tmp_path: Path) -> None:
    out = RunFolder(tmp_path / "out")
    run_dataset(dataset, source, out, run_here)
    again = run_dataset(dataset, source, out, Processes(2))
    assert (again.skipped, again.done) == (COUNT, 0)
    assert len(started(source.log)) == COUNT


def test_a_process_that_dies_takes_no_sequence_with_it(dataset: Path, tmp_path: Path) -> None:
    source = DriftSource(tmp_path / "log.txt", "die")
    out = tmp_path / "out"
    summary = run_dataset(dataset, source, RunFolder(out), Processes(2))
    assert (summary.done, summary.failed) == (COUNT, [])
    check_results(out, [0, 1, 2, 3])


def test_processes_that_always_die_end_the_run_with_a_reason(tmp_path: Path) -> None:
    dataset = write_dataset(tmp_path / "data", VICTIM + 1)
    source = DriftSource(tmp_path / "log.txt", "die always")
    out = tmp_path / "out"
    summary = run_dataset(dataset, source, RunFolder(out), Processes(1))
    assert [failed.name for failed in summary.failed] == [f"s{VICTIM}"]
    assert "fewer --jobs" in summary.failed[0].reason
    check_results(out, [0, 1])


@pytest.mark.parametrize("executor", [run_here, Processes(2)], ids=["here", "processes"])
def test_a_sequence_that_fails_does_not_end_the_run(
    executor: Executor, dataset: Path, tmp_path: Path
) -> None:
    source = DriftSource(tmp_path / "log.txt", "refuse")
    out = tmp_path / "out"
    summary = run_dataset(dataset, source, RunFolder(out), executor)
    assert [(failed.name, failed.reason) for failed in summary.failed] == [
        (f"s{VICTIM}", "The target left.")
    ]
    assert (summary.done, summary.missing) == (COUNT - 1, 1)
    check_results(out, [0, 1, 3])


def test_gaps_repeat_the_box_and_broken_sequences_are_named(
    dataset: Path, source: DriftSource, tmp_path: Path
) -> None:
    (dataset / "s0" / "infrared" / "i002.png").unlink()
    for name in ("visible", "infrared", "init"):
        (dataset / "s1" / f"{name}.txt").unlink()
    out = tmp_path / "out"
    summary = run_dataset(dataset, source, RunFolder(out), run_here)
    assert summary.gaps == 1
    boxes = read_result(out / "s0.txt").boxes
    assert boxes[:, 0].tolist() == [0, 1, 1, 2, 3]
    assert summary.failed[0].name == "s1"
    assert "no ground truth box to start from" in summary.failed[0].reason


def test_other_settings_are_refused_and_named(
    dataset: Path, source: DriftSource, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    run_dataset(dataset, source, RunFolder(out), run_here)
    faster = DriftSource(source.log, speed="2")
    with pytest.raises(CKDError, match="speed 1 there and 2 now"):
        run_dataset(dataset, faster, RunFolder(out), run_here)
    with pytest.raises(CKDError, match="form commas there and tabs now"):
        run_dataset(dataset, source, RunFolder(out, ResultForm.TABS), run_here)
    check_results(out, [0, 1, 2, 3])


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda data: shutil.rmtree(data / "s3"), "s3 is not in this one"),
        (lambda data: (data / "s3").rename(data / "t3"), "s3 is not in this one"),
        (lambda data: shutil.copytree(data / "s3", data / "s4"), "s4 was not in that one"),
        (
            lambda data: [next((data / "s1" / each).iterdir()).unlink() for each in PAIR],
            "s1 has 5 frames there and 4 now",
        ),
        (
            lambda data: [
                (data / "s1" / f"{each}.txt").write_text("9,9,8,8\n" * FRAMES)
                for each in (*PAIR, "init")
            ],
            "s1 begins with another box",
        ),
    ],
    ids=["fewer", "other names", "more", "fewer frames", "another box"],
)
def test_another_dataset_is_known_by_its_content(
    change: Callable[[Path], object],
    said: str,
    dataset: Path,
    source: DriftSource,
    tmp_path: Path,
) -> None:
    out = tmp_path / "out"
    run_dataset(dataset, source, RunFolder(out), run_here)
    before = (out / SETTINGS_FILE).read_text()
    change(dataset)
    with pytest.raises(CKDError, match=f"another dataset .{said}"):
        run_dataset(dataset, source, RunFolder(out), run_here)
    assert (out / SETTINGS_FILE).read_text() == before


def test_the_same_dataset_elsewhere_goes_on_and_what_failed_may_be_mended(
    dataset: Path, source: DriftSource, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    boxes = (dataset / "s1" / "init.txt").read_text()
    for each in (*PAIR, "init"):
        (dataset / "s1" / f"{each}.txt").unlink()
    assert run_dataset(dataset, source, RunFolder(out), run_here).missing == 1
    moved = dataset.rename(tmp_path / "elsewhere")
    (moved / "s1" / "init.txt").write_text(boxes)
    assert run_dataset(moved, source, RunFolder(out), run_here).missing == 0
    check_results(out, [0, 1, 2, 3])
    stored = json.loads((out / SETTINGS_FILE).read_text())["sequences"]
    assert stored["s1"]["first_box"] == [10, 2, 8, 8]
    assert {(each["frames"], each["tracked"]) for each in stored.values()} == {(FRAMES, FRAMES)}
    assert all(each["seconds"] > 0 for each in stored.values())


def test_a_folder_of_before_knows_its_dataset_by_name(
    dataset: Path, source: DriftSource, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    run_dataset(dataset, source, RunFolder(out), run_here)
    content = json.loads((out / SETTINGS_FILE).read_text())
    del content["sequences"]
    (out / SETTINGS_FILE).write_text(json.dumps(content))
    other = shutil.copytree(dataset, tmp_path / "other")
    with pytest.raises(CKDError, match="dataset data there and other now"):
        run_dataset(other, source, RunFolder(out), run_here)
    assert run_dataset(dataset, source, RunFolder(out), run_here).skipped == COUNT
    assert "sequences" in json.loads((out / SETTINGS_FILE).read_text())


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"format": "another"}', "\x00"])
def test_a_settings_file_that_says_nothing_is_refused(
    content: str, dataset: Path, source: DriftSource, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    out.mkdir()
    (out / SETTINGS_FILE).write_text(content)
    with pytest.raises(CKDError, match="choose another folder"):
        run_dataset(dataset, source, RunFolder(out), run_here)


def test_results_of_unknown_origin_are_not_mixed_in(
    dataset: Path, source: DriftSource, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    out.mkdir()
    (out / "s1.txt").write_text("1,2,3,4\n")
    with pytest.raises(CKDError, match="says what made them"):
        run_dataset(dataset, source, RunFolder(out), run_here)


def test_what_a_killed_run_left_half_written_is_swept_up(
    dataset: Path, source: DriftSource, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    out.mkdir()
    (out / ".s1.txt.abc.part").write_text("1,2,")
    (out / ".run.json.abc.old").write_text("{")
    run_dataset(dataset, source, RunFolder(out), run_here)
    check_results(out, [0, 1, 2, 3])


def test_form_and_prefix_of_the_files(dataset: Path, source: DriftSource, tmp_path: Path) -> None:
    out = tmp_path / "out"
    run_dataset(dataset, source, RunFolder(out, ResultForm.CORNERS, "Drift"), run_here)
    result = read_result(out / "Drift_s1.txt")
    assert (out / "Drift_s1.txt").read_text().startswith("10 2 18 2 18 10 10 10\n")
    assert result.boxes.tolist() == expected_rows(1)
    stored = json.loads((out / SETTINGS_FILE).read_text())["settings"]
    assert stored == {
        "model": "drift",
        "speed": "1",
        "dataset": "data",
        "form": "corners",
        "prefix": "Drift",
    }


def test_a_folder_without_frames_is_refused(source: DriftSource, tmp_path: Path) -> None:
    (tmp_path / "truth" / "car").mkdir(parents=True)
    (tmp_path / "truth" / "car" / "init.txt").write_text("1,2,3,4\n")
    with pytest.raises(CKDError, match="no frames"):
        run_dataset(tmp_path / "truth", source, RunFolder(tmp_path / "out"), run_here)
    assert not (tmp_path / "out").exists()
