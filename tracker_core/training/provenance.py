"""What made a file of weights, so that somebody else can check it: recipe, code, data, parents."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Mapping, Sequence
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from tracker_core.checkpoints.origin import RECIPE, RECIPE_HASH, shown_lines, text_digest
from tracker_core.training.recipe import Recipe

LONGEST_RECIPE = 32 << 10
"""Characters of a recipe that travels with the weights; of a longer one its hash alone does."""
TRACED = ("recipe", RECIPE_HASH, "given", "commit", "seed", "data_seed", "data_sha256")
"""What may change between two legs of one run."""
_CODE = ("tracker_core", "safe_files", "resources", "app")
_PATIENCE = 20.0
"""Seconds for git, which on a network folder takes a while."""


class Origin:
    """The facts on one run, kept through its stops; what a later leg changed keeps both values."""

    def __init__(self, facts: Mapping[str, str] | None = None) -> None:
        self.facts = dict(facts or {})

    def say(self, facts: Mapping[str, str]) -> None:
        """Take facts; where another value stood, it stays under the name with `earlier_`."""
        for name, value in facts.items():
            before = self.facts.get(name)
            if name in TRACED and before not in (None, value):
                earlier = f"earlier_{name}"
                seen = [each for each in self.facts.get(earlier, "").split(", ") if each]
                # Once each: a run may be stopped many times.
                kept = list(dict.fromkeys([*seen, str(before)]))
                self.facts[earlier] = ", ".join(kept)
            self.facts[name] = value
        if RECIPE_HASH in facts and RECIPE not in facts:
            self.facts.pop(RECIPE, None)  # of a recipe that this one is not


def recipe_facts(recipe: Recipe, name: str, given: Sequence[str] = ()) -> dict[str, str]:
    """The recipe's name, text and hash, and what the command line `given` with it changed.

    The hash is that of the file as UTF-8: a checksum of the file itself, where it is that.
    """
    facts = {
        "recipe": Path(name).name,  # not where it lies
        "data_seed": str(recipe.data.seed),
        RECIPE_HASH: text_digest(recipe.text),
        "given": " ".join(given) or "nothing beside the recipe",
    }
    # What would be escaped when it is read could not be checked there.
    if len(recipe.text) <= LONGEST_RECIPE and shown_lines(recipe.text) == recipe.text:
        facts[RECIPE] = recipe.text
    return facts


@cache
def code_commit() -> str:
    """The commit of the running code, with `+changes` where files differ; else its version."""
    root = Path(__file__).resolve().parents[2]
    git = shutil.which("git")
    # Installed into an environment that lies in a checkout of something else, code has no commit.
    if git is None or not (root / ".git").exists():
        return _installed()
    commit = _said(git, root, "rev-parse", "HEAD")
    changes = _said(git, root, "status", "--porcelain", "--", *_CODE)
    if not commit or changes is None:
        return _installed()
    return f"{commit}+changes" if changes else commit


def _said(git: str, root: Path, *words: str) -> str | None:
    """What git answers; None where it fails, as in a folder that belongs to somebody else."""
    try:
        done = subprocess.run(  # noqa: S603 - found on the path, with fixed words
            [git, "-C", str(root), *words],
            capture_output=True,
            timeout=_PATIENCE,
            check=True,
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout.decode("utf-8", "replace").strip()


def _installed() -> str:
    try:
        return f"version {version('ckd-studio')}"
    except PackageNotFoundError:
        return "unknown"
