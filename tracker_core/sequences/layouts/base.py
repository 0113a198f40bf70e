"""What it takes to read a layout: the parts that each file of this folder fills in."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from tracker_core.sequences.boxes import BoxForm
from tracker_core.sequences.folders import FolderEntries, Modality
from tracker_core.sequences.layouts.names import Layout
from tracker_core.sequences.listing import FrameList, list_frames
from tracker_core.sequences.pairing import PairWish
from tracker_core.sequences.remarks import Remark
from tracker_core.sequences.sources import FrameSource
from tracker_core.sequences.timeline import Timeline


@dataclass(frozen=True, slots=True)
class Channel:
    """Where the frames of one modality lie."""

    folder: Path
    """A folder of images, or a video file."""
    prefix: str = ""
    suffix: str = ""
    """Names are prefix + digits + suffix; both empty means any image."""


@dataclass(frozen=True, slots=True)
class Declaration:
    """What a file in a sequence folder says about where the frames lie."""

    channels: dict[Modality, Channel]
    frame_rate: float | None


@dataclass(frozen=True)
class SequencePlace:
    """Where the modalities of a sequence are; one of them may be missing from `channels`."""

    entries: FolderEntries
    """The folder around them, where the ground truth is."""
    channels: dict[Modality, Channel]
    is_video: bool
    frame_rate: float | None = None
    remarks: tuple[Remark, ...] = ()

    @property
    def is_complete(self) -> bool:
        """True when both modalities are there."""
        return len(self.channels) == 2

    @cached_property
    def folder_names(self) -> frozenset[str]:
        """The names of the folders or videos of both modalities, in lower case."""
        return frozenset(channel.folder.name.lower() for channel in self.channels.values())

    @property
    def is_one_video(self) -> bool:
        """True when one video file holds both modalities."""
        folders = {channel.folder for channel in self.channels.values()}
        return self.is_video and self.is_complete and len(folders) == 1

    # Listed once: recognising needs a name, pairing needs all, and there may be 100 000.
    @cached_property
    def rgb_frames(self) -> FrameList:
        """The RGB image files in order; CKDError when the folder cannot be read."""
        return _listed(self.channels["rgb"])

    @cached_property
    def tir_frames(self) -> FrameList:
        """The thermal image files in order; CKDError when the folder cannot be read."""
        return _listed(self.channels["tir"])


def _listed(channel: Channel) -> FrameList:
    return list_frames(channel.folder, channel.prefix, channel.suffix)


@dataclass(frozen=True, slots=True)
class TruthFiles:
    """The files that hold a sequence's ground truth, and how to read them."""

    rgb: Path | None
    tir: Path | None
    init: Path | None
    form: BoxForm = BoxForm.XYWH
    every: int = 1
    """Row k belongs to frame every * k (plus an offset)."""

    @property
    def paths(self) -> tuple[Path, ...]:
        """The files that were found."""
        return tuple(path for path in (self.rgb, self.tir, self.init) if path is not None)


@dataclass(frozen=True, slots=True)
class PairedFrames:
    """The images of both modalities, and which belong together."""

    rgb: FrameSource
    tir: FrameSource
    timeline: Timeline
    remarks: tuple[Remark, ...] = ()
    """On files that were left out and oddities of videos; those on pairing are the timeline's."""


@dataclass(frozen=True, slots=True)
class LayoutReader:
    """How sequences of one layout are recognised and read."""

    layout: Layout
    matches: Callable[[SequencePlace, Layout | None], bool]
    """Tell whether a place with both modalities is of this layout.

    The second argument is whose text files lie there (`owns_truth`), None when nobody's.
    """
    pairs: Callable[[SequencePlace, PairWish], PairedFrames]
    """List the frames and pair them; CKDError when a modality has none or cannot be read."""
    truth: Callable[[FolderEntries, str, str], TruthFiles]
    """Find the ground-truth files.

    The names are those of the RGB and the thermal folder or video, empty where they are unknown.
    """
    owns_truth: Callable[[FolderEntries], bool] = lambda _entries: False
    """Tell by the text files alone, without frames, that they are this layout's."""
    declares: Callable[[FolderEntries], Declaration | None] = lambda _entries: None
    """Read the file that says where the frames are, so that nothing is guessed from names."""
    first_row: Callable[[Path], int | None] = lambda _root: None
    """The number of the frame that the first row belongs to; None when nobody says."""
    first_number: int | None = None
    """The number of the first frame of every sequence; None when it differs or nobody knows."""
    tags: Callable[[FolderEntries], tuple[str, ...]] | None = None
    """Attributes that lie in the folder of each sequence; None when the dataset has them."""
    attribute_folders: tuple[str, ...] = ()
    """Folders of a dataset in which the attributes of all sequences are."""
    attribute_columns: tuple[str, ...] = ()
    """The columns of its attribute files, where no list of names lies beside them."""
    texts: tuple[str, ...] = ()
    """Lower-case patterns of its text files, so that the linter does not call them left over."""
    lone_form: BoxForm = BoxForm.XYWH
    """How a file of boxes is read that was given without its folder."""
    is_flat: bool = False
    """True for the benchmark whose ground truth comes as one flat folder, a file a sequence."""
