"""What other programs write is taken in as they mean it, or refused in one sentence."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from sessions import (
    AnnotationSession,
    AttributeSpan,
    ExportChoice,
    ExportForm,
    Flag,
    FrameRows,
    History,
    ImportBoxes,
    Interpolate,
    SessionError,
    SetBox,
    SetFlags,
    Source,
    Target,
    export_session,
)
from sessions.exports.table import EXPORTS
from sessions.imports.into import counted, import_tracks
from sessions.imports.table import IMPORTS, read_tracks
from tests.unit.sessions.building import empty, full, info

FRAMES = 12
Taken = Callable[..., list[Target]]


@pytest.fixture
def taken(tmp_path: Path) -> Taken:
    """Write a text and import it; returns the targets."""

    def take(form: str, text: str | bytes, name: str = "some.txt") -> list[Target]:
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True, parents=True)
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return of_place(form, path)

    return take


def of_place(form: str, path: Path, tir: Path | None = None) -> list[Target]:
    session = AnnotationSession(info(FRAMES))
    reader = next(each for each in IMPORTS if each.id == form)
    tracks = read_tracks(reader, path, session.sequence, tir)
    import_tracks(session, tracks, "Import").apply(session)
    return list(session.targets.values())


def track(boxes: str, head: str = 'id="0" label="car" source="manual"') -> str:
    return f"<annotations><track {head}>{boxes}</track></annotations>"


def box(frame: int, left: float, *, outside: int = 0, key: int = 1, inside: str = "") -> str:
    return (
        f'<box frame="{frame}" outside="{outside}" occluded="0" keyframe="{key}" xtl="{left}" '
        f'ytl="2" xbr="{left + 3}" ybr="6">{inside}</box>'
    )


def test_cvat_means_what_lies_between_keyframes(taken: Taken) -> None:
    (car,) = taken("cvat", track(box(1, 10) + box(5, 18) + box(7, 20, outside=1) + box(9, 0)))
    assert car.name == "car 0"
    assert car.class_name == "car"
    lefts = car.boxes[:, 0, 0].tolist()
    assert lefts[1:7] == [10, 12, 14, 16, 18, 19]
    assert lefts[9:] == [0, 0, 0]
    assert np.flatnonzero(car.absent()).tolist() == [7, 8]
    assert np.isnan(lefts[0])
    keys = car.source == Source.MANUAL
    assert np.flatnonzero(keys).tolist() == [1, 5, 9]
    assert set(car.source[[2, 3, 4, 6, 10, 11]]) == {Source.INTERPOLATED}


def test_boxes_of_cvat_that_are_no_keyframes_are_taken_as_they_stand(taken: Taken) -> None:
    (car,) = taken(
        "cvat", track(box(1, 10) + box(2, 50, key=0) + box(3, 10) + box(4, 1, outside=1))
    )
    assert car.boxes[2, 0].tolist() == [50, 2, 3, 4]
    assert car.source[1:4].tolist() == [Source.MANUAL, Source.INTERPOLATED, Source.MANUAL]
    (car,) = taken("cvat", track(box(1, 10), 'id="0" label="car" source="auto"'))
    assert car.source[1] == Source.IMPORTED


def said(**values: str) -> str:
    return "".join(f'<attribute name="{n}">{v}</attribute>' for n, v in values.items())


def test_attributes_of_cvat_that_may_change_go_on_until_they_do(taken: Taken) -> None:
    """And those that are declared as of the whole track are of the whole target."""
    declared = "".join(
        f"<attribute><name>{name}</name><mutable>{mutable}</mutable></attribute>"
        for name, mutable in (("make", "False"), ("pose", "True"))
    )
    head = f"<meta><task><name>pose</name><labels><label><name>car</name><attributes>{declared}"
    head += "</attributes></label></labels></task></meta>"
    boxes = (
        box(1, 10, inside=said(make="<![CDATA[A & B]]>", pose="slow"))
        + box(3, 11, inside=said(make="C", pose=" \n"))
        + box(5, 12, key=0, inside=said(pose="fast", _source="roof"))
        + box(8, 12)
    )
    text = track(boxes).replace("<annotations>", f"<annotations>{head}")
    (car,) = taken("cvat", text)
    assert car.attributes == {"make": "A & B"}
    assert car.spans == (
        AttributeSpan("pose", 1, 2, "slow"),
        AttributeSpan("pose", 5, FRAMES - 1, "fast"),
        AttributeSpan("source", 5, FRAMES - 1, "roof"),
    )


def test_attributes_of_others_are_cut_to_what_a_session_takes(taken: Taken) -> None:
    long = "ä" * 300
    inside = f'<attribute name="a&#9;{long}">b\n{long}</attribute><attribute name=" ">x</attribute>'
    (car,) = taken("cvat", track(box(1, 10, inside=inside)))
    (span,) = car.spans
    assert span.name.startswith("a")
    assert 90 < len(span.name.encode()) <= 100
    assert 190 < len(span.value.encode()) <= 200


@pytest.mark.parametrize("cell", ["[]", "{", '{"a": 1}', "NaN", '{"a": {}}'])
def test_a_cell_of_no_attributes_is_refused(taken: Taken, cell: str) -> None:
    quoted = cell.replace('"', '""')
    text = f'target,frame,rgb_x,rgb_y,rgb_w,rgb_h,attributes\na,3,1,2,3,4,"{quoted}"\n'
    with pytest.raises(SessionError, match=r"Line 2 of some.txt is no row: .* JSON object of attr"):
        taken("csv", text)


@pytest.mark.parametrize(
    ("entry", "why"),
    [
        ({"name": "a", "value": "x", "first": 3}, "needs `name`, `value`, and the"),
        ({"name": "a", "value": 5, "first": 3, "last": 4}, "needs `name`, `value`, and the"),
        ("a", "needs `name`, `value`, and the"),
        ({"name": "a", "value": "x", "first": 3, "last": 12}, "names frames beyond the 12"),
        ({"name": "a", "value": "x", "first": 5, "last": 4}, "names frames beyond the 12"),
    ],
)
def test_attributes_of_coco_that_are_none_are_refused(
    taken: Taken, entry: object, why: str
) -> None:
    tracks = [{"id": 1, "frame_attributes": [entry]}]
    document = {"images": [], "categories": [], "annotations": [], "tracks": tracks}
    with pytest.raises(SessionError, match=f"some.txt is no COCO file .*{why}"):
        taken("coco", json.dumps(document))


def test_cvat_draws_what_we_leave_to_it(tmp_path: Path) -> None:
    """As CVAT does on import: boxes that are no keyframes are forgotten and drawn again."""
    session = empty(FRAMES)
    for frame, left in ((1, 0.0), (5, 8.0), (10, 9.0)):
        SetBox("1", frame, np.array([[left, 1, 2, 3]] * 2)).apply(session)
    SetFlags("1", np.array([8]), Flag.OCCLUDED).apply(session)
    Interpolate("1", 1, 6).apply(session)
    Interpolate("1", 5, 11).apply(session)
    export_session(session, by_id("cvat"), tmp_path / "out.xml")
    text = (tmp_path / "out.xml").read_text(encoding="utf-8")
    keys = [int(frame) for frame in re.findall(r'frame="(\d+)" [^>]*keyframe="1"', text)]
    assert keys == [1, 5, 6, 7, 8, 9, 10, 11]
    fewer = re.sub(r'    <box [^>]*keyframe="0".*</box>\n', "", text)
    assert len(fewer) < len(text)
    (tmp_path / "fewer.xml").write_text(fewer, encoding="utf-8")
    (drawn,) = of_place("cvat", tmp_path / "fewer.xml")
    walker = session.target("1")
    assert drawn.boxes[:, 0] == pytest.approx(walker.boxes[:, 0], abs=2e-3, nan_ok=True)
    assert np.array_equal(drawn.flags, walker.flags)
    assert np.array_equal(drawn.source, walker.source)


def test_a_frame_without_box_is_not_absent_in_cvat(tmp_path: Path) -> None:
    session = empty(FRAMES)
    SetFlags("1", np.array([0, 1, 6]), Flag.ABSENT).apply(session)
    for frame in (3, 8):
        SetBox("1", frame, np.array([[1, 1, 2, 3]] * 2)).apply(session)
    export_session(session, by_id("cvat"), tmp_path / "out.xml")
    (again,) = of_place("cvat", tmp_path / "out.xml")
    assert np.flatnonzero(again.absent()).tolist() == [0, 1, 6]
    assert np.flatnonzero(~np.isnan(again.boxes[:, 0, 0])).tolist() == [3, 8]


def by_id(form: str) -> ExportForm:
    return next(each for each in EXPORTS if each.id == form)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("<annotations><image id='0'/></annotations>", "holds no track of boxes; export it"),
        ("<annotations><track>", "line 1"),
        (
            '<!DOCTYPE a [<!ENTITY b "cc"><!ENTITY d "&b;&b;">]><annotations>&d;</annotations>',
            "it declares a document type",
        ),
        (track(box(1, 2).replace('xtl="2"', 'xtl="nan"')), "a corner that is no number"),
        (track(box(1, 2).replace('frame="1"', 'frame="-1"')), "'-1' is not the number of a frame"),
        (track(box(1, 2).replace("occluded", 'rotation="30" occluded')), "a box is rotated"),
        (track(box(99, 2)), "car 0 reaches to frame 99, and the sequence has 12 frames"),
        (track(box(1, 2) + box(1, 3)), "Frame 1 of car 0 is named twice"),
        (track(box(1, 2).replace('xbr="5"', 'xbr="2"')), "The box of car 0 on frame 1 is none"),
    ],
)
def test_what_is_no_cvat_for_video(text: str, said: str, taken: Taken) -> None:
    with pytest.raises(SessionError, match=re.escape(said)):
        taken("cvat", text)


def test_ground_truth_and_results_of_mot(taken: Taken) -> None:
    first, second = taken("mot", "1,2,11,21,5,6,1,1,0.5\n3,1,2,3,4,5,0,7,1\n1,1,1,1,4,5,1,1,1\n")
    assert (first.name, second.name) == ("1", "2")
    assert first.boxes[2, 0].tolist() == [1, 2, 4, 5]
    assert second.boxes[0].tolist() == [[10, 20, 5, 6]] * 2
    assert np.isnan(first.score).all()
    (only,) = taken("mot", "1 7 1 1 4 5 0.25 -1 -1 -1\n2 7 1 1 4 5 1 -1 -1 -1\n")
    assert only.score[0] == 0.25
    assert np.isnan(only.score[1])


@pytest.mark.parametrize(
    ("form", "text", "said"),
    [
        ("mot", "1,-1,1,1,4,5\n", "Line 1 of some.txt is no row of MOTChallenge: -1.0 is no iden"),
        ("mot", "0,1,1,1,4,5\n", "0.0 is no frame, which counts from 1"),
        ("mot", "1,1,1,1\n", "6 numbers are needed, and there are 4"),
        ("mot", "1,1,1,1,4,5\n\n1,1,2,2,4,5\n", "Frame 0 of 1 is named twice"),
        ("csv", "a,b\n1,2\n", "its first line must name the columns target, frame"),
        ("csv", "target,frame,rgb_x,rgb_y,rgb_w,rgb_h\nw,x,1,2,3,4\n", "Line 2 of some.txt"),
        ("csv", "target,frame,rgb_x,rgb_y,rgb_w,rgb_h\nw,1,1,2,3\n", "'' is not a number"),
        ("csv", "target,frame,rgb_x,rgb_y,rgb_w,rgb_h,flags\nw,1,1,2,3,4,gone", "no flag 'gone'"),
        ("coco", "[]", "the file is no object with names"),
        ("coco", '{"images": 3}', "it has no list `images`"),
        ("vot", "m0,0,3,3,1,2\n", "is not a box"),
        ("lasher", "0,0,0,0\n", "some.txt holds no box"),
    ],
)
def test_what_is_refused(form: str, text: str, said: str, taken: Taken) -> None:
    with pytest.raises(SessionError, match=re.escape(said)):
        taken(form, text)


def coco(annotations: list[dict[str, object]], **more: object) -> str:
    names = ["x/visible/v003.jpg", "i004.jpg", "nowhere.jpg"]
    images = [{"id": k, "file_name": name} for k, name in enumerate(names)]
    kinds = [{"id": 5, "name": "person"}]
    return json.dumps({"images": images, "categories": kinds, "annotations": annotations, **more})


def test_images_of_other_coco_files_are_found_by_name(taken: Taken) -> None:
    rows = [
        {"image_id": 0, "category_id": 5, "bbox": [1, 2, 3, 4], "score": 0.5, "occluded": 1},
        {"image_id": 1, "category_id": 5, "bbox": [5, 6, 7, 8]},
    ]
    with pytest.raises(SessionError, match=r"its image 'x/visible/v003\.jpg' is not one image"):
        taken("coco", coco(rows[:1]))
    (person,) = taken("coco", coco(rows).replace("x/visible", "visible"))
    assert (person.name, person.class_name) == ("person 5", "person")
    assert person.boxes[3, 0].tolist() == [1, 2, 3, 4]
    assert person.boxes[4, 1].tolist() == [5, 6, 7, 8]
    assert np.isnan(person.boxes[3, 1]).all()
    assert person.score[3] == 0.5
    assert person.flags[3] == Flag.OCCLUDED
    rows[1]["image_id"] = 2
    with pytest.raises(SessionError, match=r"its image 'nowhere\.jpg' is not one image"):
        taken("coco", coco(rows).replace("x/visible", "visible"))
    rows[1]["image_id"] = 0
    with pytest.raises(SessionError, match="two boxes of one target lie on frame 3; it needs"):
        taken("coco", coco(rows).replace("x/visible", "visible"))
    for number, row in enumerate(rows):
        row["track_id"] = number
    assert len(taken("coco", coco(rows).replace("x/visible", "visible"))) == 2


def test_a_polygon_of_vot_is_the_box_around_it(taken: Taken) -> None:
    (target,) = taken("vot", "1,2,3,4\n10,20,30,20,30,50,10,50\n0\n1\n", "walk/groundtruth.txt")
    assert target.boxes[:2, 0].tolist() == [[1, 2, 3, 4], [10, 20, 20, 30]]
    assert np.flatnonzero(target.absent()).tolist() == [2, 3]


def test_tags_of_another_length_are_refused(taken: Taken, tmp_path: Path) -> None:
    (tmp_path / "walk").mkdir()
    (tmp_path / "walk" / "occlusion.tag").write_text("1\n")
    taken("vot", "1,2,3,4\n1,2,3,4\n", "walk/groundtruth.txt")
    with pytest.raises(SessionError, match=r"occlusion\.tag needs 0 or 1 on a line for each of"):
        of_place("vot", tmp_path / "walk")


def test_a_folder_without_lists_says_what_is_missing(tmp_path: Path) -> None:
    with pytest.raises(SessionError, match=r"There is no rgb\.txt or ir\.txt in"):
        of_place("vtuav", tmp_path)
    with pytest.raises(SessionError, match="is a folder; name the file of the form mot"):
        of_place("mot", tmp_path)


def test_one_list_alone_is_of_one_camera(tmp_path: Path) -> None:
    (tmp_path / "infrared.txt").write_text("1,2,3,4\n0,0,0,0\n")
    (target,) = of_place("lasher", tmp_path)
    assert np.isnan(target.boxes[:, 0]).all()
    assert target.boxes[0, 1].tolist() == [1, 2, 3, 4]
    assert np.flatnonzero(target.absent()).tolist() == [1]
    (target,) = of_place("lasher", tmp_path / "infrared.txt")
    assert target.boxes[0].tolist() == [[1, 2, 3, 4]] * 2
    with pytest.raises(SessionError, match="holds both modalities; leave the thermal one out"):
        (tmp_path / "visible.txt").write_text("1,2,3,4\n1,2,3,4\n")
        of_place("lasher", tmp_path, tmp_path / "infrared.txt")


def test_an_import_is_one_step_beside_what_is_there(tmp_path: Path) -> None:
    session = full(FRAMES + 28)
    names = [target.name for target in session.targets.values()]
    export_session(session, by_id("csv"), tmp_path / "out.csv")
    reader = next(each for each in IMPORTS if each.id == "csv")
    tracks = read_tracks(reader, tmp_path / "out.csv", session.sequence)
    assert counted(tracks).targets == 2
    history = History(session)
    history.do(import_tracks(session, tracks, "Import out.csv"))
    assert [target.name for target in session.targets.values()] == names * 2
    assert len({target.color for target in session.targets.values()}) == 4
    assert history.undo_label == "Import out.csv"
    history.undo()
    assert [target.name for target in session.targets.values()] == names


def test_what_an_import_may_say() -> None:
    session = empty(FRAMES)
    boxes = np.ones((2, 4))
    ImportBoxes(
        "1", [1, 2], boxes, sources=[1, 2], flags=[2, 16], scores=[np.nan, 0.5]
    ).apply(session)  # fmt: skip
    walker = session.target("1")
    assert walker.source[[1, 2]].tolist() == [Source.MANUAL, Source.TRACKED]
    assert walker.flags[[1, 2]].tolist() == [Flag.OCCLUDED, Flag.REVIEWED]
    assert isinstance(walker.table.rows([1]), FrameRows)
    assert walker.score[2] == 0.5
    for wrong in ({"sources": [1, 9]}, {"flags": [1, 4096]}, {"scores": [0, 1.5]}, {"flags": [1]}):
        with pytest.raises(SessionError):
            ImportBoxes("1", [1, 2], boxes, **wrong)  # type: ignore[arg-type]


def test_a_target_without_a_box_has_no_folder(tmp_path: Path) -> None:
    session = full(40)
    choice = ExportChoice("car-2")
    export_session(session, by_id("gtot"), tmp_path / "one", choice)
    assert (tmp_path / "one" / "groundTruth_v.txt").exists()
    written = export_session(session, by_id("gtot"), tmp_path / "all")
    assert {path.parent.name for path in written} == {"walker", "Wagen — blau"}
