import numpy as np
import pytest
from scipy.ndimage import map_coordinates

from mimetic.datasets.virtual import CONTROLS, Camera, HeadMotion, Program, Pulse
from mimetic.datasets.virtual.anatomy import (
    LEFT_LOWER_LID,
    LEFT_UPPER_LID,
    LOWER_LIP,
    RIGHT_LOWER_LID,
    RIGHT_UPPER_LID,
    UPPER_LIP,
)
from mimetic.ops.align import angles_from_rotation, fit_similarity_3d

EDGES = {*UPPER_LIP, *LOWER_LIP, *RIGHT_UPPER_LID, *RIGHT_LOWER_LID}
EDGES |= {*LEFT_UPPER_LID, *LEFT_LOWER_LID}
STABLE = [33, 133, 362, 263, 168, 6, 197, 195, 5, 4, 1, 2, 98, 327, 127, 356, 234, 454]


def two_frames(face, first, second, **camera):
    """A recording whose frame 0 is in rest under ``first`` and frame 1 under ``second``."""
    pulses = tuple(
        Pulse(control=name, onset_s=1.0, apex_s=1.5, offset_s=9.0, hold_s=2.0, size=size)
        for name, size in second.items()
    )
    program = Program(duration_s=3, pulses=pulses, head=first)
    return face.record(program, Camera(times_s=(0.0, 2.0), **camera))


def between_poses(face, head, **camera):
    """A recording from no rotation to a pose, by a wave of a quarter turn."""
    from mimetic.datasets.virtual import Wave

    waves = tuple(
        Wave(channel=name, size=size, rate_hz=0.25, phase=0.0) for name, size in head.items()
    )
    program = Program.still(3.0, head=HeadMotion(waves=waves))
    return face.record(program, Camera(times_s=(0.0, 1.0), **camera))


def test_landmarks_at_common_times_do_not_depend_on_the_frame_rate(astronaut):
    program = Program.random(6, 1.0)
    slow = astronaut.record(program, Camera(rate_hz=25)).truth
    fast = astronaut.record(program, Camera(rate_hz=100)).truth
    assert np.array_equal(slow.landmarks_px, fast.landmarks_px[::4])
    assert np.array_equal(slow.activations, fast.activations[::4])


def test_truth_holds_the_programs_activations_pose_and_events(astronaut):
    program = Program.random(3, 1.5)
    truth = astronaut.record(program, Camera(rate_hz=20)).truth
    times = np.arange(30) / 20
    assert truth.controls == CONTROLS
    assert np.allclose(truth.activations, program.activations(times), atol=1e-6)
    assert np.allclose(truth.yaw_deg, program.head(times)["yaw_deg"], atol=1e-4)
    assert truth.events == program.events()


@pytest.mark.parametrize(
    "angles", [(12.0, 0.0, 0.0), (0.0, -7.0, 0.0), (0.0, 0.0, 9.0), (8.0, 4.0, -5.0)]
)
def test_the_landmarks_turn_by_the_angles_of_the_program(astronaut, angles):
    names = ("yaw_deg", "pitch_deg", "roll_deg")
    head = HeadMotion(**dict(zip(names, angles, strict=True)))
    still = astronaut.record(Program.still(0.1)).truth.landmarks_px[0]
    turned = astronaut.record(Program.still(0.1, head=head)).truth.landmarks_px[0]
    fit = fit_similarity_3d(still[STABLE], turned[STABLE])
    assert angles_from_rotation(fit.rotation) == pytest.approx(angles, abs=1e-3)
    assert fit.scale == pytest.approx(1, abs=1e-5)


def test_signs_of_the_pose_are_those_of_the_style_guide(astronaut):
    def nose_and_eyes(**head):
        program = Program.still(0.1, head=HeadMotion(**head))
        landmarks = astronaut.record(program).truth.landmarks_px[0]
        nose = landmarks[1] - landmarks[[234, 454]].mean(0)
        return nose, landmarks[263] - landmarks[33]

    rest, eyes = nose_and_eyes()
    assert nose_and_eyes(yaw_deg=10)[0][0] > rest[0] + 3  # toward the person's left
    assert nose_and_eyes(pitch_deg=10)[0][1] < rest[1] - 3  # up
    assert nose_and_eyes(roll_deg=10)[1][1] > eyes[1] + 5  # clockwise


def test_flow_of_a_frame_to_itself_is_zero(astronaut):
    recording = astronaut.record(Program.random(2, 2.0), Camera(rate_hz=5))
    flow = recording.truth.flow(6, 6)
    assert np.nanmax(np.abs(flow.flow_px)) == 0
    assert flow.valid[0, 110:170, 130:190].mean() > 0.9
    assert flow.start_s[0] == flow.end_s[0] == 1.2


