"""What training pairs from pictures look like."""

from __future__ import annotations

from dataclasses import dataclass

from tracker_core.errors import CKDError
from tracker_core.training.data.pair_bounds import PICTURE_PAIRS, check_numbers


@dataclass(frozen=True, slots=True)
class PairConfig:
    """What the pairs look like; everything but sizes and factors is a probability or a spread."""

    template_size: int = 64
    search_size: int = 128
    template_factor: float = 2.0
    """Side of the template crop in roots of the box's area."""
    search_factor: float = 4.0
    centre_jitter: float = 3.0
    """The search centre is off by up to half of this many roots of the box's area."""
    scale_jitter: float = 0.25
    """Standard deviation of the logarithm of the search window's scale."""
    template_jitter: float = 0.04
    """Standard deviation of the template box's place and logarithmic size, as shares of it."""
    smallest_target: float = 8.0
    """Root of the box's area in frame pixels."""
    largest_target: float = 160.0
    small_targets: float = 0.25
    """Share of targets below 24 frame pixels."""
    flip: float = 0.5
    """How often both crops of both modalities are mirrored."""
    flip_template: float = 0.0
    """How often the template is mirrored on its own beside that."""
    flip_search: float = 0.0
    """How often the search crop is mirrored on its own beside that."""
    brightness: float = 0.2
    gray: float = 0.05
    mismatched: float = 0.07
    patches: float = 0.32
    """Share of targets that are part of the photograph itself."""
    videos: float = 0.10
    """Share of pairs from videos, when there are any."""
    distractors: float = 0.55
    occluders: float = 0.25
    night: float = 0.20
    crossover: float = 0.15
    flat: float = 0.08
    saturated: float = 0.06
    overexposed: float = 0.05
    camouflage: float = 0.05
    search_affected: float = 0.9
    """How often a condition reaches the search crop."""
    template_affected: float = 0.35
    """How often it reaches the template as well."""
    automatic_gain: float = 0.6
    """How often the thermal camera spreads what it sees over all its gray levels."""
    misaligned: float = 0.25
    """How often the thermal camera looks a little beside the colour camera."""
    misalignment: float = 0.05
    """Standard deviation of how far beside, in roots of the box's area."""
    padding: float = 0.15
    """How often the frame ends inside a crop."""
    blur: float = 0.12
    low_resolution: float = 0.12
    compression: float = 0.15
    lagging: float = 0.0
    """How often the search window is cut by a size that a loop has fallen behind with."""
    lag: float = 0.35
    """Standard deviation of the logarithm of how far behind, beside the jitter of scale."""
    crossing: float = 0.0
    """How often a piece of another picture passes before the target, hiding any part of it."""
    hidden: float = 0.0
    """How often it hides all of the target in the search, so that nothing should be found."""
    twins: float = 0.0
    """How many look-alikes differ from the target in one modality alone, where there are any."""
    foreign: float = 0.0
    """How often what is seen of heat comes from another picture than what is seen of colour."""
    failed: float = 0.0
    """How often one of the cameras fails in the search: dark, white, frozen or fogged."""
    changed: float = 0.0
    """How often the template was taken under another condition than the search."""
    jerk: float = 0.0
    """How often a jerk of the mount smears the search in both modalities alike."""

    def __post_init__(self) -> None:
        check_numbers(self, PICTURE_PAIRS)
        conditions = self.night + self.crossover + self.flat + self.saturated
        # 1e-9: sums of decimal shares are not exact.
        if conditions + self.overexposed + self.camouflage > 1.0 + 1e-9:
            raise CKDError("The probabilities of the conditions add up to more than 1.")
        if self.crossing + self.hidden > 1.0 + 1e-9:
            raise CKDError("The shares of crossing and hidden add up to more than 1.")
        if self.patches + self.videos > 1.0 + 1e-9:
            raise CKDError("The shares of patches and videos add up to more than 1.")
        if not 0 < self.smallest_target < self.largest_target:
            raise CKDError("The smallest target must be above 0 and below the largest.")
