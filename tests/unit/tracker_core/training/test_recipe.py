"""Recipes are checked name by name."""

from __future__ import annotations

from dataclasses import fields
from importlib import resources
from pathlib import Path

import pytest

from tracker_core.ckd.config import preset
from tracker_core.errors import CKDError
from tracker_core.training.data.sequence_pairs import SequencePairConfig
from tracker_core.training.recipe import BUNDLED, load_recipe, parse_recipe
from tracker_core.training.run_files import epoch_file
from tracker_core.training.task import LossWeights

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


def test_the_papers_recipes_are_the_release() -> None:
    first, second = load_recipe("base-lasher"), load_recipe("base-lasher-elimination")
    assert first.model == second.model == preset("base")
    for recipe in (first, second):
        train, paper = recipe.train, SequencePairConfig(flip_template=0.5, flip_search=0.5)
        assert recipe.data.sequence_pairs == paper
        assert (recipe.data.held_out_share, recipe.data.boxes) == (0, "init")
        assert (train.schedule, train.warmup_steps, train.learning_rate) == ("constant", 0, 5e-5)
        assert (train.weight_decay, train.decay_all, train.clip_norm) == (1e-4, True, 0.1)
        assert (train.average_decay, train.precision, train.drop_path) == (0, "full", 0.1)
        assert (train.batch_per_process, train.shared_statistics) == (True, False)
        assert (train.epoch_pairs, train.elimination_warmup) == (60_000, 0)
        assert recipe.loss == LossWeights(true_cell=0, clamp_truth=True)
        assert (recipe.loss.style, recipe.loss.content, recipe.loss.reduction) == (0.01, 0.1, "sum")
    two = first.train.among(2)
    assert (two.steps, two.batch_size, two.batch_per_process) == (90_000, 20, False)
    assert not any(two.eliminates(step) for step in (0, two.steps - 1))
    assert (two.coupled, two.branch_rate) == (True, 0.1)
    masks = (two.mask_ratio, two.mask_probability, two.mask_by_token, two.mask_by_sample)
    assert masks == (0.25, 1, True, True)
    assert two.kept_epoch(25 * 3000) == 25
    assert second.train.start_from == str(first.folder / epoch_file(25))
    assert (second.train.stage, second.train.epochs, second.train.batch_size) == (2, 10, 64)
    assert second.train.eliminates(0)
    assert second.train.keep_ratios(0, (0.7,)) is None


def test_what_we_prefer_is_named_and_nothing_else_differs() -> None:
    release, ours = load_recipe("base-lasher"), load_recipe("base-lasher-ours")
    assert ours.loss == release.loss
    assert ours.model == release.model
    assert ours.data.sequence_pairs == release.data.sequence_pairs
    assert ours.data.boxes == release.data.boxes
    assert ours.data.held_out_share == 0.15
    assert ours.train.among(1).steps == release.train.among(2).steps
    changed = {
        field.name
        for field in fields(ours.train)
        if getattr(ours.train, field.name) != getattr(release.train, field.name)
    }
    preferred = {"schedule", "decay_all", "shared_statistics", "average_decay", "precision", "tf32"}
    together = {"batch_size", "batch_per_process"}
    assert changed == preferred | together | {"validate_steps", "validation_pairs"}


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
        (LEAST + "held_out_share = 1", "'data.held_out_share' is 1.0"),
        (LEAST + 'held_out_share = "all"', "'data.held_out_share' is 'all'"),
        (LEAST + 'boxes = "both"', "'data.boxes' is 'both'; choose rgb or init"),
        (LEAST + "boxes = 1", "'data.boxes' is 1 but must be a text"),
        (LEAST + '[train]\nschedule = "steps"', "schedule is 'steps'; choose cosine or constant"),
        (LEAST + "[train]\nepochs = 3", "epoch_pairs must say"),
        (LEAST + "[train]\nkeep_epochs = 3", "epoch_pairs must say"),
        (LEAST + "[train]\ndrop_path = 1", "drop_path"),
        (LEAST + '[loss]\nreduction = "max"', "reduction is 'max'; choose sum or mean"),
        (LEAST + "[loss]\nclamp_truth = 1", "'loss.clamp_truth' is 1 but must be true or false"),
        (LEAST + '[loss]\ngiou = "much"', "'loss.giou' is 'much' but must be a number"),
        ("folder = ", "is not TOML"),
    ],
)
def test_what_is_wrong_is_named(text: str, message: str) -> None:
    with pytest.raises(CKDError, match="The recipe mine") as error:
        parse_recipe(text, "mine", Path())
    assert message in str(error.value)


KEYS = (
    *("[model]\npreset", "[model]\nsearch_size", "[model]\nkeep_ratios", "boxes", "photos", "seed"),
    *("cache_size", "held_out", "held_out_share", "[data.pairs]\nnight", "[loss]\nreduction"),
    *("[loss]\ngiou", "[loss]\nclamp_truth", "[train]\nprecision", "[train]\nschedule"),
    *("[train]\nstage", "[train]\nstart_from", "[train]\ndevice", "[train]\nbatch_size"),
)


@pytest.mark.parametrize("value", ["{}", "{a = 1}", "[[]]", "[{}]", "1979-05-27"])
@pytest.mark.parametrize("key", KEYS)
def test_a_value_of_another_kind_is_named(key: str, value: str) -> None:
    with pytest.raises(CKDError, match="The recipe mine"):
        parse_recipe(f"{LEAST}{key} = {value}", "mine", Path())


def test_a_missing_recipe_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(CKDError, match="cannot be read"):
        load_recipe(tmp_path / "none.toml")
