"""What the scores of all clips add up to, and which of the marks set for the tracker are held."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean, median

import numpy as np

from benchmarks.quality.clips import RECORDED
from benchmarks.quality.matching import Matching
from benchmarks.quality.peers import NANOTRACK_RGB, NANOTRACK_TIR
from benchmarks.quality.runner import ClipScore, Figures
from benchmarks.quality.windows import REAL_WINDOW
from tracker_core.evaluation.result_files import write_whole
from tracker_core.training.data.material import CLIP_CONDITIONS

MARGIN = 0.02
"""How far below NanoTrack's better modality success may stay over all clips."""
LEAST_SR = 0.55
"""Success that every condition must reach."""
MOST_LEFT = 0.5
"""What a wrong template may leave of the pair IoU."""
# By then the ends of an interval move by less than a thousandth from seed to seed.
_RESAMPLES = 10_000


@dataclass(frozen=True, slots=True)
class Summary:
    """The scores of a run; the trackers and clips keep their order."""

    scores: tuple[ClipScore, ...]

    @property
    def trackers(self) -> tuple[str, ...]:
        """Names, ours first."""
        return tuple(dict.fromkeys(score.tracker for score in self.scores))

    @property
    def conditions(self) -> tuple[str, ...]:
        """Conditions of the made-up clips."""
        there = {score.condition for score in self.scores}
        return tuple(name for name in CLIP_CONDITIONS if name in there)

    @property
    def recorded(self) -> tuple[str, ...]:
        """Names of the recorded clips."""
        names = (score.clip for score in self.scores if score.condition == RECORDED)
        return tuple(dict.fromkeys(names))

    def made(self, tracker: str) -> list[ClipScore]:
        """One tracker's scores on all made-up clips, in an order that all trackers share."""
        own = (each for each in self.scores if each.tracker == tracker)
        # Sorted: processes finish in any order, and trackers are compared clip by clip.
        return sorted((each for each in own if each.condition in CLIP_CONDITIONS), key=_clip)

    def over_windows(self, tracker: str) -> list[ClipScore]:
        """One tracker's scores on windows that move over recorded frames."""
        own = (each for each in self.scores if each.tracker == tracker)
        return sorted((each for each in own if each.condition == REAL_WINDOW), key=_clip)

    def within(self, tracker: str, condition: str) -> list[ClipScore]:
        """One tracker's scores on the clips of a condition."""
        return [each for each in self.made(tracker) if each.condition == condition]

    def on(self, tracker: str, clip: str) -> ClipScore:
        """One tracker's score on one clip."""
        return next(e for e in self.scores if e.tracker == tracker and e.clip == clip)

    def speed(self, tracker: str) -> float:
        """Frames per second, the median over all clips."""
        return median(e.frames_per_second for e in self.scores if e.tracker == tracker)


def mean(scores: Iterable[ClipScore]) -> Figures:
    """Figures over several clips, each of which counts the same."""
    all_of_them = [score.figures for score in scores]
    return Figures(
        pr=fmean(each.pr for each in all_of_them),
        npr=fmean(each.npr for each in all_of_them),
        sr=fmean(each.sr for each in all_of_them),
        iou=fmean(each.iou for each in all_of_them),
    )


def interval(values: Sequence[float], seed: int = 0) -> tuple[float, float]:
    """The 95 % bootstrap interval of the mean of some values, drawn again clip by clip."""
    known = np.asarray(values, np.float64)
    # (R, N) indices of clips; the same seed, so that the same scores have the same interval.
    drawn = np.random.default_rng(seed).integers(len(known), size=(_RESAMPLES, len(known)))
    low, high = np.percentile(known[drawn].mean(axis=1), (2.5, 97.5))
    return float(low), float(high)


@dataclass(frozen=True, slots=True)
class Verdict:
    """One mark that was set beforehand, and what came out."""

    mark: str
    """What must hold."""
    held: bool
    found: str
    """The figures that decide."""


def verdicts(summary: Summary, matching: Sequence[Matching]) -> list[Verdict]:
    """Judge the first tracker of the run by every mark that the run has figures for."""
    judged = []
    ours = summary.trackers[0]
    if {NANOTRACK_RGB, NANOTRACK_TIR} <= set(summary.trackers) and summary.conditions:
        judged.append(_overall(summary, ours))
        judged += [
            _above(summary, ours, peer, condition)
            for condition, peer in (("night", NANOTRACK_RGB), ("crossover", NANOTRACK_TIR))
            if condition in summary.conditions
        ]
    if summary.conditions:
        judged.append(_no_condition_fails(summary, ours))
    judged += [_matches(each) for each in matching[:1]]  # the first is over all kinds of targets
    return judged


def _overall(summary: Summary, ours: str) -> Verdict:
    peer = max((NANOTRACK_RGB, NANOTRACK_TIR), key=lambda name: mean(summary.made(name)).sr)
    own, other = summary.made(ours), summary.made(peer)
    # Paired: clips differ far more than trackers do on one clip.
    ahead = [a.figures.sr - b.figures.sr for a, b in zip(own, other, strict=True)]
    low, high = interval(ahead)
    return Verdict(
        f"SR overall at least NanoTrack's better modality less {MARGIN:.2f}",
        fmean(ahead) >= -MARGIN,
        f"{mean(own).sr:.3f} against {mean(other).sr:.3f} of {peer}, difference "
        f"{fmean(ahead):+.3f} [{low:+.3f}, {high:+.3f}]",
    )


def _above(summary: Summary, ours: str, peer: str, condition: str) -> Verdict:
    own, other = (mean(summary.within(name, condition)).sr for name in (ours, peer))
    return Verdict(f"SR above {peer} in {condition}", own > other, f"{own:.3f} against {other:.3f}")


def _no_condition_fails(summary: Summary, ours: str) -> Verdict:
    reached = {name: mean(summary.within(ours, name)).sr for name in summary.conditions}
    below = [f"{name} {sr:.3f}" for name, sr in reached.items() if sr < LEAST_SR]
    worst = min(reached, key=reached.__getitem__)
    found = ", ".join(below) if below else f"the lowest is {worst} with {reached[worst]:.3f}"
    return Verdict(f"No condition below SR {LEAST_SR:.2f}", not below, found)


def _matches(found: Matching) -> Verdict:
    return Verdict(
        "A wrong template costs at least half of the pair IoU",
        found.share_left <= MOST_LEFT,
        f"{found.right:.3f} with the right one, {found.wrong:.3f} with another: "
        f"{found.share_left:.0%} left",
    )


def write_csv(summary: Summary, path: Path) -> None:
    """Write one row per tracker and clip; the file appears only when it is complete."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")  # the writer below is for text
    writer.writerow(
        ("tracker", "condition", "clip", "frames", "pr", "npr", "sr", "iou", "frames_per_second")
    )
    for score in summary.scores:
        found = score.figures
        rates = (f"{value:.5f}" for value in (found.pr, found.npr, found.sr, found.iou))
        row = (score.tracker, score.condition, score.clip, score.frames, *rates)
        writer.writerow((*row, f"{score.frames_per_second:.1f}"))
    write_whole(path, text.getvalue())


def _clip(score: ClipScore) -> str:
    return score.clip
