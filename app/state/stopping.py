"""Where a person stopped in what was open: in the session file, and in the preferences."""

from __future__ import annotations

import json
from typing import Any

from app.state.settings import STOPPED_LIMIT, Settings
from sessions import SessionError, ViewState


def remember_view(values: Settings, entry: str, save_id: str, view: ViewState) -> None:
    """Keep where one stopped in `entry` without a save; `save_id` is that of its session file."""
    others = (each for each in values.stopped if _parsed(each)[:1] != [entry])
    line = json.dumps(
        [entry, save_id, view.frame_index, view.target_id, view.settings_json], ensure_ascii=False
    )
    values.stopped = (line, *others)[:STOPPED_LIMIT]


def recall_view(values: Settings, entry: str, save_id: str) -> ViewState | None:
    """Return where one stopped in `entry`; None where nobody knows, or it was saved since."""
    for line in values.stopped:
        parts = _parsed(line)
        if parts[:2] == [entry, save_id]:
            try:
                return ViewState(*parts[2:])
            # The file may have been written by hand.
            except (SessionError, TypeError):
                return None
    return None


def _parsed(line: str) -> list[Any]:
    try:
        parts = json.loads(line)
    except (ValueError, RecursionError):
        return []
    return parts if isinstance(parts, list) else []
