import cv2
import numpy as np
import pytest

from mimetic.datasets.virtual import Camera, HeadMotion, Program, VirtualFace
from mimetic.datasets.virtual.anatomy import (
    LOWER_LIP,
    UPPER_LIP,
)
from mimetic.datasets.virtual.controls import SIDED
from mimetic.datasets.virtual.face import astronaut_landmarks, astronaut_photo
from mimetic.errors import ArgumentError, ShapeError, VideoError
from mimetic.ops.landmarks import MIRROR

ONE = Camera(rate_hz=10)


def picture(face, program, camera=ONE):
    return face.record(program, camera).frame(0).pixels.astype(float)


def points(face, program, camera=ONE):
    return face.record(program, camera).truth.landmarks_px[0]


def mirrored_face():
    photo, landmarks = astronaut_photo()[:, ::-1].copy(), astronaut_landmarks()[MIRROR]
    landmarks[:, 0] = 511 - landmarks[:, 0]
    return VirtualFace(photo, landmarks)


def test_the_face_at_rest_is_the_photograph(astronaut):
    recording = astronaut.record(Program.still(0.1), Camera(size_px=(512, 512), exact=True))
    difference = recording.frame(0).pixels.astype(int) - astronaut.photo
    assert np.abs(difference).mean() < 0.01
    assert (difference != 0).mean() < 0.001
    assert recording.truth.landmarks_px[0, :, :2] == pytest.approx(
        astronaut.landmarks_px[:, :2], abs=1e-4
    )


def test_still_frames_are_identical_without_noise(astronaut):
    frames = list(astronaut.record(Program.still(0.3), ONE).frames())
    assert len(frames) == 3
    assert all(np.array_equal(frame.pixels, frames[0].pixels) for frame in frames)


def test_any_frame_can_be_had_first_and_twice(astronaut):
    recording = astronaut.record(Program.random(1, 2.0), Camera(rate_hz=5, noise_sigma=2))
    late = recording.frame(7)
    in_order = list(recording.frames(first=6))
    assert [frame.index for frame in in_order] == [6, 7, 8, 9]
    assert np.array_equal(in_order[1].pixels, late.pixels)
    assert late.time_s == recording.times_s[7]


def test_the_same_seed_gives_the_same_bits_and_another_seed_other_noise(astronaut):
    camera = Camera(rate_hz=5, noise_sigma=1.5, light=0.1, quality=80)

    def filmed(seed):
        return astronaut.record(Program.random(2, 1.0), camera, seed=seed).frame(3).pixels

    assert np.array_equal(filmed(1), filmed(1))
    assert not np.array_equal(filmed(1), filmed(2))


def test_repeated_frames_have_the_same_pixels_even_with_noise(astronaut):
    camera = Camera(rate_hz=30, raised_from_hz=25, noise_sigma=2.0)
    recording = astronaut.record(Program.single("jaw_open", onset_s=0, rise_s=0.2), camera)
    index = int(np.flatnonzero(recording.repeated)[0])
    before, repeat, after = (recording.frame(k).pixels for k in (index - 1, index, index + 1))
    assert np.array_equal(before, repeat)
    assert not np.array_equal(repeat, after)
    truth = recording.truth
    assert np.array_equal(truth.landmarks_px[index], truth.landmarks_px[index - 1])


def test_fast_sampling_moves_nothing_by_more_than_a_fiftieth_of_a_pixel(astronaut):
    program = Program.held(HeadMotion(yaw_deg=4, right_ed=0.0117, down_ed=0.0071))
    fast = picture(astronaut, program)[60:180, 100:220].mean(-1)
    exact = picture(astronaut, program, Camera(exact=True))[60:180, 100:220].mean(-1)
    gy, gx = np.gradient(exact)
    design = np.stack([gx.ravel(), gy.ravel()], axis=1)
    shift = np.linalg.lstsq(design, (exact - fast).ravel(), rcond=None)[0]
    assert np.abs(shift).max() < 0.005
    assert np.abs(fast - exact).mean() < 0.5


