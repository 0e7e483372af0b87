"""The closed form finds movements that are known."""

import numpy as np
import pytest
from scipy import ndimage

from mimetic.errors import ShapeError
from mimetic.flow.solver import ClosedForm
from mimetic.ops.warp import sample_exact


def texture(size, seed=0):
    noise = np.random.default_rng(seed).standard_normal((size, size))
    fine, wide = ndimage.gaussian_filter(noise, 1.5), ndimage.gaussian_filter(noise, 6)
    return 120 + 25 * fine / fine.std() + 20 * wide / wide.std()


def as_bytes(picture):
    return np.clip(np.rint(picture), 0, 255).astype(np.uint8)


def shifted(picture, right, down):
    """A picture whose points lie ``right`` and ``down`` of where they were."""
    y, x = np.mgrid[: picture.shape[0], : picture.shape[1]].astype(float)
    return sample_exact(picture, x - right, y - down)


@pytest.mark.parametrize(("right", "down"), [(0.1, -0.06), (1.3, 0.4), (-5.2, 3.7)])
def test_a_shift_is_found_to_a_hundredth_of_a_pixel(right, down):
    picture = texture(96)
    found = ClosedForm()(as_bytes(picture), as_bytes(shifted(picture, right, down))).flow_px
    inner = found[:, 16:-16, 16:-16]
    assert np.abs(inner.mean((1, 2)) - (right, down)).max() < 0.01
    assert np.abs(inner - np.array([right, down])[:, None, None]).mean() < 0.02


@pytest.mark.parametrize("picture", ["texture", 16, "float"])
def test_pictures_that_it_cannot_use_are_refused(picture):
    small = np.zeros((15, 20), np.uint8)
    wrong = {"texture": small, 16: np.zeros((32, 32), np.uint16), "float": np.zeros((32, 32, 3))}
    with pytest.raises(ShapeError):
        ClosedForm()(wrong[picture], wrong[picture])
