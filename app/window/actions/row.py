"""One row of the actions table: what an action is called, what it does, and when it may be used."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from app.window.actions.moment import Moment, always

if TYPE_CHECKING:
    from app.window.port import WindowPort

Predicate: TypeAlias = Callable[[Moment], bool]


@dataclass(frozen=True, slots=True)
class ActionRow:
    """One thing a person can ask the window to do."""

    id: str
    text: str
    """Menu text, with a mnemonic."""
    tip: str
    """One sentence for the tooltip and the shortcut sheet."""
    keys: tuple[str, ...]
    """Portable key sequences; the first one is shown."""
    run: Callable[[WindowPort, bool], object]
    """Do it in that window; the flag is the new state of a switch."""
    enabled: Predicate = always
    checked: Predicate | None = None
    """Whether a switch is on; None where there is nothing to check."""
    label: Callable[[Moment], str] | None = None
    """Menu text where it changes with the moment."""
    icon: str = ""
    """Name of an icon of the theme, or empty."""
    short: str = ""
    """Toolbar text; empty means the menu text."""
    group: str = ""
    """Of the switches of one group exactly one is on."""
    changes: bool = False
    """Whether it changes the session, and is off where that is only looked at."""

    @property
    def plain_text(self) -> str:
        """The menu text without mnemonic and dots."""
        return self.text.replace("&", "").rstrip("…")

    def refusal(self, moment: Moment) -> str:
        """Return why it is off whatever else holds; empty when nothing is in its way."""
        return moment.read_only if self.changes else ""


def command(
    id_: str,
    text: str,
    tip: str,
    *keys: str,
    run: Callable[[WindowPort], object],
    enabled: Predicate = always,
    label: Callable[[Moment], str] | None = None,
    icon: str = "",
    short: str = "",
    changes: bool = False,
) -> ActionRow:
    """Return the row of something that is done."""
    # Qt tells every action whether it is checked; what is only done has no use for it.
    return ActionRow(
        id_, text, tip, keys, lambda window, _on: run(window), enabled,
        label=label, icon=icon, short=short, changes=changes,
    )  # fmt: skip


def switch(
    id_: str,
    text: str,
    tip: str,
    *keys: str,
    run: Callable[[WindowPort, bool], object],
    checked: Predicate,
    enabled: Predicate = always,
    label: Callable[[Moment], str] | None = None,
    icon: str = "",
    short: str = "",
    changes: bool = False,
) -> ActionRow:
    """Return the row of something that is on or off."""
    return ActionRow(
        id_, text, tip, keys, run, enabled, checked,
        label=label, icon=icon, short=short, changes=changes,
    )  # fmt: skip


def choice(
    group: str,
    id_: str,
    text: str,
    tip: str,
    *keys: str,
    run: Callable[[WindowPort], object],
    checked: Predicate,
    enabled: Predicate = always,
    icon: str = "",
) -> ActionRow:
    """Return the row of one of several things of which exactly one is on."""
    return ActionRow(
        id_, text, tip, keys, lambda window, _on: run(window), enabled, checked,
        icon=icon, group=group,
    )  # fmt: skip
