"""The table of trackers: names, arguments, and sentences for what is neither."""

from __future__ import annotations

import logging
import subprocess
import sys
from importlib.metadata import EntryPoint
from pathlib import Path

import pytest

from tracker_core.errors import CKDError
from tracker_core.trackers import registry, tracker_source, trackers

MINE = """
from tracker_core.trackers import Step

class Mine:
    title = "Mine"

    def __init__(self, pace="1"):
        self.pace = float(pace)

    def start(self, frames, box_xywh):
        return box_xywh

    def step(self, state, frames):
        x, y, w, h = state
        return (x + self.pace, y, w, h), Step((x + self.pace, y, w, h))
"""


@pytest.fixture
def points(monkeypatch: pytest.MonkeyPatch) -> list[EntryPoint]:
    """What other packages register."""
    found: list[EntryPoint] = []
    monkeypatch.setattr(registry.metadata, "entry_points", lambda **_: tuple(found))
    monkeypatch.setattr(registry, "_registered", registry._registered.__wrapped__)
    return found


def test_importing_the_registry_imports_nothing_heavy() -> None:
    program = (
        "import sys; from tracker_core.trackers import trackers; trackers();"
        "sys.exit(' '.join({'torch', 'cv2', 'PySide6', 'h5py'} & set(sys.modules)) or 0)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


def test_every_tracker_of_ours_is_in_the_table() -> None:
    forms = [entry.form for entry in registry.ENTRIES]
    assert forms[0] == "ckd"
    assert {"nanotrack:DIR", "nanotrack-tir:DIR", "mil", "correlation", "still"} <= set(forms)
    assert len({entry.name for entry in registry.ENTRIES}) == len(forms)
    assert all(entry.title and entry.summary.endswith(".") for entry in registry.ENTRIES)


@pytest.mark.parametrize(
    ("spec", "message"),
    [
        ("mill", "There is no tracker 'mill'; did you mean mil?"),
        ("nanotrak:some/where", "did you mean nanotrack:DIR?"),
        ("zebra", "There is no tracker 'zebra'. Trackers are ckd, nanotrack:DIR"),
        ("", "There is no tracker ''"),
        ("nanotrack", "is typed nanotrack:DIR"),
        ("mil:fast", "takes nothing after a colon, not 'fast'"),
        ("nanotrack:/nowhere", "There is no folder /nowhere"),
        ("nowhere_at_all:Class", "There is no module 'nowhere_at_all'"),
        ("math:Nothing", "math has no Nothing"),
        ("math:pi", "but not a class"),
        ("fractions:Fraction", "has no start and no step"),
        (":Class", "There is no tracker ':Class'"),
    ],
)
def test_what_is_no_tracker_is_refused_in_one_sentence(spec: str, message: str) -> None:
    with pytest.raises(CKDError) as caught:
        tracker_source(spec)
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_folder_may_begin_at_home() -> None:
    with pytest.raises(CKDError, match=f"There is no folder {Path.home() / 'nowhere'}"):
        tracker_source("nanotrack:~/nowhere")


def test_a_model_is_for_ckd_only() -> None:
    with pytest.raises(CKDError, match="takes none"):
        tracker_source("mil", model="tiny")


def test_other_packages_add_trackers(
    points: list[EntryPoint], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "registered_tracker.py").write_text(MINE)
    monkeypatch.syspath_prepend(tmp_path)
    points.append(EntryPoint("mine", "registered_tracker:Mine", registry.GROUP))
    assert trackers()["mine"].form == "mine[:ARGUMENT]"
    plain, fast = tracker_source("mine"), tracker_source("mine:2.5")
    assert plain.info.name == "Mine"
    assert plain.info.tracker == "mine"
    assert plain.settings != fast.settings
    assert plain.info != fast.info
    assert fast.make()._tracker.pace == 2.5  # type: ignore[attr-defined]
    with pytest.raises(CKDError, match="did you mean mine"):
        tracker_source("minne")


@pytest.mark.expects_log
def test_a_broken_registration_costs_a_warning(
    points: list[EntryPoint], caplog: pytest.LogCaptureFixture
) -> None:
    points += [
        EntryPoint("mil", "somewhere:Else", registry.GROUP),
        EntryPoint("no class", "somewhere", registry.GROUP),
        EntryPoint("garbled", "?!", registry.GROUP),
    ]
    with caplog.at_level(logging.WARNING):
        assert list(trackers()) == [entry.name for entry in registry.ENTRIES]
    assert len(caplog.records) == 3
    assert "The tracker mil of another package is left out: that name is taken" in caplog.text


def test_a_registered_tracker_that_cannot_be_imported_is_a_sentence(
    points: list[EntryPoint], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "broken_tracker.py").write_text("raise RuntimeError('no licence')\n")
    monkeypatch.syspath_prepend(tmp_path)
    points.append(EntryPoint("broken", "broken_tracker:Broken", registry.GROUP))
    assert "broken" in trackers()
    with pytest.raises(CKDError, match="cannot be imported: RuntimeError: no licence"):
        tracker_source("broken")


@pytest.mark.expects_log
def test_an_installation_that_cannot_be_read_leaves_ours(
    points: list[EntryPoint], monkeypatch: pytest.MonkeyPatch
) -> None:
    def damaged(group: str) -> None:
        raise UnicodeDecodeError("utf-8", b"", 0, 1, group)

    monkeypatch.setattr(registry.metadata, "entry_points", damaged)
    assert list(trackers()) == [entry.name for entry in registry.ENTRIES]
    assert points == []
