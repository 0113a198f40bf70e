"""What a person may get wrong on the command line: exit code 2, one sentence, no traceback."""

from __future__ import annotations

import shutil
from pathlib import Path

import h5py
import numpy as np
import pytest

from app.cli import entry as cli

Said = pytest.CaptureFixture[str]
BOX = "40,30,24,32"


def refused(said: Said, *arguments: str | Path) -> str:
    """Run a command that must be refused, and return its one sentence."""
    assert cli.run([str(each) for each in arguments]) == 2
    out, err = said.readouterr()
    assert out == ""
    assert "Traceback" not in err
    sentence = err.splitlines()[-1]
    assert sentence.startswith("ckd-studio: ")
    assert sentence.endswith((".", "?"))
    return sentence


def track(clip: Path, out: Path, model: Path, *more: str | Path) -> list[str | Path]:
    return ["track", clip, "--out", out, "--model", model, *more]


# --- sequences


def test_no_such_path(tmp_path: Path, capsys: Said) -> None:
    nowhere = tmp_path / "nowhere"
    assert str(nowhere) in refused(capsys, nowhere)
    assert str(nowhere) in refused(capsys, "info", nowhere)
    assert str(nowhere) in refused(capsys, "track", nowhere, "--out", tmp_path / "r.txt")


def test_an_empty_folder(tmp_path: Path, capsys: Said) -> None:
    empty = tmp_path / "empty"
    empty.mkdir()
    assert str(empty) in refused(capsys, "track", empty, "--out", tmp_path / "r.txt")
    assert str(empty) in refused(capsys, "info", empty)


def test_a_text_file_as_video(tmp_path: Path, capsys: Said) -> None:
    video = tmp_path / "clip.mp4"
    video.write_text("not a video\n" * 100)
    assert "clip.mp4" in refused(capsys, "info", video)
    sentence = refused(capsys, "track", video, "--tir", video, "--out", tmp_path / "r.txt")
    assert "clip.mp4" in sentence


def test_unequal_counts_are_said_and_the_rest_is_a_gap(
    clip: Path, tmp_path: Path, small_model: Path, capsys: Said
) -> None:
    for index in (6, 7):
        (clip / "infrared" / f"i{index:03d}.jpg").unlink()
    out = tmp_path / "r.txt"
    assert cli.run([str(each) for each in track(clip, out, small_model)]) == 0
    said = capsys.readouterr()
    assert "2 gaps with the box before repeated" in said.out
    rows = np.loadtxt(out, delimiter=",")
    assert rows.shape == (8, 4)
    assert (rows[5] == rows[6]).all()
    assert (rows[5] == rows[7]).all()


def test_a_truncated_jpeg_is_a_gap(
    clip: Path, tmp_path: Path, small_model: Path, capsys: Said
) -> None:
    image = clip / "visible" / "v004.jpg"
    image.write_bytes(image.read_bytes()[:200])
    out = tmp_path / "r.txt"
    assert cli.run([str(each) for each in track(clip, out, small_model)]) == 0
    assert "1 gap with the box before repeated" in capsys.readouterr().out
    rows = np.loadtxt(out, delimiter=",")
    assert rows.shape == (8, 4)
    assert (rows[3] == rows[4]).all()


def test_a_first_frame_that_is_a_gap(
    clip: Path, tmp_path: Path, small_model: Path, capsys: Said
) -> None:
    image = clip / "visible" / "v000.jpg"
    image.write_bytes(image.read_bytes()[:200])
    out = tmp_path / "r.txt"
    assert "Frame 0 cannot be tracked" in refused(capsys, *track(clip, out, small_model))
    assert not out.exists()


# --- boxes and frames


@pytest.mark.parametrize(
    ("box", "why"),
    [
        ("500,30,24,32", "outside"),
        ("-100,30,24,32", "outside"),
        ("40,30,0,32", "no area"),
        ("40,30,24,-1", "no area"),
    ],
)
def test_a_box_that_cannot_be(
    box: str, why: str, clip: Path, tmp_path: Path, small_model: Path, capsys: Said
) -> None:
    out = tmp_path / "r.txt"
    sentence = refused(capsys, *track(clip, out, small_model, f"--init-box={box}"))
    assert why in sentence
    assert box.split(",", maxsplit=1)[0] in sentence
    assert not out.exists()


def test_no_box_and_no_ground_truth(
    clip: Path, tmp_path: Path, small_model: Path, capsys: Said
) -> None:
    for name in ("visible.txt", "infrared.txt", "init.txt"):
        (clip / name).unlink()
    sentence = refused(capsys, *track(clip, tmp_path / "r.txt", small_model))
    assert "--init-box" in sentence


@pytest.mark.parametrize(
    ("span", "named"),
    [(["--start", "8"], "8"), (["--end", "99"], "99"), (["--start", "5", "--end", "4"], "4")],
)
def test_frames_that_do_not_exist(
    span: list[str], named: str, clip: Path, tmp_path: Path, small_model: Path, capsys: Said
) -> None:
    out = tmp_path / "r.txt"
    assert named in refused(capsys, *track(clip, out, small_model, "--init-box", BOX, *span))


# --- models and devices


def test_a_model_that_is_not_there(clip: Path, tmp_path: Path, capsys: Said) -> None:
    nowhere = tmp_path / "nowhere.pth"
    assert str(nowhere) in refused(capsys, *track(clip, tmp_path / "r.txt", nowhere))
    assert str(nowhere) in refused(capsys, "convert", nowhere, tmp_path / "o.safetensors")


