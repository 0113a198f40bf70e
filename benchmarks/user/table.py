"""Everything that the random person does, and how often."""

from __future__ import annotations

import random

from benchmarks.user.doing import Doing
from benchmarks.user.editing import EDITING
from benchmarks.user.filing import FILING
from benchmarks.user.looking import LOOKING
from benchmarks.user.person import Person

DOINGS: tuple[Doing, ...] = (*LOOKING, *EDITING, *FILING)
_WEIGHTS = [doing.weight for doing in DOINGS]
_TIMES = 10
"""How often each is done at first: some do nothing where there is nothing to do it with."""


def first_doings(chance: random.Random) -> list[Doing]:
    """Return everything there is in an order of chance, the rare things as often as all others."""
    doings = [doing for doing in DOINGS for _ in range(_TIMES)]
    chance.shuffle(doings)
    return doings


def next_doing(person: Person, first: list[Doing] | None = None) -> Doing:
    """Return what the person does next: one of those to be done `first`, as long as there are."""
    if not person.window.frame_count and not person.window.workspace.files.busy:
        return next(doing for doing in DOINGS if doing.name == "when nothing is open")
    return first.pop() if first else person.chance.choices(DOINGS, _WEIGHTS)[0]


def do(person: Person, doing: Doing) -> None:
    """Do it, and let the window work for a moment as it would while the hands move on."""
    doing.act(person)
    person.look()
