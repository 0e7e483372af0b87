from dataclasses import dataclass

import numpy as np
import pytest

from mimetic.errors import ArgumentError
from mimetic.micro.maps import micro_maps
from mimetic.types import ExpressionEvent, FaceClip

SIDE_PX, RATE_HZ = 96, 50.0


def face(frames=20, valid=None):
    """A clip whose frame number is its brightness, with a mesh from 8 to 88 px."""
    pixels = np.zeros((frames, SIDE_PX, SIDE_PX, 3), np.uint8)
    pixels += np.arange(frames, dtype=np.uint8)[:, None, None, None]
    mesh = np.full((478, 3), 48.0)
    mesh[0, :2], mesh[1, :2] = (8, 8), (87, 87)
    mesh[33], mesh[263] = (28, 40, 0), (68, 40, 0)
    zeros = np.zeros(frames)
    valid = np.ones(frames, bool) if valid is None else valid
    shape_ed = np.zeros((frames, 478, 3))
    shape_ed[~valid] = np.nan
    return FaceClip(
        person=0,
        pixels=pixels,
        times_s=np.arange(frames) / RATE_HZ,
        crop_to_video=np.zeros((frames, 2, 4)),
        depth_px=np.zeros((SIDE_PX, SIDE_PX)),
        mesh_px=mesh,
        alignment=np.zeros((frames, 2, 3)),
        landmarks_px=np.zeros((frames, 478, 2)),
        shape_ed=shape_ed,
        yaw_deg=zeros,
        pitch_deg=zeros,
        roll_deg=zeros,
        residual=zeros,
        repeated=np.zeros(frames, bool),
        valid=valid,
    )


def event(onset=2, apex=6, offset=12):
    return ExpressionEvent(
        onset_s=onset / RATE_HZ, apex_s=apex / RATE_HZ, offset_s=offset / RATE_HZ, kind="micro"
    )


@dataclass
class Stretching:
    """A stand-in for a method: (b - a) px to the right at x = 48, stretched along x; up in y."""

    gain: float = 1.0
    known: tuple[int, int] = (0, SIDE_PX)
    name: str = "stretching"

    def pair(self, first, second):
        step = (float(second[0, 0, 0]) - float(first[0, 0, 0])) * self.gain
        x = np.arange(SIDE_PX) - 48.0
        flow = np.full((2, SIDE_PX, SIDE_PX), np.nan, np.float32)
        flow[0, slice(*self.known)] = step * (1 + 0.01 * x)
        flow[1, slice(*self.known)] = -step
        return flow


def test_maps_are_the_flow_from_onset_to_apex_in_eye_distances():
    found = micro_maps(face(), [event()], flow=Stretching())
    assert found.shape == (1, 28, 28, 3)
    assert found.dtype == np.float32
    # Four frames are 4 px at the middle of the face, of 40 px between the eyes.
    np.testing.assert_allclose(found[0, :, 13:15, 0].mean(), 0.1, atol=1e-3)
    np.testing.assert_allclose(found[0, ..., 1], -0.1, atol=1e-6)
    np.testing.assert_allclose(found[0, 4:-4, 4:-4, 2], 0.04, atol=1e-4)  # du/dx


def test_the_grid_spans_the_mesh():
    found = micro_maps(face(), [event()], flow=Stretching())[0, 10, :, 0]
    places = 8 + (np.arange(28) + 0.5) * 80 / 28 - 0.5 - 48
    np.testing.assert_allclose(found, 0.1 * (1 + 0.01 * places), atol=2e-4)


def test_the_fall_runs_from_offset_to_apex():
    fall = micro_maps(face(), [event()], flow=Stretching(), phase="fall")
    np.testing.assert_allclose(fall[0, ..., 1], 6 / 40, atol=1e-6)
    both = micro_maps(face(), [event()], flow=Stretching(), phase="both")
    np.testing.assert_allclose(both[0, ..., 1], (6 - 4) / 2 / 40, atol=1e-6)


def test_several_methods_are_averaged_where_they_measured():
    upper = Stretching(gain=3.0, known=(0, 48))
    found = micro_maps(face(), [event()], flow=[Stretching(), upper])[0, ..., 1]
    np.testing.assert_allclose(found[:13], -0.2, atol=1e-6)
    np.testing.assert_allclose(found[-13:], -0.1, atol=1e-6)


def test_what_was_not_measured_holds_the_median():
    found = micro_maps(face(), [event()], flow=Stretching(known=(30, SIDE_PX)))
    assert np.isfinite(found).all()
    np.testing.assert_allclose(found[0, 0, :, 0], 0.1, atol=2e-3)
    with pytest.raises(ArgumentError, match=r"events \[0\]: expected flow in at least half"):
        micro_maps(face(), [event()], flow=Stretching(known=(60, SIDE_PX)))


def test_each_event_may_have_a_clip_of_its_own():
    found = micro_maps([face(), face(30)], [event(), event(2, 4)], flow=Stretching())
    np.testing.assert_allclose(found[:, 5, 5, 1], [-0.1, -0.05], atol=1e-6)


def test_faults_of_all_events_are_told_at_once():
    valid = np.ones(20, bool)
    valid[5:8] = False
    events = [event(), event(1.9, 2.1), event(1, 3)]
    with pytest.raises(ArgumentError) as caught:
        micro_maps(face(valid=valid), events, flow=Stretching())
    lines = str(caught.value).splitlines()
    assert lines[0] == "event 0: no usable frame at its apex (0.120 s)"
    assert "event 1: onset and apex are the same frame, frames are 0.020 s apart" in lines[1]
    assert len(lines) == 2
    with pytest.raises(ArgumentError, match="fewer than two usable frames"):
        micro_maps(face(valid=np.arange(20) < 1), [event()], flow=Stretching())


def test_arguments_that_do_not_fit_are_refused():
    with pytest.raises(ArgumentError, match="phase: expected one of rise, fall, both"):
        micro_maps(face(), [event()], flow=Stretching(), phase="apex")
    with pytest.raises(ArgumentError, match="expected a clip for each event"):
        micro_maps([face()] * 2, [event()], flow=Stretching())
