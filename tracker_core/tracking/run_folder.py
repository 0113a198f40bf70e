"""The folder that a run writes to: finished results, and what they were made with."""

from __future__ import annotations

import json
from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path

from safe_files import FileError, HeldFolder, PartFile, printable, read_json
from tracker_core.errors import CKDError
from tracker_core.evaluation.result_files import ResultForm, result_name, write_result, write_whole
from tracker_core.held import held_folder
from tracker_core.tracking.tasks import Tracked

SETTINGS_FILE = "run.json"
FORMAT = "ckd-studio run 1"
_LARGEST = 1 << 20
"""Bytes of a settings file; ours have some hundred."""


@dataclass(frozen=True, slots=True)
class RunFolder:
    """Results appear here one by one, each under its name only when it is complete."""

    path: Path
    form: ResultForm = ResultForm.COMMAS
    prefix: str | None = None
    """Name of the tracker before each file name, where the form of the toolkit wants it."""

    def open(self, settings: dict[str, str], names: Sequence[str]) -> frozenset[str]:
        """Return which sequences are finished; makes the folder and its settings file if new.

        Raises CKDError when the results there were made with other settings, or by nobody knows.
        Call it while the folder is `held`.
        """
        settings = {**settings, "form": self.form.value, "prefix": self.prefix or ""}
        # Names of files may hold bytes that are no text, and could not be read out of the file
        # again.
        settings = {key: printable(value, 10 * len(value)) for key, value in settings.items()}
        finished = frozenset(name for name in names if self.file(name).exists())
        stored = self._stored()
        # Before anything is written, so that a folder of somebody else's stays as it was.
        if stored is None and finished:
            raise CKDError(
                f"{self.path} holds results but no {SETTINGS_FILE} that says what made them; "
                "choose another folder."
            )
        if stored is None:
            content = {"format": FORMAT, "settings": settings}
            write_whole(self.path / SETTINGS_FILE, json.dumps(content, indent=1) + "\n")
        elif stored != settings:
            raise CKDError(self._difference(stored, settings))
        self._tidy(names)
        return finished

    def held(self) -> AbstractContextManager[HeldFolder]:
        """Keep other programs from writing there, and make the folder; raises CKDError."""
        return held_folder(self.path)

    def file(self, name: str) -> Path:
        """Return the path of one sequence's result."""
        return self.path / result_name(name, self.prefix)

    def save(self, tracked: Tracked) -> None:
        """Write one finished sequence; raises CKDError."""
        write_result(self.file(tracked.name), tracked.boxes, self.form)

    def _tidy(self, names: Sequence[str]) -> None:
        """Remove what a killed run began of these results, and nothing of anybody else's."""
        ours = {PartFile.start_of(self.file(name).name) for name in names}
        for path in self.path.glob(".*.part"):
            if path.name.removesuffix(".part").rpartition(".")[0] in ours:
                path.unlink(missing_ok=True)

    def _stored(self) -> dict[str, str] | None:
        path = self.path / SETTINGS_FILE
        try:
            if not path.exists():
                return None
            content = read_json(path, _LARGEST)
        except (OSError, FileError) as error:
            reason = error.reason if isinstance(error, FileError) else error.strerror
            raise CKDError(f"{path} cannot be read: {reason}; choose another folder.") from error
        settings = content.get("settings") if isinstance(content, dict) else None
        if not isinstance(settings, dict) or content.get("format") != FORMAT:
            raise CKDError(f"{path} does not say how a run was made; choose another folder.")
        found = {str(key): str(value) for key, value in settings.items()}
        if "weights_sha256" in found:
            # Folders from when CKD was the only tracker do not name it, and must go on.
            found.setdefault("tracker", "ckd")
        return found

    def _difference(self, stored: dict[str, str], settings: dict[str, str]) -> str:
        keys = [key for key in {**stored, **settings} if stored.get(key) != settings.get(key)]
        changes = ", ".join(
            f"{key} {_brief(stored.get(key))} there and {_brief(settings.get(key))} now"
            for key in keys
        )
        return f"{self.path} holds a run with other settings ({changes}); choose another folder."


def _brief(value: str | None) -> str:
    if not value:
        return "none"
    # Hashes: the first digits tell them apart.
    return value if len(value) <= 24 else value[:12] + "..."
