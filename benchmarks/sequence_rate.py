"""How fast pairs from sequences are made on one core, with and without decoded frames kept.

    python -m benchmarks.sequence_rate [FOLDER]

Without a folder of sequences it makes two of JPEG files, of 640x480 and 1280x720 pixels. Each is
drawn from three times, the same pairs in the same run: as it is, with frames being kept, and from
the kept ones, which the system may have in memory. Leaves with 1 where the last is not twice as
fast as the first in processor time, which other programs disturb less.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

# Before the libraries are imported: they read it once, and this measures one core.
os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np
import torch

from benchmarks.bounded import REPEATS, whole
from benchmarks.machine import processor
from tracker_core.errors import CKDError
from tracker_core.imaging import cv2, write_image
from tracker_core.training.data.batches import batches
from tracker_core.training.data.frame_cache import GIB, FrameCache
from tracker_core.training.data.sequence_index import index_sequences
from tracker_core.training.data.sequence_pairs import SequencePairConfig, SequencePairs

SIZES = ((640, 480), (1280, 720))
FRAMES = 24
BATCH = 10
TARGET = 2.0
"""How many times as fast kept frames have to be."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print; gives the exit code."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", type=Path, nargs="?", help="sequences of your own")
    parser.add_argument("--pairs", type=whole(REPEATS), default=400)
    given = parser.parse_args(arguments)
    cv2.setNumThreads(1)
    torch.set_num_threads(1)
    print(f"{processor()}, one core, template 128 and search 256 pixels")
    fast = True
    try:
        if given.folder is not None:
            return 0 if measure(str(given.folder), given.folder, given.pairs) else 1
        for size in SIZES:
            with tempfile.TemporaryDirectory() as made:
                bytes_of_all = make_sequence(Path(made) / "set" / "sequence", size)
                name = "{} x {}, {} KB an image".format(*size, bytes_of_all // FRAMES // 2000)
                fast &= measure(name, Path(made) / "set", given.pairs)
    except CKDError as error:
        print(error, file=sys.stderr)
        return 2
    return 0 if fast else 1


def make_sequence(folder: Path, size: tuple[int, int]) -> int:
    """Frames of one textured scene that moves; gives the bytes of all files.

    Thermal in three equal channels, as most benchmarks keep it.
    """
    width, height = size
    noise = np.random.default_rng(0).normal(0, 1, (height, width, 3)).astype(np.float32)
    # Fine and coarse texture, which makes JPEG files about as large as photographs are.
    scene = 128 + sum(
        cv2.GaussianBlur(noise, (0, 0), radius) * (radius * strength)
        for radius, strength in ((1, 14), (4, 20), (16, 24))
    )
    for number in range(FRAMES):
        rgb = np.clip(np.roll(scene, 3 * number, 1), 0, 255).astype(np.uint8)
        tir = np.repeat(rgb[:, :, :1], 3, axis=2)
        for name, image in (("visible", rgb), ("infrared", tir)):
            (folder / name).mkdir(parents=True, exist_ok=True)
            write_image(folder / name / f"{number:04d}.jpg", image)
    rows = "".join(f"{width // 3 + 3 * k},{height // 3},80,100\n" for k in range(FRAMES))
    for name in ("visible.txt", "infrared.txt", "init.txt"):
        (folder / name).write_text(rows, encoding="utf-8")
    return sum(path.stat().st_size for path in folder.glob("*/*.jpg"))


def measure(name: str, folder: Path, pairs: int) -> bool:
    """Draw the same pairs three times and print how long it took; says whether it was enough."""
    index = index_sequences([folder], held_out_share=0)
    print(name)
    with tempfile.TemporaryDirectory() as kept:
        rates = {}
        for label, cache in (
            ("as it is", None),
            ("frames being kept", FrameCache.open(Path(kept), 1000 * GIB)),
            ("kept frames", FrameCache.open(Path(kept), 1000 * GIB)),
        ):
            rates[label] = draw(label, SequencePairs(index, SequencePairConfig(), 1, cache), pairs)
    times = rates["kept frames"] / rates["as it is"]
    print(f"  {times:.1f} times as fast; at least {TARGET:g} is wanted")
    return times >= TARGET


def draw(label: str, source: SequencePairs, pairs: int) -> float:
    """Pairs per second of processor time, in batches as training takes them."""
    source.sample(pairs)  # opens the sequence, or one of them
    wall, busy = time.perf_counter(), time.process_time()
    for _ in batches(source, first_step=0, last_step=max(1, pairs // BATCH), batch_size=BATCH):
        pass
    wall, busy = time.perf_counter() - wall, time.process_time() - busy
    done = max(1, pairs // BATCH) * BATCH
    print(
        f"  {label}: {done / wall:.0f} pairs/s, {done / busy:.0f} per second of processor time",
        flush=True,
    )
    return done / busy


if __name__ == "__main__":
    sys.exit(main())
