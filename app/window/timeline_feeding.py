"""Hands the timeline what it draws: all strips, one of them, or the selected range."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.look.theme import current_theme
from app.resolve.overview import range_words, timeline_model, timeline_row
from app.window.workspace import Workspace

if TYPE_CHECKING:
    from app.window.views import WindowViews


class TimelineFeeder:
    """Knows workspace and timeline; the timeline knows neither it nor the document."""

    def __init__(self, workspace: Workspace, views: WindowViews) -> None:
        self._workspace = workspace
        self._views = views

    def draw_all(self) -> None:
        """Draw every strip again."""
        session, gaps = self._workspace.document.session, frozenset(self._workspace.gaps)
        self._views.timeline.set_model(
            timeline_model(
                self._workspace.rows.targets(),
                0 if session is None else session.frame_count,
                gaps,
                self._workspace.selection.value.target_id,
                current_theme().palette,
            )
        )

    def draw_row(self, target_id: str | None) -> None:
        """Draw the strip of one target again."""
        row = self._workspace.rows.target(target_id)
        if row is not None:
            chosen = target_id == self._workspace.selection.value.target_id
            palette = current_theme().palette
            self._views.timeline.set_row(timeline_row(row, palette, chosen=chosen))

    def draw_range(self) -> None:
        """Draw the selected range, and say in words which frames it has."""
        selection = self._workspace.selection.value
        self._views.timeline.set_range(selection.frame_range)
        following = selection.range_from is not None
        self._views.transport.range.setText(range_words(selection.frame_range, following=following))
