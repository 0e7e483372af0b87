"""The parts of the closed form against answers known beforehand."""

import numpy as np
import pytest

from mimetic.flow.brightness import apply_light, fit_light, middle
from mimetic.flow.cells import CellSystem
from mimetic.flow.headmotion import fit_head, head_field
from mimetic.flow.passes import _spread
from mimetic.flow.smoothness import Smoothness, Weights, roughness, variation, weigh
from mimetic.flow.tensors import BINOMIAL, PairTensors, area_means, filtered
from mimetic.ops.warp import sample_exact
from tests.flow.textures import as_bytes, bump, grid, texture


def random_system(height, width, seed=0):
    rng = np.random.default_rng(seed)
    a, b = rng.standard_normal((2, 2, height, width))
    shape = np.stack([a[0] ** 2 + b[0] ** 2, a[0] * a[1] + b[0] * b[1], a[1] ** 2 + b[1] ** 2])
    field = rng.standard_normal((2, height, width)).cumsum(1).cumsum(2) * 0.01
    return shape.astype(np.float32), field.astype(np.float32), rng


def dense(shape, weights):
    """The naive twin: the system as one matrix, difference by difference."""
    height, width = shape.shape[1:]
    n = height * width
    at = np.arange(n).reshape(height, width)
    one = np.zeros((n, n))

    def add(nodes, signs, weight):
        row = np.zeros(n)
        row[list(nodes)] = signs
        one[:] += weight * np.outer(row, row)

    for j in range(height):
        for i in range(width):
            if i + 1 < width:
                add((at[j, i], at[j, i + 1]), (-1, 1), weights.x[j, i])
            if j + 1 < height:
                add((at[j, i], at[j + 1, i]), (-1, 1), weights.y[j, i])
            if 0 < i < width - 1:
                add((at[j, i - 1], at[j, i], at[j, i + 1]), (1, -2, 1), weights.xx[j, i])
            if 0 < j < height - 1:
                add((at[j - 1, i], at[j, i], at[j + 1, i]), (1, -2, 1), weights.yy[j, i])
            if i + 1 < width and j + 1 < height:
                corners = (at[j, i], at[j, i + 1], at[j + 1, i], at[j + 1, i + 1])
                add(corners, (1, -1, -1, 1), weights.xy[j, i])
    xx, xy, yy = (np.diag(part.ravel()) for part in shape)
    return np.block([[xx + one, xy], [xy, yy + one]]), one


@pytest.mark.parametrize(("height", "width"), [(9, 13), (4, 4), (6, 30)])
def test_the_solver_of_cells_agrees_with_a_dense_one(height, width):
    shape, field, rng = random_system(height, width)
    weights = weigh(field, Smoothness())
    right = rng.standard_normal((2, height, width)).astype(np.float32)
    matrix, _ = dense(shape, weights)
    wanted = np.linalg.solve(matrix, right.ravel()).reshape(right.shape)
    found = CellSystem(shape, weights).solve(right, np.zeros_like(right), steps=60)
    assert np.abs(found - wanted).max() < 0.01 * np.abs(wanted).max()


def test_few_steps_suffice_for_a_field_that_is_stiff():
    shape, field, rng = random_system(48, 48)
    weights = weigh(field * 0.1, Smoothness())
    right = rng.standard_normal((2, 48, 48)).astype(np.float32)
    system = CellSystem(shape, weights)
    nothing = np.zeros_like(right)
    wanted = system.solve(right, nothing, steps=200)
    found = system.solve(right, nothing, steps=10)
    assert np.abs(found - wanted).mean() < 0.1 * np.abs(wanted).mean()


def test_roughness_is_the_dense_matrix_times_the_field():
    shape, field, _ = random_system(7, 8)
    weights = weigh(field, Smoothness())
    _, one = dense(shape, weights)
    wanted = np.stack([one @ part.ravel() for part in field]).reshape(field.shape)
    found = CellSystem(shape, weights).roughen(field)
    assert found == pytest.approx(wanted, abs=1e-4 * np.abs(wanted).max())


