"""How often "perhaps lost" is right, how much of what is lost it finds, and how often it cries.

    python -m benchmarks.lost [--weights NAME|FILE] [--stills DIR] [--kept FILE] [--rows FILE]

Synthetic clips in which targets are hidden, leave or have look-alikes, and windows over registered
stills that something crosses or one camera of which fails, are tracked from their first true box,
never helped again. For limits of the score, of the expected overlap (where the network has a head
for it) and numbers of low frames in a row it prints, with 95 % bootstrap intervals over clips (over
stills for windows): the share of frames of which "perhaps lost" is said whose box overlaps the
target by less than half, the share of lost frames (overlap below 0.1, or no target there) and of
losses of five frames or more that it finds, and false alarms for 1 000 frames. Leaves with 1 where
the rule in use is right on too few frames or cries too often.
"""

from __future__ import annotations

import argparse
import math
import sys
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from time import monotonic

import numpy as np

from app.resolve.lost import RULE, LostRule
from benchmarks.bounded import whole
from benchmarks.lost.footage import followed, scene_clips, watched_clips, window_clips
from benchmarks.lost.judging import CALM, NEVER, PRECISE, STRETCH, Followed, Worth, best, worth
from benchmarks.machine import processor
from benchmarks.quality.clips import Clip
from benchmarks.quality.kept import KeptRows
from benchmarks.quality.runner import Contender, Workers
from tracker_core.bounds import Bounds
from tracker_core.errors import CKDError
from tracker_core.trackers.ckd import CKDSource

LIMITS = tuple(round(0.05 * step, 2) for step in range(2, 13))
FRAMES = 1, 3, 5, 8
COUNT = Bounds(0, 100)
LENGTH = Bounds(20, 2000)
MINUTES = Bounds(1, 10_000)


def main(words: Sequence[str] | None = None) -> int:
    """Measure; 1 when the rule in use does not serve, 2 for bad input."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--weights", default="tiny", help="name or file of CKD's weights")
    parser.add_argument("--clips", type=whole(COUNT), default=3, help="of each synthetic scene")
    parser.add_argument("--frames", type=whole(LENGTH), default=160, help="of each of them")
    parser.add_argument("--stills", type=Path, help="folder of registered pairs: windows, too")
    parser.add_argument("--pairs", type=whole(COUNT), default=12, help="so many of its pairs")
    parser.add_argument("--purpose", choices=("validation", "report"), default="validation",
                        help="which seeds: to choose limits by, or to report them")  # fmt: skip
    parser.add_argument("--rows", type=Path, help="keep what was tracked; a next run goes on")
    parser.add_argument("--kept", type=Path, help="rows of benchmarks.quality; nothing is tracked")
    parser.add_argument("--cache", type=Path, help="clips of benchmarks.review_reasons, likewise")
    parser.add_argument("--minutes", type=whole(MINUTES), help="begin no clip later")
    chosen = parser.parse_args(words)
    try:
        clips = _known(chosen)
    except CKDError as error:
        print(error, file=sys.stderr)
        return 2
    if not clips:
        parser.error("there is nothing to judge; ask for --clips or name --stills")
    given = [each for each in (chosen.cache, chosen.kept) if each is not None]
    print(f"On {processor()}: {' and '.join(map(str, given)) or chosen.weights}")
    return 0 if _show(clips) else 1


def _known(chosen: argparse.Namespace) -> list[Followed]:
    if chosen.cache is None and chosen.kept is None:
        return _tracked(chosen)
    watched = [] if chosen.cache is None else watched_clips(chosen.cache)
    return watched + ([] if chosen.kept is None else _kept(chosen.kept))


def _tracked(chosen: argparse.Namespace) -> list[Followed]:
    """Track what no run before has, and return all of it."""
    contender = Contender(Path(chosen.weights).stem, CKDSource.of(chosen.weights, "cpu"))
    clips: list[Clip] = list(scene_clips(chosen.purpose, chosen.clips, chosen.frames))
    if chosen.stills is not None:
        clips += window_clips(chosen.stills, chosen.purpose, chosen.pairs)
    kept = KeptRows(chosen.rows)
    ends = math.inf if chosen.minutes is None else monotonic() + 60 * chosen.minutes
    tasks = kept.missing(clips, [contender])
    for done, (task, scores) in enumerate(Workers().run(tasks, lambda: monotonic() > ends), 1):
        kept.add(task, scores)
        print(f"{done} of {len(tasks)}: {task.clip.name}", file=sys.stderr, flush=True)
    return followed(kept.scores(clips, [contender]), clips)


def _kept(path: Path) -> list[Followed]:
    scores = KeptRows(path).everything()
    trackers = sorted({score.tracker for score in scores})
    if len(trackers) != 1:
        raise CKDError(
            f"{path} has rows of {', '.join(trackers) or 'no tracker'}; limits are judged for "
            "one tracker."
        )
    return followed(scores, ())


def _show(clips: Sequence[Followed]) -> bool:
    """Print all tables; return whether the rule in use serves."""
    frames, lost = sum(len(each.iou) for each in clips), sum(int(c.lost.sum()) for c in clips)
    wrong = sum(int(each.wrong.sum()) for each in clips)
    print(f"{len(clips)} clips, {frames} frames, {lost} lost, {wrong} with a wrong box")
    for kind in dict.fromkeys(each.kind for each in clips):
        own = [each for each in clips if each.kind == kind]
        print(f"  {kind:<18}{len(own):>4} clips {sum(int(c.lost.sum()) for c in own):>6} lost")
    says = any(np.isfinite(each.overlap).any() for each in clips)
    print(
        f"{'score':>6}{'overlap':>8}{'in row':>7}  {'right':<22}{'lost':>5}  {'found':<22}"
        f"{f'losses of {STRETCH}+ found':<22}{'false alarms / 1 000':<20}"
    )
    used = worth(clips, RULE)
    print(f"{_line(used)}  (in use)")
    for rules in _grid(overlap=says):
        tried = [worth(clips, rule) for rule in rules]
        chosen = best(tried)
        for each in tried:
            print(_line(each) + ("  (finds most of those that serve)" if each is chosen else ""))
    print(
        f"A rule serves that is right on {PRECISE:.0%} of its frames, with at most {CALM:g} false "
        "alarms for 1 000 frames."
    )
    return used.serves or np.isnan(used.precision.value)


def _grid(*, overlap: bool) -> Iterator[list[LostRule]]:
    """Yield the rules by score, then those by the expected overlap and by either."""
    yield [LostRule(limit, NEVER, row) for row in FRAMES for limit in LIMITS]
    if overlap:
        yield [LostRule(NEVER, limit, row) for row in FRAMES for limit in LIMITS]
        yield [replace(RULE, overlap=limit, frames=row) for row in FRAMES for limit in LIMITS]


def _line(each: Worth) -> str:
    score, overlap = (
        "-" if limit == NEVER else f"{limit:.2f}" for limit in (each.rule.score, each.rule.overlap)
    )
    figures = each.precision, each.recall, each.stretches
    right, found, stretches = (f"{figure!s:<22}" for figure in figures)
    alarms = each.false_alarms
    return (
        f"{score:>6}{overlap:>8}{each.rule.frames:>7}  {right}{each.lost:>5.2f}  {found}"
        f"{stretches}{alarms.value:.1f} [{alarms.low:.1f}, {alarms.high:.1f}]"
    )


if __name__ == "__main__":
    sys.exit(main())
