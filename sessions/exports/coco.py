"""COCO-style JSON."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import PurePath

import numpy as np

from sessions.commands.boxes import Modality
from sessions.exports.base import ExportChoice, ExportForm, Files
from sessions.model import AnnotationSession, Flag, SequenceInfo, Source, Target


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
        # A video has one name for all its frames.
        video = len(paths) == 1 and count > 1
        path = paths[0] if video else (paths[frame] if frame < len(paths) else "")
        if path:
            yield _Image(first_id + frame, frame, modality, _short(path, info.sources))


def _short(path: str, sources: tuple[str, ...]) -> str:
    """Return a path below what was opened, with "/"."""
    for source in sources:
        # What was opened may itself be the video.
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
            # COCO has no way to say that something was looked for and is not there.
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
                # Single precision holds no more digits; JSON has no NaN.
                "score": None if np.isnan(score) else round(score, 6),
                "occluded": bool(flags & Flag.OCCLUDED),
                "truncated": bool(flags & Flag.TRUNCATED),
            }


def _write(session: AnnotationSession, choice: ExportChoice) -> Files:  # noqa: ARG001
    return {f"{session.sequence.name}.json": coco_text(session)}


COCO = ExportForm(
    id="coco",
    label="COCO JSON",
    ending=".json",
    holds=(
        "An image for each frame of each modality, a category for each kind of target, a track for "
        "each target, and its boxes with source, score, occlusion and truncation."
    ),
    lacks=(
        "An absent target has no annotation, as if it had not been looked for; other flags, the "
        "alignment, score maps, tokens and models are left out."
    ),
    write=_write,
)
