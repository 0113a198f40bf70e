"""`ckd-studio train`: train a tracker from a recipe."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeAlias

import typer

from app.cli.console import count, progress, result, say
from app.cli.inputs import MOST_THREADS, SwapOption, TirOffsetOption
from app.cli.stopping import INTERRUPTED, end_on_kill, stoppable

MOST_STEPS = 100_000_000
MOST_GIB = 1_000_000

if TYPE_CHECKING:
    import torch

    from tracker_core.training.board import Board
    from tracker_core.training.data.sources import Prepared
    from tracker_core.training.loop import HeldOut, Trainer
    from tracker_core.training.progress import Progress
    from tracker_core.training.recipe import Recipe
    from tracker_core.training.test_set import Tested, TestSet
    from tracker_core.training.validation import Clip, Quality


SequencesOption: TypeAlias = Annotated[
    list[Path] | None,
    typer.Option(
        metavar="FOLDER",
        help="Annotated sequences in the place of the recipe's, for example LasHeR's "
        "training set; may be given several times.",
    ),
]
StartOption: TypeAlias = Annotated[
    Path | None,
    typer.Option(
        metavar="WEIGHTS",
        help="A checkpoint, ours or of OSTrack, DropMAE or a ViT, or the folder of a run, in "
        "the place of the recipe's.",
    ),
]
EvaluateOption: TypeAlias = Annotated[
    Path | None,
    typer.Option(
        metavar="DATASET",
        help="Track the whole of this test set at the end and every N steps; it chooses no "
        "weights.",
    ),
]
EveryOption: TypeAlias = Annotated[
    int | None,
    typer.Option(min=1, max=MOST_STEPS, metavar="N", help="Steps between, for --evaluate."),
]
BoardOption: TypeAlias = Annotated[
    bool,
    typer.Option(
        "--tensorboard",
        help="Write the curves for TensorBoard, too, into the folder's 'tensorboard'.",
    ),
]
FrameCacheOption: TypeAlias = Annotated[
    float | None,
    typer.Option(
        min=0,
        max=MOST_GIB,
        metavar="GIB",
        help="Keep so many GiB of decoded frames of sequences on the disk; without it, the "
        "recipe's.",
    ),
]


def train(
    config: Annotated[
        str, typer.Argument(metavar="CONFIG", help="A recipe in TOML, or a bundled one by name.")
    ],
    sequences: SequencesOption = None,
    tir_offset: TirOffsetOption = None,
    swap: SwapOption = False,
    start_from: StartOption = None,
    evaluate: EvaluateOption = None,
    every: EveryOption = None,
    tensorboard: BoardOption = False,
    frame_cache: FrameCacheOption = None,
    resume: Annotated[bool, typer.Option(help="Go on from the folder's last checkpoint.")] = False,
    device: Annotated[
        str | None,
        typer.Option(metavar="D", help="cpu, cuda, mps or auto; without it, the recipe's."),
    ] = None,
    threads: Annotated[
        int | None,
        typer.Option(min=1, max=MOST_THREADS, metavar="N", help="CPU threads of the optimiser."),
    ] = None,
) -> None:
    """Train a tracker from a recipe; the folder it names keeps checkpoints and curves."""
    import torch

    from tracker_core.training.distributed import joined
    from tracker_core.training.provenance import recipe_facts

    if every is not None and evaluate is None:
        raise typer.BadParameter("--every says how often --evaluate does; name a DATASET with it.")
    wanted = Wanted(evaluate, every or 0, tir_offset, swap, tensorboard, frame_cache)
    recipe = wanted_recipe(config, sequences, start_from, wanted)
    again = resume_command(config, sequences, device, threads, wanted)
    if threads is not None:
        torch.set_num_threads(threads)
    with joined(device or recipe.train.device) as chosen:
        facts = recipe_facts(recipe, config, given_words(sequences, tir_offset, swap=swap))
        # Before pictures are prepared: a wrong path is known at once.
        beside = wanted.opened()
        finished = _train(recipe, facts, chosen, beside, resume=resume, again=again)
    if not finished:
        raise typer.Exit(INTERRUPTED)


@dataclass(frozen=True, slots=True)
class Beside:
    """What goes on beside the training."""

    test: TestSet
    tensorboard: bool


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the command line says beside the recipe, its sequences and its start."""

    evaluate: Path | None = None
    every: int = 0
    tir_offset: int | None = None
    swap: bool = False
    tensorboard: bool = False
    frame_cache: float | None = None

    def opened(self) -> Beside:
        """Find the test set's sequences, none where none is named, and what TensorBoard needs."""
        from tracker_core.training.board import check_board
        from tracker_core.training.test_set import TestSet, open_test_set

        if self.tensorboard:
            check_board()
        if self.evaluate is None:
            return Beside(TestSet(), self.tensorboard)
        found = open_test_set(self.evaluate, self.every, self.tir_offset, swap=self.swap)
        return Beside(found, self.tensorboard)


