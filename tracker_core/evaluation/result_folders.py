"""Which trackers have results in a folder or archive, and which file belongs to which sequence."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from tracker_core.errors import CKDError
from tracker_core.evaluation.result_files import FIRST_RUN, ResultPlace
from tracker_core.evaluation.result_places import File, Member, Place, place_at
from tracker_core.evaluation.times import is_time, times_of
from tracker_core.evaluation.truth import shorten

DEEPEST = 4
"""Folders below the one that is named: results / tracker / settings / benchmark."""
FEW = 4
"""A longer prefix with less than this part of the files of a shorter one is of no tracker."""
_SAYS_NOTHING = {
    *("results", "result", "tracking_results", "output", "outputs", "test", "testingset"),
    *("baseline", "unsupervised", "supervised", "realtime", "longterm"),
}
"""Names of folders in other toolkits' trees that are no part of a tracker's name."""


@dataclass(frozen=True, slots=True, eq=False)
class TrackerFiles:
    """One tracker's result file for each sequence."""

    tracker: str
    folder: Path
    files: Mapping[str, ResultPlace]
    """Where the result is, by sequence name."""
    notes: tuple[str, ...] = ()
    """What was left aside."""
    times: Mapping[str, tuple[int, float]] = field(default_factory=dict)
    """Frames and seconds by sequence name, where something beside the results says them."""

    @property
    def paths(self) -> frozenset[Path]:
        """The files on disk that hold the results: one alone for an archive."""
        of_archives = (
            each.archive.path for each in self.files.values() if isinstance(each, Member)
        )
        return frozenset(of_archives) | {
            each for each in self.files.values() if isinstance(each, Path)
        }


def find_trackers(
    path: Path,
    names: Sequence[str],
    label: str | None = None,
    benchmark: str = "",
    *,
    partial: bool = False,
) -> list[TrackerFiles]:
    """Return the trackers whose results are in `path`, each with a file for every sequence.

    `path`, a folder or a zip archive, holds `<sequence>.txt` of one tracker,
    `<tracker>_<sequence>.txt` of several, a folder per tracker, or a tree as other toolkits write
    it; of folders for several benchmarks the one called like `benchmark` is taken. `label` names a
    single tracker. Raises CKDError when a sequence has no file, or with `partial` when all have
    none.
    """

    def find(place: Place, files: Mapping[str, File]) -> list[TrackerFiles]:
        return _in_files(place, files, names, partial) or _in_sequences(
            place, files, names, partial
        )

    return _found(path, find, names, label, benchmark)


def find_sequence(path: Path, sequence: str, label: str | None = None) -> list[TrackerFiles]:
    """Return the trackers in `path` that have a result of one sequence; see `find_trackers`.

    Which other sequences there are need not be known. Raises CKDError.
    """

    def find(place: Place, files: Mapping[str, File]) -> list[TrackerFiles]:
        texts = {Path(name).stem: file for name, file in files.items() if _is_text(name)}
        own = trackers_among(texts, sequence)
        return [
            TrackerFiles(name, place.origin, {sequence: texts[stem]}) for name, stem in own.items()
        ] or _in_sequences(place, files, [sequence])

    return _found(path, find, [sequence], label, "")


def trackers_among(stems: Iterable[str], sequence: str) -> dict[str, str]:
    """Return the name of each tracker's file of a sequence; "" is the tracker of a plain name.

    A sequence may be called like the end of another (`car`, `big_car`), which makes `T_big` look
    like a tracker; that one has few files beside those of `T`.
    """
    every = list(stems)
    # Then big_car is the result of another sequence.
    if sequence in every:
        return {"": sequence}
    end = f"_{sequence}"
    own = {stem.removesuffix(end): stem for stem in every if stem.endswith(end)}
    counts = {f"{name}_": sum(stem.startswith(f"{name}_") for stem in every) for name in own}
    return {name: own[name] for name in sorted(own) if name and not _is_part(f"{name}_", counts)}


def _found(
    path: Path,
    find: Callable[[Place, Mapping[str, File]], list[TrackerFiles]],
    names: Sequence[str],
    label: str | None,
    benchmark: str,
) -> list[TrackerFiles]:
    root = place_at(path)
    found = [
        replace(tracker, tracker=name)
        for tracker, name in _named(list(_below(root, find, _plain(benchmark), DEEPEST)), root)
    ]
    if not found:
        raise _nothing(root, names)
    if label is None:
        return found
    if len(found) > 1:
        raise CKDError(f"{path} holds {len(found)} trackers; {label!r} can name only one.")
    return [replace(found[0], tracker=label)]


def _below(
    place: Place,
    find: Callable[[Place, Mapping[str, File]], list[TrackerFiles]],
    benchmark: str,
    depth: int,
) -> Iterator[tuple[TrackerFiles, tuple[str, ...]]]:
    """Yield trackers with the folders that lead to them; those of prefixes are named already.

    Folders are looked into only where no file fits: a folder of results may hold others beside.
    """
    files = place.files()
    found = find(place, files)
    for each in found:
        yield each, ()
    if found or not depth:
        return
    inside = list(place.folders())
    own = [each for each in inside if benchmark and _plain(each.name) == benchmark]
    for folder in own or inside:
        for each, parts in _below(folder, find, benchmark, depth - 1):
            yield each, ((folder.name, *parts) if not own else parts)


