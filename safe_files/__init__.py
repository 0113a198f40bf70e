"""Files without surprises: written whole or not at all, and read within limits.

Needs nothing but Python's standard library; whatever goes wrong is a `FileError`.
"""

from safe_files.errors import FileError, one_line, printable, reason
from safe_files.reading import (
    decode_text,
    parse_json,
    parse_toml,
    read_bytes,
    read_json,
    read_text,
    read_toml,
    split_lines,
)
from safe_files.rows import is_evenly_spaced, number, row_numbers
from safe_files.writing import PartFile, replacing, sync_folder, write_bytes, write_text

__all__ = [
    "FileError",
    "PartFile",
    "decode_text",
    "is_evenly_spaced",
    "number",
    "one_line",
    "parse_json",
    "parse_toml",
    "printable",
    "read_bytes",
    "read_json",
    "read_text",
    "read_toml",
    "reason",
    "replacing",
    "row_numbers",
    "split_lines",
    "sync_folder",
    "write_bytes",
    "write_text",
]
