"""Any boxes survive writing and reading, and no text crashes the reader."""

from __future__ import annotations

import tempfile
from pathlib import Path

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from tracker_core.errors import CKDError
from tracker_core.evaluation.result_files import ResultForm, read_result, write_result

BOXES = arrays(
    np.float64,
    st.tuples(st.integers(1, 20), st.just(4)),
    elements=st.floats(-1e9, 1e9, allow_nan=False, allow_subnormal=False),
)
XYWH = [form for form in ResultForm if form is not ResultForm.CORNERS]


@given(boxes=BOXES, form=st.sampled_from(XYWH))
def test_boxes_come_back_exactly(boxes: np.ndarray, form: ResultForm) -> None:
    with tempfile.TemporaryDirectory() as place:
        path = Path(place) / "car.txt"
        write_result(path, boxes, form)
        result = read_result(path)
    np.testing.assert_array_equal(result.boxes, boxes)


@given(boxes=BOXES)
def test_corners_of_real_boxes_come_back(boxes: np.ndarray) -> None:
    boxes = np.abs(boxes).round()
    with tempfile.TemporaryDirectory() as place:
        path = Path(place) / "car.txt"
        write_result(path, boxes, ResultForm.CORNERS)
        result = read_result(path)
    np.testing.assert_array_equal(result.boxes, boxes)


@given(
    text=st.text(alphabet="0123456789.,;\t \r\n-+eEnaif\x00é", max_size=60)
    | st.binary(max_size=60).map(lambda data: data.decode("latin-1"))
)
@settings(max_examples=300)
def test_any_text_gives_one_row_per_line_or_a_sentence(text: str) -> None:
    with tempfile.TemporaryDirectory() as place:
        path = Path(place) / "car.txt"
        path.write_bytes(text.encode("utf-8"))
        try:
            result = read_result(path)
        except CKDError:
            return
    unix = text.replace("\r\n", "\n").replace("\r", "\n")
    assert len(result.boxes) == len(unix.rstrip("\n \t").split("\n"))
