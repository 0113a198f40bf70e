"""Feeds the views that explain a frame: the search crop and the tabs of the inspector."""

from __future__ import annotations

from typing import cast

from app.look.theme import current_theme
from app.resolve.redraw import Part
from app.window.tabs import TABS, Later, Shown, Tab, TabRow
from app.window.views import WindowViews


class Feeder:
    """Knows which of them show the newest state; one that nobody sees is fed when it is seen."""

    def __init__(self, views: WindowViews) -> None:
        self._views = views
        self._fed: dict[str, bool] = dict.fromkeys((row.id for row in TABS), False)
        self._crop_fed = False

    def mark(self, wanted: frozenset[Part]) -> None:
        """Remember which of them show something that has changed."""
        for row in TABS:
            if row.wants in wanted:
                self._fed[row.id] = False
        if Part.ANSWER in wanted:
            self._crop_fed = False

    def feed(self, shown: Shown) -> None:
        """Give the newest models to those that somebody sees and that lack them."""
        # It hides itself while it is empty, and comes back with what it is given.
        if not self._crop_fed and (not self._views.crop.isHidden() or shown.answer is None):
            self._crop_fed = True
            if shown.row is not None:
                colour = shown.row.colour(current_theme().palette)
                self._views.crop.set_box_colour(colour)
            self._views.crop.set_view(shown.crop())
        for row in TABS:
            if not self._fed[row.id] and self._sees(row):
                view = row.view(shown)
                # Not fed yet: its features are on their way, and it is asked again when they come.
                if not isinstance(view, Later):
                    self._fed[row.id] = True
                    # Python has no type for a widget that is a `Tab` as well; the table promises
                    # it.
                    cast("Tab", self._views.tabs[row.id]).set_view(view)

    def wants_features(self) -> bool:
        """Whether a tab on show needs the tokens of the frame, which cost time."""
        return any(row.computes and self._sees(row) for row in TABS)

    def shows_tokens(self) -> bool:
        """Whether somebody sees the fate of tokens, and would read why they went."""
        if self._views.crop.isVisible():
            return True
        return any(row.tokens and self._sees(row) for row in TABS)

    def _sees(self, row: TabRow) -> bool:
        return self._views.tabs[row.id].isVisible()
