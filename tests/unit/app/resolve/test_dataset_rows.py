from __future__ import annotations

import math
from pathlib import Path

import numpy as np

from app.resolve.dataset_rows import (
    CHOICES,
    COLUMNS,
    DatasetRow,
    SessionFacts,
    Wish,
    arranged,
    count_words,
    facts_of,
)
from sessions import (
    AcceptRun,
    AddTarget,
    AnnotationSession,
    History,
    MarkSeen,
    SequenceInfo,
    SetBox,
)
from tracker_core.sequences import Layout
from tracker_core.sequences.glance import Glance

NUMBERS = {each.id: number for number, each in enumerate(COLUMNS)}


def row(name: str, **values: object) -> DatasetRow:
    return DatasetRow(name, Path(name), Path(f"{name}.h5"), **values)  # type: ignore[arg-type]


ROWS = (
    row("car", glance=Glance(Layout.LASHER, 20, 20, True), attributes=("NO", "LI"), state="done"),
    row("man", glance=Glance(Layout.LASHER, 3, 2, True), note="Glass", has_session=True,
        session=SessionFacts(1, 4, 1, 0.25)),
    row("dog", glance=Glance(Layout.TWO_VIDEOS), has_session=True,
        session=SessionFacts(2, 2, 2, 0.5), state="begun"),
    row("owl", glance=Glance(problem="owl has no thermal frames."), state="ask Tom"),
    row("new"),
)  # fmt: skip


def listed(**wish: object) -> list[str]:
    return [ROWS[index].name for index in arranged(ROWS, Wish(**wish))]  # type: ignore[arg-type]


def test_rows_are_sorted_by_every_column_with_the_unknown_last() -> None:
    assert listed() == ["car", "man", "dog", "owl", "new"]
    assert listed(descending=True) == ["new", "owl", "dog", "man", "car"]
    frames = NUMBERS["frames"]
    assert listed(column=frames) == ["man", "car", "dog", "owl", "new"]
    assert listed(column=frames, descending=True) == ["car", "man", "dog", "owl", "new"]
    assert listed(column=NUMBERS["worst_score"])[:2] == ["man", "dog"]
    assert listed(column=NUMBERS["reviewed"], descending=True)[:2] == ["dog", "man"]
    assert listed(column=NUMBERS["state"]) == ["man", "new", "dog", "car", "owl"]
    for column in NUMBERS.values():
        assert sorted(listed(column=column)) == sorted(each.name for each in ROWS)


def test_rows_are_filtered_by_words_and_choices() -> None:
    assert listed(words="lasher") == ["car", "man"]
    assert listed(words="GLASS lash") == ["man"]
    assert listed(words="li no") == ["car"]
    assert listed(words="tom") == ["owl"]
    titles = {each.title: number for number, each in enumerate(CHOICES)}
    assert listed(choice=titles["To do"]) == ["man", "dog", "owl", "new"]
    assert listed(choice=titles["Without a session"]) == ["car", "owl", "new"]
    assert listed(choice=titles["With a problem"]) == ["owl"]


def test_what_a_row_says() -> None:
    says = [{each.id: each.text(of) for each in COLUMNS} for of in ROWS]
    assert says[0]["frames"] == "20"
    assert says[1]["frames"] == "3 / 2"
    assert (says[1]["reviewed"], says[1]["worst_score"], says[1]["session"]) == (
        "1 of 4", "0.25", "1 target",
    )  # fmt: skip
    assert says[2]["frames"] == "video"
    assert says[3]["state"] == "ask Tom"
    assert COLUMNS[NUMBERS["state"]].text(row("owl", glance=ROWS[3].glance)) == "Problem"
    # Of what nobody has looked at yet nothing is claimed.
    assert set(says[4].values()) == {"new", "", "–"}
    assert says[4]["frames"] == says[4]["truth"] == says[4]["layout"] == ""
    assert count_words(ROWS, 5) == "5 sequences, 1 done"
    assert count_words(ROWS, 2) == "2 of 5 sequences, 1 done"


def test_how_far_a_session_is() -> None:
    info = SequenceInfo("walk", "lasher", (), (), 30, 30, (160, 120), (160, 120))
    history = History(session := AnnotationSession(info))
    history.do(AddTarget("1", "Walker"))
    assert math.isnan(facts_of(session, 0.3).worst)
    history.do(SetBox("1", 0, np.array([[10.0, 10, 20, 20]] * 2)))
    scores = np.full(29, 0.9)
    scores[9:12] = 0.05
    boxes = np.tile([10.0, 10, 20, 20], (29, 1))
    history.do(AcceptRun("1", np.arange(1, 30), boxes, scores))
    found = facts_of(session, 0.3)
    assert (found.targets, found.seen) == (1, 0)
    assert found.events > 0
    assert found.worst == np.float32(0.05)
    from app.resolve.effective import EffectiveTarget
    from app.resolve.review import target_events

    target = session.targets["1"]
    events = target_events(EffectiveTarget(target, session.alignment), target.seen)
    history.do(MarkSeen("1", (events[0].mark(),)))
    assert facts_of(session, 0.3).seen == 1
