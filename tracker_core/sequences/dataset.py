"""A folder of sequences: a benchmark with frames, or the ground truth of one alone."""

from __future__ import annotations

import os
from collections import Counter
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from natsort import natsorted

from tracker_core.errors import CKDError
from tracker_core.sequences.attributes import AttributeTable, find_attributes
from tracker_core.sequences.boxes import read_boxes
from tracker_core.sequences.folders import FolderEntries, look_into
from tracker_core.sequences.ground_truth import GroundTruth, read_ground_truth, truth_layout
from tracker_core.sequences.layouts import table
from tracker_core.sequences.layouts.base import SequencePlace
from tracker_core.sequences.layouts.names import Layout
from tracker_core.sequences.layouts.plain import plain_truth
from tracker_core.sequences.layouts.two_streams import has_two_streams
from tracker_core.sequences.opening import open_sequence
from tracker_core.sequences.recognise import find_modalities, folder_remarks, recognise
from tracker_core.sequences.remarks import Remark, warning
from tracker_core.sequences.sequence import Sequence
from tracker_core.sequences.splits import around_split, is_split, split_pairs
from tracker_core.sequences.texts import read_names

_DEEPEST = 3
"""How many folders down sequences are looked for (dataset / split / part / sequence)."""

_LONGEST_LIST = 1 << 20
"""Text files of more bytes are not looked at as lists of names."""


@dataclass(frozen=True, slots=True)
class _Member:
    """One sequence of a dataset."""

    path: Path
    """Its folder, or its file in a folder of ground-truth files."""
    has_frames: bool


class Dataset:
    """Sequences by name; nothing is opened before it is asked for."""

    def __init__(
        self, root: Path, members: list[_Member], remarks: tuple[Remark, ...] = ()
    ) -> None:
        self.root = root
        self.remarks = remarks
        """On folders that were not looked into."""
        self._members = _named(root, members)

    def __len__(self) -> int:
        return len(self._members)

    def __contains__(self, name: object) -> bool:
        return name in self._members

    @property
    def names(self) -> tuple[str, ...]:
        """The sequences in natural order; with their sub-folder where two have one name."""
        return tuple(self._members)

    @property
    def has_frames(self) -> bool:
        """False for a folder that holds ground truth only."""
        return any(member.has_frames for member in self._members.values())

    @cached_property
    def layout(self) -> Layout:
        """The layout of the first sequence; CKDError when that one cannot be read."""
        member = next(iter(self._members.values()))
        if not member.path.is_dir():
            return table.flat_layout()
        entries = look_into(member.path)
        place = find_modalities(entries) or around_split(member.path)
        if place is None or not place.is_complete:
            return truth_layout(entries) or Layout.TWO_FOLDERS
        return recognise(place).layout

    @property
    def description(self) -> str:
        """One sentence on what was recognised."""
        count = f"{len(self)} sequence{'s' if len(self) != 1 else ''}"
        frames = "" if self.has_frames else ", ground truth only"
        return f"{self.layout.label}: {count} in {self.root}{frames}."

    def path(self, name: str) -> Path:
        """Return where a sequence lies; CKDError when the dataset has none of that name."""
        return self._member(name).path

    def sequence(self, name: str, tir_offset: int | None = None, swap: bool = False) -> Sequence:
        """Open one sequence; CKDError when it cannot be opened."""
        member = self._member(name)
        if not member.has_frames:
            raise CKDError(
                f"{member.path} holds the ground truth of {name} but no frames; "
                "choose the folder of the dataset itself."
            )
        return open_sequence(member.path, None, tir_offset, swap)

    def ground_truth(self, name: str) -> GroundTruth | None:
        """Read the ground truth of one sequence, row by row, without looking at its frames.

        None when it has none; raises CKDError, with file and line, when it cannot be read.
        """
        return read_ground_truth(self._member(name).path)

    @cached_property
    def _attributes(self) -> AttributeTable | None:
        return find_attributes(self.root.absolute())

    @property
    def attribute_names(self) -> tuple[str, ...]:
        """Every attribute of the dataset, in its own order; empty when it lists none.

        Raises CKDError when the attribute files are malformed.
        """
        if self._attributes is not None:
            return self._attributes.names
        tags = (tag for name in self.names for tag in self.attributes(name))
        return tuple(dict.fromkeys(tags))

    def attributes(self, name: str) -> tuple[str, ...]:
        """Return the attributes of one sequence; CKDError when their files are malformed."""
        path = self._member(name).path
        if self._attributes is not None:
            return self._attributes.of(path.stem if path.is_file() else path.name)
        if not path.is_dir():
            return ()
        entries = look_into(path)
        of_sequence = (each.tags(entries) for each in table.LAYOUTS if each.tags is not None)
        return next((tags for tags in of_sequence if tags), ())

    @property
    def lists(self) -> dict[str, tuple[str, ...]]:
        """Lists of sequence names that lie in the dataset, by file name without ending.

        Benchmarks name their splits so ("testingsetList", "lashertest"); only files count in which
        every line is a sequence of this dataset.
        """
        return {
            path.stem: names
            for path, names in self._list_files.items()
            if all(name in self._members for name in names)
        }

    def incomplete_lists(self) -> dict[Path, list[str]]:
        """For each list of which some sequences are there, the names of those that are not."""
        found = {}
        for path, names in self._list_files.items():
            missing = [name for name in names if name not in self._members]
            # A list of which most is missing belongs to another dataset or split.
            if missing and 2 * len(missing) < len(names):
                found[path] = missing
        return found

    @cached_property
    def _list_files(self) -> dict[Path, tuple[str, ...]]:
        files = {}
        # Lists of a split lie beside its folder.
        for folder in (self.root, self.root.absolute().parent):
            for file_name in natsorted(look_into(folder).texts.values()):
                path = folder / file_name
                if path.suffix.lower() != ".txt" or path.stat().st_size > _LONGEST_LIST:
                    continue
                try:
                    names = read_names(path)
                except CKDError:
                    # Boxes of a sequence, for one, of which opening it says what is wrong.
                    continue
                if names:
                    files[path] = names
        return files

    def _member(self, name: str) -> _Member:
        try:
            return self._members[name]
        except KeyError:
            raise CKDError(f"{self.root} has no sequence named {name}.") from None


