import itertools

import numpy as np
import pytest

from mimetic.errors import ArgumentError
from mimetic.flow.predict import FlowEstimator, FlowSettings
from mimetic.flow.records import Estimate
from mimetic.flow.tiles import in_tiles, spans
from tests.flow.clips import displaced, eight_bits, texture


def test_tiles_cover_a_side_and_overlap_at_least_as_asked():
    for length in (64, 65, 100, 129, 500, 1080, 1921):
        found = spans(length, tile=64, overlap=16)
        assert found[0][0] == 0
        assert found[-1][1] == length
        assert {stop - start for start, stop in found} == {min(length, 64)}
        assert all(one[1] - two[0] >= 16 for one, two in itertools.pairwise(found))


@pytest.mark.parametrize("overlap", [0, 3, 33])
def test_an_overlap_of_no_use_is_refused(overlap):
    with pytest.raises(ArgumentError, match="expected 4 to 32 px"):
        spans(100, tile=64, overlap=overlap)
    with pytest.raises(ArgumentError, match="overlap"):
        FlowSettings(tile_px=64, overlap_px=overlap)


def test_constants_and_pictures_survive_the_blending_of_tiles():
    rng = np.random.default_rng(0)
    picture = rng.integers(0, 255, (150, 211), dtype=np.uint8)

    def itself(first, second):
        return Estimate(np.stack([first, second]).astype(np.float32), np.full(first.shape, 0.25))

    found = in_tiles(itself, (picture, picture[::-1]), tile=64, overlap=16)
    np.testing.assert_allclose(found.flow_px, np.stack([picture, picture[::-1]]), atol=1e-3)
    np.testing.assert_allclose(found.sigma_px, 0.25, rtol=1e-5)
    none = in_tiles(lambda a, b: Estimate(itself(a, b).flow_px), (picture, picture), tile=64,
                    overlap=16)  # fmt: skip
    assert none.sigma_px is None


def test_a_picture_that_fits_goes_through_untouched():
    given = []
    pictures = (np.zeros((40, 64), np.uint8), np.ones((40, 64), np.uint8))

    def measure(first, second):
        given.append((first, second))
        return Estimate(np.zeros((2, 40, 64), np.float32))

    in_tiles(measure, pictures, tile=64, overlap=16)
    assert given == [pictures]


def test_flow_in_tiles_is_the_flow_of_the_whole_without_seams():
    picture = texture(3, size=320)
    rows, columns = np.indices(picture.shape)
    flow = np.stack([1.5 * np.sin(columns / 50), np.cos(rows / 40)])
    first, second = eight_bits(displaced(picture, flow)), eight_bits(picture)
    whole = FlowEstimator.load("dis-vr").pair(first, second)
    tiled = FlowEstimator.load("dis-vr", FlowSettings(tile_px=128, overlap_px=48))
    apart = np.hypot(*(tiled.pair(first, second) - whole))
    assert apart.mean() < 0.01
    error = [np.hypot(*(found - flow))[8:-8, 8:-8] for found in (tiled.pair(first, second), whole)]
    assert error[0].mean() < 1.05 * error[1].mean()
    assert error[0].max() < 1.3 * error[1].max()
