"""The closed form finds movements that are known."""

import cv2
import numpy as np
import pytest

from mimetic.errors import ArgumentError, ShapeError
from mimetic.flow.classical import dis_refined
from mimetic.flow.solver import ClosedForm, Pass, SolverSettings
from tests.flow.textures import as_bytes, bump, moved, shifted, texture


@pytest.mark.parametrize(("right", "down"), [(0.1, -0.06), (1.3, 0.4), (-5.2, 3.7)])
def test_a_shift_is_found_to_a_hundredth_of_a_pixel(right, down):
    picture = texture(96)
    found = ClosedForm()(as_bytes(picture), as_bytes(shifted(picture, right, down))).flow_px
    inner = found[:, 16:-16, 16:-16]
    assert np.abs(inner.mean((1, 2)) - (right, down)).max() < 0.01
    assert np.abs(inner - np.array([right, down])[:, None, None]).mean() < 0.02


@pytest.mark.parametrize("peak_px", [0.25, 1.0, 3.0])
def test_a_bump_is_found_better_than_by_refined_dense_inverse_search(peak_px):
    rng = np.random.default_rng(1)
    flow = bump(120, peak_px=peak_px)
    pictures = [
        as_bytes(p + rng.standard_normal(p.shape)) for p in moved(texture(120, seed=3), flow)
    ]
    ours = ClosedForm()(*pictures).flow_px
    theirs = dis_refined()(*pictures).transpose(2, 0, 1)
    errors = [np.hypot(*(found - flow))[8:-8, 8:-8].mean() for found in (ours, theirs)]
    assert errors[0] < 0.7 * errors[1]


def test_equal_pictures_do_not_move():
    picture = as_bytes(texture(64))
    assert np.abs(ClosedForm()(picture, picture).flow_px).max() < 1e-3


def test_a_mirrored_pair_has_the_mirrored_flow():
    first, second = (as_bytes(p) for p in moved(texture(96), bump(96, peak_px=1.0)))
    one = ClosedForm()(first, second).flow_px
    other = ClosedForm()(first[:, ::-1], second[:, ::-1]).flow_px[:, :, ::-1]
    other = other * np.array([-1, 1])[:, None, None]
    assert np.abs(one - other).mean() < 0.02


def test_a_change_of_light_is_not_movement():
    first, second = moved(texture(96), bump(96, peak_px=1.0))
    slant = 1 + 0.08 * np.linspace(-1, 1, 96)
    even = ClosedForm()(as_bytes(first), as_bytes(second)).flow_px
    lit = ClosedForm()(as_bytes(first), as_bytes(second * slant + 6)).flow_px
    assert np.hypot(*(lit - even)).mean() < 0.03


def test_two_thirds_of_the_errors_lie_within_one_sigma_and_nine_tenths_within_two():
    shares = []
    for seed in range(4):
        rng = np.random.default_rng(seed)
        flow = bump(120, peak_px=0.3 * 2**seed)
        pair = [as_bytes(p + rng.standard_normal(p.shape)) for p in moved(texture(120, seed), flow)]
        found = ClosedForm()(*pair)
        far = np.abs(found.flow_px - flow) / found.sigma_px
        shares.append([(far < 1).mean(), (far < 2).mean()])
    one, two = np.mean(shares, 0)
    assert 0.5 < one < 0.92
    assert two > 0.8


def test_more_noise_gives_more_sigma():
    rng = np.random.default_rng(5)
    pictures = moved(texture(96), bump(96, peak_px=1.0))
    sigmas = [
        ClosedForm()(*(as_bytes(p + sigma * rng.standard_normal(p.shape)) for p in pictures))
        for sigma in (0.5, 4.0)
    ]
    assert np.median(sigmas[0].sigma_px) < np.median(sigmas[1].sigma_px)


def test_one_object_serves_pictures_of_any_size_in_any_order():
    solver = ClosedForm()
    pairs = [[as_bytes(p) for p in moved(texture(n), bump(n, peak_px=0.7))] for n in (50, 61, 50)]
    wide = [picture[:, :33] for picture in pairs[1]]
    found = [solver(*pair).flow_px for pair in (pairs[0], pairs[1], wide, pairs[2])]
    assert [f.shape for f in found] == [(2, 50, 50), (2, 61, 61), (2, 61, 33), (2, 50, 50)]
    assert np.array_equal(found[0], found[3])


@pytest.mark.parametrize("grey", [0, 128, 255])
def test_a_picture_without_texture_gives_finite_numbers(grey):
    blank = np.full((16, 40), grey, np.uint8)
    noisy = np.random.default_rng(0).integers(0, 256, blank.shape).astype(np.uint8)
    for pair in ((blank, blank), (blank, noisy), (noisy, blank)):
        found = ClosedForm()(*pair)
        assert np.isfinite(found.flow_px).all()
        assert (found.sigma_px > 0).all()
    assert np.abs(ClosedForm()(blank, blank).flow_px).max() < 1e-3


def test_the_result_does_not_depend_on_the_number_of_threads():
    pair = [as_bytes(p) for p in moved(texture(80), bump(80, peak_px=1.0))]
    before = cv2.getNumThreads()
    found = []
    for threads in (1, 4):
        cv2.setNumThreads(threads)
        found.append(ClosedForm()(*pair).flow_px)
    cv2.setNumThreads(before)
    assert np.array_equal(*found)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (np.zeros((15, 20), np.uint8), np.zeros((15, 20), np.uint8)),
        (np.zeros((32, 32), np.uint16), np.zeros((32, 32), np.uint16)),
        (np.zeros((32, 32, 3), np.uint8), np.zeros((32, 32, 3), np.uint8)),
        (np.zeros((32, 32), np.uint8), np.zeros((32, 33), np.uint8)),
    ],
)
def test_pictures_that_it_cannot_use_are_refused(first, second):
    with pytest.raises(ShapeError, match="expected"):
        ClosedForm()(first, second)


@pytest.mark.parametrize("passes", [(), (Pass(cell_px=5),)])
def test_cells_that_do_not_fit_together_are_refused(passes):
    with pytest.raises(ArgumentError, match="divide"):
        SolverSettings(passes=passes)
