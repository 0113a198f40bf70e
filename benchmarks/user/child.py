"""The process that is killed: the real program, and the random person at its window."""

from __future__ import annotations

import ctypes
import faulthandler
import os
import random
import signal
import sys
import traceback
from dataclasses import dataclass
from pathlib import Path
from types import FrameType

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication

from app.state.settings import SettingsStore
from app.window.application import create_application, run
from app.window.main_window import MainWindow
from benchmarks.user.doing import Doing
from benchmarks.user.editing import draw
from benchmarks.user.filing import answer_message, restore_offer
from benchmarks.user.person import Person
from benchmarks.user.places import Places
from benchmarks.user.table import DOINGS, do
from benchmarks.user.telling import Teller
from benchmarks.user.walker import SPEC
from benchmarks.user.watching import Watch

DIES_WITH_PARENT = 1
"""PR_SET_PDEATHSIG of Linux."""
LEAVING = ("save and leave", "leave and start")
"""A process that is killed starts no other window."""
MORE_OFTEN = {
    "saving": {"save": 15.0, "save as": 15.0},
    "frame": {"track": 8.0, "take truth": 3.0},
    "replaced": {"open something": 30.0},
    "export": {"export curves": 200.0},
}
"""What is done more often where the process is to be killed just then."""


def start_run(person: Person) -> None:
    """Draw a box and follow it, so that there is a run to be ended in."""
    if not person.window.frame_count:
        return
    if person.likely(0.3):
        draw(person)
    else:
        person.key("Y")
    person.key(person.chance.choice(("T", "T", "Shift+T")))


class ProvokedError(RuntimeError):
    """Raised on purpose, wherever the program is."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What one process does until it is ended."""

    seed: str
    path: str | None
    """What the program is started with."""
    trigger: str
    """Kind of the line after which it is ended; empty: at any moment."""
    raises: int = 0
    """Call of a function of the window at which an exception is raised; 0: none is."""
    leaves_loop: bool = False
    """Whether the event loop ends by itself instead."""


def live(places: Places, plan: Plan, pipe: int, log: Path) -> None:
    """Be the program until somebody ends it; never returns."""
    code = 70
    try:
        _die_with_parent()
        out = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
        os.dup2(out, 1)
        os.dup2(out, 2)
        faulthandler.enable()
        settings = SettingsStore()
        if settings.values.tracker == "ckd":
            settings.values.tracker = SPEC
            settings.save()
        create_application(settings)
        life = _Life(places, plan, pipe)
        QTimer.singleShot(0, life.begin)
        code = run(None if plan.path is None else Path(plan.path))
    except BaseException:  # noqa: BLE001 - nothing may get back into the copy of the parent
        traceback.print_exc()
    finally:
        sys.stderr.flush()
        os._exit(code)


def _die_with_parent() -> None:
    if sys.platform.startswith("linux"):
        ctypes.CDLL(None).prctl(DIES_WITH_PARENT, signal.SIGKILL)
        if os.getppid() == 1:
            os._exit(71)


class _Life:
    """The person at the window of `run`, one action at each turn of its event loop."""

    def __init__(self, places: Places, plan: Plan, pipe: int) -> None:
        self._places = places
        self._plan = plan
        self._pipe = pipe
        self._chance = random.Random(plan.seed)
        self._done = 0
        more = MORE_OFTEN.get(plan.trigger, {})
        self._doings = [doing for doing in DOINGS if doing.name not in LEAVING]
        self._weights = [doing.weight * more.get(doing.name, 1.0) for doing in self._doings]

    def begin(self) -> None:
        """Sit down at the window."""
        windows = [each for each in QApplication.topLevelWidgets() if isinstance(each, MainWindow)]
        self._teller = Teller(self._pipe, windows[0])
        self._person = Person(self._places, self._chance, Watch(), windows[0])
        # For as long as the process lives.
        self._answering = self._person.answering()
        self._answering.__enter__()
        self._teller.tell("begun")
        self._person.settle()
        # Whoever starts a program that was killed mostly wants back what is offered.
        if self._plan.trigger == "restoring":
            self._act(Doing("restore offer", 1.0, restore_offer))
        elif self._chance.random() < 0.6:
            self._act(Doing("answer offer", 1.0, answer_message))
        if self._plan.trigger == "frame":
            self._act(Doing("start a run", 1.0, start_run))
        if self._plan.raises:
            sys.setprofile(self._raise_in_time)
        self._next()

    def _next(self) -> None:
        # Not a timer that repeats: it would come again while an action waits.
        QTimer.singleShot(0, self._turn)

    def _turn(self) -> None:
        window = self._person.window
        self._done += 1
        if self._plan.leaves_loop and self._done == 20:
            self._teller.tell("leaving")
            QApplication.exit(1)
            return
        if not window.isVisible():
            self._teller.tell("left")
            return
        doing = self._chance.choices(self._doings, self._weights)[0]
        if not window.frame_count:
            self._person.wait(lambda: not window.workspace.files.busy, 0.2)
            doing = next(each for each in DOINGS if each.name == "when nothing is open")
        try:
            self._act(doing)
        finally:
            self._next()

    def _act(self, doing: Doing) -> None:
        self._teller.tell("doing", doing.name)
        if doing.name == "export curves":
            self._teller.tell("export")
        do(self._person, doing)

    def _raise_in_time(self, frame: FrameType, event: str, _value: object) -> None:
        name = frame.f_code.co_filename
        # Not where a change is made and kept: there the screen has shown nothing yet.
        if event != "call" or "/app/" not in name or name.endswith(("document.py", "keeping.py")):
            return
        self._calls = getattr(self, "_calls", 0) + 1
        if self._calls >= self._plan.raises:
            sys.setprofile(None)
            self._teller.tell("raising", frame.f_code.co_qualname, Path(name).name)
            raise ProvokedError("a slot did not expect this")
