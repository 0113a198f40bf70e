"""Stage two changes the heads alone; a run starts from the weights that it is given."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import torch
from torch import Tensor, nn

from tests.unit.tracker_core.training.miniature import MODEL, TRAIN, Squares, trainer
from tracker_core.checkpoints.opening import load_checkpoint, weights_digest
from tracker_core.ckd.model.ckd import CKD
from tracker_core.errors import CKDError
from tracker_core.training.coupled import CoupledTask
from tracker_core.training.data.batches import batches
from tracker_core.training.loop import HeldOut, Trainer
from tracker_core.training.run_files import BEST, LAST, WEIGHTS, read_state, write_state
from tracker_core.training.stages import make_task, parameter_groups
from tracker_core.training.task import LossWeights
from tracker_core.training.train_config import TrainConfig


@pytest.fixture(scope="module")
def first_stage(tmp_path_factory: pytest.TempPathFactory) -> Trainer:
    run = trainer(tmp_path_factory.mktemp("first"))
    run.run(Squares(), HeldOut(Squares()))
    run.export(run.folder / WEIGHTS, {})
    return run


def second(first: Trainer, **changes: object) -> TrainConfig:
    given = {"stage": 2, "start_from": str(first.folder), "weight_decay": 0.1, **changes}
    return replace(TRAIN, **given)  # type: ignore[arg-type]


def copied(module: nn.Module) -> dict[str, Tensor]:
    return {name: value.clone() for name, value in module.state_dict().items()}


def test_stage_two_changes_only_head_and_refinement(first_stage: Trainer, tmp_path: Path) -> None:
    run = trainer(tmp_path, second(first_stage))
    run.begin()
    before = copied(run.model)
    run.run(Squares())
    after = copied(run.model)
    changed = {name for name, value in before.items() if not torch.equal(value, after[name])}
    assert changed
    assert {name.split(".")[0] for name in changed} == {"head", "refine"}
    learning = {
        name for name, _ in run.model.named_parameters() if not name.startswith(("rgb", "tir"))
    }
    assert learning <= changed
    assert all(p.grad is None for p in run.model.rgb.parameters())


def test_stage_two_starts_from_the_best_weights_of_stage_one(
    first_stage: Trainer, tmp_path: Path
) -> None:
    run = trainer(tmp_path, second(first_stage))
    run.begin()
    assert weights_digest(run.average) == weights_digest(run.model)
    given = trainer(tmp_path, second(first_stage, start_from=str(first_stage.folder / BEST)))
    given.begin()
    assert weights_digest(given.model) == weights_digest(run.model)


def test_without_best_weights_the_last_are_taken(first_stage: Trainer, tmp_path: Path) -> None:
    (tmp_path / "old").mkdir()
    (tmp_path / "old" / "last.pt").write_bytes(first_stage.checkpoint_path.read_bytes())
    run = trainer(tmp_path / "new", second(first_stage, start_from=str(tmp_path / "old")))
    run.begin()
    assert weights_digest(run.model) == weights_digest(first_stage.average)


def test_stage_two_eliminates_from_its_first_step(first_stage: Trainer) -> None:
    assert second(first_stage).eliminates(0)
    assert [replace(TRAIN, steps=4).eliminates(step) for step in range(4)] == [
        False,
        False,
        True,
        True,
    ]


def test_teachers_start_where_their_students_do(first_stage: Trainer, tmp_path: Path) -> None:
    config = replace(TRAIN, coupled=True, start_from=str(first_stage.folder / BEST))
    run = trainer(tmp_path, config)
    run.begin()
    assert isinstance(run.task, CoupledTask)
    for name, value in run.task.teacher_tir.branch.state_dict().items():
        assert torch.equal(value, run.model.tir.state_dict()[name])


def test_the_heads_of_teachers_start_as_their_part_of_the_fused_one(
    first_stage: Trainer, tmp_path: Path
) -> None:
    run = trainer(tmp_path, replace(TRAIN, coupled=True, start_from=str(first_stage.folder / BEST)))
    run.begin()
    assert isinstance(run.task, CoupledTask)
    fused, refine = run.model.head.state_dict(), run.model.refine
    assert refine is not None
    width = refine.out_channels
    for number, name in enumerate(("rgb", "tir")):
        teacher = (run.task.teacher_rgb, run.task.teacher_tir)[number]
        assert teacher.refine is not None
        for key, value in teacher.head.state_dict().items():
            assert torch.equal(value, fused[key]), key
        own, both = teacher.refine.state_dict(), refine.state_dict()
        tokens = both["tokens.weight"].chunk(2, dim=1)[number]
        assert torch.equal(own["tokens.weight"], tokens)
        gain = both[f"matching.{name}.gain"]
        assert torch.equal(own["matching.own.gain"], gain)
        matches = both["mix.conv.weight"][:, width:].chunk(2, dim=1)[number]
        assert torch.equal(own["mix.conv.weight"][:, :width], both["mix.conv.weight"][:, :width])
        assert torch.equal(own["mix.conv.weight"][:, width:], matches)


def test_decay_on_all_parameters_is_an_option() -> None:
    for decay_all in (False, True):
        config = replace(TRAIN, weight_decay=0.5, decay_all=decay_all)
        groups = parameter_groups(make_task(CKD(MODEL), config, LossWeights()), config)
        vectors = {
            group["weight_decay"] for group in groups for p in group["params"] if p.ndim <= 1
        }
        assert vectors == {0.5 if decay_all else 0.0}
        assert {group["weight_decay"] for group in groups} >= {0.5}


def test_frozen_branches_have_drop_path_too(first_stage: Trainer) -> None:
    config = second(first_stage, drop_path=0.9)
    task = make_task(CKD(MODEL), config, LossWeights()).train()
    seen: list[Tensor] = []
    batch = next(batches(Squares(), first_step=0, last_step=1, batch_size=4))
    task.model.head.register_forward_pre_hook(lambda _module, given: seen.append(given[0]))
    for _ in range(2):
        task(batch, elimination=True)
    assert not torch.equal(*seen)
    assert not task.model.rgb.training


def test_branches_learn_at_their_own_rate() -> None:
    config = replace(TRAIN, coupled=True, branch_rate=0.1)
    task = make_task(CKD(MODEL), config, LossWeights())
    assert isinstance(task, CoupledTask)
    shares = {
        id(p): group["share"] for group in parameter_groups(task, config) for p in group["params"]
    }
    assert len(shares) == len(list(task.parameters()))
    for branch in (task.model.rgb, task.teacher_tir.branch):
        assert {shares[id(p)] for p in branch.parameters()} == {0.1}
    assert {shares[id(p)] for p in task.model.head.parameters()} == {1.0}
    assert {shares[id(p)] for p in task.teacher_rgb.head.parameters()} == {1.0}


def test_weights_that_do_not_fit_or_are_not_there_are_refused(
    first_stage: Trainer, tmp_path: Path
) -> None:
    wider = Trainer(replace(MODEL, embed_dim=32), second(first_stage), LossWeights(), tmp_path)
    with pytest.raises(CKDError, match="does not fit"):
        wider.begin()
    with pytest.raises(CKDError, match="no run to start from"):
        trainer(tmp_path, second(first_stage, start_from=str(tmp_path))).begin()
    with pytest.raises(CKDError, match="There is no checkpoint"):
        trainer(tmp_path, second(first_stage, start_from=str(tmp_path / "none"))).begin()


def test_a_state_without_weights_is_refused(first_stage: Trainer, tmp_path: Path) -> None:
    state = read_state(first_stage.checkpoint_path)
    del state["average"]
    write_state(tmp_path / LAST, state)
    run = trainer(tmp_path / "new", second(first_stage, start_from=str(tmp_path)))
    with pytest.raises(CKDError, match=r"last\.pt lacks parts .*average"):
        run.begin()


def test_another_stage_does_not_resume(first_stage: Trainer) -> None:
    run = trainer(first_stage.folder, second(first_stage))
    with pytest.raises(CKDError, match="another stage configuration"):
        run.resume()


def test_weights_from_before_there_were_these_parts_go_on(
    first_stage: Trainer, tmp_path: Path
) -> None:
    later = replace(MODEL, overlap=True, matching_scales=(1.5,))
    for number, source in enumerate((first_stage.folder, first_stage.folder / BEST)):
        config = replace(TRAIN, coupled=True, start_from=str(source))
        run = Trainer(later, config, LossWeights(), tmp_path / str(number))
        run.begin()
        own, before = (
            run.model.state_dict(),
            load_checkpoint(first_stage.folder / BEST).state_dict(),
        )
        assert all(torch.equal(own[name], value) for name, value in before.items())
        added = set(own) - set(before)
        assert {name.split(".")[0] for name in added} == {"overlap", "refine"}
        assert all("scales" in name for name in added if name.startswith("refine."))
        assert weights_digest(run.average) == weights_digest(run.model)
