"""Changes of text: numbers, separators, rows, encodings; and of what JSON and TOML hold."""

from __future__ import annotations

import json
import random
import re
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

from benchmarks.mutations.damage import Damage, Edit

TEXTS = {".txt", ".json", ".toml", ".tag", ".csv", ".yaml"}
NUMBERS = (
    "1e999", "-1e999", "NaN", "nan", "inf", "-inf", "1e308", "1e-320", "-0", "-1", "0",
    "99999999999999999999",
    "9" * 5000, "0x10", "1_000", "1,5", "٣", "\uff13", "−5", "²", "1e", ".", "-", "+", "1.2.3",
    "None",
    "null", "true",
    "'5'", '"5"', "5 px", "", " ", "1e400", "4294967296", "-2147483649",
    "1.0000000000000000000001", "00012", "1d3",
)  # fmt: skip
"""What may stand where a number stood."""
_NUMBER = re.compile(r"-?\d+(?:\.\d+)?")
_LONG = 2_000_000


def is_text(path: Path) -> bool:
    """Whether a file is named as a text."""
    return path.suffix.lower() in TEXTS


def _number(chance: random.Random, text: str) -> str:
    found = list(_NUMBER.finditer(text))
    if not found:
        return text
    chosen = chance.choice(found)
    return text[: chosen.start()] + chance.choice(NUMBERS) + text[chosen.end() :]


def _digit(chance: random.Random, text: str) -> str:
    places = [index for index, letter in enumerate(text) if letter.isdigit()]
    if not places:
        return text
    place = chance.choice(places)
    return text[:place] + chance.choice("0123456789") + text[place + 1 :]


def _lines(chance: random.Random, text: str) -> str:
    lines = text.split("\n")
    place = chance.randrange(len(lines))
    how = chance.choice(
        ("lost", "twice", "blank", "swapped", "joined", "moved", "comment", "letters")
    )
    line = lines[place]
    if how == "lost":
        del lines[place]
    elif how == "twice":
        lines.insert(place, line)
    elif how == "blank":
        lines.insert(place, chance.choice(("", " ", "\t")))
    elif how == "swapped":
        other = chance.randrange(len(lines))
        lines[place], lines[other] = lines[other], lines[place]
    elif how == "joined":
        lines[place : place + 2] = ["".join(lines[place : place + 2])]
    elif how == "moved":
        lines.append(lines.pop(place))
    elif how == "comment":
        lines.insert(
            place, chance.choice(("# comment", "x,y,w,h", "//", "%", "; x", "[table]", "{"))
        )
    else:
        lines[place] = line + chance.choice(
            (" x", ",", ",,", ";", " 1", "\0", "\x1b[31m", "\u202e", "\ud7ff")
        )
    return "\n".join(lines)


