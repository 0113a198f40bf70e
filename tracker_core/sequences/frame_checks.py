"""What the linter says about pixels: unreadable files, sizes, bit depths."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from tracker_core.imaging import Image
from tracker_core.sequences.remarks import Remark, error, ranges, warning
from tracker_core.sequences.sequence import Sequence


@dataclass(frozen=True, slots=True)
class ImageFacts:
    """What one decoded image is like."""

    size: tuple[int, int]
    bits: int
    channels: int


@dataclass(frozen=True, slots=True)
class FrameFacts:
    """What one frame is like; no pixels are kept."""

    index: int
    rgb: ImageFacts | None
    tir: ImageFacts | None
    problems: tuple[str, ...]


def look_at(sequence: Sequence, index: int) -> FrameFacts:
    """Decode one frame and keep its facts."""
    frame = sequence.frame(index)
    return FrameFacts(index, _facts(frame.rgb), _facts(frame.tir), frame.problems)


def _facts(image: Image | None) -> ImageFacts | None:
    if image is None:
        return None
    channels = 1 if image.ndim == 2 else int(image.shape[2])
    return ImageFacts((image.shape[1], image.shape[0]), image.dtype.itemsize * 8, channels)


def check_frames(sequence: Sequence, facts: list[FrameFacts]) -> Iterator[Remark]:
    """Compare the frames of a sequence with each other and with its files."""
    for what, slots, images in (
        ("RGB", sequence.timeline.rgb, [fact.rgb for fact in facts]),
        ("thermal", sequence.timeline.tir, [fact.tir for fact in facts]),
    ):
        # A file that is not there is not unreadable: pairing has said that it is missing.
        damaged = [i for i, image in enumerate(images) if image is None and slots[i] >= 0]
        if damaged:
            yield error(
                "unreadable-frame",
                f"{len(damaged)} {what} frame{'s' if len(damaged) > 1 else ''} cannot be read "
                f"(index {ranges(damaged)}): {_why(facts[damaged[0]])}",
            )
        yield from _odd_ones(what, images)


def _why(fact: FrameFacts) -> str:
    return fact.problems[0] if fact.problems else "the reason is unknown."


def _odd_ones(what: str, images: list[ImageFacts | None]) -> Iterator[Remark]:
    """Frames that differ from most others of their modality."""
    for code, noun, values in (
        ("frame-size", "size", [image and image.size for image in images]),
        ("bit-depth", "bit depth", [image and image.bits for image in images]),
        ("channels", "number of channels", [image and image.channels for image in images]),
    ):
        # The majority is right: one odd first frame must not make all others odd.
        common = Counter(value for value in values if value is not None).most_common(1)
        if not common:
            return
        odd = [i for i, value in enumerate(values) if value not in (None, common[0][0])]
        if odd:
            # Boxes are in pixels, so a frame of another size makes them wrong; depth and colour do
            # not.
            make = error if code == "frame-size" else warning
            yield make(
                code,
                f"{len(odd)} {what} frame{'s differ' if len(odd) > 1 else ' differs'} from the "
                f"others in {noun} (index {ranges(odd)}): {_shown(values[odd[0]])} where others "
                f"have {_shown(common[0][0])}.",
            )


def _shown(value: object) -> str:
    return " x ".join(map(str, value)) if isinstance(value, tuple) else str(value)
