"""Whatever lies in a file, reading it gives a value or one printable sentence."""

from __future__ import annotations

import codecs
import json
import os
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from safe_files import (
    FileError,
    decode_text,
    one_line,
    parse_json,
    parse_toml,
    printable,
    read_bytes,
    read_json,
    read_text,
    read_toml,
    split_lines,
)
from safe_files.errors import LONGEST_SENTENCE
from safe_files.reading import DEEPEST, MOST_DIGITS


@pytest.mark.parametrize(
    ("mark", "encoding"),
    [
        (b"", "utf-8"),
        (codecs.BOM_UTF8, "utf-8"),
        (codecs.BOM_UTF16_LE, "utf-16-le"),
        (codecs.BOM_UTF16_BE, "utf-16-be"),
        (codecs.BOM_UTF32_LE, "utf-32-le"),
        (codecs.BOM_UTF32_BE, "utf-32-be"),
    ],
)
def test_text_in_every_encoding_that_editors_write(
    tmp_path: Path, mark: bytes, encoding: str
) -> None:
    path = tmp_path / "a.json"
    path.write_bytes(mark + '{"ä": "→"}\r\n'.encode(encoding))
    assert read_text(path) == '{"ä": "→"}\r\n'
    assert read_json(path) == {"ä": "→"}


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"ok\xff", "byte 2 is not UTF-8"),
        (codecs.BOM_UTF16_LE + b"a", "byte 2 is not UTF-16-LE"),
        (b"one\ntwo\0", "control character in line 2"),
        ("a".encode("utf-16-le"), "control character in line 1"),
        (b"\x1b[31m", "control character in line 1"),
    ],
)
def test_what_is_no_text_is_refused(data: bytes, said: str) -> None:
    with pytest.raises(FileError, match=said):
        decode_text(data, "a.txt")


def test_tabs_line_ends_and_form_feeds_are_text() -> None:
    assert decode_text(b"a\tb\r\nc\x0c\n", "a") == "a\tb\r\nc\x0c\n"


