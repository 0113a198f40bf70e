"""How fast training pairs are made on one core: `python benchmarks/data_rate.py runs/assets/cache`.

Prints pairs per second at the sizes of `tiny` and of `base`, the processor time per pair, and how
the time is shared between kinds of pairs.
"""

from __future__ import annotations

import argparse
import os
import time
from collections import defaultdict
from pathlib import Path

# Before the libraries are imported: they read it once, and this measures one core.
os.environ.setdefault("OMP_NUM_THREADS", "1")

from benchmarks.bounded import REPEATS, whole
from tracker_core.imaging import cv2
from tracker_core.training.data.assets import Assets
from tracker_core.training.data.pair_config import PairConfig
from tracker_core.training.data.pairs import PairSource

WARM_UP = 50


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "cache",
        type=Path,
        nargs="?",
        default=Path("runs/assets/cache"),
        help="picture cache, see docs/training-data.md",
    )
    parser.add_argument("--pairs", type=whole(REPEATS), default=600)
    arguments = parser.parse_args()
    cv2.setNumThreads(1)
    start = time.perf_counter()
    assets = Assets.load(arguments.cache)
    print(
        f"{len(assets.photos)} photographs, {len(assets.cutouts)} cut-outs, "
        f"{len(assets.tracks)} video patches, opened in {time.perf_counter() - start:.2f} s"
    )
    for template, search in ((64, 128), (128, 256)):
        measure(PairSource(assets, PairConfig(template, search), seed=0), arguments.pairs)


def measure(source: PairSource, pairs: int) -> None:
    """Draw pairs and print how long they took."""
    for index in range(WARM_UP):  # the first pairs read the pictures from the disk
        source.sample(index)
    spent: dict[str, list[float]] = defaultdict(list)
    wall, processor = time.perf_counter(), time.process_time()
    for index in range(pairs):
        begun = time.process_time()  # of the processor: other programs do not count
        kind = source.sample(index).condition.split("/")[0].removeprefix("other_")
        spent[kind].append(time.process_time() - begun)
    wall, processor = time.perf_counter() - wall, time.process_time() - processor
    size = f"{source.config.template_size}/{source.config.search_size} px"
    print(
        f"{size}: {pairs / wall:.0f} pairs/s, {pairs / processor:.0f} per second of processor time"
    )
    for kind, times in sorted(spent.items()):
        print(f"  {kind}: {1000 * sum(times) / len(times):.2f} ms")


if __name__ == "__main__":
    main()
