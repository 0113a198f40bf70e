"""Half precision learns, and keeps losses and steps in float32."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import torch

from tests.unit.tracker_core.training.miniature import TRAIN, Squares, trainer
from tracker_core.checkpoints.opening import weights_digest
from tracker_core.errors import CKDError
from tracker_core.training import loop
from tracker_core.training.precision import Precision, check_gradient, make_optimizer
from tracker_core.training.progress import Progress, Watch

CPU = torch.device("cpu")


def test_auto_is_full_precision_on_a_cpu() -> None:
    assert Precision.choose("auto", CPU).kind is None
    assert Precision.choose("full", CPU).kind is None
    assert Precision.choose("bf16", CPU).kind == torch.bfloat16


def test_only_fp16_scales_losses() -> None:
    assert Precision.choose("fp16", CPU).scaler().is_enabled()
    assert not Precision.choose("bf16", CPU).scaler().is_enabled()
    assert not Precision.choose("full", CPU).scaler().is_enabled()


@pytest.mark.parametrize("precision", ["bf16", "fp16"])
@pytest.mark.parametrize("coupled", [False, True])
def test_half_precision_sees_nearly_the_same_loss(
    tmp_path: Path, precision: str, coupled: bool
) -> None:
    losses = []
    for name in ("full", precision):
        seen: list[Progress] = []
        config = replace(TRAIN, steps=1, precision=name, coupled=coupled, mask_probability=0.0)
        run = trainer(tmp_path / name, config)
        run.run(Squares(), watch=Watch(report=seen.append))
        assert all(p.dtype == torch.float32 for p in run.model.parameters())
        losses.append(seen[-1].losses["total"])
    assert losses[1] == pytest.approx(losses[0], rel=0.05)
    assert losses[1] != losses[0]


def test_an_overflow_in_fp16_skips_the_step_and_lowers_the_scale(tmp_path: Path) -> None:
    run = trainer(tmp_path, replace(TRAIN, steps=1, precision="fp16"))
    set_scale(run._scaler, 1e30)
    before = weights_digest(run.average)
    run.run(Squares())
    assert run._scaler.get_scale() == pytest.approx(5e29)
    parameters = dict(run.model.named_parameters())
    assert weights_digest(run.average) != before  # its batch statistics follow
    for name, value in run.average.named_parameters():
        torch.testing.assert_close(value, parameters[name])


def set_scale(scaler: torch.amp.GradScaler, scale: float) -> None:
    scaler.load_state_dict({**scaler.state_dict(), "scale": scale})


def test_the_scale_comes_back_with_the_state(tmp_path: Path) -> None:
    config = replace(TRAIN, steps=2, precision="fp16")
    run = trainer(tmp_path, config)
    set_scale(run._scaler, 128.0)
    run.save()
    again = trainer(tmp_path, config)
    assert again.resume()
    assert again._scaler.get_scale() == 128.0


def test_a_run_goes_on_in_another_precision(tmp_path: Path) -> None:
    full, half = (replace(TRAIN, steps=2, precision=name) for name in ("full", "fp16"))
    trainer(tmp_path, full).save()
    run = trainer(tmp_path, half)
    assert run.resume()
    assert run._scaler.get_scale() > 1.0
    assert run.run(Squares())
    assert trainer(tmp_path, full).resume()


def test_a_card_gets_the_fused_kernel_and_tf32_where_it_is_wished() -> None:
    """A stand-in: no card is needed to be asked for what is one's."""
    parts = torch.backends.cuda.matmul, torch.backends.cudnn
    before = [part.allow_tf32 for part in parts]

    def made(device: torch.device, *, tf32: bool) -> bool | None:
        groups = [{"params": [torch.nn.Parameter(torch.ones(2))]}]
        fused: bool | None = make_optimizer(groups, device, tf32=tf32).param_groups[0]["fused"]
        return fused

    try:
        for wished in (True, False):
            assert made(torch.device("cuda"), tf32=wished)
            assert [part.allow_tf32 for part in parts] == [wished, wished]
        assert made(CPU, tf32=True) is None
        assert [part.allow_tf32 for part in parts] == [False, False]
    finally:
        for part, value in zip(parts, before, strict=True):
            part.allow_tf32 = value


def test_the_fused_kernel_takes_gradients_that_were_scaled_and_goes_past_an_overflow() -> None:
    """On the CPU, which has such a kernel as well: as the loop does it in fp16."""
    values = []
    for fused in (None, True):
        weight = torch.nn.Parameter(torch.tensor([1.0, -2.0]))
        optimizer = torch.optim.AdamW([weight], lr=0.1, weight_decay=0.1, fused=fused)
        scaler = Precision.choose("fp16", CPU).scaler()
        for factor in (1.0, float("inf"), 3.0):
            optimizer.zero_grad()
            scaler.scale((weight * torch.tensor([0.5, factor])).sum()).backward()
            scaler.unscale_(optimizer)
            torch.nn.utils.clip_grad_norm_([weight], 1.0)
            scaler.step(optimizer)
            scaler.update()
        values.append(weight.detach())
        assert optimizer.state[weight]["step"] == 2
    torch.testing.assert_close(*values)


def test_the_fused_kernel_goes_on_from_a_state_of_the_plain_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = replace(TRAIN, steps=2)
    plain = trainer(tmp_path, config)
    plain.run(Squares(), watch=Watch(stop=lambda: plain.step == 1))
    monkeypatch.setattr(
        loop, "make_optimizer", lambda groups, *_, **__: torch.optim.AdamW(groups, fused=True)
    )
    fused = trainer(tmp_path, config)
    assert fused.resume()
    assert fused.run(Squares())
    assert {group["fused"] for group in fused.optimizer.param_groups} == {True}
    steps = {float(state["step"]) for state in fused.optimizer.state.values()}
    assert steps == {2.0}


def test_a_gradient_that_no_scale_mends_stops() -> None:
    norm = torch.tensor(float("inf"))
    scaler = Precision.choose("fp16", CPU).scaler()
    check_gradient(norm, scaler, 5, "")
    with pytest.raises(CKDError, match="gradient is inf at step 5"):
        check_gradient(norm, Precision.choose("full", CPU).scaler(), 5, "")
    set_scale(scaler, 1e-4)
    with pytest.raises(CKDError, match="gradient is inf at step 5"):
        check_gradient(norm, scaler, 5, "")
