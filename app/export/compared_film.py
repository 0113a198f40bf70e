"""The film of trackers compared: everyone's boxes on both cameras, and who is who."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path

from PIL import Image, ImageDraw

from app.export.base import Progress, Subject
from app.export.film import write_film
from app.export.images import images_of, shown
from app.export.pictures import SPACE, AnnotatedFrame, FramePainter, Mark, dashes, even, font_for
from app.look.palette import DARK
from app.resolve.comparing import TRUTH, FilmedComparison
from safe_files import check_targets, printable
from tracker_core.sequences import Sequence

CELL = 224
"""Pixels across of one tracker in the legend."""
LINE = 24
"""Pixels down of a line below the panes."""
TEXT = 14
SWATCH = 12
VALUE = 40
"""Pixels that "0.87" takes behind a name."""


def marks_of(film: FilmedComparison, frame: int) -> tuple[Mark, ...]:
    """Return the boxes on a frame, the truth below all others."""
    return tuple(
        Mark(_sign(film, rank), each.colour, each.rgb, each.tir, dashed=each.truth)
        for rank, each in film.beside(frame, DARK)
    )


def _sign(film: FilmedComparison, rank: int | None) -> str:
    """Return what stands beside a box: names would cover each other and what is beneath.

    Nothing where its colour says whose it is; of more trackers than colours, their numbers.
    """
    twice = len(set(film.colours)) < len(film.colours)
    return str(rank + 1) if twice and rank is not None else ""


class ComparedPainter(FramePainter):
    """Draws the frames, with the legend and everyone's overlap on the frame below."""

    def __init__(self, frame_size: tuple[int, int], film: FilmedComparison) -> None:
        super().__init__(frame_size)
        self._film = film
        across, down = self.size[0], self.pane[1]
        self._columns = max(1, (across - 2 * SPACE) // CELL)
        entries = len(film.compared) + bool(len(film.truth))
        lines = 1 + math.ceil(entries / self._columns)
        self.size = across, even(down + 3 * SPACE + lines * LINE)

    def footer(self, canvas: Image.Image, frame: AnnotatedFrame) -> None:
        """See `FramePainter.footer`."""
        draw, top = ImageDraw.Draw(canvas), 2 * SPACE + self.pane[1]
        words = f"Frame {frame.frame_index} of {frame.frame_count - 1}   {frame.words}"
        if len(self._film.truth):
            words += "   behind each name: IoU with the ground truth on this frame"
        draw.text((SPACE + 4, top), words, self.palette.text, font_for(TEXT, words))
        film, position = self._film, 0
        if len(film.truth):
            left, middle = self._cell(draw, 0, top, TRUTH, "")
            dashes(draw, (left, middle - 6, left + SWATCH, middle + 6), self.palette.truth)
            position = 1
        for rank, (each, colour) in enumerate(zip(film.compared, film.colours, strict=True)):
            overlap = float(each.overlap[frame.frame_index])
            value = "–" if math.isnan(overlap) else f"{overlap:.2f}"
            name = f"{_sign(film, rank)} {printable(each.tracker, 80)}".strip()
            left, middle = self._cell(draw, position, top, name, value if len(film.truth) else "")
            draw.rectangle([left, middle - 6, left + SWATCH, middle + 6], fill=colour)
            position += 1

    def _cell(
        self, draw: ImageDraw.ImageDraw, position: int, top: int, name: str, value: str
    ) -> tuple[int, int]:
        """Write a name and its value; return where its swatch goes, left and middle."""
        line, column = divmod(position, self._columns)
        left = SPACE + 4 + column * CELL
        y = top + LINE * (1 + line)
        font = font_for(TEXT, name)
        room = CELL - SWATCH - 3 * SPACE - (VALUE if value else 0)
        cut = name
        while len(cut) > 1 and draw.textlength(cut, font) > room:
            cut = f"{cut.removesuffix('…')[:-1]}…"
        draw.text((left + SWATCH + SPACE, y), cut, self.palette.text, font)
        behind = left + SWATCH + 2 * SPACE + round(draw.textlength(cut, font))
        draw.text((behind, y), value, self.palette.muted, font_for(TEXT, value))
        return left, y + 9


def write_comparison_film(
    film: FilmedComparison,
    sequence: Sequence,
    path: Path,
    progress: Callable[[int, int], None] | None = None,
) -> None:
    """Write every frame with the boxes of all trackers; CKDError where it cannot be."""
    # One of the two films that a sequence may be has the same ending.
    check_targets(path, inputs=(*sequence.rgb_paths, *sequence.tir_paths))
    painter = ComparedPainter(sequence.rgb_size, film)
    name = printable(sequence.name, 80)
    frames = (_frame(film, sequence, index, name) for index in range(len(sequence)))
    write_film(path, painter, frames, sequence, progress)


def _frame(film: FilmedComparison, sequence: Sequence, index: int, name: str) -> AnnotatedFrame:
    frame = sequence.frame(index)
    tir = None if frame.tir is None else shown(frame.tir)
    return AnnotatedFrame(index, len(sequence), frame.rgb, tir, marks_of(film, index), words=name)


def write_of_session(
    film: FilmedComparison, subject: Subject, path: Path, progress: Progress
) -> None:
    """Write it over the images of a session, as its cameras are aligned."""
    with images_of(subject) as sequence:
        write_comparison_film(film, sequence, path, progress)


def names_of(film: FilmedComparison) -> tuple[str, ...]:
    """Return the names that it holds, in whatever script."""
    return film.truth.name, *(each.tracker for each in film.compared)
