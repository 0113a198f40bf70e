"""`ckd-studio train`: train a tracker from a recipe."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from app.commands.console import progress, result, say

if TYPE_CHECKING:
    from tracker_core.training.loop import Progress, Trainer
    from tracker_core.training.recipe import Recipe


def train(
    config: Annotated[
        str, typer.Argument(metavar="CONFIG", help="A recipe in TOML, or the bundled `tiny`.")
    ],
    resume: Annotated[bool, typer.Option(help="Go on from the folder's last checkpoint.")] = False,
    threads: Annotated[
        int | None, typer.Option(min=1, metavar="N", help="CPU threads of the optimiser.")
    ] = None,
) -> None:
    """Train a tracker from a recipe; the folder it names keeps checkpoints and curves."""
    import torch

    from tracker_core.training.loop import Trainer
    from tracker_core.training.recipe import load_recipe

    recipe = load_recipe(config)
    if threads is not None:
        torch.set_num_threads(threads)
    trainer = Trainer(recipe.model, recipe.train, recipe.loss, recipe.folder)
    _prepare(trainer, recipe.folder, resume=resume)
    best = _run(trainer, recipe)
    out = recipe.folder / "weights.safetensors"
    trainer.export(out, {"recipe": config})
    result(f"{out}: {trainer.step} steps, held-out IoU {best:.3f}")


def _prepare(trainer: Trainer, folder: Path, *, resume: bool) -> None:
    if resume:
        found = trainer.resume()
        say(f"Going on at step {trainer.step}." if found else f"Nothing to resume in {folder}.")
    elif trainer.checkpoint_path.exists():
        raise typer.BadParameter(
            f"{folder} holds a run already; add --resume to go on, or name another folder."
        )


def _run(trainer: Trainer, recipe: Recipe) -> float:
    """Train to the end; gives the last held-out IoU."""
    from tracker_core.training.assets import Assets
    from tracker_core.training.data import PairSource

    data = recipe.data

    def pairs(split: str, seed: int) -> PairSource:
        assets = Assets.from_folders(
            data.objects,
            data.photos,
            data.videos,
            cache=data.cache,
            split="train" if split == "train" else "held_out",
        )
        return PairSource(assets, data.pairs, seed)

    last = 0.0
    with progress("Training", recipe.train.steps) as advance:

        def report(seen: Progress) -> None:
            nonlocal last
            advance(seen.step, seen.steps)
            if seen.validation_iou is not None:
                last = seen.validation_iou
                say(
                    f"step {seen.step}: loss {seen.losses['total']:.3f}, held-out IoU {last:.3f}, "
                    f"{seen.pairs_per_second:.0f} pairs/s"
                )

        trainer.run(pairs("train", data.seed), pairs("held_out", data.seed + 1), report)
    return last
