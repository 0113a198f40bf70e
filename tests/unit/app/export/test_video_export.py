from __future__ import annotations

import os
import threading
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from app.export import film
from app.export.base import Subject
from app.export.pictures import FramePainter
from app.export.video_writer import VideoWriter
from sessions import AddTarget, AnnotationSession
from tests.recordings import write_lasher
from tracker_core.errors import CKDError


def test_every_frame_comes_back_in_order(tmp_path: Path) -> None:
    path = tmp_path / "clip.mp4"
    with VideoWriter(path, (64, 48), 12) as video:
        for level in range(0, 250, 25):
            video.write(np.full((48, 64, 3), level, np.uint8))
    with av.open(path) as container:
        stream = container.streams.video[0]
        assert stream.codec_context.name == "h264"
        assert stream.average_rate == 12
        levels = [frame.to_ndarray(format="rgb24").mean() for frame in container.decode(stream)]
    assert np.allclose(levels, range(0, 250, 25), atol=4)


@pytest.mark.parametrize(
    ("given", "written"),
    [
        (30000 / 1001, Fraction(30000, 1001)),
        (24000 / 1001, Fraction(24000, 1001)),
        (60000 / 1001, Fraction(60000, 1001)),
        (29.97, Fraction(2997, 100)),
        (12.5, Fraction(25, 2)),
        (25, Fraction(25)),
    ],
)
def test_the_rate_is_written_as_it_was_given(
    given: float, written: Fraction, tmp_path: Path
) -> None:
    path = tmp_path / "clip.mp4"
    with VideoWriter(path, (64, 48), given) as video:
        for level in (0, 100, 200):
            video.write(np.full((48, 64, 3), level, np.uint8))
    with av.open(path) as container:
        assert container.streams.video[0].average_rate == written


def test_an_error_leaves_no_half_video(tmp_path: Path) -> None:
    with pytest.raises(CKDError), VideoWriter(tmp_path / "clip.mp4", (64, 48)) as video:
        video.write(np.zeros((48, 64, 3), np.uint8))
        raise CKDError("gone")
    assert os.listdir(tmp_path) == []


@pytest.mark.parametrize(("name", "size"), [("clip.avi", (64, 48)), ("clip.mp4", (63, 48))])
def test_what_cannot_be_written_is_refused(
    name: str, size: tuple[int, int], tmp_path: Path
) -> None:
    with pytest.raises(CKDError):
        VideoWriter(tmp_path / name, size)


def film_threads() -> list[str]:
    return [each.name for each in threading.enumerate() if each.name.startswith("film")]


@pytest.fixture
def subject(tmp_path: Path) -> Subject:
    from app.bridge.values import sequence_info
    from tracker_core.sequences import open_sequence

    clip = write_lasher(tmp_path / "walk", 12)
    with open_sequence(clip) as opened:
        session = AnnotationSession(sequence_info(opened, [clip]))
    AddTarget("1", "walker").apply(session)
    return Subject(session, tmp_path / "walk.h5", "1")


@pytest.mark.parametrize("step", ["annotated", "draw", "write", "progress"])
def test_whichever_step_fails_nothing_is_left(
    step: str, subject: Subject, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls: list[int] = []

    def failing(act: Callable[..., object]) -> Callable[..., object]:
        def fail(*given: object, **named: object) -> object:
            calls.append(1)
            if len(calls) == 6:
                raise CKDError("the sixth fails")
            return act(*given, **named)

        return fail

    if step == "annotated":
        monkeypatch.setattr(film, "annotated", failing(film.annotated))
    elif step == "draw":
        monkeypatch.setattr(FramePainter, "draw", failing(FramePainter.draw))
    elif step == "write":
        monkeypatch.setattr(VideoWriter, "write", failing(VideoWriter.write))
    heard: list[int] = []
    advance = failing(lambda done, _total: heard.append(done)) if step == "progress" else None
    with pytest.raises(CKDError, match="the sixth fails"):
        film.FILM.write(subject, tmp_path / "out.mp4", advance or (lambda _done, _total: None))
    assert film_threads() == []
    assert sorted(os.listdir(tmp_path)) == ["walk"]
    if step == "progress":
        assert heard == [1, 2, 3, 4, 5]


def test_frames_are_read_drawn_and_written_at_once_and_in_order(
    subject: Subject, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    where: dict[str, set[str]] = {}

    def noting(name: str, act: Callable[..., object]) -> Callable[..., object]:
        def note(*given: object) -> object:
            where.setdefault(name, set()).add(threading.current_thread().name)
            return act(*given)

        return note

    read, draw, write = film.annotated, FramePainter.draw, VideoWriter.write
    monkeypatch.setattr(film, "annotated", noting("read", read))
    monkeypatch.setattr(FramePainter, "draw", noting("draw", draw))
    monkeypatch.setattr(VideoWriter, "write", noting("write", write))
    done: list[tuple[int, int]] = []
    out = tmp_path / "out.mp4"
    film.FILM.write(subject, out, lambda *at: done.append(at))
    assert done == [(index + 1, 12) for index in range(12)]
    assert where == {
        "read": {"film reader"}, "draw": {"film painter"},
        "write": {threading.current_thread().name},
    }  # fmt: skip
    assert film_threads() == []
    with av.open(out) as container:
        assert sum(1 for _ in container.decode(video=0)) == 12
