"""How well cameras that are not aligned are brought together, by itself and for the tracker.

`python -m benchmarks.alignment --stills FOLDER` warps the thermal half of each registered pair of
stills (`visible` and `infrared`, one name each) by up to 10 degrees, 10 % and 5 % of the width, and
guesses the map with the program's method and with others. Without stills only the clip is measured:
the bundled demo with thermal turned, scaled, moved and later by 7 frames, aligned by guesses and by
six clicked pairs, and tracked beside the registered one. Leaves with 1 where a target is missed.
`--motion` guesses the offset alone, from what moves: -12 to 12 frames over synthetic clips, windows
over the stills, and the `--sequences` that are named.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from app.state.demo_clip import demo_sequence
from benchmarks.alignment_motion import LENGTHS, over_stills, recorded, synthetic, tally
from benchmarks.bounded import SEED, whole
from benchmarks.machine import processor
from benchmarks.quality.stills import still_pairs
from safe_files import write_text
from tracker_core.bounds import Bounds
from tracker_core.errors import CKDError
from tracker_core.frames import FramePair
from tracker_core.imaging import Image, cv2
from tracker_core.registration.guess import guess_alignment
from tracker_core.registration.motion import OffsetGuess, changes, guess_offset
from tracker_core.registration.pixels import centres, edges
from tracker_core.registration.points import chosen, fit
from tracker_core.registration.structure import plane_of
from tracker_core.sequences import Frame, open_sequence
from tracker_core.sequences.registering import Registration
from tracker_core.trackers import open_tracker

Map: TypeAlias = NDArray[np.float64]
MOST_TURN, MOST_SCALE, MOST_SHIFT = 10.0, 0.1, 0.05
"""Degrees; shares; shares of the width."""
TARGET_PIXELS = 3.0
"""Median over the pairs of the mean distance at the four corners."""
TARGET_MAP = 1.0
"""Pixels at the worst corner by six clicked pairs."""
TARGET_OVERLAP = 0.02
"""By which the mean overlap of the aligned clip may lie below that of the registered one."""
TARGET_OFFSETS = 0.9
"""Share of the guesses from motion over the longest clips that are off by one frame at most."""
SHIFT = 7
FRAMES = 100
CLICK = 0.5
"""Standard deviation in pixels of a clicked point in each direction."""
SPOTS = np.array([[60.0, 60], [580, 80], [560, 420], [80, 400], [300, 240], [420, 330]])


def main() -> int:
    """Measure, print one line per method, and leave the figures as JSON where asked."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--stills", type=Path, help="a folder of registered pairs")
    parser.add_argument("--methods", default=",".join(METHODS), help="with commas between")
    parser.add_argument("--limit", type=whole(Bounds(1, 100_000)), help="of pairs")
    parser.add_argument("--seed", type=whole(SEED), default=1)
    parser.add_argument("--no-clip", action="store_true", help="leave the tracked clip out")
    parser.add_argument("--motion", action="store_true", help="guess offsets over many clips")
    parser.add_argument(
        "--clips", type=whole(Bounds(0, 100)), default=2, help="of each scene, with --motion"
    )
    parser.add_argument(
        "--sequences", type=Path, action="append", default=[], help="registered, with --motion"
    )
    parser.add_argument("--json", type=Path)
    arguments = parser.parse_args()
    wanted = [name for name in arguments.methods.split(",") if name]
    if unknown := [name for name in wanted if name not in METHODS]:
        parser.error(f"there is no method {unknown[0]}; there are {', '.join(METHODS)}")
    print(f"on {processor()}")
    figures: dict[str, Any] = {"processor": processor(), "seed": arguments.seed}
    missed = False
    if arguments.motion:
        figures["motion"], missed = measured_motion(arguments)
    elif arguments.stills is not None:
        pairs = [pair.read() for pair in still_pairs(arguments.stills)][: arguments.limit]
        for name in wanted:
            figures[name] = measured(METHODS[name], pairs, arguments.seed)
            print(_line(name, figures[name], len(pairs)), flush=True)
        if "edges" in wanted:
            doubted = doubts(pairs, figures["edges"]["missed"], arguments.seed)
            figures["edges"]["doubts"] = doubted
            wrong, said, others, also = doubted
            print(f"edges: doubts {said} of {wrong} wrong guesses and {also} of {others} others")
            missed = figures["edges"]["median"] > TARGET_PIXELS
    if not arguments.no_clip and not arguments.motion:
        figures["clip"] = clip = measured_clip(arguments.seed)
        print(
            f"clip: offset {clip['offset']} (is {SHIFT}), map by six pairs within "
            f"{clip['pairs']:.2f} px, by the guess within {clip['guess']:.2f} px at the corners; "
            f"overlap registered {clip['registered']:.3f}, aligned by pairs "
            f"{clip['aligned']:.3f}, by the guess {clip['guessed']:.3f}, not aligned "
            f"{clip['not aligned']:.3f}"
        )
        worse = clip["registered"] - clip["aligned"] > TARGET_OVERLAP
        missed |= clip["offset"] != SHIFT or clip["pairs"] > TARGET_MAP or worse
    if arguments.json is not None:
        write_text(arguments.json, json.dumps(figures, indent=2) + "\n")
    return int(missed)


