"""Recipes are checked name by name."""

from __future__ import annotations

from pathlib import Path

import pytest

from tracker_core.config import preset
from tracker_core.errors import CKDError
from tracker_core.training.recipe import load_recipe, parse_recipe

LEAST = 'folder = "run"\n[data]\ncache = "cache"\n'


def test_the_bundled_recipe_is_the_bundled_model() -> None:
    recipe = load_recipe("tiny")
    assert recipe.model == preset("tiny")
    assert recipe.data.pairs.search_size == recipe.model.search_size


def test_folders_are_relative_to_the_file(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(LEAST + 'photos = ["pictures"]\n')
    recipe = load_recipe(path)
    assert recipe.folder == tmp_path / "run"
    assert recipe.data.photos == (tmp_path / "pictures",)
    assert recipe.train.start_from == ""


def test_weights_to_start_from_are_relative_to_the_file(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(LEAST + '[train]\nstage = 2\nstart_from = "stage one"\n')
    assert load_recipe(path).train.start_from == str(tmp_path / "stage one")


def test_values_take_effect() -> None:
    text = LEAST + "[data.pairs]\nnight = 0\n[model]\ndepth = 6\n[train]\nsteps = 7\n"
    recipe = parse_recipe(text + "learning_rate = 1\n[loss]\ngiou = 3", "x", Path())
    assert recipe.data.pairs.night == 0.0
    assert recipe.model.depth == 6
    assert (recipe.train.steps, recipe.train.learning_rate) == (7, 1.0)
    assert recipe.loss.giou == 3.0


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "'folder' must name"),
        ('folder = "a"', "'data.cache'"),
        (LEAST + 'wings = "2"', "'data.wings' is not known"),
        (LEAST + "[wings]", "'wings' is not known"),
        (LEAST + 'photos = "one"', "'data.photos' must be a list"),
        (LEAST + "seed = 1.5", "'data.seed'"),
        (LEAST + "pairs = 3", "'data.pairs' must be a table"),
        (LEAST + "[data.pairs]\nnight = true", "'data.pairs.night'"),
        (LEAST + "[data.pairs]\nnight = 0.9\ncrossover = 0.9", "more than 1"),
        (LEAST + '[model]\npreset = "huge"', "'model.preset'"),
        (LEAST + "[model]\nwings = 2", "wings"),
        (LEAST + "[train]\nsteps = 0", "TrainConfig.steps"),
        (LEAST + "[train]\nworkers = -1", "TrainConfig.workers"),
        (LEAST + "[train]\naverage_decay = 1.0", "average_decay"),
        (LEAST + "[train]\ndevice = 3", "'train.device' is 3 but must be a text in quotes"),
        (LEAST + '[train]\nprecision = "half"', "TrainConfig.precision is 'half'"),
        (LEAST + "[train]\nbranch_rate = 2", "branch_rate"),
        (LEAST + "[train]\nstage = 3", "there are stages 1 and 2"),
        (LEAST + "[train]\nstage = 2", "start_from"),
        (LEAST + '[train]\nstage = 2\nstart_from = "a"\ncoupled = true', "no teachers"),
        (LEAST + "[train]\nvalidation_frames = 1", "at least 2"),
        (LEAST + '[loss]\ngiou = "much"', "'loss.giou' is 'much' but must be a number"),
        ("folder = ", "is not TOML"),
    ],
)
def test_what_is_wrong_is_named(text: str, message: str) -> None:
    with pytest.raises(CKDError, match="The recipe mine") as error:
        parse_recipe(text, "mine", Path())
    assert message in str(error.value)


def test_a_missing_recipe_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(CKDError, match="cannot be read"):
        load_recipe(tmp_path / "none.toml")
