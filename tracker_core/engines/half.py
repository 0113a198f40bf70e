"""Torch with its products in sixteen bits, where the device has instructions for them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from tracker_core.ckd.engine import EagerEngine
from tracker_core.ckd.model.ckd import CKD, Template
from tracker_core.ckd.model.outputs import CKDOutput
from tracker_core.errors import CKDError


@dataclass(frozen=True, slots=True)
class Half:
    """One form of numbers in sixteen bits."""

    name: str
    """Of the engine."""
    dtype: torch.dtype
    precision: str
    computed_on: Callable[[str], bool]
    """Whether a kind of device has instructions for it: torch would imitate them, slower."""


class HalfEngine(EagerEngine):
    """Frames in sixteen bits; the template, and frames with features, in float32."""

    def __init__(self, model: CKD, half: Half, threads: int | None = None) -> None:
        """Compute with a model that stays where it is; raises CKDError for a device without it."""
        super().__init__(model, threads)
        self.name, self.precision = half.name, half.precision
        self._dtype = half.dtype
        self._kind = torch.device(self.device).type
        if not half.computed_on(self._kind):
            where = "this processor" if self._kind == "cpu" else "this device"
            raise CKDError(f"{where} does not compute in {half.precision}")

    def search(
        self,
        prepared: Template,
        rgb: Tensor,
        tir: Tensor,
        *,
        elimination: bool,
        features: bool,
    ) -> CKDOutput:
        """Run the network once."""
        if features:
            return super().search(prepared, rgb, tir, elimination=elimination, features=features)
        with torch.autocast(self._kind, self._dtype):
            out = super().search(prepared, rgb, tir, elimination=elimination, features=features)
        # float16 ends at 65504: what overflows is computed again, and no frame is a blank.
        if not all(
            bool(each.isfinite().all()) for each in (out.score_map, out.size_map, out.offset_map)
        ):
            return super().search(prepared, rgb, tir, elimination=elimination, features=features)
        overlap = out.overlap_map
        return replace(
            out,
            score_map=out.score_map.float(),
            size_map=out.size_map.float(),
            offset_map=out.offset_map.float(),
            box=out.box.float(),
            elimination=tuple(
                replace(stage, attention=stage.attention.float()) for stage in out.elimination
            ),
            overlap_map=None if overlap is None else overlap.float(),
        )


def _computes_in_bfloat16(kind: str) -> bool:
    if kind == "cuda":
        return bool(torch.cuda.is_bf16_supported(including_emulation=False))
    if kind == "mps":
        # Since macOS 14; below it torch refuses such a tensor.
        try:
            torch.empty(1, device="mps", dtype=torch.bfloat16)
        except (RuntimeError, TypeError):
            return False
        return True
    # Older releases of torch cannot tell.
    asked = getattr(torch.cpu, "get_capabilities", dict)
    return any(bool(on) for name, on in asked().items() if "bf16" in name)


def _computes_in_float16(kind: str) -> bool:
    # Every card that torch still knows does, and all of Apple's.
    return kind in ("cuda", "mps")


BFLOAT16 = Half("eager-bf16", torch.bfloat16, "bfloat16", _computes_in_bfloat16)
FLOAT16 = Half("eager-fp16", torch.float16, "float16", _computes_in_float16)
"""For graphics cards from before bfloat16; three more bits of each number, and a smaller range."""
