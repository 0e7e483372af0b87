"""The mesh between the halves, and a golden test in numbers on a public-domain portrait."""

import cv2
import numpy as np
import pytest

from mimetic.ops.landmarks import MIRROR
from mimetic.track.graph import Part
from mimetic.track.link import FaceTracker, TrackConfig
from mimetic.track.mesh import part_box, sample_features
from mimetic.track.region import Region
from mimetic.types import Frame

approx = pytest.approx

# Of scikit-image's astronaut (NASA, public domain), in its own pixels: x, y.
GOLDEN = {
    1: (223.14, 131.11),
    10: (226.39, 69.40),
    33: (195.24, 100.53),
    61: (202.21, 139.43),
    152: (221.66, 178.04),
    263: (255.76, 104.10),
    291: (245.47, 140.75),
    468: (203.51, 101.15),
    473: (246.57, 103.46),
}


def part(points, start, end, scale=1.5):
    return Part(points=np.array(points), start=start, end=end, scale=scale, size=16)


def test_the_box_of_a_part_encloses_its_points_and_half_as_much_again():
    mesh = np.array([[10.0, 20, 0], [30, 20, 0], [20, 24, 0], [20, 16, 0]])
    box = part_box(mesh, part([0, 1, 2, 3], 0, 1))
    corners = np.array([[0.0, 0, 1], [16, 16, 1]]) @ box.T
    assert corners == approx(np.array([[5.0, 14], [35, 26]]))


def test_the_box_of_a_turned_part_is_turned():
    angle = 0.7
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    mesh = np.array([[10.0, 20], [30, 20], [20, 24], [20, 16]])
    level = part_box(mesh, part([0, 1, 2, 3], 0, 1))
    turned = part_box(mesh @ turn.T, part([0, 1, 2, 3], 0, 1))
    assert turned == approx(turn @ level)


def test_sampling_a_ramp_reads_the_coordinates_back():
    y, x = np.mgrid[:48, :48].astype(np.float32)
    box = np.array([[1.2, 0.3, 9.0], [-0.2, 0.9, 14.0]])
    read = sample_features(np.stack([x, y], -1), box, size=16)
    v, u = np.mgrid[:16, :16] + 0.5
    expected = np.stack([u, v, np.ones((16, 16))], -1) @ box.T - 0.5
    assert read == approx(expected, abs=1e-4)


def test_sampling_outside_the_map_reads_zero():
    box = np.array([[4.0, 0, -8], [0, 4, -8]])
    read = sample_features(np.ones((48, 48, 1), np.float32), box, size=16)
    assert read[0].max() == 0
    assert read[8, 8] == 1


def test_sampling_agrees_with_its_naive_twin():
    features = np.random.default_rng(3).normal(size=(12, 10, 4)).astype(np.float32)
    box = np.array([[0.9, 0.4, -1.0], [-0.3, 0.8, 2.0]])
    read = sample_features(features, box, size=16)
    for row in range(16):
        for column in range(16):
            x, y = box @ [column + 0.5, row + 0.5, 1] - 0.5
            expected = np.zeros(4)
            if 0 <= x <= 9 and 0 <= y <= 11:
                for i in range(12):
                    for j in range(10):
                        near = max(0, 1 - abs(i - y)) * max(0, 1 - abs(j - x))
                        expected = expected + near * features[i, j]
            assert read[row, column] == approx(expected, abs=1e-5)


@pytest.fixture(scope="module")
def measure(mesh, search):
    def measured(pixels):
        tracker = FaceTracker(TrackConfig(), search=search, mesh=mesh)
        faces = tracker.step(Frame(index=0, time_s=0.0, pixels=np.ascontiguousarray(pixels)))
        assert len(faces) == 1
        return faces[0]

    return measured


@pytest.fixture(scope="module")
def golden(measure, portrait):
    return measure(portrait).landmarks_px


def error_ed(found, expected):
    """Mean distance in eye distances of the expected points."""
    eyes = np.hypot(*(expected[33] - expected[263])[:2])
    return np.hypot(*(found - expected)[:, :2].T).mean() / eyes


def test_the_portraits_points_are_where_they_were(golden):
    for number, place in GOLDEN.items():
        assert golden[number, :2] == approx(place, abs=0.5)


def test_the_nose_is_nearer_to_the_camera_than_the_ears(golden):
    assert golden[1, 2] < golden[[127, 356], 2].min() - 30


def test_a_face_is_measured_with_the_same_bits_twice(measure, portrait, golden):
    assert np.array_equal(measure(portrait).landmarks_px, golden)


def test_a_mirrored_face_has_mirrored_points(measure, portrait, golden):
    found = measure(portrait[:, ::-1]).landmarks_px[MIRROR]
    found[:, 0] = portrait.shape[1] - 1 - found[:, 0]
    assert error_ed(found, golden) < 0.02


@pytest.mark.parametrize("scale", [0.5, 1.5, 2.0])
def test_a_scaled_face_has_scaled_points(measure, portrait, golden, scale):
    kind = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    found = measure(cv2.resize(portrait, None, fx=scale, fy=scale, interpolation=kind))
    returned = (found.landmarks_px[:, :2] + 0.5) / scale - 0.5
    assert error_ed(returned, golden[:, :2]) < 0.015


@pytest.mark.parametrize("angle_deg", [10, 30, 90, 180, 270])
def test_a_turned_face_has_turned_points(measure, portrait, golden, angle_deg):
    affine = cv2.getRotationMatrix2D((224, 124), angle_deg, 1)
    affine[:, 2] += [32, 132]
    turned = cv2.warpAffine(portrait, affine, (512, 512), flags=cv2.INTER_CUBIC)
    expected = golden[:, :2] @ affine[:, :2].T + affine[:, 2]
    assert error_ed(measure(turned).landmarks_px[:, :2], expected) < 0.015


def test_a_face_partly_outside_the_picture_is_still_placed(mesh, portrait, golden):
    cut = np.ascontiguousarray(portrait[:, 215:])
    square = Region(centre_x_px=225 - 215, centre_y_px=123, side_px=165, angle_rad=0.06)
    found = mesh.read(cut, square).landmarks_px
    inside = golden[:, 0] > 235
    assert error_ed_of(found[inside, :2] + [215, 0], golden[inside, :2]) < 6


def error_ed_of(found, expected):
    return np.hypot(*(found - expected).T).mean()


def test_a_picture_without_a_face_has_no_points(mesh):
    noise = np.random.default_rng(0).integers(0, 255, (300, 300, 3), np.uint8)
    square = Region(centre_x_px=150, centre_y_px=150, side_px=200, angle_rad=0)
    reading = mesh.read(noise, square)
    assert reading.landmarks_px is None
    assert reading.logit < 0
