"""Size, direction and words of known movements."""

import numpy as np
import pytest

from mimetic.errors import ArgumentError
from mimetic.flow.predict import FlowEstimator
from mimetic.micro.anatomy import motions_of, unit_candidates
from mimetic.micro.measure import measure_event
from mimetic.types import ExpressionEvent
from tests.micro.moving import bump, face_mesh, moving_clip, pulse, rows_of

EVENT = ExpressionEvent(onset_s=0.3, apex_s=0.4, offset_s=0.55, kind="micro")
MESH = face_mesh()
CORNER = MESH[61, :2]


def clip_with(move_px, place=CORNER, **how):
    course = lambda t: pulse(t, 0.3, 0.4, 0.55)  # noqa: E731
    return moving_clip([(bump(place, move_px, radius_px=18.0), course)], duration_s=0.8, **how)


def measured(move_px, **how):
    return measure_event(clip_with(move_px, **how), EVENT, flow=FlowEstimator.load("closed-form"))


def test_half_a_pixel_is_measured_where_it_is():
    found = measured((0.0, -0.5))
    assert found.peak_px == pytest.approx(0.45, abs=0.1)
    assert np.hypot(*(np.array(found.peak_at_px) - CORNER)) < 10
    assert found.speed_px_s == pytest.approx(found.peak_px / 0.1)
    assert found.peak_ed == pytest.approx(found.peak_px / 56, rel=1e-3)
    assert np.nanmax(found.strain.magnitude) > 0.01


def test_a_mouth_corner_that_rises_is_named_and_a_candidate_of_au12():
    found = measured((0.0, -0.6))
    assert "right mouth corner up" in [each.words for each in found.motions]
    assert "AU12" in found.units


def test_a_mirrored_movement_has_the_other_side():
    places = MESH[:, :2].astype(float)
    moved = np.zeros_like(places)
    near = np.hypot(*(places - CORNER).T) < 8
    moved[near] = (-0.5, 0.0)
    right = motions_of(places, moved, mesh_px=MESH, ed_px=56.0)[0]
    mirrored = places * [-1, 1] + [127, 0]
    other = MESH * [-1, 1, 1] + [127, 0, 0]
    from mimetic.ops.landmarks import MIRROR

    left = motions_of(mirrored, moved * [-1, 1], mesh_px=other[MIRROR], ed_px=56.0)[0]
    assert right.words == "right mouth corner outward"
    assert left.words == "left mouth corner outward"
    assert right.outward_ed == pytest.approx(left.outward_ed)


@pytest.mark.parametrize(
    ("point", "move", "words", "unit"),
    [
        ((107, 55, 66), (0, -1), "right inner brow up", "AU1"),
        ((107, 55, 66), (0, 1), "right inner brow down", "AU4"),
        ((70, 63, 105), (0, -1), "right outer brow up", "AU2"),
        ((61, 186, 57), (0, 1), "right mouth corner down", "AU15"),
        ((61, 186, 57), (-1, -1), "right mouth corner up and outward", "AU12"),
    ],
)
def test_directions_become_words_and_candidates(point, move, words, unit):
    places = MESH[:, :2].astype(float)
    middle = MESH[list(point), :2].mean(0)
    bell = np.exp(-((places - middle) ** 2).sum(1) / (2 * 6.0**2))
    found = motions_of(places, bell[:, None] * move, mesh_px=MESH, ed_px=56.0)
    assert found[0].words in (words, words.replace("up and outward", "outward and up"))
    assert unit in unit_candidates(found)


def test_nothing_moved_has_no_words():
    places = MESH[:, :2].astype(float)
    assert motions_of(places, np.zeros_like(places), mesh_px=MESH, ed_px=56.0) == ()


def test_averaging_takes_the_noise_down():
    found = measured((0.0, -0.4), noise=3.0)
    assert found.frames[0] > 20
    assert found.frames[1] >= 5
    assert found.peak_px == pytest.approx(0.35, abs=0.12)


def test_frames_of_rest_and_apex_are_needed():
    clip = clip_with((0.0, -0.5))
    flow = FlowEstimator.load("zero")
    for rows in (slice(0, 30), slice(32, 54)):
        with pytest.raises(ArgumentError, match="expected frames of rest within"):
            measure_event(rows_of(clip, rows), EVENT, flow=flow)
