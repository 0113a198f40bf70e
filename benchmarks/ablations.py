"""The paper's claims at the size of the bundled tracker, on a CPU in an afternoon.

    python -m benchmarks.ablations train runs/ablations
    python -m benchmarks.ablations report runs/ablations --csv out.csv --figures docs/images

`train` trains the same network with the same pairs and budget once with everything, once without
the style loss, the content loss and masked modeling each, and once without teachers at all; it goes
on where it was interrupted. With `--start-from` all of them go on from weights that track already,
at half the learning rate. `report` compares them on held-out pictures: modality gap per block, pair
IoU, tracking per condition with and without elimination, frames per second; `--before` adds a row
for the weights that they started from.
"""

from __future__ import annotations

import argparse
import csv
import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import fmean

import torch
from matplotlib.figure import Figure

from benchmarks.bounded import REPEATS, whole
from benchmarks.quality.clips import LEAST_FRAMES, MOST_CLIPS, MOST_FRAMES, MOST_PAIRS, made_clips
from benchmarks.quality.matching import EVERY, match_templates
from benchmarks.quality.modality import ModalityGap, modality_gaps
from benchmarks.quality.runner import ClipScore, Contender, Workers
from benchmarks.quality.summary import Summary, interval, mean
from safe_files import FileError, replacing
from tracker_core.bounds import Bounds
from tracker_core.checkpoints.opening import load_model
from tracker_core.errors import CKDError
from tracker_core.trackers.ckd import CKDSource
from tracker_core.training.data.assets import Assets
from tracker_core.training.data.pairs import PairSource
from tracker_core.training.loop import HeldOut, Trainer
from tracker_core.training.progress import Progress, Watch
from tracker_core.training.recipe import Recipe, load_recipe
from tracker_core.training.task import LossWeights
from tracker_core.training.train_config import TrainConfig

CACHE = Path("runs/assets/cache")
WEIGHTS = "weights.safetensors"
ALL_TOKENS = ", all tokens"


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
    Variant("plain", "no teachers, no CKD losses", coupled=False),
)


