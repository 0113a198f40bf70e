"""What the window is like at a moment, as far as its actions may ask."""

from __future__ import annotations

from dataclasses import dataclass

from app.look.theme import ThemeName
from app.views.frame.scene import Compare
from sessions import Flag

NO_FLAGS = Flag(0)


@dataclass(frozen=True, slots=True)
class Moment:
    """Cheap to make and to compare: one is made after each thing that happens."""

    has_sequence: bool = False
    is_one_video: bool = False
    """Whether one video file holds both modalities of the open sequence."""
    has_target: bool = False
    """Whether a target is selected."""
    has_review: bool = False
    """Whether an event deserves a look."""
    looking_again: bool = False
    """Whether second looks are being taken."""
    running: bool = False
    """Whether a run of the tracker is under way."""
    playing: bool = False
    drawing: bool = False
    """Whether the next drag in a frame pane draws a box."""
    dragging: bool = False
    """Whether the mouse holds something in a frame pane."""
    undo: str | None = None
    """What the last change was; None when nothing can be undone."""
    redo: str | None = None
    """What was undone last; None when nothing can be done again."""
    flags: Flag = NO_FLAGS
    """Of the selected target on the frame on show."""
    overlays: frozenset[str] = frozenset()
    """Ids of the overlays that are drawn."""
    compare: Compare = Compare.SPLIT
    theme: ThemeName = "dark"
    linked: bool = True
    """Whether the boxes of both modalities move together."""
    crop_wanted: bool = True
    autosave_minutes: int = 0
    """Every how many minutes the session is saved by itself; 0 is never."""
    read_only: str = ""
    """Why the session may only be looked at; empty when it may be changed."""


def always(_moment: Moment) -> bool:
    """For what may be done at any moment."""
    return True


def with_sequence(moment: Moment) -> bool:
    """For what needs frames."""
    return moment.has_sequence


def can_exchange(moment: Moment) -> bool:
    """For taking the modalities of a single video the other way round."""
    return moment.is_one_video


def with_target(moment: Moment) -> bool:
    """For what is done to the selected target."""
    return moment.has_target


def with_review(moment: Moment) -> bool:
    """For going from one event of the review queue to another."""
    return moment.has_review


def can_look_again(moment: Moment) -> bool:
    """For second looks, which are taken one after the other, and for stopping them."""
    return moment.has_target


def can_track(moment: Moment) -> bool:
    """For starting a run: there is only one at a time."""
    return moment.has_target and not moment.running


def can_stop(moment: Moment) -> bool:
    """For stopping: only where something would stop."""
    return moment.running or moment.drawing or moment.playing or moment.dragging


def can_undo(moment: Moment) -> bool:
    """For taking a change back; a run under way is ended first."""
    return moment.undo is not None or moment.running


def can_redo(moment: Moment) -> bool:
    """For doing a change again; a run under way is ended first."""
    return moment.redo is not None or moment.running
