"""What `ckd-studio eval` scores: folders and archives of results, and sessions."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from app.cli.inputs import named_result

if TYPE_CHECKING:
    from tracker_core.evaluation.result_files import Result
    from tracker_core.evaluation.result_folders import TrackerFiles


def find_all(results: Sequence[str], names: Sequence[str], benchmark: str) -> list[TrackerFiles]:
    """Return the trackers in all that was named; raises CKDError for two of one name."""
    from app.bridge.session_results import sessions_in
    from tracker_core.errors import CKDError
    from tracker_core.evaluation.result_folders import find_trackers

    found: list[TrackerFiles] = []
    for text in results:
        name, path = named_result(text)
        if sessions := sessions_in(path, names):
            found.append(of_sessions(path, sessions, names, name))
        else:
            found += find_trackers(path, names, name, benchmark)
    folders: dict[str, Path] = {}
    for tracker in found:
        if tracker.tracker in folders:
            raise CKDError(
                f"{folders[tracker.tracker]} and {tracker.folder} both hold a tracker called "
                f"{tracker.tracker!r}; name them with NAME=FOLDER."
            )
        folders[tracker.tracker] = tracker.folder
    return found


def of_sessions(
    path: Path, sessions: Sequence[Path], names: Sequence[str], label: str | None
) -> TrackerFiles:
    """Return the RGB boxes of sessions, one of each sequence, as a tracker's results."""
    from app.bridge.session_results import session_result
    from tracker_core.errors import CKDError
    from tracker_core.evaluation.result_folders import TrackerFiles
    from tracker_core.evaluation.truth import shorten

    found: dict[str, Result] = {}
    for file in sessions:
        name, result = session_result(file)
        if name in found:
            raise CKDError(f"{found[name].origin} and {file} are both sessions of {name}.")
        found[name] = result
    if missing := [name for name in names if name not in found]:
        raise CKDError(
            f"{path} lacks sessions of {len(missing)} of {len(names)} sequences: "
            f"{shorten(missing)}."
        )
    extra = [name for name in found if name not in names]
    notes = (f"{path}: sessions of {shorten(extra)} were left out.",) if extra else ()
    name = label or (path.stem if path.is_file() else path.absolute().name)
    return TrackerFiles(name, path, {name: found[name] for name in names}, notes)
