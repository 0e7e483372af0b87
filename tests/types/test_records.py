import dataclasses

import numpy as np
import pytest

from mimetic.errors import ShapeError
from mimetic.types import (
    ExpressionEvent,
    FaceClip,
    FaceTrack,
    FlowField,
    LocalDynamics,
    MovementEmbedding,
    TraitEstimate,
    VideoInfo,
)
from mimetic.types.arrays import check_shape


def dynamics(**changes):
    fields = {
        "values": np.zeros((3, 2, 1), np.float32),
        "times_s": np.array([0.0, 0.1, 0.2]),
        "regions": ("mouth_left", "mouth_right"),
        "features": ("speed_ed_s",),
        "valid": np.ones((3, 2), bool),
    }
    return LocalDynamics(**(fields | changes))


def track(frames=3, **changes):
    fields = {
        "person": 0,
        "times_s": np.arange(frames) / 25,
        "box_px": np.zeros((frames, 4)),
        "landmarks_px": np.zeros((frames, 5, 3)),
        "confidence": np.ones(frames),
        "valid": np.ones(frames, bool),
        "reason": np.zeros(frames, np.uint8),
    }
    fields |= {name: np.zeros(frames) for name in ("yaw_deg", "pitch_deg", "roll_deg")}
    return FaceTrack(**(fields | changes))


def clip(frames=2, points=478, **changes):
    fields = {
        "person": 0,
        "pixels": np.zeros((frames, 4, 6, 3), np.uint8),
        "times_s": np.arange(frames) / 25,
        "crop_to_video": np.zeros((frames, 2, 4)),
        "depth_px": np.zeros((4, 6)),
        "mesh_px": np.arange(points * 3.0).reshape(points, 3),
        "alignment": np.zeros((frames, 2, 3)),
        "landmarks_px": np.zeros((frames, points, 2)),
        "shape_ed": np.zeros((frames, points, 3)),
        "repeated": np.zeros(frames, bool),
        "valid": np.ones(frames, bool),
    }
    angles = ("yaw_deg", "pitch_deg", "roll_deg", "residual")
    fields |= {name: np.zeros(frames) for name in angles}
    return FaceClip(**(fields | changes))


def test_a_wrong_shape_says_what_was_expected_and_what_came():
    with pytest.raises(ShapeError, match=r"flow_px: expected \[N 2 H W\], got \[1, 4, 6, 2\]"):
        check_shape("flow_px", np.zeros((1, 4, 6, 2)), "N 2 H W")


def test_a_letter_used_twice_must_have_one_size():
    check_shape("a", np.zeros((3, 3)), "R R")
    with pytest.raises(ShapeError):
        check_shape("a", np.zeros((3, 4)), "R R")


def test_a_named_size_is_part_of_the_message():
    with pytest.raises(ShapeError, match=r"a: expected \[T\], T = 4, got \[3\]"):
        check_shape("a", np.zeros(3), "T", T=4)


def test_arrays_of_records_are_read_only():
    with pytest.raises(ValueError, match="read-only"):
        dynamics().values[0] = 1


def test_fields_of_records_are_frozen():
    with pytest.raises(dataclasses.FrozenInstanceError):
        dynamics().subject = "anna"


def test_another_kind_of_number_is_refused_rather_than_cut():
    with pytest.raises(ShapeError, match="pixels: expected uint8, got float64"):
        clip(pixels=np.zeros((2, 4, 6, 3)))


def test_times_must_increase_and_be_finite():
    with pytest.raises(ShapeError, match="expected increasing seconds"):
        dynamics(times_s=np.array([0.0, 0.2, 0.1]))
    with pytest.raises(ShapeError, match="expected finite seconds"):
        dynamics(times_s=np.array([0.0, np.nan, 0.1]))


def test_a_number_where_nothing_is_valid_is_refused():
    with pytest.raises(ShapeError, match="expected NaN where valid is False"):
        dynamics(valid=np.zeros((3, 2), bool))


def test_nan_where_everything_is_valid_is_refused():
    with pytest.raises(ShapeError, match="expected numbers where valid is True"):
        dynamics(values=np.full((3, 2, 1), np.nan, np.float32))


