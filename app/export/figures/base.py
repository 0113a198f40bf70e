"""What a kind of figure is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

from app.export.base import Progress, Subject
from sessions import Target
from tracker_core.errors import CKDError

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


class Frames(Enum):
    """How many frames a kind of figure is of."""

    ONE = "one frame"
    SOME = "one or more frames"
    SPAN = "all frames, or those from the first to the last one named"


@dataclass(frozen=True, slots=True)
class Wish:
    """What a figure is to show."""

    subject: Subject
    frames: tuple[int, ...]
    """Ascending, each once; empty where none was named."""
    width: float
    """Inches."""
    block: int | None = None
    """Of the network, from 0; None for the last one."""
    model: str = ""
    """Weights of CKD that look at frames again; empty for those that tracked them."""
    device: str = ""
    """torch device; empty for the best one."""
    progress: Progress = lambda _done, _total: None
    untrained: bool = False
    """Whether weights may look at frames although they were not trained to track."""

    @property
    def target(self) -> Target:
        """The target that is shown."""
        return self.subject.session.target(self.subject.target_id)

    @property
    def wide(self) -> bool:
        """Whether it goes over two columns of a page."""
        return is_wide(self.width)


@dataclass(frozen=True, slots=True)
class FigureKind:
    """One kind of figure."""

    id: str
    """The word on the command line."""
    label: str
    """The name that a person knows it by."""
    frames: Frames
    most: tuple[int, int]
    """Frames that it has room for on a page: in one column, and across both."""
    holds: str
    """One sentence on what is in it."""
    lacks: str
    """One sentence on what it needs and cannot show."""
    draw: Callable[[Wish], Figure]
    """Draw it; CKDError when the session does not hold what it shows."""
    computes: bool = False
    """Whether CKD has to look at the frames again."""


def is_wide(inches: float) -> bool:
    """Tell whether a width is that of both columns."""
    return inches > 5


def check_frames(kind: FigureKind, frames: tuple[int, ...], count: int, width: float) -> None:
    """Refuse frames that a kind cannot show in these inches, or a session lacks; CKDError."""
    gone = next((index for index in frames if not 0 <= index < count), None)
    if gone is not None:
        raise CKDError(f"There is no frame {gone}; the session has frames 0 to {count - 1}.")
    if kind.frames is Frames.SPAN:
        return
    if not frames:
        raise CKDError(f"{kind.label} shows {kind.frames.value}; say which.")
    if kind.frames is Frames.ONE and len(frames) > 1:
        raise CKDError(f"{kind.label} shows one frame, and {len(frames)} were named; choose one.")
    most = kind.most[is_wide(width)]
    if len(frames) > most:
        # On one page: a taller figure could not be printed.
        where = "across both columns" if is_wide(width) else "in one column"
        raise CKDError(
            f"{kind.label} has room for {most} frames {where}, and {len(frames)} were named; "
            "choose fewer."
        )


def clean(axes: Axes) -> None:
    """Give axes of numbers a faint grid, and take the frame away where no numbers stand."""
    axes.grid(visible=True)
    axes.set_axisbelow(True)
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
