"""The folder that a run writes to: finished results, and what they were made with."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Collection, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from safe_files import (
    FileError,
    HeldFolder,
    PartFile,
    is_file_name,
    printable,
    read_bytes,
    read_json,
    write_bytes,
)
from tracker_core.errors import CKDError
from tracker_core.evaluation.result_files import (
    ResultForm,
    result_name,
    result_text,
    write_all,
    write_whole,
)
from tracker_core.held import held_folder
from tracker_core.tracking.run_content import SequenceContent, key_of, what_differs
from tracker_core.tracking.tasks import Tracked

SETTINGS_FILE = "run.json"
FORMAT = "ckd-studio run 1"
OVERLAPS = "expected_overlap"
"""The folder within it for what a tracker expects of its boxes, where it says that."""
_LARGEST = 16 << 20
"""Bytes of a settings file; ours have some hundred for each sequence."""
_LONGEST_NOTE = 2000
"""Characters of what is said about one sequence."""
_NO_TIME = (1980, 1, 1, 0, 0, 0)
_USUAL = {"engine": "eager", "elimination": "on"}
"""What CKD's settings leave out where it is so."""


@dataclass(frozen=True, slots=True)
class RunFolder:
    """Results appear here one by one, each under its name only when it is complete."""

    path: Path
    form: ResultForm = ResultForm.COMMAS
    prefix: str | None = None
    """Name of the tracker before each file name, where the form of the toolkit wants it."""

    def __post_init__(self) -> None:
        """Refuse a prefix that would lead out of the folder; CKDError."""
        if self.prefix is not None and not is_file_name(f"{self.prefix}_.txt"):
            raise CKDError(
                f"{printable(self.prefix, 60)} cannot stand before the name of a file; "
                "give a plain name."
            )

    def open(
        self, settings: dict[str, str], contents: Mapping[str, SequenceContent], note: str = ""
    ) -> frozenset[str]:
        """Return which sequences are finished; makes the folder and its settings file if new.

        `note` says what is not as it was asked for; it decides no box and is no reason to refuse.
        Raises CKDError when the results there were made with other settings, of a dataset with
        other sequences, or by nobody knows. Call it while the folder is `held`.
        """
        settings = _in_full({**settings, "form": self.form.value, "prefix": self.prefix or ""})
        # Names of files may hold bytes that are no text, and could not be read out of the file
        # again.
        settings = {key: printable(value, 10 * len(value)) for key, value in settings.items()}
        finished = frozenset(name for name in contents if self.file(name).exists())
        stored = self._stored()
        sequences = {key_of(name): content.to_json() for name, content in contents.items()}
        # Before anything is written, so that a folder of somebody else's stays as it was.
        if stored is None and finished:
            raise CKDError(
                f"{self.path} holds results but no {SETTINGS_FILE} that says what made them; "
                "choose another folder."
            )
        if stored is not None:
            settings = self._checked(stored, settings, contents, finished)
            before = stored.get("sequences") or {}
            for name in finished & contents.keys():
                # As it was when it was tracked, with the time that this took.
                sequences[key_of(name)] = before.get(key_of(name)) or sequences[key_of(name)]
        content = {"format": FORMAT, "settings": settings, "sequences": sequences}
        # What was finished under a note stays so when the rest is tracked without one.
        if said := note or (stored or {}).get("note"):
            content["note"] = printable(said, 10 * len(said))
        if content != stored:
            self._write(content)
        self._tidy(contents)
        return finished

    def _checked(
        self,
        stored: dict[str, Any],
        settings: dict[str, str],
        contents: Mapping[str, SequenceContent],
        finished: Collection[str],
    ) -> dict[str, str]:
        """Return the settings of the folder; raises CKDError where a run differs from its own."""
        known: dict[str, str] = stored["settings"]
        sequences = stored.get("sequences")
        if sequences is not None:
            # The name of a folder is not what makes a dataset another.
            settings = {**settings, "dataset": known.get("dataset", "")}
        if known != settings:
            raise CKDError(self._difference(known, settings))
        differs = None if sequences is None else what_differs(sequences, contents, finished)
        if differs:
            raise CKDError(
                f"{self.path} holds a run over another dataset ({differs}); choose another folder."
            )
        return settings

    def about(self) -> dict[str, Any] | None:
        """Return settings, counts and notes for people; None where no run was made.

        Raises CKDError for a settings file that cannot be read or says something else.
        """
        stored = self._stored()
        if stored is None:
            return None
        sequences: dict[str, dict[str, Any]] = stored.get("sequences") or {}
        finished = {name: own for name, own in sequences.items() if "seconds" in own}
        other = [
            {"sequence": name, "engine": str(own.get("engine", "")), "note": str(own["note"])}
            for name, own in finished.items()
            if own.get("note")
        ]
        return {
            "settings": stored["settings"],
            "sequences": len(sequences),
            "finished": len(finished),
            **({"note": stored["note"]} if "note" in stored else {}),
            **({"computed_otherwise": other} if other else {}),
        }

    def held(self) -> AbstractContextManager[HeldFolder]:
        """Keep other programs from writing there, and make the folder; raises CKDError."""
        return held_folder(self.path)

    def file(self, name: str) -> Path:
        """Return the path of one sequence's result."""
        return self.path / result_name(name, self.prefix)

    def save(self, tracked: Tracked) -> None:
        """Write one finished sequence, and how long it took; raises CKDError."""
        if tracked.overlaps is not None:
            # First: a sequence whose result is there is finished. Apart from the results, whose
            # readers take every text file beside them for one.
            rows = "".join(f"{value:.4f}\n" for value in tracked.overlaps)
            write_whole(self.path / OVERLAPS / f"{tracked.name}.txt", rows)
        path = self.file(tracked.name)
        files = {path: result_text(path, tracked.boxes, self.form).encode()}
        content = self._stored()
        # Somebody may have removed the file meanwhile, which costs the times and no result.
        if content is not None:
            own = content.setdefault("sequences", {}).setdefault(key_of(tracked.name), {})
            own |= {"tracked": tracked.looked, "seconds": round(tracked.seconds, 6)}
            if tracked.note:
                # The settings name the engine that was to compute, and this one did not.
                own |= {"engine": tracked.engine, "note": printable(tracked.note, _LONGEST_NOTE)}
            files[self.path / SETTINGS_FILE] = _as_text(content).encode()
        write_all(self.path, files, "results")

    def pack(self, path: Path, names: Collection[str]) -> None:
        """Write these results and the settings file into a zip archive; raises CKDError.

        The same results give the same bytes, whenever they are packed.
        """
        stream = io.BytesIO()
        files = [*(self.file(name) for name in sorted(names)), self.path / SETTINGS_FILE]
        try:
            with zipfile.ZipFile(stream, "w") as archive:
                for file in files:
                    # A time of its own would make the same archive another one.
                    entry = zipfile.ZipInfo(file.name, _NO_TIME)
                    entry.compress_type = zipfile.ZIP_DEFLATED
                    entry.external_attr = 0o644 << 16
                    archive.writestr(entry, read_bytes(file))
            write_bytes(path, stream.getvalue(), parents=True)
        except FileError as error:
            raise CKDError(f"Cannot write {path}: {error}") from error

    def _write(self, content: dict[str, Any]) -> None:
        write_whole(self.path / SETTINGS_FILE, _as_text(content))

    def _tidy(self, names: Collection[str]) -> None:
        """Remove what a killed run began of these results, and nothing of anybody else's."""
        written = [SETTINGS_FILE, *(self.file(name).name for name in names)]
        ours = {PartFile.start_of(each) for each in written}
        # The second is what was there before, while several files were replaced together.
        for ending in (".part", ".old"):
            for path in self.path.glob(f".*{ending}"):
                if path.name.removesuffix(ending).rpartition(".")[0] in ours:
                    path.unlink(missing_ok=True)

    def _stored(self) -> dict[str, Any] | None:
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
        sequences = content.get("sequences")
        note = content.get("note")
        known: dict[str, Any] = {"note": note} if isinstance(note, str) else {}
        if isinstance(sequences, dict):
            known["sequences"] = {
                key: each for key, each in sequences.items() if type(each) is dict
            }
        return {"format": FORMAT, "settings": _in_full(found), **known}

    def _difference(self, stored: dict[str, str], settings: dict[str, str]) -> str:
        keys = [key for key in {**stored, **settings} if stored.get(key) != settings.get(key)]
        changes = ", ".join(
            f"{key} {_brief(stored.get(key))} there and {_brief(settings.get(key))} now"
            for key in keys
        )
        return f"{self.path} holds a run with other settings ({changes}); choose another folder."


def _as_text(content: dict[str, Any]) -> str:
    return json.dumps(content, indent=1) + "\n"


def _in_full(settings: dict[str, str]) -> dict[str, str]:
    """Return settings with what CKD's leave out, so that a reader need not know what is usual."""
    return {**_USUAL, **settings} if "weights_sha256" in settings else settings


def _brief(value: str | None) -> str:
    if not value:
        return "none"
    # Hashes: the first digits tell them apart.
    return value if len(value) <= 24 else value[:12] + "..."
