"""Going by another value of a setting from now on, where no command does it yet."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from app.window.commands import looking, trackers, tracking

if TYPE_CHECKING:
    from app.window.port import WindowPort

APART = 0.1
"""Percent between both ends of the thermal stretch."""


def set_low(window: WindowPort, low: float) -> None:
    """Give the coldest colour to thermal values below a percentile."""
    high = window.settings.values.high_percentile
    looking.set_stretch(window, min(low, max(0.0, high - APART)), high)


def set_high(window: WindowPort, high: float) -> None:
    """Give the hottest colour to thermal values above a percentile."""
    low = window.settings.values.low_percentile
    looking.set_stretch(window, low, max(high, min(100.0, low + APART)))


def set_device(window: WindowPort, device: str) -> None:
    """Compute on another device from the next run on."""
    trackers.set_device(window, device)
    trackers.show_choice(window)


def set_engine(window: WindowPort, engine: str) -> None:
    """Let something else compute from the next run on."""
    window.settings.put("engine", engine)
    window.presenter.refresh_facts()


def set_pause(window: WindowPort, limit: float) -> None:
    """Pause at scores below a limit, also in the run under way."""
    tracking.set_pause(window, limit)
    window.pause_field.set_limit(limit)


def set_all_targets(window: WindowPort, on: bool) -> None:
    """List events of all targets, or of the selected one."""
    window.workspace.review.list_all_targets(on)
    _show_queue(window)


def set_by_time(window: WindowPort, on: bool) -> None:
    """List events by time, or the worst first."""
    window.workspace.review.list_by_time(on)
    _show_queue(window)


def _show_queue(window: WindowPort) -> None:
    review = window.workspace.review
    window.views.queue.set_choices(all_targets=review.all_targets, by_time=review.by_time)


def set_risk(window: WindowPort, risk: float) -> None:
    """List events whose boxes are at least so likely to be wrong."""
    window.settings.put("queue_from_risk", risk)
    window.workspace.review.refresh()


def set_memory(window: WindowPort, megabytes: int) -> None:
    """Let decoded frames take so much memory, also those of what is open."""
    window.settings.put("cache_megabytes", megabytes)
    window.workspace.files.apply_memory()


def set_session_folder(window: WindowPort, folder: str) -> str | None:
    """Suggest a folder for sessions that have no file."""
    return _set_folder(window, "session_folder", folder)


def set_export_folder(window: WindowPort, folder: str) -> str | None:
    """Suggest a folder for what is exported."""
    return _set_folder(window, "export_folder", folder)


def _set_folder(window: WindowPort, name: str, folder: str) -> str | None:
    try:
        there = not folder or Path(folder).expanduser().is_dir()
    except (OSError, RuntimeError, ValueError):
        there = False
    if not there:
        return f"There is no folder {folder}; choose one that is there."
    window.settings.put(name, folder)
    return None


def forget_recent(window: WindowPort, _on: bool) -> None:
    """Empty the list of what was open."""
    window.settings.put("recent", ())
    window.workbench.start_page.set_recent(window.settings.values.recent)


def forget_stopped(window: WindowPort, _on: bool) -> None:
    """Forget where one stopped."""
    window.settings.put("stopped", ())


def forget_folders(window: WindowPort, _on: bool) -> None:
    """Forget where trackers have their files."""
    window.settings.put("tracker_folders", ())
    trackers.show_choice(window)


def reset_layout(window: WindowPort, _on: bool) -> None:
    """Put the panels where they were at the first start."""
    window.panels.reset()


def store_keys(window: WindowPort, stored: dict[str, tuple[str, ...]]) -> None:
    """Let the actions have other keys."""
    window.settings.put("shortcuts", stored)
    window.refresh_actions()
    # Some views say which key to press.
    window.presenter.refresh_all()
