"""What lies in a folder and is no frame: copies, thumbnails, half downloads, what systems leave."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from tracker_core.imaging import IMAGE_SUFFIXES
from tracker_core.sequences.remarks import Remark, info, some, warning

_SYSTEM_FOLDERS = frozenset(
    {
        "__macosx",
        "@eadir",
        "#recycle",
        "$recycle.bin",
        "recycler",
        "lost+found",
        "system volume information",
        "thumbnails",
        "thumbs",
    }
)
_PICTURE = "|".join(sorted(re.escape(suffix[1:]) for suffix in IMAGE_SUFFIXES))
_UNFINISHED = re.compile(
    rf"\.(?:{_PICTURE})(?:~|\.(?:part|partial|crdownload|download|opdownload|filepart|tmp|temp|"
    r"bak|aria2|icloud|!ut))$",
    re.IGNORECASE,
)
_COPY_WORD = r"(?:copy|kopie|copie|copia|kopia|cópia|kopio|копия|副本|コピー)"
# What nobody writes but a program that copies.
_SURE_MARKS = (
    re.compile(rf"[\s_.–-]+{_COPY_WORD}[\s_-]*(?:\(\d+\)|\d{{1,4}})?$", re.IGNORECASE),
    re.compile(rf"\s*\([^()]*(?:{_COPY_WORD}|conflict)[^()]*\)$", re.IGNORECASE),
    re.compile(r"[._-]sync-conflict-.*$", re.IGNORECASE),
    re.compile(r"~\d*$"),
)
_SURE_START = re.compile(
    rf"^{_COPY_WORD}\s+(?:\(\d+\)\s+)?(?:of|von|de|di|van|av|af)\s+", re.IGNORECASE
)
# Also how a person numbers frames: `frame (1).jpg` is what Windows makes of "rename all".
_DOUBTFUL_MARKS = (re.compile(r"\s*\(\d{1,4}\)$"), re.compile(r"\s*\[\d{1,4}\]$"))
# Marks only beside the file that they were made of.
_WEAK_MARKS = (re.compile(r"\s+\d{1,3}$"), re.compile(rf"\.(?:{_PICTURE})$", re.IGNORECASE))
_THUMBNAIL = re.compile(
    r"(?:^|[\W_])(?:(?:thumb|thumbs|thumbnail|thumbnails)(?:[\W_\d]|$)|tn(?:[\W_]|$))"
)
_FEWEST_COUNTED = 3
"""`img.jpg` with as many numbered ones beside it is a row of shots, not one and its copies."""


def is_system_folder(name: str) -> bool:
    """True for a folder that a system or a file server made for itself."""
    return name.startswith(".") or name.casefold() in _SYSTEM_FOLDERS


def is_unfinished(name: str) -> bool:
    """True for a picture that is still being downloaded, or a safety copy of an editor."""
    return _UNFINISHED.search(name) is not None


@dataclass(slots=True)
class LeftOut:
    """Names in one folder that are not taken for frames, by the reason."""

    copies: list[str] = field(default_factory=list)
    thumbnails: list[str] = field(default_factory=list)
    hidden: list[str] = field(default_factory=list)
    unfinished: list[str] = field(default_factory=list)
    folders: list[str] = field(default_factory=list)
    """Folders that are named like a picture."""

    def remarks(self, folder: str) -> tuple[Remark, ...]:
        """Say what was left out."""
        found: list[Remark] = []
        if self.copies:
            sentence = f"Copies in {folder} are left out: {_counted(self.copies)}."
            found.append(warning("copies", sentence))
        if self.thumbnails:
            sentence = f"Thumbnails in {folder} are left out: {_counted(self.thumbnails)}."
            found.append(info("thumbnails", sentence))
        if self.unfinished:
            sentence = f"Unfinished files in {folder} are left out: {_counted(self.unfinished)}."
            found.append(warning("unfinished-files", sentence))
        if self.folders:
            sentence = (
                f"Folders in {folder} that are named like pictures are left out: "
                f"{_counted(self.folders)}."
            )
            found.append(warning("picture-folders", sentence))
        if self.hidden:
            sentence = f"Hidden files in {folder} are left out: {_counted(self.hidden)}."
            found.append(info("hidden-files", sentence))
        return tuple(found)


def _counted(names: list[str]) -> str:
    return f"{len(names)} ({some(sorted(names))})" if len(names) > 1 else names[0]


def without_copies(names: list[str], left_out: LeftOut) -> list[str]:
    """Return the names that may be frames; copies and thumbnails go into `left_out`."""
    kept = _without_thumbnails(names, left_out)
    stems = [name[: name.rfind(".")] for name in kept]
    there = Counter(stem.casefold() for stem in stems)
    # A folder of nothing but marked names is numbered that way, or was copied as a whole.
    sure = _marked(stems, _SURE_MARKS, _SURE_START)
    doubtful = _marked(stems, _DOUBTFUL_MARKS)
    weak = _marked(stems, _WEAK_MARKS)
    few = {id(marks): 2 * len(marks) <= len(stems) for marks in (sure, doubtful)}
    copies: set[int] = set()
    for marks in (sure, doubtful, weak):
        beside = {k: base for k, base in marks.items() if there[base.casefold()]}
        if marks is not sure and _is_row(beside.values()):
            continue
        copies |= beside.keys()
        if few.get(id(marks), False):
            copies |= marks.keys()
    left_out.copies += [kept[k] for k in sorted(copies)]
    return [name for k, name in enumerate(kept) if k not in copies]


def _without_thumbnails(names: list[str], left_out: LeftOut) -> list[str]:
    small = {name for name in names if _THUMBNAIL.search(name.lower())}
    if not small or 2 * len(small) > len(names):
        return names
    left_out.thumbnails += sorted(small)
    return [name for name in names if name not in small]


def _marked(
    stems: list[str], marks: Iterable[re.Pattern[str]], start: re.Pattern[str] | None = None
) -> dict[int, str]:
    """Positions of the stems with a mark, each with what remains without it."""
    found: dict[int, str] = {}
    for position, stem in enumerate(stems):
        for mark in marks:
            base = mark.sub("", stem)
            if base != stem and base:
                found[position] = base
                break
        else:
            if start is not None and (base := start.sub("", stem)) != stem and base:
                found[position] = base
    return found


def _is_row(bases: Iterable[str]) -> bool:
    """True when all marks stand on one name: then they count shots."""
    counts = Counter(base.casefold() for base in bases)
    return len(counts) == 1 and max(counts.values()) >= _FEWEST_COUNTED
