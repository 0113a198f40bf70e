"""COCO-style JSON."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import PurePath

import numpy as np

from sessions.commands.boxes import Modality
from sessions.exports.base import ExportChoice, ExportForm, Files, json_text, score_texts, stretches
from sessions.exports.holds import Holds
from sessions.model import AnnotationSession, Flag, SequenceInfo, Source, Target

_SOURCES = {int(source): source.name.lower() for source in Source}


@dataclass(frozen=True, slots=True)
class _Image:
    id: int
    frame: int
    modality: Modality
    file_name: str


def coco_text(session: AnnotationSession) -> str:
    """Return COCO-style JSON: an image for each frame of each modality, one category per kind.

    The kind of a target is its class, else its attribute `type`, else its name. Annotations carry
    `track_id`, `source`, `score` and the flags beside COCO's own fields, `tracks` what a target is,
    on which frames it is absent and which attributes it has on some; image, category and
    annotation ids start at 1.
    """
    info = session.sequence
    images = [*_images(info, Modality.RGB, 1)]
    images += _images(info, Modality.TIR, info.rgb_count + 1)
    by_frame = {(image.frame, image.modality): image.id for image in images}
    kinds = dict.fromkeys(_kind(target) for target in session.targets.values())
    categories = {kind: number for number, kind in enumerate(kinds, start=1)}
    annotations = (
        annotation
        for track, target in enumerate(session.targets.values(), start=1)
        for annotation in _annotations(target, track, categories[_kind(target)], by_frame)
    )
    # A record a line: people look into it, and Python writes indented JSON ten times as slowly.
    parts: dict[str, object] = {
        "info": {"description": info.name, "date_created": session.modified.isoformat()},
        "images": [_image_record(image, info) for image in images],
        "categories": [{"id": number, "name": kind} for kind, number in categories.items()],
        "tracks": [
            _track_record(target, track)
            for track, target in enumerate(session.targets.values(), start=1)
        ],
    }
    lines = ",\n".join(f'{{"id": {i}, {each}}}' for i, each in enumerate(annotations, start=1))
    written = [_part(name, value) for name, value in parts.items()]
    return "{\n" + ",\n".join([*written, f'"annotations": [\n{lines}\n]']) + "\n}\n"


def _part(name: str, value: object) -> str:
    if not isinstance(value, list):
        return f"{json_text(name)}: {json_text(value)}"
    return f"{json_text(name)}: [\n" + ",\n".join(map(json_text, value)) + "\n]"


def _track_record(target: Target, track: int) -> dict[str, object]:
    return {
        "id": track,
        "target_id": target.id,
        "name": target.name,
        "class": target.class_name,
        "attributes": dict(target.attributes),
        "frame_attributes": [
            {"name": span.name, "first": span.first, "last": span.last, "value": span.value}
            for span in target.spans
        ],
        # COCO itself has no way to say that something was looked for and is not there.
        "absent": stretches(target.absent()),
    }


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
            return _whole(PurePath(path).relative_to(source).as_posix())
    return _whole(PurePath(path).name)


def _whole(name: str) -> str:
    """Return a name without the half characters that stand for bytes which are no text."""
    return name.encode("utf-8", "replace").decode()


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
) -> Iterator[str]:
    """Yield what stands in each annotation behind its id, as text: there may be a million."""
    scores = score_texts(target)
    frames = np.flatnonzero(target.boxed())
    sources, flags = target.source[frames].tolist(), target.flags[frames].tolist()
    boxes = target.boxes[frames].tolist()
    for frame, pair, source, bits in zip(frames.tolist(), boxes, sources, flags, strict=True):
        # JSON has no NaN.
        said = f'"source": "{_SOURCES[source]}", "score": {scores[frame] or "null"}, {_flags(bits)}'
        for modality in Modality:
            x, y, w, h = pair[modality]
            image = images.get((frame, modality))
            if math.isnan(x) or image is None:
                continue
            yield (
                f'"image_id": {image}, "category_id": {category}, "track_id": {track}, '
                f'"bbox": [{x!r}, {y!r}, {w!r}, {h!r}], "area": {w * h!r}, "iscrowd": 0, {said}'
            )


@cache
def _flags(bits: int) -> str:
    marked = {
        "occluded": bool(bits & Flag.OCCLUDED),
        "truncated": bool(bits & Flag.TRUNCATED),
        "reviewed": bool(bits & Flag.REVIEWED),
    }
    return json_text(marked)[1:-1]


def _write(session: AnnotationSession, choice: ExportChoice) -> Files:  # noqa: ARG001
    return {f"{session.sequence.name}.json": coco_text(session)}


COCO = ExportForm(
    id="coco",
    label="COCO JSON",
    ending=".json",
    holds=(
        "An image for each frame of each modality, a category for each kind of target, and boxes "
        "in full precision; beside COCO's own fields a track for each target with name, class, "
        "attributes, those of some frames, and where it is absent, and of each box source, score "
        "and flags."
    ),
    lacks=(
        "To other readers an absent target looks as if it had not been looked for; the alignment, "
        "score maps, tokens and models are left out, and boxes on a frame without a picture."
    ),
    write=_write,
    carries=Holds(
        absence=True,
        gaps=True,
        occlusion=True,
        truncation=True,
        reviewed=True,
        classes=True,
        names=True,
        attributes=True,
        spans=True,
        keyframes=True,
        sources=True,
        scores=True,
        modalities=True,
        targets=True,
        exact=True,
    ),
)