def _long(chance: random.Random, text: str) -> str:
    filling = chance.choice(("9", "1,", " ", "[", '{"a":', "\t", "a", "-", "(", "\u00e9"))
    place = chance.randrange(len(text) + 1)
    return (
        text[:place]
        + filling * (chance.choice((2000, 100_000, _LONG)) // len(filling))
        + text[place:]
    )


def _letter(chance: random.Random, text: str) -> str:
    place = chance.randrange(len(text) + 1)
    letter = chance.choice(
        (
            "\0",
            "\x1b[2J",
            "\u202e",
            "\u2028",
            "\x0c",
            "\x85",
            "\ufeff",
            "\xa0",
            "\x08",
            "é",
            "😀",
            '"',
            "'",
            "\\",
            "]",
            "}",
        )
    )
    return text[:place] + letter + text[place + chance.randrange(2) :]


VALUES: dict[str, Callable[[random.Random, str], str]] = {
    "number": _number, "digit": _digit, "lines": _lines, "long": _long, "letter": _letter,
}  # fmt: skip
"""They may change what a text says."""

FORMS: dict[str, Callable[[str], bytes]] = {
    "CRLF": lambda text: text.replace("\n", "\r\n").encode(),
    "CR": lambda text: text.replace("\n", "\r").encode(),
    "byte order mark": lambda text: b"\xef\xbb\xbf" + text.encode(),
    "UTF-16": lambda text: text.encode("utf-16"),
    "UTF-32": lambda text: text.encode("utf-32"),
    "UTF-16 without mark": lambda text: text.encode("utf-16-le"),
    "EBCDIC": lambda text: text.encode("cp037", "replace"),
    "Latin": lambda text: text.encode("latin-1", "replace") + b"\xe9",
    "tabs": lambda text: text.replace(",", "\t").encode(),
    "semicolons": lambda text: text.replace(",", ";").encode(),
    "decimal commas": lambda text: (
        re.sub(r"(\d+)(,|$)", r"\1,0;", text, flags=re.MULTILINE).replace(";\n", "\n").encode()
    ),
    "blank lines at the end": lambda text: (text + "\n\n \n").encode(),
    "no last line end": lambda text: text.rstrip("\n").encode(),
    "every second line blank": lambda text: text.replace("\n", "\n\n").encode(),
    "decimals": lambda text: re.sub(r"(\d+)", r"\1.0", text).encode(),
    "blanks": lambda text: text.replace(",", " , ").encode(),
}
"""They leave what a text says as it is, and may make it unreadable."""
_KEPT = {
    "CRLF",
    "CR",
    "byte order mark",
    "tabs",
    "semicolons",
    "blank lines at the end",
    "no last line end",
    "UTF-16",
    "UTF-32",
}


def _text_of(path: Path) -> str | None:
    try:
        return path.read_bytes().decode("utf-8")
    except UnicodeDecodeError:
        return None


def _value_edit(name: str, change: Callable[[random.Random, str], str]) -> Edit:
    def edit(damage: Damage) -> bool:
        path = damage.one(lambda each: is_text(each) and each.stat().st_size > 0)
        text = None if path is None else _text_of(path)
        if path is None or text is None:
            return False
        made = change(damage.chance, text)
        if made == text:
            return False
        damage.change(path, made.encode("utf-8", "surrogatepass"))
        damage.values = True
        damage.say(f"{damage.name(path)}: {name} changed")
        return True

    return edit


def form_edit(damage: Damage) -> bool:
    """Write a text in another form."""
    path = damage.one(is_text)
    text = None if path is None else _text_of(path)
    if path is None or not text:
        return False
    name = damage.chance.choice(tuple(FORMS))
    labels, values = damage.labels, damage.values
    damage.change(path, FORMS[name](text))
    if name in _KEPT:
        damage.labels, damage.values = labels, values
    else:
        damage.values = True
    damage.say(f"{damage.name(path)}: {name}")
    return True


def tree_edit(damage: Damage) -> bool:
    """Change what a JSON or TOML file holds, and write it soundly."""
    path = damage.one(lambda each: each.suffix in (".json", ".toml"))
    text = None if path is None else _text_of(path)
    if path is None or not text:
        return False
    toml = path.suffix == ".toml"
    try:
        tree = tomllib.loads(text) if toml else json.loads(text)
    except (ValueError, RecursionError):
        return False
    made, words = changed(damage.chance, tree)
    damage.change(
        path, (as_toml(made) if toml else json.dumps(made)).encode("utf-8", "surrogatepass")
    )
    damage.values = True
    damage.say(f"{damage.name(path)}: {words}")
    return True


NASTY: tuple[Any, ...] = (
    None, True, False, 0, -1, 1, 2**31, 2**63, 2**64, -(2**63) - 1, 10**400, 1e308, -1e308,
    5e-324, float("nan"),
    float("inf"), 0.5, "", "x", "\0", "\u202e", "../../x", "/dev/zero", "x" * 100_000, "9" * 5000,
    [], {}, [[]], [1, 2, 3, 4],
    [None] * 1000, {"a": {"b": {}}}, "tiny", "base", "nan", "1e999", 3.7, -0.0, 1_000_000, "cuda",
    "\ud800",
)  # fmt: skip
"""What may stand where a value stood."""


def changed(chance: random.Random, tree: Any) -> tuple[Any, str]:  # noqa: ANN401 - any JSON
    """Return a tree of lists and dictionaries with one change, and words."""
    places: list[tuple[Any, Any]] = []
    _collect(tree, places)
    if not places:
        return chance.choice(NASTY), "replaced as a whole"
    holder, key = chance.choice(places)
    how = chance.choice(("value", "value", "value", "lost", "renamed", "deep", "twice", "number"))
    if how == "lost":
        del holder[key]
    elif how == "renamed" and isinstance(holder, dict):
        holder[chance.choice(("x", "", "\u202e", "__class__", f"{key}s", str(key).upper()))] = (
            holder.pop(key)
        )
    elif how == "deep":
        value: Any = holder[key]
        for _ in range(chance.choice((1, 20, 150))):
            value = [value] if chance.random() < 0.5 else {"a": value}
        holder[key] = value
    elif how == "twice" and isinstance(holder, list):
        holder.insert(key, holder[key])
    elif how == "number" and type(holder[key]) in (int, float):
        holder[key] = type(holder[key])(
            holder[key] * chance.choice((2, 10, -1, 1000, 0.5)) + chance.choice((0, 1))
        )
    else:
        holder[key] = chance.choice(NASTY)
        return tree, f"{key!r} set to {str(holder[key])[:40]!r}"
    return tree, f"{key!r} {how}"


def _collect(tree: Any, places: list[tuple[Any, Any]]) -> None:  # noqa: ANN401 - any JSON
    # Some hundred are enough to choose from.
    if len(places) > 500:
        return
    keys: Any = (
        tree if isinstance(tree, dict) else range(len(tree)) if isinstance(tree, list) else ()
    )
    for key in keys:
        places.append((tree, key))
        _collect(tree[key], places)


def as_toml(tree: Any) -> str:  # noqa: ANN401 - any JSON
    """Return what TOML can say of a tree; what it cannot (null) is left out of tables."""
    if not isinstance(tree, dict):
        return f"x = {_toml_value(tree)}\n"
    plain = [
        f"{_toml_key(key)} = {_toml_value(value)}\n"
        for key, value in tree.items()
        if not isinstance(value, dict) and value is not None
    ]
    return "".join(plain) + "".join(_tables(tree, ""))


def _tables(tree: dict[str, Any], before: str) -> list[str]:
    made = []
    for key, value in tree.items():
        if isinstance(value, dict):
            name = f"{before}{_toml_key(key)}"
            lines = [
                f"{_toml_key(k)} = {_toml_value(v)}\n"
                for k, v in value.items()
                if v is not None and not isinstance(v, dict)
            ]
            made += [f"\n[{name}]\n", *lines, *_tables(value, f"{name}.")]
    return made


def _toml_key(key: object) -> str:
    return json.dumps(str(key))


def _toml_value(value: Any) -> str:  # noqa: ANN401 - any JSON
    if isinstance(value, dict):
        return "{" + ", ".join(f"{_toml_key(k)} = {_toml_value(v)}" for k, v in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(_toml_value(each) for each in value) + "]"
    if value is None:
        return '""'
    if isinstance(value, float):
        return repr(value)
    return json.dumps(value)


EDITS: dict[str, Edit] = {
    **{f"text {name}": _value_edit(name, change) for name, change in VALUES.items()},
    "text form": form_edit,
}
"""Changes of any text, by name."""
TREES: dict[str, Edit] = {"tree": tree_edit}
"""Changes of JSON and TOML that stay JSON and TOML."""
