"""Reads COCO JSON with pycocotools; run by a Python that has it: `coco.py FOLDER`."""

import json
import sys
from importlib.metadata import version
from pathlib import Path


def main(folder: Path) -> dict[str, object]:
    """Return the RGB boxes that pycocotools finds: frame, target from 0, x, y, w, h."""
    from pycocotools.coco import COCO

    read = COCO(str(folder / "out.json"))
    images = {image["id"]: image for image in read.loadImgs(read.getImgIds())}
    rgb = [key for key, image in images.items() if image["modality"] == "rgb"]
    found = read.loadAnns(read.getAnnIds(imgIds=rgb))
    rows = [
        [images[each["image_id"]]["frame_index"], each["track_id"] - 1, *each["bbox"]]
        for each in found
    ]
    # Masks are what evaluation asks for besides boxes; they must not be missed here.
    return {"version": version("pycocotools"), "rows": rows, "kinds": len(read.getCatIds())}


if __name__ == "__main__":
    print("\n" + json.dumps(main(Path(sys.argv[1]))))
