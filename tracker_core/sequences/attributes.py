"""Challenge attributes of benchmark sequences: occlusion, low light, and so on."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from natsort import natsorted

from tracker_core.errors import CKDError
from tracker_core.sequences.folders import FolderEntries, look_into
from tracker_core.sequences.layouts import table
from tracker_core.sequences.texts import read_names, read_words

_NAME_LISTS = ("SequencesName.txt", "sequences.txt", "list.txt")
_ORDER_FILES = ("Attributes_order.txt", "attributes_order.txt")
# LasHeR's attributes lie beside its splits, which may be opened one by one, and so may a sequence.
_LEVELS_UP = 2


@dataclass(frozen=True)
class AttributeTable:
    """Which sequence of a dataset has which attributes."""

    names: tuple[str, ...]
    """Every attribute, in the dataset's own order."""
    by_sequence: dict[str, frozenset[str]]

    def of(self, sequence: str) -> tuple[str, ...]:
        """Return the attributes of one sequence; empty when nothing is known about it."""
        # Exactly first: two names may differ by nothing else.
        held = self.by_sequence.get(sequence) or self._unquoted.get(_unquote(sequence), frozenset())
        return tuple(name for name in self.names if name in held)

    @cached_property
    def _unquoted(self) -> dict[str, frozenset[str]]:
        return {_unquote(name): held for name, held in self.by_sequence.items()}


def _unquote(name: str) -> str:
    """Names differ in their apostrophes between the lists of one dataset."""
    return name.replace("`", "'").casefold()


def find_attributes(root: Path) -> AttributeTable | None:
    """Find the attribute files of a dataset in its folder or up to two levels above.

    Knows LasHeR's (one file per sequence, a column per attribute) and RGBT210's and RGBT234's (one
    file per attribute, a row per sequence of SequencesName.txt). None when there are none; raises
    CKDError, with file and line, when they are malformed.
    """
    names = dict.fromkeys(name for each in table.LAYOUTS for name in each.attribute_folders)
    for folder in (root, *root.parents[:_LEVELS_UP]):
        for name in names:
            if (folder / name).is_dir():
                found = _read_attributes(look_into(folder / name), look_into(folder))
                if found is not None:
                    return found
    return None


def _read_attributes(entries: FolderEntries, around: FolderEntries) -> AttributeTable | None:
    list_file = entries.text(*_NAME_LISTS) or around.text(*_NAME_LISTS)
    files = {
        Path(name).stem: entries.root / name
        for name in natsorted(entries.texts.values())
        if name.lower().endswith(".txt")
        and name.lower() not in {n.lower() for n in (*_NAME_LISTS, *_ORDER_FILES)}
    }
    if not files:
        return None
    order = around.text(*_ORDER_FILES) or entries.text(*_ORDER_FILES)
    # Three files tell the form; the rest are checked when they are read.
    counts = {len(_flags(path)) for path in list(files.values())[:3]}
    # As many flags as sequences: a file per attribute. Asked first, since a number of attributes is
    # the weaker sign.
    if list_file is not None and counts == {len(read_names(list_file))}:
        return _by_attribute(files, read_names(list_file))
    if order is not None:
        possible = [tuple(read_words(order))]
    else:
        possible = [each.attribute_columns for each in table.LAYOUTS if each.attribute_columns]
    for columns in possible:
        if counts == {len(columns)}:
            return _by_sequence(files, columns)
    return None


def _by_attribute(files: dict[str, Path], sequences: tuple[str, ...]) -> AttributeTable:
    held: dict[str, set[str]] = {sequence: set() for sequence in sequences}
    for attribute, path in files.items():
        flags = _checked_flags(path, len(sequences))
        for sequence, flag in zip(sequences, flags, strict=True):
            if flag:
                held[sequence].add(attribute)
    return AttributeTable(
        tuple(files), {sequence: frozenset(names) for sequence, names in held.items()}
    )


def _by_sequence(files: dict[str, Path], names: tuple[str, ...]) -> AttributeTable:
    held = {}
    for sequence, path in files.items():
        flags = _checked_flags(path, len(names))
        held[sequence] = frozenset(name for name, flag in zip(names, flags, strict=True) if flag)
    return AttributeTable(names, held)


def _checked_flags(path: Path, expected: int) -> list[bool]:
    flags = _flags(path)
    if len(flags) != expected:
        raise CKDError(f"{path} has {len(flags)} values where {expected} are needed.")
    return flags


def _flags(path: Path) -> list[bool]:
    flags = []
    for word in read_words(path):
        if word not in ("0", "1"):
            raise CKDError(f"{path} has '{word[:20]}' where each value must be 0 or 1.")
        flags.append(word == "1")
    return flags
