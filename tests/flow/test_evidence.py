from __future__ import annotations

import cv2
import numpy as np
import pytest
from numpy.random import default_rng

from mimetic.flow.evidence import LEVELS, PLANES, UNITS, VECTORS, Evidence, fill_up, gather
from mimetic.flow.spline import bring_back
from mimetic.ops.warp import sample_exact
from mimetic.types import Float32, UInt8

SIDE = 96


def pattern(side: int = SIDE) -> Float32:
    wide = cv2.GaussianBlur(default_rng(1).uniform(0, 255, (side, side)), (0, 0), 2.5)
    return np.asarray(np.clip((wide - wide.mean()) * 8 + 128, 0, 255), np.float32)


def moved(picture: Float32, right_px: float, down_px: float) -> UInt8:
    """What is at x in the picture lies at x + (right, down) in this one."""
    y, x = np.indices(picture.shape, dtype=np.float64)
    seen = sample_exact(picture, x - right_px, y - down_px)
    return np.clip(np.rint(seen), 0, 255).astype(np.uint8)


def still(side: int = SIDE) -> Float32:
    return np.zeros((2, side, side), np.float32)


def middle(planes: Float32) -> Float32:
    return planes[..., 8:-8, 8:-8]


def steps_of(found: Evidence) -> Float32:
    """The Lucas-Kanade steps [4 2 h w] in px, the border left out."""
    shares = np.array(UNITS[:LEVELS], np.float32)[:, None, None, None] * found.unit_px
    shape = (LEVELS, 2, *found.planes.shape[1:])
    return middle(found.planes[: 2 * LEVELS].reshape(shape) * shares)


def test_bringing_back_agrees_with_exact_sampling():
    flow = default_rng(2).normal(0, 1.5, (2, SIDE, SIDE)).astype(np.float32)
    y, x = np.indices((SIDE, SIDE))
    exact = sample_exact(pattern(), x + flow[0], y + flow[1])
    assert np.abs(middle(bring_back(pattern(), flow) - exact)).max() < 0.01


def test_bringing_back_from_outside_gives_the_nearest_border_pixel():
    flow = np.full((2, SIDE, SIDE), 500, np.float32)
    assert bring_back(pattern(), flow) == pytest.approx(pattern()[-1, -1], abs=0.01)


@pytest.mark.parametrize("level", range(LEVELS))
def test_the_steps_of_every_window_point_to_a_shift_of_the_whole_picture(level: int):
    found = gather(moved(pattern(), 0, 0), moved(pattern(), 0.3, -0.2), still())
    step = steps_of(found)[level]
    assert np.median(step[0]) == pytest.approx(0.3, abs=0.05)
    assert np.median(step[1]) == pytest.approx(-0.2, abs=0.05)


def test_the_steps_about_a_flow_that_is_right_are_small():
    start = still() + np.array([0.3, -0.2], np.float32)[:, None, None]
    found = gather(moved(pattern(), 0, 0), moved(pattern(), 0.3, -0.2), start)
    assert np.abs(steps_of(found)).max() < 0.06


def test_the_last_displacement_is_the_flow_itself():
    start = default_rng(6).normal(0, 0.3, (2, SIDE, SIDE)).astype(np.float32)
    found = gather(moved(pattern(), 0, 0), moved(pattern(), 0.1, 0), start)
    flow = found.length_px * found.planes[2 * VECTORS - 2 : 2 * VECTORS]
    halved = start.reshape(2, SIDE // 2, 2, SIDE // 2, 2).mean((2, 4))
    assert flow == pytest.approx(halved, abs=1e-5)


def test_blurs_of_a_constant_flow_change_nothing():
    found = gather(moved(pattern(), 0, 0), moved(pattern(), 1, 1), still() + 1)
    assert found.planes[2 * LEVELS : 2 * VECTORS - 2] == pytest.approx(0, abs=1e-4)


def test_a_mirrored_pair_has_mirrored_evidence():
    pair = moved(pattern(), 0, 0), moved(pattern(), 0.4, 0.1)
    start = default_rng(7).normal(0, 0.2, (2, SIDE, SIDE)).astype(np.float32)
    other = start[..., ::-1] * np.array([-1, 1], np.float32)[:, None, None]
    plain = gather(*pair, start)
    mirror = gather(*(np.ascontiguousarray(p[:, ::-1]) for p in pair), np.ascontiguousarray(other))
    seen = mirror.planes[..., ::-1].copy()
    seen[0 : 2 * VECTORS : 2] *= -1  # to the right is to the left
    seen[2 * VECTORS + 3 : 2 * VECTORS + 4 * LEVELS : 4] *= -1  # and so the texture's slant
    assert mirror.unit_px == pytest.approx(plain.unit_px, rel=1e-4)
    assert seen == pytest.approx(plain.planes, abs=0.02)


def test_twice_the_movement_gives_nearly_the_same_numbers():
    def gathered(peak_px: float) -> Float32:
        right = np.linspace(-peak_px, peak_px, SIDE, dtype=np.float32)
        start = np.stack([np.broadcast_to(right, (SIDE, SIDE)), still()[0]])
        found = gather(moved(pattern(), 0, 0), moved(pattern(), 0, 0), start)
        return found.planes[2 * VECTORS - 2 : 2 * VECTORS]

    assert gathered(2.0) == pytest.approx(gathered(4.0), abs=0.04)


def test_a_change_of_light_is_no_movement():
    x = np.linspace(-1, 1, SIDE)
    lit = np.clip(pattern() * (1.05 + 0.03 * x) + 4, 0, 255).astype(np.uint8)
    found = gather(moved(pattern(), 0, 0), lit, still())
    assert np.abs(steps_of(found)[2:]).mean() < 0.02


def test_sides_are_filled_up_by_repeating_the_border():
    filled = fill_up(np.arange(34, dtype=np.float32).reshape(2, 17))
    assert filled.shape == (16, 32)
    assert (filled[1:, 16:] == 33).all()


@pytest.mark.parametrize("size", [(16, 16), (33, 20)])
def test_evidence_is_finite_and_half_as_fine_at_any_size(size: tuple[int, int]):
    pictures = default_rng(8).integers(0, 255, (2, *size)).astype(np.uint8)
    found = gather(*pictures, np.zeros((2, *size), np.float32))
    assert found.planes.shape == (PLANES, -(-size[0] // 16) * 8, -(-size[1] // 16) * 8)
    assert np.isfinite(found.planes).all()
