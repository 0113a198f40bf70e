"""The first look: three steps on the demo, in words that are true of the network; no Qt."""

from __future__ import annotations

from dataclasses import dataclass

from app.resolve.token_words import WHY_HALF


@dataclass(frozen=True, slots=True)
class LookStep:
    """One step."""

    title: str
    words: str
    doings: tuple[tuple[str, str], ...]
    """What a person can have done: the name of it, and what stands on its button."""


FIRST_LOOK: tuple[LookStep, ...] = (
    LookStep(
        "What it looks for, and where",
        "The box that is given on one frame is cut out of both cameras once: the template. On "
        "every later frame the tracker looks only in a square around its last box, the search "
        "crop, cut into tokens. Set the box on the walker and track; the panel over the frames "
        "then shows template and search crop beside each other.",
        (("box", "Set the box"), ("track", "Track to frame 60")),
    ),
    LookStep(
        "It throws half away",
        "What leaves at block 1? The tokens that the template attends to least, mostly ground, "
        f"the same ones in both cameras. Why half? {WHY_HALF} A red frame is a token inside the "
        "predicted box that left: a fault where the box fits the target. Where the box has "
        "slipped, or holds ground at its edges, it means nothing.",
        (("stage", "After block 1"), ("attention", "Show attention"), ("stages", "All stages")),
    ),
    LookStep(
        "Two cameras, one language",
        "Style is the mean and spread of each channel. The style gap says how far both cameras "
        "are apart in it, compared with what is usual here; training makes it small, so that both "
        "speak one language. Should content colours match? Only in a network whose losses tie both "
        "contents: this one's do not, and a content gap near 2 is unrelated. Then go where the "
        "tracker is least sure, drag the box onto the walker, and track on.",
        (("features", "Style, content, gap"), ("doubt", "Where it is least sure")),
    ),
)
