"""Content, style and modality gap put into words, true of any network; no Qt."""

from __future__ import annotations

import numpy as np

from app.look.numbers import short_number
from app.resolve.inspection import FeatureModel, GapHistory, SharedMaps, StylePair

ENOUGH = 5
"""Frames from which it can be said what is usual."""
USUAL = (10, 90)
"""Percentiles between which the gap usually lies."""
LITTLE = 0.1
"""Correlation above chance that is worth the name."""

CONTENT_TIP = (
    "The mean squared distance of both contents, channel by channel: 0 where they are equal, 2 "
    "where they have nothing to do with each other. Only a network whose losses tie both contents "
    "comes near 0; in any other, equal colours in both maps mean nothing."
)
SHARED_TIP = (
    "Canonical correlation: the three directions along which the contents of both cameras go "
    "together most, and how strongly, 0 to 1. By chance is what tokens give that do not belong "
    "together; only what is above it is shared."
)
GAP_TIP = (
    "The style gap: how far the mean and spread of each channel are apart between RGB and "
    "thermal tokens, squared, on average over channels. 0 is no gap. It has no scale of its own, "
    "so compare it with what is usual for this target and block."
)
STYLE_TIP = (
    "One dot for each channel: RGB to the right, thermal up. On the diagonal both cameras agree; "
    "the style gap is how far off it the dots lie."
)


def content_words(model: FeatureModel) -> str:
    """Return how far both contents are apart, and what their colours mean."""
    head = "Dark tokens were removed. Compare colours within one map: between the cameras they "
    if model.content_gap is None:
        return f"{head}need not match."
    gap = model.content_gap
    said = f"content gap {short_number(gap)}"
    if gap > 1.5:
        return f"{head}do not match ({said}; 0 is equal, near 2 is unrelated)."
    if gap > 0.7:
        return f"{head}match in part ({said}; 0 is equal, near 2 is unrelated)."
    return f"{head}match here ({said}; 0 is equal, near 2 is unrelated)."


def shared_words(shared: SharedMaps | None) -> str:
    """Return how much both contents have in common."""
    if shared is None:
        return "Too few tokens are left to tell what both cameras share."
    numbers = f"correlation {shared.strength:.2f}, by chance {shared.chance:.2f}"
    if shared.strength - shared.chance < LITTLE:
        return f"Nothing more than chance is shared: {numbers}."
    return f"Here equal colours do mean the same in both cameras: {numbers}."


def style_words(style: StylePair) -> str:
    """Return the style gap of a block in words, and how means and spreads share in it."""
    mean = float(((style.mean_rgb - style.mean_tir) ** 2).mean())
    spread = float(((style.std_rgb - style.std_tir) ** 2).mean())
    total = mean + spread
    channels = len(style.mean_rgb)
    # Nothing to divide among means and spreads.
    if total <= 0:
        return f"All {channels} channels lie on the diagonal: there is no modality gap."
    return (
        f"Dots on the diagonal: both agree. {channels} channels, gap {short_number(total)}; "
        f"{mean / total:.0%} of it from means, {spread / total:.0%} from spreads."
    )


def usual_gap(history: GapHistory | None, block: int) -> tuple[float, float] | None:
    """Return between what the gap after a block usually lies; None where too little is known."""
    if history is None or not 0 <= block < history.gaps.shape[1]:
        return None
    known = history.gaps[np.isfinite(history.gaps[:, block]), block]
    if len(known) < ENOUGH:
        return None
    low, high = np.percentile(known, USUAL)
    return float(low), float(high)


def gap_scale_words(model: FeatureModel) -> str:
    """Return the gap on the frame beside what is usual for the target."""
    gap = float(model.gap_by_block[model.block])
    usual = usual_gap(model.history, model.block)
    said = f"Style gap {short_number(gap)} after block {model.block}"
    if usual is None or model.history is None:
        return f"{said}; what is usual here is being computed from the other tracked frames."
    low, high = usual
    where = "as usual" if low <= gap <= high else "more than usual" if gap > high else "less"
    count = len(model.history.frame_indices)
    return (
        f"{said}, {where}: usual here is {short_number(low)} to {short_number(high)} "
        f"(8 of 10 of {count} frames). Training makes it small: one language for both cameras."
    )


def beside_words(kept: FeatureModel, here: FeatureModel | None) -> str:
    """Return the numbers of a frame that is kept beside, and those of the one on show."""
    said = f"Beside: {_numbers(kept)}."
    return said if here is None else f"{said} Frame {here.frame_index}: {_numbers(here)}."


def beside_style_words(kept: FeatureModel | None, here: FeatureModel) -> str:
    """Return whose the rings among the dots of the style are, after the words on the dots."""
    if kept is None or kept.style is None:
        return ""
    block = "" if kept.block == here.block else f", after block {kept.block}"
    return f" Rings: frame {kept.frame_index}, kept beside{block}."


def lacking_words(frame_index: int) -> str:
    """Return why a frame that is kept beside has no features to show."""
    return (
        f"Beside: frame {frame_index}, whose features were not on show when it was kept; go "
        "there with this tab open, and keep it again."
    )


def _numbers(model: FeatureModel) -> str:
    words = [f"style gap {short_number(float(model.gap_by_block[model.block]))}"]
    if model.content_gap is not None:
        words.append(f"content gap {short_number(model.content_gap)}")
    if model.shared is not None:
        words.append(f"shared {model.shared.strength:.2f}")
    return ", ".join(words)
