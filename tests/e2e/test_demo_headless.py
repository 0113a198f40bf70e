"""`demo --headless` does the whole job in the real window and proves it by what it leaves."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import av
import numpy as np
import pytest

from app.state.demo_clip import demo_sequence
from sessions import Source, load
from tracker_core.imaging import read_rgb

Run = Callable[..., "subprocess.CompletedProcess[str]"]
PICTURES = ("start", "tracking", "tokens", "features", "corrected", "light")

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """The folder that the demo leaves, and what it printed."""
    import os
    import sys

    folder = tmp_path_factory.mktemp("demo")
    environment = {**os.environ, "DISPLAY": "", "WAYLAND_DISPLAY": "", "QT_QPA_PLATFORM": ""}
    done = subprocess.run(
        [sys.executable, "-m", "app", "demo", "--headless", "out"],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        timeout=290,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "Traceback" not in done.stderr
    return folder / "out", done.stdout


def test_it_says_where_everything_is(played: tuple[Path, str]) -> None:
    out, said = played
    files = {(out.parent / line).resolve() for line in said.split()}
    wanted = {out / f"{name}.png" for name in PICTURES} | {out / "demo.h5", out / "demo.mp4"}
    assert files == {path.resolve() for path in wanted}
    assert all(path.stat().st_size > 10_000 for path in files)


def test_the_session_holds_the_whole_job(played: tuple[Path, str]) -> None:
    session = load(played[0] / "demo.h5")
    (target,) = session.targets.values()
    sources = np.bincount(target.source, minlength=len(Source))
    assert session.sequence.sources == (str(demo_sequence()),)
    assert target.source[0] == Source.MANUAL
    assert sources[Source.MANUAL] >= 2
    assert sources[Source.MANUAL] + sources[Source.TRACKED] == session.frame_count
    assert target.tracking.models[0].name == "tiny"
    assert len(target.tracking.models[0].weights_sha256) == 64


def test_the_target_of_the_demo_is_followed(played: tuple[Path, str]) -> None:
    session = load(played[0] / "demo.h5")
    (target,) = session.targets.values()
    truth = np.loadtxt(demo_sequence() / "visible.txt", delimiter=",")
    tracked = (target.source == Source.TRACKED) & (truth[:, 2] > 0)
    assert overlap(target.boxes[tracked, 0], truth[tracked]).mean() > 0.5


def overlap(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """(N,) intersection over union of boxes x, y, w, h."""
    low = np.maximum(first[:, :2], second[:, :2])
    high = np.minimum(first[:, :2] + first[:, 2:], second[:, :2] + second[:, 2:])
    shared = np.prod(np.clip(high - low, 0, None), axis=1)
    return shared / (np.prod(first[:, 2:], axis=1) + np.prod(second[:, 2:], axis=1) - shared)


def test_the_screenshots_show_different_things(played: tuple[Path, str]) -> None:
    pictures = [read_rgb(played[0] / f"{name}.png") for name in PICTURES]
    assert len({picture.shape for picture in pictures}) == 1
    for first, second in pairwise(pictures):
        assert np.mean(first != second) > 0.01
    dark, light = pictures[0].mean(), pictures[-1].mean()
    assert dark < 80 < light


def test_the_video_has_every_frame(played: tuple[Path, str]) -> None:
    frames = len(load(played[0] / "demo.h5").sequence.rgb_paths)
    with av.open(played[0] / "demo.mp4") as container:
        stream = container.streams.video[0]
        assert stream.codec_context.name == "h264"
        assert sum(1 for _ in container.decode(stream)) == frames
