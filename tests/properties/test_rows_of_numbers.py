"""Numbers and rows: what is written in any accepted form is read, and the rest is named."""

from __future__ import annotations

import math
import re
import tempfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from safe_files import number, row_numbers
from safe_files.rows import LARGEST
from sessions import RowForm, SessionError
from sessions import read_boxes as read_import
from tracker_core.errors import CKDError
from tracker_core.sequences import BoxForm, read_boxes
from tracker_core.sequences.regions import are_outlines

values = st.floats(-1e6, 1e6, allow_nan=False, allow_infinity=False)
sizes = st.floats(0.01, 1e6)
boxes = st.tuples(values, values, sizes, sizes)
ends = st.sampled_from(["\n", "\r\n", "\r"])
encodings = st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "utf-32", "cp1252"])


@given(value=values, style=st.sampled_from(["{!r}", "{:.3f}", "{:+.2e}", "{:.0f}.", "{:E}"]))
def test_every_way_to_write_a_number(value: float, style: str) -> None:
    text = style.format(value)
    assert number(text) == float(text)


@given(text=st.text(st.sampled_from("0123456789.,+-eExXnNaAiIfF_ \u0663\uff11\u2212"), max_size=12))
@example("1_0")
@example("0x1p3")
@example("infinity")
@example("\u0663")
def test_nothing_is_a_number_that_is_not_one_in_c(text: str) -> None:
    """Python's float takes underscores, blanks, infinity and the digits of all scripts."""
    plain = text.isascii() and not set(text.lower()) & set("xif_ ,")
    try:
        expected = float(text) if plain else None
    except ValueError:
        expected = None
    if expected is not None and not math.isnan(expected) and abs(expected) > LARGEST:
        expected = None
    if expected is None:
        with pytest.raises(ValueError, match=r"is not a number|too large"):
            number(text)
    else:
        found = number(text)
        assert found == expected or (math.isnan(found) and math.isnan(expected))


def written(rows: list[tuple[float, ...]], separator: str, end: str, mark: str) -> str:
    """Rows in full; `mark` stands before the decimals."""
    lines = (separator.join(f"{value:.4f}".replace(".", mark) for value in row) for row in rows)
    return "".join(line + end for line in lines)


def rounded(rows: list[tuple[float, ...]]) -> list[list[float]]:
    return [[float(f"{value:.4f}") for value in row] for row in rows]


@given(
    rows=st.lists(boxes, min_size=1, max_size=8),
    separator=st.sampled_from([";", "; ", " ", "   ", "\t", " \t ", " ; "]),
    mark=st.sampled_from([",", "."]),
    end=ends,
    encoding=encodings,
)
def test_rows_are_read_as_they_were_written(
    rows: list[tuple[float, ...]], separator: str, mark: str, end: str, encoding: str
) -> None:
    data = written(rows, separator, end, mark).encode(encoding)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "boxes.txt"
        path.write_bytes(data)
        expected = rounded(rows)
        assert read_boxes(path).boxes.tolist() == expected
        assert read_import(path).tolist() == expected
        corners = read_import(path, RowForm.CORNERS) if expected_corners(expected) else None
        if corners is not None:
            ours = read_boxes(path, BoxForm.CORNERS).boxes
            present = ~(corners != corners).any(axis=1)
            assert corners[present].tolist() == ours[present].tolist()


def expected_corners(rows: list[list[float]]) -> bool:
    return any(x2 > x1 and y2 > y1 for x1, y1, x2, y2 in rows)


@given(
    row=st.lists(st.integers(0, 5000), min_size=4, max_size=4),
    decimals=st.lists(st.integers(0, 99), min_size=4, max_size=4),
)
def test_decimal_commas_between_commas_are_never_a_box_of_other_numbers(
    row: list[int], decimals: list[int]
) -> None:
    """Where the eight numbers go round something, nothing tells them from corner points."""
    line = ",".join(f"{whole},{part}" for whole, part in zip(row, decimals, strict=True))
    points = [float(word) for word in line.split(",")]
    assume(not are_outlines(np.array([points]))[0])
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "boxes.txt"
        path.write_text(f"{line}\n")
        with pytest.raises(CKDError, match="line 1: its commas may be decimal commas"):
            read_boxes(path)
        with pytest.raises(SessionError, match="Line 1 of"):
            read_import(path)


@given(
    rows=st.lists(boxes, min_size=1, max_size=6),
    at=st.integers(0, 5),
    column=st.integers(0, 3),
    word=st.sampled_from(["None", "inf", "-", "1_0", "0x1", "\uff11", "1.2.3", '"1"', "#", "1e"]),
    separator=st.sampled_from([",", ";", " ", "\t"]),
)
def test_the_row_and_the_value_that_are_wrong_are_named(
    rows: list[tuple[float, ...]], at: int, column: int, word: str, separator: str
) -> None:
    at = at % len(rows)
    lines = [[f"{value:.4f}" for value in row] for row in rows]
    lines[at][column] = word
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "boxes.txt"
        path.write_text("\n".join(map(separator.join, lines)), encoding="utf-8")
        for read, error in ((read_boxes, CKDError), (read_import, SessionError)):
            with pytest.raises(error) as refusal:
                read(path)
            assert f"ine {at + 1}" in str(refusal.value)
            assert f"'{word}'" in str(refusal.value)


@given(line=st.text(st.sampled_from("0123456789.,; \t+-e"), max_size=30))
def test_a_row_never_holds_more_than_what_stands_in_it(line: str) -> None:
    found: list[float] = []
    said = ""
    try:
        found = row_numbers(line)
    except ValueError as error:
        said = str(error)
    assert said.isprintable()
    assert bool(found) != bool(said)
    assert len(found) <= len(re.findall(r"[0-9]+", line))
    assert all(abs(value) <= LARGEST for value in found)
