"""Words in an empty plot stand on nothing else."""

from __future__ import annotations

from pytestqt.qtbot import QtBot

from app.views.charts.curve_row import CurveRow


def test_an_empty_plot_has_no_numbers_below_its_words(qtbot: QtBot) -> None:
    row = CurveRow("Modality gap", "")
    qtbot.addWidget(row)
    row.show_x_axis()
    row.resize(300, 160)
    row.show()
    row.say("Computed frame by frame.")
    qtbot.waitUntil(row.note.isVisible)
    axis = row.plot.getAxis("bottom")
    text = row.note.geometry()
    assert not row.plot.getAxis("left").style["showValues"]
    assert text.bottom() <= axis.mapRectToScene(axis.boundingRect()).bottom() - axis.height() + 8
    row.say("")
    assert row.plot.getAxis("left").style["showValues"]
