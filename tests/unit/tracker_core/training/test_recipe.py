"""Recipes are checked name by name."""

from __future__ import annotations

from importlib import resources
from pathlib import Path

import pytest

from tracker_core.ckd.config import preset
from tracker_core.errors import CKDError
from tracker_core.training.data.sequence_pairs import SequencePairConfig
from tracker_core.training.recipe import BUNDLED, load_recipe, parse_recipe

LEAST = 'folder = "run"\n[data]\ncache = "cache"\n'


def test_the_bundled_recipe_is_the_bundled_model() -> None:
    recipe = load_recipe("tiny")
    assert recipe.model == preset("tiny")
    assert recipe.data.pairs.search_size == recipe.model.search_size


@pytest.mark.parametrize("name", BUNDLED)
def test_every_bundled_recipe_can_be_read(name: str) -> None:
    recipe = load_recipe(name)
    assert recipe.folder == Path("runs") / name
    assert recipe.data.sequence_pairs.search_size == recipe.model.search_size


def test_every_recipe_in_resources_is_bundled_by_name() -> None:
    folder = resources.files("resources").joinpath("recipes")
    assert {Path(file.name).stem for file in folder.iterdir()} == set(BUNDLED)


def test_the_papers_recipes_are_the_papers() -> None:
    first, second = load_recipe("base-lasher"), load_recipe("base-lasher-elimination")
    assert first.model == second.model == preset("base")
    assert first.train.coupled
    assert not any(first.train.eliminates(step) for step in (0, first.train.steps - 1))
    assert first.train.steps * first.train.batch_size == 30 * 30_000
    assert (first.train.learning_rate, first.train.branch_rate) == (5e-5, 0.1)
    assert (first.loss.style, first.loss.content) == (0.01, 0.1)
    paper = SequencePairConfig()
    assert first.data.sequence_pairs == second.data.sequence_pairs == paper
    assert second.train.stage == 2
    assert second.train.start_from == str(first.folder)
    assert 0 <= second.train.steps * second.train.batch_size - 10 * 30_000 < 64


def test_other_sequences_take_the_place_of_a_recipes(tmp_path: Path) -> None:
    recipe = load_recipe("base-lasher").with_sequences([tmp_path])
    assert recipe.data.sequences == (tmp_path,)
    assert recipe.train == load_recipe("base-lasher").train


def test_sequences_and_pictures_may_be_named_together() -> None:
    text = LEAST + 'photos = ["p"]\nsequences = ["s"]\nheld_out = ["girl"]\nsequence_share = 1\n'
    data = parse_recipe(text + "[data.sequence_pairs]\nnight = 0.2\n", "x", Path("base")).data
    assert (data.sequences, data.photos) == ((Path("base/s"),), (Path("base/p"),))
    assert (data.held_out, data.sequence_share) == (("girl",), 1.0)
    assert data.sequence_pairs.night == 0.2
    assert parse_recipe('folder = "run"', "x", Path()).data.cache == Path("run/pictures")


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
        ('folder = "a"\n[data]\ncache = 3', "'data.cache'"),
        (LEAST + 'sequences = "one"', "'data.sequences' must be a list of folders"),
        (LEAST + "held_out = [1]", "'data.held_out' must be a list of names"),
        (LEAST + "sequence_share = true", "'data.sequence_share' is True"),
        (LEAST + "sequence_share = 1.5", "'data.sequence_share' is 1.5"),
        (LEAST + "[data.sequence_pairs]\nnight = 2", "night is 2.0 but must be from 0 to 1"),
        (LEAST + "[data.sequence_pairs]\nlargest_gap = 0.5", "must be a whole number"),
        (LEAST + "[data.sequence_pairs]\nwings = 2", "'data.sequence_pairs.wings'"),
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
        (LEAST + "[train]\nvalidation_frames = 1", "must be from 2 to"),
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
