"""Opening a sequence: from one or two paths to its one `Sequence`."""

from __future__ import annotations

import re
from itertools import takewhile
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import numpy as np

from tracker_core.errors import CKDError
from tracker_core.imaging import IMAGE_SUFFIXES, Image
from tracker_core.sequences.attributes import find_attributes, vot_tags
from tracker_core.sequences.ground_truth import (
    GroundTruth,
    find_truth_files,
    load_ground_truth,
)
from tracker_core.sequences.layout import (
    FolderEntries,
    Layout,
    Modality,
    look_into,
    modality_of,
)
from tracker_core.sequences.listing import FrameList, list_frames
from tracker_core.sequences.pairing import Timeline, pair_frames, pair_in_order
from tracker_core.sequences.recognise import (
    SAID,
    SequencePlace,
    find_modalities,
    layout_of,
    sequences_inside,
    why_not_a_sequence,
)
from tracker_core.sequences.remarks import Remark, error, info, ranges, warning
from tracker_core.sequences.sequence import Sequence
from tracker_core.sequences.sources import FolderSource, FrameSource, HalfSource, VideoSource
from tracker_core.sequences.vot import Channel
from tracker_core.sequences.vtuav import find_start_offset

if TYPE_CHECKING:
    from tracker_core.sequences.video import VideoReader

_RATES_DIFFER = 0.01
"""Two videos are said to run at different rates when these differ by more than this part."""
_JUMP, _FEW_JUMPS = 1.7, 0.05
"""A step in time is a jump from this many usual steps on; with more jumps the rate is variable."""
_GRAY_CHROMA = 0.5
"""The grayer half of a video is thermal when its colours are weaker than this part."""


def open_sequence(path: str | Path, tir: str | Path | None = None) -> Sequence:
    """Open the RGBT sequence at a path, whatever its layout.

    One path is a sequence folder of any known layout, a folder with two videos, or one video with
    RGB and thermal side by side; two paths are the RGB and the thermal folder, or the RGB and the
    thermal video. What was noticed is in `Sequence.notes`. Raises CKDError with one sentence when
    there is no such path, a modality is missing, or nothing can be read.
    """
    path = Path(path)
    if tir is not None:
        return _open_two(path, Path(tir))
    if path.is_dir():
        return _open_folder(path)
    if not path.exists():
        raise CKDError(f"There is no file or folder {path}; check the path.")
    if path.suffix.lower() in IMAGE_SUFFIXES:
        raise CKDError(f"{path} is a single image; open the folder of the sequence instead.")
    return _open_one_video(path)


def _open_folder(path: Path) -> Sequence:
    entries = look_into(path)
    place = find_modalities(entries)
    if place is None and not entries.images and len(inside := sequences_inside(entries)) == 1:
        return _open_folder(inside[0])
    if place is None or not place.is_complete:
        around = _parent_of_modality(path, entries.images > 0)
        if around is None:
            raise CKDError(why_not_a_sequence(entries, place))
        path, place = around.entries.root, around
    if place.is_video:
        return _open_two_videos(place, (path, None), path.name)
    return _open_two_folders(place, (path, None), path.absolute().name)


def _parent_of_modality(path: Path, has_frames: bool) -> SequencePlace | None:
    """The sequence around a path that is one of its two modalities; None when there is none."""
    if not has_frames or modality_of(path.stem) is None:
        return None
    place = find_modalities(look_into(path.absolute().parent))
    if place is None or not place.is_complete or place.is_video != path.is_file():
        return None
    return place if path.name in {c.folder.name for c in place.channels.values()} else None


def _open_two(rgb: Path, tir: Path) -> Sequence:
    for path in (rgb, tir):
        if not path.exists():
            raise CKDError(f"There is no file or folder {path}; check the path.")
    if rgb.is_dir() != tir.is_dir():
        raise CKDError(f"{rgb} and {tir} are a folder and a file; give two folders or two videos.")
    if rgb.resolve() == tir.resolve():
        raise CKDError(f"{rgb} was given for both modalities; give the thermal frames too.")
    channels: dict[Modality, Channel] = {"rgb": Channel(rgb), "tir": Channel(tir)}
    place = SequencePlace(_around(rgb, tir), channels, rgb.is_file())
    if rgb.is_file():
        return _open_two_videos(place, (rgb, tir), _common_name(rgb, tir))
    return _open_two_folders(place, (rgb, tir), _common_name(rgb, tir))


