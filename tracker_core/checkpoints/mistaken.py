"""What people take for a checkpoint by mistake, named as what it is."""

from __future__ import annotations

import re
from pathlib import Path

_LOOK = 4096
"""Bytes that tell; a page's title stands in its first lines."""

_DOWNLOAD = "download the file itself in a browser and give that"
_PAGES = (
    # Its pages of warning and of exceeded quota, saved by wget and curl under the file's name.
    (
        re.compile(
            rb"google drive|drive\.google\.com|virus scan warning|drive\.usercontent", re.IGNORECASE
        ),
        "a web page of Google Drive, which asks before it gives large files away; open the link in "
        "a browser, confirm the download, and give the file that comes",
    ),
)
_PAGE = re.compile(rb"<(!doctype html|html|head|body)\b", re.IGNORECASE)
# By their first bytes: what it is, and what to do.
_BY_START: tuple[tuple[bytes, str], ...] = (
    (
        b"version https://git-lfs.github.com/spec/",
        "a pointer of Git LFS, which stands in the place of the file; run `git lfs pull` in its "
        "repository, or download the file itself",
    ),
    (
        b"version https://hawser.github.com/spec/",
        "a pointer of Git LFS, which stands in the place of the file; run `git lfs pull` in its "
        "repository, or download the file itself",
    ),
    (
        b"/annex/objects/",
        "a pointer of git-annex, which stands in the place of the file; run `git annex get` on it",
    ),
    (b"\x1f\x8b", "an archive packed by gzip; unpack it and give the checkpoint in it"),
    (b"BZh", "an archive packed by bzip2; unpack it and give the checkpoint in it"),
    (b"\xfd7zXZ\0", "an archive packed by xz; unpack it and give the checkpoint in it"),
    (b"(\xb5/\xfd", "an archive packed by zstd; unpack it and give the checkpoint in it"),
    (b"7z\xbc\xaf\x27\x1c", "a 7-Zip archive; unpack it and give the checkpoint in it"),
    (b"Rar!", "a RAR archive; unpack it and give the checkpoint in it"),
    (b"\x89HDF\r\n\x1a\n", "an HDF5 file, such as a session or weights of Keras; give a "
     "checkpoint of PyTorch"),
    (b"\x93NUMPY", "an array of numpy; give a checkpoint of PyTorch"),
    (b"\x89PNG", "a picture; give a checkpoint"),
    (b"\xff\xd8\xff", "a picture; give a checkpoint"),
    (b"%PDF", "a PDF document; give a checkpoint"),
    (b"\x7fELF", "a program; give a checkpoint"),
    (b"MZ", "a program; give a checkpoint"),
    (b"GGUF", "a language model for llama.cpp; give a checkpoint of PyTorch"),
)  # fmt: skip
_ANNEX_LINK = re.compile(r"\.git[/\\]annex[/\\]objects")


def missing_for(path: Path) -> str | None:
    """Why a path that leads nowhere does so, where that can be said; in words after the path."""
    if path.is_symlink() and _ANNEX_LINK.search(str(path.readlink())):
        return "is a pointer of git-annex whose file is not here; run `git annex get` on it"
    if path.is_symlink():
        return "is a link to a file that is not there; restore that file, or give another path"
    return None


def mistaken_for(path: Path) -> str | None:
    """What a file is that is no checkpoint, and what to do; None when nothing is known of it.

    OSError when it cannot be read.
    """
    with path.open("rb") as file:
        start = file.read(_LOOK)
    if not start:
        return "is empty: the download or the copy never began; get the file again"
    if not start.strip(b"\0"):
        return "begins with zeros only: the download or the copy stopped early; get the file again"
    for mark, words in _BY_START:
        if start.startswith(mark):
            return f"is {words}"
    if start[257:262] == b"ustar":
        return "is a tar archive; unpack it and give the checkpoint in it"
    return _text(start)


def _text(start: bytes) -> str | None:
    for mark, encoding in ((b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be")):
        if start.startswith(mark):
            start = start[2:].decode(encoding, "replace").encode()
    text = start.removeprefix(b"\xef\xbb\xbf").lstrip()
    if text.startswith(b"<") and _PAGE.search(text):
        for pattern, words in _PAGES:
            if pattern.search(text):
                return f"is {words}"
        return f"is a web page and not the file that it links to; {_DOWNLOAD}"
    if text.startswith(b"<"):
        return (
            "is an answer in XML, mostly an error of the server that should have sent the file; "
            "look at it in an editor, and download the file again"
        )
    # Blanks first: a safetensors header begins with eight bytes that are no text.
    if text[:1] in b"{[" and _readable(start):
        return (
            "is an answer in JSON, mostly an error of the server that should have sent the file; "
            "look at it in an editor, and download the file again"
        )
    if _readable(start):
        return "is a text and not weights; look at it in an editor, and get the checkpoint itself"
    return None


def _readable(start: bytes) -> bool:
    """Whether bytes are text: nothing below a blank but line ends and tabs, and valid UTF-8."""
    if any(byte < 0x20 and byte not in b"\t\n\r\x0c\x1b" for byte in start):
        return False
    try:
        # The last character may be cut in two.
        start[: _LOOK - 4].decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True
