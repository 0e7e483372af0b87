import numpy as np
import pytest

from mimetic.errors import ArgumentError, ShapeError
from mimetic.ops.regions import (
    REGIONS_9,
    REGIONS_13,
    RegionPool,
    pool,
    region_centres,
    region_masks,
    region_scheme,
)
from tests.ops.faces import SIZE, mirrored_mesh, missing_points, symmetric_mesh

MESH = symmetric_mesh()


def other_side(names):
    swap = {"left": "right", "right": "left"}
    turned = [
        "_".join([*name.split("_")[:-1], swap[name.split("_")[-1]]])
        if name.split("_")[-1] in swap
        else name
        for name in names
    ]
    return [names.index(name) for name in turned]


def test_the_test_mesh_knows_every_point_that_regions_need():
    assert missing_points() == (set(), set())


def test_the_schemes_have_nine_and_thirteen_regions():
    assert len(REGIONS_9) == 9
    assert len(REGIONS_13) == 13
    assert region_scheme("13").regions == REGIONS_13
    assert region_scheme(region_scheme("9")) is region_scheme("9")


def test_pairs_are_left_then_right_of_the_same_region():
    assert region_scheme("9").pairs == (
        ("eye_left", "eye_right"),
        ("cheek_left", "cheek_right"),
        ("mouth_left", "mouth_right"),
    )
    assert ("brow_left", "brow_right") in region_scheme("13").pairs


@pytest.mark.parametrize("scheme", ["9", "13"])
def test_regions_are_disjoint_and_none_is_empty(scheme):
    masks = region_masks(MESH, SIZE, scheme)
    assert masks.shape == (int(scheme), SIZE, SIZE)
    assert masks.sum(0).max() == 1
    assert masks.sum((1, 2)).min() > 150


@pytest.mark.parametrize("scheme", ["9", "13"])
def test_a_mirrored_face_has_exactly_mirrored_regions(scheme):
    crooked = MESH + np.random.default_rng(0).normal(size=MESH.shape).astype(np.float32)
    names = list(region_scheme(scheme).regions)
    for mesh in (MESH, crooked):
        straight = region_masks(mesh, SIZE, scheme)
        mirrored = region_masks(mirrored_mesh(mesh), SIZE, scheme)
        np.testing.assert_array_equal(mirrored, straight[other_side(names), :, ::-1])


@pytest.mark.parametrize("scheme", ["9", "13"])
def test_a_symmetric_face_has_symmetric_regions(scheme):
    masks = region_masks(MESH, SIZE, scheme)
    names = list(region_scheme(scheme).regions)
    np.testing.assert_array_equal(masks, masks[other_side(names), :, ::-1])


def test_left_is_the_person_s_own_left_on_the_right_of_the_image():
    centres = dict(zip(REGIONS_13, region_centres(region_masks(MESH, SIZE)), strict=True))
    for stem in ("brow", "lids", "cheek", "mouth", "jaw"):
        assert centres[f"{stem}_left"][0] > 64 > centres[f"{stem}_right"][0]
    heights = [centres[name][1] for name in ("forehead", "brow_left", "lids_left", "nose")]
    heights += [centres[name][1] for name in ("lips", "jaw_left")]
    assert heights == sorted(heights)


def test_masks_grow_with_the_crop():
    small, large = region_masks(MESH, SIZE), region_masks(2 * MESH + 0.5, 2 * SIZE)
    np.testing.assert_allclose(large.sum((1, 2)) / small.sum((1, 2)), 4, rtol=0.15)


def test_pooling_takes_the_mean_of_the_valid_pixels_of_each_region():
    masks = np.zeros((2, 4, 4), bool)
    masks[0, 0], masks[1, 2:] = True, True
    values = np.arange(16.0).reshape(4, 4)
    values[0, 3] = np.nan
    valid = np.isfinite(values)
    np.testing.assert_allclose(
        pool(np.stack([values, -values]), valid, masks), [[1, 11.5], [-1, -11.5]]
    )


def test_a_region_that_is_mostly_missing_reads_nan():
    masks = np.zeros((1, 4, 4), bool)
    masks[0, 0] = True
    valid = np.ones((4, 4), bool)
    valid[0, :2] = False
    assert pool(np.ones((4, 4)), valid, masks)[0] == 1
    valid[0, 2] = False
    assert np.isnan(pool(np.ones((4, 4)), valid, masks)[0])
    assert pool(np.ones((4, 4)), valid, masks, share=0.25)[0] == 1


def test_an_empty_region_has_no_middle_and_no_mean():
    masks = np.zeros((1, 4, 4), bool)
    assert np.isnan(region_centres(masks)).all()
    assert np.isnan(pool(np.ones((4, 4)), np.ones((4, 4), bool), masks)).all()


def test_bad_meshes_sizes_and_names_are_refused():
    with pytest.raises(ArgumentError, match="scheme: expected one of 13, 9, got '12'"):
        region_masks(MESH, SIZE, "12")
    with pytest.raises(ShapeError, match="mesh_px: expected"):
        region_masks(MESH[:68], SIZE)
    with pytest.raises(ArgumentError, match="finite points"):
        region_masks(MESH * np.nan, SIZE)
    with pytest.raises(ArgumentError, match="size_px: expected at least 16"):
        region_masks(MESH, 8)
    masks = region_masks(MESH, SIZE)
    with pytest.raises(ShapeError, match="values: expected"):
        pool(np.ones((64, 64)), np.ones((SIZE, SIZE), bool), masks)
    with pytest.raises(ShapeError, match="valid"):
        pool(np.ones((64, 64)), np.ones((64, 64), bool), masks)
    with pytest.raises(ShapeError, match="values: expected"):
        RegionPool(masks)(np.ones(5), masks.any(0)[masks.any(0)])
