"""The ground truth of a benchmark, from a dataset folder or from a folder of ground truth alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from tracker_core.errors import CKDError
from tracker_core.evaluation.benchmarks import Benchmark
from tracker_core.evaluation.metrics import Boxes
from tracker_core.sequences.boxes import read_boxes
from tracker_core.sequences.dataset import open_dataset
from tracker_core.sequences.folders import look_into
from tracker_core.sequences.layouts.vtuav import find_start_offset
from tracker_core.sequences.opening import frames_of_rows
from tracker_core.sequences.texts import read_names


@dataclass(frozen=True, slots=True, eq=False)
class LossyFrames:
    """Ground truth rows that do not follow each other frame by frame."""

    frames: int
    """How many frames the sequence here has."""
    total: int
    """How many rows the ground truth has, with those whose frames are lost."""
    at: NDArray[np.int64]
    """(R,) the frame of each row that is left."""
    rows: NDArray[np.int64]
    """(R,) which of all rows each of these is."""


@dataclass(frozen=True, slots=True, eq=False)
class SequenceTruth:
    """The ground truth rows of one sequence."""

    name: str
    rgb: Boxes
    tir: Boxes
    """The same array as `rgb` where the benchmark has one ground truth for both modalities."""
    stride: int = 1
    offset: int = 0
    """Row k belongs to frame offset + k * stride."""
    lossy: LossyFrames | None = None
    """Where frames of the sequence are lost, which of them the rows belong to."""

    def __len__(self) -> int:
        return len(self.rgb)

    @property
    def needed(self) -> int:
        """How many rows a result must have at least, from the first annotated frame on."""
        return (len(self) - 1) * self.stride + 1


@dataclass(frozen=True, slots=True, eq=False)
class BenchmarkTruth:
    """The ground truth of every sequence that counts."""

    benchmark: Benchmark
    folder: Path
    sequences: tuple[SequenceTruth, ...]
    notes: tuple[str, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the sequences, in order."""
        return tuple(each.name for each in self.sequences)

    @property
    def lengths(self) -> NDArray[np.int64]:
        """Number of ground truth rows per sequence."""
        return np.array([len(each) for each in self.sequences], dtype=np.int64)


def load_truth(
    benchmark: Benchmark,
    root: Path,
    names: Sequence[str] | None = None,
    tir_offset: int | None = None,
) -> BenchmarkTruth:
    """Read the ground truth of a benchmark below `root`.

    `root` is a dataset, its split folder, one sequence, or a ground truth folder without images.
    `names` limits the sequences; without it the list beside the ground truth decides, and without
    a list all sequences count. `tir_offset` is that of `open_sequence`, for frames that lie there.
    Raises CKDError when there is no such ground truth.
    """
    if not root.is_dir():
        raise CKDError(f"There is no ground truth folder {root}; check the path.")
    # Below LasHeR's root both splits lie; only one of them is scored.
    folder = _start(benchmark, root)
    dataset = open_dataset(folder)
    paths = {name: dataset.path(name) for name in dataset.names}
    listed = list(names) if names is not None else _listed(benchmark, paths)
    chosen = paths if listed is None else {name: paths[name] for name in listed if name in paths}
    places = {name: path for name, path in chosen.items() if _truth_files(benchmark, path)}
    missing = [name for name in listed or () if name not in places]
    if not places:
        wanted = " and ".join(benchmark.truth_files)
        raise CKDError(
            f"{root} holds no {benchmark.label} ground truth: no sequence there has {wanted}."
        )
    if missing:  # listed names that count must be there: else a part would pass for the whole
        raise CKDError(
            f"{root} lacks the ground truth of {shorten(missing)}; "
            "name the sequences to evaluate with --sequences FILE."
        )
    notes: list[str] = []
    sequences = tuple(
        _sequence(benchmark, name, path, notes, tir_offset) for name, path in places.items()
    )
    return BenchmarkTruth(benchmark, folder, sequences, tuple(notes))


def sequence_truth(
    benchmark: Benchmark, name: str, place: Path
) -> tuple[SequenceTruth | None, tuple[str, ...]]:
    """Return the ground truth of one sequence, if there is any, and notes on it; CKDError."""
    if not _truth_files(benchmark, place):
        return None, ()
    notes: list[str] = []
    return _sequence(benchmark, name, place, notes, None), tuple(notes)


def read_list(path: Path) -> list[str]:
    """Return the sequence names in a list file, one a line; raises CKDError when there are none."""
    names = list(dict.fromkeys(read_names(path)))
    if not names:
        raise CKDError(f"The sequence list {path} is empty; it needs one name per line.")
    return names


def shorten(names: Sequence[str], most: int = 3) -> str:
    """Return `a, b, c and 12 more` for people."""
    shown = ", ".join(names[:most])
    return shown if len(names) <= most else f"{shown} and {len(names) - most} more"


def counted(number: int, thing: str) -> str:
    """Return `1 row`, `2 rows`."""
    return f"{number} {thing}" if number == 1 else f"{number} {thing}s"


