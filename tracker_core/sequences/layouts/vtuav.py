"""VTUAV: `rgb/`, `ir/`, a row for one frame in ten, and a list of where the rows start."""

from __future__ import annotations

import io
import pickle
from pathlib import Path
from typing import Any

import numpy as np

from tracker_core.errors import CKDError
from tracker_core.sequences.folders import FolderEntries
from tracker_core.sequences.layouts.base import LayoutReader, SequencePlace, TruthFiles
from tracker_core.sequences.layouts.names import Layout
from tracker_core.sequences.layouts.plain import pair_pictures

VTUAV_EVERY = 10
"""VTUAV annotates one frame in ten."""

_FILE = "init_frame.npy"
_LEVELS_UP = 4
_LARGEST_FILE = 10_000_000
# Under two names each: numpy 2 moved its core, and the file may be of either time.
_HARMLESS = {
    ("numpy", "dtype"),
    ("numpy", "ndarray"),
    ("numpy.core.multiarray", "scalar"),
    ("numpy._core.multiarray", "scalar"),
    ("numpy.core.multiarray", "_reconstruct"),
    ("numpy._core.multiarray", "_reconstruct"),
}


def _owns_truth(entries: FolderEntries) -> bool:
    return entries.text("rgb.txt", "ir.txt") is not None


def _matches(place: SequencePlace, truth: Layout | None) -> bool:
    return truth is Layout.VTUAV and "rgb" in place.folder_names


def _truth(entries: FolderEntries, rgb_stem: str, tir_stem: str) -> TruthFiles:  # noqa: ARG001
    return TruthFiles(
        entries.text("rgb.txt"),
        entries.text("ir.txt", "ir_gray.txt"),
        entries.text("init.txt"),
        every=VTUAV_EVERY,
    )


def find_start_offset(folder: Path) -> int | None:
    """Return the frame number of the first annotated frame, or None when nobody says.

    The dataset ships one file for all sequences, two levels above them. It is a pickle, of which
    only plain numbers and names are taken; nothing in it is executed. CKDError when it is damaged.
    """
    for parent in folder.parents[:_LEVELS_UP]:
        path = parent / _FILE
        if path.is_file():
            value = _read_start_frames(path).get(folder.name)
            return None if value is None else int(value)
    return None


def _read_start_frames(path: Path) -> dict[str, int]:
    try:
        if path.stat().st_size > _LARGEST_FILE:
            raise CKDError(f"{path} is too large to be VTUAV's list of first frames.")
        content = _unpickle_array(path.read_bytes())
    except OSError as error:
        raise CKDError(f"The file {path} cannot be read: {error.strerror}.") from error
    except (
        pickle.UnpicklingError,
        ValueError,
        TypeError,
        EOFError,
        IndexError,
        KeyError,
        AttributeError,
        ImportError,
        OverflowError,
        MemoryError,
    ) as error:
        raise CKDError(f"{path} is not VTUAV's list of first frames: {error}.") from error
    if isinstance(content, np.ndarray) and content.dtype == object and content.size == 1:
        content = content.reshape(-1)[0]  # numpy saves a dictionary as an array of one object
    if not isinstance(content, dict):
        raise CKDError(f"{path} is not VTUAV's list of first frames: it holds no names.")
    return {
        str(name): int(frame)
        for name, frame in content.items()
        if isinstance(frame, (int, np.integer)) and frame >= 0
    }


def _unpickle_array(data: bytes) -> Any:  # noqa: ANN401 - whatever the file holds is judged later
    stream = io.BytesIO(data)
    version = np.lib.format.read_magic(stream)
    reader = (
        np.lib.format.read_array_header_1_0
        if version == (1, 0)
        else np.lib.format.read_array_header_2_0
    )
    _shape, _fortran, dtype = reader(stream)
    # Numbers alone are no pickle, and unpickling them would read noise.
    if not dtype.hasobject:
        raise ValueError("it holds numbers without names")
    return _NumbersOnly(stream).load()


class _NumbersOnly(pickle.Unpickler):
    """Unpickles arrays, numbers, text and containers of them, and refuses everything else."""

    def find_class(self, module_name: str, global_name: str) -> Any:  # noqa: ANN401
        if (module_name, global_name) not in _HARMLESS:
            raise pickle.UnpicklingError(f"it refers to {module_name}.{global_name}")
        return super().find_class(module_name, global_name)


VTUAV = LayoutReader(
    Layout.VTUAV,
    matches=_matches,
    pairs=pair_pictures,
    first_number=0,
    truth=_truth,
    owns_truth=_owns_truth,
    first_row=find_start_offset,
    texts=("rgb.txt", "ir.txt", "ir_gray.txt", "init.txt"),
)
