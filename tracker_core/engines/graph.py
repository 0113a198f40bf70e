"""The network of one frame as a graph: what is exported, with the names of what goes in and out."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import fields
from typing import TYPE_CHECKING, cast

import torch
from torch import Tensor, nn

from tracker_core.ckd.model.branch import Branch, EmbeddedTemplate
from tracker_core.ckd.model.ckd import CKD, Template
from tracker_core.ckd.model.elimination import keep_count, search_attention
from tracker_core.ckd.model.matching import Kernels
from tracker_core.engines.lean import LeanBlock, lean

if TYPE_CHECKING:
    from tracker_core.ckd.config import ModelConfig

GRAPH_VERSION = 1
"""Rises when a graph of before would be fed or read wrongly."""

LOOP = ("size_rate", "hold_below", "size_gate", "size_gate_by", "lost_search")
"""Fields that only the loop around the network reads."""


def network_key(config: ModelConfig) -> str:
    """All of a configuration that decides the graph, as text."""
    values = {each.name: getattr(config, each.name) for each in fields(config)}
    return json.dumps({k: v for k, v in values.items() if k not in LOOP}, sort_keys=True)


def template_inputs(template: Template) -> dict[str, Tensor]:
    """What the graph takes of a prepared template, by name; the same for every frame."""
    named = {"template_rgb": template.rgb.tokens, "template_tir": template.tir.tokens}
    for modality, kernels in zip(("rgb", "tir"), template.kernels, strict=False):
        named[f"kernel_{modality}"] = kernels.own
        for number, scaled in enumerate(kernels.scaled):
            named[f"kernel_{modality}_{number}"] = scaled
    return {**named, "box": template.box}


def stages(config: ModelConfig) -> tuple[tuple[int, int, int], ...]:
    """Block, tokens before and tokens kept of every elimination stage."""
    found, count = [], config.search_tokens
    for block, ratio in zip(config.elimination_blocks, config.keep_ratios, strict=True):
        keep = keep_count(ratio, count)
        found.append((block, count, keep))
        count = keep
    return tuple(found)


def output_names(config: ModelConfig) -> tuple[str, ...]:
    """What the graph gives, in order."""
    maps = ("score", "size", "offset", *(("overlap",) if config.overlap else ()))
    each = [name for block, _, _ in stages(config) for name in (f"ids_{block}", f"votes_{block}")]
    return (*maps, *each)


class SearchGraph(nn.Module):
    """`CKD.locate` for one search crop, with nothing in it that depends on values.

    It ends where the maps are, and always eliminates.
    """

    def __init__(self, model: CKD, names: Sequence[str]) -> None:
        """Take a model, and how what it takes of a template is named, in order."""
        super().__init__()
        self.model = lean(model)
        self._names = tuple(names)
        self._stages = {block: (count, keep) for block, count, keep in stages(model.config)}

    def forward(
        self, search_rgb: Tensor, search_tir: Tensor, *template: Tensor
    ) -> tuple[Tensor, ...]:
        """Maps, then ids and votes of every stage; crops are (1, 3, S, S) normalised."""
        model = self.model
        prepared = self._prepared(dict(zip(self._names, template, strict=True)))
        box = prepared.box
        rgb = model.rgb.embed(prepared.rgb, search_rgb)
        tir = model.tir.embed(prepared.tir, search_tir)
        tokens, ids, ranked = self._encode(rgb.tokens[0], tir.tokens[0])
        maps = model.locate_maps(self._fused(tokens, ids), rgb, tir, prepared.kernels)
        score, size, offset = model.head(maps, box)
        found = [score, size, offset]
        if model.overlap is not None:
            found.append(model.overlap(maps, score, size, box))
        return (*found, *ranked)

    def _prepared(self, given: dict[str, Tensor]) -> Template:
        scales = range(len(self.model.config.matching_scales))
        kernels = tuple(
            Kernels(
                given[f"kernel_{name}"],
                tuple(given[f"kernel_{name}_{number}"] for number in scales),
            )
            for name in ("rgb", "tir")
            if f"kernel_{name}" in given
        )
        # What else a template has is in the kernels already.
        rgb, tir = (EmbeddedTemplate(given[f"template_{n}"], None, ()) for n in ("rgb", "tir"))
        return Template(rgb, tir, kernels, given["box"])

    def _encode(self, rgb: Tensor, tir: Tensor) -> tuple[Tensor, Tensor, list[Tensor]]:
        """(n, 2C) normalised search tokens of both, (n,) ids, and what every stage ranked."""
        model, template = self.model, self.model.config.template_tokens
        ids = torch.arange(self.model.config.search_tokens)  # (S * S,)
        ranked: list[Tensor] = []
        for i, (rgb_block, tir_block) in enumerate(
            zip(self._blocks(model.rgb), self._blocks(model.tir), strict=True)
        ):
            stage = self._stages.get(i)
            rows = model.voting if stage else None
            unread = 0 if stage else model.unread(i)
            rgb, rgb_rows = rgb_block.attend(rgb, rows, unread)
            tir, tir_rows = tir_block.attend(tir, rows, unread)
            if stage and rgb_rows is not None and tir_rows is not None:
                count, keep = stage
                votes = search_attention(rgb_rows, tir_rows, template)  # (1, n)
                if keep < count:
                    order = _ranked(votes[0])
                    votes, ids = votes[0][order][None], ids[order]
                    taken = torch.cat([torch.arange(template), order[:keep] + template])
                    rgb, tir = rgb[taken], tir[taken]
                ranked += [ids[None], votes]
                ids = ids[:keep]
            rgb = rgb_block.feed_forward(rgb)
            tir = tir_block.feed_forward(tir)
        count = ids.shape[0]
        # The template in front is gone after most last blocks, but not where one eliminates.
        joined = torch.cat([model.rgb.norm(rgb[-count:]), model.tir.norm(tir[-count:])], dim=1)
        return joined, ids, ranked

    def _blocks(self, branch: Branch) -> list[LeanBlock]:
        return cast("list[LeanBlock]", list(branch.blocks))

    def _fused(self, tokens: Tensor, ids: Tensor) -> Tensor:
        """(1, S * S, 2C): (n, 2C) tokens at their places, zeros where eliminated."""
        empty = tokens.new_zeros(self.model.config.search_tokens, tokens.shape[1])
        return empty.index_put((ids,), tokens)[None]


def _ranked(votes: Tensor) -> Tensor:
    """(n,) int64 places from the largest to the smallest of (n,) votes, of equals the first first.

    Each is compared with each. ONNX has equals of a TopK in this order, too, but not every
    runtime keeps to it.
    """
    places = torch.arange(votes.shape[0])
    other, own = votes[None, :], votes[:, None]
    before = (other > own) | ((other == own) & (places[None, :] < places[:, None]))  # (n, n)
    return torch.zeros_like(places).index_put((before.sum(dim=1),), places)