def _named(
    found: list[tuple[TrackerFiles, tuple[str, ...]]], root: Place
) -> Iterator[tuple[TrackerFiles, str]]:
    """Yield each tracker with its name: that of a prefix, or of the folders that tell it apart."""
    ways = [tuple(part for part in parts if not _is_general(part)) for _, parts in found]
    for (tracker, parts), way in zip(found, ways, strict=True):
        # Two that only a general word tells apart need it.
        name = "/".join(way if ways.count(way) == 1 or tracker.tracker else parts)
        yield tracker, tracker.tracker or name or root.name


def _is_general(name: str) -> bool:
    return name.lower() in _SAYS_NOTHING


def _is_text(name: str) -> bool:
    return name.lower().endswith(".txt")


def _plain(name: str) -> str:
    return "".join(letter for letter in name.lower() if letter.isalnum())


def _in_files(
    place: Place, files: Mapping[str, File], names: Sequence[str], partial: bool = False
) -> list[TrackerFiles]:
    """Return the trackers with files directly in a folder; raises CKDError for partial ones."""
    texts = {name[:-4]: file for name, file in files.items() if _is_text(name)}
    prefixes = _prefixes(texts, set(names))
    used = {prefix + name for prefix in prefixes for name in names} & texts.keys()
    # Noted, not refused: logs and notes lie beside results.
    extra = sorted(stem for stem in texts.keys() - used if not is_time(f"{stem}.txt"))
    notes = _left_aside(place, extra)
    trackers = []
    for prefix in prefixes:
        missing = [name for name in names if prefix + name not in texts]
        if missing and not partial:
            # A figure over a part of a benchmark is another figure.
            raise _missing(place, prefix, missing, extra, len(names))
        own = {name: texts[prefix + name] for name in names if prefix + name in texts}
        times = times_of(files, prefix, names)
        # [:-1]: "_"
        trackers.append(TrackerFiles(prefix[:-1], place.origin, own, notes, times))
    return trackers


def _in_sequences(
    place: Place, files: Mapping[str, File], names: Sequence[str], partial: bool = False
) -> list[TrackerFiles]:
    """Return the tracker whose folder has a folder for each sequence, of which the first run."""
    known, own, times = set(names), {}, times_of(files, "", names)
    for folder in place.folders():
        if folder.name in known:
            inside = folder.files()
            file = inside.get(f"{folder.name}{FIRST_RUN}")
            if file is not None:
                own[folder.name] = file
                times |= times_of(inside, "", [folder.name])
    if not own:
        return []
    missing = [name for name in names if name not in own]
    if missing and not partial:
        raise _missing(place, "", missing, [], len(names))
    return [TrackerFiles("", place.origin, own, times=times)]


def _left_aside(place: Place, extra: Sequence[str]) -> tuple[str, ...]:
    if not extra:
        return ()
    said = "is no result" if len(extra) == 1 else "are no results"
    return (f"{place.origin}: {shorten(extra)} {said} for these sequences.",)


def _prefixes(stems: Iterable[str], known: set[str]) -> list[str]:
    """Return what stands before the sequence names, with its underscore; "" for plain names.

    A sequence may be called like the end of another (`car`, `big_car`), which makes `T_big_` look
    like a tracker. So the most frequent prefix explains its files first, and a prefix counts only
    with at least half as many files as the most frequent one. Files of sequences that are not asked
    for tell as well, see `trackers_among`.
    """
    stems = list(stems)
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
            if not prefix:
                # Then all others are results of other sequences.
                return [""]
            prefixes.append(prefix)
            explained |= own
    counts = {prefix: sum(stem.startswith(prefix) for stem in stems) for prefix in prefixes}
    return sorted(prefix for prefix in prefixes if not _is_part(prefix, counts))


def _is_part(prefix: str, counts: Mapping[str, int]) -> bool:
    """Whether a prefix, underscore and all, is that of another tracker and half a sequence name."""
    return any(
        prefix != other and prefix.startswith(other) and FEW * counts[prefix] < count
        for other, count in counts.items()
    )


def _missing(
    place: Place, prefix: str, missing: Sequence[str], extra: Sequence[str], total: int
) -> CKDError:
    expected = f"{prefix}{missing[0]}"
    # High enough for a slip of the pen only: a wrong guess is worse than none.
    meant = difflib.get_close_matches(expected, extra, n=1, cutoff=0.8)
    hint = f"; is {meant[0]}.txt meant to be {expected}.txt?" if meant else "."
    return CKDError(
        f"{place.origin} lacks the results of {len(missing)} of {total} sequences: "
        f"{shorten(missing)}{hint}"
    )


def _nothing(root: Place, names: Sequence[str]) -> CKDError:
    count = sum(_count_texts(root, DEEPEST))
    if count == 0:
        return CKDError(
            f"{root.origin} holds no .txt files; a result is one text file per sequence."
        )
    which = "The only .txt file" if count == 1 else f"None of the {count} .txt files"
    said = "is not named" if count == 1 else "is named"
    return CKDError(
        f"{which} in {root.origin} {said} after a sequence; expected {names[0]}.txt or "
        f"<tracker>_{names[0]}.txt."
    )


def _count_texts(place: Place, depth: int) -> Iterator[int]:
    yield sum(map(_is_text, place.files()))
    for folder in place.folders() if depth else ():
        yield from _count_texts(folder, depth - 1)
