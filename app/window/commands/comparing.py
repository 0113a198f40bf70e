"""Results of trackers beside the ground truth: opening them, and going to where they fail."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtWidgets import QFileDialog

from app.resolve.redraw import Part
from app.views.shell.asking import asked_place
from safe_files import file_name
from tracker_core.evaluation.comparing import differences, worst_frame

if TYPE_CHECKING:
    from app.window.port import WindowPort

COMPARED = frozenset({Part.SCENE, Part.COMPARED})
RESULT_FILTER = "Results (*.txt *.zip *.h5 *.hdf5);;All files (*)"
FIGURE_FILTER = "PDF (*.pdf);;SVG (*.svg);;PNG (*.png)"
FILM_FILTER = "Video (*.mp4)"
RESULT_SUFFIXES = frozenset({".txt", ".zip"})
NOTHING_JUDGED = "No box can be judged yet: track a target, or open results of trackers."
NO_TWO_JUDGED = "There is no frame on which boxes of two trackers can be judged."
MOST_PROBLEMS = 3
"""Sentences of one message; of forty files that do not fit nobody reads more."""


def open_results(window: WindowPort) -> None:
    """Ask for result files, zips or sessions, and open them."""
    names, _ = QFileDialog.getOpenFileNames(
        window.widget, "Open results of trackers", "", RESULT_FILTER
    )
    open_paths(window, tuple(map(Path, names)))


def open_folder(window: WindowPort) -> None:
    """Ask for a folder of one tracker or of several, and open its results."""
    name = QFileDialog.getExistingDirectory(window.widget, "Open a folder of results")
    open_paths(window, (Path(name),) if name else ())


def open_paths(window: WindowPort, paths: tuple[Path, ...]) -> None:
    """Open results beside the sequence on show, and over the dataset whose list is there."""
    if paths:
        window.workspace.comparing.open(paths)
        window.watch_idle()


def are_results(window: WindowPort, paths: tuple[Path, ...]) -> bool:
    """Whether what was dropped are result files for what is on show."""
    named = all(path.suffix.lower() in RESULT_SUFFIXES for path in paths)
    return (
        bool(paths)
        and named
        and (window.workspace.source is not None or window.workbench.list_shown)
    )


def close_results(window: WindowPort) -> None:
    """Take all results away."""
    window.workspace.comparing.close()


def show_truth(window: WindowPort, on: bool) -> None:
    """Draw the ground truth and judge boxes by it, or stop doing so."""
    comparing = window.workspace.comparing
    comparing.show_truth(on)
    if on and window.workspace.source is not None and not comparing.has_truth:
        window.show_message("This sequence has no ground truth.")


def show_results(window: WindowPort, on: bool) -> None:
    """Draw the boxes of results, or leave them out."""
    window.workspace.comparing.show_results(on)


def to_worst(window: WindowPort) -> None:
    """Go to the frame of the lowest IoU, and from there to the next lowest."""
    comparing = window.workspace.comparing
    each = comparing.subject
    frame = None if each is None else comparing.next_worst(each, window.frame_index)
    if each is None or frame is None:
        window.show_message(NOTHING_JUDGED)
        return
    window.go_to_frame(frame)
    rank = "the lowest IoU" if frame == worst_frame(each.overlap) else "the next lowest IoU"
    window.show_message(f"Frame {frame}: {rank} of {each.tracker}, {each.overlap[frame]:.2f}.")


def to_failure(window: WindowPort) -> None:
    """Go to where the next stretch begins on which one tracker fails and another does not."""
    comparing = window.workspace.comparing
    pair = comparing.pair
    if pair is None:
        return
    failing, other = pair
    found = comparing.next_failure(window.frame_index)
    if found is None:
        window.show_message(f"There is no frame where {failing} fails and {other} does not.")
        return
    first, last = found
    around = first <= window.frame_index
    window.go_to_frame(first)
    frames = f"Frame {first}" if first == last else f"Frames {first} to {last}"
    again = " No more come later; this is the first one again." if around else ""
    window.show_message(
        f"{frames}: {failing} fails with IoU {comparing.named(failing).overlap[first]:.2f}, "
        f"{other} has {comparing.named(other).overlap[first]:.2f}.{again}"
    )


def to_disagreement(window: WindowPort) -> None:
    """Go to the frame on which trackers differ most; from there to the next of these."""
    comparing = window.workspace.comparing
    frame = comparing.next_disagreement(window.frame_index)
    if frame is None:
        overlaps = [each.overlap for each in comparing.judged]
        apart = not overlaps or np.isnan(differences(overlaps)).all()
        window.show_message(NO_TWO_JUDGED if apart else "The trackers agree on every frame.")
        return
    said = sorted(
        (float(each.overlap[frame]), each.tracker)
        for each in comparing.judged
        if not np.isnan(each.overlap[frame])
    )
    (low, loser), (high, winner) = said[0], said[-1]
    window.go_to_frame(frame)
    window.show_message(
        f"Frame {frame}: {loser} has IoU {low:.2f}, {winner} {high:.2f}, {high - low:.2f} apart."
    )


def draw(window: WindowPort) -> None:
    """Ask where the figure goes, and draw it in the background."""
    from tracker_core.drawn_figures import WIDTHS

    space = window.workspace
    suggested = space.files.suggested_export().with_suffix("")
    start = suggested.with_name(f"{file_name(suggested.name)}_comparison.pdf")
    path = asked_place(window.widget, "Save the figure of the comparison", start, FIGURE_FILTER)
    if path is None:
        return
    space.comparing.draw(path, WIDTHS["single"])
    window.watch_idle()


def film(window: WindowPort) -> None:
    """Ask where the film goes, and make it in the background."""
    space = window.workspace
    filmed = space.comparing.filmed()
    if filmed is None or space.exchange.running:
        return
    suggested = space.files.suggested_export().with_suffix("")
    start = suggested.with_name(f"{file_name(suggested.name)}_comparison.mp4")
    path = asked_place(window.widget, "Save the film of the comparison", start, FILM_FILTER)
    if path is None:
        return
    # Before it begins: the message on its end may come at once.
    window.show_message(
        f"Filming {path.name} in the background.", action_text="Stop", action=space.exchange.stop
    )
    space.exchange.film(filmed, path, space.files.suggested_path())
    window.watch_idle()
