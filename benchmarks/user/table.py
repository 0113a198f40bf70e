"""Everything that the random person does, and how often."""

from __future__ import annotations

from benchmarks.user.doing import Doing
from benchmarks.user.editing import EDITING
from benchmarks.user.filing import FILING
from benchmarks.user.looking import LOOKING
from benchmarks.user.person import Person

DOINGS: tuple[Doing, ...] = (*LOOKING, *EDITING, *FILING)
_WEIGHTS = [doing.weight for doing in DOINGS]


def next_doing(person: Person) -> Doing:
    """Return what the person does next."""
    if not person.window.frame_count and not person.window.workspace.files.busy:
        return next(doing for doing in DOINGS if doing.name == "when nothing is open")
    return person.chance.choices(DOINGS, _WEIGHTS)[0]


def do(person: Person, doing: Doing) -> None:
    """Do it, and let the window work for a moment as it would while the hands move on."""
    doing.act(person)
    person.look()
