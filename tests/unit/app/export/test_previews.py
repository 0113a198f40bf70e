"""What is said of a file before it is written is so of the file that is written then."""

from __future__ import annotations

from pathlib import Path

import av
import numpy as np
import pytest
from PIL import Image

from app.export import exporting, forms
from app.export.base import DrawnForm, Subject
from app.export.exporting import all_forms, preview, write_form
from sessions import (
    AcceptRun,
    AddTarget,
    AnnotationSession,
    FileTakenError,
    Flag,
    History,
    RenameTarget,
    SetBox,
    SetFlags,
)
from sessions.exports.base import ExportChoice
from sessions.exports.writing import names_in_folder, texts_of
from tests.recordings import write_lasher
from tracker_core.errors import CKDError

FRAMES = 5


@pytest.fixture
def subject(tmp_path: Path) -> Subject:
    """Two targets of a clip: one followed on four frames and absent on the last of them."""
    from app.bridge.values import sequence_info
    from tracker_core.sequences import open_sequence

    clip = write_lasher(tmp_path / "walk", FRAMES)
    session = AnnotationSession(sequence_info(open_sequence(clip), (clip,)))
    history = History(session)
    for target_id, name in (("1", "walker"), ("2", "a/../b")):
        history.do(AddTarget(target_id, name))
    boxes = [[4.0 + each, 5, 6, 7] for each in range(4)]
    history.do(AcceptRun("1", np.arange(4), np.array(boxes), np.full(4, 0.5)))
    history.do(SetBox("2", 2, np.array([[1.0, 2, 3, 4]] * 2)))
    history.do(SetFlags("1", np.array([3]), Flag.ABSENT))
    return Subject(session, tmp_path / "walk.h5", "1")


def written(form: DrawnForm, subject: Subject, folder: Path) -> Path:
    place = folder / f"out{form.ending}"
    (path,) = write_form(form, subject, place, lambda *_: None)
    return path


def test_letters_that_no_font_has_are_named_before_and_after(subject: Subject) -> None:
    assert not any(preview(form, subject).lost for form in forms.FORMS)
    History(subject.session).do(RenameTarget("1", "wal\U00012ff1ker"))
    said = {form.id: preview(form, subject).lost for form in forms.FORMS}
    lost = ("letters that no font of this system has (\U00012ff1)",)
    assert said.pop("curves-csv") == ()  # text is text
    assert set(said.values()) == {lost}


def test_a_video_is_as_long_and_large_as_it_was_said(subject: Subject, tmp_path: Path) -> None:
    form = next(each for each in forms.FORMS if each.id == "video")
    (said,) = preview(form, subject).files
    with av.open(written(form, subject, tmp_path)) as container:
        stream = container.streams.video[0]
        size, rate = f"{stream.width}x{stream.height}", float(stream.average_rate or 0)
        frames = sum(1 for _ in container.decode(stream))
    assert said.about == (
        f"{frames} frames of {size} pixels, {rate:g} frames a second: {frames / rate:.1f} s"
    )
    assert said.first == (
        "Boxes of walker: 3 frames", "Boxes of a/../b: 1 frame", "Score of walker: 3 frames",
    )  # fmt: skip


def test_curves_are_what_they_were_said_to_be(subject: Subject, tmp_path: Path) -> None:
    known = {each.id: each for each in forms.FORMS}
    table = known["curves-csv"]
    text = written(table, subject, tmp_path).read_text(encoding="utf-8")
    (said,) = preview(table, subject).files
    assert said.about == f"{FRAMES + 1} lines, {len(text)} bytes"
    assert list(said.first) == text.split("\n")
    (said,) = preview(known["curves-png"], subject).files
    with Image.open(written(known["curves-png"], subject, tmp_path)) as picture:
        assert said.about == f"{picture.width}x{picture.height} pixels"
    assert said.first[0] == "Score: known on 3 of 5 frames"
    (said,) = preview(known["curves-pdf"], subject).files
    assert said.about == "7x7.5 inches"
    assert (
        b"/MediaBox [ 0 0 504 540 ]" in written(known["curves-pdf"], subject, tmp_path).read_bytes()
    )


@pytest.mark.parametrize("form", forms.FORMS, ids=lambda form: form.id)
def test_what_cannot_be_drawn_is_said_before(form: DrawnForm, subject: Subject) -> None:
    if form.id == "video":
        (subject.session_path.parent / "walk").rename(subject.session_path.parent / "moved")
    else:
        subject = Subject(subject.session, subject.session_path, "2")
    with pytest.raises(CKDError, match=r"walk\.h5 are not at|has no curves"):
        preview(form, subject)


@pytest.mark.parametrize(
    "form", [each for each in all_forms().values() if not each.ending], ids=lambda form: form.id
)
def test_a_folder_that_is_taken_is_refused_before_any_work(
    form: exporting.AnyForm, subject: Subject, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert not isinstance(form, DrawnForm)
    # One, and each in a folder of its own.
    for target_id in ("1", ""):
        choice = ExportChoice(target_id)
        names = names_in_folder(subject.session, form, choice)
        assert names == tuple(texts_of(subject.session, form, choice))
        chosen, place = (
            Subject(subject.session, subject.session_path, target_id),
            tmp_path / form.id,
        )
        (place / names[-1]).parent.mkdir(parents=True)
        (place / names[-1]).write_text("precious")
        with monkeypatch.context() as patch:
            patch.setattr(exporting, "texts_of", lambda *_: pytest.fail("it was worked out"))
            with pytest.raises(FileTakenError) as refused:
                write_form(form, chosen, place, lambda *_: None)
        assert refused.value.path == place / names[-1]
        (place / names[-1]).unlink()