def open_dataset(path: str | Path, *, keep_broken: bool = False) -> Dataset:
    """Find the sequences in a folder: a benchmark, one split of it, its ground truth, or one clip.

    Sequences that lack a modality are listed too, and say so when they are opened; with
    `keep_broken` also folders that cannot be read, which end the search otherwise. Raises CKDError
    when there is no such folder or no sequence in it.
    """
    root = Path(path)
    remarks: list[Remark] = []
    members = _search(look_into(root), _DEEPEST, (), _Search(remarks, keep_broken))
    # With a folder of ground truth beside the frames, every sequence would be there twice.
    if any(member.has_frames for member in members):
        members = [member for member in members if member.has_frames]
    if not members:
        raise CKDError(
            f"{root} holds no RGBT sequence; choose the folder of a dataset or of one sequence."
        )
    return Dataset(root, members, tuple(remarks))


@dataclass(frozen=True, slots=True)
class _Search:
    """What goes along through all folders."""

    remarks: list[Remark]
    keep_broken: bool


def _search(
    entries: FolderEntries, depth: int, above: tuple[os.stat_result, ...], search: _Search
) -> list[_Member]:
    place = find_modalities(entries)
    has_truth = truth_layout(entries) is not None
    # Below the root, one modality alone is a sequence that lacks the other, and says so when it is
    # opened. The root itself may only be named like one.
    if place is not None and (place.is_complete or has_truth or depth < _DEEPEST):
        if place.is_complete and is_split(place) and (pairs := split_pairs(entries)):
            return [_Member(rgb, True) for rgb, _ in pairs]
        if depth == _DEEPEST or not place.is_one_video or _is_meant(place):
            return [_Member(entries.root, True)]
    if has_truth:
        return [_Member(entries.root, False)]
    # Of a sequence, opening it says what was left out.
    search.remarks.extend(folder_remarks(entries))
    members = _flat_ground_truth(entries)
    if not depth:
        return members
    above = (*above, entries.root.stat())
    for name in entries.folders:
        try:
            members += _inside(entries.root / name, depth - 1, above, search)
        except (CKDError, OSError):
            if not search.keep_broken:
                raise
            # Opening it says what is wrong.
            members.append(_Member(entries.root / name, True))
    return members


def _inside(
    folder: Path, depth: int, above: tuple[os.stat_result, ...], search: _Search
) -> list[_Member]:
    # A link to a folder above would show every sequence again at each turn.
    if any(os.path.samestat(folder.stat(), each) for each in above):
        sentence = f"{folder} is a link to a folder around it and is not followed."
        search.remarks.append(warning("looping-link", sentence))
        return []
    return _search(look_into(folder), depth, above, search)


def _is_meant(place: SequencePlace) -> bool:
    """True for a single video that is no film which merely lies in a dataset."""
    path = place.channels["rgb"].folder
    has_boxes = bool(plain_truth(place.entries, path.stem, path.stem).paths)
    return has_boxes or has_two_streams(path)


def _flat_ground_truth(entries: FolderEntries) -> list[_Member]:
    """One member per file of a folder with nothing but box files: LasHeR's toolkit has one."""
    files = [
        entries.root / name
        for name in natsorted(entries.texts.values())
        if name.lower().endswith(".txt")
    ]
    if entries.folders or entries.images or len(files) < max(1, len(entries.texts)):
        return []
    # Two of them tell; there may be a thousand.
    for path in (files[0], files[-1]):
        try:
            if not len(read_boxes(path)):
                return []
        except CKDError:
            return []
    return [_Member(path, False) for path in files]


def _named(root: Path, members: list[_Member]) -> dict[str, _Member]:
    short = [_short_name(member.path) for member in members]
    twice = {name for name, count in Counter(short).items() if count > 1}
    names = {
        name if name not in twice else member.path.relative_to(root).as_posix(): member
        for name, member in zip(short, members, strict=True)
    }
    return {name: names[name] for name in natsorted(names)}


def _short_name(path: Path) -> str:
    # Absolute, because `.` has no name.
    return path.absolute().name if path.is_dir() else path.stem