def test_a_model_that_answers_without_numbers(
    clip: Path, tmp_path: Path, numberless_model: Path, capsys: Said
) -> None:
    said = refused(capsys, *track(clip, tmp_path / "r.txt", numberless_model))
    assert "gave no box 1 frames after its start" in said
    assert "use another checkpoint" in said
    arguments = ["run", clip, "--out", tmp_path / "out", "--model", numberless_model]
    assert cli.run([str(each) for each in arguments]) == 1
    assert "gave no box" in capsys.readouterr().err


@pytest.mark.parametrize("name", ["model.safetensors", "model.pth"])
def test_a_model_that_is_no_model(name: str, clip: Path, tmp_path: Path, capsys: Said) -> None:
    model = tmp_path / name
    model.write_bytes(b"nonsense" * 40)
    assert name in refused(capsys, *track(clip, tmp_path / "r.txt", model))
    assert name in refused(capsys, "info", model)
    assert name in refused(capsys, "convert", model, tmp_path / "o.safetensors")


def test_a_device_that_is_not_here(
    clip: Path, tmp_path: Path, small_model: Path, capsys: Said
) -> None:
    arguments = track(clip, tmp_path / "r.txt", small_model, "--device", "abacus")
    assert "abacus" in refused(capsys, *arguments)


# --- sessions


@pytest.fixture
def session(clip: Path, tmp_path: Path, small_model: Path, capsys: Said) -> Path:
    path = tmp_path / "clip.h5"
    arguments = track(clip, tmp_path / "r.txt", small_model, "--session", path)
    assert cli.run([str(each) for each in arguments]) == 0
    capsys.readouterr()
    return path


@pytest.mark.parametrize("name", ["clip.hdf5", "CLIP.H5"])
def test_a_session_may_have_either_ending(
    name: str, clip: Path, tmp_path: Path, capsys: Said
) -> None:
    path = tmp_path / name
    arguments = ["track", clip, "--tracker", "still", "--out", tmp_path / "r.txt"]
    assert cli.run([str(each) for each in (*arguments, "--session", path)]) == 0
    assert cli.run(["info", str(path)]) == 0
    assert f"session   {name}" in capsys.readouterr().out
    table = ["export", path, "--form", "csv", "--out", tmp_path / "boxes.csv"]
    assert cli.run([str(each) for each in table]) == 0


def test_a_session_that_is_not_hdf5(tmp_path: Path, capsys: Said) -> None:
    path = tmp_path / "notes.h5"
    path.write_text("dear diary\n" * 100)
    assert "notes.h5" in refused(capsys, "info", path)


def test_a_session_that_is_cut_off(session: Path, capsys: Said) -> None:
    session.write_bytes(session.read_bytes()[:3000])
    assert "clip.h5" in refused(capsys, "info", session)


def test_a_session_that_lacks_parts(session: Path, capsys: Said) -> None:
    with h5py.File(session, "r+") as file:
        del file["sequence"]
    assert "clip.h5" in refused(capsys, "info", session)


def test_hdf5_that_is_no_session(tmp_path: Path, capsys: Said) -> None:
    path = tmp_path / "weather.h5"
    with h5py.File(path, "w") as file:
        file["rain"] = np.zeros(3)
    assert "weather.h5" in refused(capsys, "info", path)


def test_a_session_of_a_newer_version(session: Path, capsys: Said) -> None:
    with h5py.File(session, "r+") as file:
        file.attrs["format_version"] = 999
    assert "999" in refused(capsys, "info", session)


def test_a_session_is_not_overwritten_by_chance(
    session: Path, clip: Path, tmp_path: Path, small_model: Path, capsys: Said
) -> None:
    before = session.read_bytes()
    arguments = track(clip, tmp_path / "r2.txt", small_model, "--session", session)
    assert "--overwrite" in refused(capsys, *arguments)
    assert session.read_bytes() == before
    assert cli.run([*map(str, arguments), "--overwrite"]) == 0
    assert session.read_bytes() != before


@pytest.mark.parametrize("name", ["clip.txt", "clip"])
def test_a_session_needs_its_extension(
    name: str, clip: Path, tmp_path: Path, small_model: Path, capsys: Said
) -> None:
    arguments = track(clip, tmp_path / "r.txt", small_model, "--session", tmp_path / name)
    assert ".h5" in refused(capsys, *arguments)


# --- places where nothing can be written


def test_a_read_only_target_folder(
    clip: Path, tmp_path: Path, small_model: Path, read_only_folder: Path, capsys: Said
) -> None:
    place = read_only_folder
    name = str(place)
    assert name in refused(capsys, *track(clip, place / "r.txt", small_model))
    free = track(clip, tmp_path / "r.txt", small_model)
    assert name in refused(capsys, *free, "--session", place / "s.h5")
    assert not (tmp_path / "r.txt").exists()
    assert name in refused(capsys, "convert", small_model, place / "o.safetensors")
    assert name in refused(capsys, "synth", place / "clip", "--frames", "2")
    assert name in refused(capsys, "demo", "--headless", place / "demo")


def test_a_folder_in_the_place_of_a_result(
    clip: Path, tmp_path: Path, small_model: Path, capsys: Said
) -> None:
    assert "is a folder" in refused(capsys, *track(clip, tmp_path, small_model))
    taken = tmp_path / "taken.h5"
    taken.mkdir()
    arguments = track(clip, tmp_path / "r.txt", small_model, "--session", taken)
    assert "is a folder" in refused(capsys, *arguments)
    shutil.rmtree(taken)
