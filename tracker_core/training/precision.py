"""Where and with how many bits to compute: device, autocast and the scaling that fp16 needs."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import Any

import torch
from torch import nn

from tracker_core.errors import CKDError

_KINDS = {"bf16": torch.bfloat16, "fp16": torch.float16}
_SMALLEST_SCALE = 1e-3
"""A scale this small means that gradients are no numbers whatever the scale."""


@dataclass(frozen=True, slots=True)
class Precision:
    """How a network is computed in training; weights, losses and steps are float32 in any case."""

    device: torch.device
    kind: torch.dtype | None
    """What matrix products and convolutions are computed in; None for float32."""

    @classmethod
    def choose(cls, name: str, device: torch.device) -> Precision:
        """Turn full, bf16, fp16 or auto into what the device takes.

        `auto` is half precision on CUDA only: on a CPU bf16 took nearly twice as long as float32.
        """
        if name == "full" or (name == "auto" and device.type != "cuda"):
            return cls(device, None)
        if name == "auto":
            name = "bf16" if torch.cuda.is_bf16_supported() else "fp16"
        return cls(device, _KINDS[name])

    def computing(self) -> AbstractContextManager[object]:
        """Wrap the forward pass in this."""
        if self.kind is None:
            return nullcontext()
        return torch.autocast(self.device.type, self.kind)

    def scaler(self) -> torch.amp.GradScaler:
        """Scale losses so that small gradients survive fp16; does nothing in other precisions."""
        return torch.amp.GradScaler(self.device.type, enabled=self.kind == torch.float16)


def make_optimizer(
    groups: list[dict[str, Any]], device: torch.device, *, tf32: bool
) -> torch.optim.AdamW:
    """AdamW, and on CUDA cards its fused kernel; float32 products there are TF32's or not.

    Both are left alone elsewhere.
    """
    # Fused, one kernel does all parameters; on a CPU it would only change the last bits.
    on_card = device.type == "cuda"
    if on_card:
        torch.backends.cuda.matmul.allow_tf32 = tf32
        torch.backends.cudnn.allow_tf32 = tf32  # torch's own default takes it
    return torch.optim.AdamW(groups, fused=True if on_card else None)


def check_gradient(norm: torch.Tensor, scaler: torch.amp.GradScaler, step: int, where: str) -> None:
    """Stop with a CKDError at a gradient without a number that no smaller scale will mend."""
    # The norm is of all gradients, so one number tells about each of them.
    if torch.isfinite(norm):
        return
    # In fp16 an overflow is usual now and then: the scaler skips the step and takes half the scale.
    if scaler.is_enabled() and scaler.get_scale() > _SMALLEST_SCALE:
        return
    raise CKDError(
        f"The gradient is {norm.item()} at step {step}; {where} Lower the learning rate and resume."
    )


def prefer_channels_last(module: nn.Module) -> None:
    """Lay out the weights of convolutions as oneDNN likes them: a fifth to a quarter less time.

    Not those of one cell, which lie in memory alike either way: what joins the gradients of ranks
    would warn of their strides.
    """
    for part in module.modules():
        if isinstance(part, nn.Conv2d) and part.weight[0, 0].numel() > 1:
            part.weight.data = part.weight.data.contiguous(memory_format=torch.channels_last)
