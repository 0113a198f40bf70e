"""Every command once, started as a person starts it: the real program in a process of its own."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

Run = Callable[..., "subprocess.CompletedProcess[str]"]

PART = ".long.txt.*.part"


def test_help_and_version_answer(ckd_studio: Run) -> None:
    shown = ckd_studio("--help")
    assert shown.returncode == 0
    assert "track" in shown.stdout
    assert ckd_studio("--version").stdout.startswith("ckd-studio ")


def test_bad_input_is_one_sentence_and_no_traceback(ckd_studio: Run) -> None:
    done = ckd_studio("trak")
    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr.startswith("ckd-studio: There is no file or folder trak; did you mean")
    assert done.stderr.count("\n") == 1


def test_no_screen_is_said(ckd_studio: Run, clip: Path) -> None:
    done = ckd_studio(clip, DISPLAY="", WAYLAND_DISPLAY="", QT_QPA_PLATFORM="")
    if not sys.platform.startswith("linux"):
        pytest.skip("other systems always have a screen")
    assert done.returncode == 2
    assert "no screen" in done.stderr


def test_track_writes_a_row_for_each_frame(
    ckd_studio: Run, clip: Path, small_model: Path, tmp_path: Path
) -> None:
    box = "44,30,24,32"
    out, session = tmp_path / "results" / "clip.txt", tmp_path / "clip.h5"
    options = ("--init-box", box, "--start", "1", "--end", "6", "--model", small_model)
    done = ckd_studio("track", clip, *options, "--out", out, "--session", session)
    assert done.returncode == 0, done.stderr
    rows = np.loadtxt(out, delimiter=",")
    assert rows.shape == (6, 4)
    assert rows[0].tolist() == [44, 30, 24, 32]
    assert (rows[:, 2:] > 0).all()
    assert done.stdout.splitlines()[0] == f"{session}: session with 6 frames"
    assert done.stdout.splitlines()[1].startswith(f"{out}: 6 frames, mean score ")

    facts = json.loads(ckd_studio("info", session, "--json").stdout)
    assert facts["sequence"] == "clip"
    (target,) = facts["targets"]
    assert target["boxes"] == {"manual": 1, "tracked": 5, "interpolated": 0, "imported": 0}
    assert target["models"] == ["small.safetensors"]


def test_track_takes_the_first_box_from_the_ground_truth_and_says_so(
    ckd_studio: Run, clip: Path, small_model: Path, tmp_path: Path
) -> None:
    out = tmp_path / "clip.txt"
    done = ckd_studio("track", clip, "--start", "2", "--model", small_model, "--out", out)
    assert done.returncode == 0, done.stderr
    assert "starting from the ground truth's 48,30,24,32" in done.stderr
    assert np.loadtxt(out, delimiter=",")[0].tolist() == [48, 30, 24, 32]


def test_boxes_on_the_command_line_and_in_the_session_are_the_same(
    ckd_studio: Run, clip: Path, small_model: Path, tmp_path: Path
) -> None:
    from sessions import load

    out, session = tmp_path / "clip.txt", tmp_path / "clip.h5"
    ckd_studio("track", clip, "--model", small_model, "--out", out, "--session", session)
    (target,) = load(session).targets.values()
    rows = np.loadtxt(out, delimiter=",")
    assert np.array_equal(target.boxes[:, 0], rows)
    assert target.tracking.frames.tolist() == list(range(1, len(rows)))


@pytest.mark.skipif(os.name == "nt", reason="signals are sent otherwise there")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_what_was_tracked_survives_an_interruption(
    number: signal.Signals,
    small_model: Path,
    make_clip: Callable[[Path, int], Path],
    tmp_path: Path,
) -> None:
    clip = make_clip(tmp_path / "long", 30)
    for index in range(30, 1500):
        for folder, letter in (("visible", "v"), ("infrared", "i")):
            link = clip / folder / f"{letter}{index:03d}.jpg"
            link.symlink_to(clip / folder / f"{letter}{index % 30:03d}.jpg")
    out, session = tmp_path / "long.txt", tmp_path / "long.h5"
    arguments = ["track", clip, "--init-box", "40,30,24,32", "--model", small_model]
    program = [sys.executable, "-m", "app", *arguments, "--out", out, "--session", session]
    with subprocess.Popen(program, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        deadline = time.monotonic() + 120
        while not any(part.read_text().count("\n") > 5 for part in tmp_path.glob(PART)):
            assert process.poll() is None
            assert time.monotonic() < deadline
            time.sleep(0.02)
        process.send_signal(number)
        _, said = process.communicate(timeout=120)
    assert process.returncode == 130
    assert said.decode().endswith("ckd-studio: interrupted.\n")
    rows = np.loadtxt(out, delimiter=",")
    assert 5 < len(rows) < 1500
    assert session.is_file()
    assert not list(tmp_path.glob(PART))


def test_synth_writes_a_clip_that_opens(ckd_studio: Run, tmp_path: Path) -> None:
    out = tmp_path / "made"
    done = ckd_studio("synth", out, "--frames", "5", "--seed", "3", "--size", "160x120")
    assert done.returncode == 0, done.stderr
    facts = json.loads(ckd_studio("info", out, "--json").stdout)
    assert facts["layout"] == "LasHeR"
    assert facts["frames"] == facts["ground_truth_rows"] == 5
    assert facts["rgb_size"] == [160, 120]


@pytest.mark.parametrize("half", [False, True])
def test_convert_reads_a_released_file_and_writes_ours(
    half: bool, ckd_studio: Run, shared: Path, tmp_path: Path
) -> None:
    source, out = shared / "golden" / "official_style.pth.tar", tmp_path / "ours.safetensors"
    done = ckd_studio("convert", source, out, *(["--half"] if half else []))
    assert done.returncode == 0, done.stderr
    before = json.loads(ckd_studio("info", source, "--json").stdout)
    after = json.loads(ckd_studio("info", out, "--json").stdout)
    assert before["kind"] == "released CKD"
    assert after["kind"] == "CKD Studio"
    assert after["configuration"] == before["configuration"]
    assert after["parameters"] == before["parameters"]
    assert after["provenance"]["converted_from"] == source.name
    assert after["provenance"]["converted_from_sha256"] == before["weights_sha256"]


def test_lint_lists_what_is_wrong_and_says_so_by_its_exit_code(ckd_studio: Run, clip: Path) -> None:
    fine = ckd_studio("lint", clip)
    assert fine.returncode == 0, fine.stderr
    assert fine.stdout.splitlines()[-1].startswith("1 sequence: 0 errors, ")
    (clip / "infrared" / "i005.jpg").unlink()
    image = clip / "visible" / "v002.jpg"
    image.write_bytes(image.read_bytes()[:200])
    quick = ckd_studio("lint", clip, "--names-only", "--json", clip.parent / "found.json")
    assert quick.returncode == 1
    assert json.loads((clip.parent / "found.json").read_text())["errors"] == 1
    assert "[missing-frames]" in quick.stdout
    assert "[unreadable-frame]" not in quick.stdout
    whole = ckd_studio("lint", clip, "--json", "-")
    assert whole.returncode == 1
    (sequence,) = json.loads(whole.stdout)["sequences"]
    codes = {finding["code"] for finding in sequence["findings"]}
    assert codes >= {"missing-frames", "unreadable-frame"}


def test_info_describes_the_installation(ckd_studio: Run) -> None:
    facts = json.loads(ckd_studio("info", "--json").stdout)
    assert facts["program"] == "CKD Studio"
    assert facts["models"] == ["tiny"]
    assert ckd_studio("info").stdout.startswith("program")


def test_results_go_to_a_pipe_and_nothing_else_does(
    ckd_studio: Run, clip: Path, small_model: Path, tmp_path: Path
) -> None:
    done = ckd_studio("track", clip, "--model", small_model, "--out", tmp_path / "r.txt")
    assert done.stdout.count("\n") == 1
    assert "\x1b" not in done.stdout + done.stderr