def _line(name: str, figures: dict[str, Any], count: int) -> str:
    return (
        f"{name:8s} median {figures['median']:6.2f} px over {count} pairs, at most 3 px on "
        f"{figures['within_3']:.0%}, at most 10 px on {figures['within_10']:.0%}, "
        f"{figures['seconds']:.2f} s of work a pair"
    )


# --- motion


def measured_motion(arguments: argparse.Namespace) -> tuple[dict[str, Any], bool]:
    """Guess offsets over many clips; whether too few of the longest came back to the frame."""
    clips = list(synthetic(arguments.clips))
    if arguments.stills is not None:
        clips += over_stills(arguments.stills, arguments.limit or 12)
    clips += [recorded(path) for path in arguments.sequences]
    figures: dict[str, Any] = {}
    missed = False
    for kind in dict.fromkeys(clip.kind for clip in clips):
        own = [clip for clip in clips if clip.kind == kind]
        for length in LENGTHS:
            found = tally(own, length)
            if not found.tried:
                continue
            figures[f"{kind} {length}"] = asdict(found)
            print(
                f"{kind:10s} {len(own):3d} clips, at most {length:3d} frames: {found}", flush=True
            )
            if length == LENGTHS[0]:
                missed |= found.near < TARGET_OFFSETS * found.tried
            missed |= found.wrong_and_sure > 0
    return figures, missed


# --- stills


def measured(method: Method, pairs: list[FramePair], seed: int) -> dict[str, Any]:
    """Return how far a method misses the corners of thermal pictures that were warped."""
    rng = np.random.default_rng(seed)
    missed, busy = [], 0.0
    for pair in pairs:
        gray = np.asarray(pair.tir if pair.tir.ndim == 2 else pair.tir[..., 1])
        truth = drawn(rng, (gray.shape[1], gray.shape[0]))
        warped = warp(gray, truth)
        began = time.process_time()
        try:
            found = method(pair.rgb, warped)
        # Too little in common is an answer too: what was there before stays.
        except (CKDError, cv2.error):
            found = np.eye(3)
        busy += time.process_time() - began
        missed.append(float(corner_distances(found @ truth, gray.shape[1], gray.shape[0]).mean()))
    values = np.array(missed)
    return {
        "median": float(np.median(values)),
        "within_3": float((values <= 3).mean()),
        "within_10": float((values <= 10).mean()),
        "seconds": busy / len(pairs),
        "missed": missed,
    }


def drawn(rng: np.random.Generator, size: tuple[int, int]) -> Map:
    """Draw how the thermal camera lies: turned, scaled and moved about the middle."""
    width, height = size
    turn, scale = rng.uniform(-MOST_TURN, MOST_TURN), 1 + rng.uniform(-MOST_SCALE, MOST_SCALE)
    upper: Any = cv2.getRotationMatrix2D((width / 2, height / 2), turn, scale)
    matrix = np.vstack([upper, [0.0, 0.0, 1.0]])
    matrix[:2, 2] += rng.uniform(-MOST_SHIFT, MOST_SHIFT, 2) * width
    return np.asarray(matrix, np.float64)


def warp(image: NDArray[Any], matrix: Map) -> NDArray[Any]:
    """Return a picture as another camera has it; what it did not see is black."""
    size = image.shape[1], image.shape[0]
    warped: Any = cv2.warpPerspective(image, centres(matrix), size, flags=cv2.INTER_CUBIC)
    return np.asarray(warped)


def corner_distances(there_and_back: Map, width: int, height: int) -> NDArray[np.float64]:
    """Return (4,) how far the corners of a picture are from where they were."""
    corners = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float64)
    moved = np.column_stack([corners, np.ones(4)]) @ there_and_back.T
    return np.asarray(np.linalg.norm(moved[:, :2] / moved[:, 2:] - corners, axis=1), np.float64)


# --- methods: each returns the map from thermal to RGB pixels

Method: TypeAlias = Callable[[Image, Image], Map]


def _edges(rgb: Image, tir: Image) -> Map:
    return guess_alignment(rgb, tir).tir_to_rgb


