"""Writing a figure: the same for a dialog and for the command line."""

from __future__ import annotations

from pathlib import Path

from app.export.figures.base import FigureKind, Wish, check_frames
from app.export.figures.table import KINDS
from safe_files import FileError, check_targets, replacing
from safe_files.writing import fill
from sessions.exports.writing import check_free
from tracker_core.drawn_figures import DOTS_PER_INCH, FORMATS, UNDATED, drawn, style_for
from tracker_core.errors import CKDError

MOST_DIGITS = 9


def kind_named(word: str) -> FigureKind:
    """Return the kind of a word; CKDError that lists the words."""
    found = next((kind for kind in KINDS if kind.id == word), None)
    if found is None:
        raise CKDError(
            f"There is no figure {word}; choose one of {', '.join(kind.id for kind in KINDS)}."
        )
    return found


def frames_named(text: str, count: int) -> tuple[int, ...]:
    """Read `3`, `3,9`, `10-20` or `10-90:20`, in any order; ascending, each once.

    `count` is how many frames there are. Raises CKDError for anything else.
    """
    found: set[int] = set()
    for part in text.replace(";", ",").split(","):
        word = part.strip()
        if word:
            found.update(_frames_of(word, count))
    return tuple(sorted(found))


def _frames_of(word: str, count: int) -> range:
    span, colon, step = word.partition(":")
    first, dash, last = (part.strip() for part in span.partition("-"))
    numbers = [first, last if dash else first, step.strip() if colon else "1"]
    # Digits alone: int takes signs, blanks and underlines too, and numbers without end.
    if not all(each.isascii() and each.isdigit() and len(each) <= MOST_DIGITS for each in numbers):
        raise CKDError(f"{word} is no frame; write frames like 3,9,40-80:10.")
    begin, end, every = (int(each) for each in numbers)
    if end < begin or every < 1 or (colon and not dash):
        raise CKDError(f"{word} is no range; write its first and last frame like 40-80:10.")
    if end >= count:
        raise CKDError(f"There is no frame {end}; the session has frames 0 to {count - 1}.")
    return range(begin, end + 1, every)


def check_figure(path: Path, session_path: Path | None, *, overwrite: bool) -> str:
    """Return `png`, `svg` or `pdf` by the name of a file, before any work.

    Raises CKDError for another ending, SessionError or FileError where it cannot be written.
    """
    ending = path.suffix.lower()[1:]
    if ending not in FORMATS:
        raise CKDError(f"A figure cannot be saved as {path.name}; use .png, .svg or .pdf.")
    check_free(path, f".{ending}", overwrite=overwrite)
    check_targets(path, inputs=(session_path,))
    return ending


def write_figure(kind: FigureKind, wish: Wish, path: Path) -> None:
    """Draw a figure and write it as a whole or not at all; CKDError where it cannot be."""
    check_frames(kind, wish.frames, wish.subject.session.frame_count, wish.width)
    content = drawn_figure(kind, wish, path.suffix.lower()[1:])
    try:
        with replacing(path, parents=True) as part:
            fill(part, content)
    except FileError as error:
        raise CKDError(f"The figure could not be saved in {path}: {error.reason}.") from error


def drawn_figure(kind: FigureKind, wish: Wish, ending: str) -> bytes:
    """Return a figure as the content of a file."""
    # Late, because matplotlib takes long to import.
    import matplotlib as mpl

    from tracker_core.lettering import letters_for

    texts = _texts_of(wish)
    with mpl.rc_context(style_for(texts)), letters_for(texts):
        return drawn(kind.draw(wish), ending, DOTS_PER_INCH, UNDATED[ending])


def lost_of_figure(wish: Wish) -> tuple[str, ...]:
    """Return what a figure does not hold of its names, in words."""
    from tracker_core.lettering import without_font

    return without_font(_texts_of(wish))


def _texts_of(wish: Wish) -> tuple[str, ...]:
    return wish.target.name, wish.subject.session.sequence.name
