"""Training as a person types it: start, be refused to start over, resume, track with the result."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch

from tests.recipes import SMALL_NETWORK
from tracker_core.imaging import write_image
from tracker_core.training.run_files import read_state

Run = Callable[..., "subprocess.CompletedProcess[str]"]
ROOT = Path(__file__).resolve().parents[2]

RECIPE = f"""
folder = "run"

{SMALL_NETWORK}
[data]
cache = "cache"
photos = ["photos"]

[train]
steps = STEPS
batch_size = 2
warmup_steps = 1
workers = 0
checkpoint_steps = 2
validate_steps = 4
validation_pairs = 2
validation_clips = 1
validation_frames = 3
device = "cpu"
"""


def gloo_is_there() -> bool:
    return torch.distributed.is_available() and torch.distributed.is_gloo_available()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


def wait_for(path: Path, running: subprocess.Popen[str]) -> None:
    while not path.exists():
        assert running.poll() is None, running.communicate()[1]
        time.sleep(0.2)


@pytest.fixture
def recipe(tmp_path: Path) -> Path:
    rng = np.random.default_rng(0)
    (tmp_path / "photos").mkdir()
    for number in range(24):  # names that differ by more than a number fall on both sides
        small = rng.integers(0, 255, (12, 16, 3), np.uint8)
        write_image(
            tmp_path / "photos" / f"{chr(97 + number) * 3}.png",
            np.kron(small, np.ones((40, 40, 1), np.uint8)),
        )
    path = tmp_path / "recipe.toml"
    path.write_text(RECIPE.replace("STEPS", "4"))
    return path


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_train_resume_and_track(ckd_studio: Run, recipe: Path, clip: Path, tmp_path: Path) -> None:
    done = ckd_studio("train", recipe, "--threads", 1)
    assert done.returncode == 0, done.stderr
    weights = tmp_path / "run" / "weights.safetensors"
    assert done.stdout.startswith(f"{weights}: 4 steps, held-out IoU 0.")
    assert ", SR in closed loop 0." in done.stdout
    assert "step 4 of 4: loss " in done.stderr
    assert "the best so far" in done.stderr
    kept = {"last.pt", "best.safetensors", "weights.safetensors", "curves.csv", "curves.png"}
    assert {path.name for path in (tmp_path / "run").iterdir()} == kept

    again = ckd_studio("train", recipe)
    assert again.returncode == 2
    assert "--resume" in again.stderr

    recipe.write_text(RECIPE.replace("STEPS", "6"))
    done = ckd_studio("train", recipe, "--resume")
    assert done.returncode == 0, done.stderr
    assert "Going on at step 4." in done.stderr
    assert ": 6 steps" in done.stdout

    result = tmp_path / "result.txt"
    done = ckd_studio("track", clip, "--model", weights, "--out", result)
    assert done.returncode == 0, done.stderr
    assert np.loadtxt(result, delimiter=",").shape == (8, 4)


def test_train_without_pictures_is_one_sentence(ckd_studio: Run, recipe: Path) -> None:
    recipe.write_text(RECIPE.replace("STEPS", "4").replace('"photos"', '"nowhere"'))
    done = ckd_studio("train", recipe)
    assert done.returncode == 2
    assert "nowhere" in done.stderr
    assert done.stderr.count("\n") == 1


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.skipif(os.name == "nt", reason="sends Ctrl+C as terminals of other systems do")
def test_ctrl_c_keeps_the_running_step_and_says_how_to_go_on(
    ckd_studio: Run, recipe: Path, tmp_path: Path
) -> None:
    recipe.write_text(RECIPE.replace("STEPS", "100000"))
    running = subprocess.Popen(
        [sys.executable, "-m", "app", "train", str(recipe), "--threads", "1"],
        cwd=ROOT,
        stderr=subprocess.PIPE,
        text=True,
    )
    wait_for(tmp_path / "run" / "last.pt", running)
    running.send_signal(signal.SIGINT)
    _, said = running.communicate(timeout=400)
    assert running.returncode == 130
    stopped = re.search(r"Stopped after step (\d+) of 100000", said)
    assert stopped is not None
    assert "--threads 1 --resume" in said

    recipe.write_text(RECIPE.replace("STEPS", str(int(stopped[1]) + 1)))
    done = ckd_studio("train", recipe, "--resume")
    assert done.returncode == 0, done.stderr
    assert f"Going on at step {stopped[1]}." in done.stderr


def assert_kept(folder: Path, said: str) -> None:
    """The state of the step that the command says it stopped after is there, and was said once."""
    assert "Traceback" not in said
    (step,) = re.findall(r"Stopped after step (\d+) of 100000", said)
    assert read_state(folder / "last.pt")["step"] == int(step)


def wait_until_alone(group: int) -> None:
    """Wait until nobody of a group of processes runs any more."""
    deadline = time.monotonic() + 120
    while True:
        try:
            os.killpg(group, 0)
        except ProcessLookupError:
            return
        assert time.monotonic() < deadline, "somebody still runs"
        time.sleep(0.2)


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.skipif(os.name == "nt", reason="sends signals of other systems")
@pytest.mark.parametrize("whole_group", [False, True], ids=["the process", "its group"])
def test_kill_keeps_the_running_step_and_leaves_nobody(
    recipe: Path, tmp_path: Path, whole_group: bool
) -> None:
    """With a worker process, which hears of it too when the group is killed."""
    text = RECIPE.replace("STEPS", "100000").replace("workers = 0", "workers = 1")
    recipe.write_text(text)
    running = subprocess.Popen(
        [sys.executable, "-m", "app", "train", str(recipe), "--threads", "1"],
        cwd=ROOT,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    wait_for(tmp_path / "run" / "last.pt", running)
    if whole_group:
        os.killpg(running.pid, signal.SIGTERM)
    else:
        running.terminate()
    _, said = running.communicate(timeout=400)
    assert running.returncode == 130, said
    assert_kept(tmp_path / "run", said)
    wait_until_alone(running.pid)


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.skipif(os.name == "nt", reason="sends signals of other systems")
@pytest.mark.skipif(not gloo_is_there(), reason="this torch has no gloo to train with")
def test_kill_of_torchrun_keeps_the_running_step(recipe: Path, tmp_path: Path) -> None:
    """It kills the whole group of each of its processes, their workers included."""
    text = RECIPE.replace("STEPS", "100000").replace("workers = 0", "workers = 1")
    recipe.write_text(text)
    running = subprocess.Popen(
        [
            *(sys.executable, "-m", "torch.distributed.run", "--nproc-per-node", "2"),
            *("--master-port", str(free_port()), "-m", "app", "train", str(recipe)),
        ],
        cwd=ROOT,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    wait_for(tmp_path / "run" / "last.pt", running)
    running.terminate()
    _, said = running.communicate(timeout=400)
    # torchrun ends with a traceback of its own, which comes after what its processes say.
    ours, _, of_torchrun = said.partition("Traceback")
    assert "SignalException" in of_torchrun
    assert "app/" not in of_torchrun
    assert_kept(tmp_path / "run", ours)


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.skipif(not gloo_is_there(), reason="this torch has no gloo to train with")
def test_torchrun_trains_with_two_processes(recipe: Path, tmp_path: Path) -> None:
    done = subprocess.run(
        [
            *(sys.executable, "-m", "torch.distributed.run", "--nproc-per-node", "2"),
            *("--master-port", str(free_port()), "-m", "app", "train", str(recipe)),
        ],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=800,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("weights.safetensors: 4 steps, held-out IoU 0.") == 1
    assert done.stderr.count("step 4 of 4") == 1
    assert (tmp_path / "run" / "best.safetensors").is_file()
