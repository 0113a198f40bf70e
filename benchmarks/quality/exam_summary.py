"""What the exams over stills add up to: figures with intervals, differences, causes, marks."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.quality.by_pair import (
    RIGHT,
    Bin,
    Estimate,
    area_under_roc,
    bin_numbers,
    mean_over,
    reliability,
)
from benchmarks.quality.exams import (
    CROSSED,
    EXAMS,
    FAILING,
    FURTHER,
    PLAIN,
    SWITCHING,
    THIRD,
    StillClip,
)
from benchmarks.quality.peers import NANOTRACK_RGB, NANOTRACK_TIR
from benchmarks.quality.runner import JUDGES, Answers, ClipScore
from benchmarks.quality.summary import Verdict
from tracker_core.evaluation.metrics import Values
from tracker_core.evaluation.result_files import write_whole

LOST = 0.1
"""Overlap below which a box has nothing to do with the target."""
LOST_SHARE = 0.2
"""A target is lost for good that is lost all through so much of the end of a clip."""
TWICE = "RGB twice", "thermal twice"
"""What is behind a tracker's name where one camera is in both of its inputs."""
MARGINS = {PLAIN: 0.03, CROSSED: 0.06, THIRD: 0.0}
"""By how much mean IoU must be above that of NanoTrack's better camera."""
FAILING_MARGIN = 0.1
"""By how much it must be above either camera alone where one of both fails."""


def lost_for_good(iou: Values) -> bool:
    """Whether the target is lost at the end of a clip, and has been for a while."""
    end = max(1, round(LOST_SHARE * len(iou)))
    return bool((iou[-end:] < LOST).all())


Measure = Callable[[Answers], float]
"""One figure of one clip."""

MEASURES: dict[str, Measure] = {
    "iou": lambda given: float(given.iou.mean()),
    "true_size": lambda given: float(given.true_size.mean()),
    "true_centre": lambda given: float(given.true_centre.mean()),
    "lost": lambda given: float(lost_for_good(given.iou)),
}


@dataclass(frozen=True)
class ExamSummary:
    """The scores of the exams; every tracker has followed every clip."""

    clips: tuple[StillClip, ...]
    """In the order of the exams."""
    scores: tuple[ClipScore, ...]

    @cached_property
    def trackers(self) -> tuple[str, ...]:
        """Names, ours first."""
        return tuple(dict.fromkeys(score.tracker for score in self.scores))

    @cached_property
    def exams(self) -> tuple[str, ...]:
        """Those of which there are scores."""
        there = {score.condition for score in self.scores}
        return tuple(name for name in (*EXAMS, *FURTHER) if name in there)

    @cached_property
    def _by_name(self) -> dict[tuple[str, str], Answers]:
        return {
            (score.tracker, score.clip): score.answers
            for score in self.scores
            if score.answers is not None
        }

    def windows(self, exam: str, kind: str | None = None) -> list[StillClip]:
        """The clips of an exam that were followed, of one kind."""
        return [
            clip
            for clip in self.clips
            if clip.condition == exam
            and kind in (None, clip.kind)
            and (self.trackers[0], clip.name) in self._by_name
        ]

    def kinds(self, exam: str) -> tuple[str, ...]:
        """What is compared within an exam."""
        return tuple(sorted({clip.kind for clip in self.windows(exam)}))

    def values(self, tracker: str, clips: Sequence[StillClip], measure: str) -> list[float]:
        """One figure for each clip."""
        return [MEASURES[measure](self._by_name[tracker, clip.name]) for clip in clips]

    def mean(
        self, tracker: str, exam: str, measure: str = "iou", kind: str | None = None
    ) -> Estimate:
        """A figure over an exam."""
        clips = self.windows(exam, kind)
        return mean_over(self.values(tracker, clips, measure), [each.pair.name for each in clips])

    def ahead(self, tracker: str, other: str, exam: str) -> Estimate:
        """By how much IoU one tracker is above another, window by window."""
        clips = self.windows(exam)
        pairs = [each.pair.name for each in clips]
        # Paired: windows differ far more than trackers do on one window.
        both = (np.array(self.values(name, clips, "iou")) for name in (tracker, other))
        ours, theirs = both
        return mean_over((ours - theirs).tolist(), pairs)

    def speed(self, tracker: str) -> float:
        """Frames per second, the median over all windows."""
        rates = [each.frames_per_second for each in self.scores if each.tracker == tracker]
        return float(np.median(rates))

    def judged(self, tracker: str, name: str, exams: Sequence[str]) -> Judged | None:
        """All frames of some exams about which a tracker said something; None where it did not."""
        said, iou, pairs = [], [], []
        for exam in exams:
            for clip in self.windows(exam):
                given = self._by_name[tracker, clip.name]
                if name in given.said:
                    spoke = np.isfinite(given.said[name])
                    said.append(given.said[name][spoke])
                    iou.append(given.iou[spoke])
                    pairs += [clip.pair.name] * int(spoke.sum())
        return Judged(np.concatenate(said), np.concatenate(iou), np.array(pairs)) if pairs else None


