"""`python -m benchmarks.quality` as it is typed: what is refused, and what the tables say."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.cli import entry as cli
from benchmarks.quality import command
from benchmarks.quality.clips import RECORDED
from benchmarks.quality.command import exam
from benchmarks.quality.matching import Matching
from benchmarks.quality.modality import ModalityGap
from benchmarks.quality.removals import Removal
from benchmarks.quality.runner import ClipScore, Figures
from benchmarks.quality.summary import Summary, Verdict
from benchmarks.quality.tables import insides, show, tables
from benchmarks.quality.windows import REAL_WINDOW
from tests.unit.benchmarks.quality.registered import write_stills

SUMMARY = Summary(
    tuple(
        ClipScore(tracker, condition, clip, 89, Figures(0.9, 0.8, sr, sr), rate)
        for tracker, rate in (("ours[x]", 61.6), ("Still box", 2e6))
        for condition, clip, sr in (
            ("day", "day-1", 0.75),
            ("night", "night-1", 0.25),
            (RECORDED, "street", 0.125),
            (REAL_WINDOW, "street-0-0", 0.375),
            (REAL_WINDOW, "street-5-1", 0.625),
        )
    )
)
MATCHING = [Matching("all", 64, 0.5, 0.125)]
BLOCKS = insides(
    [ModalityGap(0, 1857.4, 0.254, 2.01), ModalityGap(1, 2.5, 0.5, 1.99)], [Removal(1, 0.5, 0.125)]
)


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is looked into by itself is not there."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("CKD_STUDIO_NANOTRACK", raising=False)


def refusal(capsys: pytest.CaptureFixture[str], *typed: str) -> str:
    assert cli.run_typer(exam, typed, "benchmarks.quality") == cli.BAD_INPUT
    shown = capsys.readouterr()
    assert shown.out == ""
    return shown.err


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        (("--purpose", "fame"), "report or validation"),
        (("--weights", "gone.safetensors"), "gone.safetensors"),
        (("--weights", "tiny", "--weights", "tiny"), "called"),
        (("--peers", "csrt"), "no peer 'csrt'"),
        (("--nanotrack", "nowhere"), "backbone.onnx"),
        (("--peers", "nanotrack"), "--nanotrack"),
        (("--peers", "nanotrack", "--nanotrack", "nowhere"), "nowhere"),
        (("--peers", "none"), "no picture cache"),
        (("--peers", "none", "--size", "large"), "480x360"),
        (("--peers", "none", "--clips", "0"), "nothing to track"),
        (("--peers", "none", "--clips", "0", "--sequences", "nowhere"), "nowhere"),
        (("--peers", "none", "--clips", "0", "--windows", "nowhere"), "nowhere"),
        (("--peers", "none", "--clips", "0", "--stills", "nowhere"), "nowhere"),
        (("--loop", "size_rate 0.2"), "fields as a recipe has them"),
        (("--loop", "depth = 3"), "'depth' is none of these"),
        (("--loop", "size_rate = 2"), "size_rate"),
        (("--plot", "worth.png"), "name both"),
        (("--plot", "worth.txt", "--stills", "road"), "use .png, .svg or .pdf"),
        (("--per-pair", "0"), "--per-pair"),
        (("--minutes", "0"), "--minutes"),
        (("--window-clips", "0"), "--window-clips"),
        (("--frames", "3"), "--frames"),
        (("--jobs", "0"), "--jobs"),
    ],
)
def test_bad_input_is_one_sentence(
    capsys: pytest.CaptureFixture[str], typed: tuple[str, ...], words: str
) -> None:
    shown = refusal(capsys, *typed)
    assert words in shown
    assert shown.count("\n") == 1


STILLS = ("--clips", "0", "--pairs", "0", "--frames", "12", "--size", "160x120", "--threads", "1")


def examine(*typed: object) -> int:
    given = (*STILLS, "--per-pair", "1", *typed)
    return cli.run_typer(exam, [str(each) for each in given], "benchmarks.quality")


def test_an_unknown_exam_and_a_file_that_keeps_no_rows_are_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    stills = write_stills(tmp_path / "road", 3)
    assert examine("--stills", stills, "--peers", "none", "--exam", "fame") == cli.BAD_INPUT
    assert "no exam 'fame'" in capsys.readouterr().err
    notes = tmp_path / "notes.txt"
    notes.write_text("mine\n")
    kept = "--stills", stills, "--peers", "none", "--exam", "plain", "--rows", notes
    assert examine(*kept) == cli.BAD_INPUT
    assert "Line 1 of" in capsys.readouterr().err
    assert notes.read_text() == "mine\n"


def test_a_run_over_stills_goes_on_where_one_before_ended(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    stills, rows, table = write_stills(tmp_path / "road", 3), tmp_path / "rows", tmp_path / "t.csv"
    drawing = tmp_path / "worth.svg"
    common = "--stills", stills, "--rows", rows, "--csv", table, "--exam", "every 5th"
    # No window is begun after a minute, which is over after the first.
    clock = iter([0.0, 59.0])
    with monkeypatch.context() as patched:
        patched.setattr(command, "monotonic", lambda: next(clock, 61.0))
        assert examine(*common, "--peers", "still", "--minutes", 1) == 0
    assert "every 5th: 1 window over 1 pair" in capsys.readouterr().out
    assert len(rows.read_text().splitlines()) == 2
    assert examine(*common, "--peers", "correlation,still", "--twice") == 0
    shown = capsys.readouterr()
    assert "every 5th: 3 windows over 3 pairs" in shown.out
    assert "AUC of the score" in shown.out
    assert "tiny, RGB twice" in shown.out
    assert "tiny, thermal twice" in shown.out
    assert len(rows.read_text().splitlines()) == 15
    assert len(table.read_text().splitlines()) == 16
    kept = rows.read_text()
    assert examine(*common, "--peers", "correlation,still", "--plot", drawing) == 0
    shown = capsys.readouterr()
    assert "3 windows of 3 are in" in shown.err
    assert "every 5th: 3 windows over 3 pairs" in shown.out
    assert rows.read_text() == kept
    assert "<svg" in drawing.read_text()


def test_nanotrack_that_is_not_there_is_said_and_the_run_goes_on(
    capsys: pytest.CaptureFixture[str],
) -> None:
    shown = refusal(capsys).splitlines()
    assert shown[0].startswith("NanoTrack stays out")
    assert "no picture cache" in shown[1]


def test_the_folder_of_nanotrack_may_come_from_the_environment(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CKD_STUDIO_NANOTRACK", "somewhere")
    assert "somewhere" in refusal(capsys)


def test_bench_alone_asks_for_more(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run(["bench"]) == cli.BAD_INPUT
    assert "python -m benchmarks.quality" in capsys.readouterr().err


def test_bench_has_help(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run(["bench", "--help"]) == 0
    assert "benchmarks.quality" in capsys.readouterr().out
    assert cli.run_typer(exam, ["--help"], "benchmarks.quality") == 0
    assert "benchmarks.quality" in capsys.readouterr().out


def cells(number: int) -> list[list[str]]:
    """The columns of one table, each with its head."""
    table = tables(SUMMARY, MATCHING, BLOCKS, 2)[number]
    return [[str(column.header), *map(str, column.cells)] for column in table.columns]


def test_the_first_table_is_over_all_made_up_clips() -> None:
    assert cells(0) == [
        ["Tracker", r"ours\[x]", "Still box"],
        ["PR@20", "0.900", "0.900"],
        ["NPR", "0.800", "0.800"],
        ["SR", "0.500", "0.500"],
        ["95 %", "0.250-0.750", "0.250-0.750"],
        ["frames/s", "62", "-"],
    ]


def test_conditions_windows_recorded_clips_and_templates_have_tables() -> None:
    assert cells(1)[1:] == [["day", "0.750", "0.750"], ["night", "0.250", "0.250"]]
    assert cells(2)[1] == ["day", "0.900", "0.900"]
    assert cells(4)[3:5] == [["SR", "0.500", "0.500"], ["95 %", "0.375-0.625", "0.375-0.625"]]
    assert cells(5)[0] == ["Clip", "street", "street"]
    assert cells(5)[4] == ["SR", "0.125", "0.125"]
    assert [column[1] for column in cells(6)] == ["all", "64", "0.500", "0.125", "25%"]


def test_the_last_table_has_a_row_for_every_block() -> None:
    assert cells(7) == [
        ["After block", "0", "1"],
        ["Style gap", "1857", "2.5"],
        ["over variance", "0.254", "0.5"],
        ["Content gap", "2.01", "1.99"],
        ["Removed", "-", "50%"],
        ["of the target", "-", "12%"],
    ]


def test_verdicts_are_plain_text_where_nobody_looks(capsys: pytest.CaptureFixture[str]) -> None:
    judged = [Verdict("SR overall", True, "0.8 [0.7, 0.9]"), Verdict("night", False, "0.1")]
    show(SUMMARY, MATCHING, BLOCKS, judged, 2)
    shown = capsys.readouterr().out
    assert "Marks for ours[x]" in shown
    assert "held    SR overall: 0.8 [0.7, 0.9]\n" in shown
    assert "missed  night: 0.1\n" in shown
    assert "\x1b" not in shown
