"""The training loop: steps, moving average, checkpoints that resume exactly, curves as CSV."""

from __future__ import annotations

import copy
import csv
import math
import os
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from tracker_core.checkpoint import save_checkpoint
from tracker_core.config import ModelConfig
from tracker_core.errors import CKDError
from tracker_core.model.ckd import CKD
from tracker_core.training.batches import Pairs, batches
from tracker_core.training.coupled import CoupledTask
from tracker_core.training.task import Batch, LossWeights, TrackingTask
from tracker_core.training.train_config import TrainConfig


@dataclass(frozen=True, slots=True)
class Progress:
    """What a caller may show after a step."""

    step: int
    """Steps done."""
    steps: int
    """Steps in all."""
    losses: dict[str, float]
    """Named losses, averaged since the last report."""
    pairs_per_second: float
    """Pairs trained on per second since the last report."""
    validation_iou: float | None
    """Mean IoU over held-out pairs, on the steps that validate."""


class Trainer:
    """Trains one model in one folder; the folder holds all that is needed to go on."""

    def __init__(
        self, model: ModelConfig, config: TrainConfig, weights: LossWeights, folder: Path
    ) -> None:
        torch.manual_seed(config.seed)
        self.config = config
        self.folder = folder
        self.model = CKD(model)
        self.average = copy.deepcopy(self.model).eval().requires_grad_(requires_grad=False)
        self.task = make_task(self.model, config, weights)
        self.optimizer = torch.optim.AdamW(
            _parameter_groups(self.task, config.weight_decay), lr=config.learning_rate
        )
        self.step = 0
        self._recipe = {"model": asdict(model), "train": asdict(config), "loss": asdict(weights)}

    @property
    def checkpoint_path(self) -> Path:
        """Where the run keeps its last state."""
        return self.folder / "last.pt"

    def resume(self) -> bool:
        """Load the last state of the folder; False when there is none yet."""
        if not self.checkpoint_path.exists():
            return False
        state = torch.load(self.checkpoint_path, weights_only=True)
        before, now = state["recipe"], _plain(self._recipe)
        if (before["model"], before["train"]["coupled"]) != (now["model"], now["train"]["coupled"]):
            raise CKDError(
                f"{self.checkpoint_path} was trained with another model configuration; "
                "train in another folder or use the same configuration."
            )
        self.task.load_state_dict(state["task"])
        self.average.load_state_dict(state["average"])
        self.optimizer.load_state_dict(state["optimizer"])
        torch.set_rng_state(state["rng"])
        self.step = state["step"]
        return True

    def save(self) -> None:
        """Write the state beside the last one and put it in its place."""
        self.folder.mkdir(parents=True, exist_ok=True)
        beside = self.checkpoint_path.with_suffix(".tmp")
        state = {
            "recipe": _plain(self._recipe),
            "task": self.task.state_dict(),
            "average": self.average.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "rng": torch.get_rng_state(),
            "step": self.step,
        }
        with beside.open("wb") as file:
            torch.save(state, file)
            file.flush()
            os.fsync(file.fileno())
        beside.replace(self.checkpoint_path)

    def export(self, path: Path, provenance: Mapping[str, str]) -> None:
        """Write the averaged weights as a float16 checkpoint with what made them."""
        said = {"steps": str(self.step), "batch_size": str(self.config.batch_size), **provenance}
        save_checkpoint(self.average, path, said, half=True)

    def run(
        self,
        pairs: Pairs,
        held_out: Pairs | None = None,
        report: Callable[[Progress], None] | None = None,
        report_steps: int = 50,
    ) -> None:
        """Train to the end from wherever the run stands; report now and then."""
        meter = _Meter(self.config.batch_size)
        for batch in self._batches(pairs):
            losses = self._optimise(batch)
            self.step += 1
            meter.add(losses)
            validate = held_out is not None and self._due(self.config.validate_steps)
            iou = self.validate(held_out) if validate and held_out is not None else None
            if self._due(self.config.checkpoint_steps):
                self.save()
            if validate or self._due(report_steps):
                progress = meter.progress(self.step, self.config.steps, iou)
                self._log(progress)
                if report is not None:
                    report(progress)

    def validate(self, pairs: Pairs) -> float:
        """Mean IoU of the averaged weights over held-out pairs that show the target."""
        size = self.config.batch_size
        steps = math.ceil(self.config.validation_pairs / size)
        weights = LossWeights()
        task = TrackingTask(self.average, weights).eval()
        total, count = 0.0, 0
        with torch.inference_mode():
            for batch in batches(pairs, first_step=0, last_step=steps, batch_size=size):
                shown = int(batch.present.sum())
                total += float(task(batch, elimination=True)["iou"]) * shown
                count += shown
        return total / max(1, count)

    def _due(self, every: int) -> bool:
        return self.step % every == 0 or self.step == self.config.steps

    def _batches(self, pairs: Pairs) -> Iterator[Batch]:
        return batches(
            pairs,
            first_step=self.step,
            last_step=self.config.steps,
            batch_size=self.config.batch_size,
            workers=self.config.workers,
        )

    def _optimise(self, batch: Batch) -> dict[str, Tensor]:
        self.task.train()
        for group in self.optimizer.param_groups:
            group["lr"] = learning_rate(self.config, self.step)
        eliminate = self.step >= self.config.elimination_from * self.config.steps
        losses: dict[str, Tensor] = self.task(batch, elimination=eliminate)
        total = losses["total"]
        if not torch.isfinite(total):
            raise CKDError(
                f"The loss is {total.item()} at step {self.step}; the run stops with its last "
                f"checkpoint in {self.folder}. Lower the learning rate and resume."
            )
        self.optimizer.zero_grad(set_to_none=True)
        total.backward()  # type: ignore[no-untyped-call]
        nn.utils.clip_grad_norm_(self.task.parameters(), self.config.clip_norm)
        self.optimizer.step()
        self._follow()
        return {name: value.detach() for name, value in losses.items()}

    def _follow(self) -> None:
        decay = min(self.config.average_decay, (1 + self.step) / (10 + self.step))
        with torch.no_grad():
            for own, new in zip(self.average.parameters(), self.model.parameters(), strict=True):
                own.lerp_(new, 1 - decay)
            for kept, latest in zip(self.average.buffers(), self.model.buffers(), strict=True):
                kept.copy_(latest)

    def _log(self, progress: Progress) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        path = self.folder / "curves.csv"
        iou = "" if progress.validation_iou is None else f"{progress.validation_iou:.5f}"
        names = sorted(progress.losses)
        new = not path.exists()
        with path.open("a", newline="") as file:
            writer = csv.writer(file)
            if new:
                writer.writerow(["step", "pairs_per_second", "validation_iou", *names])
            values = [f"{progress.losses[name]:.5f}" for name in names]
            writer.writerow([progress.step, f"{progress.pairs_per_second:.1f}", iou, *values])


