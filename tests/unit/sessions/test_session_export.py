from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import numpy as np
import pytest

from sessions import (
    AddTarget,
    AnnotationSession,
    Flag,
    Modality,
    SessionError,
    SetBox,
    SetFlags,
    SetTargetProperties,
    Source,
    TruthForm,
    coco_text,
    csv_text,
    ground_truth_files,
    import_boxes,
    mot_text,
    parse_boxes,
    read_boxes,
    result_text,
    write_files,
)
from tests.unit.sessions.building import empty, full, info, run
from tracker_core.imaging import write_image
from tracker_core.sequences import open_sequence


def small() -> AnnotationSession:
    """Three frames: both boxes, absent, only thermal."""
    paths = tuple(f"/data/walk/visible/v{i:03d}.jpg" for i in range(3))
    session = AnnotationSession(info(3, rgb_paths=(*paths[:2], "")))
    AddTarget("a", "walker", 0, {"type": "person"}).apply(session)
    SetBox("a", 0, np.array([[10, 20.25, 30, 40], [11, 21, 30.123456, 40]])).apply(session)
    SetBox("a", 1, np.ones((2, 4))).apply(session)
    SetFlags("a", np.array([1]), Flag.ABSENT).apply(session)
    SetBox("a", 2, np.array([[np.nan] * 4, [12, 22, 30, 40]])).apply(session)
    SetFlags("a", np.array([2]), Flag.OCCLUDED | Flag.TRUNCATED).apply(session)
    return session


def test_lasher_and_rgbt234() -> None:
    files = ground_truth_files(small(), "a", TruthForm.LASHER)
    assert files == {
        "visible.txt": "10,20.25,30,40\n0,0,0,0\n0,0,0,0\n",
        "infrared.txt": "11,21,30.1235,40\n0,0,0,0\n12,22,30,40\n",
        "init.txt": "10,20.25,30,40\n",
    }
    assert ground_truth_files(small(), "a", TruthForm.RGBT234) == files


def test_other_benchmarks() -> None:
    assert ground_truth_files(small(), "a", TruthForm.RGBT210) == {
        "init.txt": "10,20.25,30,40\n0,0,0,0\n12,22,30,40\n"
    }
    assert ground_truth_files(small(), "a", TruthForm.GTOT) == {
        "groundTruth_v.txt": "10 20.25 40 60.25\n0 0 0 0\n0 0 0 0\n",
        "groundTruth_i.txt": "11 21 41.1235 61\n0 0 0 0\n12 22 42 62\n",
        "init.txt": "10\t20.25\t30\t40\n",
    }
    session = full()
    rows = ground_truth_files(session, "1", TruthForm.VTUAV)["rgb.txt"].splitlines()
    assert len(rows) == 4
    assert rows[0] == "10 20 30 40"


@pytest.mark.parametrize("form", [TruthForm.LASHER, TruthForm.GTOT, TruthForm.RGBT234])
def test_our_own_readers_read_it_back(tmp_path: Path, form: TruthForm) -> None:
    """Beside real frames the files are the ground truth of a sequence of that layout."""
    folders, name = {
        TruthForm.LASHER: (("visible", "infrared"), "{:03d}"),
        TruthForm.RGBT234: (("visible", "infrared"), "{:05d}"),
        TruthForm.GTOT: (("v", "i"), "{:05d}"),
    }[form]
    image = np.zeros((120, 160, 3), np.uint8)
    for folder in folders:
        (tmp_path / folder).mkdir()
        for number in range(3):
            stem = name.format(number + (form is not TruthForm.LASHER))
            tag = f"{folder[0]}{stem}" if form is TruthForm.LASHER else f"{stem}{folder[0]}"
            write_image(tmp_path / folder / f"{tag}.png", image)
    session = small()
    write_files(tmp_path, ground_truth_files(session, "a", form))
    with open_sequence(tmp_path) as sequence:
        assert sequence.layout.label.startswith(form.value)
        truth = sequence.ground_truth
        assert truth is not None
        boxes = session.target("a").boxes
        assert truth.rgb[0] == pytest.approx(boxes[0, 0])
        assert truth.tir[[0, 2]] == pytest.approx(boxes[[0, 2], 1], abs=1e-4)
        assert truth.absent.tolist() == [False, True, False]
        assert truth.init == pytest.approx(boxes[0, 0])


