"""The review queue: walking through its events, marking them as seen, looking again."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from app.resolve.review import ReviewEvent
    from app.window.port import WindowPort

NOTHING_LEFT = "There is nothing left to review."


def go(window: WindowPort, direction: int) -> None:
    """Go to the next event that deserves a look, or to the previous one (`direction` -1)."""
    space = window.workspace
    chosen = space.selection.value.target_id
    found = space.review.queue.neighbour(window.frame_index, chosen, direction)
    if found is None:
        window.show_message(NOTHING_LEFT)
    else:
        go_to(window, found)


def go_to(window: WindowPort, event: ReviewEvent) -> None:
    """Select the target of an event and show the frame where it is worst."""
    window.workspace.selection.select(event.target_id)
    window.go_to_frame(event.worst)


def choose_event(window: WindowPort) -> None:
    """Select the frames of the event that the frame on show is in."""
    here = event_here(window)
    if here is None:
        window.show_message("No event of the review queue is on this frame.")
    else:
        window.workspace.selection.set_range((here.first, here.last + 1))


def choose(window: WindowPort, event: ReviewEvent) -> None:
    """Go to an event and select its frames, so that what is done next means all of it."""
    go_to(window, event)
    window.workspace.selection.set_range((event.first, event.last + 1))


def mark_seen(window: WindowPort) -> None:
    """Mark the event that the frame on show is in as seen, and go to the next one."""
    here = event_here(window)
    review, chosen = window.workspace.review, window.workspace.selection.value.target_id
    # Before the mark, which takes the event out of the walk.
    found = review.queue.neighbour(window.frame_index, chosen, 1)
    if here is not None and not here.seen and not review.mark_seen(here):
        return
    if found is None or found == here:
        window.show_message(NOTHING_LEFT)
    else:
        go_to(window, found)


def mark_not_seen(window: WindowPort) -> None:
    """List the event that the frame on show is in again."""
    here = event_here(window)
    if here is None or not here.seen or not window.workspace.review.mark_not_seen(here):
        window.show_message("No event that was seen is on this frame.")


def second_look(window: WindowPort) -> None:
    """Look again at what was tracked, or stop doing so."""
    space = window.workspace
    if space.second_looks.running:
        space.second_looks.stop()
    else:
        space.take_second_looks()


def event_here(window: WindowPort) -> ReviewEvent | None:
    """Return the event of the queue that the frame on show is in."""
    space = window.workspace
    return space.review.queue.at(window.frame_index, space.selection.value.target_id)
