"""Draw the picture of a token strip in the docs again, by the commands that the page describes.

    python -m scripts.figure_picture [FILE]

The bundled network follows the walker of the demo for some frames; of these the strip is drawn.
"""

from __future__ import annotations

import io
import sys
import tempfile
from pathlib import Path

from app.cli.entry import run
from app.state.demo_clip import demo_sequence
from safe_files import replacing
from safe_files.writing import fill

PICTURE = Path(__file__).resolve().parent.parent / "docs" / "images" / "figure-strip.png"
FRAMES = (3, 8, 12, 16)
"""Few from the beginning, so that a test can afford to draw it again."""
COLOURS = 128
"""Of the page's picture: a quarter of the bytes, and nothing that one would see."""


def strip(folder: Path) -> bytes:
    """Track, draw and shrink; `folder` takes what lies between."""
    result, session, figure = (folder / name for name in ("walk.txt", "walk.h5", "strip.png"))
    frames = ",".join(str(each) for each in FRAMES)
    for words in (
        ("track", demo_sequence(), "--out", result, "--session", session, "--to", FRAMES[-1]),
        ("figure", session, "--kind", "strip", "--frames", frames, "--out", figure),
    ):
        if code := run([str(word) for word in words]):
            sys.exit(code)
    return small(figure.read_bytes())


def small(picture: bytes) -> bytes:
    """Return a picture with a palette."""
    from PIL import Image

    stream = io.BytesIO()
    with Image.open(io.BytesIO(picture)) as image:
        # Without dithering, which is noise to PNG.
        image.convert("RGB").quantize(COLOURS, dither=Image.Dither.NONE).save(
            stream, "PNG", optimize=True
        )
    return stream.getvalue()


def main() -> int:
    """Write the picture."""
    path = Path(sys.argv[1]) if len(sys.argv) > 1 else PICTURE
    with tempfile.TemporaryDirectory() as folder:
        content = strip(Path(folder))
    with replacing(path, parents=True) as part:
        fill(part, content)
    sys.stdout.write(f"{path}: {len(content) / 1000:.0f} kB\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
