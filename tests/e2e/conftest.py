"""Small inputs for whole programs: a clip of a few frames and a model of a few weights."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot

    from app.window.main_window import MainWindow
    from tests.e2e.at_work import Program

Run = Callable[..., "subprocess.CompletedProcess[str]"]

FRAMES = 8
BOX = (40, 30, 24, 32)
"""Of the target on the first frame; it moves 4 px to the right on each frame."""


def write_clip(folder: Path, frames: int = FRAMES) -> Path:
    """A bright target that walks over noise, in the LasHeR layout with ground truth."""
    from tracker_core.imaging import cv2

    rng = np.random.default_rng(7)
    ground = cv2.GaussianBlur(rng.integers(0, 160, (120, 160, 3), np.uint8), (0, 0), 3)
    for name in ("visible", "infrared"):
        (folder / name).mkdir(parents=True)
    rows = []
    for index in range(frames):
        x, y, w, h = BOX[0] + 4 * index, *BOX[1:]
        rgb = ground.copy()
        rgb[y : y + h, x : x + w] = (60, 80, 230)
        tir = ground[:, :, 0] // 2
        tir[y : y + h, x : x + w] = 240
        cv2.imwrite(str(folder / "visible" / f"v{index:03d}.jpg"), rgb)
        cv2.imwrite(str(folder / "infrared" / f"i{index:03d}.jpg"), tir)
        rows.append(f"{x},{y},{w},{h}\n")
    for name in ("visible.txt", "infrared.txt", "init.txt"):
        (folder / name).write_text("".join(rows), encoding="ascii")
    return folder


@pytest.fixture
def make_clip() -> Callable[[Path, int], Path]:
    """Writes a clip of that many frames into a new folder."""
    return write_clip


@pytest.fixture
def clip(tmp_path: Path) -> Path:
    """A clip of its own for a test that may damage it."""
    return write_clip(tmp_path / "clip")


@pytest.fixture(scope="session")
def small_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A checkpoint of ours with random weights: it tracks badly, but at once."""
    import torch

    from tests.as_trained import as_trained
    from tracker_core.checkpoints.opening import save_checkpoint
    from tracker_core.ckd.config import ModelConfig
    from tracker_core.ckd.model.ckd import CKD

    torch.manual_seed(5)
    config = ModelConfig(
        embed_dim=24,
        depth=3,
        num_heads=2,
        elimination_blocks=(1,),
        keep_ratios=(0.7,),
        head_channels=16,
        template_size=32,
        search_size=64,
        patch_size=16,
    )
    path = tmp_path_factory.mktemp("model") / "small.safetensors"
    save_checkpoint(as_trained(CKD(config)), path, {"made": "for tests"})
    return path


@pytest.fixture(scope="session")
def numberless_model(small_model: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A checkpoint whose weights are numbers, and whose answers are none."""
    import torch

    from tracker_core.checkpoints.opening import load_checkpoint, save_checkpoint

    model = load_checkpoint(small_model)
    with torch.no_grad():
        for name, value in model.named_buffers():
            if name.endswith("running_var"):
                value.fill_(-1.0)  # a root is taken of it
    path = tmp_path_factory.mktemp("numberless") / "numberless.safetensors"
    save_checkpoint(model, path, {"made": "for tests"})
    return path


@pytest.fixture
def ckd_studio(tmp_path: Path) -> Run:
    """Run the installed program as a person would, and hand over what it said."""

    def run(*arguments: str | Path, **environment: str) -> subprocess.CompletedProcess[str]:
        program = [sys.executable, "-m", "app", *map(str, arguments)]
        return subprocess.run(
            program,
            cwd=tmp_path,
            env={**os.environ, **environment},
            capture_output=True,
            text=True,
            timeout=280,
            check=False,
        )

    return run


@pytest.fixture
def read_only_folder(tmp_path: Path) -> Path:
    """A folder where nothing can be made, not even by root."""
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        system = Path("/sys/kernel")
        if not system.is_dir():
            pytest.skip("root can write everywhere here")
        return system
    folder = tmp_path / "read-only"
    folder.mkdir(mode=0o555)
    return folder


@pytest.fixture
def make_window(
    qtbot: QtBot, small_model: Path, tmp_path: Path
) -> Iterator[Callable[[], MainWindow]]:
    windows: list[MainWindow] = []

    def make() -> MainWindow:
        from app.state.settings import SettingsStore
        from app.window.main_window import MainWindow

        settings = SettingsStore(tmp_path / "settings" / "settings.json")
        settings.values.model = str(small_model)
        window = MainWindow(settings)
        window.confirm_discard = lambda: True
        qtbot.addWidget(window)
        window.resize(1280, 800)
        with qtbot.waitExposed(window):
            window.show()
        window.activateWindow()
        qtbot.waitUntil(window.isActiveWindow, timeout=60_000)
        windows.append(window)
        return window

    yield make
    for window in windows:
        window.close()


@pytest.fixture
def window(make_window: Callable[[], MainWindow]) -> MainWindow:
    return make_window()


@pytest.fixture
def opened(qtbot: QtBot, window: MainWindow, clip: Path) -> MainWindow:
    with qtbot.waitSignal(window.opened, timeout=60_000):
        window.open_path(clip)
    qtbot.waitUntil(lambda: window.is_idle, timeout=60_000)
    return window


@pytest.fixture(scope="session")
def walk(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A clip of 80 frames without ground truth, for tests that leave it as it is."""
    from tests.e2e.at_work import write_walk

    return write_walk(tmp_path_factory.mktemp("clips") / "walk", 80)


@pytest.fixture
def program(qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> Iterator[Program]:
    """The whole program, to be started with arguments and a person at its window."""
    from tests.e2e.at_work import started_here

    with started_here(qtbot, monkeypatch) as made:
        yield made


@pytest.fixture(autouse=True)
def signals_end() -> Iterator[None]:
    """Let signals end what a test starts, also where its runner ignores them.

    SIGHUP is ignored under `nohup`, and SIGINT in a job in the background.
    """
    names = ("SIGHUP", "SIGINT")
    numbers = [signal.Signals[each] for each in names if each in signal.Signals.__members__]
    ignored = [each for each in numbers if signal.getsignal(each) is signal.SIG_IGN]
    for each in ignored:
        # A new process inherits what is ignored, and no handler.
        signal.signal(each, signal.SIG_DFL)
    yield
    for each in ignored:
        signal.signal(each, signal.SIG_IGN)
