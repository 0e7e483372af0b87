import numpy as np
import pytest

from mimetic.errors import ArgumentError, ShapeError
from mimetic.report import TraceStrip, draw_overlay, flow_arrows, notable_moments
from tests.report import scenes

GREY = np.full((120, 160, 3), 90, np.uint8)
MESH = scenes.drawn_mesh()[:, :2] * 0.8 + [30, 5]


def test_the_mesh_is_drawn_where_the_landmarks_are():
    drawn = draw_overlay(GREY, MESH)
    changed = (drawn != GREY).any(axis=2)
    assert changed[round(MESH[33, 1]), round(MESH[33, 0])]
    assert not changed[:, :20].any()


def test_the_given_frame_stays_as_it_is():
    before = GREY.copy()
    draw_overlay(GREY, MESH)
    np.testing.assert_array_equal(GREY, before)


def test_a_frame_without_a_face_is_left_alone():
    np.testing.assert_array_equal(draw_overlay(GREY, np.full((478, 3), np.nan)), GREY)


def test_anonymous_keeps_nothing_of_the_frame():
    other = np.random.default_rng(0).integers(0, 255, GREY.shape).astype(np.uint8)
    one, two = (draw_overlay(frame, MESH, anonymous=True) for frame in (GREY, other))
    np.testing.assert_array_equal(one, two)


def test_landmarks_outside_the_frame_are_harmless():
    draw_overlay(GREY, MESH + 1e6)
    draw_overlay(GREY, MESH - 80)


def test_other_schemes_are_drawn_as_dots():
    assert (draw_overlay(GREY, np.array([[10.0, 20.0]])) != GREY).any(axis=2).sum() == 1


def test_arrows_lead_from_start_to_end_and_nan_is_left_out():
    flow = np.array([[20.0, 60, 30, 0], [np.nan, 1, 1, 1]])
    changed = (draw_overlay(GREY, np.full((478, 2), np.nan), flow=flow) != GREY).any(axis=2)
    assert changed[60, 20:50].all()
    assert not changed[:50].any()


def test_flow_becomes_arrows_in_pixels_of_the_video():
    flow_px = np.zeros((2, 16, 16), np.float32)
    flow_px[0] = 2.0
    flow_px[:, :8] = np.nan
    to_video = np.array([[3.0, 0, 0.5, 100], [0, 3, 0, 50]])
    arrows = flow_arrows(
        flow_px, to_video, alignment=np.eye(2, 3), depth_px=np.full((16, 16), 4, np.float32)
    )
    np.testing.assert_allclose(arrows, [[4 * 3 + 2 + 100, 12 * 3 + 50, 6, 0], [138, 86, 6, 0]])


def test_traces_lie_below_the_frame():
    dynamics = scenes.recording(seconds=10).dynamics
    strip = TraceStrip(dynamics, 160)
    drawn = draw_overlay(GREY, MESH, traces=strip.at(4.0))
    assert drawn.shape == (120 + strip.height_px, 160, 3)
    assert strip.height_px % 2 == 0


def lit(picture, colour):
    return (picture == colour).all(axis=2)


def test_the_strip_shows_the_movement_at_the_present():
    dynamics = scenes.recording(seconds=30).dynamics
    strip = TraceStrip(dynamics, 640, window_s=2.0)
    green = (63, 197, 155)
    assert lit(strip.at(12.4), green).sum() > 5 * lit(strip.at(10.0), green).sum()


def test_the_strip_darkens_what_was_not_measured():
    strip = TraceStrip(scenes.recording(seconds=30).dynamics, 640, window_s=1.0)
    missing = (48, 50, 56)
    assert lit(strip.at(19.0), missing).sum() > 10 * lit(strip.at(12.0), missing).sum()


def test_repeated_frames_are_not_dark():
    dynamics = scenes.recording(seconds=10).dynamics
    repeated = np.zeros(300, bool)
    repeated[5::6] = True
    values = dynamics.values.copy()
    values[repeated] = np.nan
    holes = scenes.dataclasses.replace(dynamics, values=values, valid=np.isfinite(values).any(-1))
    missing = (48, 50, 56)
    plain = lit(TraceStrip(dynamics, 640).at(5.0), missing)
    told = lit(TraceStrip(holes, 640, repeated=repeated).at(5.0), missing)
    np.testing.assert_array_equal(told, plain)


def test_faults_of_the_input_are_named():
    with pytest.raises(ShapeError, match="flow: expected"):
        draw_overlay(GREY, MESH, flow=np.zeros((3, 2)))
    with pytest.raises(ShapeError, match="frame_pixels"):
        draw_overlay(GREY[..., 0], MESH)
    with pytest.raises(ShapeError, match="traces"):
        draw_overlay(GREY, MESH, traces=np.zeros((8, 10, 3), np.uint8))
    with pytest.raises(ArgumentError, match="step: expected at least 1"):
        flow_arrows(
            np.zeros((2, 4, 4), np.float32), np.zeros((2, 4)), alignment=np.eye(2, 3),
            depth_px=np.zeros((4, 4), np.float32), step=0,
        )  # fmt: skip
    with pytest.raises(ArgumentError, match="width_px, window_s"):
        TraceStrip(scenes.recording(seconds=1).dynamics, 100)


def test_moments_are_neutral_and_the_largest_movements():
    found = notable_moments(scenes.recording().dynamics, neutral_s=1.0, count=4)
    assert found[0] == (1.0, "neutral")
    assert [round(time_s) for time_s, _ in found] == sorted(round(time_s) for time_s, _ in found)
    assert any("lips 0.2" in caption for _, caption in found)
    assert len(found) <= 4


def test_no_movement_has_no_moments():
    assert notable_moments(None) == []
    assert notable_moments(None, neutral_s=2.0) == [(2.0, "neutral")]


def test_a_moment_names_the_side_that_moved_much_further():
    captions = " ".join(caption for _, caption in notable_moments(scenes.recording().dynamics))
    assert "right brow 0." in captions
    assert "left cheek" not in captions
    assert "cheek 0." in captions
