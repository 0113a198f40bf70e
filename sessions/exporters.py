"""Give a session away: ground truth as the benchmarks have it, results, CSV, COCO-style JSON, MOT.

Each exporter returns texts by file name and touches nothing; `write_files` puts them into a folder.
"""

from __future__ import annotations

import csv
import io
import json
import os
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from enum import Enum
from pathlib import Path, PurePath

import numpy as np
from numpy.typing import NDArray

from sessions.atomic import write_atomically
from sessions.commands.boxes import Modality
from sessions.errors import SessionError
from sessions.model import AnnotationSession, Flag, SequenceInfo, Source, Target

Files = dict[str, str]
"""Texts by file name."""


class TruthForm(Enum):
    """How a benchmark writes its ground truth."""

    LASHER = "LasHeR"
    RGBT234 = "RGBT234"
    RGBT210 = "RGBT210"
    GTOT = "GTOT"
    VTUAV = "VTUAV"


def _number(value: float) -> str:
    """Write a coordinate with up to four decimals and no useless zeros."""
    text = f"{value:.4f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


def _rows(boxes: NDArray[np.float64], separator: str) -> str:
    """Write (N, 4) boxes one a line; zeros where there is none."""
    filled = np.nan_to_num(boxes, nan=0.0)
    return "".join(separator.join(map(_number, row)) + "\n" for row in filled.tolist())


def _truth(target: Target, modality: Modality) -> NDArray[np.float64]:
    """(N, 4) boxes of one modality, NaN where there is none or the target is absent."""
    boxes = np.array(target.boxes[:, modality])
    boxes[(target.flags & Flag.ABSENT) != 0] = np.nan
    return boxes


def _first(boxes: NDArray[np.float64], target: Target) -> NDArray[np.float64]:
    """Return the (1, 4) first box; raises SessionError when there is none."""
    present = np.flatnonzero(~np.isnan(boxes[:, 0]))
    if not present.size:
        raise SessionError(f"{target.name} has no box at all; there is nothing to export.")
    return boxes[present[:1]]


def ground_truth_files(session: AnnotationSession, target_id: str, form: TruthForm) -> Files:
    """Return the text files that a benchmark has beside the frames of a sequence.

    Boxes are x, y, w, h in pixels of each modality, one row for each frame; 0, 0, 0, 0 where the
    target is absent. GTOT has x1, y1, x2, y2 instead, VTUAV a row for every tenth frame. Raises
    SessionError when the target has no box.
    """
    target = session.target(target_id)
    rgb, tir = _truth(target, Modality.RGB), _truth(target, Modality.TIR)
    first = _first(np.where(np.isnan(rgb), tir, rgb), target)
    return _TRUTH_WRITERS[form](rgb, tir, first)


Boxes = NDArray[np.float64]


def _lasher(rgb: Boxes, tir: Boxes, first: Boxes) -> Files:
    return {
        "visible.txt": _rows(rgb, ","),
        "infrared.txt": _rows(tir, ","),
        "init.txt": _rows(first, ","),
    }


def _rgbt210(rgb: Boxes, tir: Boxes, first: Boxes) -> Files:  # noqa: ARG001
    return {"init.txt": _rows(np.where(np.isnan(rgb), tir, rgb), ",")}


def _gtot(rgb: Boxes, tir: Boxes, first: Boxes) -> Files:
    def corners(boxes: Boxes) -> Boxes:
        return np.concatenate([boxes[:, :2], boxes[:, :2] + boxes[:, 2:]], axis=1)

    return {
        "groundTruth_v.txt": _rows(corners(rgb), " "),
        "groundTruth_i.txt": _rows(corners(tir), " "),
        "init.txt": _rows(first, "\t"),
    }


def _vtuav(rgb: Boxes, tir: Boxes, first: Boxes) -> Files:
    return {
        "rgb.txt": _rows(rgb[::10], " "),
        "ir.txt": _rows(tir[::10], " "),
        "init.txt": _rows(first, " "),
    }


