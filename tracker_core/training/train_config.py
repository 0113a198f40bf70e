"""How to train: steps, schedule, stage, precision, checkpoints and validation in one dataclass."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace

from safe_files import printable
from tracker_core.bounds import LARGEST_SEED, SHARE, Bounds, check_bounds
from tracker_core.errors import CKDError

PRECISIONS = ("auto", "full", "bf16", "fp16")
"""What `precision` may be."""
SCHEDULES = ("cosine", "constant")
"""What `schedule` may be."""
STAGES = (1, 2)
"""What `stage` may be."""

_STEPS = Bounds(1, 100_000_000)
# Said in docs/training.md as well. More than these no training has had a use for, and a slip of the
# finger that has a digit too many would fill the memory, or start processes until nothing moves.
BOUNDS: Mapping[str, Bounds] = {
    "steps": _STEPS,
    "epochs": Bounds(0, 1_000_000),
    "epoch_pairs": Bounds(0, 1_000_000_000),
    "keep_epochs": Bounds(0, 1_000_000),
    "batch_size": Bounds(1, 4096),
    "accumulate": Bounds(1, 4096),
    "learning_rate": Bounds(0, 10, above=True),
    "branch_rate": Bounds(0, 1, above=True),
    "warmup_steps": Bounds(0, _STEPS.most),
    "weight_decay": Bounds(0, 10),
    "clip_norm": Bounds(0, 1e6, above=True),
    # At 1 nothing would be left to see.
    "mask_ratio": Bounds(0, 1, above=True, below=True),
    "mask_probability": SHARE,
    # At 1 the last block would never be gone through.
    "drop_path": Bounds(0, 1, below=True),
    "elimination_from": SHARE,
    "elimination_warmup": SHARE,
    # At 1 an average would never move.
    "average_decay": Bounds(0, 1, below=True),
    "workers": Bounds(0, 64),
    "seed": Bounds(0, LARGEST_SEED),
    "checkpoint_steps": _STEPS,
    "gradient_steps": Bounds(0, _STEPS.most),
    "validate_steps": _STEPS,
    "validation_pairs": Bounds(1, 1_000_000),
    "validation_clips": Bounds(0, 100),
    "validation_frames": Bounds(2, 10_000),
}
"""What each number may be."""


@dataclass(frozen=True, slots=True)
class TrainConfig:
    """How to train; the defaults are the bundled tracker's."""

    steps: int = 10_000
    """Optimiser steps in all, unless `epochs` says how long."""
    epochs: int = 0
    """Epochs of `epoch_pairs` in all, however many steps these are; 0: `steps` counts."""
    epoch_pairs: int = 0
    """Pairs of an epoch over all processes together; a last batch that is not full is left out."""
    keep_epochs: int = 0
    """Epochs between weights that are kept for good, as epoch-0025.safetensors; 0 for none."""
    batch_size: int = 32
    """Pairs per step, over all processes together; per batch where gradients are accumulated."""
    batch_per_process: bool = False
    """True: `batch_size` is that of each process, as released; more of them make less steps."""
    accumulate: int = 1
    """Batches whose gradients are averaged into one step, for cards that hold only a few pairs."""
    learning_rate: float = 1e-3
    """Peak of the schedule, after a linear warm-up."""
    schedule: str = "cosine"
    """What comes after the warm-up: cosine, down to a hundredth; or constant, as released."""
    branch_rate: float = 1.0
    """Learning rate of branches and teachers as a share of the heads'; 0.1 as released."""
    warmup_steps: int = 500
    """Steps of linear warm-up."""
    weight_decay: float = 1e-4
    """AdamW's."""
    decay_all: bool = False
    """True: weight decay on all parameters, as released; else on matrices only."""
    clip_norm: float = 1.0
    """Largest norm of the gradient."""
    stage: int = 1
    """1 trains everything; 2 is the second stage as released: branches frozen, heads only."""
    start_from: str = ""
    """Weights to start from: a checkpoint, or the folder of another run; stage 2 needs it."""
    coupled: bool = False
    """True: online teachers, style and content losses and masking."""
    mask_ratio: float = 0.25
    """Share of the search tokens that masked modeling zeroes in coupled training."""
    mask_probability: float = 1.0
    """How often a coupled step masks at all."""
    mask_by_token: bool = False
    """True: each token is masked by itself, as released; else always the same share of a sample."""
    mask_by_sample: bool = False
    """True: `mask_probability` is of each sample, as released; else of the whole step."""
    drop_path: float = 0.0
    """How often a sample goes past the last block's halves, less the earlier; 0.1 as released."""
    shared_statistics: bool = True
    """True: batch norm is over all processes' pairs; False: over each one's own, as released."""
    elimination_from: float = 0.5
    """Share of the training after which tokens are eliminated; stage 2 always does."""
    elimination_warmup: float = 0.0
    """Share of the training over which keep ratios then fall from 1, by half a cosine (OSTrack).

    They fall once an epoch where there are epochs, else in every step.
    """
    average_decay: float = 0.999
    """Decay of the moving average of the weights, which is what gets saved; 0: no average."""
    device: str = "auto"
    """auto (CUDA, else MPS, else the CPU), or a device by its name in torch."""
    precision: str = "auto"
    """full, bf16, fp16; auto: bf16 or fp16 on CUDA, full elsewhere, where it was faster."""
    tf32: bool = False
    """True: float32 products take 10 bits of each factor on CUDA cards that have TF32."""
    workers: int = 1
    """Processes that make pairs, for each training process; 0 makes them in the process itself."""
    seed: int = 0
    """Seed of the initial weights and of the masks."""
    checkpoint_steps: int = 250
    """Steps between checkpoints."""
    gradient_steps: int = 250
    """Steps between measurements of how hard each loss pulls at the students; 0 for none."""
    validate_steps: int = 1000
    """Steps between validations."""
    validation_pairs: int = 256
    """Held-out pairs per validation."""
    validation_clips: int = 2
    """Held-out clips of each condition that a validation tracks in closed loop; 0 for none."""
    validation_frames: int = 40
    """Frames of each such clip."""

    def __post_init__(self) -> None:
        check_bounds(self, BOUNDS, "TrainConfig.")
        if self.precision not in PRECISIONS:
            raise CKDError(
                f"TrainConfig.precision is {printable(repr(self.precision), 60)}; "
                f"choose {', '.join(PRECISIONS)}."
            )
        if self.schedule not in SCHEDULES:
            raise CKDError(
                f"TrainConfig.schedule is {printable(repr(self.schedule), 60)}; "
                f"choose {' or '.join(SCHEDULES)}."
            )
        if (self.epochs or self.keep_epochs) and not self.epoch_pairs:
            raise CKDError("TrainConfig.epoch_pairs must say how many pairs an epoch has.")
        self._check_stage()

    def _check_stage(self) -> None:
        if self.stage not in STAGES:
            raise CKDError(f"TrainConfig.stage is {self.stage}; there are stages 1 and 2.")
        if self.stage == 1:
            return
        if not self.start_from:
            raise CKDError(
                "TrainConfig.stage is 2, which trains the head of a trained network; "
                "name its weights in start_from."
            )
        if self.coupled:
            raise CKDError(
                "TrainConfig.coupled and stage 2 exclude each other: stage 2 has no teachers."
            )

    def eliminates(self, step: int) -> bool:
        """Whether tokens are eliminated at this step."""
        return step >= self._first_elimination

    def measures_gradients(self, step: int) -> bool:
        """Whether the gradient of each loss is measured at this step, counted from 0."""
        # The step that makes the count even: its report has the measurement in the same row.
        return bool(self.gradient_steps) and (step + 1) % self.gradient_steps == 0

    @property
    def _first_elimination(self) -> float:
        return 0.0 if self.stage == 2 else self.elimination_from * self.steps

    def keep_ratios(self, step: int, ratios: tuple[float, ...]) -> tuple[float, ...] | None:
        """The keep ratios of a step of the warm-up; None when the model's own are in force."""
        length = self.elimination_warmup * self.steps
        done = step - self._first_elimination
        if done >= 0 and self.epoch_pairs:
            # As OSTrack does: a ratio of its own for each epoch, not for each step.
            done = float(done // self.epoch_steps * self.epoch_steps)
        if not 0 <= done < length:
            return None
        left = 0.5 * (1 + math.cos(math.pi * done / length))
        return tuple(ratio + (1 - ratio) * left for ratio in ratios)

    def among(self, processes: int) -> TrainConfig:
        """The same with all that depends on the number of processes worked out.

        `batch_size` is that of all of them together then, and `steps` is how many there are.
        """
        size = self.batch_size * (processes if self.batch_per_process else 1)
        given = replace(self, batch_size=size, batch_per_process=False)
        return replace(given, steps=self.epochs * given.epoch_steps) if self.epochs else given

    @property
    def epoch_steps(self) -> int:
        """Steps of an epoch, at least one."""
        return max(1, self.epoch_pairs // (self.batch_size * self.accumulate))

    def kept_epoch(self, step: int) -> int | None:
        """The number, from 1, of the epoch that ends with this many steps if it is to be kept."""
        if not self.keep_epochs or step % self.epoch_steps:
            return None
        epoch = step // self.epoch_steps
        return epoch if epoch % self.keep_epochs == 0 else None
