"""What engines cost is judged by success and by the boxes of eager."""

from __future__ import annotations

import pytest

from benchmarks.engine_quality import Tally, report


def test_an_engine_that_loses_success_or_gives_other_boxes_is_named(
    capsys: pytest.CaptureFixture[str],
) -> None:
    eager = Tally([0.8, 0.6], [1.0, 1.0])
    good = Tally([0.799, 0.597], [0.97, 0.95])
    assert report({"eager": eager, "good": good})
    assert "missed" not in capsys.readouterr().out
    lost, elsewhere = Tally([0.79, 0.6], [1.0, 1.0]), Tally([0.8, 0.6], [0.99, 0.9])
    assert not report({"eager": eager, "lost": lost, "good": good, "elsewhere": elsewhere})
    missed = [line.split()[0] for line in capsys.readouterr().out.splitlines() if "missed" in line]
    assert missed == ["lost", "elsewhere"]