@dataclass(frozen=True, slots=True, eq=False)
class Judged:
    """What a tracker said of its boxes, frame by frame, and how good they were."""

    said: Values
    iou: Values
    pairs: NDArray[np.str_]

    @property
    def auc(self) -> Estimate:
        """How surely it tells right boxes from wrong ones."""
        return area_under_roc(self.said, self.iou > RIGHT, self.pairs)

    @property
    def bins(self) -> list[Bin]:
        """What its values were worth."""
        return reliability(self.said, self.iou)

    def in_bin(self, each: Bin) -> NDArray[np.bool_]:
        """Which frames are those of one of its bins."""
        own: NDArray[np.bool_] = bin_numbers(self.said) == round(each.low * 10)
        return own


def exam_verdicts(summary: ExamSummary) -> list[Verdict]:
    """Judge the first tracker of the run by every mark that the run has figures for."""
    ours, there = summary.trackers[0], set(summary.trackers)
    judged = []
    peers = [name for name in (NANOTRACK_RGB, NANOTRACK_TIR) if name in there]
    if len(peers) > 1:
        judged += [
            _above(summary, exam, peers, margin, f"NanoTrack's better camera, {exam}")
            for exam, margin in MARGINS.items()
            if exam in summary.exams
        ]
    twice = [name for each in TWICE if (name := f"{ours}, {each}") in there]
    if len(twice) > 1:
        judged += [
            _above(summary, exam, twice, margin, f"the better camera in both inputs, {exam}")
            for exam, margin in ((PLAIN, 0.0), (FAILING, FAILING_MARGIN), (SWITCHING, 0.0))
            if exam in summary.exams
        ]
    return judged


def _above(
    summary: ExamSummary, exam: str, others: Sequence[str], margin: float, than: str
) -> Verdict:
    ours = summary.trackers[0]
    best = max(others, key=lambda name: summary.mean(name, exam).value)
    found = summary.ahead(ours, best, exam)
    # Without a margin a tie is enough where nothing is said of how sure it has to be, but not where
    # the cameras take turns: who only draws level there has no use for a second one.
    tie = margin == 0 and exam != SWITCHING
    held = found.value >= margin and (found.low > 0 or tie)
    return Verdict(
        f"IoU above {than}" + (f", by {margin:.2f}" if margin else ""),
        held,
        f"{summary.mean(ours, exam).value:.3f} against {summary.mean(best, exam).value:.3f} of "
        f"{best}, difference {found.signed}",
    )


def write_exam_csv(summary: ExamSummary, path: Path) -> None:
    """Write one row per tracker and window; the file appears only when it is complete."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    heads = ("tracker", "exam", "pair", "kind", "choice", "seed", "frames", *MEASURES, *JUDGES)
    writer.writerow(heads)
    known = {(score.tracker, score.clip): score for score in summary.scores}
    for clip in summary.clips:
        for tracker in summary.trackers:
            score = known.get((tracker, clip.name))
            if score is None or score.answers is None:
                continue
            given = score.answers
            figures = [f"{measure(given):.5f}" for measure in MEASURES.values()]
            said = [f"{np.nanmean(given.said[n]):.5f}" if n in given.said else "" for n in JUDGES]
            what = clip.condition, clip.pair.name, clip.kind, clip.choice, clip.seed
            writer.writerow((tracker, *what, score.frames, *figures, *said))
    write_whole(path, text.getvalue())
