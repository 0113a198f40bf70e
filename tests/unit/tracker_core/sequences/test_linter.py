from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from tests.recordings import heat, picture, write_folder, write_lasher, write_video
from tracker_core.errors import CKDError
from tracker_core.imaging import write_image
from tracker_core.sequences.linter import LintReport, lint
from tracker_core.sequences.remarks import Severity


def found(report: LintReport) -> dict[str, tuple[Severity, str]]:
    return {
        finding.code: (finding.severity, finding.sentence)
        for sequence in report.sequences
        for finding in sequence.findings
    }


def codes(report: LintReport, severity: Severity) -> set[str]:
    return {code for code, (level, _) in found(report).items() if level is severity}


def test_a_good_sequence_has_nothing_but_notes(lasher: Path) -> None:
    report = lint(lasher)
    assert not report.has_errors
    assert codes(report, Severity.WARNING) == set()
    assert codes(report, Severity.INFO) == {"text-form", "gray-thermal", "zero-position"}
    assert report.sequences[0].frames == 5


@pytest.mark.parametrize("read_frames", [True, False])
def test_missing_frames_and_rows(lasher: Path, read_frames: bool) -> None:
    (lasher / "infrared" / "i002.png").unlink()
    (lasher / "visible.txt").write_text("1,2,3,4\n" * 7)
    report = lint(lasher, read_frames)
    assert {"missing-frames", "too-many-rows"} <= codes(report, Severity.ERROR)
    assert report.has_errors


def test_unreadable_frames_are_counted_and_explained(lasher: Path) -> None:
    for k in (1, 3):
        path = lasher / "visible" / f"v00{k}.png"
        path.write_bytes(path.read_bytes()[:-9])
    severity, sentence = found(lint(lasher))["unreadable-frame"]
    assert severity is Severity.ERROR
    assert "2 RGB frames cannot be read (index 1, 3)" in sentence
    assert "cut short" in sentence
    assert "unreadable-frame" not in found(lint(lasher, read_frames=False))


def test_frames_that_differ_from_the_rest(tmp_path: Path) -> None:
    root = write_lasher(tmp_path / "walk")
    write_image(root / "visible" / "v003.png", picture(3, (16, 12)))
    write_image(root / "infrared" / "i001.png", np.full((24, 32), 999, np.uint16))
    write_image(root / "infrared" / "i002.png", picture(2))
    report = lint(root)
    assert (
        "1 RGB frame differs from the others in size (index 3): 16 x 12"
        in (found(report)["frame-size"][1])
    )
    assert codes(report, Severity.ERROR) == {"frame-size"}
    assert {"bit-depth", "channels"} <= codes(report, Severity.WARNING)


def test_depth_and_channels_are_reported(tmp_path: Path) -> None:
    root = tmp_path / "walk"
    write_folder(root / "visible", ["0.png"], heat)
    write_folder(root / "infrared", ["0.png"], lambda k: np.full((24, 32), 5 + k, np.uint16))
    report = lint(root)
    assert codes(report, Severity.INFO) >= {"deep-thermal", "gray-thermal", "no-ground-truth"}
    assert codes(report, Severity.WARNING) == {"gray-rgb"}


def test_what_is_wrong_with_boxes(tmp_path: Path) -> None:
    root = write_lasher(tmp_path / "walk")
    (root / "visible.txt").write_text("0,0,0,0\n1,2,5,6\n90,2,5,6\n\n30,20,9,9\n")
    (root / "infrared.txt").write_text("1,1,5,6\n20,14,5,6\n20,15,5,6\n1,1,1,1\n30,20,9,9")
    (root / "init.txt").write_text("2,2,5,6\n")
    report = lint(root)
    assert codes(report, Severity.ERROR) == {"box-outside"}
    assert codes(report, Severity.WARNING) == {
        "one-sided",
        "boxes-differ",
        "init-differs",
        "blank-line",
    }
    assert "box-beyond" in codes(report, Severity.INFO)
    assert "(index 2)" in found(report)["box-outside"][1]
    assert "(line 4)" in found(report)["blank-line"][1]
    assert "farthest apart at index 2" in found(report)["boxes-differ"][1]


def test_no_box_at_all_a_late_one_and_absence(tmp_path: Path) -> None:
    root = write_lasher(tmp_path / "walk")
    (root / "init.txt").unlink()
    for name in ("visible.txt", "infrared.txt"):
        (root / name).write_text("0,0,0,0\n" * 5)
    assert "no-box" in codes(lint(root), Severity.ERROR)
    for name in ("visible.txt", "infrared.txt"):
        (root / name).write_text("0,0,0,0\n" * 3 + "1,1,4,4\n" * 2)
    report = lint(root)
    assert "index 3, not 0" in found(report)["late-start"][1]
    assert "3 frames (index 0-2)" in found(report)["absent-target"][1]