def _common_name(rgb: Path, tir: Path) -> str:
    """Name walk_rgb.mp4 and walk_ir.mp4 "walk", others by the folder around both."""
    words = [re.split(r"[ _.-]+", path.stem) for path in (rgb, tir)]
    shared = [a for a, b in takewhile(lambda pair: pair[0] == pair[1], zip(*words, strict=False))]
    if shared and shared[0]:
        return "_".join(shared)
    parent = rgb.absolute().parent
    return parent.name if tir.absolute().parent == parent and parent.name else rgb.stem


def _around(*paths: Path) -> FolderEntries:
    """The text files beside given folders or videos that can only mean these."""
    parent = paths[0].absolute().parent
    nothing = FolderEntries(parent, (), (), 0, {})
    if any(path.absolute().parent != parent for path in paths):
        return nothing
    entries = look_into(parent)
    alike = entries.videos if paths[0].is_file() else entries.folders
    own = {f"{path.stem.lower()}.txt" for path in paths}
    texts = {
        lowered: name
        for lowered, name in entries.texts.items()
        if len(alike) == len(paths) or lowered in own
    }
    return FolderEntries(parent, (), (), 0, texts)


def _open_two_folders(
    place: SequencePlace, locator: tuple[Path, Path | None], name: str
) -> Sequence:
    rgb, tir = (_list_channel(place, modality) for modality in ("rgb", "tir"))
    timeline = pair_frames(len(rgb), len(tir), rgb.numbers, tir.numbers)
    layout = layout_of(place, rgb.names[0])
    remarks = rgb.remarks + tir.remarks
    return _build(
        place, layout, locator, name, (FolderSource(rgb), FolderSource(tir)), timeline, remarks
    )


def _list_channel(place: SequencePlace, modality: Modality) -> FrameList:
    channel = place.channels[modality]
    frames = list_frames(channel.folder, channel.prefix, channel.suffix)
    if len(frames):
        return frames
    called = f" named like {channel.prefix}1{channel.suffix}" if channel.suffix else ""
    raise CKDError(
        f"The {SAID[modality]} folder {channel.folder} holds no images{called}; "
        "put the frames there or choose another folder."
    )


def _open_two_videos(
    place: SequencePlace, locator: tuple[Path, Path | None], name: str
) -> Sequence:
    from tracker_core.sequences.video import VideoReader

    rgb, tir = (VideoSource(VideoReader(place.channels[m].folder)) for m in ("rgb", "tir"))
    remarks = (*_video_remarks(rgb.reader), *_video_remarks(tir.reader), *_rate_remarks(rgb, tir))
    timeline = pair_in_order(len(rgb), len(tir))
    return _build(place, Layout.TWO_VIDEOS, locator, name, (rgb, tir), timeline, remarks)


def _video_remarks(reader: VideoReader) -> tuple[Remark, ...]:
    """On a count that the container has wrong, and on frames that seem to have been lost."""
    remarks = []
    declared, counted = reader.index.declared, len(reader)
    if declared not in (0, counted):
        sentence = f"{reader.path.name} says that it has {declared} frames, but it has {counted}."
        remarks.append(warning("declared-count", sentence))
    steps = np.diff(reader.index.times)
    if len(steps) and bool((steps > 0).all()):
        usual = float(np.median(steps))
        jumps = np.flatnonzero(steps > _JUMP * usual)
        if 0 < len(jumps) <= len(steps) * _FEW_JUMPS:
            sentence = (
                f"The times in {reader.path.name} jump after frame {ranges(jumps)}; frames may be "
                "lost there, which frame numbers cannot tell."
            )
            remarks.append(warning("time-jumps", sentence))
    return tuple(remarks)


def _rate_remarks(rgb: VideoSource, tir: VideoSource) -> tuple[Remark, ...]:
    first, second = rgb.frame_rate, tir.frame_rate
    if first is None or second is None or abs(first - second) <= _RATES_DIFFER * first:
        return ()
    return (
        warning(
            "frame-rates",
            f"The RGB video runs at {first:.4g} and the thermal video at {second:.4g} frames per "
            "second; frames are paired in order, not by time.",
        ),
    )


