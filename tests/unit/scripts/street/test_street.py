from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from app.cli.entry import run_typer
from scripts.street.__main__ import street as program
from scripts.street.camera import Camera
from scripts.street.demo import FRAMES, SIZE, write_demo
from scripts.street.dusk import AMBIENT
from scripts.street.figures import Clothes, Lighting, Person, draw_person
from scripts.street.street import StreetScene
from scripts.street.vehicles import HATCHBACK, Vehicle, draw_vehicle
from tracker_core.imaging import image_size, read_image

DEMO = Path(__file__).resolve().parents[4] / "resources" / "demo" / "street_dusk"
CAMERA = Camera((600, 400), 500.0, 2.6, 0.45, 0.06)
LIGHTING = Lighting(AMBIENT, (((0.6, 0.7, 0.4), np.full(3, 0.3, np.float32)),))


@pytest.fixture(scope="module")
def street() -> StreetScene:
    return StreetScene(seed=1, size=(240, 180))


@pytest.mark.slow
def test_the_bundled_demo_is_what_the_generator_films(tmp_path: Path) -> None:
    """Within what another JPEG encoder or another OpenCV may change."""
    again = write_demo(tmp_path / "demo", frames=2)
    for name in ("visible/v000.jpg", "visible/v001.jpg", "infrared/i000.jpg", "infrared/i001.jpg"):
        made, bundled = read_image(again / name), read_image(DEMO / name)
        assert made.shape == bundled.shape
        assert np.abs(made.astype(int) - bundled).mean() < 3.0
    rows = (DEMO / "visible.txt").read_text(encoding="utf-8").splitlines()
    made_rows = (again / "visible.txt").read_text(encoding="utf-8").splitlines()
    assert np.allclose(
        [[float(part) for part in row.split(",")] for row in made_rows],
        [[float(part) for part in row.split(",")] for row in rows[:2]],
        atol=1.0,
    )


def test_the_program_draws_a_street_as_it_is_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "clip"
    typed = [str(out), "--frames", "1", "--seed", "3", "--size", "96x72"]
    assert run_typer(program, typed, "scripts.street") == 0
    assert capsys.readouterr().out == f"{out}: 1 frame, seed 3\n"
    assert image_size(out / "visible" / "v000.jpg") == (96, 72)
    assert run_typer(program, [str(out)], "scripts.street") == 2
    assert "already holds something" in capsys.readouterr().err


def test_the_bundled_demo_is_whole_and_small() -> None:
    assert len(list((DEMO / "visible").glob("*.jpg"))) == FRAMES
    assert len(list((DEMO / "infrared").glob("*.jpg"))) == FRAMES
    boxes = np.loadtxt(DEMO / "visible.txt", delimiter=",")
    assert boxes.shape == (FRAMES, 4)
    assert (boxes[:, 2:] > 8).all(), "the walker is never marked absent"
    assert (boxes[:, :2] >= 0).all()
    assert (boxes[:, :2] + boxes[:, 2:] <= SIZE).all()
    assert sum(path.stat().st_size for path in DEMO.rglob("*.*")) < 4_500_000


def test_frames_come_in_any_order(street: StreetScene) -> None:
    late, early = street.render(70), street.render(5)
    again = street.render(70)
    assert np.array_equal(late.frames.rgb, again.frames.rgb)
    assert np.array_equal(late.frames.tir, again.frames.tir)
    assert late.objects == again.objects
    assert early.frames.rgb.shape == (180, 240, 3)
    assert early.frames.tir.shape == (180, 240)
    assert not np.array_equal(early.frames.rgb, late.frames.rgb)


def test_the_walker_is_warm_where_the_box_is(street: StreetScene) -> None:
    moment = street.render(8)
    x, y, w, h = moment.objects[0].box_xywh
    assert moment.objects[0].visible > 0.9
    tir = moment.frames.tir.astype(float)
    inside = tir[round(y) : round(y + h), round(x) : round(x + w)]
    head = inside[: max(2, round(0.2 * h))]
    assert head.max() > np.median(tir) + 60
    columns = np.flatnonzero((inside > np.median(tir) + 25).any(axis=0))
    assert columns.size > 0.5 * w


