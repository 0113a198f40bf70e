"""How hard each loss pulls at the students, against a plain backward pass of each."""

from __future__ import annotations

import csv
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from tests.unit.tracker_core.training.miniature import MODEL, TRAIN, Squares, trainer
from tracker_core.checkpoints.opening import weights_digest
from tracker_core.ckd.model.ckd import CKD
from tracker_core.training.coupled import CoupledTask, Masking
from tracker_core.training.data.batches import batches
from tracker_core.training.data.sample import PairSample
from tracker_core.training.gradients import counted, gradient_norms, pulled
from tracker_core.training.loop import Trainer
from tracker_core.training.progress import Watch
from tracker_core.training.stages import make_task
from tracker_core.training.task import Batch, LossWeights

COUPLED = replace(TRAIN, coupled=True, elimination_from=0.0)
WEIGHTS = LossWeights(ranking=0.0, style=0.25, content=0.5, attention=0.3)


def first_batch() -> Batch:
    return next(batches(Squares(), first_step=0, last_step=1, batch_size=4, workers=0))


def by_backward(task: CoupledTask, loss: torch.Tensor) -> float:
    task.zero_grad()
    loss.backward(retain_graph=True)  # type: ignore[no-untyped-call]
    branches = [*task.model.rgb.parameters(), *task.model.tir.parameters()]
    return float(sum(each.grad.square().sum() for each in branches if each.grad is not None) ** 0.5)


@pytest.mark.parametrize("scaled", [False, True])
def test_each_norm_is_that_of_a_backward_pass_of_the_weighted_loss(scaled: bool) -> None:
    torch.manual_seed(0)
    task = CoupledTask(CKD(MODEL), WEIGHTS, masking=Masking())
    losses = task(first_batch(), elimination=True)
    scaler = torch.amp.GradScaler("cpu", enabled=scaled)
    found = gradient_norms(losses, WEIGHTS, pulled(task), scaler)
    # The measurement leaves nothing behind that a step would take.
    assert all(each.grad is None for each in task.parameters())
    parts = {
        "focal": losses["focal"],
        "giou": 2 * losses["giou"],
        "l1": 5 * losses["l1"],
        "style": 0.25 * losses["style"],
        "content": 0.5 * losses["content"],
        "attention": 0.3 * losses["attention"],
    }
    wanted = {**parts, "tracking": parts["focal"] + parts["giou"] + parts["l1"]}
    assert set(found) == {f"gradient_{name}" for name in wanted}
    for name, loss in wanted.items():
        assert found[f"gradient_{name}"] == pytest.approx(by_backward(task, loss), rel=1e-4), name


def test_frozen_students_leave_what_still_learns() -> None:
    model = CKD(MODEL)
    task = make_task(model, replace(TRAIN, stage=2, start_from="somewhere"), LossWeights())
    chosen = {id(each) for each in pulled(task)}
    assert chosen == {id(each) for each in model.parameters() if each.requires_grad}
    assert chosen


def run(folder: Path, every: int, stops: tuple[int, ...] = ()) -> Trainer:
    """Train, and go on after a stop at each of these steps."""
    for last in (*stops, COUPLED.steps):
        made = Trainer(MODEL, replace(COUPLED, gradient_steps=every), WEIGHTS, folder)
        made.resume()
        answers = [step in stops for step in range(made.step + 1, last + 1)]
        made.run(Squares(), watch=Watch(stop=iter(answers).__next__, report_steps=3))
    return made


def table(folder: Path) -> list[dict[str, str]]:
    with (folder / "curves.csv").open(newline="") as file:
        return [
            {name: value for name, value in row.items() if name != "pairs_per_second"}
            for row in csv.DictReader(file)
        ]


def test_measuring_changes_no_weight_and_a_resumed_run_has_the_same_curves(tmp_path: Path) -> None:
    without = run(tmp_path / "without", 0)
    measured = run(tmp_path / "with", 2)
    # Between the measurement and the report that tells of it.
    resumed = run(tmp_path / "resumed", 2, stops=(2,))
    assert weights_digest(measured.model) == weights_digest(without.model)
    assert weights_digest(resumed.model) == weights_digest(without.model)
    rows = table(tmp_path / "with")
    assert table(tmp_path / "resumed") == rows
    assert [float(row["gradient_style"]) > 0 for row in rows] == [True, True]
    assert "gradient_style" not in table(tmp_path / "without")[0]


def test_losses_that_count_nothing_are_left_out_of_the_curves(tmp_path: Path) -> None:
    run(tmp_path, 2)
    row = table(tmp_path)[0]
    assert not {"ranking", "gradient_ranking"} & set(row)
    assert {"focal", "attention", "teacher_rgb", "iou", "total", "gradient_attention"} <= set(row)
    values = dict.fromkeys(("total", "style", "giou", "iou"), 1.0)
    assert set(counted(values, LossWeights(style=0, true_cell=0))) == {"total", "giou", "iou"}


class Missing(Squares):
    """Pairs whose target is nowhere."""

    def sample(self, index: int) -> PairSample:
        return replace(super().sample(index), present=False)


def test_a_batch_without_a_target_is_measured_as_well(tmp_path: Path) -> None:
    made = trainer(tmp_path, replace(TRAIN, steps=2))
    made.run(Missing())
    assert float(table(tmp_path)[0]["gradient_giou"]) == 0
