import numpy as np
import pytest
from scipy.ndimage import map_coordinates

from mimetic.datasets.virtual import Camera, Program, people
from mimetic.datasets.virtual.canvas import Canvas, World, upsample
from mimetic.datasets.virtual.flow import carried_points, shown_points
from mimetic.datasets.virtual.render import MOUTH, labels


def wavy_world():
    canvas = Canvas(origin_px=np.array([-10.0, -5.0]), step_px=2.0, rows=60, columns=70)
    x, y = np.moveaxis(canvas.nodes(), -1, 0)
    inside = np.clip(np.minimum.reduce([x + 10, 128 - x, y + 5, 113 - y]) / 20, 0, 1)
    move = np.stack([4 * np.sin(y / 9), 3 * np.cos(x / 8)]) * inside
    return World(canvas=canvas, move_px=move.astype(np.float32))


def test_a_world_is_bilinear_between_its_nodes():
    world = wavy_world()
    points = np.random.default_rng(0).uniform(0, 90, (50, 2))
    place = (points - world.canvas.origin_px).T[::-1] / 2.0
    naive = [map_coordinates(part, place, order=1) for part in world.move_px]
    assert world(points) == pytest.approx(points + np.stack(naive, axis=1), abs=1e-4)


def test_inverting_a_world_finds_the_points_that_came_there():
    world = wavy_world()
    columns, rows = np.meshgrid(np.arange(10, 90, dtype=np.float32), np.arange(5, 80))
    targets = np.stack([columns, rows], axis=-1).astype(np.float32)
    points = world.invert(targets)
    assert np.abs(world(points) - targets).max() < 0.005
    assert np.abs(points - targets).max() > 3


def test_upsampling_passes_through_the_nodes_and_reproduces_a_cubic():
    x = np.arange(20, dtype=np.float32)
    grid = np.repeat(((x - 8) ** 3 / 100)[None, :, None], 12, 0).astype(np.float32)
    fine = upsample(np.concatenate([grid, -grid], axis=-1), 4)
    assert fine.shape == (36, 68, 2)
    assert fine[4, ::4, 0] == pytest.approx(grid[0, 1:18, 0], abs=1e-4)
    middle = 1 + np.arange(20, 48) / 4
    assert fine[16, 20:48, 1] == pytest.approx(-((middle - 8) ** 3) / 100, abs=2e-3)


@pytest.mark.parametrize("seed", [0, 1])
def test_what_is_drawn_at_a_pixel_of_the_face_belongs_there_to_a_hundredth(astronaut, seed):
    recording = astronaut.record(Program.random(seed, 6.0), Camera(rate_hz=2))
    renderer = recording._renderer
    for index in (3, 7, 11):
        state = recording.state(index)
        trace = renderer.trace(state)
        seen = labels(trace, (320, 320))
        points = shown_points(renderer, trace, state=state, seen=seen)
        there = carried_points(renderer.scene, state, points=points, seen=seen)
        error = np.linalg.norm(there - renderer._places, axis=-1)
        error[seen == MOUTH] = 0
        face = renderer.view.to_video(there)
        box = recording.truth.landmarks_px[index, :468, :2]
        inside = ((face > box.min(0)) & (face < box.max(0))).all(-1)
        assert error[inside].max() < 0.01
        assert error.max() < 0.05


def test_natural_movements_never_fold_the_face():
    from mimetic.datasets.virtual import VirtualFace

    person = people(2)[1]
    program = Program.random(5, 10.0, habits=person.habits())
    recording = VirtualFace(person=person).record(program, Camera(rate_hz=2))
    for index in range(len(recording)):
        for world in recording.state(index).worlds.values():
            (ax, ay), step = world.move_px, world.canvas.step_px
            across = [np.diff(part, axis=1)[:-1] / step for part in (ax, ay)]
            down = [np.diff(part, axis=0)[:, :-1] / step for part in (ax, ay)]
            area = (1 + across[0]) * (1 + down[1]) - down[0] * across[1]
            assert area.min() > 0.1
