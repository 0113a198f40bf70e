"""Which frames of which sequences can be trained on, found once before training starts."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from tracker_core.errors import CKDError
from tracker_core.sequences import Dataset, is_box, open_dataset
from tracker_core.sequences import Sequence as Recording
from tracker_core.sequences.ground_truth import GroundTruth
from tracker_core.sequences.sequence import Locator
from tracker_core.training.data.assets import HELD_OUT, Split

Progress: TypeAlias = Callable[[int, int], None]

BOXES = ("rgb", "init")
"""Which file's boxes are trained on: the RGB frames' own, or init.txt (LasHeR's, as released)."""
FEWEST_FRAMES = 2
"""A pair needs a template and another frame."""


@dataclass(frozen=True, slots=True)
class LabelledSequence:
    """One sequence and the frames of it that show the target; small enough to send anywhere."""

    name: str
    locator: Locator
    """What `open_sequence` takes."""
    size: tuple[int, int]
    """Width and height of the RGB frames in pixels."""
    frames: NDArray[np.int64]
    """(N,) rising indices of usable frames, at least two."""
    boxes: NDArray[np.float64]
    """(N, 4) x, y, w, h in RGB pixels, one per usable frame."""


@dataclass(frozen=True, slots=True)
class SequenceIndex:
    """One split of the sequences below some folders."""

    sequences: tuple[LabelledSequence, ...]
    notes: tuple[str, ...]
    """A sentence for each sequence that was left out."""


def index_sequences(
    folders: Sequence[str | Path],
    split: Split = "train",
    *,
    held_out: Collection[str] = (),
    held_out_share: float = HELD_OUT,
    boxes: str = "rgb",
    smallest_box: float = 4.0,
    tir_offset: int | None = None,
    swap: bool = False,
    progress: Progress | None = None,
) -> SequenceIndex:
    """Find the usable sequences of one split below folders of any layout that we read.

    `held_out` names the sequences that training never sees; without names a hash of each name
    decides (`held_out_share` of them; none at 0). `boxes` is one of BOXES. `tir_offset` and `swap`
    are those of `open_sequence`. A sequence that cannot be opened, has no boxes or fewer than two
    usable frames is left out with a note. Raises CKDError for a folder that is not there or has no
    sequence, for a name that no folder has, and when nothing is left to train on.
    """
    datasets = [open_dataset(folder) for folder in folders]
    chosen = _names_of(datasets, split, held_out, held_out_share)
    without_init: list[str] = []
    found: list[LabelledSequence] = []
    notes: list[str] = []
    for done, (dataset, name) in enumerate(chosen, 1):
        try:
            with dataset.sequence(name, tir_offset, swap) as recording:
                found.append(_labelled(recording, name, smallest_box, boxes))
                if boxes == "init" and not has_init_boxes(recording):
                    without_init.append(name)
        except CKDError as error:
            notes.append(f"{name} is left out: {error}")
        if progress is not None:
            progress(done, len(chosen))
    if split == "train" and not found:
        places = ", ".join(str(folder) for folder in folders)
        why = notes[0] if notes else "All of its sequences are held out."
        raise CKDError(f"{places} holds no sequence to train on. {why}")
    if without_init:
        notes.append(
            f"{len(without_init)} of {len(found)} sequences, such as {without_init[0]}, have no "
            "init.txt with a box for every frame; their RGB boxes are trained on."
        )
    return SequenceIndex(tuple(found), tuple(notes))


def sequence_split(name: str, share: float = HELD_OUT) -> Split:
    """Say which side a sequence falls on by a hash of its name, the same one for good."""
    return "held_out" if _share(name) < share else "train"


def has_init_boxes(recording: Recording) -> bool:
    """Whether it comes with an init.txt that has a box for every frame, as LasHeR's do."""
    truth = recording.ground_truth
    return truth is not None and truth.init_boxes is not None


def usable_frames(
    recording: Recording, smallest_box: float, boxes: str = "rgb"
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Return (N,) frames that show the target in both modalities, and its (N, 4) boxes.

    Left out are frames without a box or with the target absent, missing images, and boxes of less
    than `smallest_box` pixels a side, larger than the frame or outside it. Where only the thermal
    file has a box, it is scaled to the RGB frame. With `boxes` "init" the boxes are those of
    init.txt where it has one for every frame. Raises CKDError without ground truth.
    """
    truth = recording.ground_truth
    if truth is None:
        raise CKDError("It has no ground truth; training needs a box for every frame used.")
    if boxes == "init" and truth.init_boxes is not None:
        found = truth.init_boxes.copy()
    else:
        found = _rgb_boxes(recording, truth)
    sound = np.zeros(len(found), np.bool_)
    sound[is_box(found)] = _reasonable(found[is_box(found)], recording.rgb_size, smallest_box)
    sound &= ~truth.absent
    sound[list(recording.gaps)] = False  # of those known by now; others fail when they are drawn
    frames = np.flatnonzero(sound).astype(np.int64)
    return frames, found[frames]


def _rgb_boxes(recording: Recording, truth: GroundTruth) -> NDArray[np.float64]:
    boxes = truth.rgb.copy()  # the sequence keeps its own
    scale = np.array(recording.rgb_size) / np.array(recording.tir_size)
    only_tir = ~is_box(boxes) & is_box(truth.tir)
    # (4,) scale of x, y, w, h.
    boxes[only_tir] = truth.tir[only_tir] * np.tile(scale, 2)
    return boxes


def _reasonable(
    boxes: NDArray[np.float64], size: tuple[int, int], smallest: float
) -> NDArray[np.bool_]:
    corner, extent = boxes[:, :2], boxes[:, 2:]
    frame = np.array(size, np.float64)
    inside = (corner < frame) & (corner + extent > 0)
    return np.asarray(((extent >= smallest) & (extent <= frame) & inside).all(axis=1), np.bool_)


def _labelled(recording: Recording, name: str, smallest_box: float, boxes: str) -> LabelledSequence:
    frames, found = usable_frames(recording, smallest_box, boxes)
    if len(frames) < FEWEST_FRAMES:
        raise CKDError(
            f"{len(frames)} of its {len(recording)} frames can be used; it takes two frames "
            f"with both images and a box of at least {smallest_box:g} pixels a side."
        )
    return LabelledSequence(name, recording.locator, recording.rgb_size, frames, found)


def _names_of(
    datasets: Sequence[Dataset], split: Split, held_out: Collection[str], share: float
) -> list[tuple[Dataset, str]]:
    every = [(dataset, name) for dataset in datasets for name in dataset.names]
    known = {_short(name) for _, name in every} | {name for _, name in every}
    unknown = sorted(set(held_out) - known)
    if unknown:
        places = ", ".join(str(dataset.root) for dataset in datasets)
        raise CKDError(f"'{unknown[0]}' is to be held out, but {places} has no such sequence.")
    if held_out:
        aside = {name for _, name in every if name in held_out or _short(name) in held_out}
    else:
        aside = {name for _, name in every if sequence_split(name, share) == "held_out"}
        if share and not aside and len(known) > 1:
            # A handful of sequences may all hash to one side; validation needs one of them.
            aside = {min((name for _, name in every), key=_share)}
    return [entry for entry in every if (entry[1] in aside) == (split == "held_out")]


def _short(name: str) -> str:
    """A name without the sub-folder that sets two of one name apart."""
    return name.rpartition("/")[2]


def _share(name: str) -> float:
    # Not `hash`, which differs from process to process; the short name, so that a sequence keeps
    # its side when it is found from another folder.
    data = _short(name).casefold().encode("utf-8", "surrogateescape")
    digest = hashlib.sha1(data, usedforsecurity=False).digest()
    return int.from_bytes(digest[:4], "big") / 2**32