def _open_one_video(path: Path) -> Sequence:
    """Open a video with both modalities side by side, or one of two that lie together."""
    around = _parent_of_modality(path, has_frames=True)
    if around is not None:
        root = around.entries.root
        return _open_two_videos(around, (root, None), root.name)
    from tracker_core.sequences.video import VideoReader

    reader = VideoReader(path)
    if (named := modality_of(path.stem)) is not None:
        reader.close()
        other: Modality = "tir" if named[0] == "rgb" else "rgb"
        raise CKDError(
            f"{path} is named like the {SAID[named[0]]} video of two, and no {SAID[other]} video "
            "lies beside it; give both, or rename it if it shows both side by side."
        )
    rgb_side, tir_side, reason = _guess_sides(reader)
    rgb, tir = HalfSource(reader, rgb_side), HalfSource(reader, tir_side)
    remarks = (
        info(
            "sides",
            f"One video: its {rgb_side} half is taken for RGB and its {tir_side} half for "
            f"thermal, {reason}.",
        ),
        *_video_remarks(reader),
    )
    channels: dict[Modality, Channel] = {"rgb": Channel(path), "tir": Channel(path)}
    place = SequencePlace(_around(path), channels, True)
    timeline = pair_in_order(len(rgb), len(tir))
    return _build(
        place, Layout.SIDE_BY_SIDE, (path, None), path.stem, (rgb, tir), timeline, remarks
    )


_Side = Literal["left", "right"]


def _guess_sides(reader: VideoReader) -> tuple[_Side, _Side, str]:
    """Which half is RGB and which thermal, and why: the one without colours is thermal."""
    image: Image | None = None
    for position in range(min(8, len(reader))):
        try:
            image = reader.read(position)
            break
        except CKDError:
            continue
    if image is None:
        raise CKDError(f"The first frames of {reader.path} cannot be decoded; check the file.")
    if image.shape[1] < 2:
        raise CKDError(f"{reader.path} is too narrow to show two images side by side.")
    if image.ndim == 3:
        chroma = np.ptp(image.astype(np.int16), axis=2)  # (H, W)
        half = image.shape[1] // 2
        left, right = float(chroma[:, :half].mean()), float(chroma[:, -half:].mean())
        if left < _GRAY_CHROMA * right:
            return "right", "left", "because the left half is gray"
        if right < _GRAY_CHROMA * left:
            return "left", "right", "because the right half is gray"
    return "left", "right", "because neither half is clearly the gray one and this is usual"


def _build(
    place: SequencePlace,
    layout: Layout,
    locator: tuple[Path, Path | None],
    name: str,
    sources: tuple[FrameSource, FrameSource],
    timeline: Timeline,
    remarks: tuple[Remark, ...],
) -> Sequence:
    truth, truth_remarks = _ground_truth(place, layout, timeline)
    root = place.entries.root

    def attributes() -> tuple[str, ...]:
        if layout is Layout.VOT_RGBT:
            return vot_tags(place.entries)
        table = find_attributes(root.absolute().parent)
        return () if table is None else table.of(name)

    return Sequence(
        name=name,
        layout=layout,
        root=root,
        locator=locator,
        rgb=sources[0],
        tir=sources[1],
        timeline=timeline,
        ground_truth=truth,
        frame_rate=place.frame_rate,
        remarks=(*place.remarks, *remarks, *timeline.remarks, *truth_remarks),
        find_attributes=attributes,
    )


def _ground_truth(
    place: SequencePlace, layout: Layout, timeline: Timeline
) -> tuple[GroundTruth | None, tuple[Remark, ...]]:
    """Ground truth at its frames; when it is broken the sequence opens without it and says so."""
    rgb, tir = place.channels["rgb"].folder, place.channels["tir"].folder
    rgb_stem, tir_stem = (p.stem if place.is_video else p.name for p in (rgb, tir))
    files = find_truth_files(place.entries, layout, rgb_stem, tir_stem)
    try:
        offset = _first_annotated(place, layout, timeline)
        truth = load_ground_truth(
            files,
            len(timeline),
            np.flatnonzero(timeline.rgb >= 0),
            np.flatnonzero(timeline.tir >= 0),
            offset,
        )
    except CKDError as problem:
        return None, (error("bad-ground-truth", f"The ground truth is left out: {problem}"),)
    return truth, () if truth is None else truth.remarks


def _first_annotated(place: SequencePlace, layout: Layout, timeline: Timeline) -> int:
    """The frame index of VTUAV's first row: 0 unless the dataset's list says another number."""
    if layout is not Layout.VTUAV:
        return 0
    number = find_start_offset(place.entries.root.absolute())
    if number is None:
        return 0
    return number if timeline.numbers is None else number - int(timeline.numbers[0])
