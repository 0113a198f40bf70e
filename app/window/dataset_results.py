"""Connects results over the dataset with the list of its sequences."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from app.look.theme import current_theme

if TYPE_CHECKING:
    from app.window.port import WindowPort


def connect_dataset_results(window: WindowPort) -> None:
    """Show columns, table and curves whenever they say something else."""
    results, page = window.workspace.dataset_results, window.workbench.dataset_page
    results.columns_changed.connect(partial(_show_columns, window))
    results.changed.connect(partial(_show, window))
    results.changed.connect(window.watch_idle)
    results.failed.connect(partial(window.show_message, level="error"))
    page.results.metric_chosen.connect(results.choose)
    page.results.themed.connect(partial(_show, window))


def _show_columns(window: WindowPort) -> None:
    window.workbench.dataset_page.set_extra(window.workspace.datasets.extra)


def _show(window: WindowPort) -> None:
    model = window.workspace.dataset_results.model(current_theme().palette)
    window.workbench.dataset_page.set_results(model)
