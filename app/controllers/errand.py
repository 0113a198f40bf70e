"""What a person has asked the tracker for: runs of some targets, one after the other."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeAlias

from app.controllers.run_plan import RunPlan
from app.controllers.run_words import Wish, with_wish, words_of_rest, words_of_several
from app.state.tracker_choice import TrackerChoice
from app.workers.frame_source import FrameSource
from sessions import AnnotationSession, Target
from tracker_core.errors import CKDError

MakePlan: TypeAlias = Callable[[Target], RunPlan]
"""Works the run of a target out when its turn comes; CKDError where there is nothing to track."""


class Errand:
    """Whose turn it is, whose turn will come, and how the others have ended."""

    def __init__(
        self,
        source: FrameSource,
        target_ids: Sequence[str],
        make_plan: MakePlan,
        choice: TrackerChoice,
    ) -> None:
        """Nothing begins by itself: `next` is asked for each run."""
        self.source = source
        self.choice = choice
        self._make_plan = make_plan
        self._count = len(target_ids)
        self._waiting = list(target_ids)
        self._names: list[str] = []
        self._words: list[str] = []

    def next(self, session: AnnotationSession) -> RunPlan | None:
        """Return the run of the next target that has something to track; None when all are done."""
        while self._waiting:
            target = session.targets.get(self._waiting.pop(0))
            # One that is not there was removed while another one was tracked.
            if target is None:
                continue
            if target.locked:
                self.note(target, f"{target.name} is locked; unlock it to track it.")
                continue
            try:
                return self._make_plan(target)
            except CKDError as error:
                self.note(target, str(error))
        return None

    def note(self, target: Target | None, words: str) -> None:
        """Remember how the run of a target has ended, or why none began."""
        self._names.append("The target" if target is None else target.name)
        self._words.append(words)

    def whose(self, target: Target) -> str:
        """Return whose turn it is, "Car (2 of 3)"; empty where there is only one."""
        if self._count < 2:
            return ""
        return f"{target.name} ({self._count - len(self._waiting)} of {self._count})"

    def ending(self, session: AnnotationSession, wish: Wish, *, step: bool) -> str:
        """Return what there is to say about all runs when nothing more is tracked."""
        if not self._words:
            return ""
        several = self._count > 1
        text = words_of_several(self._names, self._words) if several else self._words[0]
        left = [session.targets[each].name for each in self._waiting if each in session.targets]
        return with_wish(f"{text}{words_of_rest(left)}", wish, step=step)
