import numpy as np
import pytest
from scipy import ndimage

from mimetic.bench.flow.rivals import Rival
from mimetic.bench.flow.wild import (
    MEASURES,
    Walk,
    compose,
    cut_walks,
    measure_clips,
    measure_walk,
    walk_starts,
)
from mimetic.errors import ArgumentError
from mimetic.flow.records import Estimate, FaceSequence

SIZE, STEP = 96, np.array([0.6, -0.4])  # px a frame, right and down


def texture(size=SIZE + 40):
    rough = np.random.default_rng(4).standard_normal((size, size))
    smooth = ndimage.gaussian_filter(rough, 2.0)
    return 120 + 40 * smooth / smooth.std()


def sliding_face(frames=6):
    """A picture that slides by STEP a frame, with landmarks that slide along."""
    ground = texture()
    y, x = np.mgrid[:SIZE, :SIZE] + 20.0
    pictures, points = [], []
    start = np.random.default_rng(5).uniform(25, 70, (478, 3))
    for n in range(frames):
        right, down = n * STEP
        seen = ndimage.map_coordinates(ground, (y - down, x - right), order=3)
        pictures.append(np.clip(seen, 0, 255).astype(np.uint8))
        points.append(start + np.array([right, down, 0]))
    return FaceSequence(
        identity="anna",
        pictures=np.stack(pictures),
        landmarks_px=np.stack(points).astype(np.float32),
        times_s=np.arange(frames) / 25,
    )


def walk_of(face):
    return Walk(pictures=face.pictures[:6], points_px=face.landmarks_px[:6, :468, :2].astype(float))


def uniform(right, down, shape=(SIZE, SIZE)):
    return np.stack([np.full(shape, right), np.full(shape, down)]).astype(np.float32)


def knowing(face):
    """A method that looks up which frames it was given."""

    def flow(first, second):
        at = [
            int(np.abs(face.pictures.astype(int) - p).sum((1, 2)).argmin()) for p in (first, second)
        ]
        return uniform(*(STEP * (at[1] - at[0])))

    return flow


def test_the_true_flow_passes_every_test():
    face = sliding_face()
    found = measure_walk(walk_of(face), knowing(face))
    assert found["census"] < 0.1
    assert found["forward_backward_px"] == pytest.approx(0, abs=1e-5)
    assert found["far_forward_backward_px"] == pytest.approx(0, abs=1e-5)
    assert found["composition_px"] == pytest.approx(0, abs=1e-5)
    assert found["landmark_px"] == pytest.approx(0, abs=1e-4)


def test_no_movement_passes_only_the_tests_against_itself():
    found = measure_walk(walk_of(sliding_face()), lambda first, second: uniform(0, 0, first.shape))
    assert (found["forward_backward_px"], found["composition_px"]) == (0, 0)
    assert found["census"] == 1
    assert found["landmark_px"] == pytest.approx(5 * np.hypot(*STEP), rel=1e-4)


def test_a_flow_that_is_always_the_same_contradicts_itself():
    found = measure_walk(walk_of(sliding_face()), lambda first, second: uniform(1, 0, first.shape))
    assert found["forward_backward_px"] == pytest.approx(2)
    assert found["composition_px"] == pytest.approx(4)


def test_two_steps_are_composed_along_the_way():
    x = np.arange(SIZE, dtype=np.float32) * np.ones((SIZE, 1), np.float32)
    growing = np.stack([0.01 * x, 0 * x])
    whole, inside = compose([growing, growing])
    assert np.allclose(whole[0][inside], (1.01**2 * x - x)[inside], atol=1e-4)
    assert not inside[:, -1].any()
    assert inside[:, : SIZE - 2].all()


def test_census_forgives_a_change_of_light():
    face = sliding_face()
    still = face.pictures[0]
    brighter = np.clip(still * 1.03 + 5, 0, 255).astype(np.uint8)
    points = walk_of(face).points_px
    lit, moved = (
        Walk(pictures=np.stack([still, last]), points_px=points)
        for last in (brighter, face.pictures[3])
    )
    assert lit.unlike.mean() < 0.05 < moved.unlike.mean()
    assert moved.unlike_after(uniform(0, 0)) == pytest.approx(moved.unlike, abs=1e-5)


def test_walks_need_six_frames_without_a_gap():
    times = np.r_[np.arange(7), 20 + np.arange(6)] / 25
    assert walk_starts(times).tolist() == [0, 1, 7]
    assert walk_starts(np.arange(5) / 25).size == 0


def test_walks_are_cut_around_the_face_and_shrunk():
    face = sliding_face(9)
    (first, last) = cut_walks(face, starts=2, size_px=40)
    assert first.pictures.shape == (6, 40, 40)
    assert (first.points_px.min(), first.points_px.max()) == pytest.approx((3, 36), abs=3)
    assert not np.array_equal(first.pictures, last.pictures)
    moved = (first.points_px[5] - first.points_px[0]).mean(0)
    assert np.sign(moved).tolist() == [1, -1]


def test_a_walk_without_landmarks_is_refused():
    face = sliding_face()
    points = np.array(face.landmarks_px)
    points[2] = np.nan
    broken = FaceSequence(
        identity="anna", pictures=face.pictures, landmarks_px=points, times_s=face.times_s
    )
    with pytest.raises(ArgumentError, match="landmarks in every frame"):
        cut_walks(broken, starts=1, size_px=96)


def test_every_person_has_a_value_and_a_photograph_has_none():
    face = sliding_face()
    photo = FaceSequence(
        identity="photo",
        pictures=face.pictures[:1],
        landmarks_px=face.landmarks_px[:1],
        times_s=face.times_s[:1],
    )
    still = Rival(name="zero", estimate=lambda pair: Estimate(0 * pair.flow_px))
    settings = {"starts": 1, "size_px": 96}
    found = measure_clips({"anna": face, "photo": photo}, [still], settings)["zero"]
    assert found["persons"] == ["anna", "photo"]
    for name in MEASURES:
        assert found[name][0] is not None
        assert found[name][1] is None
