"""Every flag of a frame in one table: its words, its action, how it shows; no Qt."""

from __future__ import annotations

from dataclasses import dataclass
from functools import reduce
from operator import or_

from sessions import Flag


@dataclass(frozen=True, slots=True)
class FlagRow:
    """One flag as the window knows it."""

    flag: Flag
    id: str
    """The action that sets it is called `flag_` and this."""
    word: str
    """What it is called in sentences."""
    on_boxes: bool = False
    """Whether the word stands beside boxes, in pictures to give away too."""
    text: str = ""
    """Menu text of its action, with a mnemonic; empty for a flag that no action sets."""
    tip: str = ""
    """One sentence for the action's tooltip."""
    keys: tuple[str, ...] = ()
    """Keys of its action."""
    lane: str = ""
    """Name of the palette's colour that marks it on the timeline; empty: no mark."""


FLAGS: tuple[FlagRow, ...] = (
    FlagRow(
        Flag.ABSENT,
        "absent",
        "absent",
        on_boxes=True,
        text="&Absent here",
        tip="Mark the target as out of sight on this frame or range; it has no box there.",
        keys=("Alt+1",),
        lane="muted",
    ),
    FlagRow(
        Flag.OCCLUDED,
        "occluded",
        "occluded",
        on_boxes=True,
        text="&Occluded here",
        tip="Mark the target as hidden on this frame or range.",
        keys=("Alt+2",),
        lane="tir",
    ),
    FlagRow(
        Flag.TRUNCATED,
        "truncated",
        "truncated",
        on_boxes=True,
        text="Truncated &here",
        tip="Mark the target as cut by the frame's edge on this frame or range.",
        keys=("Alt+3",),
        lane="rgb",
    ),
    FlagRow(Flag.TARGET_REMOVED, "target_removed", "tokens in the box removed", lane="warning"),
    FlagRow(
        Flag.REVIEWED,
        "reviewed",
        "reviewed",
        text="Revie&wed here",
        tip="Mark this frame or range as looked at and left as it is.",
        keys=("Alt+4",),
        lane="ok",
    ),
)
"""In the order of menus and words."""


def flag_words(flags: int) -> str:
    """Return the flags that stand beside a box, as words."""
    return ", ".join(row.word for row in FLAGS if row.on_boxes and flags & row.flag)


def flag_word(flag: Flag) -> str:
    """Return what one flag is called in sentences."""
    return next(row.word for row in FLAGS if row.flag is flag)


def lane_words(flags: int) -> str:
    """Return the flags that mark a frame on the timeline, as words."""
    return ", ".join(row.word for row in FLAGS if row.lane and flags & row.flag)


PERSONS_FLAGS = reduce(or_, (row.flag for row in FLAGS if row.text))
"""The flags that a person sets and takes away."""
LANES = tuple(row for row in FLAGS if row.lane and row.text)
"""The flags that have a lane of their own on the timeline, from above: those that a person sets."""
STRIP_MARKS = tuple(row for row in FLAGS if row.lane and not row.text)
"""The flags that are marked at the foot of a target's strip: those that the program sets."""