def test_broken_ground_truth_and_left_over_files(lasher: Path) -> None:
    (lasher / "infrared.txt").write_text("1,2,3\n")
    (lasher / "visible-o.txt").write_text("1,2,3,4\n")
    report = lint(lasher)
    assert "line 1: it has 3 values" in found(report)["bad-ground-truth"][1]
    assert "visible-o.txt" in found(report)["left-over-file"][1]


def test_a_sequence_that_cannot_be_opened_is_reported_not_raised(tmp_path: Path) -> None:
    write_lasher(tmp_path / "walk")
    shutil.rmtree(write_lasher(tmp_path / "half") / "visible")
    report = lint(tmp_path)
    by_name = {sequence.name: sequence for sequence in report.sequences}
    assert [finding.code for finding in by_name["half"].findings] == ["cannot-open"]
    assert by_name["half"].layout is None
    assert by_name["walk"].count(Severity.ERROR) == 0
    alone = lint(tmp_path / "half")
    assert [finding.code for finding in alone.sequences[0].findings] == ["cannot-open"]


def test_names_that_other_toolkits_trip_over(tmp_path: Path) -> None:
    write_lasher(tmp_path / "blkboy`shead")
    write_lasher(tmp_path / "größe")
    report = lint(tmp_path)
    sentences = [f.sentence for s in report.sequences for f in s.findings if "name" in f.code]
    assert len(sentences) == 2


def test_findings_about_the_dataset(tmp_path: Path) -> None:
    for name in ("a", "b", "c"):
        write_lasher(tmp_path / name, frames=1)
    (tmp_path / "list.txt").write_text("a\nb\nc\nd\n")
    (tmp_path / "attr_txt").mkdir()
    (tmp_path / "attr_txt" / "SequencesName.txt").write_text("a\nb\n")
    (tmp_path / "attr_txt" / "TC.txt").write_text("1\n1\n")
    report = lint(tmp_path)
    assert [finding.code for finding in report.findings] == ["listed-only", "no-attributes"]
    (tmp_path / "attr_txt" / "TC.txt").write_text("1\nyes\n")
    assert "bad-attributes" in [finding.code for finding in lint(tmp_path).findings]


def test_videos_are_linted_too(tmp_path: Path) -> None:
    root = tmp_path / "walk"
    root.mkdir()
    write_video(root / "rgb.mp4", 6)
    write_video(root / "ir.mp4", 5)
    assert codes(lint(root), Severity.ERROR) == {"unequal-counts"}
    both = write_video(tmp_path / "both.mp4", 4)
    report = lint(both)
    assert report.sequences[0].frames == 4
    assert "sides" in found(report)


def test_the_report_is_plain_json(lasher: Path, tmp_path: Path) -> None:
    (lasher / "infrared" / "i002.png").unlink()
    plain = json.loads(json.dumps(lint(tmp_path).to_json()))
    assert plain["layout"] == "lasher"
    assert plain["errors"] == 1
    (sequence,) = plain["sequences"]
    assert sequence["frames"] == 5
    assert {"severity", "code", "sentence"} == set(sequence["findings"][0])


def test_progress_is_reported(lasher: Path) -> None:
    calls: list[tuple[str, int, int]] = []
    lint(lasher, progress=lambda *call: calls.append(call))
    assert calls[-1] == ("walk", 5, 5)


def test_no_such_path(tmp_path: Path) -> None:
    with pytest.raises(CKDError, match="There is no file or folder"):
        lint(tmp_path / "none")


def test_the_real_clip_has_no_errors(shared: Path) -> None:
    assert not lint(shared / "data" / "tno_nato_camp").has_errors


def test_a_text_that_is_none_is_a_finding_and_ends_nothing(tmp_path: Path) -> None:
    """Every text of a dataset might be a list of its sequences; none of them has to be."""
    first, second = (write_lasher(tmp_path / "set" / name) for name in ("walk", "ride"))
    (first / "visible.txt").write_bytes(b"1,2,3,4\n\x1b[31m\x07,2,3,4\n")
    (second / "notes.txt").write_bytes(bytes(range(64)))
    (tmp_path / "set" / "testingsetList.txt").write_bytes(b"walk\nride\n\x00\x01")
    for place in (tmp_path / "set", first):
        report = lint(place, read_frames=False)
        walk = next(each for each in report.sequences if each.name == "walk")
        assert "bad-ground-truth" in {finding.code for finding in walk.findings}
