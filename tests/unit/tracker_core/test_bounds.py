"""Every number of a recipe has a lower and an upper bound, which message and docs say."""

from __future__ import annotations

import dataclasses
import math
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from tracker_core.bounds import SHARE, Bounds
from tracker_core.ckd.config import BOUNDS as OF_MODEL
from tracker_core.ckd.config import ModelConfig
from tracker_core.errors import CKDError
from tracker_core.training.data.pair_bounds import PICTURE_PAIRS as OF_PAIRS
from tracker_core.training.data.pair_bounds import SEQUENCE_PAIRS as OF_SEQUENCES
from tracker_core.training.data.pair_config import PairConfig
from tracker_core.training.data.sequence_pairs import SequencePairConfig
from tracker_core.training.recipe import parse_recipe
from tracker_core.training.task import LossWeights
from tracker_core.training.train_config import BOUNDS as OF_TRAINING
from tracker_core.training.train_config import TrainConfig

Kind = type[Any]
CROPS = {"template_size", "search_size", "template_factor", "search_factor"}


def numbers(kind: Kind) -> list[str]:
    fields = dataclasses.fields(kind)
    return [field.name for field in fields if type(field.default) in (int, float)]


def bounds_of(kind: Kind, name: str) -> Bounds:
    if kind is LossWeights:
        return Bounds(0, 1e6)
    given: Mapping[Kind, Mapping[str, Bounds]] = {
        TrainConfig: OF_TRAINING,
        PairConfig: OF_PAIRS,
        SequencePairConfig: OF_SEQUENCES,
    }
    return given[kind].get(name, SHARE) if kind is not TrainConfig else given[kind][name]


CASES = [
    (kind, name)
    for kind in (TrainConfig, LossWeights, PairConfig, SequencePairConfig)
    for name in numbers(kind)
    if name != "stage"  # a choice of two
]


def around(bounds: Bounds, whole: bool) -> list[float]:
    """Numbers just outside, and those that are none."""
    step = 1 if whole else 1e-6 * max(1, bounds.most)
    low = bounds.least if bounds.above else bounds.least - step
    high = bounds.most if bounds.below else bounds.most + step
    endless = 10**39 if whole else math.inf
    return [low, high, -endless, endless, *(() if whole else (math.nan,))]


@pytest.mark.parametrize(("kind", "name"), CASES)
def test_what_lies_outside_is_refused_with_the_bounds(kind: Kind, name: str) -> None:
    bounds = bounds_of(kind, name)
    whole = type({f.name: f.default for f in dataclasses.fields(kind)}[name]) is int
    for value in around(bounds, whole):
        with pytest.raises(CKDError) as error:
            kind(**{name: value})
        assert f"{name} is {value!r}" in str(error.value)
        assert f"must be {bounds}" in str(error.value)


def test_the_most_is_allowed() -> None:
    TrainConfig(**{n: b.most for n, b in OF_TRAINING.items() if not b.below})
    TrainConfig(**{n: b.least for n, b in OF_TRAINING.items() if not b.above})


@pytest.mark.parametrize("name", OF_MODEL)
def test_sizes_of_a_network_are_bounded(name: str) -> None:
    bounds = OF_MODEL[name]
    for value in (bounds.least - 1, bounds.most + 1, 10**39, True, 1.0):
        with pytest.raises(CKDError, match=rf"ModelConfig\.{name}.*a whole number {bounds}"):
            ModelConfig(**{name: value})


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"embed_dim": 8192, "num_heads": 64, "depth": 128, "elimination_blocks": (),
          "keep_ratios": ()}, "million parameters"),
        ({"head_channels": 8192, "embed_dim": 8192, "num_heads": 64}, "million parameters"),
        ({"mlp_ratio": 64.0, "depth": 128, "embed_dim": 1536}, "million parameters"),
        ({"search_size": 1040, "patch_size": 16}, "64 tokens a side"),
        ({"template_size": 520, "search_size": 64, "patch_size": 8}, "64 tokens a side"),
        ({"mlp_ratio": math.nan}, "above 0 and at most 64"),
        ({"search_factor": math.inf}, "above 0 and at most 64"),
        ({"hold_below": math.nan}, "from 0 to below 1"),
        ({"keep_ratios": (0.7, math.nan, 0.7)}, "above 0 and at most 1"),
        ({"keep_ratios": (0.7, 0.0, 0.7)}, "above 0 and at most 1"),
        ({"stem": "conv", "stem_channels": (16, 10**9, 64)}, "from 1 to 4096"),
    ],
)  # fmt: skip
def test_what_is_too_large_together_is_refused(fields: dict[str, Any], words: str) -> None:
    with pytest.raises(CKDError, match=words):
        ModelConfig(**fields)


LEAST = 'folder = "run"\n[data]\nphotos = ["p"]\n'


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[train]\nworkers = 100000\n", "workers is 100000 but must be from 0 to 64"),
        ("[train]\nbatch_size = 100000\n", "batch_size is 100000 but must be from 1 to 4,096"),
        ("[train]\nbatch_size = 4096\n[model]\nsearch_size = 2048\npatch_size = 32\n"
         "stem_channels = [8, 8, 8, 8]\n", "at most 170 of them go into 16 GiB"),
        ("[train]\nlearning_rate = nan\n", "learning_rate is nan but must be"),
        ("[train]\nlearning_rate = inf\n", "learning_rate is inf but must be"),
        ("[loss]\nl1 = -1\n", "LossWeights.l1 is -1.0 but must be from 0 to 1,000,000"),
        ("[loss]\nl1 = nan\n", "LossWeights.l1 is nan"),
        ("[model]\ndepth = 20000\n", "depth is 20000 but must be a whole number from 1 to 128"),
        ("[data.pairs]\nlargest_target = 1e9\n", "largest_target is 1000000000.0 but must be"),
        (f"[train]\nseed = {10**39}\n", "seed is 1000"),
        (f'[train]\nprecision = "{"x" * 9999}"\n', "…; choose auto"),
        (f'[model]\npreset = "{"x" * 9999}"\n', "…; choose one of"),
        (f"[train]\n{'x' * 9999} = 1\n", "… is not known".replace("… ", "…' ")),
    ],
)  # fmt: skip
def test_a_recipe_says_what_is_wrong_in_one_short_sentence(text: str, words: str) -> None:
    with pytest.raises(CKDError) as error:
        parse_recipe(LEAST + text, "mine", Path())
    assert words in str(error.value)
    assert len(str(error.value)) < 700
    assert str(error.value).isprintable()


def test_the_docs_say_the_bounds() -> None:
    page = Path(__file__).parents[3] / "docs" / "training.md"
    text = page.read_text(encoding="utf-8")
    rows = re.findall(r"^\| `(\[[^`]+)` \| `(\w+)` \| (.+) \|$", text, re.MULTILINE)
    scales = Bounds(0, 64, above=True)
    wanted = {("[model]", name): bounds for name, bounds in OF_MODEL.items()}
    wanted |= {("[model]", n): scales for n in ("mlp_ratio", "template_factor", "search_factor")}
    wanted |= {("[train]", name): bounds for name, bounds in OF_TRAINING.items()}
    for table, given in (("pairs", OF_PAIRS), ("sequence_pairs", OF_SEQUENCES)):
        wanted |= {(f"[data.{table}]", n): b for n, b in given.items() if n not in CROPS}
    said = {key: str(bounds).replace(",", " ") for key, bounds in wanted.items()}
    assert {(table, name): words for table, name, words in rows} == said
