"""Where the random person works: an own home, and small sequences that open at once."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from tracker_core.imaging import cv2, write_image

HOME_VARIABLES = {
    "HOME": "home",
    "XDG_CONFIG_HOME": "config",
    "XDG_CACHE_HOME": "cache",
    "XDG_DATA_HOME": "data",
    "XDG_STATE_HOME": "state",
    "APPDATA": "roaming",
    "LOCALAPPDATA": "local",
    "CKD_STUDIO_CONFIG_DIR": "settings",
    "CKD_STUDIO_STATE_DIR": "journals",
}
"""Settings, logs and journals of the person who measures must not meet those of the random one."""
SHORT, LONG = 60, 1500
SIDES = (160, 120)
TARGET = (40, 30, 24, 32)
"""Of the bright rectangle on the first frame."""


@dataclass(frozen=True, slots=True)
class Places:
    """The folder of one random person."""

    folder: Path

    @property
    def sequences(self) -> tuple[Path, ...]:
        """Sequences to open, the one that is opened least often last."""
        return tuple(self.folder / name for name in ("walk", "drive", "march"))

    @property
    def sessions(self) -> Path:
        """Folder of the session files."""
        return self.folder / "sessions"

    @property
    def home(self) -> Path:
        """Home of the person."""
        return self.folder / "home"

    def make(self) -> None:
        """Write what is not there yet."""
        self.sessions.mkdir(parents=True, exist_ok=True)
        walk, drive, march = self.sequences
        if not walk.exists():
            write_clip(walk)
        if not drive.exists():
            # Cameras of two sizes, and a frame that thermal lacks.
            write_clip(drive, thermal=(120, 90))
            (drive / "infrared" / f"{SHORT // 2:04d}.jpg").write_bytes(b"no picture")
        if not march.exists():
            write_clip(march, frames=LONG, pictures=30)


def isolate(home: Path) -> None:
    """Give this process and its children a home of their own; call it before Qt is imported."""
    for name, folder in HOME_VARIABLES.items():
        (home / folder).mkdir(parents=True, exist_ok=True)
        os.environ[name] = str(home / folder)
    for name in ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
        # Small pictures: threads that wait for each other would cost more than they bring.
        os.environ.setdefault(name, "1")


def write_clip(
    folder: Path, *, frames: int = SHORT, pictures: int = SHORT, thermal: tuple[int, int] = SIDES
) -> None:
    """Write a bright rectangle that wanders over noise; beyond `pictures` frames come again."""
    rng = np.random.default_rng(7)
    width, height = SIDES
    noise = rng.integers(0, 160, (height, width, 3), np.uint8)
    ground = cv2.GaussianBlur(noise, (0, 0), 3).astype(np.uint8)
    for name in ("visible", "infrared"):
        (folder / name).mkdir(parents=True)
    rows = []
    for index in range(frames):
        turn = index % pictures
        x, y, w, h = TARGET[0] + turn, TARGET[1] + turn % 20, *TARGET[2:]
        rows.append(f"{x},{y},{w},{h}\n")
        names = [folder / name / f"{index:04d}.jpg" for name in ("visible", "infrared")]
        if index >= pictures:
            for path in names:
                path.hardlink_to(path.with_name(f"{turn:04d}.jpg"))
            continue
        rgb = ground.copy()
        rgb[y : y + h, x : x + w] = (60, 80, 230)
        tir = (ground[:, :, 0] // 2).astype(np.uint8)
        tir[y : y + h, x : x + w] = 240
        write_image(names[0], rgb)
        write_image(names[1], cv2.resize(tir, thermal).astype(np.uint8))
    (folder / "visible.txt").write_text("".join(rows), encoding="ascii")
