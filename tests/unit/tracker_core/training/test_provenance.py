"""What weights say of the training that made them, and that it can be checked."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from app.cli.info import about_model, text_lines
from app.cli.train import given_words
from tests.unit.tracker_core.training.miniature import TRAIN, Squares, trainer
from tracker_core.checkpoints.opening import open_checkpoint
from tracker_core.training import provenance
from tracker_core.training.data.assets import Assets
from tracker_core.training.data.digest import data_facts
from tracker_core.training.data.pair_config import PairConfig
from tracker_core.training.data.pairs import PairSource
from tracker_core.training.data.sequence_index import LabelledSequence, SequenceIndex
from tracker_core.training.data.sequence_pairs import SequencePairConfig, SequencePairs
from tracker_core.training.data.sources import MixedPairs, Prepared
from tracker_core.training.loop import HeldOut
from tracker_core.training.progress import Watch
from tracker_core.training.provenance import LONGEST_RECIPE, Origin, code_commit, recipe_facts
from tracker_core.training.recipe import load_recipe

RECIPE = 'folder = "run"\n# why: "because"\n[data]\nphotos = ["photos"]\n'


def recipe_file(folder: Path, text: str = RECIPE) -> Path:
    path = folder / "mine.toml"
    path.write_bytes(text.encode())
    return path


@pytest.mark.parametrize("text", [RECIPE, RECIPE.replace("\n", "\r\n"), RECIPE + "# ü\t\n"])
def test_the_hash_of_the_recipe_is_that_of_the_file_and_of_what_info_shows(
    tmp_path: Path, text: str
) -> None:
    path = recipe_file(tmp_path, text)
    run = trainer(tmp_path / "run", replace(TRAIN, steps=1))
    run.begin()
    run.origin.say(recipe_facts(load_recipe(path), str(path)))
    run.export(tmp_path / "out.safetensors", {})
    found = open_checkpoint(tmp_path / "out.safetensors").provenance
    assert found["recipe"] == "mine.toml"
    assert found["recipe_sha256"] == hashlib.sha256(path.read_bytes()).hexdigest()
    facts = about_model(str(tmp_path / "out.safetensors"))
    assert found["recipe_content"] == text
    assert '    # why: "because"' in text_lines(facts)
    assert "is the one that its hash is of" in " ".join(facts["notes"])


def test_info_says_what_a_file_does_not_say_and_when_its_recipe_is_another(tmp_path: Path) -> None:
    notes = " ".join(about_model("tiny")["notes"])
    assert "does not say of its training: the recipe's content, the recipe's hash" in notes
    assert "the seed" in notes
    assert ", pairs" not in notes  # these it says
    run = trainer(tmp_path / "run")
    run.begin()
    run.export(tmp_path / "a.safetensors", {"recipe_content": "x = 1", "recipe_sha256": "0" * 64})
    assert "is not the one" in " ".join(about_model(str(tmp_path / "a.safetensors"))["notes"])


def test_every_file_of_a_run_says_what_made_it_also_after_a_stop(tmp_path: Path) -> None:
    first = trainer(tmp_path, replace(TRAIN, steps=4, epoch_pairs=8, keep_epochs=1))
    first.begin()
    first.origin.say({"recipe_sha256": "a", "data_sha256": "d"})
    asked = iter([False, True])
    first.run(Squares(), watch=Watch(stop=lambda: next(asked)))
    config = replace(TRAIN, steps=4, batch_size=2, seed=7)
    second = trainer(tmp_path, config)
    assert second.resume()
    second.origin.say({"recipe_sha256": "b", "data_sha256": "d"})
    second.run(Squares(), HeldOut(Squares()))
    found = open_checkpoint(tmp_path / "best.safetensors").provenance
    assert found["pairs"] == str(2 * 4 + 2 * 2)
    assert (found["steps"], found["batch_size"]) == ("4", "2")
    assert (found["recipe_sha256"], found["earlier_recipe_sha256"]) == ("b", "a")
    assert (found["seed"], found["earlier_seed"]) == ("7", str(TRAIN.seed))
    assert "earlier_data_sha256" not in found
    assert found["commit"] == code_commit()
    assert "parent_weights" not in found
    kept = open_checkpoint(tmp_path / "epoch-0001.safetensors").provenance
    assert (kept["pairs"], kept["recipe_sha256"]) == ("8", "a")


def test_a_run_from_weights_names_their_file_by_its_hash(tmp_path: Path) -> None:
    parent = trainer(tmp_path / "parent", replace(TRAIN, steps=1))
    parent.run(Squares(), HeldOut(Squares()))
    best = tmp_path / "parent" / "best.safetensors"
    child = trainer(tmp_path / "child", replace(TRAIN, start_from=str(tmp_path / "parent")))
    child.begin()
    child.export(tmp_path / "child.safetensors", {})
    found = open_checkpoint(tmp_path / "child.safetensors")
    assert found.provenance["parent_weights"] == "best.safetensors"
    digest = hashlib.sha256(best.read_bytes()).hexdigest()
    assert found.provenance["parent_weights_sha256"] == digest
    assert open_checkpoint(best).weights_sha256 == digest


def test_earlier_values_are_kept_once_each_and_a_long_recipe_only_as_its_hash() -> None:
    origin = Origin({"commit": "a", "recipe_sha256": "1", "recipe_content": "old"})
    for commit in ("b", "a", "b", "c"):
        origin.say({"commit": commit})
    assert origin.facts["earlier_commit"] == "a, b"
    origin.say({"recipe_sha256": "2"})
    assert "recipe_content" not in origin.facts
    long = replace(load_recipe("tiny"), text="# " + "x" * LONGEST_RECIPE)
    assert "recipe_content" not in recipe_facts(long, "somewhere/long.toml")
    odd = replace(long, text="# \x1b[31m\n")
    assert "recipe_content" not in recipe_facts(odd, "odd.toml")


def test_what_was_typed_is_told_without_where_folders_lie(tmp_path: Path) -> None:
    said = given_words([tmp_path / "LasHeR"], 3, swap=True)
    assert said == ["--sequences LasHeR", "--tir-offset 3", "--swap"]
    assert recipe_facts(load_recipe("tiny"), "tiny", said)["given"] == " ".join(said)


def labelled(name: str, shift: float = 0.0, frames: int = 3) -> LabelledSequence:
    boxes = np.full((frames, 4), 9.0) + shift
    return LabelledSequence(name, None, (64, 48), np.arange(frames), boxes)  # type: ignore[arg-type]


def of_sequences(*found: LabelledSequence) -> str:
    index = SequenceIndex(found, ())
    pairs = SequencePairs(index, SequencePairConfig(), 1)
    return data_facts(Prepared(pairs, index, ()))["data_sha256"]


def test_the_digest_of_sequences_is_of_names_frames_and_boxes_in_any_order() -> None:
    one = of_sequences(labelled("a"), labelled("b"))
    assert one == of_sequences(labelled("b"), labelled("a"))
    others = [
        of_sequences(labelled("a"), labelled("c")),
        of_sequences(labelled("a"), labelled("b", 0.5)),
        of_sequences(labelled("a"), labelled("b", frames=4)),
        of_sequences(labelled("a")),
    ]
    assert len({one, *others}) == 5


def test_the_digest_of_pictures_is_of_what_they_show(assets: Assets) -> None:
    index = SequenceIndex((labelled("a"),), ())
    pictures = PairSource(assets, PairConfig(), 1)
    mixed = MixedPairs([(pictures, 0.5), (SequencePairs(index, SequencePairConfig(), 1), 0.5)], 1)
    alone = data_facts(Prepared(pictures, SequenceIndex((), ()), ()))
    both = data_facts(Prepared(mixed, index, ()))
    assert alone["data_sha256"] != both["data_sha256"]
    assert "1 sequences with 3 usable frames" in both["data"]
    fewer = replace(assets, photos=assets.photos[1:])
    dark = replace(assets.photos[0], levels=tuple(level // 2 for level in assets.photos[0].levels))
    other = replace(assets, photos=(dark, *assets.photos[1:]))
    digests = {
        data_facts(Prepared(PairSource(each, PairConfig(), 1), SequenceIndex((), ()), ()))[
            "data_sha256"
        ]
        for each in (assets, fewer, other)
    }
    assert len(digests) == 3
    assert alone["data_sha256"] in digests


@pytest.mark.skipif(shutil.which("git") is None, reason="git is not installed")
def test_the_commit_is_that_of_the_code_and_says_when_files_differ(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def git(*words: str) -> str:
        name = ("-c", "user.name=n", "-c", "user.email=e@example.org")
        done = subprocess.run(
            ["git", "-C", str(tmp_path), *name, *words], check=True, capture_output=True, text=True
        )
        return done.stdout.strip()

    fake = tmp_path / "tracker_core" / "training" / "provenance.py"
    fake.parent.mkdir(parents=True)
    fake.touch()
    monkeypatch.setattr(provenance, "__file__", str(fake))
    # Without a checkout of its own the installed version is all there is to say.
    assert code_commit.__wrapped__().startswith(("version ", "unknown"))
    git("init", "-q")
    assert code_commit.__wrapped__().startswith(("version ", "unknown"))  # no commit yet
    git("add", ".")
    git("commit", "-q", "-m", "one")
    assert code_commit.__wrapped__() == git("rev-parse", "HEAD")
    (tmp_path / "notes.txt").touch()  # no code
    assert code_commit.__wrapped__() == git("rev-parse", "HEAD")
    (fake.parent / "new.py").touch()
    assert code_commit.__wrapped__() == f"{git('rev-parse', 'HEAD')}+changes"
