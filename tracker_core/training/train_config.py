"""How to train: steps, schedule, stage, precision, checkpoints and validation in one dataclass."""

from __future__ import annotations

from dataclasses import dataclass, fields

from tracker_core.errors import CKDError

PRECISIONS = ("auto", "full", "bf16", "fp16")
"""What `precision` may be."""
STAGES = (1, 2)
"""What `stage` may be."""

_MAY_BE_ZERO = {
    "workers",
    "warmup_steps",
    "seed",
    "weight_decay",
    "elimination_from",
    "mask_probability",
    "validation_clips",
}
"""Every other number must be above zero."""
# At 1 nothing would be left to see, or an average would never move.
_BELOW_ONE = ("mask_ratio", "average_decay")
_AT_MOST_ONE = ("mask_probability", "branch_rate")


@dataclass(frozen=True, slots=True)
class TrainConfig:
    """How to train; the defaults are the bundled tracker's."""

    steps: int = 10_000
    """Optimiser steps in all."""
    batch_size: int = 32
    """Pairs per step, over all processes together."""
    learning_rate: float = 1e-3
    """Peak of the schedule: linear warm-up, then cosine to a hundredth."""
    branch_rate: float = 1.0
    """Learning rate of branches and teachers as a share of the heads'; the paper's is 0.1."""
    warmup_steps: int = 500
    """Steps of linear warm-up."""
    weight_decay: float = 1e-4
    """AdamW's, on matrices only."""
    clip_norm: float = 1.0
    """Largest norm of the gradient."""
    stage: int = 1
    """1 trains everything; 2 is the paper's second stage: branches frozen, heads only."""
    start_from: str = ""
    """Weights to start from: a checkpoint, or the folder of another run; stage 2 needs it."""
    coupled: bool = False
    """True: online teachers, style and content losses and masking, as in the paper."""
    mask_ratio: float = 0.25
    """Share of the search tokens that masked modeling zeroes in coupled training."""
    mask_probability: float = 1.0
    """How often a coupled step masks at all."""
    elimination_from: float = 0.5
    """Share of the training after which tokens are eliminated; stage 2 always does."""
    average_decay: float = 0.999
    """Decay of the moving average of the weights, which is what gets saved."""
    device: str = "auto"
    """auto (CUDA, else MPS, else the CPU), or a device by its name in torch."""
    precision: str = "auto"
    """full, bf16, fp16; auto: bf16 or fp16 on CUDA, full elsewhere, where it was faster."""
    workers: int = 1
    """Processes that make pairs, for each training process; 0 makes them in the process itself."""
    seed: int = 0
    """Seed of the initial weights and of the masks."""
    checkpoint_steps: int = 250
    """Steps between checkpoints."""
    validate_steps: int = 1000
    """Steps between validations."""
    validation_pairs: int = 256
    """Held-out pairs per validation."""
    validation_clips: int = 2
    """Held-out clips of each condition that a validation tracks in closed loop; 0 for none."""
    validation_frames: int = 40
    """Frames of each such clip."""

    def __post_init__(self) -> None:
        for field in fields(self):
            _check_number(field.name, getattr(self, field.name))
        for name in _BELOW_ONE:
            if getattr(self, name) >= 1:
                raise CKDError(f"TrainConfig.{name} is {getattr(self, name)}; stay below 1.")
        for name in _AT_MOST_ONE:
            if getattr(self, name) > 1:
                raise CKDError(f"TrainConfig.{name} is {getattr(self, name)}; 1 is the most.")
        if self.precision not in PRECISIONS:
            raise CKDError(
                f"TrainConfig.precision is {self.precision!r}; choose {', '.join(PRECISIONS)}."
            )
        if self.validation_frames < 2:
            raise CKDError("TrainConfig.validation_frames is 1; tracking needs at least 2.")
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
        return self.stage == 2 or step >= self.elimination_from * self.steps


def _check_number(name: str, value: object) -> None:
    if isinstance(value, bool) or not isinstance(value, (int, float)):  # true counts as a number
        return
    if name in _MAY_BE_ZERO:
        if not value >= 0:  # not `<`: what is no number fails every comparison
            raise CKDError(f"TrainConfig.{name} is {value} but must not be negative.")
    elif not value > 0:
        raise CKDError(f"TrainConfig.{name} is {value} but must be above 0.")
