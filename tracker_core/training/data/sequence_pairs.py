"""Training pairs from annotated sequences: two frames of one recording, cropped as in tracking.

Every pair depends on the seed and its number alone, so that training can be resumed anywhere and
any number of workers gives the same pairs.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tracker_core.ckd.crop import SearchWindow, crop_window, cut, padding_mask
from tracker_core.errors import CKDError
from tracker_core.frames import Box, FramePair
from tracker_core.imaging import ThermalRange, cv2, thermal_over_rgb, thermal_range
from tracker_core.sequences import Sequence, open_sequence
from tracker_core.synthetic import degrade
from tracker_core.training.data.frame_cache import FrameCache
from tracker_core.training.data.pair_bounds import SEQUENCE_PAIRS, check_numbers
from tracker_core.training.data.sample import PairSample, flipped_by_chance
from tracker_core.training.data.sequence_index import SequenceIndex

Pixels = NDArray[np.uint8]

# Sets these draws apart from those of pictures of the same seed.
_STREAM = 0x5EC5
_TRIES = 8
"""So many pairs of frames are tried before a sequence counts as unreadable."""
_MOST_OPEN = 1200
"""Sequences that stay listed in memory; no file of them stays open."""
_CONDITIONS = ("night", "overexposed", "crossover", "saturated")


@dataclass(frozen=True, slots=True)
class SequencePairConfig:
    """How pairs are drawn from sequences; by default nothing is degraded."""

    template_size: int = 128
    search_size: int = 256
    template_factor: float = 2.0
    """Side of the template crop in roots of the box's area."""
    search_factor: float = 4.0
    largest_gap: int = 200
    """The search frame is at most so many frames from the template, later when there is one."""
    smallest_box: float = 4.0
    """Boxes of fewer pixels a side are not trained on."""
    centre_jitter: float = 3.0
    """The search centre is off by up to half of this many roots of the box's area."""
    scale_jitter: float = 0.25
    """Standard deviation of the logarithm of the search window's width and height."""
    template_jitter: float = 0.0
    """Standard deviation of the template box's place and logarithmic size, as shares of it."""
    flip: float = 0.5
    """How often both crops of both modalities are mirrored."""
    flip_template: float = 0.0
    """How often the template is mirrored on its own beside that; 0.5 in the release."""
    flip_search: float = 0.0
    """How often the search crop is mirrored on its own beside that; 0.5 there."""
    brightness: float = 0.2
    """Both modalities of a crop are brighter or darker by up to this share."""
    gray: float = 0.05
    """How often the RGB crops lose their colours."""
    mismatched: float = 0.0
    """How often the template is of another sequence, and the score map should stay empty."""
    night: float = 0.0
    """How often RGB goes dark."""
    overexposed: float = 0.0
    """How often RGB burns out."""
    crossover: float = 0.0
    """How often thermal loses its contrast, as where everything has one temperature."""
    saturated: float = 0.0
    """How often thermal clips at one end."""
    search_affected: float = 0.9
    """How often one of these four reaches the search crop."""
    template_affected: float = 0.35
    """How often it reaches the template as well."""

    def __post_init__(self) -> None:
        check_numbers(self, SEQUENCE_PAIRS)
        if sum(getattr(self, name) for name in _CONDITIONS) > 1.0 + 1e-9:
            raise CKDError("The probabilities of the conditions add up to more than 1.")


@dataclass(frozen=True, slots=True)
class _Shot:
    """One frame, one window over it and the box that goes with it."""

    frames: FramePair
    window: SearchWindow
    box_xywh: Box
    size: int
    """Pixels a side of the crop."""
    thermal: ThermalRange | None
    """What 16-bit thermal is stretched by."""

    @property
    def box(self) -> NDArray[np.float32]:
        """The box as cx, cy, w, h in fractions of the crop."""
        x, y, w, h = self.window.to_crop(self.box_xywh, 1)
        return np.array([x + w / 2, y + h / 2, w, h], np.float32)

    def crops(self) -> tuple[Pixels, Pixels]:
        """RGB and thermal through one window, exactly as the tracker sees them."""
        rgb = cut(self.frames.rgb, self.window, self.size)
        return rgb, cut(thermal_over_rgb(self.frames, self.thermal), self.window, self.size)

    def padded(self) -> NDArray[np.bool_]:
        """(size, size) True where the crop lies outside the frame."""
        return padding_mask(self.window, self.frames.size, self.size)


