"""Anti-UAV's labels: read entry by entry, or refused with file and entry."""

from __future__ import annotations

import codecs
import math
from pathlib import Path

import pytest

from tracker_core.errors import CKDError
from tracker_core.sequences.boxes import BoxForm, read_boxes
from tracker_core.sequences.labels import read_labels

GOOD = '{"exist": [1, 0, 1], "gt_rect": [[1, 2, 3, 4], [], [5, 6.5, 7, 8]]}'


@pytest.mark.parametrize(
    "data", [GOOD.encode(), codecs.BOM_UTF8 + GOOD.encode(), GOOD.encode("utf-16")]
)
def test_labels_of_every_encoding(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "visible.json"
    path.write_bytes(data)
    first, second, third = read_labels(path)
    assert first == (1, 2, 3, 4)
    assert all(math.isnan(value) for value in second)
    assert third == (5, 6.5, 7, 8)
    assert len(read_boxes(path, BoxForm.LABELS)) == 3


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (GOOD[:-1] + ', "exist": [1, 1, 1]}', "names 'exist' twice"),
        ('{"gt_rect": [[1, 2, 3, NaN]]}', "entry 0"),
        ('{"gt_rect": [[1, 2, 3, 1e999]]}', "entry 0"),
        ('{"gt_rect": [[1, 2, 3, 4], [1, 2, 3]]}', "entry 1"),
        ('{"gt_rect": [[1, 2, 3, "4"]]}', "entry 0"),
        ('{"gt_rect": [[1, 2, 3, true]]}', "entry 0"),
        ('{"gt_rect": [[1, 2, 3, ' + "9" * 5000 + "]]}", "whole number of more than"),
        ('{"gt_rect": ' + "[" * 100_000 + "]" * 100_000 + "}", "nested more than"),
        ('{"gt_rect": [[1, 2, 3, 4]], "exist": ["' + "\\u202e" * 99 + '"]}', "entry 0: `exist`"),
        ('{"gt_rect": [[1, 2, 3, 4]], "a": "\\u0000"}', "null character"),
        ("[" + "[]," * 2_000_000 + "[]]", "too large"),
        ("", "not JSON"),
        ("[]", "no list `gt_rect`"),
    ],
)
def test_what_is_no_label_is_one_printable_sentence(tmp_path: Path, text: str, said: str) -> None:
    path = tmp_path / "visible.json"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(CKDError, match=said) as refusal:
        read_labels(path)
    assert str(path) in str(refusal.value)
    assert str(refusal.value).isprintable()