def wanted_recipe(
    config: str, sequences: list[Path] | None, start_from: Path | None, wanted: Wanted
) -> Recipe:
    """Read the recipe and change what the command line does; its folders of data are there."""
    from tracker_core.training.data.sources import check_folders
    from tracker_core.training.recipe import load_recipe

    recipe = load_recipe(config)
    if sequences:
        recipe = recipe.with_sequences(sequences)
    if wanted.tir_offset is not None:
        recipe = recipe.with_offset(wanted.tir_offset)
    if wanted.swap:
        recipe = recipe.swapped()
    if wanted.frame_cache is not None:
        recipe = recipe.with_frame_cache(wanted.frame_cache)
    if start_from is not None:
        recipe = recipe.starting_from(start_from)
    # Before a network is built and pictures are prepared, which takes minutes.
    check_folders(recipe.data)
    return recipe


def resume_command(
    config: str,
    sequences: list[Path] | None,
    device: str | None,
    threads: int | None,
    wanted: Wanted | None = None,
) -> str:
    """Return the command that goes on with a run that was begun with these."""
    wanted = wanted or Wanted()
    # Without --start-from: by then the folder of the run has weights of its own.
    options: list[tuple[str, Path | str | float | None]] = [
        *(("--sequences", folder) for folder in sequences or ()),
        ("--tir-offset", wanted.tir_offset),
        ("--evaluate", wanted.evaluate),
        ("--every", wanted.every or None),
        ("--frame-cache", wanted.frame_cache),
        ("--device", device),
        ("--threads", threads),
    ]
    words = [str(word) for option in options if option[1] is not None for word in option]
    if wanted.tensorboard:
        words.append("--tensorboard")
    if wanted.swap:
        words.append("--swap")
    return shlex.join(["ckd-studio", "train", config, *words, "--resume"])


def given_words(sequences: list[Path] | None, tir_offset: int | None, *, swap: bool) -> list[str]:
    """What the command line changed in what a recipe trains on, for the file of weights.

    Of folders the names alone: where they lie is nobody else's business.
    """
    words = [f"--sequences {folder.resolve().name}" for folder in sequences or ()]
    offset = [] if tir_offset is None else [f"--tir-offset {tir_offset}"]
    return [*words, *offset, *(["--swap"] if swap else [])]


def _train(
    recipe: Recipe,
    facts: dict[str, str],
    device: torch.device,
    beside: Beside,
    *,
    resume: bool,
    again: str,
) -> bool:
    """Train to the end or until somebody stops it, and say what came of it.

    `again` is the command that goes on after a stop, `facts` are what weights say of the recipe.
    """
    from tracker_core.held import held_folder
    from tracker_core.training.distributed import ranks

    # Several processes of one run are one run: the first of them writes.
    if not ranks().first:
        # It writes nothing, and while it waits for others no Python runs that could be interrupted.
        end_on_kill()
        return _train_in(recipe, facts, device, beside, lambda: None, resume=resume, again=again)
    with held_folder(recipe.folder) as held:
        return _train_in(recipe, facts, device, beside, held.refresh, resume=resume, again=again)