def test_results_are_exact_and_complete() -> None:
    session = empty(3)
    SetBox("1", 0, np.full((2, 4), 1 / 3)).apply(session)
    with pytest.raises(SessionError, match="walker has no box on 2 frames, the first is 1"):
        result_text(session, "1")
    run("1", [1, 2]).apply(session)
    rows = result_text(session, "1", Modality.TIR, "\t").splitlines()
    assert [list(map(float, row.split("\t"))) for row in rows] == session.target("1").boxes[
        :, 1
    ].tolist()


def test_csv_holds_everything() -> None:
    session = full()
    rows = list(csv.DictReader(io.StringIO(csv_text(session))))
    assert len(rows) == 32
    by_frame = {(row["target"], row["frame"]): row for row in rows}
    manual = by_frame["walker", "7"]
    columns = ("rgb_x", "rgb_h", "source", "flags", "score", "model")
    assert [manual[name] for name in columns] == ["11.5", "44.0", "manual", "occluded", "", ""]
    tracked = by_frame["walker", "9"]
    assert (tracked["source"], tracked["model"]) == ("tracked", "tiny")
    assert float(tracked["score"]) == pytest.approx(float(session.target("1").score[9]), abs=1e-5)
    assert by_frame["Wagen — blau", "3"]["tir_w"] == "3.0"


def test_coco() -> None:
    document = json.loads(coco_text(small()))
    ids = [image["id"] for image in document["images"]]
    assert ids == [1, 2, 4, 5, 6]
    assert document["images"][0] == {
        "id": 1,
        "file_name": "visible/v000.jpg",
        "width": 480,
        "height": 360,
        "frame_index": 0,
        "modality": "rgb",
    }
    assert document["categories"] == [{"id": 1, "name": "person"}]
    assert document["tracks"][0]["name"] == "walker"
    annotations = document["annotations"]
    assert [(a["id"], a["image_id"]) for a in annotations] == [(1, 1), (2, 4), (3, 6)]
    assert annotations[0]["bbox"] == [10, 20.25, 30, 40]
    assert annotations[0]["area"] == 1200
    assert annotations[2]["occluded"] is True
    assert annotations[2]["truncated"] is True
    assert annotations[2]["source"] == "manual"
    assert annotations[2]["score"] is None


def test_coco_of_videos_names_the_video() -> None:
    session = AnnotationSession(
        info(2, rgb_paths=("/a/v.mp4",), tir_paths=("/a/t.mp4",), sources=("/a/v.mp4", "/a/t.mp4"))
    )
    images = json.loads(coco_text(session))["images"]
    assert [(i["file_name"], i["frame_index"]) for i in images] == [
        ("v.mp4", 0), ("v.mp4", 1), ("t.mp4", 0), ("t.mp4", 1),
    ]  # fmt: skip


def test_mot_counts_from_one() -> None:
    session = small()
    AddTarget("b", "car").apply(session)
    run("b", [0]).apply(session)
    score = f"{float(session.target('b').score[0]):.4f}"
    assert mot_text(session) == (
        f"1,1,11,21.25,30,40,1,-1,-1,-1\n1,2,1,3.5,30,40.5,{float(score):g},-1,-1,-1\n"
    )
    assert mot_text(session, Modality.TIR).splitlines()[-1] == "3,1,13,23,30,40,1,-1,-1,-1"


def test_a_target_without_boxes_is_not_exported() -> None:
    with pytest.raises(SessionError, match="walker has no box at all"):
        ground_truth_files(empty(), "1", TruthForm.LASHER)


