import tracemalloc

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mimetic.errors import ShapeError
from mimetic.ops import repeats
from mimetic.ops.repeats import ChangeMeter, capture_times, find_dropped, find_repeated


def pictures(count, shape=(48, 64), seed=0):
    rng = np.random.default_rng(seed)
    return [rng.integers(0, 256, (*shape, 3), dtype=np.uint8) for _ in range(count)]


def changes(frames):
    meter = ChangeMeter()
    return np.array([meter(frame) for frame in frames])


def native(count, seed=0):
    """Changes of a face that moves and rests, with sensor noise."""
    rng = np.random.default_rng(seed)
    time_s = np.arange(count) / 25
    motion = 1 + np.abs(np.sin(time_s)) * np.clip(np.sin(0.3 * time_s), 0, 1) * 3
    change = motion * rng.uniform(0.8, 1.2, count)
    change[0] = np.nan
    return change


def raised(change, cycle, *, left=0.03):
    """The changes after every frame, or one in ``cycle`` frames, is shown twice."""
    values, truth = [], []
    for index, value in enumerate(change):
        values.append(value)
        truth.append(False)
        if index % cycle == cycle - 1:
            values.append(left * np.nanmedian(change))
            truth.append(True)
    return np.array(values), np.array(truth)


def test_the_change_of_a_uniform_brightening_is_its_grey_levels():
    dark, light = np.full((48, 64, 3), 100, np.uint8), np.full((48, 64, 3), 107, np.uint8)
    measured = changes([dark, light, light])
    assert np.isnan(measured[0])
    assert measured[1:].tolist() == [7, 0]


@pytest.mark.parametrize("shape", [(480, 640), (481, 641), (1280, 720), (2, 2000), (1, 1)])
def test_large_pictures_are_measured_small(shape):
    dark, light = np.zeros((*shape, 3), np.uint8), np.full((*shape, 3), 9, np.uint8)
    meter = ChangeMeter()
    assert np.isnan(meter(dark))
    assert meter(light) == 9
    assert meter.previous.shape[0] == 1 or 226 <= meter.previous.shape[1] <= 452


def test_a_meter_goes_on_from_the_picture_it_kept():
    frames = pictures(10)
    whole = changes(frames)
    first = ChangeMeter()
    for frame in frames[:4]:
        first(frame)
    second = ChangeMeter(first.previous)
    assert [second(frame) for frame in frames[4:]] == whole[4:].tolist()


def test_a_picture_of_another_size_has_no_change():
    meter = ChangeMeter()
    meter(pictures(1)[0])
    assert np.isnan(meter(pictures(1, (40, 64))[0]))


def test_a_native_cadence_has_no_repeats():
    assert not find_repeated(native(1000)).any()


@pytest.mark.parametrize("cycle", [1, 2, 3, 5, 12])
def test_repeats_of_a_raised_rate_are_found(cycle):
    change, truth = raised(native(600), cycle)
    assert (find_repeated(change) == truth).all()


@pytest.mark.parametrize("times", [3, 4, 5])
def test_repeats_are_found_where_most_frames_are_repeats(times):
    change = native(300)
    many = np.full((300, times), 0.02)
    many[:, 0] = change
    truth = np.ones((300, times), bool)
    truth[:, 0] = False
    # Near the ends too few new frames are in sight to tell a repeat from a face that rests.
    inner = slice(8, -8)
    assert (find_repeated(many.ravel())[inner] == truth.ravel()[inner]).all()


def test_exact_repeats_are_found_in_pictures():
    frames = [
        frame for index, frame in enumerate(pictures(30)) for _ in range(1 + (index % 5 == 4))
    ]
    repeated = find_repeated(changes(frames))
    assert np.flatnonzero(repeated).tolist() == [5, 11, 17, 23, 29, 35]


def test_a_still_video_repeats_nothing():
    assert not find_repeated(np.array([np.nan, *np.zeros(100)])).any()
    noise = np.random.default_rng(0).uniform(0.9, 1.1, 100)
    assert not find_repeated(noise).any()


@pytest.mark.parametrize("marks", [[50], [50, 53]])
def test_a_cut_or_a_flash_makes_no_repeats(marks):
    change = native(100)
    change[marks] = 60
    assert not find_repeated(change).any()


def test_a_rest_after_movement_repeats_nothing_but_at_its_edge():
    change = np.array([np.nan] + [2.0] * 20 + [0.0] * 20 + [2.0] * 20)
    repeated = find_repeated(change)
    assert repeated.sum() <= 8
    assert not repeated[26:36].any()


@pytest.mark.parametrize("count", [0, 1, 2, 3])
def test_short_videos_have_answers(count):
    change = native(max(count, 1))[:count]
    assert find_repeated(change).tolist() == [False] * count
    assert find_dropped(np.arange(count) * 0.04).tolist() == [False] * count


