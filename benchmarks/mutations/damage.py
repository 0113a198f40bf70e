"""What was done to a copy of sound input, as far as a judge has to know it."""

from __future__ import annotations

import os
import random
import stat
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.mutations.packets import only_coded
from benchmarks.mutations.sound import LABEL_ENDINGS, Sound


@dataclass(slots=True)
class Damage:
    """A copy of sound input, and a record of every change."""

    sound: Sound
    root: Path
    chance: random.Random
    words: list[str] = field(default_factory=list)
    touched: set[str] = field(default_factory=set)
    """Files whose content was changed, by their path at that time."""
    lying: set[int] = field(default_factory=set)
    """Moments of which a file now says by its name, or by its content, that it were another.

    Nobody can know better than a name, and a file that was put together of two sound ones, or
    changed where its format has no checksum, may show either: pairs with these are not judged.
    """
    labels: bool = False
    """Whether rows or values of labels may be others by now."""
    values: bool = False
    """Whether values were changed that are as good as those before."""
    pictures: bool = False
    """Whether the bytes of a picture or video were changed."""
    container: bool = False
    """Whether something of a video was changed that says which frame is which."""
    renumbered: bool = False
    """Whether all files of a folder have other numbers by now."""
    lost: bool = False
    """Whether files of pictures are gone."""
    modality: bool = False
    """Whether files of one modality stand where the other's belong."""
    moved: dict[str, int] = field(default_factory=dict)
    """Moments of files with new names."""

    def say(self, words: str) -> None:
        """Note what was done."""
        self.words.append(words)

    def name(self, path: Path) -> str:
        """Path of a file within the copy."""
        return path.relative_to(self.root).as_posix()

    def moment(self, path: Path) -> int | None:
        """Which moment a file showed before its content was changed."""
        name = self.name(path)
        return self.moved.get(name, self.sound.moments(name))

    def lies(self, *moments: int | None) -> None:
        """Take these moments out of what is judged."""
        self.lying |= {each for each in moments if each is not None}

    def change(self, path: Path, data: bytes) -> None:
        """Write other bytes into a file, and note what follows from it for the judge."""
        # A reader of videos is not shown what is damaged already.
        sound = self.name(path) not in self.touched
        coded = sound and only_coded(path, path.read_bytes(), data)
        path.write_bytes(data)
        container = self.container
        self.note(path)
        if coded:
            self.container = container

    def note(self, path: Path) -> None:
        """Note that the content of a file is another."""
        self.touched.add(self.name(path))
        if path.suffix.lower() in CACHES:
            # An index is made again where it is damaged, so that nothing may change.
            return
        if path.suffix.lower() in LABEL_ENDINGS:
            self.labels = True
        else:
            self.pictures = self.container = True
            if not self.sound.checked:
                # Stripes that have moved along spell another number.
                self.lies(self.moment(path))

    def files(self, fits: Callable[[Path], bool] = lambda _path: True) -> list[Path]:
        """Regular files of the copy, not links, in a fixed order."""
        return [path for path in _walk(self.root) if _is_regular(path) and fits(path)]

    def folders(self) -> list[Path]:
        """Folders of the copy, not links, in a fixed order."""
        return [path for path in _walk(self.root) if path.is_dir() and not path.is_symlink()]

    def one(self, fits: Callable[[Path], bool] = lambda _path: True) -> Path | None:
        """Any regular file, of kinds with few files as often as of those with many."""
        found = self.files(fits)
        endings = sorted({(path.parent, path.suffix) for path in found})
        if not endings:
            return None
        chosen = self.chance.choice(endings)
        return self.chance.choice([path for path in found if (path.parent, path.suffix) == chosen])


def _walk(root: Path) -> list[Path]:
    """Everything below a folder; links are not followed, and what cannot be listed is empty."""
    return sorted(
        Path(top) / name for top, folders, files in os.walk(root) for name in (*folders, *files)
    )


def _is_regular(path: Path) -> bool:
    try:
        return stat.S_ISREG(path.lstat().st_mode)
    except OSError:
        return False


CACHES = {".npz"}
"""Endings of what the program keeps for itself."""
Edit = Callable[[Damage], bool]
"""Changes a copy and says so; False where there is nothing that it could change."""
