"""The loop learns, resumes exactly and stops on a loss that is no number."""

from __future__ import annotations

import csv
import math
import zipfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from tests.unit.tracker_core.training.miniature import MODEL, TRAIN, Squares, trainer
from tracker_core.checkpoints.opening import open_checkpoint, weights_digest
from tracker_core.ckd.model import CKD
from tracker_core.errors import CKDError
from tracker_core.training import loop
from tracker_core.training.data.batches import batches
from tracker_core.training.data.sample import PairSample
from tracker_core.training.distributed import Ranks
from tracker_core.training.loop import HeldOut, Trainer, learning_rate
from tracker_core.training.progress import Progress, Watch
from tracker_core.training.run_files import BEST, read_state, write_state
from tracker_core.training.task import (
    LossWeights,
    box_at,
    clamped_to_crop,
    tracking_losses,
    true_cell,
)
from tracker_core.training.train_config import TrainConfig
from tracker_core.training.validation import Quality


class Broken(Squares):
    """Boxes without a number from the third batch on."""

    def sample(self, index: int) -> PairSample:
        sample = super().sample(index)
        if index < 8:
            return sample
        return replace(sample, box_cxcywh=np.full(4, np.nan, np.float32))


def test_resuming_gives_the_same_weights_as_not_stopping(tmp_path: Path) -> None:
    whole = trainer(tmp_path / "whole")
    whole.run(Squares())
    first = trainer(tmp_path / "halves")
    asked = iter([False, False, True])
    assert not first.run(Squares(), watch=Watch(stop=lambda: next(asked)))
    assert first.step == 3
    second = trainer(tmp_path / "halves", replace(TRAIN, seed=99))
    assert second.resume()
    second.run(Squares())
    assert weights_digest(second.average) == weights_digest(whole.average)
    assert weights_digest(second.model) == weights_digest(whole.model)