_TRUTH_WRITERS: dict[TruthForm, Callable[[Boxes, Boxes, Boxes], Files]] = {
    TruthForm.LASHER: _lasher,
    TruthForm.RGBT234: _lasher,
    TruthForm.RGBT210: _rgbt210,
    TruthForm.GTOT: _gtot,
    TruthForm.VTUAV: _vtuav,
}


def result_text(
    session: AnnotationSession,
    target_id: str,
    modality: Modality = Modality.RGB,
    separator: str = ",",
) -> str:
    """Return a result file: x, y, w, h in full precision, one row for each frame.

    Raises SessionError, naming the first, when a frame has no box: a result without it would be
    scored as another one.
    """
    target = session.target(target_id)
    boxes = target.boxes[:, modality]
    missing = np.flatnonzero(np.isnan(boxes[:, 0]))
    if missing.size:
        raise SessionError(
            f"{target.name} has no box on {missing.size} frames, the first is {int(missing[0])}; "
            "track or interpolate them first, since a result needs a row for each frame."
        )
    return "".join(separator.join(map(repr, row)) + "\n" for row in boxes.tolist())


_CSV_HEAD = (
    "target_id", "target", "frame",
    "rgb_x", "rgb_y", "rgb_w", "rgb_h", "tir_x", "tir_y", "tir_w", "tir_h",
    "source", "flags", "score", "model",
)  # fmt: skip


