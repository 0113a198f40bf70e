"""What a caller learns of a run while it goes on."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from tracker_core.training.test_set import Tested
from tracker_core.training.validation import Quality


@dataclass(frozen=True, slots=True)
class Progress:
    """What a caller may show after a step."""

    step: int
    """Steps done."""
    steps: int
    """Steps in all."""
    losses: dict[str, float]
    """Named losses that count, averaged since the last report."""
    gradients: dict[str, float]
    """Norms of each weighted loss's gradient at the students, where a step measured them."""
    learning_rate: float
    """Of the heads, at this step."""
    pairs_per_second: float
    """Pairs trained on per second since the last report, over all ranks."""
    seconds_left: float
    """How long the rest takes at that speed."""
    quality: Quality | None
    """On the steps that validate."""
    tested: Tested | None
    """On the steps that track the test set."""
    best: bool
    """Whether this quality is the best so far."""
    skipped: int
    """Samples that could not be read so far; the next ones stood in their places."""

    def as_row(self) -> dict[str, float | None]:
        """The curves' columns."""
        return {
            "step": self.step,
            "learning_rate": self.learning_rate,
            "pairs_per_second": self.pairs_per_second,
            "validation_iou": self.quality.iou if self.quality else None,
            "validation_success": self.quality.success if self.quality else None,
            **self.losses,
            **self.gradients,
            **(self.tested.as_row() if self.tested else {}),
        }


@dataclass(slots=True)
class Watch:
    """Who hears of what while a run goes on, and who may end it."""

    report: Callable[[Progress], None] | None = None
    """Told every `report_steps` steps and after each validation, on the first rank."""
    notice: Callable[[str], None] | None = None
    """Told of the first sample that cannot be read."""
    stop: Callable[[], bool] | None = None
    """Asked in each step; True ends the run after it, with a checkpoint."""
    report_steps: int = 50
    _noticed: bool = field(default=False, init=False)

    def tell_skipped(self, sentence: str) -> None:
        """Pass on the first sentence about a sample that cannot be read; later ones are counted."""
        if self.notice is not None and not self._noticed:
            self.notice(f"{sentence} The next sample is taken instead, and so from here on.")
        self._noticed = True


class Meter:
    """Averages losses and speed between reports."""

    def __init__(self, batch_size: int, accumulate: int = 1) -> None:
        self._batch_size = batch_size
        self._accumulate = accumulate
        self._sums: dict[str, float] = {}
        self._noted: dict[str, float] = {}
        self._count = 0
        # Apart from `_count`: a resumed run knows losses of before, but times only its own steps.
        self._timed = 0
        self._seconds = 0.0
        self._since: float | None = None

    def state(self) -> dict[str, Any]:
        """The losses since the last report, for a run that goes on later."""
        return {"sums": dict(self._sums), "count": self._count, "noted": dict(self._noted)}

    def load(self, state: Mapping[str, Any]) -> None:
        """Go on with those losses."""
        self._sums, self._count = dict(state["sums"]), int(state["count"])
        self._noted = dict(state.get("noted", {}))  # states of before gradients were measured

    def restart_clock(self) -> None:
        """Time steps from here on."""
        self._timed, self._seconds, self._since = 0, 0.0, time.monotonic()

    def stop_clock(self) -> None:
        """Do not count what follows, until the next report."""
        if self._since is not None:
            self._seconds += time.monotonic() - self._since
            self._since = None

    def note(self, gradients: Mapping[str, float]) -> None:
        """Keep the gradients of one step for the next report; the last ones stand."""
        self._noted = dict(gradients)

    def add(self, losses: Mapping[str, float]) -> None:
        """Count one batch."""
        for name, value in losses.items():
            self._sums[name] = self._sums.get(name, 0.0) + value
        self._count += 1
        self._timed += 1

    def progress(
        self,
        step: tuple[int, int],
        rate: float,
        found: tuple[Quality | None, Tested | None],
        *,
        best: bool,
        skipped: int,
    ) -> Progress:
        """What there is to say after this step of so many; averages start again."""
        self.stop_clock()
        done, steps = step
        # The clock of some systems is coarse enough to show no time between two steps.
        speed = self._timed * self._batch_size / max(1e-9, self._seconds)
        means = {name: value / max(1, self._count) for name, value in self._sums.items()}
        left = (steps - done) * self._accumulate * self._batch_size / max(1e-9, speed)
        noted, self._noted = self._noted, {}
        self._sums, self._count = {}, 0
        self.restart_clock()
        return Progress(done, steps, means, noted, rate, speed, left, *found, best, skipped)
