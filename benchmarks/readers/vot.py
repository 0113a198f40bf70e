"""Reads VOT sequences with the VOT toolkit; run by a Python that has it: `vot.py FOLDER FRAMES`."""

import json
import sys
from importlib.metadata import version
from pathlib import Path


def main(folder: Path, frames: int) -> dict[str, object]:
    """Return the boxes that the toolkit finds in the folders of all targets, and their tags."""
    # Not by its plain name: this file has it too.
    from vot.dataset.common import read_sequence
    from vot.region.shapes import Rectangle

    rows: list[list[float]] = []
    tags: list[list[object]] = []
    for target, place in enumerate(sorted(each for each in folder.iterdir() if each.is_dir())):
        # With sizes and length said, it looks for no pictures.
        (place / "sequence").write_text(
            f"channels.color=color/%08d.jpg\nwidth=480\nheight=360\nlength={frames}\nfps=25\n"
        )
        read = read_sequence(str(place))
        for frame in range(frames):
            region = read.groundtruth(frame)
            if isinstance(region, Rectangle):
                rows.append([frame, target, region.x, region.y, region.width, region.height])
            tags += [[frame, target, name] for name in read.tags(frame)]
    return {"version": version("vot-toolkit"), "rows": rows, "tags": tags}


if __name__ == "__main__":
    sys.path.pop(0)
    print("\n" + json.dumps(main(Path(sys.argv[1]), int(sys.argv[2]))))
