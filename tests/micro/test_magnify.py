from dataclasses import replace

import cv2
import numpy as np
import pytest

from mimetic.bench.micro.magnification import displacement_share, measure_frames
from mimetic.bench.micro.virtualevent import APEX_S, OFFSET_S, ONSET_S, VirtualEvent
from mimetic.errors import ArgumentError
from mimetic.flow.predict import FlowEstimator
from mimetic.micro.band import brief_part, without_head
from mimetic.micro.eulerian import EulerianSettings, eulerian
from mimetic.micro.magnify import MagnifySettings, frames_between, held_back, magnify, rows_of
from mimetic.micro.paste import added_in_video, paste
from mimetic.micro.push import push, sources_of
from mimetic.micro.skin import face_weight
from mimetic.types import FlowField

EVENT = VirtualEvent(rate_hz=25.0, noise=0.7)
SPAN = {"start_s": ONSET_S - 0.1, "end_s": OFFSET_S + 0.1}


@pytest.fixture(scope="module")
def clip():
    return EVENT.film(np.random.default_rng(3))


@pytest.fixture(scope="module")
def larger(clip):
    return magnify(clip, FlowEstimator.load("dis"), **SPAN, settings=MagnifySettings(by=8))


@pytest.fixture(scope="module")
def own(clip, larger):
    return measure_frames(EVENT, clip, (larger.pixels, larger.times_s), by=8)


def bump(length_px, size=64, reach_px=8.0):
    y, x = np.indices((size, size))
    bell = np.exp(-((x - 30) ** 2 + (y - 34) ** 2) / (2 * reach_px**2))
    return np.stack([length_px * bell, -0.5 * length_px * bell]).astype(np.float32)


def test_every_pixel_of_a_pushed_picture_shows_the_point_that_lands_on_it():
    field = bump(4.0)
    x, y = sources = sources_of(field)
    rows, columns = np.indices(x.shape)
    across = np.exp(-((x - 30) ** 2 + (y - 34) ** 2) / 128)
    landed = sources + np.stack([4.0 * across, -2.0 * across])
    assert np.abs(landed - np.stack([columns, rows])).max() < 0.02


def test_where_nothing_moves_a_pushed_picture_keeps_its_pixels():
    picture = np.random.default_rng(0).integers(0, 255, (64, 64, 3)).astype(np.uint8)
    field = bump(6.0) * (np.hypot(*bump(6.0)) > 0.5)
    pushed = push(picture, field)
    assert (pushed[:8] == picture[:8]).all()
    assert (pushed != picture).any()
    assert (push(picture, np.zeros_like(field)) == picture).all()


def test_skin_that_folds_over_is_covered_by_what_moves_most():
    field = np.zeros((2, 40, 40), np.float32)
    field[0, :, 10:14] = 12.0  # a strip that jumps onto still skin
    assert sources_of(field)[0][20, 24] == pytest.approx(12, abs=0.3)


def test_a_brief_pulse_keeps_its_size_and_slow_drift_is_taken_off():
    times_s = np.sort(np.random.default_rng(0).uniform(0, 6, 400))
    pulse = np.exp(-0.5 * ((times_s - 3) / 0.12) ** 2)
    moved = (pulse + 0.5 * times_s)[:, None].astype(np.float32)
    brief = brief_part(moved, times_s, shortest_s=0.04, longest_s=1.0)[:, 0]
    inner = (times_s > 1.2) & (times_s < 4.8)
    assert np.abs(brief - pulse)[inner].max() < 0.05


def test_what_the_whole_face_does_is_the_head_s_and_what_a_part_does_stays():
    y, x = np.indices((64, 64))
    head = np.stack([0.3 + 0.004 * x - 0.002 * y, 0.1 - 0.003 * x + 0.002 * y])
    own = bump(0.5, reach_px=5.0)
    rest = without_head((head + own)[None].astype(np.float32), np.ones((64, 64), np.float32))
    assert np.abs(rest[0] - own).max() < 0.02


def test_a_movement_of_a_third_of_a_pixel_becomes_eight_times_as_large(own):
    assert own["displacement"] == pytest.approx(1, abs=0.1)
    assert own["still_skin_px"] < 0.05
    assert own["background_px"] < 1e-5


def test_large_movements_are_held_back_and_small_ones_are_not():
    added = np.zeros((2, 2, 4, 4), np.float32)
    added[0, 0], added[1, 0] = 2.0, 200.0
    share = held_back(added, 14.0)
    assert share[0] == pytest.approx(1, rel=1e-4)
    assert 13 < (share[1] * added[1]).max() <= 14


def test_what_would_tear_skin_is_held_back_however_short():
    added = np.zeros((2, 2, 32, 32), np.float32)
    added[0, 1] = np.linspace(-3, 3, 32)[:, None]  # lips that part slowly over the face
    added[1, 1] = np.sign(added[0, 1]) * 3  # lips that part from one pixel to the next
    smooth, torn = held_back(added, 14.0)
    assert smooth > 0.999
    assert np.abs(np.gradient(torn * added[1, 1], axis=0)).max() <= 0.8


def test_pixels_that_show_no_face_stay_the_same_bit_by_bit(clip, larger):
    outside = face_weight(clip.mesh_px, 128) == 0
    far = outside & (np.arange(128)[:, None] < 50)
    assert (larger.pixels[:, far] == larger.clip.pixels[:, far]).all()
    assert (larger.pixels != larger.clip.pixels).any()


