import numpy as np
import pytest

from mimetic.errors import ArgumentError
from mimetic.flow.labels import (
    POINTS_68,
    LabelSettings,
    Square,
    label_pictures,
    label_triangles,
    neighbours,
    paper_label,
    paper_pair,
    points_of,
)
from mimetic.flow.records import FaceSequence
from mimetic.ops.landmarks import (
    BROW_UPPER_LEFT,
    BROW_UPPER_RIGHT,
    CHIN,
    EYE_LEFT,
    EYE_RIGHT,
    FACE_OVAL,
    LIPS,
    MIRROR,
)
from mimetic.ops.warp import sample_exact
from tests.flow.faces import face_sequence


@pytest.fixture(scope="module")
def face():
    return face_sequence(256, 0, 4)


def rng():
    return np.random.default_rng(5)


def moved_points(face, matrix, shift):
    """The first frame's landmarks, and where an affine movement about their middle puts them."""
    first = face.landmarks_px[0, points_of("mesh478"), :2].astype(float)
    middle = first.mean(0)
    return first, (first - middle) @ np.transpose(matrix) + middle + shift


def test_an_affine_movement_of_the_landmarks_is_exactly_that_flow_inside_the_hull(face):
    matrix, shift = np.array([[1.01, 0.02], [-0.03, 0.98]]), np.array([0.4, -0.7])
    first, second = moved_points(face, matrix, shift)
    flow, valid = paper_label(first, second, (256, 256))
    y, x = np.mgrid[:256, :256]
    grid = np.stack([x, y], -1) - first.mean(0)
    wanted = (grid @ matrix.T - grid + shift).transpose(2, 0, 1)
    assert valid.sum() > 2000
    np.testing.assert_allclose(flow[:, valid], wanted[:, valid], atol=1e-4)


def test_outside_the_landmarks_the_label_is_zero_and_not_valid(face):
    first, second = moved_points(face, np.eye(2), np.array([3.0, 1.0]))
    flow, valid = paper_label(first, second, (256, 256))
    assert not valid[0].any()
    assert not valid[:, 0].any()
    assert (flow[:, ~valid] == 0).all()


@pytest.mark.parametrize(("jitter_px", "wanted_px"), [(0.1, 0.12), (0.3, 0.37), (0.6, 0.73)])
def test_jitter_of_the_landmarks_is_found_in_the_labels(face, jitter_px, wanted_px):
    clean = paper_pair(face, 0, settings=LabelSettings(), rng=rng())
    noisy = paper_pair(face, 0, settings=LabelSettings(jitter_px=jitter_px), rng=rng())
    both = clean.valid & noisy.valid
    error = np.hypot(*(noisy.flow_px - clean.flow_px))[both].mean()
    assert error == pytest.approx(wanted_px, rel=0.1)


def test_labels_are_in_pixels_of_the_cut_out_square(face):
    """The published code scaled vectors by the size of the full frame."""
    small, large = (
        paper_pair(face, 0, settings=LabelSettings(size_px=size, margin_px=size / 16), rng=rng())
        for size in (128, 256)
    )
    half = large.flow_px[:, ::2, ::2] / (255 - 32) * (127 - 16)
    both = small.valid & large.valid[::2, ::2]
    assert np.abs(small.flow_px - half)[:, both].mean() < 0.05
    assert large.peak_px == pytest.approx(2 * small.peak_px, rel=0.05)


def test_a_label_brings_the_second_picture_onto_the_first():
    """Landmarks are exact here and the head shifts: the label is then nearly exact."""
    still = face_sequence(256, 0, 1)
    shift = np.array([3.0, -2.0])
    y, x = np.mgrid[:256, :256]
    second = sample_exact(still.pictures[0], x - shift[0], y - shift[1])
    moved = still.landmarks_px[0].copy()
    moved[:, :2] += shift
    face = FaceSequence(
        identity="anna",
        pictures=np.stack([still.pictures[0], np.clip(np.rint(second), 0, 255).astype(np.uint8)]),
        landmarks_px=np.stack([still.landmarks_px[0], moved]),
        times_s=np.array([0.0, 0.04]),
    )
    pair = paper_pair(face, 0, settings=LabelSettings(size_px=96, margin_px=6), rng=rng())
    y, x = np.mgrid[:96, :96]
    back = sample_exact(pair.second, x + pair.flow_px[0], y + pair.flow_px[1])
    unmoved = np.abs(pair.second.astype(float) - pair.first)[pair.valid].mean()
    assert pair.identity == "anna"
    assert np.abs(back - pair.first)[pair.valid].mean() < 0.2 * unmoved


