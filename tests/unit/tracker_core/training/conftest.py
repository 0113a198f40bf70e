"""A handful of made-up photographs, cut-outs and a short film, cached once for all tests."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.pictures import write_pictures
from tracker_core.training.data.assets import Assets


@pytest.fixture(scope="session")
def picture_folders(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """objects/ (two categories), photos/ and videos/ below one folder."""
    root = tmp_path_factory.mktemp("pictures")
    write_pictures(root)
    return root


@pytest.fixture(scope="session")
def assets(picture_folders: Path, tmp_path_factory: pytest.TempPathFactory) -> Assets:
    return Assets.from_folders(
        [picture_folders / "objects"],
        [picture_folders / "photos"],
        [picture_folders / "videos"],
        cache=tmp_path_factory.mktemp("cache"),
    )
