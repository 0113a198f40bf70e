"""Every flag of a frame in one table: its words, its action, how it shows; no Qt."""

from __future__ import annotations

from dataclasses import dataclass

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
        tip="Mark the target as out of sight on this frame.",
        keys=("Alt+1",),
    ),
    FlagRow(
        Flag.OCCLUDED,
        "occluded",
        "occluded",
        on_boxes=True,
        text="&Occluded here",
        tip="Mark the target as hidden on this frame.",
        keys=("Alt+2",),
    ),
    FlagRow(
        Flag.TRUNCATED,
        "truncated",
        "truncated",
        on_boxes=True,
        text="Truncated &here",
        tip="Mark the target as cut by the frame's edge.",
        keys=("Alt+3",),
    ),
    FlagRow(Flag.TARGET_REMOVED, "target_removed", "target tokens removed", lane="warning"),
    FlagRow(Flag.REVIEWED, "reviewed", "reviewed"),
)
"""In the order of menus and words."""


def flag_words(flags: int) -> str:
    """Return the flags that stand beside a box, as words."""
    return ", ".join(row.word for row in FLAGS if row.on_boxes and flags & row.flag)


def lane_words(flags: int) -> str:
    """Return the flags that mark a frame on the timeline, as words."""
    return ", ".join(row.word for row in FLAGS if row.lane and flags & row.flag)
