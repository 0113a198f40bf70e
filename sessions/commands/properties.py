"""Commands on what a target is and how it may be handled, and on the order of the list."""

from __future__ import annotations

from dataclasses import dataclass

from sessions.changes import Change, ChangeKind
from sessions.checks import as_flag
from sessions.commands.base import Command
from sessions.commands.targets import check_class, check_target_id
from sessions.errors import SessionError
from sessions.model import AnnotationSession
from sessions.records import recordable

_SWITCHES = {
    "visible": ("Show {}", "Hide {}"),
    "locked": ("Lock {}", "Unlock {}"),
    "linked": ("Link boxes of {}", "Unlink boxes of {}"),
}
"""What setting and clearing each of them is called."""


@recordable
@dataclass(frozen=True, slots=True, eq=False)
class SetTargetProperties(Command):
    """Set class, visibility or locks of a target; None leaves one as it is."""

    target_id: str
    class_name: str | None = None
    visible: bool | None = None
    locked: bool | None = None
    """True keeps boxes and flags from being changed."""
    linked: bool | None = None
    """True lets the boxes of RGB and thermal move together."""

    def __post_init__(self) -> None:
        check_target_id(self.target_id)
        if self.class_name is not None:
            check_class(self.class_name)
        for name in _SWITCHES:
            if getattr(self, name) is not None:
                as_flag(getattr(self, name), f"Whether a target is {name}")
        if not self._given():
            raise SessionError("There is no property to set.")

    def _given(self) -> list[str]:
        names = ("class_name", *_SWITCHES)
        return [name for name in names if getattr(self, name) is not None]

    def label(self, session: AnnotationSession) -> str:
        """See `Command.label`."""
        name, given = session.target(self.target_id).name, self._given()
        if len(given) > 1:
            return f"Change properties of {name}"
        if given == ["class_name"]:
            new = self.class_name
            return f"Set class of {name} to {new}" if new else f"Clear class of {name}"
        on, off = _SWITCHES[given[0]]
        return (on if getattr(self, given[0]) else off).format(name)

    def inverse(self, session: AnnotationSession) -> SetTargetProperties:
        """See `Command.inverse`."""
        target = session.target(self.target_id)
        return SetTargetProperties(
            self.target_id, **{name: getattr(target, name) for name in self._given()}
        )

    def apply(self, session: AnnotationSession) -> Change:
        """See `Command.apply`."""
        # Not `editable_target`: a lock keeps boxes and flags, and must itself be opened.
        target = session.target(self.target_id)
        for name in self._given():
            setattr(target, name, getattr(self, name))
        return Change(ChangeKind.TARGET_EDITED, self.target_id)


@recordable
@dataclass(frozen=True, slots=True, eq=False)
class ReorderTargets(Command):
    """Put the targets into another order, in which they are listed and drawn."""

    order: tuple[str, ...]
    """The ids of all targets."""

    def __post_init__(self) -> None:
        if not isinstance(self.order, tuple | list):
            raise SessionError("An order of targets is a list of their ids.")
        order = tuple(check_target_id(target_id) for target_id in self.order)
        object.__setattr__(self, "order", order)

    def label(self, session: AnnotationSession) -> str:  # noqa: ARG002
        """See `Command.label`."""
        return "Reorder targets"

    def _check(self, session: AnnotationSession) -> None:
        # One that is not named would be lost.
        if sorted(self.order) != sorted(session.targets):
            raise SessionError("An order of targets must name every target once.")

    def inverse(self, session: AnnotationSession) -> ReorderTargets:
        """See `Command.inverse`."""
        self._check(session)
        return ReorderTargets(tuple(session.targets))

    def apply(self, session: AnnotationSession) -> Change:
        """See `Command.apply`."""
        self._check(session)
        items = {target_id: session.targets[target_id] for target_id in self.order}
        session.targets.clear()
        session.targets.update(items)
        return Change(ChangeKind.TARGETS_REORDERED)
