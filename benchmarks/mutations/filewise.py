"""Changes of files and folders: lost, renamed, copied, swapped, or replaced by what is no file."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Callable
from pathlib import Path

from benchmarks.mutations.damage import Damage, Edit

PICTURES = {
    ".png",
    ".jpg",
    ".tif",
    ".webp",
    ".bmp",
    ".ppm",
    ".pgm",
    ".mp4",
    ".mkv",
    ".avi",
    ".mov",
    ".webm",
}
HUGE = 3 << 30
"""Bytes of a file with a hole, which takes no room on the disk."""


def is_picture(path: Path) -> bool:
    """Whether a file is named as a picture or video."""
    return path.suffix.lower() in PICTURES


def _siblings(damage: Damage, path: Path) -> list[Path]:
    return [
        each for each in damage.files() if each.parent == path.parent and each.suffix == path.suffix
    ]


def _same_moment(damage: Damage, path: Path, made: Path) -> None:
    moment = damage.moment(path)
    if moment is not None:
        damage.moved[damage.name(made)] = moment


def lose(damage: Damage) -> bool:
    """Lose one file, or several in a row, or every second one."""
    path = damage.one()
    if path is None:
        return False
    near = _siblings(damage, path)
    at = near.index(path)
    how = damage.chance.random()
    if how < 0.5:
        gone = [path]
    elif how < 0.7:
        gone = near[at : at + damage.chance.randint(2, 6)]
    elif how < 0.8:
        gone = near[: damage.chance.randint(1, 5)]
    elif how < 0.9:
        gone = near[-damage.chance.randint(1, 5) :]
    else:
        gone = near[damage.chance.randrange(2) :: damage.chance.choice((2, 3))]
    for each in gone:
        each.unlink()
        _lost_labels(damage, each)
    damage.say(f"lost: {', '.join(damage.name(each) for each in gone)}")
    return True


def _lost_labels(damage: Damage, path: Path) -> None:
    if not is_picture(path):
        damage.labels = True
    else:
        damage.lost = True
        damage.container = damage.container or damage.moment(path) is None
        damage.pictures = damage.pictures or damage.container


def copy(damage: Damage) -> bool:
    """Copy a file as browsers and systems do, or under another form of its name."""
    path = damage.one()
    if path is None:
        return False
    stem, ending = path.stem, path.suffix
    names = [
        f"{stem} (1){ending}", f"{stem} - Copy{ending}", f"{stem} copy{ending}",
        f"{stem} copy 2{ending}",
        f"Copy of {stem}{ending}", f"._{stem}{ending}", f"{stem}{ending}.part", f"{stem}{ending}~",
        f"{stem}{ending.upper()}", f"{stem}_thumb{ending}", f"cover{ending}",
        f"{stem}.bak{ending}", f".{stem}{ending}",
    ]  # fmt: skip
    made = path.with_name(damage.chance.choice(names))
    shutil.copyfile(path, made)
    _same_moment(damage, path, made)
    damage.say(f"{damage.name(path)} copied as {made.name}")
    return True


def copy_many(damage: Damage) -> bool:
    """Copy all files of a folder, some originals then being lost."""
    path = damage.one(is_picture)
    if path is None or damage.moment(path) is None:
        return False
    form = damage.chance.choice(("{} (1){}", "{} - Copy{}", "Copy of {}{}", "{} copy{}"))
    near = _siblings(damage, path)
    for each in near:
        made = each.with_name(form.format(each.stem, each.suffix))
        shutil.copyfile(each, made)
        _same_moment(damage, each, made)
        if damage.chance.random() < 0.3:
            each.unlink()
            damage.lost = True
    damage.say(f"{path.parent.name}: copies of all, and some originals lost")
    return True


def rename_form(damage: Damage) -> bool:
    """Give one file, or all of a folder, names of another form with the same number."""
    path = damage.one(is_picture)
    if path is None:
        return False
    chosen = _siblings(damage, path) if damage.chance.random() < 0.6 else [path]
    change = damage.chance.choice(
        (_upper, _prefix, _suffix, _zeros, _less_zeros, _twice_numbered, _spaced)
    )
    moved = 0
    for each in chosen:
        made = each.with_name(
            change(each.stem) + (each.suffix.upper() if change is _upper else each.suffix)
        )
        if made.exists():
            continue
        moment = damage.moment(each)
        each.rename(made)
        if moment is not None:
            damage.moved[damage.name(made)] = moment
        moved += 1
    damage.say(f"{moved} of {path.parent.name} renamed: {change.__name__.strip('_')}")
    return moved > 0


def _upper(stem: str) -> str:
    return stem.upper()


def _prefix(stem: str) -> str:
    return f"cam-{stem}"


def _suffix(stem: str) -> str:
    return f"{stem}_raw"


def _zeros(stem: str) -> str:
    return re.sub(r"(\d+)", r"00\1", stem)


def _less_zeros(stem: str) -> str:
    return re.sub(r"0+(\d)", r"\1", stem)


def _twice_numbered(stem: str) -> str:
    return f"cam2_{stem}"


def _spaced(stem: str) -> str:
    return f" {stem}  "


def renumber(damage: Damage) -> bool:
    """Give all files of a folder numbers that are higher by some."""
    path = damage.one(is_picture)
    if path is None or damage.moment(path) is None or not re.search(r"\d", path.stem):
        return False
    by = damage.chance.choice((1, 1, 2, 5, 100, 1000))
    _renumber(damage, _siblings(damage, path), by)
    damage.say(f"{path.parent.name}: all numbers higher by {by}")
    return True


def _renumber(damage: Damage, near: list[Path], by: int) -> None:
    moments = {each: damage.moment(each) for each in near}
    damage.renumbered = True
    if near and re.search(r"\d{13}", near[0].stem):
        # Another time is another moment.
        damage.lies(*moments.values())
    for each in reversed(near):
        made = each.with_name(
            re.sub(r"\d+(?=\D*$)", lambda m: f"{int(m[0]) + by:0{len(m[0])}d}", each.stem)
            + each.suffix
        )
        if made.exists():
            # Sorted names with different lengths: two would meet.
            damage.lies(*moments.values())
            continue
        each.rename(made)
        moment = moments[each]
        if moment is not None:
            damage.moved[damage.name(made)] = moment


def wrong_name(damage: Damage) -> bool:
    """Give a file the name of another, or let the two change places."""
    path = damage.one(is_picture)
    if path is None or len(near := _siblings(damage, path)) < 2:
        return False
    other = damage.chance.choice([each for each in near if each != path])
    damage.lies(damage.moment(path), damage.moment(other))
    if damage.moment(path) is None:
        damage.modality = damage.pictures = damage.container = True
    if damage.chance.random() < 0.5:
        data = path.read_bytes()
        path.write_bytes(other.read_bytes())
        other.write_bytes(data)
        words = "changed places"
    else:
        path.replace(other)
        words = "took the name of"
        damage.lost = True
    damage.say(f"{damage.name(path)} {words} {damage.name(other)}")
    return True


def stray(damage: Damage) -> bool:
    """Add files that people and systems leave."""
    folder = damage.chance.choice(damage.folders() or [damage.root])
    name = damage.chance.choice((
        "Thumbs.db", ".DS_Store", "readme.txt", "desktop.ini", "notes.csv", "cover.png",
        "list.json",
        "visible-o.txt", "a`b'c.txt", "new\nline.txt", "\u202etxt.png", "x.h5", "groundtruth.txt",
        "attributes.json",
        "sequence", "init_frame.npy", "occlusion.tag",
    ))  # fmt: skip
    path = folder / name
    if path.exists():
        return False
    path.write_bytes(
        damage.chance.choice(
            (b"", b"\0\0\1Bud1", b"1,2,3,4\n", b"hello\n", b"\xff\xfe", b"{}", b"[[[[")
        )
    )
    damage.labels = True
    damage.say(f"{damage.name(path)!r} added")
    return True


def stray_folder(damage: Damage) -> bool:
    """Add a folder as systems and people do: a copy, an empty one, one of a program."""
    folders = [each for each in damage.folders() if each != damage.root]
    if not folders:
        return False
    folder = damage.chance.choice(folders)
    names = (
        "__MACOSX",
        "@eaDir",
        ".cache",
        "thumbnails",
        f"{folder.name} (1)",
        f"{folder.name}-old",
        "x.png",
        "ir",
        "depth",
    )
    made = folder.parent / damage.chance.choice(names)
    if made.exists():
        return False
    if damage.chance.random() < 0.5:
        made.mkdir()
    else:
        shutil.copytree(folder, made, symlinks=True)
        damage.modality = damage.modality or made.name in ("ir", "depth")
    damage.say(f"{damage.name(made)} added beside {folder.name}")
    return True


def rename_folder(damage: Damage) -> bool:
    """Rename a folder: other case, another word for the same, no word at all."""
    folders = [each for each in damage.folders() if each.parent != damage.root]
    if not folders:
        return False
    folder = damage.chance.choice(folders)
    names = (
        folder.name.upper(),
        folder.name.title(),
        f"my {folder.name}",
        f"{folder.name}2",
        "stuff",
        "rgb",
        "thermal",
        "lwir",
    )
    made = folder.parent / damage.chance.choice(names)
    if made.exists():
        return False
    before = damage.name(folder)
    _move_moments(damage, folder, made)
    folder.rename(made)
    # Layouts are told by names of folders, and say which rows are whose.
    damage.labels = True
    # A word for the other modality is a lie that nobody can see through.
    damage.modality = damage.modality or made.name in ("rgb", "thermal", "lwir")
    damage.say(f"{before} renamed to {made.name}")
    return True


def lose_moments(damage: Damage) -> bool:
    """Lose the pictures of one or several moments in both modalities, often at an end."""
    found = [(path, damage.moment(path)) for path in damage.files(is_picture)]
    moments = sorted({moment for _, moment in found if moment is not None})
    if len(moments) < 4:
        return False
    count = damage.chance.choice((1, 1, 2, 4))
    start = damage.chance.choice((0, len(moments) - count, damage.chance.randrange(len(moments))))
    gone = set(moments[start : start + count])
    for path, moment in found:
        if moment in gone:
            path.unlink()
            damage.lost = True
    damage.say(f"moments {sorted(gone)} lost in both modalities")
    return True


def renumber_all(damage: Damage) -> bool:
    """Give all pictures numbers that are higher by the same."""
    path = damage.one(is_picture)
    if path is None or damage.moment(path) is None or not re.search(r"\d", path.stem):
        return False
    by = damage.chance.choice((1, 10, 1000))
    folders = {each.parent for each in damage.files(is_picture)}
    for folder in sorted(folders):
        _renumber(
            damage, sorted(each for each in damage.files(is_picture) if each.parent == folder), by
        )
    # The first number says how a layout counts, and by that which rows are whose.
    damage.labels = True
    damage.say(f"all numbers of all pictures higher by {by}")
    return True


def _move_moments(damage: Damage, folder: Path, made: Path) -> None:
    for path in damage.files():
        if path.is_relative_to(folder) and (moment := damage.moment(path)) is not None:
            damage.moved[f"{damage.name(made)}/{path.relative_to(folder).as_posix()}"] = moment


def no_file(damage: Damage) -> bool:
    """Put something into the place of a file that is none, or not a usual one."""
    path = damage.one()
    if path is None:
        return False
    name, make = damage.chance.choice(tuple(NOT_FILES.items()))
    moment = damage.moment(path)
    others = [each for each in _siblings(damage, path) if each != path]
    damage.note(path)
    path.unlink()
    damage.lost = True
    make(path, damage.chance.choice(others) if others else path)
    if name == "link to another":
        damage.lies(moment)
        damage.modality = damage.modality or moment is None
    damage.say(f"{damage.name(path)} became a {name}")
    return True


def _sparse(path: Path, _other: Path) -> None:
    with path.open("wb") as file:
        file.truncate(HUGE)


def _deep(path: Path, _other: Path) -> None:
    path.mkdir()
    (path / "x.png").write_bytes(b"x")


NOT_FILES: dict[str, Callable[[Path, Path], object]] = {
    "folder": lambda path, _other: path.mkdir(),
    "folder with a file": _deep,
    "pipe": lambda path, _other: os.mkfifo(path),
    "link to nothing": lambda path, _other: path.symlink_to("nowhere"),
    "link to itself": lambda path, _other: path.symlink_to(path.name),
    "link to another": lambda path, other: path.symlink_to(other.name),
    "link to zeros": lambda path, _other: path.symlink_to("/dev/zero"),
    "link to the folder": lambda path, _other: path.symlink_to("."),
    "link to the terminal": lambda path, _other: path.symlink_to("/dev/stdin"),
    "link to a process": lambda path, _other: path.symlink_to("/proc/self/mem"),
    "file of 3 GB": _sparse,
}
"""What may stand where a file belongs."""


def no_folder(damage: Damage) -> bool:
    """Put something into the place of a folder, or take it away."""
    folders = [each for each in damage.folders() if each.parent != damage.root]
    if not folders:
        return False
    folder = damage.chance.choice(folders)
    how = damage.chance.choice(("lost", "file", "pipe", "loop", "emptied", "linked"))
    name = damage.name(folder)
    hidden = folder.with_name(f".{folder.name}-real")
    if hidden.exists():
        return False
    if how == "linked":
        _move_moments(damage, folder, hidden)
        folder.rename(hidden)
        folder.symlink_to(hidden.name)
    else:
        shutil.rmtree(folder)
    if how == "emptied":
        folder.mkdir()
    elif how == "file":
        folder.write_bytes(b"x")
    elif how == "pipe":
        os.mkfifo(folder)
    elif how == "loop":
        folder.symlink_to("..")
    damage.pictures = damage.labels = True
    damage.say(f"folder {name}: {how}")
    return True


def permissions(damage: Damage) -> bool:
    """Take rights away; an account that may do everything does not notice."""
    path = damage.chance.choice([*damage.files(), *damage.folders()] or [damage.root])
    mode = damage.chance.choice((0o000, 0o200, 0o444, 0o111))
    damage.pictures = damage.labels = True
    path.chmod(mode)
    damage.say(f"{damage.name(path)}: rights {mode:o}")
    return True


EDITS: dict[str, Edit] = {
    "files lost": lose,
    "moments lost": lose_moments,
    "all renumbered": renumber_all,
    "files copied": copy,
    "folder copied": copy_many,
    "files renamed": rename_form,
    "files renumbered": renumber,
    "wrong name": wrong_name,
    "stray file": stray,
    "stray folder": stray_folder,
    "folder renamed": rename_folder,
    "no file": no_file,
    "no folder": no_folder,
    "permissions": permissions,
}
"""By name."""
