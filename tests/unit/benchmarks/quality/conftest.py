from __future__ import annotations

from pathlib import Path

import pytest

from tests.pictures import write_pictures
from tracker_core.training.data.assets import Assets


@pytest.fixture(scope="session")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Prepared pictures, some of them held out."""
    root = tmp_path_factory.mktemp("pictures")
    write_pictures(root)
    folders = [root / "objects"], [root / "photos"]
    return Assets.from_folders(*folders, cache=root / "cache").cache
