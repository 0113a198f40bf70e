"""The chooser's rows are the table of trackers, whatever stands in it."""

from __future__ import annotations

import pytest

from app.bridge.tracker_items import known_tracker, tracker_items
from app.resolve.trackers import Pick, TrackerItem
from app.state.tracker_choice import TrackerChoice
from tracker_core.trackers import TrackerEntry, registry, trackers

CKD = TrackerChoice()


def texts(items: tuple[TrackerItem, ...]) -> list[str]:
    return [item.text for item in items]


def current(items: tuple[TrackerItem, ...]) -> TrackerItem:
    (found,) = [item for item in items if item.current]
    return found


@pytest.fixture
def registered(monkeypatch: pytest.MonkeyPatch) -> TrackerEntry:
    """A tracker that another package registers."""
    entry = TrackerEntry(
        "warm", "Warm spot", "Registered by warm.", registry.ENTRIES[-1].source, "ARGUMENT",
        origin="warm", optional=True,
    )  # fmt: skip
    monkeypatch.setattr(registry, "_registered", lambda: (entry,))
    return entry


def test_every_tracker_of_the_table_is_a_row() -> None:
    items = tracker_items(CKD, "tiny")
    named = [item.value for item in items if item.pick is Pick.TRACKER]
    assert named == [name for name in trackers() if name != "ckd"]
    assert texts(items) == [
        "CKD tiny", "CKD from a file…", "NanoTrack RGB…", "NanoTrack thermal…", "MIL",
        "Correlation", "Still box", "TraX program…", "Other…",
    ]  # fmt: skip
    assert current(items).text == "CKD tiny"
    assert all(item.tip for item in items)


@pytest.mark.usefixtures("registered")
def test_what_a_package_registers_is_a_row() -> None:
    assert texts(tracker_items(CKD, "tiny"))[-2:] == ["Warm spot", "Other…"]
    chosen = current(tracker_items(TrackerChoice.of("warm:/w", "tiny", ""), "tiny"))
    assert (chosen.text, chosen.value) == ("Warm spot", "warm")
    assert chosen.tip.endswith("With: /w")


def test_a_file_of_weights_stays_in_the_list_while_another_tracker_is_chosen() -> None:
    ours = tracker_items(TrackerChoice("ckd", "/models/base.pth.tar"), "/models/base.pth.tar")
    assert texts(ours)[:3] == ["CKD tiny", "CKD base.pth.tar", "CKD from a file…"]
    assert current(ours).tip == "/models/base.pth.tar"
    other = tracker_items(TrackerChoice.of("mil", "x", "cpu"), "/models/base.pth.tar")
    assert texts(other) == texts(ours)
    assert current(other).text == "MIL"


def test_a_folder_that_is_known_stands_in_the_tip() -> None:
    items = tracker_items(CKD, "tiny", "/nano")
    rows = [item for item in items if item.text.startswith("NanoTrack")]
    assert [row.text for row in rows] == ["NanoTrack RGB", "NanoTrack thermal"]
    assert all(row.tip.endswith("Folder: /nano") for row in rows)
    chosen = TrackerChoice.of("nanotrack-tir:/other", "tiny", "")
    assert current(tracker_items(chosen, "tiny", "/nano")).tip.endswith("Folder: /other")


def test_a_class_that_was_typed_is_a_row_of_its_own() -> None:
    items = tracker_items(TrackerChoice.of("warm_spot:WarmSpot", "tiny", ""), "tiny")
    assert texts(items)[-2:] == ["warm_spot:WarmSpot", "Other…"]
    assert current(items).value == "warm_spot:WarmSpot"


@pytest.mark.parametrize("spec", ["", "no such", "nanotrack", "mil:x", "ckd:x", ":", "a:"])
def test_what_no_tracker_is_called_becomes_ckd(spec: str) -> None:
    assert known_tracker(spec) == "ckd"


@pytest.mark.parametrize("spec", ["ckd", "mil", "nanotrack:/gone", "module:Class"])
def test_what_a_tracker_is_called_stays(spec: str) -> None:
    assert known_tracker(spec) == spec


@pytest.mark.parametrize(
    ("command", "program"),
    [
        ("/opt/their/tracker --fast", "tracker"),
        ("./their-tracker", "their-tracker"),
        ("/env/bin/python3.11 -u '/opt/my trackers/mine.py' --model big", "mine.py"),
        ("python", "python"),
        ("pythonic other", "pythonic"),
        ("'no end", "'no end"),
    ],
)
def test_a_program_is_named_by_its_file(command: str, program: str) -> None:
    chosen = current(tracker_items(TrackerChoice.of(f"trax:{command}", "tiny", ""), "tiny"))
    assert (chosen.text, chosen.value) == (f"TraX program {program}…", "trax")
    assert chosen.tip.endswith(f"With: {command}")
