"""Which sequences have which challenge attribute, from the lists beside the ground truth."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from tracker_core.errors import CKDError
from tracker_core.evaluation.tables import read_table
from tracker_core.evaluation.truth import ATTRIBUTE_FOLDERS, BenchmarkTruth, read_names, shorten

NAMES_FILE = "SequencesName.txt"


def load_attributes(truth: BenchmarkTruth) -> dict[str, NDArray[np.bool_]]:
    """Return for each attribute which sequences have it, (sequences,), in the benchmark's order.

    Reads `attr_txt/<ATTRIBUTE>.txt` (one 0 or 1 per line of SequencesName.txt, as RGBT210 and
    RGBT234 ship it) or `AttriSeqsTxt/<sequence>.txt` (one row of flags, as LasHeR ships it), in the
    ground truth folder or beside it. Raises CKDError when neither is there or a list is wrong.
    """
    for place in (truth.folder, truth.folder.parent):
        for name in ATTRIBUTE_FOLDERS:
            folder = place / name
            if (folder / NAMES_FILE).is_file():
                return _by_attribute(truth, folder)
            if folder.is_dir():
                return _by_sequence(truth, folder)
    raise CKDError(
        f"There are no attribute lists in or beside {truth.folder}; expected a folder "
        f"{' or '.join(ATTRIBUTE_FOLDERS)}."
    )


def _by_attribute(truth: BenchmarkTruth, folder: Path) -> dict[str, NDArray[np.bool_]]:
    listed = read_names(folder / NAMES_FILE)
    row = {name: index for index, name in enumerate(listed)}
    missing = [name for name in truth.names if name not in row]
    if missing:
        raise CKDError(f"{folder / NAMES_FILE} does not list {shorten(missing)}.")
    rows = [row[name] for name in truth.names]
    found = {}
    for path in sorted(folder.glob("*.txt")):
        if path.name != NAMES_FILE:
            flags = _flags(path)
            if len(flags) != len(listed):
                raise CKDError(f"{path} has {len(flags)} flags for {len(listed)} sequences.")
            found[path.stem] = flags[rows]
    order = {name: index for index, name in enumerate(truth.benchmark.attributes)}
    return dict(sorted(found.items(), key=lambda item: (order.get(item[0], len(order)), item[0])))


def _by_sequence(truth: BenchmarkTruth, folder: Path) -> dict[str, NDArray[np.bool_]]:
    names = truth.benchmark.attributes
    rows = [_flags(folder / f"{name}.txt") for name in truth.names]
    for name, flags in zip(truth.names, rows, strict=True):
        if len(flags) != len(names):
            raise CKDError(
                f"{folder / name}.txt has {len(flags)} flags; "
                f"{truth.benchmark.label} has {len(names)} attributes."
            )
    table = np.array(rows)
    return {name: table[:, index] for index, name in enumerate(names)}


def _flags(path: Path) -> NDArray[np.bool_]:
    """Read zeros and ones, in one row or one column."""
    table = read_table(path)
    if not np.isin(table, (0, 1)).all() or 1 not in table.shape:
        raise CKDError(f"{path} must hold one row or column of zeros and ones.")
    return np.asarray(table.ravel() == 1)
