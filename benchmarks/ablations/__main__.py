"""What each part of CKD does to a small network, on a CPU.

    python -m benchmarks.ablations run RUNS --start-from WEIGHTS
    python -m benchmarks.ablations train RUNS --start-from WEIGHTS    # the first half of it
    python -m benchmarks.ablations report RUNS --start-from WEIGHTS   # the second

Trains with everything, without the style loss, the content loss and masking each, and without
coupling (no teachers, no masks, none of these losses), with every seed from the same weights, as
the recipe says beside what is left out. Then compares them, and the weights before, on held-out
pictures: modality gap by block, tracking by condition, pair IoU, removed target tokens. RUNS gets
the tables (ablations.md), ablations.csv and the pictures. What was stopped or killed goes on with
the same command. Needs the pictures that the recipe names (docs/training-data.md).
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

import torch

from app.cli.stopping import INTERRUPTED, stoppable
from benchmarks.ablations.legs import VARIANTS, Plan, Stop, train
from benchmarks.ablations.measuring import Exam, Weights, measure
from benchmarks.ablations.table import markdown, write_csv, write_figures
from benchmarks.bounded import REPEATS, whole
from benchmarks.quality.clips import LEAST_FRAMES, MOST_CLIPS, MOST_FRAMES, MOST_PAIRS
from safe_files import FileError, write_text
from tracker_core.bounds import Bounds
from tracker_core.errors import CKDError
from tracker_core.held import held_folder
from tracker_core.training.recipe import load_recipe
from tracker_core.training.run_files import WEIGHTS

SEEDS = Bounds(1, 100)
BEFORE = "before"


def main(arguments: Sequence[str] | None = None) -> int:
    """Train or report or both; gives the exit code."""
    given = _parser().parse_args(arguments)
    torch.set_num_threads(1)  # a network this small is fastest so
    try:
        recipe = load_recipe(given.recipe)
        plan = Plan(given.recipe, recipe, given.start_from, given.leg_pairs, given.seeds)
        with held_folder(given.runs) as held, stoppable() as request:

            def stop() -> bool:
                held.refresh()
                return request.asked

            done = _do(given, plan, stop)
    except (CKDError, FileError) as error:
        print(error, file=sys.stderr)
        return 2
    if not done:
        print("Stopped; the same command goes on.", file=sys.stderr)
    return 0 if done else INTERRUPTED


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("does", choices=("run", "train", "report"))
    parser.add_argument("runs", type=Path, help="folder of the trainings and of what they show")
    parser.add_argument("--recipe", default="tiny-coupled", help="bundled name or TOML file")
    parser.add_argument("--start-from", type=Path, help="weights that all of them go on from")
    parser.add_argument("--seeds", type=whole(SEEDS), default=2, help="trainings of each kind")
    parser.add_argument(
        "--leg-pairs", type=whole(REPEATS), default=20_000, help="pairs of each training"
    )
    parser.add_argument("--cache", type=Path, help="picture cache of the report; the recipe's")
    parser.add_argument(
        "--clips", type=whole(Bounds(1, MOST_CLIPS)), default=5, help="clips of each condition"
    )
    parser.add_argument("--frames", type=whole(Bounds(LEAST_FRAMES, MOST_FRAMES)), default=90)
    parser.add_argument(
        "--pairs",
        type=whole(Bounds(2, MOST_PAIRS)),
        default=512,
        help="for pair IoU, gap and removed tokens",
    )
    return parser


def _do(given: argparse.Namespace, plan: Plan, stop: Stop) -> bool:
    """What was asked for; False when it was stopped."""
    if given.does != "report" and not train(plan, given.runs, stop):
        return False
    return given.does == "train" or report(given, plan, stop)


def report(given: argparse.Namespace, plan: Plan, stop: Stop) -> bool:
    """Measure and write tables and pictures; False when it was stopped."""
    found = [
        Weights(leg.variant.label, leg.name, given.runs / leg.name / WEIGHTS)
        for leg in sorted(plan.legs, key=lambda leg: VARIANTS.index(leg.variant))
        if (given.runs / leg.name / WEIGHTS).exists()
    ]
    if VARIANTS[0].label not in {each.label for each in found}:
        raise CKDError(
            f"{given.runs} holds no training with everything; run the train command first."
        )
    if plan.start_from is not None:
        found.insert(0, Weights(BEFORE, plan.start_from.name, plan.start_from))
    cache = plan.recipe.data.cache if given.cache is None else given.cache
    rows = measure(given.runs, Exam(cache, given.clips, given.frames, given.pairs), found, stop)
    if rows is None:
        return False
    text = "\n".join(markdown(rows, VARIANTS[0].label))
    print(text)
    write_text(given.runs / "ablations.md", f"{text}\n")
    write_csv(given.runs / "ablations.csv", rows)
    write_figures(given.runs, rows)
    return True


if __name__ == "__main__":
    sys.exit(main())
