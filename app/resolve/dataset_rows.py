"""The sequences of a dataset as rows of a list: what each says, filtered and sorted; no Qt."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from app.resolve.effective import EffectiveTarget
from app.resolve.review import target_events
from sessions import AnnotationSession, Source
from tracker_core.sequences.glance import Glance

STATE_WORDS = {"": "", "begun": "Begun", "done": "Done", "skipped": "Skipped"}
"""What a person may say of a sequence, as the file has it and as it is shown."""
NOT_THERE = "–"
"""Stands where there is nothing to say; an empty cell is one that is not known yet."""


@dataclass(frozen=True, slots=True)
class SessionFacts:
    """What the session of a sequence says of the work on it."""

    targets: int = 0
    events: int = 0
    """Of the review queue, those seen included."""
    seen: int = 0
    worst: float = math.nan
    """The lowest score of a tracked box; NaN where none has a score."""
    problem: str = ""
    """Why the session cannot be read, in one sentence."""


@dataclass(frozen=True, slots=True)
class DatasetRow:
    """One sequence of a dataset."""

    name: str
    path: Path
    session_path: Path
    """Where its session is, or is going to be."""
    glance: Glance | None = None
    """None until somebody has looked."""
    attributes: tuple[str, ...] = ()
    has_session: bool = False
    session: SessionFacts | None = None
    """None where there is none, or nobody has read it yet."""
    state: str = ""
    note: str = ""

    @property
    def problem(self) -> str:
        """What is wrong with the sequence or its session, in a sentence; empty when nothing is."""
        found = "" if self.glance is None else self.glance.problem
        return found or ("" if self.session is None else self.session.problem)


@dataclass(frozen=True, slots=True)
class Column:
    """One column of the list."""

    id: str
    """Its name in the file."""
    title: str
    tip: str
    text: Callable[[DatasetRow], str]
    key: Callable[[DatasetRow], object]
    """What it is sorted by; None comes last, whatever the direction."""
    is_number: bool = False
    tip_of: Callable[[DatasetRow], str] | None = None
    """What its cell says under the pointer; None: the same."""


def facts_of(session: AnnotationSession, named: float) -> SessionFacts:
    """Return how far a session is; events are those that the review queue lists from `named` on."""
    events = seen = 0
    worst = math.nan
    for target in session.targets.values():
        row = EffectiveTarget(target, session.alignment)
        found = target_events(row, target.seen, None, named)
        events += len(found)
        seen += sum(event.seen for event in found)
        scores = row.score[(row.source == Source.TRACKED) & np.isfinite(row.score)]
        if scores.size:
            worst = float(np.fmin(worst, scores.min()))
    return SessionFacts(len(session.targets), events, seen, worst)


def _frames(row: DatasetRow) -> str:
    seen = row.glance
    if seen is None or seen.layout is None:
        return "" if seen is None else NOT_THERE
    if seen.rgb_count is None:
        return "video"
    return str(seen.rgb_count) if seen.rgb_count == seen.tir_count else _both(seen)


def _both(seen: Glance) -> str:
    return f"{seen.rgb_count} / {seen.tir_count}"


def _frame_count(row: DatasetRow) -> object:
    return None if row.glance is None else row.glance.rgb_count


def _layout(row: DatasetRow) -> str:
    if row.glance is None:
        return ""
    return NOT_THERE if row.glance.layout is None else row.glance.layout.label


def _truth(row: DatasetRow) -> str:
    return "" if row.glance is None else ("yes" if row.glance.has_truth else NOT_THERE)


def _session(row: DatasetRow) -> str:
    if not row.has_session:
        return NOT_THERE
    if row.session is None:
        return "yes"
    if row.session.problem:
        return "cannot be read"
    count = row.session.targets
    return "1 target" if count == 1 else f"{count} targets"


def _reviewed(row: DatasetRow) -> str:
    facts = row.session
    if facts is None or facts.problem or not facts.events:
        return NOT_THERE if not row.has_session or facts is not None else ""
    return f"{facts.seen} of {facts.events}"


def _reviewed_share(row: DatasetRow) -> object:
    facts = row.session
    return None if facts is None or not facts.events else facts.seen / facts.events


def _worst(row: DatasetRow) -> str:
    facts = row.session
    if facts is None or math.isnan(facts.worst):
        return NOT_THERE if not row.has_session or facts is not None else ""
    return f"{facts.worst:.2f}"


def _worst_score(row: DatasetRow) -> object:
    facts = row.session
    return None if facts is None or math.isnan(facts.worst) else facts.worst


def state_words(state: str) -> str:
    """Return a state as it is shown; what a person typed into the file stays as it is."""
    return STATE_WORDS.get(state, state)


_ORDER = {state: rank for rank, state in enumerate(("", "begun", "done", "skipped"))}

COLUMNS: tuple[Column, ...] = (
    Column("sequence", "Sequence", "Its name in the dataset.",
           lambda row: row.name, lambda _row: ()),
    Column("state", "State", "What you said of it: begun, done or skipped.",
           lambda row: state_words(row.state) or ("Problem" if row.problem else ""),
           lambda row: _ORDER.get(row.state, len(_ORDER))),
    Column("note", "Note", "Your own words; double-click or press F2 to write.",
           lambda row: row.note, lambda row: row.note.casefold() or None),
    Column("reviewed", "Reviewed", "Events of the review queue that were seen, of all "
           "there are; all of them is done.",
           _reviewed, _reviewed_share, is_number=True),
    Column("worst_score", "Worst", "The lowest score of a tracked box, 0 to 1: the lower, the "
           "less sure the tracker was there.",
           _worst, _worst_score, is_number=True),
    Column("session", "Session", "Whether there is a session, and how many targets it has.",
           _session, lambda row: row.session.targets if row.session else (row.has_session or None),
           is_number=True),
    Column("frames", "Frames", "Images of RGB; of RGB / thermal where they differ. Frames of a "
           "video are counted when it is opened.",
           _frames, _frame_count, is_number=True),
    Column("truth", "Truth", "Whether a file of ground truth lies there.",
           _truth, lambda row: row.glance and row.glance.has_truth),
    Column("attributes", "Attributes", "What the dataset says of the sequence.",
           lambda row: ", ".join(row.attributes), lambda row: row.attributes or None),
    Column("layout", "Layout", "How its folders and files are read.",
           _layout, lambda row: _layout(row) or None),
)  # fmt: skip

IN_FILE = tuple(each for each in COLUMNS if each.id not in ("sequence", "state", "note"))
"""Columns that the file has for people, and that the program works out again itself."""


@dataclass(frozen=True, slots=True)
class Choice:
    """Which rows are listed."""

    title: str
    takes: Callable[[DatasetRow], bool]


CHOICES: tuple[Choice, ...] = (
    Choice("All", lambda _row: True),
    Choice("To do", lambda row: row.state not in ("done", "skipped")),
    Choice("Begun", lambda row: row.state == "begun"),
    Choice("Done", lambda row: row.state == "done"),
    Choice("Skipped", lambda row: row.state == "skipped"),
    Choice("With a session", lambda row: row.has_session),
    Choice("Without a session", lambda row: not row.has_session),
    Choice("With a problem", lambda row: bool(row.problem)),
)


@dataclass(frozen=True, slots=True)
class Wish:
    """How a person wants the list."""

    words: str = ""
    """Each of them must stand somewhere in the row."""
    choice: int = 0
    """Index into CHOICES."""
    column: int = 0
    """Index into the columns of what it is sorted by."""
    descending: bool = False


def arranged(
    rows: Sequence[DatasetRow], wish: Wish, columns: Sequence[Column] = COLUMNS
) -> tuple[int, ...]:
    """Return the indices of the rows to list, in the order to list them.

    Rows that are equal in what they are sorted by stay in the order of the dataset.
    """
    wanted, takes = wish.words.casefold().split(), CHOICES[wish.choice].takes
    found = [index for index, row in enumerate(rows) if takes(row) and _holds(row, wanted)]
    # One may have been taken away while it was sorted by.
    column = columns[wish.column if wish.column < len(columns) else 0]
    if column is columns[0]:
        # The natural order of the names is that of the dataset.
        return tuple(reversed(found)) if wish.descending else tuple(found)
    keys = {index: column.key(rows[index]) for index in found}
    known = [index for index in found if keys[index] is not None]
    # Stable both ways: reversed, equal ones would be so too.
    known.sort(key=lambda index: keys[index], reverse=wish.descending)  # type: ignore[arg-type,return-value]
    return (*known, *(index for index in found if keys[index] is None))


def _holds(row: DatasetRow, wanted: Sequence[str]) -> bool:
    if not wanted:
        return True
    text = "\n".join((row.name, row.note, state_words(row.state), _layout(row), *row.attributes))
    return all(word in text.casefold() for word in wanted)


def count_words(rows: Sequence[DatasetRow], shown: int) -> str:
    """Return how many sequences there are, and how many are done."""
    done = sum(row.state == "done" for row in rows)
    count = f"{len(rows)} sequences" if len(rows) != 1 else "1 sequence"
    listed = f"{shown} of {count}" if shown != len(rows) else count
    return f"{listed}, {done} done"
