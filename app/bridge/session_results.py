"""Boxes of sessions as results of trackers, to be scored and compared like any other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from safe_files import file_name
from sessions import SessionError, find_target, load, result_text
from tracker_core.errors import CKDError
from tracker_core.evaluation.opened_results import OpenedResult, open_results, tracker_of
from tracker_core.evaluation.result_files import Result, ResultPlace
from tracker_core.evaluation.result_folders import TrackerFiles, find_trackers
from tracker_core.sequences.boxes import parse_boxes

SESSIONS = (".h5", ".hdf5")


def sessions_in(path: Path, names: Sequence[str]) -> list[Path]:
    """Return the sessions that a path is or holds; none where a folder holds result files, too.

    Those are text files that are called after one of the sequences; notes may lie there as well.
    """
    if path.is_file():
        return [path] if path.suffix.lower() in SESSIONS else []
    inside = sorted(each for each in path.iterdir() if each.is_file()) if path.is_dir() else []
    # Where macOS cannot keep what it knows of a file, a file "._name" lies beside it.
    inside = [each for each in inside if not each.name.startswith(".")]
    sessions = [each for each in inside if each.suffix.lower() in SESSIONS]
    texts = {each.stem for each in inside if each.suffix.lower() == ".txt"} if sessions else set()
    ends = tuple(f"_{name}" for name in names)
    return [] if any(f"_{stem}".endswith(ends) for stem in texts) else sessions


def session_result(file: Path) -> tuple[str, Result]:
    """Return the name of a session's sequence, and the RGB boxes of its only target.

    Raises SessionError, also where a frame that is not marked absent has no box.
    """
    session = load(file)
    # As an export has it, so that both give the same figures.
    text = result_text(session, find_target(session, None))
    return session.sequence.name, Result(parse_boxes(file, text).boxes, str(file))


def open_beside(path: Path, sequence: str, label: str | None = None) -> list[OpenedResult]:
    """Return what trackers said about a sequence, in result files or in sessions; CKDError."""
    try:
        files = sessions_in(path, [sequence])
        if not files:
            return open_results(path, sequence, label)
        return [_open_session(path, files, sequence, label)]
    except SessionError as error:
        raise CKDError(str(error)) from error
    except OSError as error:
        raise CKDError(f"{path} cannot be read: {error.strerror}.") from error


def _open_session(path: Path, files: list[Path], sequence: str, label: str | None) -> OpenedResult:
    stem, wrong = file_name(sequence), ""
    # Of a thousand sessions the one that is called so is most likely meant, and read first.
    for file in sorted(files, key=lambda each: not each.stem.startswith(stem)):
        try:
            # Not its boxes yet: those of another sequence need not be complete.
            name = load(file).sequence.name
        except SessionError as error:
            wrong = wrong or str(error)
            continue
        if name == sequence:
            tracker = label or (path.stem if path.is_file() else path.absolute().name)
            return OpenedResult(tracker, path, session_result(file)[1])
        if path.is_file():
            raise CKDError(f"{path} is a session of {name}, not of {sequence}.")
    raise CKDError(wrong or f"{path} holds no session of {sequence}.")


def trackers_at(
    paths: Sequence[Path], names: Sequence[str], benchmark: str
) -> tuple[list[TrackerFiles], list[str]]:
    """Return the trackers at all paths with what they have of a dataset, and what is wrong.

    No two are called alike; files of single sequences that are of one tracker are put together.
    """
    found: dict[str, TrackerFiles] = {}
    alone: set[str] = set()
    problems: list[str] = []
    for path in paths:
        try:
            is_file, trackers = _trackers_at(path, names, benchmark, problems)
        except (CKDError, OSError) as error:
            problems.append(str(error))
            continue
        for each in trackers:
            name, number = each.tracker, 2
            if is_file and name in alone:
                files = {**found[name].files, **each.files}
                found[name] = replace(found[name], files=files)
                continue
            while name in found:
                name, number = f"{each.tracker} ({number})", number + 1
            found[name] = replace(each, tracker=name)
            if is_file:
                alone.add(name)
    return list(found.values()), problems


def _trackers_at(
    path: Path, names: Sequence[str], benchmark: str, problems: list[str]
) -> tuple[bool, list[TrackerFiles]]:
    """Return whether a path is of one sequence alone, and the trackers there."""
    if files := sessions_in(path, names):
        boxes: dict[str, ResultPlace] = {}
        for file in files:
            try:
                name, result = session_result(file)
            except SessionError as error:
                problems.append(str(error))
                continue
            if name in names:
                boxes.setdefault(name, result)
        name = path.stem if path.is_file() else path.absolute().name
        return False, [TrackerFiles(name, path, boxes)] if boxes else []
    if not path.exists():
        raise CKDError(f"There is no result {path}; check the path.")
    if path.is_dir() or path.suffix.lower() == ".zip":
        return False, find_trackers(path, names, None, benchmark, partial=True)
    # The longest: a sequence may be called like the end of another.
    called = [name for name in names if f"_{path.stem}".endswith(f"_{name}")]
    if not called:
        raise CKDError(f"{path} is not named after a sequence of this dataset.")
    name = max(called, key=len)
    return True, [TrackerFiles(tracker_of(path, name), path, {name: path})]