@pytest.mark.parametrize("control", SIDED)
def test_a_one_sided_control_moves_its_own_side_only(astronaut, control):
    rest = points(astronaut, Program.still(0.1))
    middle, reach = rest[168, 0], 15
    for side, sign in (("left", 1), ("right", -1)):
        moved = points(astronaut, Program.held(**{f"{control}_{side}": 1.0}))
        distance = np.linalg.norm((moved - rest)[:, :2], axis=1)
        other = sign * (rest[:, 0] - middle) < -reach  # the person's left is on the right
        assert 3.0 < distance.max() < 12.0
        assert distance[other].max() < 0.05 * distance.max()


@pytest.mark.parametrize(
    ("control", "point", "right", "down"),
    [
        ("inner_brow_left", 336, 0, -1),
        ("outer_brow_right", 63, 0, -1),
        ("brow_lower_left", 285, -1, 1),
        ("cheek_right", 50, 0, -1),
        ("lip_corner_up_left", 291, 1, -1),
        ("lip_corner_down_right", 61, 0, 1),
        ("lip_stretch_right", 61, -1, 0),
        ("pucker", 61, 1, 0),
        ("nose_wrinkle", 129, 0, -1),
        ("lip_press", 13, 0, 1),
        ("jaw_open", 152, 0, 1),
        ("lid_close_left", 386, 0, 1),
    ],
)
def test_controls_move_points_as_muscles_do(astronaut, control, point, right, down):
    rest = points(astronaut, Program.still(0.1))
    move = (points(astronaut, Program.held(**{control: 1.0})) - rest)[point]
    assert move[0] * right >= 0
    assert move[1] * down >= 0
    assert np.abs(move[:2] @ np.array([right, down])) > 1.5


def test_half_an_activation_moves_half_the_way(astronaut):
    rest, half, full = (
        points(astronaut, Program.held(lip_corner_up_left=size)) for size in (0.0, 0.5, 1.0)
    )
    assert half - rest == pytest.approx((full - rest) / 2, abs=1e-3)


def test_a_mirrored_face_with_mirrored_controls_gives_the_mirrored_picture(astronaut):
    camera = Camera(size_px=(512, 512))
    ours = Program.held(
        HeadMotion(yaw_deg=8, pitch_deg=3, roll_deg=-4),
        lip_corner_up_left=0.8,
        lid_close_right=0.6,
        jaw_open=0.4,
    )
    theirs = Program.held(
        HeadMotion(yaw_deg=-8, pitch_deg=3, roll_deg=4),
        lip_corner_up_right=0.8,
        lid_close_left=0.6,
        jaw_open=0.4,
    )
    other = mirrored_face()
    here = points(astronaut, ours, camera)
    there = points(other, theirs, camera)[MIRROR]
    there[:, 0] = 511 - there[:, 0]
    assert np.abs(here - there).max() < 0.02
    difference = np.abs(picture(astronaut, ours, camera) - picture(other, theirs, camera)[:, ::-1])
    assert difference.mean() < 0.3


def test_opening_the_jaw_shows_the_dark_of_the_mouth(astronaut):
    rest = picture(astronaut, Program.still(0.1))
    wide = picture(astronaut, Program.held(jaw_open=1.0))
    lips = points(astronaut, Program.held(jaw_open=1.0))[[13, 14], :2]
    x, y = lips.mean(0).astype(int)
    assert lips[1, 1] - lips[0, 1] > 20
    assert wide[y - 2 : y + 3, x - 4 : x + 5].mean() < 60
    assert rest[y - 2 : y + 3, x - 4 : x + 5].mean() > 100


def test_pressed_lips_meet(astronaut):
    moved = points(astronaut, Program.held(lip_press=1.0))
    assert np.abs(moved[13, 1] - moved[14, 1]) < 1.0


def test_no_pixel_is_left_black_in_the_strongest_movements(astronaut):
    program = Program.held(
        HeadMotion(yaw_deg=-18, pitch_deg=8, roll_deg=10, scale=0.9),
        pucker=1.0,
        lid_close_left=1.0,
        brow_lower_left=1.0,
    )
    grey, skin = picture(astronaut, program).mean(-1), points(astronaut, program)
    for x, y in np.rint(skin[[4, 50, 280, 205, 425, 151, 199, 187, 411], :2]).astype(int):
        assert grey[y - 3 : y + 4, x - 3 : x + 4].min() > 60