def test_the_loop_learns_and_reports(tmp_path: Path) -> None:
    config = replace(
        TRAIN,
        steps=60,
        batch_size=8,
        learning_rate=3e-3,
        checkpoint_steps=60,
        validate_steps=30,
    )
    seen: list[Progress] = []
    watch = Watch(report=seen.append, report_steps=10)
    assert trainer(tmp_path, config).run(Squares(), HeldOut(Squares()), watch)
    assert seen[-1].step == 60
    assert seen[-1].losses["total"] < 0.7 * seen[0].losses["total"]
    assert [p.quality is not None for p in seen] == [s % 30 == 0 for s in range(10, 61, 10)]
    with (tmp_path / "curves.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [int(row["step"]) for row in rows] == list(range(10, 61, 10))


def test_a_loss_without_a_number_stops_and_keeps_the_checkpoint(tmp_path: Path) -> None:
    run = trainer(tmp_path, replace(TRAIN, checkpoint_steps=1))
    with pytest.raises(CKDError, match="step 2"):
        run.run(Broken())
    again = trainer(tmp_path)
    assert again.resume()
    assert again.step == 2


def test_averaged_weights_that_answer_without_numbers_stop(tmp_path: Path) -> None:
    run = trainer(tmp_path, replace(TRAIN, validate_steps=1, checkpoint_steps=1))
    run.average.register_forward_hook(
        lambda _module, _given, out: replace(out, box=out.box * float("nan"))
    )
    with pytest.raises(CKDError, match="no numbers at step 1"):
        run.run(Squares(), HeldOut(Squares()))
    assert not (tmp_path / BEST).exists()


def test_a_gradient_without_a_number_stops_although_the_loss_has_one(tmp_path: Path) -> None:
    run = trainer(tmp_path, replace(TRAIN, checkpoint_steps=1))
    weight = run.model.head.score.output.weight

    def spoil(gradient: torch.Tensor) -> torch.Tensor:
        return gradient * float("nan") if run.step == 2 else gradient

    weight.register_hook(spoil)
    with pytest.raises(CKDError, match="gradient is nan at step 2"):
        run.run(Squares())
    again = trainer(tmp_path)
    assert again.resume()
    assert again.step == 2
    assert all(bool(value.isfinite().all()) for value in again.model.parameters())


def test_the_best_weights_and_curves_are_kept(tmp_path: Path) -> None:
    run = trainer(tmp_path)
    seen: list[Progress] = []
    run.run(Squares(), HeldOut(Squares()), Watch(report=seen.append))
    measured = [each.quality for each in seen if each.quality is not None]
    best = max(measured, key=lambda quality: quality.iou or 0)
    assert run.best == best
    kept = open_checkpoint(tmp_path / "best.safetensors")
    assert kept.provenance["steps"] == str(best.step)
    assert kept.provenance["validation_iou"] == f"{best.iou:.4f}"
    if best.step == run.step:
        assert weights_digest(kept.model) == weights_digest(run.average)
    assert (tmp_path / "curves.png").read_bytes().startswith(b"\x89PNG")


def test_success_in_closed_loop_decides_before_pair_iou() -> None:
    pairs = Quality(1, iou=0.9, success=None)
    assert Quality(2, iou=0.1, success=0.5).better_than(None)
    assert Quality(2, iou=0.91, success=None).better_than(pairs)
    assert not Quality(2, iou=0.9, success=None).better_than(pairs)
    assert not Quality(2, iou=0.95, success=0.4).better_than(Quality(1, iou=0.2, success=0.5))


def test_the_number_of_ranks_must_divide_the_batch() -> None:
    assert Ranks(1, 4).share(32) == 8
    with pytest.raises(CKDError, match="batch_size is 10, which 4 processes"):
        Ranks(0, 4).share(10)


def test_a_damaged_state_is_one_sentence(tmp_path: Path) -> None:
    run = trainer(tmp_path)
    run.save()
    run.checkpoint_path.write_bytes(run.checkpoint_path.read_bytes()[:2000])
    with pytest.raises(CKDError, match=r"last\.pt cannot be read"):
        trainer(tmp_path).resume()


def test_a_hostile_state_is_one_sentence(tmp_path: Path) -> None:
    """torch's own reader would end the process: it hashes the key."""
    run = trainer(tmp_path)
    run.save()
    with zipfile.ZipFile(run.checkpoint_path, "w") as archive:
        archive.writestr("last/data.pkl", b"\x80\x02})" + b"\x85" * 300_000 + b"K\x00s.")
    with pytest.raises(CKDError, match=r"last\.pt cannot be read \(a dictionary in it has a key"):
        trainer(tmp_path).resume()


PARTS = ("task", "average", "optimizer", "scaler", "rng", "step", "skipped", "best", "meter")


@pytest.mark.parametrize("part", PARTS)
def test_a_state_without_a_part_is_one_sentence(tmp_path: Path, part: str) -> None:
    run = trainer(tmp_path)
    run.save()
    state = read_state(run.checkpoint_path)
    del state[part]
    write_state(run.checkpoint_path, state)
    with pytest.raises(CKDError, match=rf"last\.pt lacks parts .*{part}") as refused:
        trainer(tmp_path).resume()
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize("spoiled", [{}, {"model": {}, "train": {}}, None, {"train": []}])
def test_a_state_without_its_configuration_is_one_sentence(tmp_path: Path, spoiled: object) -> None:
    run = trainer(tmp_path)
    run.save()
    write_state(run.checkpoint_path, read_state(run.checkpoint_path) | {"recipe": spoiled})
    with pytest.raises(CKDError, match=r"last\.pt"):
        trainer(tmp_path).resume()


def test_a_state_without_some_weights_is_one_sentence(tmp_path: Path) -> None:
    run = trainer(tmp_path)
    run.save()
    state = read_state(run.checkpoint_path)
    state["task"].popitem()
    write_state(run.checkpoint_path, state)
    with pytest.raises(CKDError, match=r"last\.pt lacks parts"):
        trainer(tmp_path).resume()


def test_another_model_does_not_resume(tmp_path: Path) -> None:
    trainer(tmp_path).save()
    other = Trainer(replace(MODEL, depth=1), TRAIN, LossWeights(), tmp_path)
    with pytest.raises(CKDError, match="another model configuration"):
        other.resume()


def test_the_learning_rate_warms_up_and_falls() -> None:
    config = TrainConfig(steps=100, warmup_steps=10, learning_rate=1.0)
    rates = [learning_rate(config, step) for step in range(100)]
    assert rates[0] == pytest.approx(0.1)
    assert max(rates) == pytest.approx(1.0)
    assert rates[-1] < 0.02


def test_a_run_that_is_stopped_or_killed_where_it_validates_makes_up_for_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who stops a job may not wait for a validation."""
    whole = trainer(tmp_path / "whole")
    whole.run(Squares(), HeldOut(Squares()))
    stopped = trainer(tmp_path / "stopped")
    assert not stopped.run(Squares(), HeldOut(Squares()), Watch(stop=lambda: stopped.step == 2))
    assert stopped.best is None  # validation is every third step
    killed = trainer(tmp_path / "killed")
    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(loop, "pair_iou", interrupted)
        killed.run(Squares(), HeldOut(Squares()))
    for folder in ("stopped", "killed"):
        again = trainer(tmp_path / folder)
        assert again.resume()
        assert again.step == 3
        assert again.run(Squares(), HeldOut(Squares()))
        assert again.best == whole.best
        assert weights_digest(again.model) == weights_digest(whole.model)
        for column in ("step", "total", "validation_iou"):
            assert [row[column] for row in again.curves.rows] == [
                row[column] for row in whole.curves.rows
            ]


def interrupted(*_: object) -> float:
    raise KeyboardInterrupt


def test_gradients_of_several_batches_make_one_step(tmp_path: Path) -> None:
    """Without batch norm's statistics, which are of a batch, two of two are one of four."""
    weights = []
    for name, size, count in (("whole", 4, 1), ("parts", 2, 2)):
        run = trainer(tmp_path / name, replace(TRAIN, batch_size=size, accumulate=count, steps=1))
        for module in run.task.modules():
            if isinstance(module, torch.nn.BatchNorm2d):
                module.train = lambda *_, kept=module: kept  # type: ignore[method-assign,misc]
                module.eval()
                module.training = False
        # All shown: what is absent is left out of a batch's own count.
        seen: list[Progress] = []
        assert run.run(Shown(), watch=Watch(report=seen.append))
        weights.append(joint(run))
        assert seen[-1].step == 1
    before = joint(trainer(tmp_path / "none"))
    assert (weights[0] - before).norm() > 0
    assert (weights[0] - weights[1]).norm() < 0.01 * (weights[0] - before).norm()


def test_a_run_of_accumulated_steps_goes_on_exactly(tmp_path: Path) -> None:
    config = replace(TRAIN, batch_size=2, accumulate=2)
    whole = trainer(tmp_path / "whole", config)
    assert whole.run(Squares())
    halves = trainer(tmp_path / "halves", config)
    asked = iter([False, False, True, *[False] * 9])
    assert not halves.run(Squares(), watch=Watch(stop=lambda: next(asked)))
    assert halves.step == 2
    again = trainer(tmp_path / "halves", config)
    assert again.resume()
    assert again.run(Squares())
    assert weights_digest(again.model) == weights_digest(whole.model)


class Shown(Squares):
    """Squares that are always there."""

    def sample(self, index: int) -> PairSample:
        return replace(super().sample(index), present=True)


def joint(run: Trainer) -> torch.Tensor:
    return torch.cat([value.detach().flatten() for value in run.model.parameters()])


def test_a_state_from_a_card_goes_on_without_its_fused_kernel(tmp_path: Path) -> None:
    whole = trainer(tmp_path / "whole")
    whole.run(Squares())
    first = trainer(tmp_path / "halves")
    first.run(Squares(), watch=Watch(stop=lambda: first.step == 2))
    state = read_state(first.checkpoint_path)
    for group in state["optimizer"]["param_groups"]:
        group["fused"] = True
    write_state(first.checkpoint_path, state)
    again = trainer(tmp_path / "halves")
    assert again.resume()
    assert {group["fused"] for group in again.optimizer.param_groups} == {None}
    again.run(Squares())
    assert weights_digest(again.model) == weights_digest(whole.model)


def test_a_constant_rate_stays_after_its_warm_up() -> None:
    config = TrainConfig(steps=100, warmup_steps=10, learning_rate=1.0, schedule="constant")
    rates = [learning_rate(config, step) for step in range(100)]
    assert rates[0] == pytest.approx(0.1)
    assert set(rates[9:]) == {1.0}


def test_keep_ratios_fall_to_their_own_as_in_ostrack() -> None:
    config = TrainConfig(steps=100, elimination_from=0.2, elimination_warmup=0.4)
    assert config.keep_ratios(0, (0.7,)) is None
    assert not config.eliminates(19)
    found = [config.keep_ratios(step, (0.7, 0.5)) for step in (20, 40, 59, 60)]
    assert found[0] == pytest.approx((1.0, 1.0))
    assert found[1] == pytest.approx((0.85, 0.75))
    assert found[2] is not None
    assert 0.7 < found[2][0] < 0.701
    assert found[3] is None
    # With epochs, once each, as there: 2 of 10 are past, and 4 of 5 steps follow.
    by_epoch = replace(config, steps=50, epoch_pairs=5 * config.batch_size)
    found = [by_epoch.keep_ratios(step, (0.7,)) for step in (10, 14, 15, 19, 29, 30)]
    falling = [0.7 + 0.3 * 0.5 * (1 + math.cos(math.pi * done / 4)) for done in (0, 0, 1, 1, 3)]
    assert [each[0] for each in found if each is not None] == pytest.approx(falling)
    assert found[-1] is None
    second = TrainConfig(steps=10, stage=2, start_from="a", elimination_warmup=0.5)
    assert second.keep_ratios(0, (0.7,)) == pytest.approx((1.0,))


def test_epochs_are_counted_in_pairs_whatever_the_batch(tmp_path: Path) -> None:
    config = replace(TRAIN, epochs=3, epoch_pairs=9, keep_epochs=2, validate_steps=100)
    run = trainer(tmp_path, config)
    assert run.config.steps == 6  # a batch that is not full is left out
    assert run.run(Squares())
    kept = [path.name for path in tmp_path.iterdir() if path.name.startswith("epoch")]
    assert kept == ["epoch-0002.safetensors"]
    found = open_checkpoint(tmp_path / kept[0])
    assert found.provenance["steps"] == "4"
    assert found.provenance["epoch"] == "2"
    each = replace(config, batch_per_process=True)
    assert (each.among(2).batch_size, each.among(2).steps) == (8, 3)


def test_without_an_average_the_weights_are_kept_as_they_are(tmp_path: Path) -> None:
    run = trainer(tmp_path, replace(TRAIN, average_decay=0.0))
    run.run(Squares())
    assert weights_digest(run.average) == weights_digest(run.model)


def test_a_batch_of_each_process_needs_as_many_processes_again(tmp_path: Path) -> None:
    config = replace(TRAIN, batch_per_process=True)
    run = trainer(tmp_path, config)
    run.run(Squares())
    write_state(run.checkpoint_path, read_state(run.checkpoint_path) | {"processes": 2})
    with pytest.raises(CKDError, match="was trained by 2 processes"):
        trainer(tmp_path, config).resume()
    assert trainer(tmp_path).resume()


def test_the_true_box_may_end_where_the_crop_does() -> None:
    box = torch.tensor([[0.1, 0.5, 0.4, 0.2], [0.5, 0.5, 0.5, 3.0]])
    wanted = torch.tensor([[0.15, 0.5, 0.3, 0.2], [0.5, 0.5, 0.5, 1.0]])
    torch.testing.assert_close(clamped_to_crop(box), wanted)
    torch.manual_seed(0)
    batch = next(batches(Squares(), first_step=0, last_step=1, batch_size=2))
    batch = replace(batch, box=box)
    model = CKD(MODEL)
    out = model(batch.template_rgb, batch.template_tir, batch.search_rgb, batch.search_tir)
    out = replace(out, box=wanted.clone())
    weights = LossWeights(true_cell=0.0, clamp_truth=True)
    clamped = tracking_losses(out, batch, weights)
    assert clamped["l1"].item() == pytest.approx(0, abs=1e-6)
    assert clamped["giou"].item() == pytest.approx(0, abs=1e-6)
    whole = tracking_losses(out, batch, replace(weights, clamp_truth=False))
    assert whole["l1"] > 0.1
    assert whole["focal"] == clamped["focal"]


def test_absent_targets_ask_for_an_empty_map() -> None:
    torch.manual_seed(0)
    batch = next(batches(Squares(), first_step=0, last_step=1, batch_size=4))
    absent = replace(batch, present=torch.zeros(4, dtype=torch.bool))
    model = CKD(MODEL)
    out = model(batch.template_rgb, batch.template_tir, batch.search_rgb, batch.search_tir)
    losses = tracking_losses(out, absent, LossWeights())
    assert losses["giou"].item() == losses["l1"].item() == 0.0
    assert losses["focal"].item() > 0
    losses["total"].backward()
    bias = model.head.score.output.bias
    assert bias is not None
    assert bias.grad is not None
    assert bias.grad.item() > 0


def test_the_true_cell_gives_the_true_box_back() -> None:
    box = torch.tensor([[0.4, 0.61, 0.2, 0.3], [0.99, 0.02, 0.5, 0.1]])
    cell = true_cell(box, 16)
    place = torch.stack([cell % 16, cell // 16], dim=1)
    offset = torch.zeros(2, 2, 16, 16)
    size = torch.zeros(2, 2, 16, 16)
    for b in range(2):
        column, row = place[b].tolist()
        offset[b, :, row, column] = box[b, :2] * 16 - place[b]
        size[b, :, row, column] = box[b, 2:]
    torch.testing.assert_close(box_at(size, offset, cell), box)
