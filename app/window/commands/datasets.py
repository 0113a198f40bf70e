"""Working through the sequences of a dataset: its list, next and previous, what is noted."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from app.window.port import WindowPort

FORWARD, BACK = 1, -1


def show_list(window: WindowPort, on: bool) -> None:
    """Show the list of the dataset, or what is open behind it."""
    space, bench = window.workspace, window.workbench
    open_ = space.source is not None
    if on:
        # Nobody would see what is played.
        space.playback.pause()
        space.datasets.look_again()
        # Only now: in front, rows would move under the pointer while they are worked through.
        space.datasets.arrange()
        bench.dataset_page.show_row(space.datasets.current)
    bench.show_list(on, frames=open_)
    window.show_panels(open_ and not on)
    if on:
        bench.dataset_page.list.setFocus()
        # What is said of the frames means nothing here; what is wrong, or asked, stays.
        if bench.messages.level == "info" and not bench.messages.buttons:
            bench.messages.clear()
    elif open_:
        window.views.panes.focus_first()
    window.refresh_actions()


def open_row(window: WindowPort, index: int) -> None:
    """Open a sequence of the list; unsaved changes are asked about once it is known to open."""
    datasets = window.workspace.datasets
    if index == datasets.current:
        show_list(window, False)
        return
    window.status_line.set_activity(f"Opening {datasets.rows[index].path.name}…")
    datasets.open(index)
    window.watch_idle()


def open_selected(window: WindowPort) -> None:
    """Open the sequence whose line the keyboard is on."""
    chosen = window.workbench.dataset_page.selected
    if chosen:
        open_row(window, chosen[0])


def step(window: WindowPort, direction: int) -> None:
    """Open the next sequence of the list, or the one before."""
    index = window.workspace.datasets.neighbour(direction)
    if index is not None:
        open_row(window, index)


def done_and_next(window: WindowPort) -> None:
    """Mark the sequence as done and open the next one."""
    rows = meant(window)
    set_state(window, state="done")
    datasets = window.workspace.datasets
    # In the list that of the last line that is selected, whatever was opened last.
    listed = [index for index in datasets.order if index in rows]
    here = listed[-1] if window.workbench.list_shown and listed else None
    index = datasets.neighbour(FORWARD, here)
    if index is None:
        window.show_message("This was the last sequence of the list.")
    else:
        open_row(window, index)


def set_state(window: WindowPort, state: str) -> None:
    """Say of the sequence that is open, or of those selected in the list, how far they are."""
    window.workspace.datasets.set_state(meant(window), state)


def write_note(window: WindowPort) -> None:
    """Let a person write the note of the sequence that is meant."""
    rows = meant(window)
    if rows:
        show_list(window, True)
        window.workbench.dataset_page.edit_note(rows[0])


def close(window: WindowPort) -> None:
    """Forget the dataset; a sequence that is open stays so."""
    open_ = window.workspace.source is not None
    window.workspace.datasets.close()
    window.workbench.show_list(False, frames=open_)
    window.show_panels(open_)
    window.refresh_actions()


def meant(window: WindowPort) -> list[int]:
    """Return the rows that an action is about: what is selected in the list, or what is open."""
    if window.workbench.list_shown:
        return window.workbench.dataset_page.selected
    current = window.workspace.datasets.current
    return [] if current is None else [current]
