"""The table of trackers as rows of the window's chooser."""

from __future__ import annotations

import re
from pathlib import Path, PurePath

from app.resolve.trackers import Pick, TrackerItem
from app.state.tracker_choice import BUNDLED_WEIGHTS, CKD, TrackerChoice
from safe_files import printable
from tracker_core.errors import CKDError
from tracker_core.trackers import TrackerEntry, tracker_entry, trackers
from tracker_core.trackers.trax.process import split_command

COMMAND = "COMMAND"
"""How an argument that is a command is written in the table."""
LONGEST_PROGRAM = 40
"""Letters of its file name in the list; the whole command is in the tip."""
_RUNNERS = re.compile(r"(python|pypy)w?[0-9.]*(\.exe)?|(py|bash|sh|julia|octave|node)(\.exe)?")


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


def program_of(command: str) -> str:
    """Return the file name of the program in a command, of a script rather than what runs it."""
    try:
        first, *others = split_command(command)
    except ValueError:
        # Quotes that do not match, or nothing: what was typed is all that is known.
        return printable(command.strip(), LONGEST_PROGRAM)
    scripts = (each for each in others if not each.startswith("-"))
    runs = _RUNNERS.fullmatch(PurePath(first).name.lower())
    return printable(PurePath(next(scripts, first) if runs else first).name, LONGEST_PROGRAM)


def _tracker_item(row: TrackerEntry, chosen: TrackerChoice | None, folder: str) -> TrackerItem:
    text, tip = row.title, row.summary
    _, _, argument = ("", "", "") if chosen is None else chosen.tracker.partition(":")
    if row.wants_folder:
        argument = argument or folder
        if argument:
            tip = f"{tip}\nFolder: {argument}"
    elif argument:
        tip = f"{tip}\nWith: {argument}"
        # Of several programs nobody would know which one tracks.
        if row.argument == COMMAND:
            text += f" {program_of(argument)}"
    # A folder is asked for once; anything else again whenever it is picked, to be changed.
    if row.must_ask and not (argument and row.wants_folder):
        text += "…"
    return TrackerItem(text, tip, Pick.TRACKER, row.name, current=chosen is not None)