def test_a_larger_zoom_shows_the_same_face_larger(astronaut):
    small = points(astronaut, Program.still(0.1), Camera(zoom=0.5))
    large = points(astronaut, Program.still(0.1), Camera(zoom=1.5))

    def ed(landmarks):
        return np.linalg.norm(landmarks[33] - landmarks[263])

    assert ed(large) / ed(small) == pytest.approx(3.0, rel=1e-4)


def test_a_small_picture_is_the_smoothed_photograph_and_not_its_aliases(astronaut):
    camera = Camera(size_px=(128, 128), zoom=0.25)
    small = picture(astronaut, Program.still(0.1), camera)
    blocks = astronaut.photo.astype(float).reshape(128, 4, 128, 4, 3).mean((1, 3))
    aliased = astronaut.photo[2::4, 2::4].astype(float)
    assert np.abs(small - blocks).mean() < 0.5 * np.abs(aliased - blocks).mean()


@pytest.mark.parametrize(
    ("make", "error", "words"),
    [
        (lambda: VirtualFace(astronaut_photo()), ArgumentError, "both or neither"),
        (
            lambda: VirtualFace(astronaut_photo()[..., 0], astronaut_landmarks()),
            ShapeError,
            "u8 \\[H W 3\\]",
        ),
        (
            lambda: VirtualFace(astronaut_photo(), astronaut_landmarks()[:468]),
            ShapeError,
            "track the photograph first",
        ),
        (
            lambda: VirtualFace(astronaut_photo(), astronaut_landmarks() * np.nan),
            ShapeError,
            "finite",
        ),
        (
            lambda: VirtualFace(astronaut_photo(), astronaut_landmarks() * 0.1),
            ShapeError,
            "at least 10 px",
        ),
    ],
)
def test_faces_refuse_photographs_that_they_cannot_move(make, error, words):
    with pytest.raises(error, match=words):
        make()


def test_frames_beyond_the_end_are_refused(astronaut):
    with pytest.raises(ArgumentError, match="expected 0 to 1"):
        astronaut.record(Program.still(0.2), ONE).frame(2)


def test_a_portrait_with_closed_lips_gets_teeth_of_its_own():
    landmarks = astronaut_landmarks()
    middle = (landmarks[list(UPPER_LIP)] + landmarks[list(LOWER_LIP)]) / 2
    crossing = np.array([0.0, 0.2, 0.0])  # as trackers see closed lips
    landmarks[list(UPPER_LIP)], landmarks[list(LOWER_LIP)] = middle + crossing, middle - crossing
    face = VirtualFace(astronaut_photo(), landmarks)
    lips = points(face, Program.held(jaw_open=1.0))[[13, 14], :2]
    wide = picture(face, Program.held(jaw_open=1.0)).mean(-1)
    x = int(lips[:, 0].mean())
    column = wide[int(lips[0, 1]) + 2 : int(lips[1, 1]) - 1, x]
    assert lips[1, 1] - lips[0, 1] > 14
    assert column.max() > 150  # teeth
    assert column.min() < 60  # and the dark behind them


def test_a_large_photograph_is_shown_with_the_whole_head(astronaut):
    photo = np.repeat(np.repeat(astronaut.photo, 4, 0), 4, 1)
    landmarks = astronaut.landmarks_px * 4 + np.array([1.5, 1.5, 0.0])
    large = VirtualFace(photo, landmarks)
    camera = Camera(size_px=(180, 180))
    landmarks = points(large, Program.still(0.1), camera)
    assert np.linalg.norm(landmarks[33] - landmarks[263]) * 3.2 == pytest.approx(180, rel=0.01)
    nearby = points(astronaut, Program.still(0.1), camera)
    assert np.abs(landmarks - nearby)[:, :2].max() < 1.0
    difference = (
        picture(large, Program.still(0.1), camera)[40:160, 40:160]
        - (picture(astronaut, Program.still(0.1), camera)[40:160, 40:160])
    )
    assert abs(difference.mean()) < 2


def test_a_photograph_may_be_named_by_its_path(tmp_path):
    path = tmp_path / "portrait.png"
    cv2.imwrite(str(path), np.ascontiguousarray(astronaut_photo()[..., ::-1]))
    face = VirtualFace(path, astronaut_landmarks())
    np.testing.assert_array_equal(face.photo, astronaut_photo())
    with pytest.raises(VideoError):
        VirtualFace(tmp_path / "none.png", astronaut_landmarks())
