"""The table of trackers as rows of the window's chooser."""

from __future__ import annotations

from pathlib import Path

from app.resolve.trackers import Pick, TrackerItem
from app.state.tracker_choice import BUNDLED_WEIGHTS, CKD, TrackerChoice
from tracker_core.errors import CKDError
from tracker_core.trackers import TrackerEntry, tracker_entry, trackers


def known_tracker(spec: str) -> str:
    """Return what was typed, or CKD where no such tracker can be named any more."""
    try:
        tracker_entry(spec)
    except CKDError:
        return CKD
    return spec


def tracker_items(chosen: TrackerChoice, weights: str, folder: str = "") -> tuple[TrackerItem, ...]:
    """Return the rows of the chooser, made from the table of trackers.

    `weights` are CKD's, chosen or not; `folder` is one that a person has named before.
    """
    entry = tracker_entry(chosen.tracker)
    known = trackers()
    rows = [
        *_weights_items(weights, chosen=chosen.is_ckd),
        TrackerItem("CKD from a file…", "Track with the weights in a checkpoint file", Pick.FILE),
    ]
    rows += [
        _tracker_item(row, chosen if row.name == entry.name else None, folder)
        for row in known.values()
        if row.name != CKD
    ]
    if entry.name not in known:
        tip = "A class that is not in the list"
        rows.append(TrackerItem(entry.title, tip, Pick.TRACKER, chosen.tracker, current=True))
    rows.append(TrackerItem("Other…", "Type a name, name:ARGUMENT or module:Class", Pick.OTHER))
    return tuple(rows)


def _weights_items(weights: str, *, chosen: bool) -> tuple[TrackerItem, ...]:
    bundled = TrackerItem(
        f"CKD {BUNDLED_WEIGHTS}",
        "Both cameras; bundled, fast on any computer",
        Pick.WEIGHTS,
        BUNDLED_WEIGHTS,
        current=chosen and weights == BUNDLED_WEIGHTS,
    )
    if weights == BUNDLED_WEIGHTS:
        return (bundled,)
    name = f"CKD {Path(weights).name}"
    return bundled, TrackerItem(name, weights, Pick.WEIGHTS, weights, current=chosen)


def _tracker_item(row: TrackerEntry, chosen: TrackerChoice | None, folder: str) -> TrackerItem:
    text, tip = row.title, row.summary
    _, _, argument = ("", "", "") if chosen is None else chosen.tracker.partition(":")
    if row.wants_folder:
        argument = argument or folder
        if argument:
            tip = f"{tip}\nFolder: {argument}"
    elif argument:
        tip = f"{tip}\nWith: {argument}"
    if row.must_ask and not argument:
        text += "…"
    return TrackerItem(text, tip, Pick.TRACKER, row.name, current=chosen is not None)
