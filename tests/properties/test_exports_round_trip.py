"""What the table of forms says that they hold is equal after an export and an import."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Mapping
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from safe_files import file_names, is_file_name
from sessions import (
    AddTarget,
    AnnotationSession,
    ExportChoice,
    ExportForm,
    Flag,
    FrameRows,
    Modality,
    SessionError,
    SetFrameAttribute,
    Source,
    Target,
    export_session,
)
from sessions.commands.frames import RestoreFrames
from sessions.exports.holds import Holds
from sessions.exports.table import EXPORTS
from sessions.exports.truth import EVERY
from sessions.imports.into import import_tracks
from sessions.imports.table import IMPORTS, ImportForm, read_tracks
from tests.unit.sessions.building import info

BOTH = [form for form in EXPORTS if form.id in {each.id for each in IMPORTS}]
_NO_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
NOWHERE, GONE, RGB_ONLY, TIR_ONLY, BOTH_ALIKE, BOTH_OWN = range(6)
ODD = (
    "../up",
    "con",
    "a/b\\c",
    "<b>&\"'",
    "=1+1",
    "ä;ö,ü",
    " blank ",
    ".",
    "x" * 190,
    "\uff21",
    "[1]",
)
MARKS = Flag.OCCLUDED | Flag.TRUNCATED | Flag.REVIEWED

sides = st.floats(1e-5, 1e4, allow_subnormal=False)
corners = st.floats(-1e4, 1e4, allow_subnormal=False)
boxes = st.tuples(corners, corners, sides, sides)
frames = st.tuples(
    st.sampled_from(range(6)),
    boxes,
    boxes,
    st.sampled_from([Source.MANUAL, Source.TRACKED, Source.INTERPOLATED, Source.IMPORTED]),
    st.sampled_from([Flag(0), Flag.OCCLUDED, MARKS, Flag.TRUNCATED, Flag.REVIEWED]),
    st.none() | st.floats(0, 1, width=32),
)
names = st.sampled_from(ODD) | st.text(min_size=1, max_size=40).filter(
    lambda text: text.isprintable() and bool(text.strip())
)
FRAME = (BOTH_OWN, (1, 2, 3, 4), (5, 6, 7, 8), Source.MANUAL, Flag(0), None)
texts = st.text(max_size=12).filter(lambda text: "\0" not in text)
targets = st.tuples(
    names,
    st.sampled_from(["", "person", "target", "Ä & <b>"]),
    st.dictionaries(
        # Some that frames have as well, and some that are words of a form.
        st.sampled_from(["pose", "source", "_name", "target: pose"])
        | texts.filter(lambda text: bool(text.strip())),
        texts,
        max_size=3,
    ),
    st.lists(frames, min_size=11, max_size=11),
    st.booleans(),
    st.lists(
        st.tuples(
            st.sampled_from(["pose", "source", "_name", "a b", "<ü>\"&'"]),
            st.tuples(st.integers(0, 10), st.integers(0, 10)).map(sorted),
            st.sampled_from(["sitting", "true", " <b>&amp; ", "=1+1", "{}"]),
        ),
        max_size=4,
    ),
)


def built(wanted: list[Any]) -> AnnotationSession:
    """A session of 11 frames with these targets, each with a box of both cameras somewhere."""
    session = AnnotationSession(info(11))
    for number, (name, class_name, attributes, seen, straight, said) in enumerate(wanted, start=1):
        AddTarget(str(number), name, 0, attributes, class_name).apply(session)
        rows = _rows(seen)
        if straight:
            _straighten(rows)
        frames = FrameRows(np.arange(len(seen)), **rows)
        RestoreFrames(str(number), frames).apply(session)
        for attribute, (first, last), value in said:
            SetFrameAttribute(str(number), attribute, first, last, value).apply(session)
    return session


def _rows(seen: list[Any]) -> dict[str, NDArray[Any]]:
    count = len(seen)
    pairs = np.full((count, 2, 4), np.nan)
    source, flags = np.zeros(count, np.uint8), np.zeros(count, np.uint16)
    score = np.full(count, np.nan, np.float32)
    for frame, (kind, rgb, tir, where, marks, scored) in enumerate(seen):
        # Frame 10 is one that VTUAV writes as well.
        what = BOTH_OWN if frame == 10 else kind
        if what in (RGB_ONLY, BOTH_ALIKE, BOTH_OWN):
            pairs[frame, 0] = rgb
        if what in (TIR_ONLY, BOTH_OWN):
            pairs[frame, 1] = tir
        elif what == BOTH_ALIKE:
            pairs[frame, 1] = rgb
        if what == GONE:
            flags[frame] = Flag.ABSENT
        elif what != NOWHERE:
            source[frame], flags[frame] = where, marks
            score[frame] = np.nan if scored is None else scored
    edited = np.full(count, np.nan)
    return {"boxes": pairs, "source": source, "flags": flags, "score": score, "edited": edited}


def _straighten(rows: dict[str, NDArray[Any]]) -> None:
    """Put interpolated boxes on the line between those around them, as interpolation does."""
    own = np.flatnonzero(~np.isin(rows["source"], (Source.NONE, Source.INTERPOLATED)))
    for begin, end in pairwise(own.tolist()):
        for frame in range(begin + 1, end):
            if rows["source"][frame] == Source.INTERPOLATED:
                share = (frame - begin) / (end - begin)
                first, last = rows["boxes"][begin], rows["boxes"][end]
                rows["boxes"][frame] = first + share * (last - first)
                rows["flags"][frame] = rows["flags"][begin] & MARKS
                rows["score"][frame] = np.nan
    gone = np.isnan(rows["boxes"][..., 0]).all(axis=1) & (rows["source"] != 0)
    rows["source"][gone] = Source.NONE


def there_and_back(
    session: AnnotationSession, form: ExportForm, modality: Modality, folder: Path
) -> AnnotationSession:
    """Export a session in a form, and import what was written into an empty one."""
    reader = next(each for each in IMPORTS if each.id == form.id)
    again = AnnotationSession(session.sequence)
    places = [_written(session, form, modality, folder)]
    tracks = read_tracks(reader, places[0], session.sequence)
    import_tracks(again, tracks, "Import").apply(again)
    return again


def _written(
    session: AnnotationSession, form: ExportForm, modality: Modality, folder: Path
) -> Path:
    place = folder / (f"{modality.name}{form.ending}" if form.ending else modality.name)
    written = export_session(session, form, place, ExportChoice("", modality))
    assert all(path.is_relative_to(folder) for path in written)
    assert all(is_file_name(part) for each in written for part in each.relative_to(folder).parts)
    return place


def in_order(session: AnnotationSession, form: ExportForm) -> list[Target]:
    """The targets of a session as the import finds them."""
    held = list(session.targets.values())
    if form.ending or len(held) < 2:
        return held
    folders = file_names(target.name for target in held)
    return [held[index] for index in sorted(range(len(held)), key=folders.__getitem__)]


@pytest.mark.parametrize("form", BOTH, ids=lambda form: form.id)
@given(wanted=st.lists(targets, min_size=1, max_size=3), modality=st.sampled_from(Modality))
@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_what_a_form_holds_comes_back(
    form: ExportForm, wanted: list[Any], modality: Modality
) -> None:
    session = built(wanted)
    with tempfile.TemporaryDirectory() as place:
        again = there_and_back(session, form, modality, Path(place))
    before, after = in_order(session, form), list(again.targets.values())
    assert len(before) == len(after)
    for one, other in zip(before, after, strict=True):
        assert_held(form, one, other, modality)


def assert_held(form: ExportForm, one: Target, other: Target, modality: Modality) -> None:
    """Compare two targets in all that the row of the form says."""
    holds = form.carries
    for fact, name in [("names", "name"), ("classes", "class_name"), ("spans", "spans")]:
        if getattr(holds, fact):
            assert getattr(other, name) == getattr(one, name)
    if holds.attributes:
        assert other.attributes == (in_xml(one.attributes) if form.id == "cvat" else one.attributes)
    held = slice(None, None, holds.every)
    there = np.zeros(len(one.flags), np.bool_)
    for camera in Modality if holds.modalities else [modality]:
        # A file of one modality comes back as RGB, with thermal made of it.
        side = camera if holds.modalities else Modality.RGB
        expected = present(one, form, camera)[held]
        got = other.boxes[held, side]
        np.testing.assert_allclose(got, expected, rtol=0, atol=0 if holds.exact else 3e-4)
        there[held] |= ~np.isnan(expected[:, 0])
    if holds.absence:
        gone = one.absent() if holds.gaps else ~there
        assert np.array_equal(other.absent()[held], gone[held])
    flags = {"occlusion": Flag.OCCLUDED, "truncation": Flag.TRUNCATED, "reviewed": Flag.REVIEWED}
    for fact, flag in flags.items():
        if getattr(holds, fact):
            assert np.array_equal((other.flags & flag)[there], (one.flags & flag)[there])
    assert_sources(holds, one, other, there)


def in_xml(said: Mapping[str, str]) -> dict[str, str]:
    """What XML holds of attributes; to CVAT those without a value are none."""
    return {
        _NO_XML.sub("\ufffd", name): _NO_XML.sub("\ufffd", text)
        for name, text in said.items()
        if text.strip()
    }


def present(target: Target, form: ExportForm, camera: Modality) -> NDArray[np.float64]:
    """The boxes that a form is given of one camera; NaN where the target has none."""
    boxes = np.array(target.boxes)
    boxes[target.absent()] = np.nan
    if form.id != "rgbt210":
        return np.asarray(boxes[:, camera])
    # One list for both: RGB, or else thermal in RGB pixels, which here are the same.
    return np.where(np.isnan(boxes[:, 0]), boxes[:, 1], boxes[:, 0])


def assert_sources(holds: Holds, one: Target, other: Target, there: NDArray[np.bool_]) -> None:
    """Compare where boxes come from, and how sure a tracker was."""
    if holds.sources:
        assert np.array_equal(other.source[there], one.source[there])
    if holds.keyframes:
        by_hand = [each.source[there] == Source.MANUAL for each in (one, other)]
        assert np.array_equal(*by_hand)
    if holds.scores:
        digits = 0 if holds.exact else 1.1e-4
        np.testing.assert_allclose(other.score[there], one.score[there], rtol=0, atol=digits)


@pytest.mark.parametrize("form", [each for each in BOTH if each.of_modality], ids=lambda f: f.id)
@given(wanted=st.lists(targets, min_size=1, max_size=2))
@settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_two_files_of_one_modality_give_both(form: ExportForm, wanted: list[Any]) -> None:
    session = built(wanted)
    if not form.ending and len(wanted) > 1:
        return
    reader = next(each for each in IMPORTS if each.id == form.id)
    with tempfile.TemporaryDirectory() as place:
        rgb, tir = (_written(session, form, side, Path(place)) for side in Modality)
        tracks = read_tracks(reader, rgb, session.sequence, tir)
    again = AnnotationSession(session.sequence)
    import_tracks(again, tracks, "Import").apply(again)
    for one, other in zip(session.targets.values(), again.targets.values(), strict=True):
        expected = np.array(one.boxes)
        expected[one.absent()] = np.nan
        np.testing.assert_allclose(other.boxes, expected, rtol=0, atol=3e-4)
        if form.carries.spans:
            assert other.spans == one.spans
        if form.carries.gaps:
            assert np.array_equal(other.absent(), one.absent())


@pytest.mark.parametrize("name", ["coco", "csv"])
def test_characters_that_no_text_file_holds_are_written_so_that_they_come_back(name: str) -> None:
    session = built([("walker", "", {"\x7f\x01": "\x7f\n"}, [FRAME] * 11, False, [])])
    form = next(each for each in BOTH if each.id == name)
    with tempfile.TemporaryDirectory() as place:
        again = there_and_back(session, form, Modality.RGB, Path(place))
    (target,) = again.targets.values()
    assert target.attributes == {"\x7f\x01": "\x7f\n"}


def test_every_form_of_a_benchmark_is_read_too() -> None:
    assert {form.id for form in BOTH} == {
        "lasher", "rgbt234", "rgbt210", "gtot", "vtuav", "vot", "csv", "coco", "mot", "cvat",
    }  # fmt: skip
    assert next(form for form in EXPORTS if form.id == "vtuav").carries.every == EVERY


@given(wanted=st.lists(st.text(max_size=30) | st.sampled_from(ODD), max_size=6))
@example(wanted=["..", ".", "", "a", "A", "a.", "nul.txt", "\x1b[2J", "\ud800", "ﬁ", "fi"])
def test_names_become_names_of_files_and_nothing_else(wanted: list[str]) -> None:
    found = file_names(wanted)
    assert len({name.casefold() for name in found}) == len(wanted)
    for name in found:
        assert is_file_name(name)
        assert name not in ("", ".", "..")
        assert not set(name) & set('/\\<>:"|?*\x00\n')
        assert not name.endswith((".", " "))
        assert not name.startswith(".")
        assert len(name.encode()) <= 110
        assert name.split(".")[0].rstrip().lower() not in ("con", "nul", "aux", "prn", "com1")


@pytest.mark.parametrize("form", IMPORTS, ids=lambda form: form.id)
@given(
    text=st.text(alphabet="0123456789.,;\t \n\"'{}[]<>/=:-eaxmnbotrckfi&!", max_size=80)
    | st.binary(max_size=60).map(lambda data: data.decode("latin-1"))
)
@settings(max_examples=25, deadline=None)
def test_any_text_is_read_or_refused_in_one_sentence(form: ImportForm, text: str) -> None:
    with tempfile.TemporaryDirectory() as place:
        path = Path(place) / "some.txt"
        path.write_bytes(text.encode("utf-8"))
        again = AnnotationSession(info(11))
        said = ""
        try:
            import_tracks(again, read_tracks(form, path, again.sequence), "Import").apply(again)
        except SessionError as error:
            said = str(error)
    # A refusal names the file, or the target in it that is at fault.
    assert "\n" not in said
    assert not said or "some" in said or again.sequence.name in said or "frame" in said
