"""One RGBT sequence, whatever its layout: frames on demand, ground truth, gaps."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable
from concurrent.futures import Executor, wait
from dataclasses import dataclass
from functools import cached_property, partial
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeAlias, TypeVar

import numpy as np
from numpy.typing import NDArray

from tracker_core.errors import CKDError
from tracker_core.frames import FramePair
from tracker_core.imaging import Image, as_rgb, cv2
from tracker_core.sequences.ground_truth import GroundTruth
from tracker_core.sequences.layouts.names import Layout
from tracker_core.sequences.registering import Registration
from tracker_core.sequences.remarks import Remark, warning
from tracker_core.sequences.sources import FrameSource
from tracker_core.sequences.timeline import Timeline, shifted

Locator: TypeAlias = tuple[Path, Path | None, int | None, bool]
"""What `open_sequence` takes: path, thermal path, thermal offset, whether to swap."""
_T = TypeVar("_T")


# Whoever keeps something about a frame need not keep its pixels.
@dataclass(frozen=True, slots=True, weakref_slot=True)
class Frame:
    """One moment of a sequence; a modality that cannot be shown is None."""

    index: int
    rgb: NDArray[np.uint8] | None
    """(H, W, 3) uint8 in RGB order."""
    tir: Image | None
    """(H, W) or (H, W, 3), uint8 or uint16 raw values."""
    problems: tuple[str, ...] = ()
    """A sentence for each thing that is wrong with this frame."""

    @property
    def is_gap(self) -> bool:
        """True when a modality is missing."""
        return self.rgb is None or self.tir is None

    def pair(self) -> FramePair:
        """Return both images for the tracker.

        A thermal image of another size is scaled to the RGB frame, whose pixels the boxes are in.
        Raises CKDError when one modality is missing.
        """
        if self.rgb is None or self.tir is None:
            missing = "RGB" if self.rgb is None else "thermal"
            why = self.problems[0] if self.problems else f"It has no {missing} image."
            raise CKDError(f"Frame {self.index} cannot be tracked. {why}")
        tir = self.tir
        height, width = self.rgb.shape[:2]
        if tir.shape[:2] != (height, width):
            tir = _scaled(tir, width, height)
        return FramePair(self.rgb, tir)


@dataclass(frozen=True, slots=True, weakref_slot=True)
class ReducedFrame:
    """A first look at a frame, with fewer pixels: to be shown and not to be computed with."""

    index: int
    rgb: NDArray[np.uint8]
    """(h, w, 3) uint8 in RGB order."""
    tir: Image
    """(h, w) or (h, w, 3), uint8 or uint16."""
    rgb_size: tuple[int, int]
    """Width and height of the whole image."""
    tir_size: tuple[int, int]
    problems: tuple[str, ...] = ()
    """None: a frame with which something is wrong is read whole at once."""


REDUCTIONS = (8, 4, 2)
"""By what JPEGs can be decoded smaller; by others it takes longer than the whole."""


def _reduction(size: tuple[int, int], shown: tuple[int, int]) -> int:
    """Return by what a picture can be reduced that is shown in so many pixels; 1 for not at all."""
    fitting = (k for k in REDUCTIONS if shown[0] * k <= size[0] and shown[1] * k <= size[1])
    return next(fitting, 1)


def _read(source: FrameSource, position: int, what: str) -> tuple[Image | None, str]:
    """Return an image, or None and why it cannot be read."""
    if position < 0:
        return None, f"There is no {what} image for this frame in {source.place.name}."
    try:
        return source.read(position), ""
    except CKDError as error:
        # One unreadable frame must not end the work on a sequence.
        return None, str(error)


def _look(
    source: FrameSource, position: int, factor: int, size: tuple[int, int]
) -> tuple[Image | None, bool]:
    """Return an image of which a first look is enough, and whether it has fewer pixels."""
    if factor > 1 and (found := source.read_reduced(position, factor)) is not None:
        # One of another size is to be told of, which reading the whole does.
        return (found[0], True) if found[1] == size else (None, False)
    try:
        image = source.read(position)
    except CKDError:
        return None, False
    return (image if (image.shape[1], image.shape[0]) == size else None), False


def _scaled(image: Image, width: int, height: int) -> Image:
    # Bilinear samples would skip pixels when shrinking.
    shrinks = image.shape[1] > width
    scaled: Any = cv2.resize(
        image, (width, height), interpolation=cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR
    )
    result: Image = scaled
    return result


@dataclass(frozen=True, slots=True)
class Probe:
    """What the first readable image of a modality is like."""

    size: tuple[int, int]
    """Width and height in pixels."""
    bit_depth: int
    """8 or 16."""
    channels: int
    """1 for gray, 3 for colour."""


class Sequence:
    """RGB and thermal frames of one recording, with what is known about them.

    `frame` may be called from several threads; nothing is cached but a video's decoder position.
    """

    def __init__(
        self,
        *,
        name: str,
        layout: Layout,
        root: Path,
        locator: Locator,
        rgb: FrameSource,
        tir: FrameSource,
        timeline: Timeline,
        ground_truth: GroundTruth | None = None,
        frame_rate: float | None = None,
        remarks: tuple[Remark, ...] = (),
        find_attributes: Callable[[], tuple[str, ...]] = tuple,
    ) -> None:
        self.name = name
        self.layout = layout
        self.root = root
        self.locator = locator
        """What to give `open_sequence` to open it again."""
        self.beside: Executor | None = None
        """Where the RGB image is read while the thermal one is read in the thread that asks."""
        self.ground_truth = ground_truth
        self._remarks = remarks
        self.frame_rate = frame_rate or rgb.frame_rate
        """Frames per second, None when nothing says so."""
        self._rgb = rgb
        self._tir = tir
        self._paired = self._timeline = timeline
        self._registration: Registration | None = None
        self._find_attributes = find_attributes
        # Unreadable frames are added while another thread reads the set.
        self._lock = threading.Lock()
        self._gaps = {int(index) for index in timeline.gaps()}
        self._rgb_probe = _probe(rgb, "RGB")
        self._tir_probe = _probe(tir, "thermal")
        if self.rgb_size != self.tir_size:
            sentence = (
                "RGB frames are {} x {} pixels and thermal frames {} x {}; thermal frames are "
                "scaled to the RGB size for tracking."
            ).format(*self.rgb_size, *self.tir_size)
            self._remarks = (*self._remarks, warning("sizes-differ", sentence))

    def __len__(self) -> int:
        return len(self._timeline)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    @property
    def remarks(self) -> tuple[Remark, ...]:
        """What was noticed, with a code and a severity each, in the frames read so far too."""
        return (*self._remarks, *self._rgb.remarks, *self._tir.remarks)

    @property
    def notes(self) -> tuple[str, ...]:
        """The remarks as sentences, for people."""
        return tuple(remark.sentence for remark in self.remarks)

    @property
    def rgb_size(self) -> tuple[int, int]:
        """Width and height of the RGB frames in pixels, by the first readable one."""
        return self._rgb_probe.size

    @property
    def tir_size(self) -> tuple[int, int]:
        """Width and height of the thermal frames in pixels, by the first readable one."""
        return self._tir_probe.size

    @property
    def tir_bit_depth(self) -> int:
        """8 or 16, by the first readable thermal frame."""
        return self._tir_probe.bit_depth

    @property
    def tir_channels(self) -> int:
        """1 when thermal frames are gray, 3 when they are stored as colour."""
        return self._tir_probe.channels

    @property
    def rgb_channels(self) -> int:
        """3 when RGB frames are stored in colour, 1 when they are gray."""
        return self._rgb_probe.channels

    @property
    def rgb_count(self) -> int:
        """How many RGB images there are, gaps not counted."""
        return len(self._rgb)

    @property
    def tir_count(self) -> int:
        """How many thermal images there are, gaps not counted."""
        return len(self._tir)

    @property
    def rgb_paths(self) -> tuple[Path, ...]:
        """The RGB image files in order, or the one video."""
        return self._rgb.paths

    @property
    def tir_paths(self) -> tuple[Path, ...]:
        """The thermal image files in order, or the one video."""
        return self._tir.paths

    @property
    def timeline(self) -> Timeline:
        """Which file each frame has in each modality."""
        return self._timeline

    @property
    def is_exchangeable(self) -> bool:
        """True where RGB and thermal may be the other way round: one video, or two paths given."""
        return self.layout.is_one_video or self.locator[1] is not None

    @property
    def frame_numbers(self) -> NDArray[np.int64] | None:
        """(N,) the numbers in the RGB file names; None when frames are paired in order."""
        return self._timeline.numbers

    @property
    def gaps(self) -> frozenset[int]:
        """Frames known so far to lack a modality: missing files, and those that failed to read."""
        with self._lock:
            return frozenset(self._gaps)

    @cached_property
    def attributes(self) -> tuple[str, ...]:
        """Challenge attributes by the dataset's names; empty when it has none.

        Raises CKDError when the attribute files are malformed.
        """
        return self._find_attributes()

    @property
    def description(self) -> str:
        """One sentence on what was recognised."""
        depth = ", 16 bit" if self.tir_bit_depth == 16 else ""
        truth = "with ground truth" if self.ground_truth is not None else "without ground truth"
        return (
            f"{self.layout.label}: {self.name}, {len(self)} frames, RGB "
            "{} x {}, thermal {} x {}".format(*self.rgb_size, *self.tir_size)
            + f"{depth}, {truth}."
        )

    def frame(self, index: int) -> Frame:
        """Read one frame; what cannot be read is None, with a sentence in `problems`.

        Raises CKDError only for an index outside the sequence.
        """
        if not 0 <= index < len(self):
            raise CKDError(
                f"{self.name} has frames 0 to {len(self) - 1}, so there is no frame {index}."
            )
        # Once: another thread may align the cameras again meanwhile.
        registration = self._registration
        (rgb, rgb_problem), (tir, tir_problem) = self._read_both(index)
        problems = [problem for problem in (rgb_problem, tir_problem) if problem]
        if rgb is None or tir is None:
            with self._lock:
                self._gaps.add(index)
        for image, expected, what in ((rgb, self.rgb_size, "RGB"), (tir, self.tir_size, "thermal")):
            if image is not None and (size := (image.shape[1], image.shape[0])) != expected:
                problems.append(
                    "The {} image is {} x {} pixels, where the sequence has {} x {}.".format(
                        what, *size, *expected
                    )
                )
        if registration is not None and tir is not None:
            tir = registration.on_rgb(tir)
        return Frame(index, None if rgb is None else as_rgb(rgb), tir, tuple(problems))

    def recorded(self, index: int) -> Frame:
        """Read the images of a frame as they were recorded, aligned or not; None where none is."""
        (rgb, _), (tir, _) = self._read_both(index)
        return Frame(index, None if rgb is None else as_rgb(rgb), tir)

    def align(self, tir_to_rgb: NDArray[np.float64] | None = None, shift: int = 0) -> None:
        """Show other thermal frames, or show them elsewhere, from now on.

        `tir_to_rgb` is a (3, 3) map from thermal to RGB pixels, None for thermal frames that fill
        the RGB frame; with `shift` the thermal frame of frame k + `shift` stands beside RGB frame
        k. Frames are those of before; where there is no thermal one left, they are gaps.
        """
        self._registration = Registration.of(tir_to_rgb, self.tir_size, self.rgb_size)
        timeline = shifted(self._paired, shift)
        with self._lock:
            self._timeline = timeline
            self._gaps = {int(index) for index in timeline.gaps()}

    def reduced(self, index: int, shown: tuple[int, int]) -> ReducedFrame | None:
        """Return a first look at a frame that is shown in so many pixels, width and height.

        None where it is not cheaper than the whole: for what is no JPEG, for a picture that is
        shown in more than half of its width or height, and where anything is wrong with it.
        """
        registration = self._registration
        rgb, tir = int(self._timeline.rgb[index]), int(self._timeline.tir[index])
        rgb_by, tir_by = _reduction(self.rgb_size, shown), _reduction(self.tir_size, shown)
        if min(rgb, tir) < 0 or max(rgb_by, tir_by) == 1:
            return None
        first = self._rgb, rgb, rgb_by, self.rgb_size
        (rgb_image, rgb_less), (tir_image, tir_less) = self._both(
            partial(_look, *first), partial(_look, self._tir, tir, tir_by, self.tir_size)
        )
        if rgb_image is None or tir_image is None or not (rgb_less or tir_less):
            return None
        tir_size = self.tir_size
        if registration is not None:
            if not rgb_less:
                # Thermal would be mapped onto as many pixels as that of the whole is.
                return None
            (height, width), (h, w) = rgb_image.shape[:2], tir_image.shape[:2]
            smaller = registration.reduced((width, height), (w / tir_size[0], h / tir_size[1]))
            tir_image, tir_size = smaller.on_rgb(tir_image), self.rgb_size
        return ReducedFrame(index, as_rgb(rgb_image), tir_image, self.rgb_size, tir_size)

    def files(self, index: int) -> tuple[tuple[Path, int], tuple[Path, int]] | None:
        """The RGB and the thermal file of a frame, and its positions in them or their folders.

        None where one is missing.
        """
        rgb, tir = int(self._timeline.rgb[index]), int(self._timeline.tir[index])
        if min(rgb, tir) < 0:
            return None
        return (self._rgb.file(rgb), rgb), (self._tir.file(tir), tir)

    def _read_both(self, index: int) -> tuple[tuple[Image | None, str], tuple[Image | None, str]]:
        at = int(self._timeline.rgb[index]), int(self._timeline.tir[index])
        rgb = partial(_read, self._rgb, at[0], "RGB")
        tir = partial(_read, self._tir, at[1], "thermal")
        return (rgb(), tir()) if min(at) < 0 else self._both(rgb, tir)

    def _both(self, rgb: Callable[[], _T], tir: Callable[[], _T]) -> tuple[_T, _T]:
        beside = self.beside
        # Two halves of one video come out of one decoder, which the second would wait for.
        if beside is None or self._rgb.place == self._tir.place:
            return rgb(), tir()
        coming = beside.submit(rgb)
        try:
            here = tir()
        finally:
            # Whatever is raised: nobody may close the files while they are read.
            wait([coming])
        return coming.result(), here

    def fingerprint(self) -> str:
        """SHA-256 over names, counts, sizes and samples of the bytes of both modalities.

        It does not depend on where the sequence lies. The same recording gives the same text.
        """
        digest = hashlib.sha256()
        digest.update(f"{self.rgb_size}|{self.tir_size}".encode())
        for source in (self._rgb, self._tir):
            digest.update(f"|{len(source)}|".encode())
            source.add_to_fingerprint(digest)
        return digest.hexdigest()

    def close(self) -> None:
        """Let go of open files; reading a frame opens them again."""
        self._rgb.close()
        self._tir.close()


# Half of them at the start, which is cheapest, half spread out, for a recording that begins
# damaged.
_PROBES = 16


def _probe(source: FrameSource, what: str) -> Probe:
    """Read the first image that can be read; CKDError when none of the tried ones can."""
    spread = {int(k) for k in np.linspace(0, len(source) - 1, _PROBES // 2)}
    tried = sorted(set(range(min(_PROBES // 2, len(source)))) | spread)
    first_error: CKDError | None = None
    for position in tried:
        try:
            image = source.read(position)
        except CKDError as error:
            # The first one names the file that a person would look at first.
            first_error = first_error or error
            continue
        channels = 1 if image.ndim == 2 else int(image.shape[2])
        return Probe((image.shape[1], image.shape[0]), image.dtype.itemsize * 8, channels)
    raise CKDError(f"No {what} frame of {source.place} can be read. {first_error}")