def _start(benchmark: Benchmark, root: Path) -> Path:
    """Return the folder to search: below `root` a benchmark's or test split's own folder wins."""
    folder = root
    for wanted in (benchmark.label, "testingset"):
        # Copies of benchmarks spell their folders in any case.
        inside = {name.lower(): name for name in look_into(folder).folders}
        if (name := inside.get(wanted.lower())) is not None:
            folder /= name
    return folder


def _truth_files(benchmark: Benchmark, place: Path) -> tuple[Path, ...]:
    """Return the files of one sequence's ground truth; none where it has no such ground truth."""
    if place.is_file():
        return (place,) if benchmark.flat_truth else ()
    files = tuple(place / name for name in benchmark.truth_files)
    if all(path.is_file() for path in files):
        return files
    others = (place / name for name in benchmark.fallback_files)
    return next(((path,) for path in others if path.is_file()), ())


def _listed(benchmark: Benchmark, places: dict[str, Path]) -> list[str] | None:
    """Return the names in the list beside the ground truth; None where no list fits."""
    above = next(iter(places.values())).parent
    for folder in (above, above.parent):
        for name in benchmark.list_files:
            if (folder / name).is_file():
                listed = read_list(folder / name)
                if not places.keys().isdisjoint(listed):  # it may be the list of another split
                    return listed
    return None


def _sequence(
    benchmark: Benchmark, name: str, place: Path, notes: list[str], tir_offset: int | None
) -> SequenceTruth:
    files = _truth_files(benchmark, place)
    rgb = _rows(benchmark, files[0])
    tir = rgb if len(files) == 1 else _rows(benchmark, files[1])
    # LasHeR's test split has `init.txt` with the first box only.
    if len(rgb) == 1 and place.is_dir():
        rgb = tir = _longer(benchmark, place, rgb)
    if len(rgb) != len(tir):
        notes.append(
            f"{name}: {files[0].name} has {counted(len(rgb), 'row')} and {files[-1].name} "
            f"{len(tir)}; the rows that both have are used."
        )
        rgb, tir = rgb[: len(tir)], tir[: len(rgb)]
    start = find_start_offset(place.absolute()) or 0 if benchmark.stride > 1 else 0
    found = _frames_here(name, place, len(rgb), benchmark.stride, tir_offset)
    if found is None:
        return SequenceTruth(name, rgb, tir, benchmark.stride, start)
    frames, length = found
    first = int(frames[0])
    usual = first + benchmark.stride * np.arange(len(rgb), dtype=np.int64)
    # Nothing is lost, or only after the last row.
    if first >= 0 and np.array_equal(frames, usual):
        return SequenceTruth(name, rgb, tir, benchmark.stride, first)
    kept = np.flatnonzero(frames >= 0)
    if not len(kept):
        raise CKDError(f"{name}: no row of {files[0]} belongs to a frame that is there.")
    if len(kept) < len(rgb):
        lost = counted(len(rgb) - len(kept), "row")
        said = "has no frame here and does" if lost == "1 row" else "have no frame here and do"
        notes.append(f"{name}: {lost} {said} not count.")
    lossy = LossyFrames(length, len(rgb), frames[kept], kept)
    both = tir is rgb
    rgb = rgb[kept]
    tir = rgb if both else tir[kept]
    return SequenceTruth(name, rgb, tir, benchmark.stride, start, lossy)


def _frames_here(
    name: str, place: Path, rows: int, stride: int, tir_offset: int | None
) -> tuple[NDArray[np.int64], int] | None:
    """The frame of each row where the frames lie beside the ground truth, and how many there are.

    The list of first frames has numbers as in the file names, which the frames here may begin with
    at another one; without frames the number is taken for the index.
    """
    if not place.is_dir():
        return None
    try:
        return frames_of_rows(place, rows, stride, tir_offset)
    except CKDError as error:
        raise CKDError(f"{name}: {error}") from error


def _longer(benchmark: Benchmark, place: Path, rows: Boxes) -> Boxes:
    """Return the rows of the first fallback file that has more than the first box."""
    for name in benchmark.fallback_files:
        if (place / name).is_file():
            other = _rows(benchmark, place / name)
            if len(other) > len(rows):
                return other
    return rows


def _rows(benchmark: Benchmark, path: Path) -> Boxes:
    """Read one ground truth file as x, y, w, h."""
    rows = read_boxes(path, benchmark.form)
    if rows.is_double_spaced:  # \r\r\n, left by an editor, is no lost row
        rows = rows.without_blanks()
    if len(rows) == 0:
        raise CKDError(f"{path} is empty; ground truth has one line per frame.")
    # LasHeR counts such a frame by its own rule; elsewhere one would have to be made up.
    boxless = np.isnan(rows.boxes.sum(axis=1))
    if benchmark.marks_invalid_truth:
        return np.where(boxless[:, None], 0.0, rows.boxes)
    if boxless.any():
        line = int(boxless.argmax()) + 1
        raise CKDError(
            f"{path}, line {line} holds no box; {benchmark.label} needs one for every row."
        )
    return rows.boxes
