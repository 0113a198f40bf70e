"""An engine around a runtime that computes the exported graph; what that lacks, eager gives."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from tracker_core.ckd.engine import EagerEngine
from tracker_core.ckd.model.ckd import CKD, Template
from tracker_core.ckd.model.head import decode_box
from tracker_core.ckd.model.outputs import CKDOutput, Elimination
from tracker_core.engines.graph import output_names, stages, template_inputs
from tracker_core.errors import CKDError

Arrays: TypeAlias = Mapping[str, NDArray[np.float32]]
Run: TypeAlias = Callable[[Arrays], Sequence[NDArray[np.generic]]]
"""Takes inputs by name and gives outputs in the order of `output_names`."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, eq=False)
class Prepared:
    """A template as eager has it, and as the graph takes it."""

    template: Template
    arrays: Arrays


class GraphEngine:
    """Frames by a runtime; frames with features or without elimination by eager.

    The graph ends where the maps are: it gives no tokens, and always eliminates.
    """

    features = True
    device = "cpu"
    note = ""

    def __init__(
        self, model: CKD, name: str, precision: str, run: Run, threads: int | None = None
    ) -> None:
        """Compute by `run`, which is tried once; raises CKDError where it does not work.

        `threads` are eager's, for what it is asked for.
        """
        self.name, self.precision = name, precision
        self._config = model.config
        self._names = output_names(model.config)
        self._stages = stages(model.config)
        self._eager = EagerEngine(model, threads)
        self._run: Run | None = run
        self._try()

    def _try(self) -> None:
        config = self._config
        crop = torch.zeros(1, 3, config.template_size, config.template_size)
        search = torch.zeros(1, 3, config.search_size, config.search_size)
        prepared = self.prepare(crop, crop, torch.tensor([[0.5, 0.5, 0.5, 0.5]]))
        found = self._computed(prepared, search, search)
        side = config.map_size
        if found.score_map.shape != (1, 1, side, side) or not found.score_map.isfinite().all():
            raise CKDError(f"{self.name} computes something else than this network")

    def prepare(self, rgb: Tensor, tir: Tensor, box: Tensor) -> Prepared:
        """Look at the template, which is once for a target and therefore eager's."""
        template = self._eager.prepare(rgb, tir, box)
        return Prepared(
            template,
            {
                name: np.ascontiguousarray(value.numpy())
                for name, value in template_inputs(template).items()
            },
        )

    def search(
        self, prepared: Prepared, rgb: Tensor, tir: Tensor, *, elimination: bool, features: bool
    ) -> CKDOutput:
        """Run the network once."""
        if elimination and not features and self._run is not None:
            try:
                return self._computed(prepared, rgb, tir)
            except CKDError as error:
                # From now on eager does it, and one sentence says so.
                self._run = None
                self.note = f"The engine {error}; eager goes on in its place."
                _log.warning("%s", self.note)
                # Whoever keeps what computed would else keep this engine for eager's frames.
                self.name, self.precision = self._eager.name, self._eager.precision
        return self._eager.search(
            prepared.template, rgb, tir, elimination=elimination, features=features
        )

    def _computed(self, prepared: Prepared, rgb: Tensor, tir: Tensor) -> CKDOutput:
        if self._run is None:
            raise CKDError(f"{self.name} has failed before")
        inputs = {
            "search_rgb": np.ascontiguousarray(rgb.numpy()),
            "search_tir": np.ascontiguousarray(tir.numpy()),
            **prepared.arrays,
        }
        try:
            found = self._run(inputs)
        except Exception as error:  # whatever a runtime raises is not ours to know
            raise CKDError(f"{self.name} failed ({_first_line(error)})") from error
        # Copied, because a runtime may write the next frame into the same memory.
        named = {
            name: torch.from_numpy(np.array(value))
            for name, value in zip(self._names, found, strict=True)
        }
        score, size, offset = (named[name].float() for name in ("score", "size", "offset"))
        return CKDOutput(
            score_map=score,
            size_map=size,
            offset_map=offset,
            box=decode_box(score, size, offset),
            elimination=tuple(self._stage(named, block, keep) for block, _, keep in self._stages),
            overlap_map=named.get("overlap"),
        )

    def _stage(self, named: Mapping[str, Tensor], block: int, keep: int) -> Elimination:
        ids = named[f"ids_{block}"].long()
        return Elimination(block, ids[:, :keep], ids[:, keep:], named[f"votes_{block}"].float())


def _first_line(error: Exception) -> str:
    return str(error).strip().split("\n", 1)[0][:200] or type(error).__name__