def doubts(pairs: list[FramePair], missed: list[float], seed: int) -> tuple[int, int, int, int]:
    """Count guesses that are off by more than 10 px, those doubted of them, others, and doubted."""
    rng = np.random.default_rng(seed)
    unsure = []
    for pair in pairs:
        gray = np.asarray(pair.tir if pair.tir.ndim == 2 else pair.tir[..., 1])
        warped = warp(gray, drawn(rng, (gray.shape[1], gray.shape[0])))
        unsure.append(not guess_alignment(pair.rgb, warped).sure)
    wrong = np.array(missed) > 10
    said = np.array(unsure)
    return (
        int(wrong.sum()),
        int((said & wrong).sum()),
        int((~wrong).sum()),
        int((said & ~wrong).sum()),
    )


def _nothing(_rgb: Image, _tir: Image) -> Map:
    return np.eye(3)


def _strength(image: Image) -> NDArray[np.float32]:
    gray = cv2.GaussianBlur(plane_of(image).gray, (0, 0), 1.5)
    across, down = (cv2.Sobel(gray, cv2.CV_32F, *axis, ksize=3) for axis in ((1, 0), (0, 1)))
    strength: Any = cv2.magnitude(across, down)
    return np.asarray(strength / (float(strength.mean()) + 1e-6), np.float32)


def _correlation_coefficient(rgb: Image, tir: Image) -> Map:
    """The enhanced correlation coefficient of OpenCV, over how strong edges are."""
    still, moving = _strength(rgb), _strength(tir)
    found = np.eye(2, 3, dtype=np.float32)
    # Its stubs lack the form with the size of the blur.
    ecc: Any = cv2.findTransformECC
    for factor in (0.25, 0.5, 1.0):
        small = [cv2.resize(each, None, fx=factor, fy=factor) for each in (still, moving)]
        found[:, 2] *= factor
        rule = (cv2.TERM_CRITERIA_EPS | cv2.TERM_CRITERIA_COUNT, 100, 1e-5)
        _, found = ecc(*small, found, cv2.MOTION_AFFINE, rule, None, 5)
        found[:, 2] /= factor
    return edges(np.linalg.inv(np.vstack([found, [0, 0, 1]]).astype(np.float64)))


def _keypoints(rgb: Image, tir: Image) -> Map:
    """Matched ORB keypoints and a similarity by RANSAC."""
    orb: Any = cv2.ORB_create(2000)  # type: ignore[attr-defined]
    first, one = orb.detectAndCompute(plane_of(tir).gray.astype(np.uint8), None)
    second, other = orb.detectAndCompute(plane_of(rgb).gray.astype(np.uint8), None)
    if one is None or other is None:
        return np.eye(3)
    matches = cv2.BFMatcher(cv2.NORM_HAMMING, crossCheck=True).match(one, other)
    here = np.array([first[match.queryIdx].pt for match in matches], np.float64)
    there = np.array([second[match.trainIdx].pt for match in matches], np.float64)
    upper = None
    if len(matches) >= 3:
        upper, _ = cv2.estimateAffinePartial2D(here, there, ransacReprojThreshold=4)
    return np.eye(3) if upper is None else edges(np.vstack([upper, [0, 0, 1]]))


def _mutual_information(rgb: Image, tir: Image) -> Map:
    """Mutual information of gray levels, climbed in four numbers from coarse to fine."""
    still, moving = plane_of(rgb), plane_of(tir)
    width, height = moving.size
    best, steps = np.zeros(4), np.array([4.0, 0.04, 0.03, 0.03])
    for factor in (0.25, 0.25, 0.5, 0.5):
        small = still.resized(round(still.size[0] * factor), round(still.size[1] * factor))
        top = _information(small, moving, _of(best, width, height), factor)
        moved = True
        while moved:
            moved = False
            for axis in range(4):
                for sign in (-1, 1):
                    tried = best.copy()
                    tried[axis] += sign * steps[axis]
                    value = _information(small, moving, _of(tried, width, height), factor)
                    if value > top:
                        best, top, moved = tried, value, True
        steps /= 2.5
    return _of(best, width, height)


def _of(numbers: NDArray[np.float64], width: int, height: int) -> Map:
    upper: Any = cv2.getRotationMatrix2D(
        (width / 2, height / 2), float(numbers[0]), float(np.exp(numbers[1]))
    )
    matrix = np.vstack([upper, [0.0, 0.0, 1.0]])
    matrix[:2, 2] += numbers[2:] * width
    return np.asarray(matrix, np.float64)


