"""What actions are called at a moment: what they undo, and on which frames they act."""

from __future__ import annotations

from app.look.plain_text import plain_action


def history_label(word: str, what: str | None, *, running: bool) -> str:
    """Return "&Undo move box" for the change "Move box"."""
    if running:
        return f"{word} (ends the run first)"
    return f"{word} {plain_action(f'{what[0].lower()}{what[1:]}')}" if what else word


def where_label(text: str, frames: tuple[int, int] | None) -> str:
    """Return "Absent on 40 to 123" for "Absent here" where a range is selected."""
    if frames is None:
        return text
    # Of "Truncated &here" the mnemonic goes with the word.
    where = f"on {frames[0]} to {frames[1] - 1}"
    return text.replace(" &here", f" &{where}").replace(" here", f" {where}")


def range_label(text: str, frames: tuple[int, int] | None) -> str:
    """Return "Clear boxes on 40 to 123" where a range is selected, else nothing."""
    return "" if frames is None else f"{text} {frames[0]} to {frames[1] - 1}"
