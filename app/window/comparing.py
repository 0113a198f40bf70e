"""Connects what is compared with the window: buttons of its tab, lanes, and what is said."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from app.look.theme import current_theme
from app.resolve.comparing import lanes_of
from app.resolve.redraw import Part
from app.views.inspector.compare_panel import ComparePanel
from app.window.actions import Id

if TYPE_CHECKING:
    from app.window.port import WindowPort
    from app.workers.comparing import OpenedResults, Plotted

COMPARED = frozenset({Part.SCENE, Part.COMPARED})
MOST_PROBLEMS = 3
"""Sentences of one message; of forty files that do not fit nobody reads more."""


def connect_comparing(window: WindowPort) -> None:
    """Connect what is compared with the window, and give the panel its buttons."""
    comparing, panel = window.workspace.comparing, window.views.tab(ComparePanel)
    actions = window.actions_by_id
    buttons = (
        *(Id.OPEN_RESULTS, Id.RESULTS_FOLDER, Id.SHOW_TRUTH),
        *(Id.WORST_FRAME, Id.WORST_DISAGREEMENT, Id.COMPARISON_FIGURE),
    )
    panel.set_actions([actions[each] for each in buttons], actions[Id.NEXT_FAILURE])
    space = window.workspace
    # What a run says is judged while it runs.
    space.tracking.progressed.connect(lambda _progress: comparing.refresh())
    space.tracking.ended.connect(lambda _words: comparing.refresh())
    panel.frame_picked.connect(window.go_to_frame)
    panel.pair_picked.connect(comparing.pick)
    comparing.changed.connect(partial(show, window))
    comparing.changed.connect(window.refresh_actions)
    comparing.changed.connect(window.watch_idle)
    comparing.read.connect(partial(say_read, window))
    comparing.drawn.connect(partial(_say_drawn, window))
    comparing.failed.connect(partial(window.show_message, level="error"))


def show(window: WindowPort) -> None:
    """Draw lanes, boxes and the table again."""
    rows = window.workspace.comparing.rows(current_theme().palette)
    window.views.timeline.set_overlaps(lanes_of(rows))
    window.presenter.redraw(COMPARED)


def say_read(window: WindowPort, opened: OpenedResults) -> None:
    """Say what was read and what was not, and show the table."""
    names = [each.tracker for each in opened.compared]
    notes = [note for each in opened.compared for note in each.notes]
    said = list(opened.problems[:MOST_PROBLEMS])
    if len(opened.problems) > MOST_PROBLEMS:
        said.append(f"And {len(opened.problems) - MOST_PROBLEMS} more.")
    if names:
        many = f"{len(names)} results are" if len(names) > 1 else f"{names[0]} is"
        scored = (
            "compared with the ground truth"
            if window.workspace.comparing.has_truth
            else ("shown; the sequence has no ground truth to score by")
        )
        said.insert(0, f"{many} {scored}.")
    if said:
        window.show_message(" ".join([*said, *notes[:1]]), "warning" if opened.problems else "info")


def _say_drawn(window: WindowPort, drawn: Plotted) -> None:
    words = f"Saved the figure in {drawn.path}. {drawn.lacks}".strip()
    window.show_message(words, "warning" if drawn.lacks else "info")
