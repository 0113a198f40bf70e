from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from sessions import (
    AnnotationSession,
    SequenceInfo,
    SessionError,
    fingerprint_files,
    load,
    relink,
    resolve_paths,
    save,
)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A folder with images and beside them a session."""
    folder = tmp_path / "project"
    paths = []
    for modality in ("visible", "infrared"):
        (folder / "walk" / modality).mkdir(parents=True)
        for number in range(4):
            file = folder / "walk" / modality / f"{number}.jpg"
            file.write_bytes(f"{modality} {number}".encode() * 100)
            paths.append(str(file))
    paths[2] = ""
    sequence = SequenceInfo(
        name="walk",
        layout="lasher",
        rgb_paths=tuple(paths[:4]),
        tir_paths=tuple(paths[4:]),
        rgb_count=4,
        tir_count=4,
        sources=(str(folder / "walk"),),
        fingerprint=fingerprint_files(paths[:4], paths[4:]),
    )
    save(AnnotationSession(sequence), folder / "work" / ".." / "walk.h5")
    return folder


def test_everything_is_where_it_was(project: Path) -> None:
    session = load(project / "walk.h5")
    report = resolve_paths(session, project / "walk.h5")
    assert report.complete
    assert not report.moved
    assert report.same_images is True
    assert report.sequence == session.sequence


def test_a_folder_moved_with_its_session_is_found(project: Path) -> None:
    moved = project.with_name("elsewhere")
    project.rename(moved)
    report = resolve_paths(load(moved / "walk.h5"), moved / "walk.h5")
    assert report.complete
    assert report.moved
    assert report.same_images is True
    assert report.sequence.rgb_paths[0] == str(moved / "walk" / "visible" / "0.jpg")
    assert report.sequence.rgb_paths[2] == ""
    assert report.sequence.sources == (str(moved / "walk"),)


def test_a_session_moved_alone_finds_the_images_where_they_were(project: Path) -> None:
    away = project.parent / "away" / "walk.h5"
    away.parent.mkdir()
    (project / "walk.h5").rename(away)
    report = resolve_paths(load(away), away)
    assert report.complete
    assert not report.moved


def test_missing_files_are_named(project: Path) -> None:
    session = load(project / "walk.h5")
    (project / "walk" / "infrared" / "1.jpg").unlink()
    report = resolve_paths(session, project / "walk.h5")
    assert report.missing == (str(project / "walk" / "infrared" / "1.jpg"),)
    assert not report.complete
    assert report.same_images is None
    shutil.rmtree(project / "walk")
    report = resolve_paths(session, project / "walk.h5")
    assert len(report.missing) == 8
    assert report.sequence == session.sequence


def test_other_images_of_the_same_name_are_noticed(project: Path) -> None:
    (project / "walk" / "visible" / "0.jpg").write_bytes(b"something else")
    report = resolve_paths(load(project / "walk.h5"), project / "walk.h5")
    assert report.complete
    assert report.same_images is False


def test_a_fingerprint_that_was_not_taken_says_nothing(project: Path) -> None:
    session = load(project / "walk.h5")
    for fingerprint in ("", "made by somebody else"):
        session.sequence = SequenceInfo("x", "y", (), (), 4, 4, fingerprint=fingerprint)
        assert resolve_paths(session, project / "walk.h5").same_images is None


def test_the_fingerprint_may_be_somebody_elses(project: Path) -> None:
    session = load(project / "walk.h5")
    report = resolve_paths(session, project / "walk.h5", fingerprint=lambda *_: "other")
    assert report.same_images is False

    def failing(*_: object) -> str:
        raise OSError

    report = resolve_paths(session, project / "walk.h5", fingerprint=failing)
    assert report.same_images is None


def test_relinking_to_another_folder(project: Path) -> None:
    info = load(project / "walk.h5").sequence
    new = project.parent / "new"
    (project / "walk").rename(new)
    linked = relink(info, str(project / "walk"), new)
    assert linked.sources == (str(new),)
    assert linked.tir_paths[3] == str(new / "infrared" / "3.jpg")
    assert linked.rgb_paths[2] == ""
    assert linked.frame_count == info.frame_count
    (new / "visible" / "3.jpg").unlink()
    with pytest.raises(SessionError, match=r"3\.jpg does not exist; choose the folder"):
        relink(info, str(project / "walk"), new)


def test_relinking_leaves_other_folders_alone(project: Path) -> None:
    info = load(project / "walk.h5").sequence
    visible = project / "walk" / "visible"
    shutil.copytree(visible, project / "copy")
    linked = relink(info, str(visible), project / "copy")
    assert linked.rgb_paths[0] == str(project / "copy" / "0.jpg")
    assert linked.tir_paths == info.tir_paths


def test_the_fingerprint_follows_content_not_names(project: Path, tmp_path: Path) -> None:
    files = [str(project / "walk" / "visible" / f"{i}.jpg") for i in range(4)]
    first = fingerprint_files(files, [])
    shutil.copytree(project / "walk" / "visible", tmp_path / "copy")
    copies = [str(tmp_path / "copy" / f"{i}.jpg") for i in range(4)]
    assert fingerprint_files(copies, []) == first
    assert fingerprint_files(copies[:3], []) != first
    assert fingerprint_files([], copies) != first
    assert fingerprint_files([], []).startswith("sha256-samples:")
    with pytest.raises(SessionError, match="could not be read"):
        fingerprint_files([str(tmp_path / "none.jpg")], [])
