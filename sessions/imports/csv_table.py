"""The CSV table that `sessions.exports.csv_table` writes, with whatever else a table has."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping
from pathlib import Path

from safe_files import FileError, number, parse_json, printable, read_text
from sessions.checks import MAX_FRAMES
from sessions.commands.targets import MAX_TARGETS, check_attributes
from sessions.errors import SessionError
from sessions.imports.boxes import MAX_TEXT_BYTES
from sessions.imports.tracks import NO_BOX, Rows, Track, attributes_of, name_of
from sessions.model import Flag, Source
from sessions.spans import told_spans

_SOURCES = {source.name.lower(): source for source in Source}
_FLAGS = {(flag.name or "").lower(): flag for flag in Flag}


def read_csv(path: Path) -> tuple[Track, ...]:
    """Return the targets of a table with a line for each target and frame; SessionError."""
    try:
        text = read_text(path, MAX_TEXT_BYTES)
    except FileError as error:
        raise SessionError(str(error)) from error
    reader = csv.reader(io.StringIO(text, newline=""))
    try:
        return _Table(path, next(reader, [])).tracks(reader)
    except csv.Error as error:
        raise SessionError(f"Line {reader.line_num} of {path.name} is no CSV: {error}.") from None


class _Table:
    """The columns of one table, by name."""

    def __init__(self, path: Path, head: list[str]) -> None:
        self._file = path.name
        self._at = {name.strip(): index for index, name in enumerate(head)}
        boxes = [[f"{side}_{axis}" for axis in "xywh"] for side in ("rgb", "tir")]
        self._sides = [all(name in self._at for name in names) for names in boxes]
        named = "target" in self._at or "target_id" in self._at
        if not named or "frame" not in self._at or not any(self._sides):
            raise SessionError(
                f"{path.name} is no table of boxes; its first line must name the columns target, "
                "frame and rgb_x, rgb_y, rgb_w, rgb_h or the same of tir."
            )
        self._boxes = [[self._at.get(name, -1) for name in names] for names in boxes]

    def tracks(self, lines: Iterable[list[str]]) -> tuple[Track, ...]:
        """Return the targets in the order of their first lines."""
        rows: dict[str, Rows] = {}
        attributes: dict[str, dict[int, Mapping[str, str]]] = {}
        about: dict[str, tuple[str, str]] = {}
        whole: dict[str, Mapping[str, str]] = {}
        # The first line has the names of the columns; no cell goes over two lines.
        for line, cells in enumerate(lines, start=2):
            if not cells:
                continue
            try:
                key = self._cell(cells, "target_id") or self._cell(cells, "target")
                if key not in rows:
                    if len(rows) == MAX_TARGETS:
                        raise ValueError(f"a session holds at most {MAX_TARGETS} targets")  # noqa: TRY301
                    rows[key] = Rows()
                    about[key] = self._cell(cells, "target") or key, self._cell(cells, "class")
                frame = self._add(rows[key], cells)
                said = attributes_of(_object(self._cell(cells, "attributes")))
                if said:
                    attributes.setdefault(key, {})[frame] = said
                # Every line of a target says the same of the whole of it.
                if key not in whole and (cell := self._cell(cells, "target_attributes")):
                    whole[key] = check_attributes(_object(cell))
            except (ValueError, SessionError) as error:
                raise SessionError(f"Line {line} of {self._file} is no row: {error}.") from None
        return tuple(
            kept.track(
                key,
                name_of(about[key][0], f"target {key}"),
                class_name=_kind(about[key][1]),
                attributes=whole.get(key, {}),
                spans=told_spans(
                    (i, i, said) for i, said in sorted(attributes.get(key, {}).items())
                ),
                alone=not self._sides[1],
            )
            for key, kept in rows.items()
        )

    def _add(self, rows: Rows, cells: list[str]) -> int:
        rgb, tir = (self._box(cells, columns) for columns in self._boxes)
        flags = 0
        for word in self._cell(cells, "flags").split():
            flags |= _known(word, _FLAGS, "flag")
        # It says what a tracker did, and no tracker comes with the table.
        flags &= ~Flag.TARGET_REMOVED
        source = self._cell(cells, "source")
        score = self._cell(cells, "score")
        frame = _frame(self._cell(cells, "frame"))
        rows.add(
            frame,
            rgb,
            tir,
            flags=flags,
            source=_known(source, _SOURCES, "source") if source else Source.IMPORTED,
            score=_score(score) if score else float("nan"),
        )
        return frame

    def _cell(self, cells: list[str], name: str) -> str:
        index = self._at.get(name, -1)
        return cells[index] if 0 <= index < len(cells) else ""

    def _box(self, cells: list[str], columns: list[int]) -> tuple[float, ...]:
        texts = [cells[index] if 0 <= index < len(cells) else "" for index in columns]
        if not any(texts):
            return NO_BOX
        return tuple(number(text) for text in texts)


def _kind(text: str) -> str:
    return name_of(text, "") if text else ""


def _object(text: str) -> Mapping[str, str]:
    if not text.strip():
        return {}
    try:
        value = parse_json(text, "attributes")
    except FileError:
        value = None
    if not isinstance(value, dict) or not all(isinstance(each, str) for each in value.values()):
        raise ValueError(
            f"'{printable(text, 20)}' is no JSON object of attributes with a text each"
        )
    return value


def _frame(text: str) -> int:
    if not (text.isascii() and text.isdecimal()) or len(text) > 9 or int(text) >= MAX_FRAMES:
        raise ValueError(f"'{printable(text, 20)}' is not the number of a frame")
    return int(text)


def _score(text: str) -> float:
    value = number(text)
    if not 0 <= value <= 1:
        raise ValueError(f"the score {printable(text, 20)} does not lie between 0 and 1")
    return value


def _known(word: str, table: Mapping[str, int], what: str) -> int:
    if word not in table:
        raise ValueError(f"there is no {what} '{printable(word, 20)}'")
    return int(table[word])
