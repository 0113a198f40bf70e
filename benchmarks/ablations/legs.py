"""The trainings: one for each part of CKD that is left out, and for each seed."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from safe_files import read_json, write_text
from tracker_core.errors import CKDError
from tracker_core.training.data.batches import Pairs
from tracker_core.training.data.digest import data_facts
from tracker_core.training.data.sources import prepare
from tracker_core.training.loop import HeldOut, Trainer
from tracker_core.training.progress import Progress, Watch
from tracker_core.training.provenance import recipe_facts
from tracker_core.training.recipe import Recipe
from tracker_core.training.run_files import WEIGHTS
from tracker_core.training.stages import parent_facts
from tracker_core.training.task import LossWeights
from tracker_core.training.train_config import TrainConfig

PLAN = "ablations.json"
"""What the trainings of a folder have in common."""
FRESH_RATE = 1e-3
"""Learning rate from random weights; from others it is the recipe's."""
Stop = Callable[[], bool]


@dataclass(frozen=True, slots=True)
class Variant:
    """One way to train."""

    name: str
    label: str
    coupled: bool = True
    style: bool = True
    content: bool = True
    masking: bool = True


VARIANTS = (
    Variant("full", "everything"),
    Variant("no-style", "without style loss", style=False),
    Variant("no-content", "without content loss", content=False),
    Variant("no-masking", "without masking", masking=False),
    Variant("plain", "without coupling", coupled=False),
)


@dataclass(frozen=True, slots=True)
class Leg:
    """One training."""

    variant: Variant
    seed: int

    @property
    def name(self) -> str:
        """Of its folder."""
        return f"{self.variant.name}-{self.seed}"


@dataclass(frozen=True, slots=True)
class Plan:
    """What all trainings have in common."""

    name: str
    """The recipe's, or its file."""
    recipe: Recipe
    start_from: Path | None
    """Weights that all of them go on from."""
    pairs: int
    """Pairs of each training."""
    seeds: int

    @property
    def steps(self) -> int:
        """Steps of each training."""
        return math.ceil(self.pairs / (self.recipe.train.batch_size * self.recipe.train.accumulate))

    @property
    def legs(self) -> tuple[Leg, ...]:
        """All trainings; those of one seed first, so that half of them make a whole table."""
        return tuple(Leg(variant, seed) for seed in range(self.seeds) for variant in VARIANTS)

    def facts(self) -> dict[str, str]:
        """What must not change on the way."""
        parents = {} if self.start_from is None else parent_facts(self.start_from)
        return {
            "recipe_sha256": recipe_facts(self.recipe, self.name)["recipe_sha256"],
            "parent_weights_sha256": parents.get("parent_weights_sha256", "random weights"),
            "steps": str(self.steps),
        }


def check_plan(plan: Plan, runs: Path) -> None:
    """Note what the trainings of a folder have in common; CKDError where others lie there."""
    facts, path = plan.facts(), runs / PLAN
    if path.exists():
        if read_json(path) == facts:
            return
        raise CKDError(
            f"{runs} holds trainings of another recipe, other weights or another number of pairs; "
            "name another folder."
        )
    write_text(path, json.dumps(facts, indent=1) + "\n", parents=True)


def train(plan: Plan, runs: Path, stop: Stop) -> bool:
    """Train what has no weights yet; False when it was stopped before the end."""
    check_plan(plan, runs)
    held_out = HeldOut(pairs=prepare(plan.recipe.data, "held_out").pairs)
    for seed, pairs, facts in _missing(plan, runs):
        for leg in (leg for leg in plan.legs if leg.seed == seed):
            if not _train(plan, leg, runs / leg.name, pairs, held_out, facts, stop):
                return False
    return True


def _missing(plan: Plan, runs: Path) -> Iterator[tuple[int, Pairs, dict[str, str]]]:
    """Seeds with something left to train, their pairs, and what weights say of these."""
    for seed in range(plan.seeds):
        if all((runs / leg.name / WEIGHTS).exists() for leg in plan.legs if leg.seed == seed):
            continue
        # Of its own for each seed, and none that the weights of the start have seen.
        data = replace(plan.recipe.data, seed=plan.recipe.data.seed + 1000 + seed)
        learnt = prepare(data, "train")
        if learnt.pairs is None:
            raise CKDError("The recipe leaves nothing to train on; see its [data] table.")
        yield seed, learnt.pairs, {**data_facts(learnt), "data_seed": str(data.seed)}


def _train(
    plan: Plan,
    leg: Leg,
    folder: Path,
    pairs: Pairs,
    held_out: HeldOut,
    facts: dict[str, str],
    stop: Stop,
) -> bool:
    """One training, from where its folder stands; False when it was stopped."""
    if (folder / WEIGHTS).exists():
        return True
    config, loss = settings(plan, leg)
    trainer = Trainer(plan.recipe.model, config, loss, folder)
    if not trainer.resume():
        trainer.begin()
    given = [f"ablation {leg.variant.label}", f"{plan.pairs} pairs", f"seed {leg.seed}"]
    trainer.origin.say({**recipe_facts(plan.recipe, plan.name, given), **facts})

    def report(seen: Progress) -> None:
        print(
            f"{leg.name}: step {seen.step} of {seen.steps}, loss {seen.losses['total']:.3f}, "
            f"{seen.pairs_per_second:.0f} pairs/s, {seen.seconds_left / 60:.0f} min left",
            flush=True,
        )

    if not trainer.run(pairs, held_out, Watch(report=report, stop=stop)):
        return False
    trainer.export(folder / WEIGHTS, {})
    return True


def settings(plan: Plan, leg: Leg) -> tuple[TrainConfig, LossWeights]:
    """How one training goes: as the recipe says and all others go, without what it does without."""
    recipe, variant = plan.recipe, leg.variant
    fresh = plan.start_from is None
    config = replace(
        recipe.train,
        steps=plan.steps,
        epochs=0,
        keep_epochs=0,
        learning_rate=FRESH_RATE if fresh else recipe.train.learning_rate,
        start_from="" if fresh else str(plan.start_from),
        warmup_steps=max(1, plan.steps * 3 // 25),
        # Attention of random weights eliminates at random.
        elimination_from=0.5 if fresh else recipe.train.elimination_from,
        validate_steps=plan.steps,  # at the end only: nothing is chosen by it
        validation_clips=0,
        checkpoint_steps=50,
        average_decay=0.995,  # so few steps that .999 would still remember the start
        seed=leg.seed,
        coupled=variant.coupled,
        mask_probability=recipe.train.mask_probability * variant.masking,
    )
    loss = replace(
        recipe.loss,
        style=recipe.loss.style * variant.style,
        content=recipe.loss.content * variant.content,
    )
    return config, loss
