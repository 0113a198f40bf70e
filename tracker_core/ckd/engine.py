"""How the network is computed: the seam, and torch as it comes."""

from __future__ import annotations

from typing import Any, Protocol

import torch
from torch import Tensor

from tracker_core.ckd.model.ckd import CKD, Template
from tracker_core.ckd.model.outputs import CKDOutput
from tracker_core.ckd.threads import is_small, torch_threads


class Engine(Protocol):
    """Computes CKD's network: the template once, then one search crop after the other.

    Tensors go in and come out whatever computes: on the CPU they share memory with numpy arrays.
    """

    @property
    def name(self) -> str:
        """As in the table of engines, such as "eager"."""

    @property
    def precision(self) -> str:
        """In which the network is computed, such as "float32"."""

    @property
    def device(self) -> str:
        """What computes, such as "cpu" or "cuda:0"; crops are given there."""

    @property
    def features(self) -> bool:
        """Whether `search` can also give the tokens after each block."""

    @property
    def note(self) -> str:
        """One sentence where eager had to take over on the way, else empty."""

    def prepare(self, rgb: Tensor, tir: Tensor, box: Tensor) -> Any:  # noqa: ANN401 - its own
        """Take the template crops (1, 3, T, T) and the target in them (1, 4) cx, cy, w, h."""

    def search(
        self,
        prepared: Any,  # noqa: ANN401 - what `prepare` gave
        rgb: Tensor,
        tir: Tensor,
        *,
        elimination: bool,
        features: bool,
    ) -> CKDOutput:
        """Locate the target in normalised search crops (1, 3, S, S)."""


class EagerEngine:
    """Torch, layer by layer, on the device where the model is."""

    name = "eager"
    precision = "float32"
    features = True
    note = ""

    def __init__(self, model: CKD, threads: int | None = None) -> None:
        """Compute with a model that stays where it is, on so many threads.

        Without a number a small network gets one, and a large one what torch is set to.
        """
        self._model = model
        self._threads = threads or (1 if is_small(model) else None)

    @property
    def device(self) -> str:
        """Where the model's weights are."""
        return str(next(self._model.parameters()).device)

    def prepare(self, rgb: Tensor, tir: Tensor, box: Tensor) -> Template:
        """Look at the template: blocks read it with each search crop, the stem only once."""
        with torch.inference_mode(), torch_threads(self._threads):
            return self._model.prepare(rgb, tir, box)

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
        # What `prepare` gave was made in this mode and is of no use outside of it.
        with torch.inference_mode(), torch_threads(self._threads):
            return self._model.locate(
                prepared, rgb, tir, elimination=elimination, features=features
            )
