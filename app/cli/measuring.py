"""What `--engine auto` does before the first frame."""

from __future__ import annotations

from app.cli.console import say


def measure_first(tracker: str, model: str | None, device: str, engine: str) -> None:
    """Measure the engines where `auto` has never met these weights here, and say what is best."""
    from tracker_core.engines.table import AUTO, ENGINES
    from tracker_core.trackers.ckd import BUNDLED_MODEL, TRACKER
    from tracker_core.trackers.first_use import knows, measure_best

    name = model or BUNDLED_MODEL
    if tracker.strip() != TRACKER or engine != AUTO or knows(name, device):
        return
    say("Measuring the engines for these weights, once…")
    say(f"{ENGINES[measure_best(name)].title} is the fastest that is exact.")
