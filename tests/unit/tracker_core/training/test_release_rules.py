"""`base-lasher` trains as the release does: three steps beside a plain transcription of its rules.

The transcription is written from the rules alone, in torch's functions, and shares no code with
what it is compared with; only the order in which masks and drop paths are drawn is agreed on.
"""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor
from torch.nn import functional as F

from tracker_core.ckd.config import ModelConfig
from tracker_core.training.coupled import CoupledTask
from tracker_core.training.data.sample import PairSample
from tracker_core.training.loop import Trainer
from tracker_core.training.progress import Progress, Watch
from tracker_core.training.recipe import load_recipe

WIDTH, DEPTH, HEADS, PATCH, TOWER = 32, 3, 2, 16, 16
TEMPLATE, SEARCH, BATCH, STEPS = 32, 64, 4, 3
SIDE = SEARCH // PATCH
MODEL = ModelConfig(
    embed_dim=WIDTH,
    depth=DEPTH,
    num_heads=HEADS,
    elimination_blocks=(1,),
    keep_ratios=(0.7,),
    head_channels=TOWER,
    template_size=TEMPLATE,
    search_size=SEARCH,
    patch_size=PATCH,
)
State = dict[str, Tensor]


class Noise:
    """Crops without meaning; some boxes cross the edge of the search crop."""

    def sample(self, index: int) -> PairSample:
        rng = np.random.default_rng(index)
        centre = rng.uniform(0.15, 0.85, 2)
        return PairSample(
            template_rgb=rng.integers(0, 256, (TEMPLATE, TEMPLATE, 3), np.uint8),
            template_tir=rng.integers(0, 256, (TEMPLATE, TEMPLATE), np.uint8),
            search_rgb=rng.integers(0, 256, (SEARCH, SEARCH, 3), np.uint8),
            search_tir=rng.integers(0, 256, (SEARCH, SEARCH), np.uint8),
            box_cxcywh=np.array([*centre, *rng.uniform(0.2, 0.6, 2)], np.float32),
            template_box_cxcywh=np.array([0.5, 0.5, 0.5, 0.5], np.float32),
            present=True,
            condition="noise",
        )


