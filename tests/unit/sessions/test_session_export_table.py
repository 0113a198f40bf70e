"""The tables of export and import forms: nothing is forgotten, and what is written is true."""

from __future__ import annotations

import csv
import importlib
import io
import json
import pkgutil
import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from sessions import (
    EXPORTS,
    IMPORTS,
    AddTarget,
    AnnotationSession,
    ExportChoice,
    ExportForm,
    ImportForm,
    Modality,
    RowForm,
    SessionError,
    export_session,
    exports,
    find_target,
    parse_boxes,
)
from tests.unit.sessions.building import empty, full, run

FRAMES = 31
Boxes = NDArray[np.float64]


def tracked() -> AnnotationSession:
    """One target with a box on every frame."""
    session = empty(FRAMES)
    run("1", np.arange(FRAMES)).apply(session)
    return session


def plain(text: str) -> Boxes:
    return parse_boxes(text, "written")


def corners(text: str) -> Boxes:
    return parse_boxes(text, "written", RowForm.CORNERS)


def regions(text: str) -> Boxes:
    return parse_boxes(text, "written", RowForm.REGION)


def from_cvat(text: str) -> Boxes:
    found = re.findall(r'xtl="(.+?)" ytl="(.+?)" xbr="(.+?)" ybr="(.+?)"', text)
    boxes = np.array(found, np.float64)
    boxes[:, 2:] -= boxes[:, :2]
    return boxes


def from_csv(text: str) -> Boxes:
    rows = csv.DictReader(io.StringIO(text))
    return np.array([[float(row[f"tir_{axis}"]) for axis in "xywh"] for row in rows])


def from_coco(text: str) -> Boxes:
    document = json.loads(text)
    thermal = {image["id"] for image in document["images"] if image["modality"] == "tir"}
    return np.array([a["bbox"] for a in document["annotations"] if a["image_id"] in thermal])


def from_mot(text: str) -> Boxes:
    return np.array([row.split(",")[2:6] for row in text.splitlines()], np.float64) - [1, 1, 0, 0]


READ_BACK: dict[str, tuple[str, Callable[[str], Boxes], int]] = {
    "result": ("out.txt", plain, 1),
    "lasher": ("infrared.txt", plain, 1),
    "rgbt234": ("infrared.txt", plain, 1),
    "rgbt210": ("init.txt", plain, 1),
    "gtot": ("groundTruth_i.txt", corners, 1),
    "vtuav": ("ir.txt", plain, 10),
    "vot": ("groundtruth.txt", regions, 1),
    "csv": ("out.csv", from_csv, 1),
    "coco": ("out.json", from_coco, 1),
    "mot": ("out.txt", from_mot, 1),
    "cvat": ("out.xml", from_cvat, 1),
}
"""For each form the file with (thermal) boxes, how to read it, and for every how many frames."""


def by_id(form: str) -> ExportForm:
    return next(each for each in EXPORTS if each.id == form)


@pytest.mark.parametrize("form", EXPORTS, ids=lambda form: form.id)
def test_what_is_written_can_be_read_back(form: ExportForm, tmp_path: Path) -> None:
    session, choice = tracked(), ExportChoice("1", Modality.TIR)
    name, read, every = READ_BACK[form.id]
    out = tmp_path / "new" / (f"out{form.ending}" if form.ending else "walk")
    paths = export_session(session, form, out, choice)
    assert all(path.stat().st_size for path in paths)
    path = out if form.ending else out / name
    assert path in paths
    boxes = session.target("1").boxes[::every, 0 if form.id == "rgbt210" else 1]
    assert read(path.read_text(encoding="utf-8")) == pytest.approx(boxes, abs=1e-4)


@pytest.mark.parametrize("form", [*EXPORTS, *IMPORTS], ids=lambda form: form.id)
def test_every_form_says_what_it_is(form: ExportForm | ImportForm) -> None:
    assert form.id == form.id.lower()
    assert form.label
    assert form.holds.endswith(".")
    assert form.lacks.endswith(".")
    table = EXPORTS if isinstance(form, ExportForm) else IMPORTS
    assert [each.id for each in table].count(form.id) == 1


def test_every_file_of_a_form_is_in_the_table() -> None:
    found = [
        each
        for module in pkgutil.iter_modules(exports.__path__, f"{exports.__name__}.")
        for value in vars(importlib.import_module(module.name)).values()
        for each in (value if isinstance(value, tuple) else (value,))
        if isinstance(each, ExportForm)
    ]
    assert found
    assert all(each in EXPORTS for each in found)


def test_the_only_target_is_meant() -> None:
    session = empty()
    assert find_target(session) == "1"
    assert find_target(session, "walker") == "1"
    AddTarget("2", "car").apply(session)
    assert find_target(session, "car") == "2"
    with pytest.raises(SessionError, match="which target is meant; the session has walker, car"):
        find_target(session)
    with pytest.raises(SessionError, match="no target named bus; the session has walker, car"):
        find_target(session, "bus")


def test_ids_tell_targets_of_one_name_apart() -> None:
    session = empty()
    AddTarget("2", "walker").apply(session)
    with pytest.raises(SessionError, match="2 targets are named walker; use an id instead: 1, 2"):
        find_target(session, "walker")
    assert find_target(session, "2") == "2"
    AddTarget("3", "2").apply(session)
    assert find_target(session, "2") == "3"


def test_a_session_without_targets_is_not_exported(tmp_path: Path) -> None:
    session = AnnotationSession(empty().sequence)
    with pytest.raises(SessionError, match="walk has no target to export"):
        export_session(session, by_id("lasher"), tmp_path / "out")
    for form in ("mot", "csv", "coco", "cvat"):
        out = tmp_path / f"out{by_id(form).ending}"
        with pytest.raises(SessionError, match="walk has no box to export"):
            export_session(session, by_id(form), out)
    assert list(tmp_path.iterdir()) == []


def test_the_session_itself_is_never_replaced(tmp_path: Path) -> None:
    precious = tmp_path / "walk.h5"
    precious.write_bytes(b"precious")
    with pytest.raises(SessionError, match=r"walk\.h5 must end in \.csv"):
        export_session(full(), by_id("csv"), precious, overwrite=True)
    assert precious.read_bytes() == b"precious"


def test_a_file_is_replaced_only_where_that_is_allowed(tmp_path: Path) -> None:
    out = tmp_path / "boxes.csv"
    out.write_text("precious")
    with pytest.raises(SessionError, match=r"boxes\.csv exists already"):
        export_session(full(), by_id("csv"), out)
    assert out.read_text() == "precious"
    export_session(full(), by_id("csv"), out, overwrite=True)
    assert out.read_text(encoding="utf-8").startswith("target_id,")
    (tmp_path / "folder.csv").mkdir()
    with pytest.raises(SessionError, match=r"folder\.csv is a folder"):
        export_session(full(), by_id("csv"), tmp_path / "folder.csv", overwrite=True)


def test_corners_are_imported_as_boxes() -> None:
    boxes = corners("1 2 4 8\n0 0 0 0\n\n-3,-2,5,5\n5,5,5,9\n")
    assert boxes[[0, 3]].tolist() == [[1, 2, 3, 6], [-3, -2, 8, 7]]
    assert np.isnan(boxes[[1, 2, 4]]).all()
    with pytest.raises(SessionError, match="Line 2 of a is not a box x1, y1, x2, y2"):
        parse_boxes("1 2 3 4\n1 2 3", "a", RowForm.CORNERS)
