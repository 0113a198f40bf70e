from __future__ import annotations

import errno
import subprocess
import sys
from pathlib import Path

import pytest
import typer

from app.cli import entry as cli
from app.cli import open_window
from sessions import SessionError
from tracker_core.errors import CKDError


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ([], ["open"]),
        (["clip"], ["open", "clip"]),
        (["./track"], ["open", "./track"]),
        (["rgb", "tir"], ["open", "rgb", "tir"]),
        (["track", "clip"], ["track", "clip"]),
        (["--help"], ["--help"]),
        (["--version"], ["--version"]),
    ],
)
def test_a_path_opens_the_window_and_a_command_name_wins(
    typed: list[str], meant: list[str]
) -> None:
    assert cli.with_command(typed) == meant


def test_importing_the_command_line_imports_nothing_heavy() -> None:
    heavy = "{'torch', 'PySide6', 'matplotlib', 'numpy', 'h5py', 'cv2', 'av', 'pyqtgraph'}"
    program = f"import app.cli, sys; sys.exit(' '.join({heavy} & set(sys.modules)) or 0)"
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


def test_help_names_every_command(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run(["--help"]) == 0
    shown = capsys.readouterr().out
    assert all(f" {name} " in shown for name in cli.COMMANDS)


@pytest.mark.parametrize("name", cli.COMMANDS)
def test_every_command_has_help_with_whole_sentences(
    name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.run([name, "--help"]) == 0
    shown = capsys.readouterr().out
    assert f"ckd-studio {name}" in shown
    assert cli.COMMANDS[name].__doc__


def test_the_version_is_the_installed_one(capsys: pytest.CaptureFixture[str]) -> None:
    from importlib.metadata import version

    assert cli.run(["--version"]) == 0
    assert capsys.readouterr().out == f"ckd-studio {version('ckd-studio')}\n"


@pytest.mark.parametrize(
    ("error", "shown"),
    [
        (CKDError("The box is empty;\ndraw one."), "ckd-studio: The box is empty; draw one.\n"),
        (SessionError("x.h5 is not HDF5."), "ckd-studio: x.h5 is not HDF5.\n"),
        (
            PermissionError(errno.EACCES, "Permission denied", "/x/y"),
            "ckd-studio: Cannot use /x/y: Permission denied.\n",
        ),
        (OSError("strange"), "ckd-studio: strange\n"),
    ],
)
def test_what_a_person_did_wrong_is_one_sentence_and_exit_code_2(
    error: Exception,
    shown: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    def fail(*_arguments: object, **_options: object) -> None:
        raise error

    monkeypatch.setattr(cli, "app", fail)
    assert cli.run(["info"]) == 2
    out, err = capsys.readouterr()
    assert (out, err) == ("", shown)


def test_our_own_mistakes_are_not_hidden(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_arguments: object, **_options: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(cli, "app", fail)
    with pytest.raises(ZeroDivisionError):
        cli.run(["info"])


def test_an_interrupted_command_says_so(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def interrupt(*_arguments: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(open_window, "check_screen", interrupt)
    assert cli.run([]) == 130
    assert capsys.readouterr().err == "ckd-studio: interrupted.\n"


@pytest.mark.parametrize(
    "arguments",
    [
        ["track"],
        ["track", "clip"],
        ["track", "clip", "--out"],
        ["track", "clip", "--out", "r.txt", "--start", "-1"],
        ["track", "clip", "--out", "r.txt", "--start", "two"],
        ["track", "clip", "--out", "r.txt", "--init-box", "1,2,3"],
        ["track", "clip", "--out", "r.txt", "--init-box", "1,2,three,4"],
        ["track", "clip", "--out", "r.txt", "--init-box", "1,2,nan,4"],
        ["track", "clip", "--nonsense"],
        ["synth", "out", "--frames", "0"],
        ["synth", "out", "--size", "480"],
        ["synth", "out", "--size", "480x-1"],
        ["synth", "out", "--size", "480x100000"],
        ["synth", "out", "--size", "4x3"],
        ["synth", "out", "--size", "9" * 5000 + "x3"],
        ["synth", "out", "--size", "\u0664x\u0664"],
        ["synth", "out", "--frames", "100001"],
        ["synth", "out", "--seed", "9223372036854775808"],
        ["synth", "out", "--seed", "9" * 5000],
        ["run", "data", "--out", "r", "--jobs", "100000"],
        ["run", "data", "--out", "r", "--jobs", "0"],
        ["train", "tiny", "--threads", "100000"],
        ["track", "clip", "--out", "r.txt", "--end", "99999999999"],
        ["convert", "one.pth"],
        ["convert", "one.pth", "two.pth"],
    ],
)
def test_a_mistyped_command_line_is_one_line_and_exit_code_2(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.run(arguments) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("ckd-studio: ")
    assert err.count("\n") == 1


def test_no_screen_is_said_before_qt_ends_the_process(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "linux")
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"):
        monkeypatch.delenv(name, raising=False)
    with pytest.raises(CKDError, match="no screen here"):
        open_window.check_screen()


@pytest.mark.parametrize("name", ["DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"])
def test_any_kind_of_screen_will_do(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "linux")
    for other in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"):
        monkeypatch.delenv(other, raising=False)
    monkeypatch.setenv(name, "something")
    open_window.check_screen()


def test_a_mistyped_command_is_recognised(tmp_path: Path) -> None:
    with pytest.raises(CKDError, match="did you mean the command `track`"):
        open_window.check_exists(Path("trak"), cli.COMMANDS)
    with pytest.raises(CKDError, match="check the path"):
        open_window.check_exists(tmp_path / "nowhere", cli.COMMANDS)


def test_the_reader_of_a_pipe_may_leave(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_arguments: object, **_options: object) -> None:
        raise BrokenPipeError(errno.EPIPE, "Broken pipe")

    left: list[bool] = []
    monkeypatch.setattr(cli, "app", fail)
    monkeypatch.setattr(cli, "_reader_left", lambda: left.append(True) or 0)
    assert cli.run(["info"]) == 0
    assert left == [True]


def test_abort_counts_as_an_interruption(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(*_arguments: object, **_options: object) -> None:
        raise typer.Abort

    monkeypatch.setattr(cli, "app", fail)
    assert cli.run(["info"]) == 130
    assert capsys.readouterr().err == "ckd-studio: interrupted.\n"


def test_the_demo_begins_with_the_first_look(monkeypatch: pytest.MonkeyPatch) -> None:
    from app.window import application

    asked: list[bool] = []

    def run(*_given: object, first_look: bool) -> int:
        asked.append(first_look)
        return 0

    monkeypatch.setattr(open_window, "check_screen", lambda: None)
    monkeypatch.setattr(open_window, "end_on_kill", lambda: None)
    monkeypatch.setattr(application, "run", run)
    assert cli.run(["demo"]) == 0
    assert cli.run([]) == 0
    assert asked == [True, False]