class SequencePairs:
    """An endless, numbered supply of pairs from annotated sequences.

    It travels to another process as paths and boxes; each process opens the files itself.
    """

    def __init__(
        self,
        index: SequenceIndex,
        config: SequencePairConfig,
        seed: int,
        cache: FrameCache | None = None,
    ) -> None:
        """Draw from the sequences of `index`; raises CKDError when there are none.

        With a `cache` the pairs are the same, and come sooner.
        """
        if not index.sequences:
            raise CKDError("There is no sequence to draw pairs from; name a folder with some.")
        self.index = index
        self.config = config
        self.seed = seed
        self.cache = cache
        self._open: OrderedDict[int, Sequence] = OrderedDict()

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "_open": OrderedDict()}

    def sample(self, index: int) -> PairSample:
        """Draw pair number `index`; the same number is always the same pair.

        Frames that cannot be read are replaced by others of their sequence; CKDError names the
        sequence when several replacements fail as well.
        """
        # Everything below draws from it in a fixed order: one draw more changes all pairs of a
        # recipe.
        rng = np.random.default_rng((_STREAM, self.seed, index))
        count = len(self.index.sequences)
        chosen = int(rng.integers(count))
        present = bool(count == 1 or rng.random() >= self.config.mismatched)  # one has no other
        # From 1 on, so that it is never the same sequence.
        other = chosen if present else (chosen + int(rng.integers(1, count))) % count
        template, search = self._frames(rng, chosen)
        # As the tracker does: it starts on the template's frame, and stretches all by its range.
        first_range = thermal_range(template[0])
        span = first_range
        if other != chosen:
            start, search = self._frames(rng, other)
            # Of its own recording: another camera's values may have nothing in common.
            span = thermal_range(start[0])
        shots = (
            self._template_shot(rng, *template, first_range),
            self._search_shot(rng, *search, span),
        )
        condition, reached = self._condition(rng)
        gray = bool(rng.random() < self.config.gray)
        first, second = (
            self._developed(rng, shot, condition if hit else "day", gray=gray)
            for shot, hit in zip(shots, reached, strict=True)
        )
        kind = "sequence" if present else "other_sequence"
        sample = PairSample(
            template_rgb=first[0],
            template_tir=first[1],
            search_rgb=second[0],
            search_tir=second[1],
            box_cxcywh=shots[1].box,
            template_box_cxcywh=shots[0].box,
            present=present,
            condition=f"{kind}/{condition}",
        )
        joint = bool(rng.random() < self.config.flip)
        return flipped_by_chance(
            sample, rng, joint, self.config.flip_template, self.config.flip_search
        )

    def _frames(
        self, rng: np.random.Generator, number: int
    ) -> tuple[tuple[FramePair, Box], tuple[FramePair, Box]]:
        """Two readable frames of a sequence with their boxes."""
        labelled = self.index.sequences[number]
        first_error: CKDError | None = None
        for _ in range(_TRIES):
            template, search = draw_moments(rng, labelled.frames, self.config.largest_gap)
            try:
                return self._read(number, template), self._read(number, search)
            except CKDError as error:
                first_error = first_error or error
        raise CKDError(
            f"{_TRIES} pairs of frames of {labelled.name} cannot be read, the first because: "
            f"{first_error}"
        ) from first_error

    def _read(self, number: int, position: int) -> tuple[FramePair, Box]:
        labelled = self.index.sequences[number]
        sequence = self._sequence(number)
        frame = int(labelled.frames[position])
        try:
            if self.cache is None:
                pair = sequence.frame(frame).pair()
            else:
                pair = self.cache.pair(sequence, frame)
        finally:
            sequence.close()  # a video would hold a decoder for every sequence there is
        if pair.size != labelled.size:  # its boxes are in pixels of that size
            raise CKDError(f"Frame {frame} of {labelled.name} is not as large as its others.")
        x, y, w, h = (float(value) for value in labelled.boxes[position])
        return pair, (x, y, w, h)

    def _sequence(self, number: int) -> Sequence:
        if number in self._open:
            self._open.move_to_end(number)
            return self._open[number]
        sequence = open_sequence(*self.index.sequences[number].locator)
        self._open[number] = sequence
        if len(self._open) > _MOST_OPEN:
            self._open.popitem(last=False)  # the one that was not asked for the longest
        return sequence

    def _template_shot(
        self, rng: np.random.Generator, frames: FramePair, box: Box, thermal: ThermalRange | None
    ) -> _Shot:
        config = self.config
        # Clipped: the box has to stay on the target, and a normal has no end.
        jitter = rng.normal(0, config.template_jitter, 4).clip(-0.5, 0.5)
        x, y, w, h = box
        x, y = x + w * float(jitter[0]), y + h * float(jitter[1])
        grown = w * float(np.exp(jitter[2])), h * float(np.exp(jitter[3]))
        given = (x + (w - grown[0]) / 2, y + (h - grown[1]) / 2, *grown)
        window = crop_window(given, config.template_factor)
        return _Shot(frames, window, given, config.template_size, thermal)

    def _search_shot(
        self, rng: np.random.Generator, frames: FramePair, box: Box, thermal: ThermalRange | None
    ) -> _Shot:
        config = self.config
        x, y, w, h = box
        # Clipped: a normal has no end, and a window twice too large or too small is enough.
        scale = np.exp(np.clip(rng.normal(0, config.scale_jitter, 2), -0.7, 0.7))
        w_seen, h_seen = w * float(scale[0]), h * float(scale[1])
        off = np.sqrt(w_seen * h_seen) * config.centre_jitter * (rng.random(2) - 0.5)
        left = x + w / 2 + float(off[0]) - w_seen / 2
        top = y + h / 2 + float(off[1]) - h_seen / 2
        window = crop_window((left, top, w_seen, h_seen), config.search_factor)
        return _Shot(frames, window, box, config.search_size, thermal)

    def _condition(self, rng: np.random.Generator) -> tuple[str, tuple[bool, bool]]:
        """What befalls the pair, and whether it reaches the template and the search."""
        config = self.config
        draw = rng.random()
        # Drawn for every pair, so that the draws after it are the same whatever the condition.
        reached = (
            bool(rng.random() < config.template_affected),
            bool(rng.random() < config.search_affected),
        )
        for name in _CONDITIONS:
            draw -= getattr(config, name)
            if draw < 0:
                return name, reached
        return "day", reached

    def _developed(
        self, rng: np.random.Generator, shot: _Shot, condition: str, *, gray: bool
    ) -> tuple[Pixels, Pixels]:
        """The crops of a shot after everything that befalls both modalities or one."""
        rgb, tir = shot.crops()
        gain = 1.0 + self.config.brightness * float(rng.uniform(-1, 1))
        rgb, tir = _brighter(rgb, gain), _brighter(tir, gain)
        if gray:
            rgb = np.asarray(
                cv2.cvtColor(cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY), cv2.COLOR_GRAY2RGB), np.uint8
            )
        if condition != "day":
            rgb, tir = degraded(rng, condition, rgb, tir)
            outside = shot.padded()
            # No camera is dark or noisy outside its frame: the tracker fills with zeros.
            rgb[outside], tir[outside] = 0, 0
        return rgb, tir