class _Meter:
    """Averages losses and speed between reports."""

    def __init__(self, batch_size: int) -> None:
        self._batch_size = batch_size
        self._start()

    def _start(self) -> None:
        self._sums: dict[str, float] = {}
        self._count = 0
        self._since = time.monotonic()

    def add(self, losses: dict[str, Tensor]) -> None:
        for name, value in losses.items():
            self._sums[name] = self._sums.get(name, 0.0) + float(value)
        self._count += 1

    def progress(self, step: int, steps: int, iou: float | None) -> Progress:
        seconds = max(1e-9, time.monotonic() - self._since)
        count = max(1, self._count)
        means = {name: value / count for name, value in self._sums.items()}
        rate = self._count * self._batch_size / seconds
        self._start()
        return Progress(step, steps, means, rate, iou)


def make_task(model: CKD, config: TrainConfig, weights: LossWeights) -> TrackingTask | CoupledTask:
    """Build the task that the configuration asks for."""
    if not config.coupled:
        return TrackingTask(model, weights)
    return CoupledTask(
        model,
        weights,
        mask_ratio=config.mask_ratio,
        mask_probability=config.mask_probability,
    )


def learning_rate(config: TrainConfig, step: int) -> float:
    """Linear warm-up, then half a cosine down to a hundredth of the peak."""
    if step < config.warmup_steps:
        return config.learning_rate * (step + 1) / config.warmup_steps
    share = (step - config.warmup_steps) / max(1, config.steps - config.warmup_steps)
    return config.learning_rate * (0.01 + 0.99 * 0.5 * (1 + math.cos(math.pi * min(1.0, share))))


def _parameter_groups(model: nn.Module, decay: float) -> list[dict[str, Any]]:
    matrices = [p for p in model.parameters() if p.ndim > 1]
    vectors = [p for p in model.parameters() if p.ndim <= 1]
    return [
        {"params": matrices, "weight_decay": decay},
        {"params": vectors, "weight_decay": 0.0},
    ]


def _plain(values: Any) -> Any:  # noqa: ANN401 - walks any nesting of plain values
    """Tuples as lists, so that what was saved compares with what is."""
    if isinstance(values, dict):
        return {key: _plain(value) for key, value in values.items()}
    if isinstance(values, (list, tuple)):
        return [_plain(value) for value in values]
    return values
