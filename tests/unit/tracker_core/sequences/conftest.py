from __future__ import annotations

from pathlib import Path

import pytest

from tests.recordings import write_lasher


@pytest.fixture
def lasher(tmp_path: Path) -> Path:
    """A LasHeR sequence of five frames."""
    return write_lasher(tmp_path / "walk")
