"""Where a person stopped: what the window shows again when the session is opened."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from safe_files import FileError, parse_json
from sessions.checks import MAX_FRAMES, as_int, as_text
from sessions.errors import SessionError
from sessions.records import recordable


@recordable
@dataclass(frozen=True, slots=True)
class ViewState:
    """Where one stopped; nothing of it changes the annotation."""

    frame_index: int = 0
    target_id: str = ""
    """The selected target, which need not exist any more; empty = none."""
    settings_json: str = "{}"
    """A JSON object of what else the window wants to find again; unknown names are left alone."""

    def __post_init__(self) -> None:
        frame = as_int(self.frame_index, "The frame of a view", 0, MAX_FRAMES)
        object.__setattr__(self, "frame_index", frame)
        as_text(self.target_id, "The selected target of a view", limit=200)
        as_text(self.settings_json, "The settings of a view")
        self._parsed()

    @classmethod
    def of(cls, frame_index: int, target_id: str, settings: Mapping[str, Any]) -> ViewState:
        """Return the view with these settings; SessionError unless JSON can hold them."""
        try:
            # NaN is no JSON, and other readers refuse it.
            text = json.dumps(dict(settings), ensure_ascii=False, allow_nan=False)
        except (TypeError, ValueError, RecursionError):
            raise SessionError("The settings of a view hold what JSON cannot.") from None
        return cls(frame_index, target_id, text)

    @property
    def settings(self) -> dict[str, Any]:
        """The settings as values, a fresh copy each time."""
        return self._parsed()

    def _parsed(self) -> dict[str, Any]:
        try:
            value = parse_json(self.settings_json, "the settings of a view")
        except FileError:
            raise SessionError("The settings of a view are not valid JSON.") from None
        if not isinstance(value, dict):
            raise SessionError("The settings of a view must be a JSON object.")
        return value