def test_the_square_keeps_its_margin_and_its_points_go_with_it():
    settings = LabelSettings(size_px=101, margin_px=10)
    points = np.array([[20.0, 30.0], [60.0, 110.0], [40.0, 70.0]])
    square = Square.around(points, settings)
    placed = square.place(points)
    np.testing.assert_allclose(placed[:, 1], [10, 90, 50])
    np.testing.assert_allclose(placed[2], [50, 50])
    ramp = np.tile(np.arange(200, dtype=np.uint8), (200, 1))
    assert square.cut(ramp)[50, 50] == 40


@pytest.mark.parametrize(("wide", "high"), [(700, 500), (60, 60)])
def test_only_the_rim_of_a_square_is_read_and_nothing_changes(wide, high):
    picture = np.random.default_rng(0).integers(0, 255, (high, wide), np.uint8)
    square = Square(left_px=20.3, top_px=11.9, scale=1.7, size_px=50)
    y, x = np.mgrid[:50, :50] / 1.7
    wanted = np.clip(np.rint(sample_exact(picture, x + 20.3, y + 11.9)), 0, 255)
    assert np.abs(square.cut(picture) - wanted).max() <= 1


def test_the_68_points_are_as_many_and_the_same_on_both_sides():
    assert len(set(POINTS_68)) == 68
    assert set(MIRROR[list(POINTS_68)]) == set(POINTS_68)
    jaw, brows, eyes, mouth = POINTS_68[:17], POINTS_68[17:27], POINTS_68[36:48], POINTS_68[48:]
    assert set(jaw) <= set(FACE_OVAL)
    assert jaw[8] == CHIN
    assert [int(MIRROR[point]) for point in jaw] == list(jaw[::-1])
    assert set(brows) == {*BROW_UPPER_RIGHT, *BROW_UPPER_LEFT}
    assert set(eyes) <= {*EYE_RIGHT, *EYE_LEFT}
    assert set(mouth) <= set(LIPS)


def test_the_68_points_make_labels_as_well(face):
    pair = paper_pair(face, 1, settings=LabelSettings(points="68"), rng=rng())
    assert pair.valid.mean() > 0.4
    assert len(points_of("68")) == 68
    assert label_triangles(face.landmarks_px, "68").max() == 67


def test_neighbours_are_pictures_without_a_pause_between():
    times_s = np.array([0.0, 0.04, 0.08, 2.0, 2.04])
    assert neighbours(times_s).tolist() == [0, 1, 3]
    assert neighbours(times_s[:1]).size == 0


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"points": "51"}, "points"),
        ({"size_px": 8}, "size_px"),
        ({"jitter_px": -1.0}, "jitter_px"),
        ({"margin_px": 90.0}, "margin_px"),
    ],
)
def test_settings_that_make_no_label_are_refused(wrong, told):
    with pytest.raises(ArgumentError, match=told):
        LabelSettings(**wrong)


def test_a_scheme_that_nobody_knows_is_refused():
    with pytest.raises(ArgumentError, match="'51'"):
        points_of("51")


def test_a_pair_beyond_the_last_picture_is_refused(face):
    with pytest.raises(ArgumentError, match="index"):
        paper_pair(face, 3, settings=LabelSettings(), rng=rng())


def test_landmarks_that_are_missing_are_refused(face):
    points = face.landmarks_px[0, points_of("mesh478"), :2].copy()
    points[7] = np.nan
    with pytest.raises(ArgumentError, match="NaN"):
        paper_label(points, points, (64, 64))
    with pytest.raises(ArgumentError, match="finite"):
        label_pictures(
            face.pictures[:2],
            np.full((2, 478, 2), np.nan),
            triangles=label_triangles(face.landmarks_px, "mesh478"),
            settings=LabelSettings(),
            rng=rng(),
        )
