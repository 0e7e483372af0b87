"""The kinds of motion: their peak is exact, nothing folds, and each is what its name says."""

from dataclasses import replace

import numpy as np
import pytest

from mimetic.errors import ArgumentError
from mimetic.flow import laws
from mimetic.flow.crops import cut_face
from mimetic.flow.pairs import PairSettings
from mimetic.ops.landmarks import LIPS_INNER_LOWER, LIPS_INNER_UPPER, SKIN_POINTS
from tests.flow.faces import face_sequence, photograph

PLAIN = PairSettings.plain(96)


def crop_of(face=None, peak_px=4.0, seed=0):
    face = face or face_sequence()
    rng = np.random.default_rng(seed)
    return cut_face(face, settings=PLAIN, peak_px=peak_px, rng=rng)


def draw(kind, peak_px=1.0, seed=0, **options):
    rng = np.random.default_rng(seed)
    return laws.draw_law(kind, crop_of(), peak_px=peak_px, rng=rng, **options)


@pytest.mark.parametrize("kind", laws.KINDS)
def test_the_largest_length_is_the_one_asked_for_and_nothing_folds(kind):
    for seed, peak_px in enumerate((0.05, 1.0, 6.0)):
        field = draw(kind, peak_px, seed)
        assert field.shape == (2, 96, 96)
        assert field.dtype == np.float32
        assert np.hypot(*field.astype(float)).max() == pytest.approx(peak_px, rel=1e-6)
        assert laws.least_area(field) > 0.2


@pytest.mark.parametrize("kind", laws.KINDS)
def test_one_seed_draws_one_field_and_another_seed_another(kind):
    assert np.array_equal(draw(kind), draw(kind))
    assert np.abs(draw(kind) - draw(kind, seed=1)).max() > 0.1


def test_a_local_movement_leaves_most_of_the_face_at_rest():
    resting = [(np.hypot(*draw("local", seed=seed)) < 0.05).mean() for seed in range(8)]
    assert np.median(resting) > 0.4


def test_a_global_movement_is_a_polynomial_of_the_second_degree():
    field = draw("global")
    y, x = np.mgrid[:96, :96] / 96
    design = np.stack([np.ones_like(x), x, y, x * x, x * y, y * y], -1).reshape(-1, 6)
    values = field.reshape(2, -1).T
    fitted = design @ np.linalg.lstsq(design, values, rcond=None)[0]
    assert np.abs(fitted - values).max() < 1e-4


def test_edges_are_sharper_than_any_smooth_kind():
    def sharpness(kind):
        fields = [draw(kind, seed=seed) for seed in range(12)]
        return np.median([np.abs(np.diff(f, axis=1)).max() for f in fields])

    assert sharpness("edge") > 1.5 * sharpness("rbf")
    assert sharpness("edge") > 3 * sharpness("local")


def test_a_mesh_movement_is_affine_inside_a_triangle():
    from scipy.spatial import Delaunay

    crop = crop_of(seed=1)
    fields = [
        laws.draw_law("mesh", crop, peak_px=0.5, rng=np.random.default_rng(seed))
        for seed in range(12)
    ]
    # The largest triangle of the skin in which something moves.
    points = crop.points_px[:SKIN_POINTS]
    corners = points[Delaunay(points).simplices]
    size = np.abs(np.linalg.det(np.diff(corners, axis=1)))
    y, x = np.mgrid[:96, :96]
    curved = []
    for triangle in corners[np.argsort(-size)[:40]]:
        weights = np.linalg.solve(
            np.vstack([triangle.T, np.ones(3)]), np.stack([x, y, np.ones_like(x)]).reshape(3, -1)
        ).reshape(3, 96, 96)
        inside = (weights > 0.02).all(0)
        if inside.sum() < 6:
            continue
        for field in fields:
            values = field[:, inside].T
            design = np.column_stack([x[inside], y[inside], np.ones(inside.sum())])
            rest = values - design @ np.linalg.lstsq(design, values, rcond=None)[0]
            curved.append(np.abs(rest).max())
    assert len(curved) > 30
    assert max(curved) < 1e-5


def test_the_real_kind_is_what_the_landmarks_did():
    face = face_sequence()
    crop = crop_of(replace(face, pictures=face.pictures[:2], landmarks_px=_shifted(face),
                           times_s=face.times_s[:2]))  # fmt: skip
    field = laws.draw_law("real", crop, peak_px=2.0, rng=np.random.default_rng(0))
    # All landmarks moved by (3, 4): so does every pixel, scaled to 2 px.
    direction = np.sign(field[0, 48, 48]) * np.array([1.2, 1.6])
    assert np.abs(field - direction[:, None, None]).max() < 1e-3


def _shifted(face):
    first = face.landmarks_px[:1]
    return np.concatenate([first, first + np.array([3, 4, 0], np.float32)])


def test_mixed_movements_move_all_of_the_picture():
    assert np.hypot(*draw("mixed")).min() > 0.001
    assert (np.hypot(*draw("local")) < 1e-4).any()


def test_fields_for_triplets_can_be_followed_backwards():
    for kind in laws.KINDS:
        field = draw(kind, 6.0, both_ways=True)
        assert laws.least_area(field) > 0.2
        assert laws.least_area(-field) > 0.0


def test_peaks_are_drawn_evenly_by_octave():
    rng = np.random.default_rng(0)
    peaks = np.array([laws.draw_peak(rng) for _ in range(4000)])
    assert 0.05 <= peaks.min() < 0.06
    assert 8 < peaks.max() <= 9
    assert np.median(peaks) == pytest.approx(np.sqrt(0.05 * 9), rel=0.1)


def test_an_unknown_kind_is_refused():
    with pytest.raises(ArgumentError, match="kind: expected one of local, edge"):
        draw("wobble")


@pytest.mark.parametrize("peak_px", [0.0, -1.0, 30.0, np.nan])
def test_a_peak_that_no_face_has_is_refused(peak_px):
    with pytest.raises(ArgumentError, match="peak_px: expected more than 0"):
        draw("local", peak_px)


def test_a_photograph_has_no_real_movement():
    crop = crop_of(photograph())
    with pytest.raises(ArgumentError, match="two frames or more for 'real', got 1"):
        laws.draw_law("real", crop, peak_px=1.0, rng=np.random.default_rng(0))


def test_a_still_face_has_no_real_movement():
    face = face_sequence()
    still = replace(face, landmarks_px=np.repeat(face.landmarks_px[:1], len(face.times_s), 0))
    with pytest.raises(ArgumentError, match="a face that moves for 'real'"):
        laws.draw_law("real", crop_of(still), peak_px=1.0, rng=np.random.default_rng(0))


def test_the_lower_lip_can_move_without_the_upper_one():
    crop = crop_of()
    upper, lower = (crop.points_px[list(c)][5] for c in (LIPS_INNER_UPPER, LIPS_INNER_LOWER))
    apart = []
    for seed in range(30):
        field = laws.draw_law("edge", crop, peak_px=0.5, rng=np.random.default_rng(seed))
        above, beneath = np.rint(upper).astype(int), np.rint(lower).astype(int)
        one, other = field[:, above[1] - 2, above[0]], field[:, beneath[1] + 2, beneath[0]]
        apart.append(np.abs(one - other).max())
    assert max(apart) > 0.3
