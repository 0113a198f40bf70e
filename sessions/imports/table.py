"""The table of import forms: adding one takes its reader, its line here and one in the docs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from sessions.errors import SessionError
from sessions.exports.vot import TAGS
from sessions.imports.boxes import RowForm
from sessions.imports.coco import read_coco
from sessions.imports.csv_table import read_csv
from sessions.imports.cvat import read_cvat
from sessions.imports.lists import ListForm
from sessions.imports.mot import read_mot
from sessions.imports.tracks import Track, joined
from sessions.model import SequenceInfo

Read = Callable[[Path, SequenceInfo], tuple[Track, ...]]


@dataclass(frozen=True, slots=True)
class ImportForm:
    """One kind of file or folder that targets are taken from."""

    id: str
    """The word on the command line, the same as that of the export where there is one."""
    label: str
    """The name that a person knows it by."""
    holds: str
    """One sentence on what must be in it."""
    lacks: str
    """One sentence on what is not taken from it."""
    read: Read
    """Return its targets; raises SessionError."""
    folder: bool = False
    """True where it may be a folder."""
    of_modality: bool = True
    """True where a file is of one modality, so that one of the other may go with it."""


def read_tracks(
    form: ImportForm, place: Path, info: SequenceInfo, tir: Path | None = None
) -> tuple[Track, ...]:
    """Return the targets in a file or folder, together with those of the thermal file if given."""
    if place.is_dir() and not form.folder:
        raise SessionError(f"{place} is a folder; name the file of the form {form.id}.")
    tracks = form.read(place, info)
    if tir is None:
        return tracks
    if not form.of_modality or not all(track.alone for track in tracks):
        raise SessionError(f"{place} holds both modalities; leave the thermal one out.")
    return joined(tracks, form.read(tir, info))


def _listed(form: ListForm) -> Read:
    return lambda place, _info: form.read(place)


_HOLDS = (
    "`{}`, a line for each frame, separated by commas, semicolons, tabs or blanks; NaN, an empty "
    "line or a width or height not above 0 is a frame without box."
)
_LACKS = "One target only, without scores and flags; polygons and masks are refused."
_FOLDER = "A folder with {}, or one folder for each target; also one such file."
_LISTS = "Scores and flags; a line without box counts as absent."

IMPORTS: tuple[ImportForm, ...] = (
    ImportForm(
        "boxes", "Boxes", _HOLDS.format("x,y,w,h"), _LACKS, _listed(ListForm("visible.txt"))
    ),
    ImportForm(
        "corners",
        "Corners",
        _HOLDS.format("x1,y1,x2,y2"),
        _LACKS,
        _listed(ListForm("groundTruth_v.txt", form=RowForm.CORNERS)),
    ),
    *(
        ImportForm(
            name.lower(),
            f"Ground truth as {name}",
            _FOLDER.format("`visible.txt` and `infrared.txt`"),
            _LISTS,
            _listed(ListForm("visible.txt", "infrared.txt")),
            folder=True,
        )
        for name in ("LasHeR", "RGBT234")
    ),
    ImportForm(
        "rgbt210",
        "Ground truth as RGBT210",
        _FOLDER.format("`init.txt`"),
        _LISTS,
        _listed(ListForm("init.txt")),
        folder=True,
    ),
    ImportForm(
        "gtot",
        "Ground truth as GTOT",
        _FOLDER.format("`groundTruth_v.txt` and `groundTruth_i.txt`"),
        _LISTS,
        _listed(ListForm("groundTruth_v.txt", "groundTruth_i.txt", RowForm.CORNERS)),
        folder=True,
    ),
    ImportForm(
        "vtuav",
        "Ground truth as VTUAV",
        _FOLDER.format("`rgb.txt` and `ir.txt`, a line for every tenth frame"),
        _LISTS,
        _listed(ListForm("rgb.txt", "ir.txt", every=10)),
        folder=True,
    ),
    ImportForm(
        "vot",
        "VOT sequence",
        _FOLDER.format(
            "`groundtruth.txt` of rectangles, polygons and special codes, and the tags `absence`, "
            "`occlusion` and `truncation`"
        ),
        "Masks are refused; of a polygon the box around it is taken, other tags are passed over.",
        _listed(ListForm("groundtruth.txt", form=RowForm.REGION, tags=dict(TAGS))),
        folder=True,
    ),
    ImportForm(
        "csv",
        "CSV table",
        "A line for each target and frame under a header with `target`, `frame` and the boxes of "
        "one or both modalities; also source, flags, score, class and attributes of the frame and "
        "of the target.",
        "The model, and that tokens of the target were removed.",
        lambda place, _info: read_csv(place),
        of_modality=False,
    ),
    ImportForm(
        "coco",
        "COCO JSON",
        "Boxes by image; a target for each `track_id`, else for each category. Images are found by "
        "`frame_index` and `modality`, else by name.",
        "Segmentations, keypoints, and boxes of crowds as such.",
        read_coco,
        of_modality=False,
    ),
    ImportForm(
        "mot",
        "MOTChallenge",
        "`frame,id,left,top,width,height` and more, as ground truth or as results; a confidence "
        "below 1 is a score.",
        "Class and visibility.",
        lambda place, _info: read_mot(place),
    ),
    ImportForm(
        "cvat",
        "CVAT for video",
        "Tracks of boxes with `keyframe`, `outside` and `occluded`; what lies between keyframes is "
        "filled in. Attributes of our own tell source, score, absence and other flags; all others "
        "become attributes of frames, or of the target where they are declared as not mutable.",
        "Polygons and other shapes; a rotated box is refused.",
        read_cvat,
    ),
)
"""In the order in which people are shown them."""
