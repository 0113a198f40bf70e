"""What a file of weights should say of the training that made it, and whether that holds."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping

from safe_files import printable

RECIPE, RECIPE_HASH = "recipe_content", "recipe_sha256"
"""In the provenance: the text that a training was run from, and its SHA-256 as UTF-8."""
_TOLD = {
    RECIPE: "the recipe's content",
    RECIPE_HASH: "the recipe's hash",
    "commit": "the commit of the code",
    "seed": "the seed",
    "steps": "steps",
    "pairs": "pairs",
    "data_sha256": "the digest of the data",
}


def text_digest(text: str) -> str:
    """SHA-256 of a text as UTF-8."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def shown_lines(text: str) -> str:
    """A recipe's text as it may be printed: its lines and tabs stay, other controls are escaped."""
    parts = re.split(r"(\r?\n|\t)", text)
    # Every second part is what stood between.
    return "".join(part if n % 2 else printable(part, len(part)) for n, part in enumerate(parts))


def doubts(provenance: Mapping[str, str]) -> tuple[str, ...]:
    """Sentences on what a file does not say of its training, and on a recipe that is not its own.

    A run from random weights has no parents, so that nothing is said where none are named.
    """
    said = []
    lacking = [words for key, words in _TOLD.items() if key not in provenance]
    if lacking:
        said.append(f"The file does not say of its training: {', '.join(lacking)}.")
    if {RECIPE, RECIPE_HASH} <= set(provenance):
        # So that nobody has to compare sixty-four digits.
        same = text_digest(provenance[RECIPE]) == provenance[RECIPE_HASH]
        kept = "is the one" if same else "is not the one"
        said.append(f"The recipe's content in the file {kept} that its hash is of.")
    return tuple(said)
