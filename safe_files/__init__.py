"""Files without surprises: written whole or not at all, and read within limits.

Needs nothing but Python's standard library; whatever goes wrong is a `FileError`,
or a `PickleError` for what is wrong within a pickle.
"""

from safe_files.errors import FileError, one_line, printable, reason
from safe_files.holding import HeldFolder
from safe_files.names import file_name, file_names, is_file_name
from safe_files.pickled import INERT, Maker, PickleError, Settable, make_dict, read_pickle
from safe_files.places import is_standard_output, is_stream
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
from safe_files.targets import check_folder, check_targets
from safe_files.together import write_together
from safe_files.writing import (
    PartFile,
    append_text,
    replacing,
    sync_folder,
    write_bytes,
    write_text,
)

__all__ = [
    "INERT",
    "FileError",
    "HeldFolder",
    "Maker",
    "PartFile",
    "PickleError",
    "Settable",
    "append_text",
    "check_folder",
    "check_targets",
    "decode_text",
    "file_name",
    "file_names",
    "is_evenly_spaced",
    "is_file_name",
    "is_standard_output",
    "is_stream",
    "make_dict",
    "number",
    "one_line",
    "parse_json",
    "parse_toml",
    "printable",
    "read_bytes",
    "read_json",
    "read_pickle",
    "read_text",
    "read_toml",
    "reason",
    "replacing",
    "row_numbers",
    "split_lines",
    "sync_folder",
    "write_bytes",
    "write_text",
    "write_together",
]