def _train_in(
    recipe: Recipe,
    facts: dict[str, str],
    device: torch.device,
    beside: Beside,
    alive: Callable[[], None],
    *,
    resume: bool,
    again: str,
) -> bool:
    """`_train` in a folder that is ours; `alive` shows other computers that it still is."""
    from tracker_core.training.distributed import ranks
    from tracker_core.training.loop import Trainer
    from tracker_core.training.run_files import WEIGHTS

    _check_unused(recipe.folder, resume=resume)
    trainer = Trainer(recipe.model, recipe.train, recipe.loss, recipe.folder, device)
    _prepare(trainer, resume=resume)
    trainer.origin.say(facts)
    finished, quality = _run(trainer, recipe, beside, alive)
    # Every process trains; one of them speaks and writes.
    if not ranks().first:
        return finished
    if trainer.skipped:
        say(f"{count(trainer.skipped, 'sample')} could not be read and gave way to the next.")
    if not finished:
        say(
            f"Stopped after step {trainer.step} of {trainer.config.steps}, which is kept; "
            f"go on with: {again}"
        )
        return False
    out = recipe.folder / WEIGHTS
    trainer.export(out, {})
    result(f"{out}: {count(trainer.step, 'step')}{_words(quality)}")
    return True


def _check_unused(folder: Path, *, resume: bool) -> None:
    """Refuse a folder whose run would be overwritten by this one."""
    from tracker_core.training.run_files import LAST, WEIGHTS

    if (folder / LAST).exists():
        if resume:
            return
        raise typer.BadParameter(
            f"{folder} holds a run already; add --resume to go on, or name another folder."
        )
    if (folder / WEIGHTS).exists():
        raise typer.BadParameter(
            f"{folder} holds the weights of a finished run but not its last state {LAST}, so "
            "nothing can go on there; name another folder."
        )


def _prepare(trainer: Trainer, *, resume: bool) -> None:
    if resume and trainer.resume():
        _say_once(f"Going on at step {trainer.step}.")
        return
    if resume:
        _say_once(f"Nothing to resume in {trainer.folder}.")
    # A small convolutional stem learns from nothing; a plain ViT of the paper's kind does not.
    if not trainer.config.start_from and trainer.model.config.stem == "patch":
        _say_once(
            "This run starts from random weights, and the paper's network hardly learns to track "
            "from them: give pretrained ones with --start-from WEIGHTS (OSTrack, DropMAE or a ViT)."
        )
    trainer.begin()


def _say_once(text: str) -> None:
    """Say it on the first of several training processes only."""
    from tracker_core.training.distributed import ranks

    if ranks().first:
        say(text)


def _data(recipe: Recipe, test: TestSet, alive: Callable[[], None]) -> tuple[Prepared, HeldOut]:
    """Open what to train on and what is held out; several processes do it one after the other."""
    from tracker_core.training.data.sources import prepare
    from tracker_core.training.distributed import first_rank_first
    from tracker_core.training.loop import HeldOut
    from tracker_core.training.sequence_clips import kept_in

    with first_rank_first(), progress("Preparing the data") as advance:

        def seen(_what: str, done: int, total: int) -> None:
            alive()
            advance(done, total)

        learnt = prepare(recipe.data, "train", seen)
        held_out = prepare(recipe.data, "held_out", seen)
        clips = _clips(recipe, held_out)
    # Once each, in order: both parts of the data often have the same to say.
    for note in dict.fromkeys((*learnt.notes, *held_out.notes, *test.notes)):
        _say_once(note)
    both = sorted(test.names & {each.name for each in learnt.sequences.sequences})
    if both:
        _say_once(
            f"{count(len(both), 'sequence')} of the test set, such as {both[0]}, are also trained "
            "on: what it reaches there says nothing about others."
        )
    test = replace(test, clips=kept_in(test.clips, held_out.frames))
    return learnt, HeldOut(held_out.pairs, kept_in(clips, held_out.frames), test)


