"""The training loop: steps, moving average, checkpoints that resume exactly, validation, curves."""

from __future__ import annotations

import math
from collections.abc import Generator, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, cast

import torch
from torch import Tensor, nn
from torch.nn.parallel import DistributedDataParallel
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

from tracker_core.checkpoints.opening import save_checkpoint
from tracker_core.ckd.config import ModelConfig
from tracker_core.ckd.model.ckd import CKD
from tracker_core.ckd.tracker import as_device
from tracker_core.errors import CKDError
from tracker_core.training.curves import Curves
from tracker_core.training.data.batches import Pairs, batches
from tracker_core.training.distributed import lost_ranks, ranks, share_statistics, total
from tracker_core.training.gradients import counted, gradient_norms, pulled
from tracker_core.training.precision import (
    Precision,
    check_gradient,
    make_optimizer,
    prefer_channels_last,
)
from tracker_core.training.progress import Meter, Watch
from tracker_core.training.provenance import Origin, code_commit
from tracker_core.training.run_files import (
    BEST,
    LAST,
    epoch_file,
    plain,
    read_state,
    whole_state,
    write_state,
)
from tracker_core.training.stages import load_start, make_task, parameter_groups
from tracker_core.training.task import Batch, LossWeights
from tracker_core.training.test_set import Tested, TestSet, track_test_set
from tracker_core.training.train_config import TrainConfig
from tracker_core.training.validation import Clip, Quality, closed_loop_success, pair_iou


@dataclass(frozen=True, slots=True)
class HeldOut:
    """What the weights are tried on; never trained on."""

    pairs: Pairs | None = None
    """Template and search crops."""
    clips: Sequence[Clip] = ()
    """Tracked in closed loop; when there are any, their success decides which weights are best."""
    test: TestSet = field(default_factory=TestSet)
    """Tracked to be looked at; it decides nothing."""

    def __bool__(self) -> bool:
        """Whether there is anything to try weights on."""
        return self.pairs is not None or bool(self.clips)