def test_a_file_may_have_as_many_bytes_as_allowed_and_no_more(tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_bytes(b"x" * 100)
    assert read_bytes(path, 100) == b"x" * 100
    with pytest.raises(FileError, match="too large, with more than 99 bytes"):
        read_bytes(path, 99)


@pytest.mark.skipif(not Path("/dev/zero").exists(), reason="needs a device")
def test_a_device_is_no_file() -> None:
    with pytest.raises(FileError, match="a device or a socket, not a regular file"):
        read_bytes("/dev/zero", 1 << 20)


@pytest.mark.skipif(os.name == "nt", reason="needs a named pipe")
def test_a_pipe_that_lies_about_is_refused_at_once(tmp_path: Path) -> None:
    pipe, link = tmp_path / "pipe", tmp_path / "link"
    os.mkfifo(pipe)
    link.symlink_to(pipe)
    for path in (pipe, link):
        # Nobody writes: whoever opens it to read would wait for ever.
        with pytest.raises(FileError, match="a pipe"):
            read_bytes(path)


@pytest.mark.skipif(not Path("/dev/fd").exists(), reason="needs handles as files")
def test_a_pipe_that_a_shell_gives_is_read() -> None:
    end, start = os.pipe()
    writer = threading.Thread(target=lambda: (os.write(start, b"a = 1"), os.close(start)))
    writer.start()
    assert read_toml(f"/dev/fd/{end}") == {"a": 1}
    writer.join()
    os.close(end)


def test_what_cannot_be_opened_is_said(tmp_path: Path) -> None:
    with pytest.raises(FileError, match=r"gone cannot be read: it does not exist\."):
        read_bytes(tmp_path / "gone")
    with pytest.raises(FileError, match="it is a folder"):
        read_bytes(tmp_path)
    with pytest.raises(FileError, match="not a valid path"):
        read_bytes("a\0b")


def nested(depth: int) -> str:
    return "[" * depth + "]" * depth


def tables(depth: int) -> str:
    return ".".join("a" * depth) + " = 1"


@pytest.mark.parametrize(
    ("parse", "text"),
    [
        (parse_json, nested(DEEPEST + 1)),
        (parse_json, nested(100_000)),
        (parse_json, '{"a":' * 5000 + "1" + "}" * 5000),
        (parse_toml, "a = " + nested(DEEPEST + 1)),
        (parse_toml, "a = " + nested(100_000)),
        (parse_toml, tables(DEEPEST + 1)),
        (parse_toml, tables(500_000)),
        (parse_toml, f"a = 1\n[{tables(500_000)[:-4]}]"),
        (parse_toml, f"a = {{ {tables(500_000)} }}"),
        (parse_toml, " . ".join(["'a'", '"b"', "c"] * 50_000) + " = 1"),
    ],
)
def test_depth_has_a_limit(parse: Callable[[str, str], object], text: str) -> None:
    with pytest.raises(FileError, match="nested more than"):
        parse(text, "a")


@pytest.mark.timeout(60)
@pytest.mark.parametrize(
    "text",
    [
        "k" * 1_000_000 + " = 1",
        'a = "' + "x." * 60 + '"',
        "a" * 300_000 + "." * 300_000,
        '"' * 500_001,
        "'a'." * 60 + "b = 1\n# " + "a-b " * 200_000,
        "\n".join(f"[{'a.' * 60}b{i}]" for i in range(2000)),
    ],
)
def test_long_toml_is_judged_in_time_that_grows_with_it(text: str) -> None:
    """Nothing here takes the square of its length, which would be hours."""
    refused(parse_toml, text.encode(), "a")


def test_what_is_less_deep_is_read() -> None:
    assert parse_json(nested(DEEPEST), "a")
    assert parse_toml(tables(DEEPEST), "a")


@pytest.mark.parametrize("digits", [MOST_DIGITS + 2, 5000, 1_000_000])
def test_whole_numbers_have_a_limit(digits: int) -> None:
    for parse, text in ((parse_json, "[%s]"), (parse_toml, "a = %s"), (parse_toml, "a = 0x%s")):
        with pytest.raises(FileError, match="whole number of more than"):
            parse(text % ("9" * digits), "a")


def test_the_largest_whole_number_is_read() -> None:
    number = 2**128
    assert parse_json(f"[-{number}]", "a") == [-number]
    assert parse_toml(f"a = {number}", "a") == {"a": number}


def test_a_null_character_is_refused_wherever_it_stands() -> None:
    for parse, text in (
        (parse_json, r'["a\u0000"]'),
        (parse_json, r'{"\u0000": 1}'),
        (parse_toml, r'a = "b\u0000"'),
    ):
        with pytest.raises(FileError, match="null character"):
            parse(text, "a")


def test_a_name_that_stands_twice_is_refused() -> None:
    with pytest.raises(FileError, match="it names 'a' twice"):
        parse_json('[{"b": {"a": 1, "c": 2, "a": 1}}]', "a.json")


def test_half_a_character_is_refused_wherever_it_stands() -> None:
    for text in (r'["\ud800"]', r'{"\udfff": 1}'):
        with pytest.raises(FileError, match="half of a character"):
            parse_json(text, "a")
    assert parse_json(r'["\ud83d\ude00"]', "a") == ["😀"]


@pytest.mark.parametrize(
    ("parse", "text", "said"),
    [
        (parse_json, '{"a": 1,\n "b" 2}', r"it is not JSON \(.* in line 2, column 6\)"),
        (parse_json, "", "it is not JSON"),
        (parse_toml, "a = ", r"it is not TOML \("),
        (parse_toml, "a = 1\na = 2", r"it is not TOML \("),
    ],
)
def test_where_it_is_wrong_is_said(
    parse: Callable[[str, str], object], text: str, said: str
) -> None:
    with pytest.raises(FileError, match=said):
        parse(text, "a")


def refused(parse: Callable[[str, str], object], data: bytes, name: str) -> str:
    """What is said against these bytes; empty when they are fine."""
    try:
        parse(decode_text(data, name), name)
    except FileError as error:
        return str(error)
    return ""


@given(st.binary(max_size=80))
def test_whatever_the_bytes_there_is_a_value_or_a_sentence(data: bytes) -> None:
    for parse in (parse_json, parse_toml):
        message = refused(parse, data, "a\x1b[2J\n")
        assert message.isprintable()
        assert len(message) < 500


WORDS = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]))


@given(st.recursive(st.none() | st.booleans() | st.integers(-(2**64), 2**64) | WORDS,
                    lambda inner: st.lists(inner) | st.dictionaries(WORDS, inner)))  # fmt: skip
def test_what_json_can_hold_comes_back(value: object) -> None:
    assert parse_json(json.dumps(value), "a") == value


@pytest.mark.parametrize("end", ["\n", "\r", "\r\n"])
def test_only_line_ends_end_lines(end: str) -> None:
    odd = "a\x0c\x0bb\x1c\x85\u2028\u2029c"
    assert split_lines(f"{odd}{end}{end}d") == [odd, "", "d"]


def test_old_programs_wrote_windows_1252() -> None:
    data = "Café\r\n100 €".encode("cp1252")
    assert decode_text(data, "a", old=True) == "Café\r\n100 €"
    assert decode_text(b"\x81", "a", old=True) == "\ufffd"
    assert decode_text("é".encode(), "a", old=True) == "é"
    with pytest.raises(FileError, match="not a text file"):
        decode_text(codecs.BOM_UTF16_LE + b"a", "a", old=True)


def test_a_sentence_is_on_one_line_and_loses_its_middle() -> None:
    assert one_line("The box is empty;\n  draw one.") == "The box is empty; draw one."
    assert one_line("a\x1b[31m\u202eb\udc80") == "a\\x1b[31m\\u202eb\\udc80"
    long = one_line("start " + "x" * 100_000 + " end.")
    assert len(long) == LONGEST_SENTENCE
    assert long.startswith("start x")
    assert long.endswith("x end.")


def test_a_name_is_made_printable_and_not_too_long() -> None:
    assert printable("a\nb\x1b[31m→") == "a\\nb\\x1b[31m→"
    assert printable("x" * 1000) == "x" * 299 + "…"
    assert printable("\n" * 1000, 10) == "\\n" * 4 + "\\…"