def test_the_walker_passes_behind_things_and_comes_out_again(street: StreetScene) -> None:
    shares = {index: street.render(index).objects[0].visible for index in (8, 80, 100)}
    assert shares[8] > 0.9
    assert shares[80] < 0.4
    assert shares[100] > 0.6


def test_the_sky_is_cold_and_lamps_are_hot(street: StreetScene) -> None:
    moment = street.render(0)
    assert (moment.frames.tir < 12).mean() > 0.02
    assert (moment.frames.tir > 235).any()


@pytest.mark.parametrize("facing", [1.0, -1.0])
@pytest.mark.parametrize("phase", [0.0, 1.0, 2.5, 4.0])
def test_a_figure_stands_on_its_foot_point_and_is_as_tall_as_it_should(
    facing: float, phase: float
) -> None:
    person = Person(1.75, Clothes((0.4, 0.3, 0.2), (0.1, 0.1, 0.1)))
    drawing = draw_person(person, phase, 100.0, facing, LIGHTING)
    rows = np.flatnonzero((drawing.opacity > 0.5).any(axis=1))
    assert rows[-1] + 1 == pytest.approx(drawing.foot[1], abs=8)
    assert rows[-1] - rows[0] == pytest.approx(175, abs=10)
    solid = drawing.opacity > 0.9
    assert drawing.warmth[solid].min() > 10
    assert 28 < drawing.warmth[solid].max() < 38
    head = drawing.warmth[rows[0] : rows[0] + 25][drawing.opacity[rows[0] : rows[0] + 25] > 0.9]
    assert head.mean() > drawing.warmth[solid].mean() + 2


def test_a_step_moves_the_legs_and_repeats() -> None:
    person = Person(1.75, Clothes((0.4, 0.3, 0.2), (0.1, 0.1, 0.1)))
    first = draw_person(person, 0.3, 60.0, 1.0, LIGHTING).opacity
    half = draw_person(person, 0.3 + np.pi / 2, 60.0, 1.0, LIGHTING).opacity
    whole = draw_person(person, 0.3 + 2 * np.pi, 60.0, 1.0, LIGHTING).opacity
    assert np.abs(first - whole).max() < 1e-3
    assert np.abs(first - half).max() > 0.9


def test_a_driven_car_has_a_warm_bonnet_and_a_parked_one_a_cold_roof() -> None:
    cold = draw_vehicle(CAMERA, Vehicle(HATCHBACK, (0.3, 0.1, 0.1), 3.0, 8.0, 1, engine=7.0))
    warm = draw_vehicle(CAMERA, Vehicle(HATCHBACK, (0.3, 0.1, 0.1), 3.0, 8.0, 1, engine=30.0))
    solid = cold.opacity > 0.9
    assert solid.sum() > 2000
    assert cold.warmth[solid].max() < 12
    assert cold.warmth[solid].min() < 4
    assert warm.warmth[solid].max() > 24
    assert np.array_equal(cold.opacity, warm.opacity)


def test_a_car_beyond_the_picture_is_nothing() -> None:
    layer = draw_vehicle(CAMERA, Vehicle(HATCHBACK, (0.3, 0.1, 0.1), -40.0, 8.0, 1))
    assert not layer.opacity.any()


def test_a_camera_finds_the_ground_it_projects() -> None:
    x, z, distance = CAMERA.ground()
    for row, column in ((380, 100), (300, 500), (250, 300)):
        place = CAMERA.point(float(x[row, column]), 0.0, float(z[row, column]))
        assert place[:2] == pytest.approx((column + 0.5, row + 0.5), abs=0.05)
        assert place[2] == pytest.approx(float(distance[row, column]), rel=1e-4)
    assert np.isinf(distance[0]).all()