def pretrained() -> State:
    """One backbone and one head of a single modality, under OSTrack's names."""
    chance = torch.Generator().manual_seed(5)

    def drawn(*shape: int, scale: float = 0.1) -> Tensor:
        return torch.randn(*shape, generator=chance) * scale

    state = {
        "backbone.patch_embed.proj.weight": drawn(WIDTH, 3, PATCH, PATCH, scale=0.03),
        "backbone.patch_embed.proj.bias": drawn(WIDTH),
        "backbone.pos_embed_z": drawn(1, (TEMPLATE // PATCH) ** 2, WIDTH),
        "backbone.pos_embed_x": drawn(1, SIDE**2, WIDTH),
        "backbone.norm.weight": 1 + drawn(WIDTH),
        "backbone.norm.bias": drawn(WIDTH),
    }
    linear = {
        "attn.qkv": (3 * WIDTH, WIDTH),
        "attn.proj": (WIDTH, WIDTH),
        "mlp.fc1": (4 * WIDTH, WIDTH),
        "mlp.fc2": (WIDTH, 4 * WIDTH),
    }
    for block in range(DEPTH):
        at = f"backbone.blocks.{block}"
        for name, shape in linear.items():
            state |= {f"{at}.{name}.weight": drawn(*shape), f"{at}.{name}.bias": drawn(shape[0])}
        for name in ("norm1", "norm2"):
            state |= {f"{at}.{name}.weight": 1 + drawn(WIDTH), f"{at}.{name}.bias": drawn(WIDTH)}
    widths = [WIDTH, TOWER, TOWER // 2, TOWER // 4, TOWER // 8]
    for tower, out in (("ctr", 1), ("offset", 2), ("size", 2)):
        for layer in range(1, 5):
            at, shape = f"box_head.conv{layer}_{tower}", (widths[layer], widths[layer - 1], 3, 3)
            state |= {f"{at}.0.weight": drawn(*shape), f"{at}.0.bias": drawn(shape[0])}
            state |= {f"{at}.1.weight": 1 + drawn(shape[0]), f"{at}.1.bias": drawn(shape[0])}
            state[f"{at}.1.running_mean"] = torch.zeros(shape[0])
            state[f"{at}.1.running_var"] = torch.ones(shape[0])
        state[f"box_head.conv5_{tower}.weight"] = drawn(out, widths[4], 1, 1)
        state[f"box_head.conv5_{tower}.bias"] = drawn(out)
    return state


# ---- the rules, plainly


def vit(p: State, crops: Tensor, search: Tensor, mask: Tensor | None, drop: Tensor) -> list[Tensor]:
    """Tokens after every block; `drop` (depth, 2, B) are uniform draws of drop path."""

    def embedded(image: Tensor) -> Tensor:
        weight, bias = p["patch_embed.proj.weight"], p["patch_embed.proj.bias"]
        return F.conv2d(image, weight, bias, stride=PATCH).flatten(2).transpose(1, 2)

    x = embedded(search)
    if mask is not None:
        x = x * (~mask).float()[:, :, None]
    x = torch.cat([embedded(crops) + p["pos_embed_z"], x + p["pos_embed_x"]], dim=1)
    after = []
    for i in range(DEPTH):
        rate = 0.1 * i / (DEPTH - 1)

        def dropped(values: Tensor, half: int, i: int = i, rate: float = rate) -> Tensor:
            return values * ((drop[i, half] < 1 - rate).float() / (1 - rate))[:, None, None]

        def linear(name: str, values: Tensor, i: int = i) -> Tensor:
            at = f"blocks.{i}.{name}"
            return F.linear(values, p[f"{at}.weight"], p[f"{at}.bias"])

        def norm(name: str, values: Tensor, i: int = i) -> Tensor:
            at = f"blocks.{i}.{name}"
            return F.layer_norm(values, (WIDTH,), p[f"{at}.weight"], p[f"{at}.bias"], 1e-6)

        b, n, _ = x.shape
        qkv = linear("attn.qkv", norm("norm1", x)).reshape(b, n, 3, HEADS, WIDTH // HEADS)
        q, k, v = qkv.permute(2, 0, 3, 1, 4)
        attention = (q @ k.transpose(-2, -1) / math.sqrt(WIDTH // HEADS)).softmax(-1)
        x = x + dropped(linear("attn.proj", (attention @ v).transpose(1, 2).reshape(b, n, -1)), 0)
        x = x + dropped(linear("mlp.fc2", F.gelu(linear("mlp.fc1", norm("norm2", x)))), 1)
        after.append(x)
    return after


def normed_maps(p: State, tokens: Tensor) -> Tensor:
    x = F.layer_norm(tokens, (WIDTH,), p["norm.weight"], p["norm.bias"], 1e-6)[:, -(SIDE**2) :]
    return x.transpose(1, 2).reshape(len(x), WIDTH, SIDE, SIDE)


def head(p: State, x: Tensor) -> dict[str, Tensor]:
    maps = {}
    for tower in ("ctr", "offset", "size"):
        y = x
        for layer in range(1, 5):
            at = f"conv{layer}_{tower}"
            y = F.conv2d(y, p[f"{at}.0.weight"], p[f"{at}.0.bias"], padding=1)
            y = F.relu(
                F.batch_norm(y, None, None, p[f"{at}.1.weight"], p[f"{at}.1.bias"], training=True)
            )
        maps[tower] = F.conv2d(y, p[f"conv5_{tower}.weight"], p[f"conv5_{tower}.bias"])
    for tower in ("ctr", "size"):
        maps[tower] = maps[tower].sigmoid().clamp(1e-4, 1 - 1e-4)
    return maps


def gaussian_map(box: np.ndarray) -> np.ndarray:
    """CenterNet's target of one cx, cy, w, h box."""
    cx, cy, w, h = (float(value) * SIDE for value in box)
    r1 = (w + h + math.sqrt((w + h) ** 2 - 4 * w * h * 0.3 / 1.7)) / 2
    r2 = (2 * (w + h) + math.sqrt(4 * (w + h) ** 2 - 16 * 0.3 * w * h)) / 2
    b3 = -1.4 * (w + h)
    r3 = (b3 + math.sqrt(b3**2 + 16 * 0.7 * 0.3 * w * h)) / 2
    radius = max(0, int(min(r1, r2, r3)))
    x0, y0, sigma = round(cx), round(cy), (2 * radius + 1) / 6
    out = np.zeros((SIDE, SIDE))
    for y in range(SIDE):
        for x in range(SIDE):
            if abs(x - x0) <= radius and abs(y - y0) <= radius:
                out[y, x] = math.exp(-((x - x0) ** 2 + (y - y0) ** 2) / (2 * sigma**2))
    return out


def tracking_loss(maps: dict[str, Tensor], boxes: np.ndarray) -> dict[str, Tensor]:
    target = torch.tensor(np.stack([gaussian_map(box) for box in boxes]), dtype=torch.float32)
    score = maps["ctr"][:, 0]
    hit = torch.log(score) * (1 - score) ** 2 * (target == 1)
    miss = torch.log(1 - score) * score**2 * (1 - target) ** 4 * (target < 1)
    focal = -(hit.sum() + miss.sum()) / (target == 1).sum()
    peak = score.flatten(1).argmax(1)
    rows, columns, every = peak // SIDE, peak % SIDE, torch.arange(len(boxes))
    offset, size = maps["offset"][every, :, rows, columns], maps["size"][every, :, rows, columns]
    centre = (torch.stack([columns, rows], 1) + offset) / SIDE
    found = torch.cat([centre - size / 2, centre + size / 2], 1)
    true = torch.from_numpy(boxes)
    true = torch.cat([true[:, :2] - true[:, 2:] / 2, true[:, :2] + true[:, 2:] / 2], 1).clamp(0, 1)
    both = (torch.min(found[:, 2:], true[:, 2:]) - torch.max(found[:, :2], true[:, :2])).clamp(0)
    hull = torch.max(found[:, 2:], true[:, 2:]) - torch.min(found[:, :2], true[:, :2])
    inter, hulls = both.prod(1), hull.prod(1)
    union = (found[:, 2:] - found[:, :2]).prod(1) + (true[:, 2:] - true[:, :2]).prod(1) - inter
    giou = (1 - (inter / union - (hulls - union) / hulls)).mean()
    l1 = (found - true).abs().mean()
    return {"focal": focal, "giou": giou, "l1": l1, "total": focal + 2 * giou + 5 * l1}


def instance_norm(tokens: Tensor) -> Tensor:
    return F.instance_norm(tokens.transpose(1, 2)).transpose(1, 2)


def cropped(crops: list[np.ndarray]) -> Tensor:
    stacked = np.stack([c if c.ndim == 3 else np.stack([c] * 3, -1) for c in crops])
    x = torch.from_numpy(stacked).float().permute(0, 3, 1, 2) / 255
    mean, std = torch.tensor([0.485, 0.456, 0.406]), torch.tensor([0.229, 0.224, 0.225])
    return (x - mean[:, None, None]) / std[:, None, None]


def of(state: State, prefix: str) -> State:
    """Copies of the learnt weights below a prefix."""
    return {
        name.removeprefix(prefix): value.clone().requires_grad_()
        for name, value in state.items()
        if name.startswith(prefix) and "running" not in name
    }


class Release:
    """Four backbones and three heads, and a step over them."""

    def __init__(self) -> None:
        state = pretrained()
        self.vits = [of(state, "backbone.") for _ in range(4)]
        fused = dict(state)
        for tower in ("ctr", "offset", "size"):
            name = f"box_head.conv1_{tower}.0.weight"
            fused[name] = torch.cat([state[name]] * 2, 1)
        self.heads = [of(each, "box_head.") for each in (fused, state, state)]
        backbones = [value for part in self.vits for value in part.values()]
        heads = [value for part in self.heads for value in part.values()]
        self.every = heads + backbones
        groups = [{"params": heads, "lr": 5e-5}, {"params": backbones, "lr": 5e-6}]
        self.optimizer = torch.optim.AdamW(groups, weight_decay=1e-4)
        self.masks = torch.Generator().manual_seed(0)
        self.drops = torch.Generator().manual_seed(1)

    def step(self, number: int) -> dict[str, float]:
        samples = [Noise().sample(number * BATCH + k) for k in range(BATCH)]
        boxes = np.stack([sample.box_cxcywh for sample in samples])
        drop = torch.rand(4, DEPTH, 2, BATCH, generator=self.drops)
        torch.rand(BATCH, generator=self.masks)  # whether a sample is masked: each is
        mask = torch.rand(BATCH, SIDE**2, generator=self.masks) < 0.25
        crops = [
            [cropped([getattr(sample, f"{crop}_{modality}") for sample in samples])
             for crop in ("template", "search")]
            for modality in ("rgb", "tir")
        ]  # fmt: skip
        tokens = [
            vit(self.vits[k], *crops[k % 2], mask if k < 2 else None, drop[k]) for k in range(4)
        ]
        maps = [normed_maps(self.vits[k], tokens[k][-1]) for k in range(4)]
        student = tracking_loss(head(self.heads[0], torch.cat(maps[:2], 1)), boxes)
        teachers = [tracking_loss(head(self.heads[k - 1], maps[k]), boxes) for k in (2, 3)]
        style = sum(
            ((a.mean(1) - b.mean(1)) ** 2 + (a.std(1) - b.std(1)) ** 2).mean()
            for a, b in zip(tokens[0], tokens[1], strict=True)
        )
        content = sum(
            F.mse_loss(instance_norm(a), instance_norm(b.detach()))
            for k in (0, 1)
            for a, b in zip(tokens[k], tokens[k + 2], strict=True)
        )
        total = student["total"] + teachers[0]["total"] + teachers[1]["total"]
        total = total + 0.01 * style + 0.1 * content
        self.optimizer.zero_grad()
        total.backward()  # type: ignore[no-untyped-call]
        torch.nn.utils.clip_grad_norm_(self.every, 0.1)
        self.optimizer.step()
        seen: dict[str, Any] = {**student, "teacher_rgb": teachers[0]["total"]}
        seen |= {"teacher_tir": teachers[1]["total"], "style": style, "content": content}
        return {name: value.item() for name, value in (seen | {"total": total}).items()}


@pytest.fixture
def run(tmp_path: Path) -> Trainer:
    """The bundled recipe, made small."""
    torch.save({"net": pretrained()}, tmp_path / "pretrained.pth.tar")
    recipe = load_recipe("base-lasher")
    config = replace(
        recipe.train,
        epochs=0,
        keep_epochs=0,
        steps=STEPS,
        batch_size=BATCH,
        workers=0,
        device="cpu",
        start_from=str(tmp_path / "pretrained.pth.tar"),
    )
    return Trainer(MODEL, config, recipe.loss, tmp_path / "run")


def test_three_steps_follow_the_rules(run: Trainer) -> None:
    seen: list[Progress] = []
    assert run.run(Noise(), watch=Watch(report=seen.append, report_steps=1))
    release = Release()
    for number, each in enumerate(seen):
        for name, wanted in release.step(number).items():
            assert each.losses[name] == pytest.approx(wanted, rel=1e-4), (number, name)
    # The losses of three steps hardly show rates and decay; the weights do.
    assert isinstance(run.task, CoupledTask)
    before = pretrained()
    pairs = {
        "backbone.blocks.1.mlp.fc1.weight": (
            run.task.teacher_tir.branch.layers()[1].mlp.fc1.weight,
            release.vits[3]["blocks.1.mlp.fc1.weight"],
        ),
        "backbone.norm.weight": (run.model.rgb.norm.weight, release.vits[0]["norm.weight"]),
        "box_head.conv5_size.weight": (
            run.model.head.size.output.weight,
            release.heads[0]["conv5_size.weight"],
        ),
        "box_head.conv5_ctr.weight": (
            run.task.teacher_rgb.head.score.output.weight,
            release.heads[1]["conv5_ctr.weight"],
        ),
    }
    for name, (ours, theirs) in pairs.items():
        moved = (theirs - before[name]).norm()
        assert (ours - theirs).norm() < 0.02 * moved, name
    # No average: what is kept are the weights themselves.
    for name, value in run.model.state_dict().items():
        assert torch.equal(run.average.state_dict()[name], value), name