class Trainer:
    """Trains one model in one folder; the folder holds all that is needed to go on.

    Started by torchrun and joined (see `distributed`), it is one of several that train together.
    """

    def __init__(
        self,
        model: ModelConfig,
        config: TrainConfig,
        weights: LossWeights,
        folder: Path,
        device: torch.device | None = None,
    ) -> None:
        given, config = config, config.among(ranks().count)
        torch.manual_seed(config.seed)  # before the network: its first weights are drawn from it
        self.config = config
        """With the batch of all processes together and steps counted, whatever the recipe has."""
        self.folder = folder
        self.device = as_device(config.device) if device is None else device
        self.model = CKD(model)
        self.task = make_task(self.model, config, weights).to(self.device)
        if self.device.type == "cpu":
            prefer_channels_last(self.task)
        # Copied before batch norms span the ranks: the average is only ever evaluated, on each
        # alone.
        self._ema = AveragedModel(self.model)
        self._ema.n_averaged.fill_(1)  # the weights of the start count; torch would drop them
        self.average = cast("CKD", self._ema.module)
        self.average.eval().requires_grad_(requires_grad=False)
        # After the move: the optimiser must hold the parameters that are on the device.
        groups = parameter_groups(self.task, config)
        self.optimizer = make_optimizer(groups, self.device, tf32=config.tf32)
        self.step, self.pairs = 0, 0
        self.origin = Origin()
        """What every file of weights says about this run; callers add what they know."""
        self.best: Quality | None = None
        self.skipped = 0
        self.curves = Curves(folder)
        self._own_pairs = ranks().share(config.batch_size)
        self._precision = Precision.choose(config.precision, self.device)
        self._scaler = self._precision.scaler()
        self._forward: nn.Module = self.task
        if ranks().count > 1 and config.shared_statistics:
            share_statistics(self.task)
        self._meter = Meter(config.batch_size, config.accumulate)
        self._wanted, self._part = False, 0  # whether to stop, and how much of a step is done
        self._begun = False
        # Whether the last step still has to be validated, and to track the test set.
        self._owed = (False, False)
        self._recipe = {"model": asdict(model), "train": asdict(given), "loss": asdict(weights)}

    @property
    def checkpoint_path(self) -> Path:
        """Where the run keeps its last state."""
        return self.folder / LAST

    def begin(self) -> None:
        """Start at the first step, from the weights that the configuration names if it does."""
        self._say_code()
        if self.config.start_from:
            self.origin.say(load_start(self.task, Path(self.config.start_from)))
            # Else the average would start from the random weights that it was copied from.
            self.average.load_state_dict(self.model.state_dict())
        if ranks().first:
            self.curves.rewind(0)
        self._begun = True

    def resume(self) -> bool:
        """Load the last state of the folder; False when there is none yet."""
        found = self.checkpoint_path.exists()
        if found:
            with whole_state(self.checkpoint_path):
                self._load(read_state(self.checkpoint_path))
            self._say_code()
        # Where steps differ, at least one rank is off the mean and raises; the others end with it.
        here = torch.tensor([float(self.step)], device=self.device)
        if float(total(here)) != self.step * ranks().count:
            raise CKDError(
                f"The training processes found different states in {self.folder}; "
                "all machines need the same folder."
            )
        if found and ranks().first:
            # A row that is still to come may have been written already.
            self.curves.rewind(self.step - 1 if any(self._owed) else self.step)
        self._begun = found
        return found

    def _say_code(self) -> None:
        self.origin.say({"commit": code_commit(), "seed": str(self.config.seed)})

    def _load(self, state: Mapping[str, Any]) -> None:
        before, now = state["recipe"], plain(self._recipe)
        # What decides which weights there are; steps, rates and loss weights may change on the way.
        for part, kind in (("model", None), ("train", "coupled"), ("train", "stage")):
            was, wanted = before[part], now[part]
            if kind is not None:
                was, wanted = was[kind], wanted[kind]
            if was != wanted:
                raise CKDError(
                    f"{self.checkpoint_path} was trained with another {kind or 'model'} "
                    "configuration; train in another folder or use the same configuration."
                )
        # Numbers of pairs and of steps depend on it; states of before it was an option lack it.
        if self._recipe["train"]["batch_per_process"]:
            trained = state.get("processes", ranks().count)
            if trained != ranks().count:
                raise CKDError(
                    f"{self.checkpoint_path} was trained by {trained} processes with a batch of "
                    f"each one's own; {ranks().count} cannot go on with it."
                )
        self.task.load_state_dict(state["task"])
        self.average.load_state_dict(state["average"])
        # The optimiser's state brings what its groups were before; this recipe and device count.
        own = [
            {name: group[name] for name in ("weight_decay", "share", "fused")}
            for group in self.optimizer.param_groups
        ]
        saved = state["optimizer"]
        groups = [{**group, **kept} for group, kept in zip(saved["param_groups"], own, strict=True)]
        self.optimizer.load_state_dict({**saved, "param_groups": groups})
        # Empty where the run went on in full precision, which scales nothing, until now.
        if state["scaler"]:
            self._scaler.load_state_dict(state["scaler"])
        torch.set_rng_state(state["rng"])
        self.step = state["step"]
        size = self.config.batch_size * self.config.accumulate
        # States of before neither counted pairs nor said where they came from.
        self.pairs = int(state.get("pairs", self.step * size))
        self.origin = Origin(state.get("origin"))
        self.skipped = state["skipped"]
        self.best = Quality(**state["best"]) if state["best"] else None
        self._meter.load(state["meter"])
        # States of before were saved afterwards, or had no test set.
        owed = state.get("owed", False)
        self._owed = (owed, False) if isinstance(owed, bool) else (bool(owed[0]), bool(owed[1]))

    def save(self) -> None:
        """Write the state beside the last one and put it in its place, on the first rank."""
        if not ranks().first:
            return
        state = {
            "recipe": plain(self._recipe),
            "task": self.task.state_dict(),
            "average": self.average.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "scaler": self._scaler.state_dict(),
            "rng": torch.get_rng_state(),
            "step": self.step,
            "pairs": self.pairs,
            "origin": dict(self.origin.facts),
            "skipped": self.skipped,
            "best": asdict(self.best) if self.best else None,
            "meter": self._meter.state(),
            "processes": ranks().count,
            "owed": list(self._owed),
        }
        write_state(self.checkpoint_path, state)

    def export(self, path: Path, provenance: Mapping[str, str], *, half: bool = True) -> None:
        """Write the averaged weights as a checkpoint with what made them, float16 when `half`."""
        own = {
            "steps": str(self.step),
            "pairs": str(self.pairs),
            "batch_size": str(self.config.batch_size),
        }
        save_checkpoint(self.average, path, {**self.origin.facts, **own, **provenance}, half=half)

    def run(
        self, pairs: Pairs, held_out: HeldOut | None = None, watch: Watch | None = None
    ) -> bool:
        """Train from wherever the run stands; False when `watch` stopped it before the end.

        CKDError for a loss or gradient without a number, for a disk without room, when almost
        nothing can be read, and when another rank has ended: the last checkpoint is whole.
        """
        if not self._begun:
            self.begin()
        advice = f"the last checkpoint in {self.folder} is whole: start all of them again to resume"
        with lost_ranks(f"{advice}."), self._among_ranks():
            self._train(pairs, held_out or HeldOut(), watch or Watch())
        return self.step >= self.config.steps

    @contextmanager
    def _among_ranks(self) -> Iterator[None]:
        """Share gradients with the other ranks while the body runs.

        The parallel model holds the group, which ends with its last holder; whoever keeps this
        trainer must not keep that too.
        """
        if ranks().count > 1:
            self._forward = DistributedDataParallel(self.task)
        try:
            yield
        finally:
            self._forward = self.task

    def _train(self, pairs: Pairs, held_out: HeldOut, watch: Watch) -> None:
        self._meter.restart_clock()
        if any(self._owed):
            # Whatever the recipe says by now: these were due when the run was stopped.
            self._measure_and_report(held_out, watch, self._owed)
        # Closed whatever happens: workers that nobody closes are waited for when the program ends.
        with closing(self._batches(pairs)) as drawn:
            for batch in drawn:
                if batch.skipped:
                    watch.tell_skipped(batch.skipped[0])
                stopping = self._learn(batch, wanted=watch.stop is not None and watch.stop())
                if stopping is None:  # the step goes on with the next batch
                    continue
                self.step += 1
                self.pairs += self.config.batch_size * self.config.accumulate
                self._finish_step(held_out, watch, stopping=stopping)
                if stopping:
                    return

    def _finish_step(self, held_out: HeldOut, watch: Watch, *, stopping: bool) -> None:
        """Validate, report and save what is due after a step."""
        self._keep_epoch()
        due = (
            bool(held_out) and self._due(self.config.validate_steps),
            held_out.test.due(self.step, self.config.steps),
        )
        if any(due):
            # A validation takes minutes, a test set hours, and who stops a job may not wait for so
            # long: the state is safe first, and a run that goes on from it makes up for both.
            self._owed = due
            self.save()
            if stopping and self.step < self.config.steps:
                return
        # Report first, save then: the best result and the averages that start again are in the
        # state.
        if any(due) or self._due(watch.report_steps):
            self._measure_and_report(held_out, watch, due)
        if stopping or self._due(self.config.checkpoint_steps):
            self.save()

    def _measure_and_report(self, held_out: HeldOut, watch: Watch, due: tuple[bool, bool]) -> None:
        """Validate and track the test set where either is due, and report."""
        self._meter.stop_clock()  # speed is that of training
        quality = self._measured(held_out) if due[0] and held_out else None
        # A run may go on without the test set that it began with.
        given = due[1] and held_out.test.clips
        found = track_test_set(self.average, held_out.test, self.device) if given else None
        self._report(quality, found, watch)
        self._owed = (False, False)

    def _keep_epoch(self) -> None:
        """Keep the weights of an epoch for good where the recipe wants that one."""
        epoch = self.config.kept_epoch(self.step)
        if epoch is not None and ranks().first:
            # In full: a second stage starts from it.
            self.export(self.folder / epoch_file(epoch), {"epoch": str(epoch)}, half=False)

    def _due(self, every: int) -> bool:
        return self.step % every == 0 or self.step == self.config.steps

    def _batches(self, pairs: Pairs) -> Generator[Batch, None, None]:
        return batches(
            pairs,
            first_step=self.step * self.config.accumulate,
            last_step=self.config.steps * self.config.accumulate,
            batch_size=self._own_pairs,
            workers=self.config.workers,
            rank=ranks().rank,
            ranks=ranks().count,
            pinned=self.device.type == "cuda",
        )

    def _learn(self, batch: Batch, *, wanted: bool) -> bool | None:
        """One batch, and a step with the last one of those that make it.

        Says after a step whether any rank wanted to stop, and None before its last batch.
        """
        config = self.config
        self._forward.train()
        with self._precision.computing():
            losses: dict[str, Tensor] = self._forward(
                batch.to(self.device),
                elimination=config.eliminates(self.step),
                keep_ratios=config.keep_ratios(self.step, self.model.config.keep_ratios),
            )
        # Before the backward pass, in which ranks wait for each other: here all raise, or none.
        self._wanted |= self._agree(losses, len(batch.skipped), wanted=wanted)
        if self._part == 0:
            self.optimizer.zero_grad(set_to_none=True)
        if self._part == config.accumulate - 1 and config.measures_gradients(self.step):
            given = (self.task.weights, pulled(self.task), self._scaler)
            self._meter.note(gradient_norms(losses, *given))
        # The ranks' gradients are averaged but their losses are shares of a sum.
        factor = ranks().count / config.accumulate
        self._scaler.scale(losses["total"] * factor).backward()  # type: ignore[no-untyped-call]
        self._part = (self._part + 1) % config.accumulate
        if self._part:
            return None
        self._optimise()
        stopping, self._wanted = self._wanted, False
        return stopping

    def _optimise(self) -> None:
        """Step along the gradient that is there."""
        for group in self.optimizer.param_groups:
            # From the step alone: a resumed run needs no state of a scheduler.
            group["lr"] = learning_rate(self.config, self.step) * group["share"]
        self._scaler.unscale_(self.optimizer)  # the norm to clip is that of the true gradient
        norm = nn.utils.clip_grad_norm_(self.task.parameters(), self.config.clip_norm)
        check_gradient(norm, self._scaler, self.step, self._safe())
        self._scaler.step(self.optimizer)
        self._scaler.update()
        self._update_ema()

    def _agree(self, losses: Mapping[str, Tensor], skipped: int, *, wanted: bool) -> bool:
        """Note the losses of all ranks together; says whether any of them wanted to stop."""
        # One sum over the ranks carries everything: each costs a round trip.
        own = torch.stack([value.detach().float() for value in losses.values()])
        others = own.new_tensor([float(skipped), float(wanted)])
        *values, skips, stops = total(torch.cat([own, others])).tolist()
        named = dict(zip(losses, values, strict=True))
        if not math.isfinite(named["total"]):
            raise CKDError(
                f"The loss is {named['total']} at step {self.step}; {self._safe()} "
                "Lower the learning rate and resume."
            )
        self._meter.add(counted(named, self.task.weights))
        self.skipped += int(skips)
        return bool(stops > 0)

    def _safe(self) -> str:
        return f"the run stops with its last checkpoint in {self.folder}."

    def _update_ema(self) -> None:
        # Early weights are poor: at first the average forgets faster, as if it were shorter.
        decay = min(self.config.average_decay, (1 + self.step) / (10 + self.step))
        self._ema.multi_avg_fn = get_ema_multi_avg_fn(decay)  # type: ignore[no-untyped-call]
        self._ema.update_parameters(self.model)

    def _measured(self, held_out: HeldOut) -> Quality:
        """How good the averaged weights are; they are kept when they are the best so far."""
        config, iou, success = self.config, None, None
        if held_out.pairs is not None:
            count, size = config.validation_pairs, config.batch_size
            iou = pair_iou(self.average, held_out.pairs, count, size, self.device)
        if held_out.clips:
            success = closed_loop_success(self.average, held_out.clips, self.device)
        if iou is not None and not math.isfinite(iou):
            raise CKDError(
                f"The averaged weights give boxes that are no numbers at step {self.step}; "
                f"{self._safe()} Lower the learning rate and resume."
            )
        found = Quality(self.step, iou, success)
        if found.better_than(self.best):
            self.best = found
            if ranks().first:
                # In full: other runs start from it.
                self.export(self.folder / BEST, found.as_text(), half=False)
        return found

    def _report(self, quality: Quality | None, found: Tested | None, watch: Watch) -> None:
        # Of the step just done: the counter is ahead by one.
        rate = learning_rate(self.config, self.step - 1)
        best = quality is not None and quality == self.best
        # On every rank: it also lets the averages start again.
        at = (self.step, self.config.steps)
        seen = self._meter.progress(at, rate, (quality, found), best=best, skipped=self.skipped)
        if not ranks().first:
            return
        self.curves.add(seen.as_row())
        if quality is not None or found is not None or self.step == self.config.steps:
            self.curves.draw()
        if watch.report is not None:
            watch.report(seen)


def learning_rate(config: TrainConfig, step: int) -> float:
    """Linear warm-up, then the peak for good, or half a cosine down to a hundredth of it."""
    if step < config.warmup_steps:
        # + 1, so that the first step moves, too.
        return config.learning_rate * (step + 1) / config.warmup_steps
    if config.schedule == "constant":
        return config.learning_rate
    share = (step - config.warmup_steps) / max(1, config.steps - config.warmup_steps)
    return config.learning_rate * (0.01 + 0.99 * 0.5 * (1 + math.cos(math.pi * min(1.0, share))))
