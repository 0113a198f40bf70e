"""Attributes of the selected target: of the range, of the frame on show, or of all of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from app.views.shell.attribute_dialog import AttributeChoice, AttributeDialog, AttributesShown
from app.window.commands import ranges
from sessions import (
    AnnotationSession,
    Command,
    SessionError,
    SetAttributes,
    SetFrameAttribute,
    Target,
    attributes_at,
)
from sessions.commands.base import frames_text
from sessions.spans import check_attribute_name, check_attribute_value, with_value

if TYPE_CHECKING:
    from app.window.port import WindowPort

MOST_VALUES = 100
"""Offered of each attribute: a value may be a number that changes with every frame."""


def ask(window: WindowPort) -> None:
    """Ask for an attribute, and give it to the target or take it away."""
    session, target = window.workspace.document.session, window.workspace.selection.target
    if session is None or target is None:
        return
    # Asked once: while the dialog is open a clip goes on playing.
    first, stop = ranges.meant(window)
    shown = AttributesShown(
        target.name,
        frames_text(np.array([first, stop - 1])),
        f"Frame {first}",
        attributes_at(target.spans, first),
        target.attributes,
        known_attributes(session),
    )
    dialog = AttributeDialog(shown, window.widget)
    choice = dialog.ask()
    dialog.deleteLater()
    # A run that ended meanwhile may have removed it.
    if choice is not None and target.id in session.targets:
        set_attribute(window, target, choice, (first, stop - 1))


def set_attribute(
    window: WindowPort, target: Target, choice: AttributeChoice, frames: tuple[int, int]
) -> None:
    """Do what was chosen as one step; what would change nothing is said instead."""
    try:
        check_attribute_name(choice.name)
        if choice.value is not None:
            check_attribute_value(choice.value)
        command = _whole(target, choice) if choice.whole else _on(target, choice, frames)
    except SessionError as error:
        window.show_message(str(error), "warning")
        return
    where = "" if choice.whole else f" on {frames_text(np.array(frames))}"
    if command is None:
        has = f"{choice.name} = {choice.value}" if choice.value else f"no {choice.name}"
        window.show_message(f"{target.name} has {has}{where} already.")
    elif choice.value is None:
        words = f"Took {choice.name} of {target.name} away{where}."
        ranges.do(window, command, words, always=True)
    else:
        words = f"Set {choice.name} of {target.name} to {choice.value}{where}."
        ranges.do(window, command, words, always=True)


def _on(target: Target, choice: AttributeChoice, frames: tuple[int, int]) -> Command | None:
    after = with_value(target.spans, choice.name, *frames, choice.value)
    # A step that changes nothing would make undo seem broken.
    if after == target.spans:
        return None
    return SetFrameAttribute(target.id, choice.name, *frames, choice.value)


def _whole(target: Target, choice: AttributeChoice) -> Command | None:
    after = {name: value for name, value in target.attributes.items() if name != choice.name}
    if choice.value is not None:
        after[choice.name] = choice.value
    return None if after == target.attributes else SetAttributes(target.id, after)


def known_attributes(session: AnnotationSession) -> dict[str, list[str]]:
    """Return the names that any target has, in order, with values that were given."""
    known: dict[str, dict[str, None]] = {}
    for target in session.targets.values():
        said = [*target.attributes.items(), *((span.name, span.value) for span in target.spans)]
        for name, value in said:
            values = known.setdefault(name, {})
            if len(values) < MOST_VALUES:
                values[value] = None
    return {name: sorted(known[name]) for name in sorted(known)}