def test_names_occur_once_and_are_text():
    with pytest.raises(ShapeError, match="distinct non-empty names"):
        dynamics(regions=("a", "a"))
    with pytest.raises(ShapeError, match="tuples of str"):
        dynamics(regions=(1, 2))


def test_a_track_keeps_the_reason_of_every_gap():
    landmarks = np.zeros((3, 5, 3))
    landmarks[1] = np.nan
    kept = track(
        landmarks_px=landmarks, valid=np.array([1, 0, 1], bool), reason=np.uint8([0, 1, 0])
    )
    assert kept.reason.tolist() == [0, 1, 0]


def test_a_record_of_no_frames_is_a_record():
    assert track(frames=0).valid.size == 0


def test_every_field_of_a_track_has_one_entry_a_frame():
    with pytest.raises(ShapeError, match="yaw_deg"):
        track(yaw_deg=np.zeros(4))


def test_one_eye_distance_is_points_33_to_263_in_three_dimensions():
    mesh = np.zeros((478, 3))
    mesh[263] = (2, 3, 6)
    assert clip(mesh_px=mesh).ed_px == 7.0


def test_a_neutral_of_another_size_is_refused():
    with pytest.raises(ShapeError, match="neutral_pixels"):
        clip(neutral_pixels=np.zeros((5, 6, 3), np.uint8))
    with pytest.raises(ShapeError, match="neutral_shape_ed"):
        clip(neutral_shape_ed=np.zeros((3, 3)))


def test_flow_is_nan_where_it_is_not_valid_and_only_there():
    flow = np.zeros((1, 2, 4, 6), np.float32)
    fields = {"start_s": [0.0], "end_s": [1.0], "method": "zero"}
    with pytest.raises(ShapeError, match="expected NaN"):
        FlowField(flow_px=flow, valid=np.zeros((1, 4, 6), bool), **fields)
    with pytest.raises(ShapeError, match="sigma_px"):
        FlowField(
            flow_px=flow, valid=np.ones((1, 4, 6), bool), sigma_px=np.zeros((1, 3, 6)), **fields
        )


def test_a_code_belongs_to_a_person_or_to_people_in_general():
    fields = {"times_s": [0.0], "valid": np.ones(1, bool), "space": "anna"}
    with pytest.raises(ShapeError, match="expected person or general, got 'cat'"):
        MovementEmbedding(codes=np.zeros((1, 2), np.float32), scope="cat", **fields)
    with pytest.raises(ShapeError, match="code_sd"):
        MovementEmbedding(codes=np.zeros((1, 2), np.float32), code_sd=np.zeros((1, 3)), **fields)


def test_an_event_begins_peaks_and_ends_in_this_order():
    with pytest.raises(ShapeError, match="increasing seconds"):
        ExpressionEvent(onset_s=1.0, apex_s=0.5, offset_s=2.0, kind="blink")
    with pytest.raises(ShapeError, match="side: expected one of"):
        ExpressionEvent(onset_s=0.0, apex_s=0.5, offset_s=2.0, kind="blink", side="west")


def test_an_estimate_lies_in_its_interval_and_has_one_part_a_region_and_pair():
    fields = {"trait": "age", "unit": "years", "low": 30.0, "high": 40.0}
    with pytest.raises(ShapeError, match="low, value, high"):
        TraitEstimate(value=29.0, **fields)
    with pytest.raises(ShapeError, match="main"):
        TraitEstimate(value=35.0, regions=("nose",), main=np.zeros(2), **fields)
    with pytest.raises(ShapeError, match="pairs"):
        TraitEstimate(value=35.0, regions=("nose",), pairs=np.zeros((1, 2)), **fields)


def test_video_times_and_marks_have_one_entry_a_frame():
    with pytest.raises(ShapeError, match="repeated"):
        VideoInfo(
            path="a", sha256="", width_px=1, height_px=1, times_s=[0.0], nominal_hz=25.0,
            rotation_deg=0, declared_frames=1, decoded_frames=1, damaged_packets=0,
            truncated=False, repeated=np.zeros(2, bool), dropped=np.zeros(1, bool), decoder="",
        )  # fmt: skip