def test_files_are_not_replaced_unasked(tmp_path: Path) -> None:
    files = {"a.txt": "1\n", "b.txt": "ü\n"}
    (tmp_path / "b.txt").write_text("precious")
    with pytest.raises(SessionError, match=r"b\.txt exists already"):
        write_files(tmp_path, files)
    assert not (tmp_path / "a.txt").exists()
    assert write_files(tmp_path, files, overwrite=True)[1].read_bytes() == "ü\n".encode()
    assert len(write_files(tmp_path / "new" / "folder", files)) == 2
    with pytest.raises(SessionError, match="cannot be written: a part of its path is a file"):
        write_files(tmp_path / "a.txt" / "below", files)


# Import -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    ["1,2,3,4\n5,6,7,8\n", "1 2 3 4\r\n5\t6\t7\t8", "\ufeff1; 2; 3; 4\r5.0,6e0,7,8\r\r"],
)
def test_separators_and_line_ends(text: str) -> None:
    assert parse_boxes(text, "a.txt").tolist() == [[1, 2, 3, 4], [5, 6, 7, 8]]


def test_frames_without_box() -> None:
    boxes = parse_boxes("1,2,3,4\n0,0,0,0\n\nNaN,NaN,NaN,NaN\n1,2,-3,4\n5,6,7,8\n", "a.txt")
    assert np.isnan(boxes[1:5]).all()
    assert boxes[5].tolist() == [5, 6, 7, 8]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "a.txt holds no box"),
        ("0,0,0,0\n", "a.txt holds no box"),
        ("1,2,3,4\n1,2,3\n", "Line 2 of a.txt is not a box"),
        ("x,y,w,h\n1,2,3,4\n", "Line 1 of a.txt is not a box"),
        ("1,2,3,4,5", "Line 1 of a.txt"),
    ],
)
def test_what_is_no_list_of_boxes(text: str, said: str) -> None:
    with pytest.raises(SessionError, match=said):
        parse_boxes(text, "a.txt")


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(SessionError, match="does not exist"):
        read_boxes(tmp_path / "none.txt")
    (tmp_path / "binary.txt").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(SessionError, match="not a text file"):
        read_boxes(tmp_path / "binary.txt")
    with (tmp_path / "huge.txt").open("wb") as file:
        file.truncate(1 << 40)
    with pytest.raises(SessionError, match="too large"):
        read_boxes(tmp_path / "huge.txt")
    (tmp_path / "good.txt").write_text("1,2,3,4\n")
    assert read_boxes(tmp_path / "good.txt").tolist() == [[1, 2, 3, 4]]


def test_boxes_are_imported_where_they_belong() -> None:
    session = full()
    rgb = parse_boxes("1,2,3,4\n0,0,0,0\n5,6,7,8\n", "a.txt")
    change = import_boxes(session, "1", rgb, start=6).apply(session)
    target = session.target("1")
    assert change.kept.tolist() == [7]
    assert target.boxes[8].tolist() == [[5, 6, 7, 8]] * 2
    assert target.source[[6, 8]].tolist() == [Source.IMPORTED] * 2
    assert not target.flags[6] & Flag.ABSENT
    import_boxes(session, "car-2", rgb, rgb + 1).apply(session)
    assert session.target("car-2").flags[1] & Flag.ABSENT
    assert session.target("car-2").boxes[0].tolist() == [[1, 2, 3, 4], [2, 3, 4, 5]]


def test_rows_are_neither_stretched_nor_moved() -> None:
    session = full()
    with pytest.raises(SessionError, match="41 boxes from frame 0 on do not fit the 40 frames"):
        import_boxes(session, "1", np.ones((41, 4)))
    with pytest.raises(SessionError, match="from frame 39 on do not fit"):
        import_boxes(session, "1", np.ones((2, 4)), start=39)
    with pytest.raises(SessionError, match="3 boxes for RGB and 2 for thermal"):
        import_boxes(session, "1", np.ones((3, 4)), np.ones((2, 4)))
    with pytest.raises(SessionError, match="no target"):
        import_boxes(session, "9", np.ones((3, 4)))


def test_the_class_of_a_target_is_its_category_before_its_type() -> None:
    session = small()
    SetTargetProperties(next(iter(session.targets)), class_name="pedestrian").apply(session)
    document = json.loads(coco_text(session))
    assert document["categories"] == [{"id": 1, "name": "pedestrian"}]
