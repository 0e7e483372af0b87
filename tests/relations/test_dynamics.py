import dataclasses

import numpy as np
import pytest

import mimetic
from mimetic.errors import ArgumentError
from mimetic.ops.regions import REGIONS_9, REGIONS_13
from mimetic.relations.courses import read_courses
from mimetic.relations.dynamics import (
    LANDMARK_FEATURES,
    beside,
    landmark_dynamics,
    read_dynamics,
    source_of,
)
from tests.person.faces import frames_of, make_clip
from tests.pipeline.clips import write_clip
from tests.pipeline.people import write_dynamics

TIMES_S = np.arange(0, 3, 0.1)


@pytest.fixture(scope="module")
def face():
    """A drawn face that moves, and is shown twice in one frame."""
    repeated = np.zeros(TIMES_S.size, bool)
    repeated[7] = True
    return make_clip(TIMES_S, seed=3, repeated=repeated)


def moved(clip, points, by_ed):
    """The clip with some points of the head frame elsewhere in the last ten frames."""
    shape = clip.shape_ed.copy()
    shape[-10:, points, :2] += np.float32(by_ed)
    return dataclasses.replace(clip, shape_ed=shape)


def still(clip):
    return dataclasses.replace(clip, shape_ed=np.repeat(clip.shape_ed[:1], TIMES_S.size, axis=0))


@pytest.mark.parametrize(("scheme", "names"), [("9", REGIONS_9), ("13", REGIONS_13)])
def test_a_face_that_moves_as_a_whole_moves_every_region_by_as_much(face, scheme, names):
    every = np.arange(face.shape_ed.shape[1])
    found = landmark_dynamics(moved(still(face), every, (0.03, -0.02)), regions=scheme)
    assert (found.regions, found.features) == (names, LANDMARK_FEATURES)
    apart = found.values[-1] - found.values[0]
    np.testing.assert_allclose(apart, np.tile([0.03, -0.02, 0.0, 0.0], (len(names), 1)), atol=1e-5)
    np.testing.assert_allclose(found.noise_floor, 0, atol=1e-6)


def test_area_is_the_logarithm_of_growth(face):
    grown = still(face).shape_ed.copy()
    grown[-10:, :, :2] *= np.float32(1.1)
    found = landmark_dynamics(dataclasses.replace(face, shape_ed=grown))
    np.testing.assert_allclose(found.values[-1, :, 2], 2 * np.log(1.1), atol=1e-4)
    assert (found.values[-1, :, 3] > 0.003).all()


def test_a_repeated_frame_is_missing_and_stretches_are_joined(face):
    whole = landmark_dynamics(face, subject="anna")
    assert whole.subject == "anna"
    assert not whole.valid[7].any()
    assert whole.valid[8].all()
    parts = [frames_of(face, slice(0, 11)), frames_of(face, slice(11, None))]
    np.testing.assert_array_equal(landmark_dynamics(parts).values, whole.values)


def test_the_neutral_shape_that_a_clip_carries_is_where_displacement_begins(face):
    begun = dataclasses.replace(face, neutral_shape_ed=face.shape_ed[5])
    np.testing.assert_allclose(landmark_dynamics(begun).values[5], 0, atol=1e-6)


def test_looks_cannot_enter(face):
    """Another skin under the same movement."""
    other = dataclasses.replace(face, pixels=255 - face.pixels)
    np.testing.assert_array_equal(landmark_dynamics(other).values, landmark_dynamics(face).values)


@pytest.fixture
def result(tmp_path, face):
    """A result folder with crops and, of the nine regions, a movement that flow has measured."""
    write_clip(tmp_path / "result", face)
    write_dynamics(tmp_path / "result", landmark_dynamics(face, regions="9"))
    return mimetic.open_result(tmp_path / "result")


def test_a_result_folder_gives_flow_landmarks_or_both(result):
    flow = read_dynamics(result.path)
    assert flow.features == LANDMARK_FEATURES
    alone = read_dynamics(result, features="landmarks", regions="13")
    assert alone.regions == REGIONS_13
    both = read_dynamics(result, features="both", regions="9")
    assert both.features[4:] == tuple(f"landmark_{name}" for name in LANDMARK_FEATURES)
    assert both.noise_floor.shape == (9, 8)
    assert [source_of(one.features) for one in (alone, both)] == ["landmarks", "both"]
    assert source_of(("displacement_x_ed",)) == "flow"
    slow, fast = (getattr(read_courses(both), band) for band in ("slow", "fast"))
    assert slow.shape == fast.shape == (9, 7, slow.shape[2])


def test_what_is_not_there_is_refused(result, face):
    with pytest.raises(ArgumentError, match="features: expected one of flow, landmarks, both"):
        read_dynamics(result, features="pixels")
    with pytest.raises(ArgumentError, match=r"regions: expected those of .* \(9 regions\)"):
        read_dynamics(result, regions="13")
    with pytest.raises(ArgumentError, match="expected at least one stretch"):
        landmark_dynamics([])
    nobody = dataclasses.replace(
        face, valid=np.zeros(TIMES_S.size, bool), shape_ed=np.full_like(face.shape_ed, np.nan)
    )
    with pytest.raises(ArgumentError, match="a frame in which the face was measured"):
        landmark_dynamics(nobody)
    with pytest.raises(ArgumentError, match="expected the regions and times of the flow"):
        beside(landmark_dynamics(face), landmark_dynamics(face, regions="9"))