def test_a_clip_magnified_once_is_the_clip(clip):
    same = magnify(
        clip, FlowEstimator.load("zero"), **SPAN, settings=MagnifySettings(by=1, longest_s=0.1)
    )
    assert (same.pixels == same.clip.pixels).all()
    assert same.times_s[0] >= SPAN["start_s"]
    assert same.times_s[-1] <= SPAN["end_s"]


def test_stretches_of_a_recording_are_joined_and_what_shows_nothing_new_is_left_out(clip):
    repeated = np.arange(clip.times_s.size) % 5 == 1
    parts = [rows_of(replace(clip, repeated=repeated), slice(a, a + 20)) for a in range(0, 60, 20)]
    near = frames_between(iter(parts), start_s=0.4, end_s=1.6)
    times_s = clip.times_s[~repeated]
    wanted = times_s[(times_s >= 0.4 - 1e-9) & (times_s <= 1.6 + 1e-9)]
    assert near.times_s.tolist() == wanted.tolist()


def test_side_by_side_shows_both_at_the_same_time(larger):
    both = larger.side_by_side(zoom=1)
    assert (both[:, :, :128] == larger.clip.pixels).all()
    assert (both[:, :, 128:] == larger.pixels).all()
    assert larger.side_by_side(zoom=2).shape[1:] == (256, 512, 3)


def test_eulerian_magnification_makes_an_edge_move_less_and_noise_louder(clip, own):
    pixels, times_s = eulerian(clip, **SPAN, settings=EulerianSettings(by=8, longest_s=0.4))
    found = measure_frames(EVENT, clip, (pixels, times_s), by=8)
    assert found["displacement"] < own["displacement"]
    assert found["still_levels"] > 3 * own["still_levels"]


def test_the_measure_of_displacement_reads_what_was_done():
    from mimetic.bench.micro.virtualevent import exact_picture

    field = 8 * EVENT.field_px
    moving = np.hypot(*field) > 0.5
    shown = exact_picture(field * np.float32(0.7))
    assert displacement_share(shown, field, moving) == pytest.approx(0.7, abs=0.01)
    assert EVENT.course(np.array([ONSET_S, APEX_S, OFFSET_S])).tolist() == [0, 1, 0]


class Blind:
    """A method that finds nothing."""

    name = "blind"

    def predict(self, clip, *, against):
        t, h, w = clip.pixels.shape[:3]
        return FlowField(
            flow_px=np.full((t, 2, h, w), np.nan, np.float32), valid=np.zeros((t, h, w), bool),
            start_s=np.full(t, np.nan), end_s=clip.times_s, method="blind",
        )  # fmt: skip


def test_magnifying_refuses_what_it_cannot_do(clip, larger):
    zero = FlowEstimator.load("zero")
    for wrong in ({"by": 21}, {"by": 0.5}, {"origin": "apex"}, {"longest_s": 0.01}):
        with pytest.raises(ArgumentError, match="expected"):
            MagnifySettings(**wrong)
    for wrong in ({"by": 40}, {"wavelength_px": 0}, {"shortest_s": 3.0}):
        with pytest.raises(ArgumentError, match="expected"):
            EulerianSettings(**wrong)
    with pytest.raises(ArgumentError, match="3 frames of the face or more"):
        magnify(clip, zero, start_s=1.0, end_s=1.01)
    with pytest.raises(ArgumentError, match=r"1 to 1500 frames .* got 0"):
        magnify(clip, zero, start_s=50, end_s=51)
    with pytest.raises(ArgumentError, match="no neutral face"):
        magnify(clip, zero, **SPAN, settings=MagnifySettings(origin="neutral"))
    with pytest.raises(ArgumentError, match="blind found none"):
        magnify(clip, Blind(), **SPAN)
    with pytest.raises(ArgumentError, match="zoom"):
        larger.side_by_side(zoom=0)


def test_a_movement_is_pasted_into_the_video_at_the_scale_and_place_of_the_face(larger):
    # The face is twice as large in the video and lies 40 px to the right, 20 px down.
    count = larger.times_s.size
    placed = np.tile(np.array([[2.0, 0, 0, 40], [0, 2.0, 0, 20]]), (count, 1, 1))
    seen = replace(larger, clip=replace(larger.clip, crop_to_video=placed))
    row = int(np.argmin(np.abs(larger.times_s - APEX_S)))
    moved = added_in_video(seen, row, 300, 320)
    assert moved[:, 20:276:2, 40:296:2] == pytest.approx(2 * larger.added_px[row], abs=0.02)
    assert not moved[:, :, :40].any()
    frame = np.random.default_rng(0).integers(0, 255, (300, 320, 3)).astype(np.uint8)
    pasted = paste(frame, seen, row)
    still = np.hypot(*moved) == 0
    inner = cv2.erode(still.astype(np.uint8), np.ones((15, 15), np.uint8)) > 0
    assert (pasted[inner] == frame[inner]).all()
    assert (pasted != frame).any()
    beyond = placed + np.array([0, 0, 0, 5000.0])
    away = replace(seen, clip=replace(larger.clip, crop_to_video=beyond))
    assert (paste(frame, away, row) == frame).all()
    with pytest.raises(ArgumentError, match="row"):
        paste(frame, seen, count)