def main(arguments: Sequence[str] | None = None) -> int:
    """Train or report; gives the exit code."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    does = parser.add_subparsers(required=True)
    trains = does.add_parser("train", help="train all variants, one after the other")
    trains.add_argument("runs", type=Path)
    trains.add_argument("--cache", type=Path, default=CACHE, help="picture cache")
    trains.add_argument("--recipe", default="tiny-coupled", help="bundled name or TOML file")
    trains.add_argument("--start-from", type=Path, help="weights that all of them go on from")
    trains.add_argument("--steps", type=whole(REPEATS), default=500, help="optimiser steps")
    # The pairs have numbers of their own, a little above.
    trains.add_argument(
        "--seed", type=whole(Bounds(0, 1 << 62)), default=0, help="of the first weights and pairs"
    )
    trains.set_defaults(do=train)
    reports = does.add_parser("report", help="compare what was trained")
    reports.add_argument("runs", type=Path)
    reports.add_argument("--cache", type=Path, default=CACHE, help="picture cache")
    reports.add_argument(
        "--clips", type=whole(Bounds(1, MOST_CLIPS)), default=5, help="clips of each condition"
    )
    reports.add_argument("--frames", type=whole(Bounds(LEAST_FRAMES, MOST_FRAMES)), default=90)
    reports.add_argument("--before", type=Path, help="weights that the trainings started from")
    reports.add_argument(
        "--pairs",
        type=whole(Bounds(1, MOST_PAIRS)),
        default=512,
        help="for pair IoU and modality gap",
    )
    reports.add_argument("--csv", type=Path, help="file for one row per variant")
    reports.add_argument("--figures", type=Path, help="folder for the pictures")
    reports.set_defaults(do=report)
    given = parser.parse_args(arguments)
    torch.set_num_threads(1)  # a network this small is fastest so
    try:
        given.do(given)
    except (CKDError, FileError) as error:
        print(error, file=sys.stderr)
        return 2
    return 0


def train(given: argparse.Namespace) -> None:
    """Train the variants that have no weights yet."""
    recipe = load_recipe(given.recipe)
    train_on, held_out = (Assets.load(given.cache, part) for part in ("train", "held_out"))
    pairs = recipe.data.pairs
    for variant in VARIANTS:
        folder = given.runs / variant.name
        if (folder / WEIGHTS).exists():
            continue
        config, loss = settings(variant, recipe, given)
        trainer = Trainer(recipe.model, config, loss, folder)
        trainer.resume()  # an afternoon is long enough to be interrupted
        tried = HeldOut(pairs=PairSource(held_out, pairs, 2))
        trainer.run(
            PairSource(train_on, pairs, 21 + given.seed), tried, Watch(report=_Teller(variant.name))
        )
        trainer.export(folder / WEIGHTS, {"recipe": f"ablation {variant.name}"})


def settings(
    variant: Variant, recipe: Recipe, given: argparse.Namespace
) -> tuple[TrainConfig, LossWeights]:
    """How one variant is trained: as all others are, without what it does without."""
    fresh = given.start_from is None
    config = replace(
        recipe.train,
        steps=given.steps,
        # Half the rate for weights that track already, as in the leg that the bundled ones came
        # from.
        learning_rate=1e-3 if fresh else 5e-4,
        start_from="" if fresh else str(given.start_from),
        warmup_steps=max(1, given.steps * 3 // 25),
        elimination_from=0.5 if fresh else 0.0,
        validate_steps=given.steps,  # at the end only: nothing is chosen by it
        checkpoint_steps=50,
        average_decay=0.995,  # so few steps that .999 would still remember the start
        seed=given.seed,
        coupled=variant.coupled,
        mask_probability=float(variant.masking),
    )
    loss = replace(
        recipe.loss,
        style=recipe.loss.style * variant.style,
        content=recipe.loss.content * variant.content,
        attention=0.0,  # ours, not a part of CKD
    )
    return config, loss


@dataclass(frozen=True, slots=True)
class _Teller:
    name: str

    def __call__(self, seen: Progress) -> None:
        print(
            f"{self.name}: step {seen.step} of {seen.steps}, loss {seen.losses['total']:.3f}, "
            f"{seen.pairs_per_second:.0f} pairs/s, {seen.seconds_left / 60:.0f} min left",
            flush=True,
        )


@dataclass(frozen=True, slots=True)
class Row:
    """What one variant reached."""

    label: str
    iou: float
    """Mean IoU over held-out pairs."""
    gaps: list[ModalityGap]
    scores: list[ClipScore]
    all_tokens: list[ClipScore]
    speed: float
    all_tokens_speed: float
    """Frames per second."""


@dataclass(frozen=True, slots=True)
class Trained:
    """Weights to be measured."""

    label: str
    weights: Path


def report(given: argparse.Namespace) -> None:
    """Measure, print a table as Markdown, write CSV and figures."""
    found = [
        Trained(variant.label, given.runs / variant.name / WEIGHTS)
        for variant in VARIANTS
        if (given.runs / variant.name / WEIGHTS).exists()
    ]
    if not found:
        raise CKDError(f"{given.runs} holds no trained variant; run the train command first.")
    if given.before:
        found.insert(0, Trained("before", given.before))
    rows = measure(given, found)
    conditions = sorted({score.condition for score in rows[0].scores})
    for line in (*table(rows, conditions), "", *gap_table(rows)):
        print(line)
    if given.csv:
        write_csv(given.csv, rows, conditions)
    if given.figures:
        figures = {"gap": gap_figure(rows), "conditions": condition_figure(rows, conditions)}
        for name, figure in figures.items():
            with replacing(given.figures / f"ablation-{name}.png", parents=True) as part:
                figure.savefig(part, format="png", dpi=130)


def measure(given: argparse.Namespace, trained: Sequence[Trained]) -> list[Row]:
    """All weights on the same clips and pairs, with and without elimination."""
    contenders = []
    for each in trained:
        # One name each: scores are found again by it.
        for name, eliminates in ((each.label, True), (each.label + ALL_TOKENS, False)):
            source = CKDSource.of(str(each.weights), "cpu", elimination=eliminates)
            contenders.append(Contender(name, source))
    # Of the reporting seeds: validation clips have chosen the weights that this begins with.
    clips = made_clips(given.cache, "report", given.clips, given.frames, (480, 360))
    scores = []
    for number, done in enumerate(Workers()(clips, contenders), start=1):
        scores += done
        print(f"clip {number} of {len(clips)}", file=sys.stderr, flush=True)
    summary = Summary(tuple(scores))
    rows = []
    for each in trained:
        model = load_model(each.weights)
        matches = match_templates(model, given.cache, "report", given.pairs)
        rows.append(
            Row(
                each.label,
                next(match.right for match in matches if match.kind == EVERY),
                modality_gaps(model, given.cache, "report", given.pairs),
                summary.made(each.label),
                summary.made(each.label + ALL_TOKENS),
                summary.speed(each.label),
                summary.speed(each.label + ALL_TOKENS),
            )
        )
    return rows


def success(scores: Sequence[ClipScore], condition: str) -> float:
    """Mean SR over the clips of a condition."""
    return fmean(score.figures.sr for score in scores if score.condition == condition)


def table(rows: Sequence[Row], conditions: Sequence[str]) -> list[str]:
    """Tracking per variant, as Markdown."""
    head = ["trained", "pair IoU", "SR", "95 %", *conditions, "SR, all tokens", "frames/s", "all"]
    lines = [_line(head), _line(["---"] * len(head))]
    for row in rows:
        low, high = interval([score.figures.sr for score in row.scores])
        cells = [row.label, f"{row.iou:.3f}", f"{mean(row.scores).sr:.3f}", f"{low:.2f}-{high:.2f}"]
        cells += [f"{success(row.scores, name):.3f}" for name in conditions]
        cells += [f"{mean(row.all_tokens).sr:.3f}", f"{row.speed:.1f}"]
        lines.append(_line([*cells, f"{row.all_tokens_speed:.1f}"]))
    return lines


def gap_table(rows: Sequence[Row]) -> list[str]:
    """Modality gap per variant and block, as Markdown: style, relative style, content."""
    blocks = [f"block {gap.block}" for gap in rows[0].gaps]
    lines = [_line(["trained", *blocks]), _line(["---"] * (len(blocks) + 1))]
    for row in rows:
        cells = [f"{g.style:.3f} / {g.relative_style:.3f} / {g.content:.2f}" for g in row.gaps]
        lines.append(_line([row.label, *cells]))
    return lines


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def write_csv(path: Path, rows: Sequence[Row], conditions: Sequence[str]) -> None:
    """One row per variant, all figures."""
    with (
        replacing(path, parents=True) as part,
        part.open("w", newline="", encoding="utf-8") as file,
    ):
        writer = csv.writer(file)
        gaps = [
            f"{kind}_{gap.block}"
            for gap in rows[0].gaps
            for kind in ("style", "relative_style", "content")
        ]
        names = [f"sr_{name}" for name in conditions]
        writer.writerow(
            ["trained", "pair_iou", "sr", *names, "sr_all_tokens", "fps", "fps_all_tokens", *gaps]
        )
        for row in rows:
            values = [row.iou, mean(row.scores).sr]
            values += [success(row.scores, name) for name in conditions]
            values += [mean(row.all_tokens).sr, row.speed, row.all_tokens_speed]
            values += [v for g in row.gaps for v in (g.style, g.relative_style, g.content)]
            writer.writerow([row.label, *(f"{value:.5f}" for value in values)])


def gap_figure(rows: Sequence[Row]) -> Figure:
    """Relative style gap and content gap over blocks, one line per variant."""
    figure = Figure(figsize=(9, 3.6), layout="constrained")
    left, right = figure.subplots(1, 2)
    for row in rows:
        blocks = [gap.block for gap in row.gaps]
        left.plot(blocks, [gap.relative_style for gap in row.gaps], marker="o", label=row.label)
        right.plot(blocks, [gap.content for gap in row.gaps], marker="o")
    left.set_title("Style gap over feature variance")
    right.set_title("Content gap")
    left.set_yscale("log")  # without the style loss it is a hundred times as large
    right.set_ylim(0, 2.2)  # 2 is what unrelated features have
    for axes in (left, right):
        axes.set_xlabel("block")
        axes.set_xticks([gap.block for gap in rows[0].gaps])
        axes.spines[["top", "right"]].set_visible(False)
    figure.legend(
        *left.get_legend_handles_labels(), loc="outside lower center", ncols=3, frameon=False
    )
    return figure


def condition_figure(rows: Sequence[Row], conditions: Sequence[str]) -> Figure:
    """Success per condition, one bar per variant."""
    figure = Figure(figsize=(9, 3.6), layout="constrained")
    axes = figure.subplots()
    width = 0.8 / len(rows)
    for number, row in enumerate(rows):
        positions = [
            index + (number - (len(rows) - 1) / 2) * width for index in range(len(conditions))
        ]
        axes.bar(
            positions, [success(row.scores, name) for name in conditions], width, label=row.label
        )
    axes.set_xticks(range(len(conditions)), conditions)
    axes.set_ylabel("success (SR)")
    axes.spines[["top", "right"]].set_visible(False)
    figure.legend(loc="outside lower center", ncols=3, frameon=False)
    return figure


if __name__ == "__main__":
    sys.exit(main())
