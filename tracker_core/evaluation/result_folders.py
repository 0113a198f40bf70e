"""Which trackers have results in a folder, and which file belongs to which sequence."""

from __future__ import annotations

import difflib
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from tracker_core.errors import CKDError
from tracker_core.evaluation.truth import shorten


@dataclass(frozen=True, slots=True, eq=False)
class TrackerFiles:
    """One tracker's result file for each sequence."""

    tracker: str
    folder: Path
    files: dict[str, Path]
    """Path of the result by sequence name."""
    notes: tuple[str, ...] = ()
    """What was left aside."""


def find_trackers(path: Path, names: Sequence[str], label: str | None = None) -> list[TrackerFiles]:
    """Return the trackers whose results are in `path`, each with a file for every sequence.

    `path` holds `<sequence>.txt` of one tracker, `<tracker>_<sequence>.txt` of several, or one
    folder per tracker. `label` names a single tracker. Raises CKDError when a sequence has no file.
    """
    if not path.is_dir():
        hint = "it is a file; name the folder that holds it" if path.exists() else "check the path"
        raise CKDError(f"There is no results folder {path}; {hint}.")
    found = _in_folder(path, names)
    # Folders of trackers only where no file fits: a folder of results may hold others beside them.
    if not found:
        inside = sorted(each for each in path.iterdir() if each.is_dir())
        found = [tracker for each in inside for tracker in _in_folder(each, names)]
    if not found:
        raise _nothing(path, names)
    if label is None:
        return found
    if len(found) > 1:
        raise CKDError(f"{path} holds {len(found)} trackers; {label!r} can name only one.")
    only = found[0]
    return [TrackerFiles(label, only.folder, only.files, only.notes)]


def _in_folder(folder: Path, names: Sequence[str]) -> list[TrackerFiles]:
    """Return the trackers with files directly in `folder`; raises CKDError for partial ones."""
    files = {path.stem: path for path in sorted(folder.glob("*.txt"))}
    prefixes = _prefixes(files, set(names))
    used = {prefix + name for prefix in prefixes for name in names} & files.keys()
    extra = sorted(files.keys() - used)  # noted, not refused: logs and notes lie beside results
    notes = (f"{folder}: {shorten(extra)} are no results for these sequences.",) if extra else ()
    trackers = []
    for prefix in prefixes:
        missing = [name for name in names if prefix + name not in files]
        if missing:
            # A figure over a part of a benchmark is another figure.
            raise _missing(folder, prefix, missing, extra, len(names))
        own = {name: files[prefix + name] for name in names}
        trackers.append(TrackerFiles(prefix[:-1] or folder.name, folder, own, notes))  # [:-1]: "_"
    return trackers


def _prefixes(stems: Iterable[str], known: set[str]) -> list[str]:
    """Return what stands before the sequence names, with its underscore; "" for plain names.

    A sequence may be called like the end of another (`car`, `big_car`), which makes `T_big_` look
    like a tracker. So the most frequent prefix explains its files first, and a prefix counts only
    with at least half as many files as the most frequent one.
    """
    candidates: dict[str, set[str]] = {}
    for stem in stems:
        cuts = [0, *(at + 1 for at, letter in enumerate(stem) if letter == "_")]
        for cut in cuts:
            if stem[cut:] in known:
                candidates.setdefault(stem[:cut], set()).add(stem)
    most = max(map(len, candidates.values()), default=0)
    prefixes = []
    explained: set[str] = set()
    for prefix, own in sorted(candidates.items(), key=lambda item: (-len(item[1]), item[0])):
        if 2 * len(own - explained) >= most:
            prefixes.append(prefix)
            explained |= own
    return sorted(prefixes)


def _missing(
    folder: Path, prefix: str, missing: Sequence[str], extra: Sequence[str], total: int
) -> CKDError:
    expected = f"{prefix}{missing[0]}"
    # High enough for a slip of the pen only: a wrong guess is worse than none.
    meant = difflib.get_close_matches(expected, extra, n=1, cutoff=0.8)
    hint = f"; is {meant[0]}.txt meant to be {expected}.txt?" if meant else "."
    return CKDError(
        f"{folder} lacks the results of {len(missing)} of {total} sequences: "
        f"{shorten(missing)}{hint}"
    )


def _nothing(path: Path, names: Sequence[str]) -> CKDError:
    count = Counter(each.suffix for each in path.rglob("*") if each.is_file())[".txt"]
    if count == 0:
        return CKDError(f"{path} holds no .txt files; a result is one text file per sequence.")
    return CKDError(
        f"None of the {count} .txt files in {path} is named after a sequence; expected "
        f"{names[0]}.txt or <tracker>_{names[0]}.txt."
    )
