"""Reads MOTChallenge rows with TrackEval; run by a Python that has it: `mot.py FOLDER FRAMES`."""

import json
import sys
from importlib.metadata import version
from pathlib import Path


def main(folder: Path, frames: int) -> dict[str, object]:
    """Return the RGB boxes that TrackEval finds; it counts frames, ids and pixels from 1."""
    from trackeval.datasets import MotChallenge2DBox

    text = (folder / "out.txt").read_text()
    truth = folder / "truth" / "X-train" / "walk" / "gt"
    ours = folder / "ours" / "X-train" / "us" / "data"
    for place in (truth, ours):
        place.mkdir(parents=True, exist_ok=True)
    (ours / "walk.txt").write_text(text)
    # TrackEval reads no results without a truth beside them.
    rows = [line.split(",")[:6] for line in text.splitlines()]
    (truth / "gt.txt").write_text("".join(f"{','.join(row)},1,1,1\n" for row in rows))
    read = MotChallenge2DBox(
        {
            "GT_FOLDER": str(folder / "truth"),
            "TRACKERS_FOLDER": str(folder / "ours"),
            "BENCHMARK": "X",
            "SEQ_INFO": {"walk": frames},
            "PRINT_CONFIG": False,
        }
    )
    raw = read.get_raw_seq_data("us", "walk")
    found = [
        [frame, int(key) - 1, box[0] - 1, box[1] - 1, box[2], box[3]]
        for frame in range(frames)
        for key, box in zip(
            raw["tracker_ids"][frame], raw["tracker_dets"][frame].tolist(), strict=True
        )
    ]
    read.get_preprocessed_seq_data(raw, "pedestrian")
    return {"version": version("trackeval"), "rows": found}


if __name__ == "__main__":
    print("\n" + json.dumps(main(Path(sys.argv[1]), int(sys.argv[2]))))
