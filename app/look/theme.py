"""The two themes: Qt palette and style sheet, both made from one `Palette`."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path
from string import Template
from typing import Literal, TypeAlias

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QColor, QPalette
from PySide6.QtWidgets import QApplication

from app.look.palette import DARK, LIGHT, Palette, Rgb, mix

ThemeName: TypeAlias = Literal["dark", "light", "system"]
"""What a person can choose; "system" follows the desktop, also while the program runs."""


@dataclass(frozen=True, slots=True)
class Theme:
    """The theme that is drawn: "system" has become one of the two."""

    name: Literal["dark", "light"]
    palette: Palette

    @property
    def is_dark(self) -> bool:
        """Whether text is light upon dark."""
        return self.name == "dark"


_THEMES: dict[str, Theme] = {"dark": Theme("dark", DARK), "light": Theme("light", LIGHT)}


class ThemeSignals(QObject):
    """Tells views that the colours have changed."""

    changed = Signal(object)
    """The new Theme, after palette and style sheet are in place."""

    def __init__(self) -> None:
        super().__init__()
        self.theme = _THEMES["dark"]
        self.follows_desktop = False

    def follow(self, scheme: Qt.ColorScheme) -> None:
        """Take over the desktop's colours when the person asked for that."""
        app = QApplication.instance()
        # The signal stays connected when a person has chosen a theme since.
        if self.follows_desktop and isinstance(app, QApplication):
            _use(app, _THEMES["light" if scheme == Qt.ColorScheme.Light else "dark"])


@cache
def theme_signals() -> ThemeSignals:
    """Return the one object whose `changed` signal announces a new theme."""
    return ThemeSignals()


def current_theme() -> Theme:
    """Return the theme in use; dark before any was applied."""
    return theme_signals().theme


def apply_theme(app: QApplication, name: ThemeName = "dark") -> Theme:
    """Apply a theme to the whole program and return which one it became.

    Raises ValueError for a name that is not "dark", "light" or "system".
    """
    if name not in ("dark", "light", "system"):
        raise ValueError(f"There is no theme '{name}'; use dark, light or system.")
    signals = theme_signals()
    # Where no desktop tells it is Unknown, which counts as dark, the default.
    scheme = app.styleHints().colorScheme()
    signals.follows_desktop = name == "system"
    _watch_desktop(app)
    if name == "system":
        name = "light" if scheme == Qt.ColorScheme.Light else "dark"
    return _use(app, _THEMES[name])


def qcolor(colour: Rgb, alpha: int = 255) -> QColor:
    """Return a palette colour for painting; `alpha` 0 to 255."""
    return QColor(*colour, alpha)


def style_sheet(theme: Theme) -> str:
    """Return the style sheet of a theme, its colours and picture paths filled in."""
    palette = theme.palette
    names: dict[str, str] = {
        name: _hex(colour)
        # Not all of the palette: what is painted by hand, such as playhead and boxes, takes it
        # directly.
        for name, colour in (
            ("background", palette.background),
            ("panel", palette.panel),
            ("raised", palette.raised),
            ("border", palette.border),
            ("text", palette.text),
            ("muted", palette.muted),
            ("disabled", palette.disabled),
            ("accent", palette.accent),
            ("accent_text", palette.accent_text),
            ("warning", palette.warning),
            ("error", palette.error),
            ("accent_hover", mix(palette.accent, palette.text, 0.18)),
            ("accent_soft", mix(palette.panel, palette.accent, 0.55)),
            ("checked", mix(palette.panel, palette.accent, 0.26)),
            ("hover", mix(palette.panel, palette.text, 0.09)),
            ("pressed", mix(palette.panel, palette.text, 0.16)),
            ("field", mix(palette.panel, palette.background, 0.7)),
            ("scroll", mix(palette.panel, palette.muted, 0.45)),
        )
    }
    folder = _styles()
    template = Template((folder / "studio.qss").read_text(encoding="utf-8"))
    return template.substitute(names, folder=(folder / theme.name).as_posix())


@cache
def _watch_desktop(app: QApplication) -> None:
    """Connect once per program, however often the theme is chosen."""
    app.styleHints().colorSchemeChanged.connect(theme_signals().follow)


@cache
def _use_fusion(app: QApplication) -> None:
    """Set, once per program, the one style that takes a QPalette whole on every system."""
    # Not asked of the application: below a style sheet its style has no name.
    app.setStyle("Fusion")


def _styles() -> Path:
    return Path(str(files("resources") / "styles"))


def _use(app: QApplication, theme: Theme) -> Theme:
    signals = theme_signals()
    signals.theme = theme
    _use_fusion(app)
    # Both: what the style sheet does not name is drawn in colours of the palette.
    app.setPalette(_qt_palette(theme.palette))
    app.setStyleSheet(style_sheet(theme))
    signals.changed.emit(theme)
    return theme


def _qt_palette(palette: Palette) -> QPalette:
    role = QPalette.ColorRole
    roles = {
        role.Window: palette.panel,
        role.WindowText: palette.text,
        # Like "field" of the style sheet.
        role.Base: mix(palette.panel, palette.background, 0.7),
        role.AlternateBase: palette.raised,
        role.Text: palette.text,
        role.PlaceholderText: palette.muted,
        role.Button: palette.raised,
        role.ButtonText: palette.text,
        role.BrightText: palette.error,
        role.ToolTipBase: palette.raised,
        role.ToolTipText: palette.text,
        role.Highlight: palette.accent,
        role.HighlightedText: palette.accent_text,
        role.Link: palette.accent,
        role.LinkVisited: palette.accent,
        role.Light: mix(palette.raised, palette.text, 0.12),
        role.Midlight: mix(palette.raised, palette.text, 0.06),
        role.Mid: palette.border,
        role.Dark: mix(palette.border, palette.background, 0.5),
        role.Shadow: palette.background,
        role.Accent: palette.accent,
    }
    qt = QPalette()
    for which, colour in roles.items():
        qt.setColor(which, qcolor(colour))
    # setColor above wrote all groups, disabled widgets included.
    for which in (role.WindowText, role.Text, role.ButtonText):
        qt.setColor(QPalette.ColorGroup.Disabled, which, qcolor(palette.disabled))
    return qt


def _hex(colour: Rgb) -> str:
    return "#{:02x}{:02x}{:02x}".format(*colour)