def csv_text(session: AnnotationSession) -> str:
    """Return one line for each target and frame with anything on it; empty cells for nothing."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(_CSV_HEAD)
    for target in session.targets.values():
        models = _models(target)
        for frame in target.table.filled().tolist():
            numbers = target.boxes[frame].ravel().tolist()
            score = float(target.score[frame])
            writer.writerow(
                [
                    target.id,
                    target.name,
                    frame,
                    *("" if np.isnan(number) else repr(number) for number in numbers),
                    Source(int(target.source[frame])).name.lower(),
                    " ".join(_flag_names(int(target.flags[frame]))),
                    "" if np.isnan(score) else f"{score:.6g}",
                    models.get(frame, ""),
                ]
            )
    return out.getvalue()


def _flag_names(bits: int) -> list[str]:
    return [(flag.name or "").lower() for flag in Flag(bits)]


def _models(target: Target) -> dict[int, str]:
    """Name the model of every frame whose box it made."""
    tracking, names = target.tracking, {}
    for frame in np.flatnonzero(target.source == Source.TRACKED).tolist():
        model = tracking.model_of(frame)
        if model is not None:
            names[frame] = model.name
    return names


@dataclass(frozen=True, slots=True)
class _Image:
    id: int
    frame: int
    modality: Modality
    file_name: str


def coco_text(session: AnnotationSession) -> str:
    """Return COCO-style JSON: an image for each frame of each modality, one category per kind.

    The kind of a target is its class, else its attribute `type`, else its name. Annotations carry
    `track_id`, `source`, `score` and the flags beside COCO's own fields; image, category and
    annotation ids start at 1.
    """
    info = session.sequence
    images = [*_images(info, Modality.RGB, 1)]
    images += _images(info, Modality.TIR, info.rgb_count + 1)
    by_frame = {(image.frame, image.modality): image.id for image in images}
    kinds = dict.fromkeys(_kind(target) for target in session.targets.values())
    categories = {kind: number for number, kind in enumerate(kinds, start=1)}
    annotations = [
        annotation
        for track, target in enumerate(session.targets.values(), start=1)
        for annotation in _annotations(target, track, categories[_kind(target)], by_frame)
    ]
    document = {
        "info": {"description": info.name, "date_created": session.modified.isoformat()},
        "images": [_image_record(image, info) for image in images],
        "categories": [{"id": number, "name": kind} for kind, number in categories.items()],
        "tracks": [
            {"id": track, "target_id": target.id, "name": target.name, **dict(target.attributes)}
            for track, target in enumerate(session.targets.values(), start=1)
        ],
        "annotations": [{"id": i, **record} for i, record in enumerate(annotations, start=1)],
    }
    return json.dumps(document, ensure_ascii=False, indent=1) + "\n"


def _kind(target: Target) -> str:
    return target.class_name or target.attributes.get("type") or target.name


def _images(info: SequenceInfo, modality: Modality, first_id: int) -> Iterable[_Image]:
    paths = info.rgb_paths if modality is Modality.RGB else info.tir_paths
    count = info.rgb_count if modality is Modality.RGB else info.tir_count
    for frame in range(count):
        video = len(paths) == 1 and count > 1
        path = paths[0] if video else (paths[frame] if frame < len(paths) else "")
        if path:
            yield _Image(first_id + frame, frame, modality, _short(path, info.sources))


def _short(path: str, sources: tuple[str, ...]) -> str:
    """Return a path below what was opened, with "/"."""
    for source in sources:
        if path != source and PurePath(path).is_relative_to(source):
            return PurePath(path).relative_to(source).as_posix()
    return PurePath(path).name


def _image_record(image: _Image, info: SequenceInfo) -> dict[str, object]:
    width, height = info.rgb_size if image.modality is Modality.RGB else info.tir_size
    return {
        "id": image.id,
        "file_name": image.file_name,
        "width": width,
        "height": height,
        "frame_index": image.frame,
        "modality": image.modality.name.lower(),
    }


def _annotations(
    target: Target, track: int, category: int, images: Mapping[tuple[int, Modality], int]
) -> Iterable[dict[str, object]]:
    for frame in target.table.filled().tolist():
        flags = Flag(int(target.flags[frame]))
        for modality in Modality:
            box = target.boxes[frame, modality].tolist()
            if np.isnan(box[0]) or flags & Flag.ABSENT or (frame, modality) not in images:
                continue
            score = float(target.score[frame])
            yield {
                "image_id": images[frame, modality],
                "category_id": category,
                "track_id": track,
                "bbox": box,
                "area": box[2] * box[3],
                "iscrowd": 0,
                "source": Source(int(target.source[frame])).name.lower(),
                "score": None if np.isnan(score) else round(score, 6),
                "occluded": bool(flags & Flag.OCCLUDED),
                "truncated": bool(flags & Flag.TRUNCATED),
            }


def mot_text(session: AnnotationSession, modality: Modality = Modality.RGB) -> str:
    """Return MOTChallenge rows: frame, id, left, top, width, height, confidence, -1, -1, -1.

    Frames, ids and pixels are counted from 1, as MOTChallenge does; the confidence is 1 for boxes
    that no tracker scored.
    """
    rows: list[tuple[int, int, str]] = []
    for track, target in enumerate(session.targets.values(), start=1):
        boxes = _truth(target, modality)
        for frame in np.flatnonzero(~np.isnan(boxes[:, 0])).tolist():
            left, top, width, height = boxes[frame].tolist()
            numbers = ",".join(map(_number, (left + 1, top + 1, width, height)))
            score = float(target.score[frame])
            confidence = "1" if np.isnan(score) else _number(score)
            rows.append((frame + 1, track, f"{numbers},{confidence},-1,-1,-1"))
    return "".join(f"{frame},{track},{rest}\n" for frame, track, rest in sorted(rows))


def write_files(
    folder: str | os.PathLike[str], files: Files, *, overwrite: bool = False
) -> tuple[Path, ...]:
    """Write texts into a folder, each as a whole or not at all; return their paths.

    Raises SessionError, with nothing written, when one of them is there already.
    """
    place = Path(folder)
    paths = tuple(place / name for name in files)
    there = next((path for path in paths if path.exists()), None)
    if there is not None and not overwrite:
        raise SessionError(f"{there} exists already; choose another folder or allow replacing it.")
    try:
        place.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise SessionError(f"The folder {place} could not be made: {error.strerror}.") from error
    for path, text in zip(paths, files.values(), strict=True):
        write_atomically(path, text.encode("utf-8"))
    return paths