def draw_moments(
    rng: np.random.Generator, frames: NDArray[np.int64], largest_gap: int
) -> tuple[int, int]:
    """Draw the positions of a template and a search frame in (N,) rising frame indices, N >= 2.

    The search frame comes at most `largest_gap` frames after the template; where no frame does,
    before it, and where none is that near at all, it is the template's neighbour.
    """
    template = int(rng.integers(len(frames)))
    here = int(frames[template])
    last = int(np.searchsorted(frames, here + largest_gap, side="right"))
    if last > template + 1:
        return template, int(rng.integers(template + 1, last))
    first = int(np.searchsorted(frames, here - largest_gap, side="left"))
    if first < template:
        return template, int(rng.integers(first, template))
    return template, template - 1 if template else template + 1


def degraded(
    rng: np.random.Generator, condition: str, rgb: Pixels, tir: Pixels
) -> tuple[Pixels, Pixels]:
    """Take what one camera sees away: `night`, `overexposed`, `crossover` or `saturated`.

    rgb is (S, S, 3), tir (S, S) or (S, S, 3) uint8; a degraded thermal image is (S, S).
    """
    if condition == "night":
        light = float(np.exp(rng.uniform(np.log(0.05), np.log(0.45))))
        return degrade.night(rgb, rng, light), tir
    if condition == "overexposed":
        return degrade.overexposed(rgb, rng), tir
    # Colours of a palette are no temperatures: the contrast to take away is in their gray.
    single = tir if tir.ndim == 2 else np.asarray(cv2.cvtColor(tir, cv2.COLOR_RGB2GRAY), np.uint8)
    if condition == "saturated":
        return rgb, degrade.saturated(single, rng)
    return rgb, degrade.flat(single, rng)


def _brighter(image: Pixels, gain: float) -> Pixels:
    return np.asarray(cv2.convertScaleAbs(image, alpha=gain), np.uint8)  # 255 is the end, no wrap
