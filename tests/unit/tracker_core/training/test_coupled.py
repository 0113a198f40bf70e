"""Coupled distillation: gradients flow where the paper says, and nowhere else."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import pytest
import torch
from torch import Tensor, nn

from tracker_core.ckd.config import ModelConfig
from tracker_core.ckd.model import CKD
from tracker_core.ckd.model.teacher import random_token_mask
from tracker_core.training.coupled import CoupledTask, Masking
from tracker_core.training.losses import content_loss, style_loss
from tracker_core.training.task import Batch, LossWeights

PATCH = ModelConfig(
    embed_dim=16,
    depth=2,
    num_heads=2,
    elimination_blocks=(0,),
    keep_ratios=(0.7,),
    head_channels=16,
    template_size=32,
    search_size=64,
)
CONV = replace(
    PATCH,
    stem="conv",
    stem_channels=(4, 4, 8),
    target_embedding=True,
    matching_channels=4,
    map_scale=2,
)


@pytest.fixture(params=[PATCH, CONV], ids=["patch", "conv"])
def task(request: pytest.FixtureRequest) -> CoupledTask:
    torch.manual_seed(0)
    model = CKD(request.param)
    return CoupledTask(model, LossWeights(), masking=Masking())


@pytest.fixture
def batch() -> Batch:
    torch.manual_seed(1)
    return Batch(
        template_rgb=torch.randn(2, 3, 32, 32),
        template_tir=torch.randn(2, 3, 32, 32),
        search_rgb=torch.randn(2, 3, 64, 64),
        search_tir=torch.randn(2, 3, 64, 64),
        box=torch.tensor([[0.5, 0.5, 0.25, 0.3], [0.3, 0.6, 0.2, 0.2]]),
        template_box=torch.tensor([[0.5, 0.5, 0.5, 0.5]]).expand(2, 4),
        present=torch.ones(2, dtype=torch.bool),
    )


def reached(loss: Tensor, parts: dict[str, nn.Module]) -> set[str]:
    """Names of the parts that a loss sends a gradient to."""
    loss.backward()
    return {name for name, part in parts.items() if any_gradient(part.parameters())}


def any_gradient(parameters: Iterable[nn.Parameter]) -> bool:
    return any(p.grad is not None and bool(p.grad.abs().sum() > 0) for p in parameters)


def parts_of(task: CoupledTask) -> dict[str, nn.Module]:
    return {
        "student_rgb": task.model.rgb,
        "student_tir": task.model.tir,
        "fused_head": task.model.head,
        "teacher_rgb": task.teacher_rgb.branch,
        "teacher_tir": task.teacher_tir.branch,
        "teacher_rgb_head": task.teacher_rgb.head,
        "teacher_tir_head": task.teacher_tir.head,
    }


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("style", {"student_rgb", "student_tir"}),
        ("content", {"student_rgb", "student_tir"}),
        ("focal", {"student_rgb", "student_tir", "fused_head"}),
        ("teacher_rgb", {"teacher_rgb", "teacher_rgb_head"}),
        ("teacher_tir", {"teacher_tir", "teacher_tir_head"}),
    ],
)
def test_gradients_flow_where_the_paper_says(
    task: CoupledTask, batch: Batch, name: str, expected: set[str]
) -> None:
    losses = task(batch, elimination=False)
    assert reached(losses[name], parts_of(task)) == expected


def test_the_total_reaches_everything_with_and_without_elimination(
    task: CoupledTask, batch: Batch
) -> None:
    for elimination in (False, True):
        task.zero_grad()
        assert reached(task(batch, elimination=elimination)["total"], parts_of(task)) == set(
            parts_of(task)
        )


def test_the_total_is_the_weighted_sum(task: CoupledTask, batch: Batch) -> None:
    losses = {name: value.item() for name, value in task(batch, elimination=False).items()}
    student = losses["focal"] + 2 * losses["giou"] + 5 * losses["l1"]
    teachers = losses["teacher_rgb"] + losses["teacher_tir"]
    expected = student + teachers + 0.01 * losses["style"] + 0.1 * losses["content"]
    assert losses["total"] == pytest.approx(expected, rel=1e-5)


def test_the_attention_that_eliminates_is_taught_to_students_only_and_where_it_counts(
    task: CoupledTask, batch: Batch
) -> None:
    assert "attention" not in task(batch, elimination=True)
    task.weights = LossWeights(attention=0.3)
    nothing_shown = replace(batch, present=torch.zeros_like(batch.present))
    assert task(nothing_shown, elimination=True)["attention"] == 0
    assert task(batch, elimination=False)["attention"] == 0
    taught = task(batch, elimination=True)["attention"]
    assert taught > 0
    assert reached(taught, parts_of(task)) == {"student_rgb", "student_tir"}


@pytest.mark.parametrize("weight", [0.3, 2.0])
def test_the_attention_counts_in_the_total_as_its_weight_says(
    task: CoupledTask, batch: Batch, weight: float
) -> None:
    task.eval()
    without = task(batch, elimination=True)["total"]
    task.weights = LossWeights(attention=weight)
    losses = task(batch, elimination=True)
    assert losses["total"].item() == pytest.approx(
        (without + weight * losses["attention"]).item(), rel=1e-5
    )


def test_equal_students_have_no_style_loss_and_equal_teachers_no_content_loss(
    batch: Batch,
) -> None:
    torch.manual_seed(0)
    model = CKD(replace(PATCH, share_branches=True))
    task = CoupledTask(model, LossWeights(), masking=Masking(probability=0.0))
    task.teacher_rgb.branch.load_state_dict(model.rgb.state_dict())
    task.teacher_tir.branch.load_state_dict(model.rgb.state_dict())
    same = replace(batch, template_tir=batch.template_rgb, search_tir=batch.search_rgb)
    losses = task(same, elimination=False)
    assert losses["style"].item() == pytest.approx(0, abs=1e-10)
    assert losses["content"].item() == pytest.approx(0, abs=1e-8)


def test_masking_is_for_training_only(task: CoupledTask, batch: Batch) -> None:
    task.eval()
    first = task(batch, elimination=False)["focal"].item()
    assert task(batch, elimination=False)["focal"].item() == first
    assert task._mask(batch) is None
    task.train()
    assert task._mask(batch) is not None
    task.masking = Masking(probability=0.0)
    assert task._mask(batch) is None


def test_masks_have_the_same_share_at_other_places() -> None:
    mask = random_token_mask(6, 256, 0.25, torch.Generator().manual_seed(0))
    assert mask.sum(dim=1).tolist() == [64] * 6
    assert not torch.equal(mask[0], mask[1])


def test_masks_by_token_and_by_sample_are_those_of_the_release(
    task: CoupledTask, batch: Batch
) -> None:
    many = random_token_mask(400, 256, 0.25, torch.Generator().manual_seed(0), by_token=True)
    assert many.float().mean().item() == pytest.approx(0.25, abs=0.01)
    # Binomial: 256 tokens of a quarter each vary by 6.9 around 64.
    assert many.sum(dim=1).float().std().item() == pytest.approx(6.9, rel=0.1)
    task.masking = Masking(probability=0.5, by_sample=True)
    crowd = replace(batch, box=batch.box.repeat(100, 1))
    mask = task._mask(crowd)
    assert mask is not None
    chosen = mask.any(dim=1)
    assert 70 < int(chosen.sum()) < 130
    assert mask[chosen].sum(dim=1).tolist() == [4] * int(chosen.sum())


def test_drop_path_goes_past_halves_of_students_and_teachers_in_training_only(
    batch: Batch,
) -> None:
    torch.manual_seed(0)
    deep = replace(PATCH, depth=3)
    task = CoupledTask(
        CKD(deep), LossWeights(), masking=Masking(probability=0.0), drop_path=0.6, seed=3
    )
    assert task.paths is not None
    drawn = task.paths.draw(4, 500, batch.box.device)
    assert drawn.shape == (4, 3, 2, 500)
    assert drawn[:, 0].unique().tolist() == [1.0]
    for block, rate in ((1, 0.3), (2, 0.6)):
        assert (drawn[:, block] == 0).float().mean().item() == pytest.approx(rate, abs=0.03)
        assert drawn[:, block].max().item() == pytest.approx(1 / (1 - rate))
    first = {name: value.item() for name, value in task(batch, elimination=False).items()}
    second = {name: value.item() for name, value in task(batch, elimination=False).items()}
    assert all(first[name] != second[name] for name in ("focal", "teacher_rgb", "teacher_tir"))
    task.eval()
    still = task(batch, elimination=False)["total"]
    plain = CoupledTask(task.model, LossWeights(), masking=Masking(probability=0.0))
    plain.teacher_rgb, plain.teacher_tir = task.teacher_rgb, task.teacher_tir
    assert torch.equal(plain.eval()(batch, elimination=False)["total"], still)


def test_warming_up_keeps_more_tokens(task: CoupledTask, batch: Batch) -> None:
    task.eval()
    seen: list[int] = []
    task.model.register_forward_hook(
        lambda _module, _given, out: seen.append(out.elimination[0].kept.shape[1])
    )
    task(batch, elimination=True, keep_ratios=(0.9,))
    task(batch, elimination=True)
    assert seen == [15, 12]


@pytest.mark.parametrize("reduction", ["sum", "mean"])
def test_style_and_content_are_summed_or_averaged(
    task: CoupledTask, batch: Batch, reduction: str
) -> None:
    task.eval()
    summed = task(batch, elimination=False)
    task.weights = LossWeights(reduction=reduction)
    found = task(batch, elimination=False)
    blocks = 1 if reduction == "sum" else 2
    assert (found["style"] * blocks).item() == pytest.approx(summed["style"].item(), rel=1e-5)
    assert (found["content"] * blocks**2).item() == pytest.approx(
        summed["content"].item(), rel=1e-5
    )


def test_masked_tokens_are_zero_before_their_position(task: CoupledTask, batch: Batch) -> None:
    branch = task.model.rgb
    mask = torch.zeros(2, 16, dtype=torch.bool)
    mask[:, 3] = True
    template = branch.embed_template(batch.template_rgb, torch.zeros(2, 4))
    embedded = branch.embed(template, batch.search_rgb, search_mask=mask)
    position = branch.search_position[0, 3].expand(2, -1)
    torch.testing.assert_close(embedded.tokens[:, 4 + 3], position)


def test_style_and_content_are_orthogonal() -> None:
    torch.manual_seed(0)
    tokens = torch.randn(2, 40, 8)
    restyled = tokens * 3 + 5
    assert content_loss(tokens, restyled).item() == pytest.approx(0, abs=1e-5)
    assert style_loss(tokens, restyled).item() > 1
    shuffled = tokens[:, torch.randperm(40)]
    assert style_loss(tokens, shuffled).item() == pytest.approx(0, abs=1e-9)
    assert content_loss(tokens, shuffled).item() > 0.5