def test_flow_of_a_shifted_head_is_the_shift(astronaut):
    recording = between_poses(astronaut, {"right_ed": 0.05}, zoom=1.5)
    flow = recording.truth.flow(0, 1)
    eyes = astronaut.landmarks_px[263, :2] - astronaut.landmarks_px[33, :2]
    length = np.linalg.norm(astronaut.landmarks_px[263] - astronaut.landmarks_px[33])
    wanted = 1.5 * 0.05 * length * eyes / np.linalg.norm(eyes)
    seen = flow.flow_px[0][:, flow.valid[0]]
    assert np.abs(seen - wanted[:, None]).max() < 2e-3


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_flow_at_the_landmarks_is_their_displacement(astronaut, seed):
    recording = astronaut.record(Program.random(seed, 6.0), Camera(rate_hz=10))
    truth = recording.truth
    start, end = 5, 40
    flow = truth.flow(start, end).flow_px[0]
    here = truth.landmarks_px[start, :468, :2].astype(float)
    at = np.stack([map_coordinates(part, here.T[::-1], order=1) for part in flow], axis=-1)
    wanted = (truth.landmarks_px[end] - truth.landmarks_px[start])[:468, :2]
    error = np.linalg.norm(at - wanted, axis=1)
    # On the edges of lids and lips the four pixels around a landmark are different sheets.
    whole = np.isfinite(error)
    whole[list(EDGES)] = False
    assert whole.mean() > 0.8
    assert np.median(error[whole]) < 0.005
    assert error[whole].max() < 0.05


@pytest.mark.parametrize("seed", [1, 4])
def test_the_later_frame_warped_by_the_flow_is_the_earlier_frame(astronaut, seed):
    recording = astronaut.record(Program.random(seed, 6.0), Camera(rate_hz=10, exact=True))
    start, end = 5, 40
    field = recording.truth.flow(start, end)
    first, second = (recording.frame(k).pixels.astype(float).mean(-1) for k in (start, end))
    rows, columns = np.mgrid[:320, :320]
    flow = np.nan_to_num(field.flow_px[0])
    back = map_coordinates(second, [rows + flow[1], columns + flow[0]], order=3, mode="nearest")
    valid = field.valid[0]
    before = np.abs(second - first)[valid].mean()
    after = np.abs(back - first)[valid].mean()
    assert after < 1.2
    assert after < 0.25 * before


def test_flow_forth_and_back_returns(astronaut):
    recording = astronaut.record(Program.random(7, 6.0), Camera(rate_hz=10))
    there, back = recording.truth.flow(3, 50), recording.truth.flow(50, 3)
    rows, columns = np.mgrid[:320, :320].astype(float)
    forth = there.flow_px[0]
    valid = there.valid[0]
    place = [(rows + forth[1])[valid], (columns + forth[0])[valid]]
    returned = np.stack([map_coordinates(part, place, order=1) for part in back.flow_px[0]])
    error = np.linalg.norm(forth[:, valid] + returned, axis=0)
    error = error[np.isfinite(error)]
    assert np.median(error) < 0.005
    assert np.percentile(error, 95) < 0.05


def test_background_and_the_inside_of_the_mouth_have_no_flow(astronaut):
    recording = two_frames(astronaut, HeadMotion(), {"jaw_open": 1.0})
    field = recording.truth.flow(1, 0)
    assert not field.valid[0, :5].any()
    assert np.isnan(field.flow_px[0][:, ~field.valid[0]]).all()
    lips = recording.truth.landmarks_px[1, [13, 14], :2]
    x, y = lips.mean(0).astype(int)
    assert not field.valid[0, y, x]


def test_a_blink_hides_the_iris_and_what_it_covers_has_no_flow(astronaut):
    recording = two_frames(astronaut, HeadMotion(), {"lid_close_left": 1.0})
    truth = recording.truth
    assert truth.visible[0, [468, 473]].all()
    assert not truth.visible[1, 473:478].any()  # the person's left eye
    assert truth.visible[1, 468]
    x, y = truth.landmarks_px[0, 473, :2].astype(int)
    x_open, y_open = truth.landmarks_px[0, 468, :2].astype(int)
    field = truth.flow(0, 1)
    assert not field.valid[0, y, x]
    assert field.valid[0, y_open, x_open]
    assert recording.truth.flow(0, 0).valid[0, y, x]


def test_lids_meet_when_they_close(astronaut):
    recording = two_frames(astronaut, HeadMotion(yaw_deg=9), {"lid_close_left": 1.0})
    open_px, closed_px = (
        recording.truth.landmarks_px[:, 386, 1] - (recording.truth.landmarks_px[:, 374, 1])
    )
    assert open_px < -4
    assert abs(closed_px) < 1.0


def test_the_eyeballs_turn_with_the_head_and_not_with_the_lids(astronaut):
    blink = two_frames(astronaut, HeadMotion(), {"lid_close_right": 1.0, "cheek_right": 1.0})
    irises = blink.truth.landmarks_px[:, 468:478]
    assert np.abs(irises[1] - irises[0]).max() < 1e-4


def test_z_grows_away_from_the_camera_in_video_pixels(astronaut):
    def depth(zoom):
        landmarks = astronaut.record(Program.still(0.1), Camera(zoom=zoom)).truth.landmarks_px[0]
        return landmarks[[234, 454], 2].mean() - landmarks[1, 2]

    assert depth(1.0) > 15
    assert depth(2.0) == pytest.approx(2 * depth(1.0))
