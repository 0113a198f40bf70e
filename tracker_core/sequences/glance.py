"""What a sequence is, as far as lists of names say it: no image and no row of boxes is read."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from safe_files import one_line
from tracker_core.errors import CKDError
from tracker_core.sequences.folders import look_into
from tracker_core.sequences.ground_truth import find_truth_files
from tracker_core.sequences.layouts.base import SequencePlace
from tracker_core.sequences.layouts.names import Layout
from tracker_core.sequences.recognise import find_modalities, recognise, why_not_a_sequence
from tracker_core.sequences.splits import around_split


@dataclass(frozen=True, slots=True)
class Glance:
    """One sequence of a dataset, unopened."""

    layout: Layout | None = None
    """None where it cannot be recognised."""
    rgb_count: int | None = None
    """Images of RGB; None of a video, whose frames are counted when it is opened."""
    tir_count: int | None = None
    """Thermal images; None of a video."""
    has_truth: bool = False
    """Whether a file of boxes lies there; nobody has read it."""
    problem: str = ""
    """Why it cannot be opened, in one sentence, where that can be seen already."""


def glance(path: Path) -> Glance:
    """Look at a sequence of a dataset; what is wrong with it is its `problem`."""
    try:
        return _glance(path)
    except CKDError as error:
        return Glance(problem=str(error))
    # A folder that goes while it is looked at, or a disk that fails.
    except OSError as error:
        return Glance(problem=f"{path} cannot be read: {one_line(str(error.strerror or error))}.")


def _glance(path: Path) -> Glance:
    if not path.is_dir():
        return Glance(problem=f"{path} is not a folder; check the path.")
    entries = look_into(path)
    place = find_modalities(entries)
    if place is None or not place.is_complete:
        around = around_split(path)
        if around is None:
            return Glance(problem=why_not_a_sequence(entries, place))
        place = around
    reader = recognise(place)
    stems = (
        channel.folder.stem if place.is_video else channel.folder.name
        for channel in (place.channels["rgb"], place.channels["tir"])
    )
    has_truth = bool(find_truth_files(place.entries, reader.layout, *stems).paths)
    if place.is_video:
        return Glance(reader.layout, has_truth=has_truth)
    return _counted(place, Glance(reader.layout, has_truth=has_truth))


def _counted(place: SequencePlace, seen: Glance) -> Glance:
    rgb, tir = len(place.rgb_frames), len(place.tir_frames)
    missing = "RGB" if not rgb else "thermal" if not tir else ""
    channel = place.channels["tir" if rgb else "rgb"]
    problem = f"The {missing} folder {channel.folder} holds no images." if missing else ""
    return Glance(seen.layout, rgb, tir, seen.has_truth, problem)
