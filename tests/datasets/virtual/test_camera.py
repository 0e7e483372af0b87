import numpy as np
import pytest

from mimetic.datasets.virtual import Camera
from mimetic.datasets.virtual.camera import develop, make_schedule
from mimetic.errors import ArgumentError

GREY = np.full((40, 60, 3), 120, np.uint8)


def filmed(picture=GREY, *, time_s=0.0, source=0, seed=0, **camera):
    return develop(picture, Camera(**camera), time_s=time_s, source=source, seed=seed)


def test_an_even_rate_gives_even_times():
    schedule = make_schedule(Camera(rate_hz=50), 0.1, seed=0)
    assert schedule.times_s == pytest.approx([0, 0.02, 0.04, 0.06, 0.08])
    assert not schedule.repeated.any()
    assert not schedule.dropped.any()


def test_raising_25_to_30_repeats_every_sixth_picture():
    schedule = make_schedule(Camera(rate_hz=30, raised_from_hz=25), 1.0, seed=0)
    assert schedule.repeated.sum() == 5
    assert np.array_equal(schedule.repeated, np.diff(schedule.shown_s, prepend=-1) == 0)
    assert (schedule.times_s >= schedule.shown_s - 1e-12).all()
    assert (schedule.times_s - schedule.shown_s).max() < 1 / 25


def test_dropped_frames_leave_a_gap_that_is_declared_after_it():
    schedule = make_schedule(Camera(rate_hz=10, dropped=(3, 4, 8)), 1.0, seed=0)
    assert schedule.times_s == pytest.approx([0, 0.1, 0.2, 0.5, 0.6, 0.7, 0.9])
    assert np.flatnonzero(schedule.dropped).tolist() == [3, 6]


def test_jitter_keeps_times_in_order_and_the_picture_at_its_own_time():
    schedule = make_schedule(Camera(rate_hz=25, jitter_s=0.015), 4.0, seed=3)
    steps = np.diff(schedule.times_s)
    assert steps.min() > 0.02
    assert steps.std() > 0.002
    assert np.array_equal(schedule.times_s, schedule.shown_s)


def test_given_times_are_used_as_they_are():
    times = (0.0, 0.03, 0.11)
    assert make_schedule(Camera(times_s=times), 1.0, seed=0).times_s.tolist() == list(times)


def test_noise_has_the_declared_spread_and_follows_seed_and_source():
    noisy = filmed(noise_sigma=3.0).astype(float)
    assert noisy.std() == pytest.approx(3.0, rel=0.05)
    assert np.array_equal(noisy, filmed(noise_sigma=3.0))
    assert not np.array_equal(noisy, filmed(noise_sigma=3.0, source=1))
    assert not np.array_equal(noisy, filmed(noise_sigma=3.0, seed=1))


def test_light_sways_within_its_share():
    means = [filmed(light=0.2, time_s=t).mean() / 120 for t in np.arange(0, 20, 0.5)]
    assert 0.79 < min(means) < 0.95
    assert 1.05 < max(means) < 1.21


def test_blur_keeps_the_mean_and_lowers_the_contrast():
    picture = np.random.default_rng(0).integers(0, 255, (40, 60, 3)).astype(np.uint8)
    soft = filmed(picture, blur_px=2.0)
    assert soft.mean() == pytest.approx(picture.mean(), abs=2)
    assert soft.std() < 0.3 * picture.std()


def test_a_low_quality_changes_the_picture_more_than_a_high_one():
    rows = np.linspace(0, 255, 60).astype(np.uint8)
    picture = np.repeat(np.repeat(rows[None, :, None], 40, 0), 3, 2)
    picture[10:20, 10:20] = 255

    def change(quality):
        return np.abs(filmed(picture, quality=quality).astype(float) - picture).mean()

    assert change(15) > 2 * change(95)


@pytest.mark.parametrize(
    ("camera", "words"),
    [
        ({"rate_hz": 0}, "rate_hz"),
        ({"size_px": (8, 100)}, "size_px"),
        ({"zoom": 0.0}, "zoom"),
        ({"noise_sigma": -1}, "noise_sigma"),
        ({"blur_px": -1}, "blur_px"),
        ({"light": 1.0}, "light"),
        ({"quality": 0}, "quality"),
        ({"raised_from_hz": 60.0}, "raised_from_hz"),
        ({"jitter_s": 0.02}, "jitter_s"),
        ({"times_s": (0.0, 0.0)}, "increasing"),
        ({"times_s": ()}, "at least one"),
        ({"times_s": (0.0, 1.0), "dropped": (1,)}, "alone"),
    ],
)
def test_cameras_refuse_what_no_camera_does(camera, words):
    with pytest.raises(ArgumentError, match=words):
        Camera(**camera)


def test_all_faults_of_a_camera_are_told_at_once():
    with pytest.raises(ArgumentError, match=r"rate_hz.*blur_px"):
        Camera(rate_hz=-1, blur_px=-1)


def test_frames_that_do_not_exist_cannot_be_dropped():
    with pytest.raises(ArgumentError, match="from 1 to 9, got \\[12\\]"):
        make_schedule(Camera(rate_hz=10, dropped=(12,)), 1.0, seed=0)
