"""Reads CVAT for video with datumaro; run by a Python that has it: `cvat.py FOLDER`."""

import json
import sys
from importlib.metadata import version
from pathlib import Path


def main(folder: Path) -> dict[str, object]:
    """Return the RGB boxes that datumaro finds, and where targets are outside."""
    from datumaro import Dataset

    rows: list[list[float]] = []
    outside: list[list[int]] = []
    keys: list[list[int]] = []
    for item in Dataset.import_from(str(folder / "out.xml"), "cvat"):
        frame = int(item.attributes["frame"])
        for each in item.annotations:
            said = each.attributes
            track = int(said["track_id"])
            if said["outside"]:
                outside.append([frame, track])
                continue
            rows.append([frame, track, *each.get_bbox()])
            if said["keyframe"]:
                keys.append([frame, track])
    return {"version": version("datumaro"), "rows": rows, "outside": outside, "keys": keys}


if __name__ == "__main__":
    print("\n" + json.dumps(main(Path(sys.argv[1]))))
