"""One row of the table of settings: what it is called, what it may be, and how it is changed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from app.state.settings import BOUNDS, Settings
from app.views.shell.setting_fields import Kind, Option, SettingField, Value

if TYPE_CHECKING:
    from app.window.port import WindowPort


@dataclass(frozen=True, slots=True)
class SettingRow:
    """One thing that a person can set."""

    field: SettingField
    """Name, group, words, kind and range."""
    set: Callable[[WindowPort, Any], str | None]
    """Go by a value from now on and store it; a sentence says why not."""
    get: Callable[[WindowPort], Value]
    """What the program runs with."""
    usual: Value
    """The default."""
    options: Callable[[WindowPort], Sequence[Option]]
    """What there is to choose; nothing for other kinds."""
    also: tuple[str, ...] = ()
    """What is stored beside it under other names."""

    @property
    def stored(self) -> tuple[str, ...]:
        """The names that the settings file has for it."""
        return (self.field.name, *self.also)


def setting(
    name: str,
    group: str,
    text: str,
    tip: str,
    kind: Kind,
    set_: Callable[[WindowPort, Any], str | None],
    *,
    get: Callable[[WindowPort], Value] | None = None,
    usual: Value | None = None,
    options: Callable[[WindowPort], Sequence[Option]] = lambda _window: (),
    also: tuple[str, ...] = (),
    most: float | None = None,
    **about: Any,  # noqa: ANN401 - the rest of a SettingField
) -> SettingRow:
    """Return a row; default and range are those of the settings file, if not given."""
    lowest, highest = BOUNDS.get(name, (0, 0))
    field = SettingField(
        name, group, text, tip, kind,
        least=lowest, most=highest if most is None else most, **about,
    )  # fmt: skip
    default: Value = getattr(Settings(), name) if usual is None else usual
    return SettingRow(
        field,
        set_,
        (lambda window: _stored(window, name)) if get is None else get,
        default,
        options,
        also,
    )


def _stored(window: WindowPort, name: str) -> Value:
    value: Value = getattr(window.settings.values, name)
    return value
