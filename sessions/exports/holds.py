"""What of a session a form can hold: one row of facts each, and what one session loses by it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sessions.commands.boxes import Modality
from sessions.model import AnnotationSession, Flag, Source, Target


@dataclass(frozen=True, slots=True)
class Holds:
    """What comes back when a form is written and read again; every field is true where it does."""

    absence: bool = False
    """That a target is not there."""
    gaps: bool = False
    """That a frame without a box is another thing than an absent target."""
    occlusion: bool = False
    truncation: bool = False
    reviewed: bool = False
    classes: bool = False
    names: bool = False
    attributes: bool = False
    spans: bool = False
    """Attributes that a target has on some frames."""
    keyframes: bool = False
    """Which boxes were set by hand, and which were filled in between them."""
    sources: bool = False
    """Of each box whether it was set by hand, tracked, interpolated or imported."""
    scores: bool = False
    modalities: bool = False
    """The boxes of both modalities."""
    targets: bool = False
    """More than one target."""
    every: int = 1
    """Of how many frames one is written."""
    exact: bool = False
    """Boxes to the last bit; else with four decimals."""


Mask = NDArray[np.bool_]


def losses(
    session: AnnotationSession, holds: Holds, target_ids: tuple[str, ...], modality: Modality
) -> tuple[str, ...]:
    """Return what of these targets a form does not hold, in a few words each; () when nothing."""
    chosen = [session.targets[target_id] for target_id in target_ids]
    said = [*_of_targets(session, chosen, holds), *_of_frames(chosen, holds, modality)]
    if not holds.modalities and _has_own_thermal(session, chosen, modality):
        said.append("the boxes of the other modality")
    if holds.every > 1:
        said.append(f"all but every {holds.every}th frame")
    if any(target.tracking for target in chosen):
        said.append("tokens, score maps and models of the tracker")
    if not session.alignment.is_identity or session.alignment.time_offset:
        said.append("the alignment")
    return tuple(said)


def _of_targets(session: AnnotationSession, chosen: list[Target], holds: Holds) -> Iterator[str]:
    others = len(session.targets) - len(chosen)
    if others:
        yield f"{_count(others, 'other target')}"
    if not holds.names:
        yield "the names of targets"
    if not holds.classes and any(target.class_name for target in chosen):
        yield "classes"
    if not holds.attributes and any(target.attributes for target in chosen):
        yield "attributes of targets"
    if not holds.spans:
        count = sum(map(_attributed, chosen))
        if count:
            yield f"attributes on {_count(count, 'frame')}"


def _attributed(target: Target) -> int:
    """Return on how many frames a target has an attribute."""
    some = np.zeros(len(target.flags), np.bool_)
    for span in target.spans:
        some[span.first : span.last + 1] = True
    return int(np.count_nonzero(some))


_FLAGS: tuple[tuple[str, Flag, str], ...] = (
    ("occlusion", Flag.OCCLUDED, "occlusion"),
    ("truncation", Flag.TRUNCATED, "truncation"),
    ("reviewed", Flag.REVIEWED, "what was reviewed"),
)


def _of_frames(chosen: list[Target], holds: Holds, modality: Modality) -> Iterator[str]:
    absent = sum(int(np.count_nonzero(target.absent())) for target in chosen)
    gaps = sum(int(np.count_nonzero(_gaps(target, holds, modality))) for target in chosen)
    if absent and not holds.absence:
        yield f"absence on {_count(absent, 'frame')}, which count as not labelled"
    if gaps and not holds.gaps and holds.absence:
        yield f"that on {_count(gaps, 'frame')} there is no box, which counts as absence"
    for name, flag, words in _FLAGS:
        marked = sum(int(np.count_nonzero(target.flags & flag)) for target in chosen)
        if marked and not getattr(holds, name):
            yield f"{words} on {_count(marked, 'frame')}"
    boxed = [(target, target.boxed()) for target in chosen]
    if not holds.sources:
        made = {int(each) for target, there in boxed for each in np.unique(target.source[there])}
        if made - {int(Source.IMPORTED)}:
            yield "where boxes come from"
    if not holds.scores and any((~np.isnan(each.score[there])).any() for each, there in boxed):
        yield "scores"


def _gaps(target: Target, holds: Holds, modality: Modality) -> Mask:
    boxes = ~np.isnan(target.boxes[:, :, 0])
    there = boxes.any(axis=1) if holds.modalities else boxes[:, modality]
    return np.asarray(~there & ~target.absent(), np.bool_)


def _has_own_thermal(session: AnnotationSession, chosen: list[Target], modality: Modality) -> bool:
    """Tell whether the boxes of one modality do not follow from those of the other."""
    for target in chosen:
        boxes = target.boxes[target.boxed()]
        rgb, tir = boxes[:, Modality.RGB], boxes[:, Modality.TIR]
        if modality is Modality.RGB:
            expected, there = session.alignment.boxes_to_tir(rgb), tir
        else:
            expected, there = session.alignment.boxes_to_rgb(tir), rgb
        if not np.allclose(expected, there, atol=1e-3, equal_nan=True):
            return True
    return False


def _count(number: int, thing: str) -> str:
    return f"{number} {thing}" if number == 1 else f"{number} {thing}s"