def test_a_plane_has_slope_but_no_bend_and_costs_least():
    x, y = grid(12)
    plane = np.stack([0.02 * x, 0.01 * y]).astype(np.float32)
    rough = plane + 0.05 * np.random.default_rng(0).standard_normal(plane.shape).astype("f4")
    flat, uneven = weigh(plane, Smoothness()), weigh(rough, Smoothness())
    assert isinstance(flat, Weights)
    assert flat.xx[5, 5] > 20 * uneven.xx.max()
    assert roughness(plane)[5, 5] == pytest.approx((0.02**2 + 0.01**2) / 2, rel=1e-3)
    assert variation(plane) == pytest.approx(0.03 * 12 * 11, rel=1e-4)


def test_the_cubic_between_cells_carries_a_quadratic_over_exactly():
    x, y = (axis / 40 for axis in grid(40))
    wanted = np.stack([1 + x - 2 * y + x * x, x * y]).astype(np.float32)
    at = (np.arange(10) * 4 + 1.5) / 40
    cells = np.stack([1 + at - 2 * at[:, None] + at * at, at * at[:, None]]).astype(np.float32)
    inner = (slice(None), slice(8, -8), slice(8, -8))
    assert _spread(cells, (40, 40))[inner] == pytest.approx(wanted[inner], abs=1e-5)


def test_tensors_explain_a_small_shift():
    picture = texture(96)
    x, y = grid(96)
    pair = PairTensors(96, 96)
    pair.take(as_bytes(picture), as_bytes(sample_exact(picture, x - 0.2, y + 0.1)))
    tensors = pair.at(np.zeros((2, 96, 96), np.float32), 6, fit=False)
    d = np.broadcast_to(np.array([0.2, -0.1], np.float32)[:, None, None], tensors.slope.shape)
    assert tensors.energy(d).mean() < 0.05 * tensors.energy(0 * d).mean()
    xx, xy, yy = (part.sum() for part in tensors.shape)
    step = -np.linalg.solve([[xx, xy], [xy, yy]], tensors.slope.sum((1, 2)))
    assert step == pytest.approx([0.2, -0.1], abs=0.005)


def test_a_picture_is_brought_back_as_exactly_as_by_the_spline():
    picture = texture(96)
    x, y = grid(96)
    flow = (bump(96, peak_px=1.7) + np.array([0.123, -0.071])[:, None, None]).astype(np.float32)
    second = as_bytes(picture)
    pair = PairTensors(96, 96)
    pair.take(second, second)
    found = pair.bring_back(flow, fit=False).copy()
    slopes = pair.slopes(2 * found)
    pair.add_beyond(found, *slopes)
    smooth = filtered(second.astype(np.float32), BINOMIAL, BINOMIAL)
    wanted = sample_exact(smooth, x + flow[0], y + flow[1])
    error = (found - wanted)[4:-4, 4:-4]
    # A hundredth of a pixel of movement, where a pixel's slope is about 10 grey levels.
    assert np.sqrt((error**2).mean()) < 0.01 * np.sqrt((slopes[0] ** 2 + slopes[1] ** 2).mean())


def test_light_is_found_although_a_part_moves():
    first = texture(96)
    x, y = grid(96)
    dimmed = (first - 4 - 3 * (2 * y / 95 - 1)) / (1.05 + 0.04 * (2 * x / 95 - 1))
    dimmed[:24, :24] = 10
    given, wanted = (part.astype(np.float32) for part in (dimmed, first))
    light = fit_light(wanted, given)
    apply_light(given, light, spare=np.empty_like(given))
    assert np.abs(given - wanted)[24:].max() < 0.5


def test_the_head_is_found_although_a_part_moves_otherwise():
    rng = np.random.default_rng(0)
    head = rng.standard_normal((6, 2))
    field = head_field(head, 16, 16)
    field[:, 4:8, 4:8] += 3
    found = fit_head(field, np.ones((16, 16), np.float32))
    assert np.abs(found - head).max() < 0.1
    assert head_field(head, 32, 32)[:, ::2, ::2].mean() == pytest.approx(
        head_field(head, 16, 16).mean(), abs=0.1
    )


def test_the_middle_is_the_median():
    values = np.random.default_rng(0).standard_normal((7, 9)).astype(np.float32)
    assert middle(values) == np.median(values)


def test_means_of_single_pixels_are_the_picture():
    picture = texture(12).astype(np.float32)
    assert area_means(picture, 1) is picture
    assert area_means(picture, 3)[0, 0] == pytest.approx(picture[:3, :3].mean(), rel=1e-5)
