"""Finding a command by a few letters of its name, and a row by words; no Qt."""

from __future__ import annotations

from typing import TypeAlias

Rank: TypeAlias = tuple[int, int, int]
"""Kind of match, letters it spans, where it begins; the smallest is the best."""


def has_words(query: str, *texts: str) -> bool:
    """Whether each word of a query stands somewhere in one of the texts, in any case."""
    where = "\n".join(texts).casefold()
    return all(word in where for word in query.casefold().split())


def match_rank(query: str, name: str, *around: str) -> Rank | None:
    """Return how well a query fits a name; None where it does not.

    In this order: the name begins with it; it stands at the start of a word of the name; each of
    its words begins one; it is made of beginnings of words, as "trf" of "Track forward"; it stands
    anywhere; its letters stand in the name in their order, the first one at the start of a word;
    each of its words stands in the name or a text around it.
    """
    wanted, text = query.casefold().strip(), name.casefold()
    if not wanted:
        return (0, 0, 0)
    at = text.find(wanted)
    if at == 0:
        return (0, len(text), 0)
    if f" {wanted}" in text:
        return (1, len(text), text.index(f" {wanted}"))
    if _begins_words(wanted.split(), text.split()):
        return (2, len(text), 0)
    letters = wanted.replace(" ", "")
    if _is_made_of_beginnings(letters, text.split()):
        return (3, len(text), 0)
    if at > 0:
        return (4, len(text), at)
    span = _span(letters, text)
    if span is not None:
        return (5, *span)
    return (6, len(text), 0) if has_words(query, name, *around) else None


def _begins_words(wanted: list[str], words: list[str]) -> bool:
    """Whether each wanted word begins a word, in their order."""
    left = iter(words)
    return all(any(word.startswith(each) for word in left) for each in wanted)


def _is_made_of_beginnings(letters: str, words: list[str]) -> bool:
    """Whether letters are beginnings of words, one after the other."""
    # How many letters are found by the words up to here, in all ways there are.
    reached = {0}
    for word in words:
        for start in tuple(reached):
            for end in range(start + 1, len(letters) + 1):
                if not word.startswith(letters[start:end]):
                    break
                reached.add(end)
    return len(letters) in reached


def _span(letters: str, text: str) -> tuple[int, int] | None:
    """Return over how few letters those wanted are spread, and where that begins."""
    best: tuple[int, int] | None = None
    for start, letter in enumerate(text):
        if letter != letters[0] or (start and text[start - 1].isalnum()):
            continue
        at = start
        for each in letters[1:]:
            at = text.find(each, at + 1)
            if at < 0:
                break
        else:
            found = (at - start, start)
            best = found if best is None else min(best, found)
    return best
