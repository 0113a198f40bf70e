"""Sound sessions, journals of programs that were killed, preferences, cached indexes of videos."""

from __future__ import annotations

import json
import os
import shutil
import zlib
from collections.abc import Iterable
from functools import partial
from pathlib import Path

import numpy as np

from benchmarks.mutations.damage import Damage, Edit
from benchmarks.mutations.sequences import FRAMES, NAME, STILLS
from benchmarks.mutations.sound import Sound
from benchmarks.mutations.textwise import changed
from benchmarks.user.places import isolate

SAMPLES = Path(__file__).parents[2] / "tests" / "data" / "sessions"
"""Sessions as programs of all formats wrote them."""
CHANGES = 8
"""Boxes that are in the journal alone, on the first frames."""


def _sequence(root: Path) -> None:
    STILLS["lasher jpg"].write(root)


def _made_session(root: Path) -> None:
    """A session of a small clip, with what a tracker says."""
    from sessions import (
        AcceptRun,
        AddTarget,
        History,
        ModelInfo,
        SetBox,
        TrackedFrame,
        TrackingRows,
        save,
    )

    _sequence(root)
    session = _empty(root)
    history = History(session)
    history.do(AddTarget("1", "walker"))
    history.do(AddTarget("2", "runner", 1))
    history.do(SetBox.draw(session, "1", 0, (0, 5, 20, 20)))
    model = ModelInfo("small", "cd" * 32, '{"depth": 4}', 5, 6, (1, 3))
    rng = np.random.default_rng(3)
    frames = np.arange(1, FRAMES)
    said = []
    for _ in frames:
        order = rng.permutation(25)
        window = (float(rng.uniform(0, 20)), 3.0, 40.0)
        said.append(TrackedFrame(window, 0.5, rng.random((6, 6)), (order[20:], order[16:20]), 1))
    rows = TrackingRows.from_frames(model, said)
    boxes = np.stack([[float(k), 5.0, 20.0, 20.0] for k in frames])
    history.do(AcceptRun("1", frames, boxes, rows.scores, rows))
    for k in range(FRAMES):
        history.do(SetBox.draw(session, "2", k, (float(k), 6, 21, 21)))
    save(session, root / "walk.h5")


def _empty(root: Path):  # type: ignore[no-untyped-def]  # noqa: ANN202 - an AnnotationSession, which is heavy to import
    from sessions import AnnotationSession, SequenceInfo

    folder = root / NAME
    names = {
        each: tuple(str(path) for path in sorted((folder / each).glob("*.jpg")))
        for each in ("visible", "infrared")
    }
    return AnnotationSession(
        SequenceInfo(
            NAME, "lasher", names["visible"], names["infrared"], FRAMES, FRAMES, (96, 64), (96, 64),
            "", (str(folder),),
        )
    )  # fmt: skip


def _sample(name: str, root: Path) -> None:
    shutil.copyfile(SAMPLES / name, root / name)


def _journal(root: Path, *, saved: bool) -> None:
    """What a program leaves that was killed after some boxes."""
    # In a copy of this process, which ends as one that is killed does.
    pid = os.fork()
    if not pid:
        try:
            _left_journal(root, saved=saved)
        finally:
            os._exit(0)
    os.waitpid(pid, 0)
    for lock in root.glob(".*.lock"):
        lock.unlink()


def _left_journal(root: Path, *, saved: bool) -> None:
    from sessions import AddTarget, History, Journal, SetBox, save

    isolate(root / "home")
    _sequence(root)
    session = _empty(root)
    history = History(session)
    history.do(AddTarget("1", "walker"))
    for k in range(CHANGES, FRAMES):
        history.do(SetBox.draw(session, "1", k, (float(k), 5, 20, 20)))
    path = root / "walk.h5" if saved else None
    if path is not None:
        save(session, path)
    journal = Journal.begin(session, path)
    for k in range(CHANGES):
        box = SetBox.draw(session, "1", k, (float(k), 5, 20, 20))
        history.do(box)
        journal.append(box)


def moved(root: Path, before: Path) -> None:
    """Let journals of a copied folder name the place where they lie now."""
    for path in root.rglob("*"):
        if not path.is_file() or path.is_symlink() or path.stat().st_size > 1 << 20:
            continue
        body = path.read_bytes()
        if str(before).encode() not in body or path.suffix == ".h5":
            continue
        made = body.replace(str(before).encode(), str(root).encode())
        path.write_bytes(_summed(made) if path.name.endswith("journal") else made)


def _summed(body: bytes) -> bytes:
    """Give every line of a journal the checksum that it has to have."""
    lines, checksum = [], 0
    for line in body.splitlines():
        text = line[9:]
        checksum = zlib.crc32(text, checksum)
        lines.append(b"%08x %s\n" % (checksum, text))
    return b"".join(lines)


def record_edit(damage: Damage) -> bool:
    """Change what a record of a journal says, and give it the right checksum."""
    path = damage.one(lambda each: each.name.endswith("journal"))
    if path is None:
        return False
    lines = path.read_bytes().splitlines()
    place = damage.chance.randrange(len(lines)) if lines else 0
    try:
        record, words = changed(damage.chance, json.loads(lines[place][9:]))
        text = json.dumps(record).encode("utf-8", "surrogatepass")
    except (ValueError, IndexError, RecursionError):
        return False
    lines[place] = lines[place][:9] + text
    damage.change(path, _summed(b"\n".join(lines)))
    damage.values = True
    damage.say(f"{damage.name(path)}: line {place}: {words}")
    return True


def lines_edit(damage: Damage) -> bool:
    """Lose, double or move lines of a journal, and give all the right checksum."""
    path = damage.one(lambda each: each.name.endswith("journal"))
    if path is None:
        return False
    lines = path.read_bytes().splitlines()
    if len(lines) < 3:
        return False
    place = damage.chance.randrange(len(lines))
    how = damage.chance.choice(("lost", "twice", "moved", "many"))
    line = lines[place]
    if how == "lost":
        del lines[place]
    elif how == "moved":
        lines.append(lines.pop(place))
    else:
        lines[place:place] = [line] * (1 if how == "twice" else 3000)
    damage.change(path, _summed(b"\n".join(lines)))
    damage.values = True
    damage.say(f"{damage.name(path)}: line {place} {how}")
    return True


JOURNAL_EDITS: dict[str, Edit] = {"record": record_edit, "records": lines_edit}
"""Changes of journals that no checksum tells."""


def _settings(root: Path) -> None:
    from dataclasses import asdict

    from app.state.settings import Settings

    folder = root / "home" / "settings"
    folder.mkdir(parents=True)
    known = Settings(
        theme="light",
        recent=("/data/walk", "/data/a\n/data/b"),
        tracker="still",
        tracker_folders=("/data",),
    )
    (folder / "settings.json").write_text(json.dumps(asdict(known), indent=2), encoding="utf-8")


def sounds() -> Iterable[Sound]:
    """Every sound session, journal and file of preferences."""
    yield Sound("made", "sessions", _made_session, ("walk.h5",))
    for name in ("v1.h5", "v2.h5", "format1_plain.h5", "format1_tracked.h5"):
        yield Sound(name, "sessions", partial(_sample, name), (name,))
    yield Sound("journal of a session", "journals", partial(_journal, saved=True), ("walk.h5",))
    yield Sound("journal without one", "journals", partial(_journal, saved=False), (NAME,))
    yield Sound("preferences", "settings", _settings, ())
