"""Time the network against a plain one, with and without elimination, and the bundled tracker.

    python -m benchmarks.model_speed [--threads 2] [--rounds 9]

What elimination saves is measured for both presets, as they are and with every token kept. The
plain network has the same weights but builds every attention matrix in both branches. Each pair is
timed alternately in one process; the machine's own rate of multiplying matrices stands beside them.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import time
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import torch
from torch import Tensor

from app.cli.inputs import MOST_THREADS
from benchmarks.bounded import ROUNDS, whole
from tracker_core.bounds import Bounds
from tracker_core.checkpoints.opening import load_model
from tracker_core.ckd.config import preset
from tracker_core.ckd.model.attention import Attention
from tracker_core.ckd.model.ckd import CKD
from tracker_core.ckd.tracker import CKDTracker
from tracker_core.frames import FramePair

# Large enough that the product is bound by arithmetic, as the network is.
MATRIX = 1024
LEAST_RATE = 30.0
"""Frames per second of the bundled tracker."""
LARGEST_RATIO = 1.0
"""Time of `base` over the plain network's."""


class PlainAttention(Attention):
    """Builds the whole (B, heads, N, N) attention matrix, whoever reads it."""

    def forward(
        self, tokens: Tensor, rows: Tensor | None = None, unread: int = 0
    ) -> tuple[Tensor, Tensor | None]:
        """Attend over (B, N, C) by way of the whole matrix."""
        if unread:
            raise AssertionError("The plain network reads everything.")
        batch, count, channels = tokens.shape
        # (B, N, 3, heads, C / heads): query, key and value of each head.
        qkv = self.qkv(tokens).view(batch, count, 3, self.num_heads, channels // self.num_heads)
        query, key, value = qkv.permute(2, 0, 3, 1, 4).unbind(0)  # (B, heads, N, C / heads) each
        # (B, heads, N, N), of which the fast one never makes the whole.
        matrix = torch.softmax(query @ key.transpose(-2, -1) * self.scale, dim=-1)
        mixed = (matrix @ value).transpose(1, 2).reshape(batch, count, channels)  # (B, N, C)
        return self.projection(mixed), None if rows is None else matrix[:, :, rows]


class PlainCKD(CKD):
    """Carries the template tokens to the end although nobody reads them there."""

    def unread(self, _block: int) -> int:
        """Nothing is left out."""
        return 0


def plain(model: CKD) -> CKD:
    """Give the same network with every attention matrix built."""
    twin = PlainCKD(model.config).eval()
    twin.load_state_dict(model.state_dict())
    for module in twin.modules():
        if isinstance(module, Attention):
            module.__class__ = PlainAttention  # the same weights, the other way of computing
    return twin


def median_seconds(run: Callable[[], object], rounds: int) -> float:
    """Median time of a call, after one that is not counted."""
    run()
    return statistics.median(timed(run) for _ in range(rounds))


def timed(run: Callable[[], object]) -> float:
    """Seconds that one call takes."""
    start = time.perf_counter()
    run()
    return time.perf_counter() - start


def alternately(
    first: Callable[[], object], second: Callable[[], object], rounds: int
) -> tuple[float, float, float]:
    """Median seconds of both, and the median of their ratios round by round."""
    first(), second()  # not counted: memory is allocated and kernels are chosen in them
    # In turns, so that what else the machine does falls on both.
    pairs = [(timed(first), timed(second)) for _ in range(rounds)]
    ratio = statistics.median(a / b for a, b in pairs)
    return statistics.median(p[0] for p in pairs), statistics.median(p[1] for p in pairs), ratio


def base_speed(rounds: int) -> bool:
    """Print the time of `base` beside its plain twin's; False when it is slower."""
    torch.manual_seed(0)
    config = preset("base")
    model = CKD(config).eval()
    twin = plain(model)
    crops = [torch.randn(1, 3, side, side) for side in (config.template_size, config.search_size)]
    inputs = (crops[0], crops[0], crops[1], crops[1])
    with torch.inference_mode():
        ours, theirs = model(*inputs), twin(*inputs)
        # Sums in another order differ by rounding, not by more.
        torch.testing.assert_close(ours.score_map, theirs.score_map, rtol=1e-3, atol=1e-4)
        fused, whole, ratio = alternately(lambda: model(*inputs), lambda: twin(*inputs), rounds)
    print(f"base            {fused * 1e3:8.1f} ms a frame pair")
    print(f"base, plain     {whole * 1e3:8.1f} ms a frame pair")
    print(f"base over plain {ratio:8.3f} (median of round ratios; below 1 is faster)")
    return ratio <= LARGEST_RATIO


def elimination(name: str, rounds: int) -> None:
    """Print what a preset takes with elimination and without it."""
    torch.manual_seed(0)
    config = preset(name)
    model = CKD(config).eval()
    whole = CKD(replace(config, elimination_blocks=(), keep_ratios=())).eval()
    whole.load_state_dict(model.state_dict())
    crops = [torch.randn(1, 3, side, side) for side in (config.template_size, config.search_size)]
    inputs = (crops[0], crops[0], crops[1], crops[1])
    with torch.inference_mode():
        on, off, ratio = alternately(lambda: model(*inputs), lambda: whole(*inputs), rounds)
    print(
        f"{name:15} {on * 1e3:8.1f} ms a frame pair with elimination, {off * 1e3:.1f} without: "
        f"{100 * (1 - ratio):.0f} % saved (median of rounds)"
    )


def tiny_speed(rounds: int) -> bool:
    """Print the frames per second of the bundled tracker; False when they are too few."""
    rng = np.random.default_rng(0)
    frames = FramePair(
        rng.integers(0, 255, (512, 640, 3), np.uint8), rng.integers(0, 255, (512, 640), np.uint8)
    )
    tracker = CKDTracker(load_model("tiny"), "cpu")
    state = tracker.start(frames, (300.0, 200.0, 40.0, 60.0))
    seconds = median_seconds(lambda: tracker.step(state, frames), 20 * rounds)  # short, so often
    print(f"tiny            {1 / seconds:8.1f} frames/s at 640x512, crops included")
    return seconds <= 1 / LEAST_RATE


def matrix_rate(rounds: int) -> float:
    """Give billions of multiply-adds per second of a square float32 matrix product."""
    matrix = torch.randn(MATRIX, MATRIX)
    seconds = median_seconds(lambda: matrix @ matrix, 3 * rounds)
    return MATRIX**3 / seconds / 1e9


def main() -> int:
    """Run everything and print it; 1 when a target is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--threads", type=whole(Bounds(1, MOST_THREADS)), default=2)
    parser.add_argument("--rounds", type=whole(ROUNDS), default=9)
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    rate = matrix_rate(arguments.rounds)
    print(f"{arguments.threads} threads; matrix product {rate:.1f} G multiply-adds/s")
    elimination("tiny", 20 * arguments.rounds)
    elimination("base", arguments.rounds)
    met = [tiny_speed(arguments.rounds), base_speed(arguments.rounds)]
    return 0 if all(met) else 1


if __name__ == "__main__":
    sys.exit(main())