def _clips(recipe: Recipe, held_out: Prepared) -> tuple[Clip, ...]:
    """What validation tracks in closed loop: clips of held-out pictures and sequences."""
    from tracker_core.training.data.assets import Assets
    from tracker_core.training.data.material import CLIP_CONDITIONS
    from tracker_core.training.sequence_clips import sequence_clips
    from tracker_core.training.validation import asset_clips

    wanted, frames = recipe.train.validation_clips, recipe.train.validation_frames
    clips: tuple[Clip, ...] = ()
    if wanted and recipe.data.photos:
        assets = Assets.load(recipe.data.cache, split="held_out")
        clips += asset_clips(assets, wanted, frames) if assets.photos else ()
    if wanted and held_out.sequences.sequences:
        # As many as of pictures, of which there are so many under each condition.
        clips += sequence_clips(held_out.sequences, wanted * len(CLIP_CONDITIONS), frames)
    return clips


def _run(
    trainer: Trainer, recipe: Recipe, beside: Beside, alive: Callable[[], None]
) -> tuple[bool, Quality | None]:
    """Train on; gives whether it came to the end, and the last quality that was measured."""
    from tracker_core.errors import CKDError
    from tracker_core.training.data.digest import data_facts
    from tracker_core.training.distributed import ranks
    from tracker_core.training.progress import Watch

    learnt, held_out = _data(recipe, beside.test, alive)
    trainer.origin.say(data_facts(learnt))
    if learnt.pairs is None:
        raise CKDError("The recipe leaves nothing to train on; see its [data] table.")
    last: Quality | None = None
    lively = sys.stderr.isatty()
    several = ranks().count > 1
    with (
        _board(trainer, beside) as board,
        stoppable(patient=several) as request,
        progress("Training", trainer.config.steps) as advance,
    ):

        def report(seen: Progress) -> None:
            nonlocal last
            advance(seen.step, seen.steps)
            if board is not None:
                board.add(seen)
            # Most reports have none: it is measured now and then.
            last = seen.quality or last
            # On a terminal the bar says the rest; a log has nothing else.
            if seen.quality is not None or seen.tested is not None or not lively:
                say(_line(seen))

        def stop() -> bool:
            alive()
            return request.asked

        watch = Watch(report=report, notice=say, stop=stop)
        finished = trainer.run(learnt.pairs, held_out, watch)
    return finished, last


def _board(trainer: Trainer, beside: Beside) -> AbstractContextManager[Board | None]:
    """TensorBoard's file on the first of several training processes, where it is wanted."""
    from tracker_core.training.board import Board
    from tracker_core.training.distributed import ranks

    if not beside.tensorboard or not ranks().first:
        return nullcontext()
    # After the rows that the curves kept: a resumed run reports what came after them once more.
    rows = trainer.curves.rows
    return Board(trainer.folder, int(rows[-1]["step"]) if rows else 0)


def _line(seen: Progress) -> str:
    """One report in a line."""
    best = ", the best so far" if seen.best else ""
    return (
        f"step {seen.step} of {seen.steps}: loss {seen.losses['total']:.3f}, "
        f"{seen.pairs_per_second:.0f} pairs/s, {_duration(seen.seconds_left)} left"
        f"{_words(seen.quality)}{best}{_test_words(seen.tested)}"
    )


def _test_words(found: Tested | None) -> str:
    if found is None:
        return ""
    return f", on the test set SR {found.success:.3f}, PR {found.precision:.3f}"


def _words(quality: Quality | None) -> str:
    if quality is None:
        return ""
    values = (("held-out IoU", quality.iou), ("SR in closed loop", quality.success))
    return "".join(f", {name} {value:.3f}" for name, value in values if value is not None)


def _duration(seconds: float) -> str:
    minutes = round(seconds / 60)
    return f"{minutes // 60} h {minutes % 60:02d} min" if minutes >= 60 else f"{minutes} min"