@given(st.lists(st.floats(0, 255), max_size=60))
def test_repeats_do_not_depend_on_brightness(values):
    change = np.array([np.nan, *values])
    assert (find_repeated(change) == find_repeated(change * 4)).all()
    assert not find_repeated(change)[0]


def test_changes_of_another_shape_are_refused():
    with pytest.raises(ShapeError, match="change"):
        find_repeated(np.zeros((3, 2)))


def test_the_frame_after_a_gap_of_a_constant_rate_is_marked():
    times_s = np.delete(np.arange(200) / 30, [50, 51, 120, 198])
    assert np.flatnonzero(find_dropped(times_s)).tolist() == [50, 118, 195]


def test_times_rounded_to_milliseconds_drop_nothing():
    assert not find_dropped(np.round(np.arange(300) / 30, 3)).any()


def test_a_rate_that_alternates_or_changes_drops_nothing():
    rng = np.random.default_rng(0)
    steps = rng.choice([1 / 30, 2 / 30], 300, p=[0.6, 0.4])
    assert not find_dropped(np.cumsum(steps)).any()
    assert find_dropped(np.cumsum([1 / 30] * 100 + [1 / 24] * 100)).sum() == 0
    assert find_dropped(np.cumsum([1 / 30] * 100 + [1 / 12] * 100)).sum() <= 4


def test_a_long_pause_of_an_unsteady_camera_is_marked():
    steps = np.random.default_rng(0).uniform(0.03, 0.05, 200)
    steps[77] = 0.5
    assert np.flatnonzero(find_dropped(np.cumsum(steps))).tolist() == [77]


@given(st.floats(5, 240), st.sets(st.integers(1, 98), max_size=3))
def test_gaps_are_found_at_any_rate(rate_hz, missing):
    kept = np.array([index for index in range(100) if index not in missing])
    truth = np.diff(kept, prepend=kept[0] - 1) > 1
    assert (find_dropped(kept / rate_hz) == truth).all()


def test_times_that_do_not_increase_are_refused():
    with pytest.raises(ShapeError, match="times_s"):
        find_dropped(np.array([0.0, 0.0]))
    with pytest.raises(ShapeError, match="times_s"):
        find_dropped(np.zeros((2, 2)))


@pytest.mark.parametrize(("camera_hz", "video_hz"), [(25, 30), (24, 30), (24, 60), (25, 60)])
def test_frames_repeated_in_even_turns_get_the_even_times_of_the_camera(camera_hz, video_hz):
    shown = np.floor(np.arange(200) * camera_hz / video_hz + 1e-9) / camera_hz
    times = np.arange(200) / video_hz
    repeated = np.concatenate([[False], np.diff(shown) == 0])
    steps = np.diff(capture_times(times, repeated)[~repeated])
    np.testing.assert_allclose(steps, 1 / camera_hz, rtol=0.06)
    np.testing.assert_allclose(np.median(steps), 1 / camera_hz, rtol=0.01)


def test_lost_frames_filled_by_repeats_and_frozen_pictures_keep_their_times():
    times = np.arange(200) / 25
    lost = np.zeros(200, bool)
    lost[[40, 52, 90, 131, 140]] = True
    np.testing.assert_array_equal(capture_times(times, lost), times)
    frozen = np.zeros(200, bool)
    frozen[60:100] = True
    np.testing.assert_array_equal(capture_times(times, frozen), times)
    np.testing.assert_array_equal(capture_times(times[:9], lost[:9]), times[:9])
    uneven = np.cumsum(np.random.default_rng(0).uniform(0.01, 0.06, 200))
    np.testing.assert_array_equal(capture_times(uneven, np.zeros(200, bool)), uneven)


def test_blocks_change_nothing(monkeypatch):
    rng = np.random.default_rng(3)
    change = rng.uniform(1, 2, 1000) * np.where(rng.uniform(size=1000) < 0.3, 0.05, 1)
    change[[0, 400, 401]] = np.nan
    times_s = np.cumsum(np.where(rng.uniform(size=1000) < 0.05, 0.09, 0.04))
    whole = find_repeated(change), find_dropped(times_s)
    assert whole[0].sum() > 50 < whole[1].sum() + 30
    monkeypatch.setattr(repeats, "_BLOCK", 13)
    np.testing.assert_array_equal(find_repeated(change), whole[0])
    np.testing.assert_array_equal(find_dropped(times_s), whole[1])


def test_an_hour_is_judged_in_little_memory():
    change = np.random.default_rng(0).uniform(1, 2, 216_000)
    tracemalloc.start()
    find_repeated(change)
    find_dropped(np.arange(216_000) / 60)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert most < 20e6
