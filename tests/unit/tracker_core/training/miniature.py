"""A training run small enough for tests; run as a program it trains one in a folder.

    python -m tests.unit.tracker_core.training.miniature FOLDER STEPS [DIE_AT_STEP]
    python -m tests.unit.tracker_core.training.miniature FOLDER draw

Started by torchrun, or with its variables, it is one of several processes. With FAIL_AT_STEP it
meets an error there; with TELL_THREADS it ends with the names of the threads that run, on Linux.
"""

from __future__ import annotations

import os
import signal
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import torch

from tracker_core.ckd.config import ModelConfig
from tracker_core.errors import CKDError
from tracker_core.training.data.batches import batches
from tracker_core.training.data.sample import PairSample
from tracker_core.training.distributed import joined
from tracker_core.training.loop import HeldOut, Trainer
from tracker_core.training.progress import Watch
from tracker_core.training.task import LossWeights
from tracker_core.training.train_config import TrainConfig

MODEL = ModelConfig(
    embed_dim=16,
    depth=2,
    num_heads=2,
    elimination_blocks=(0,),
    keep_ratios=(0.7,),
    head_channels=32,
    template_size=16,
    search_size=32,
    patch_size=8,
    stem="conv",
    stem_channels=(8, 8),
    target_embedding=True,
    matching_channels=4,
    map_scale=2,
)
TRAIN = TrainConfig(
    steps=6,
    batch_size=4,
    warmup_steps=2,
    workers=0,
    device="cpu",
    checkpoint_steps=3,
    gradient_steps=2,
    validate_steps=3,
    validation_pairs=8,
)


class Squares:
    """A bright square on noise, and the same square in the template."""

    def sample(self, index: int) -> PairSample:
        rng = np.random.default_rng(index)
        search = rng.integers(0, 90, (32, 32, 3), np.uint8)
        x, y = rng.integers(2, 22, 2)
        search[y : y + 8, x : x + 8] = 250
        template = rng.integers(0, 90, (16, 16, 3), np.uint8)
        template[4:12, 4:12] = 250
        return PairSample(
            template_rgb=template,
            template_tir=template[..., 0],
            search_rgb=search,
            search_tir=search[..., 1],
            box_cxcywh=np.array([(x + 4) / 32, (y + 4) / 32, 0.25, 0.25], np.float32),
            template_box_cxcywh=np.array([0.5, 0.5, 0.5, 0.5], np.float32),
            present=index % 4 != 3,
            condition="day",
        )


class Signed(Squares):
    """Squares that leave the number of the process that drew them in a folder."""

    def __init__(self, folder: Path) -> None:
        """Take the folder; an empty file per process goes into it."""
        self.folder = folder

    def sample(self, index: int) -> PairSample:
        (self.folder / str(os.getpid())).touch()
        return super().sample(index)


class Unreadable(Squares):
    """Squares of which some cannot be read."""

    def __init__(self, bad: set[int] | None = None) -> None:
        """Take the numbers that cannot be read; all of them without."""
        self.bad = bad

    def sample(self, index: int) -> PairSample:
        if self.bad is None or index in self.bad:
            raise CKDError(f"The image {index}.jpg is damaged.")
        return super().sample(index)


def trainer(folder: Path, config: TrainConfig = TRAIN, **options: Any) -> Trainer:
    return Trainer(MODEL, config, LossWeights(ranking=0.3), folder, **options)


def go(folder: Path, steps: int, device: torch.device | None = None, die: int = -1) -> Trainer:
    """Train a coupled run on from where its folder stands; die without a word at a step."""
    config = replace(TRAIN, steps=steps, coupled=True, mask_probability=0.5, elimination_from=0.3)
    run = trainer(folder, config, device=device)
    run.resume()

    def stop() -> bool:
        if run.step == die:
            signal.raise_signal(signal.SIGKILL)
        if run.step == int(os.environ.get("FAIL_AT_STEP", "-1")):
            raise CKDError("Something failed.")
        return False

    run.run(Squares(), HeldOut(Squares()), Watch(stop=stop, report_steps=2))
    return run


def draw_and_die(folder: Path) -> None:
    """Let a worker process draw pairs that sign themselves, and die in the middle."""
    for _ in batches(Signed(folder), first_step=0, last_step=100, batch_size=4, workers=1):
        signal.raise_signal(signal.SIGKILL)


KEPT: list[object] = []
"""What is still there when the interpreter ends."""


def draw_and_leave() -> None:
    """Let a worker process draw pairs, and end without having asked for all of them."""
    drawn = batches(Squares(), first_step=0, last_step=10_000, batch_size=4, workers=1)
    KEPT.extend((drawn, next(drawn)))


def main(folder: str, steps: str, die: str = "-1") -> None:
    """Train, alone or as one of several; an error for people ends the process with its text."""
    if steps == "draw":
        draw_and_die(Path(folder))
    if steps == "leave":
        draw_and_leave()
        return
    try:
        with joined("cpu") as device:
            go(Path(folder), int(steps), device, int(die))
    except CKDError as error:
        sys.exit(f"{error} {threads()}".strip())
    sys.exit(threads() or 0)


def threads() -> str:
    """Names of the threads that run, Python's and others, when somebody asks for them."""
    if not os.environ.get("TELL_THREADS"):
        return ""
    names = [path.read_text().strip() for path in Path("/proc/self/task").glob("*/comm")]
    return f"threads: {' '.join(sorted(names))}"


if __name__ == "__main__":
    main(*sys.argv[1:])