def _information(still: Any, moving: Any, matrix: Map, factor: float) -> float:  # noqa: ANN401
    over = moving.warped(centres(np.diag([factor, factor, 1.0]) @ matrix), still.size)
    seen = over.seen > 0
    if seen.mean() < 0.3:
        return -np.inf
    joint, _, _ = np.histogram2d(still.gray[seen], over.gray[seen], bins=24)
    share = joint / joint.sum()
    apart = share.sum(1, keepdims=True) * share.sum(0, keepdims=True)
    some = share > 0
    return float((share[some] * np.log(share[some] / apart[some])).sum())


METHODS: dict[str, Method] = {
    "edges": _edges,
    "ecc": _correlation_coefficient,
    "orb": _keypoints,
    "mutual": _mutual_information,
    "nothing": _nothing,
}
"""The program's own first."""


# --- a clip


def measured_clip(seed: int) -> dict[str, Any]:
    """Return how a clip comes back, and how well it is tracked then."""
    rng = np.random.default_rng(seed)
    with open_sequence(demo_sequence()) as sequence:
        frames = [sequence.frame(index) for index in range(FRAMES + SHIFT)]
        rows = np.empty((0, 4)) if sequence.ground_truth is None else sequence.ground_truth.rgb
    truth = drawn(rng, (640, 480))
    # The thermal camera started early: its frame k + 7 shows the moment of RGB frame k.
    rgb = [frame.rgb for frame in frames[SHIFT:]]
    registered = [frame.tir for frame in frames[SHIFT:]]
    recorded = [None if f.tir is None else warp(f.tir, truth) for f in frames[:FRAMES]]
    guess = _offset(rgb, recorded)
    beside = [recorded[k + guess.offset] for k in range(FRAMES - SHIFT)]
    first, second = rgb[20], beside[20]
    if first is None or second is None:
        raise CKDError("The demo lacks a frame.")
    guessed = guess_alignment(first, second).tir_to_rgb
    clicked = _mapped(truth, SPOTS) + rng.normal(0, CLICK, SPOTS.shape)
    by_pairs = fit(clicked, SPOTS, chosen(clicked, SPOTS))
    boxes = np.asarray(rows[SHIFT:FRAMES], np.float64)
    ways = {
        "registered": (registered, np.eye(3)),
        "aligned": (beside, by_pairs),
        "guessed": (beside, guessed),
        "not aligned": (recorded, np.eye(3)),
    }
    return {
        "offset": guess.offset,
        "pairs": float(corner_distances(by_pairs @ truth, 640, 480).max()),
        "guess": float(corner_distances(guessed @ truth, 640, 480).max()),
        **{name: _tracked(rgb, tir, matrix, boxes) for name, (tir, matrix) in ways.items()},
    }


def _offset(rgb: list[NDArray[np.uint8] | None], tir: list[Image | None]) -> OffsetGuess:
    """Guess the offset as the dialog does that knows nothing of the map."""
    if rgb[0] is None or tir[0] is None:
        raise CKDError("The demo lacks a frame.")
    matrix = guess_alignment(rgb[0], tir[0]).tir_to_rgb
    registration = Registration.of(matrix, (640, 480), (640, 480))
    over = [
        each if each is None or registration is None else registration.on_rgb(each) for each in tir
    ]
    return guess_offset(changes(rgb), changes(over))


def _mapped(matrix: Map, points: NDArray[np.float64]) -> NDArray[np.float64]:
    there = np.column_stack([points, np.ones(len(points))]) @ matrix.T
    return np.asarray(there[:, :2] / there[:, 2:], np.float64)


def _tracked(
    rgb: list[NDArray[np.uint8] | None],
    tir: list[Image | None],
    matrix: Map,
    truth: NDArray[np.float64],
) -> float:
    """Return the mean overlap with the true boxes, from the first one on."""
    _, tracker = open_tracker("ckd", device="cpu")
    registration = Registration.of(matrix, (640, 480), (640, 480))
    state: Any = None
    overlaps = []
    for index, box in enumerate(truth):
        thermal = tir[index] if index < len(tir) else None
        if thermal is not None and registration is not None:
            thermal = registration.on_rgb(thermal)
        pair = Frame(index, rgb[index], thermal).pair()
        if state is None:
            state = tracker.start(pair, tuple(box.tolist()))
            continue
        state, result = tracker.step(state, pair)
        overlaps.append(_overlap(np.array(result.box_xywh), box))
    return float(np.mean(overlaps))


def _overlap(one: NDArray[np.float64], other: NDArray[np.float64]) -> float:
    low = np.maximum(one[:2], other[:2])
    high = np.minimum(one[:2] + one[2:], other[:2] + other[2:])
    shared = float(np.maximum(high - low, 0).prod())
    return shared / float(one[2:].prod() + other[2:].prod() - shared)


if __name__ == "__main__":
    sys.exit(main())
