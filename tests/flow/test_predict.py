import numpy as np
import pytest

from mimetic.errors import ArgumentError, ShapeError
from mimetic.flow.clips import join_clips, last_frames
from mimetic.flow.predict import AUTO, FlowEstimator, FlowSettings
from mimetic.flow.records import Estimate
from mimetic.ops.stabilise import ellipse_mask
from tests.flow.clips import SIZE, clip_of, displaced, eight_bits, texture

PICTURE = texture()
CLASSICAL = ("farneback", "tvl1", "dis", "dis-vr", "dis-vr-fast", "deepflow")
INNER = (slice(12, -12), slice(12, -12))


def constant(right, down):
    return np.stack([np.full((SIZE, SIZE), right), np.full((SIZE, SIZE), down)])


def bump(peak_px, centre=(80, 60), width_px=12.0):
    rows, columns = np.indices((SIZE, SIZE))
    hill = np.exp(-((columns - centre[0]) ** 2 + (rows - centre[1]) ** 2) / (2 * width_px**2))
    return np.stack([peak_px * hill, 0.5 * peak_px * hill])


def shifted(pixels):
    """A still face that moves right by whole numbers of pixels."""
    return eight_bits(displaced(PICTURE, constant(-pixels, 0.0)))


@pytest.mark.parametrize("name", CLASSICAL)
def test_a_shift_by_a_whole_and_a_half_pixel_is_found_within_a_tenth(name):
    flow = constant(1.5, -0.75)
    found = FlowEstimator.load(name).pair(eight_bits(displaced(PICTURE, flow)), eight_bits(PICTURE))
    assert found.dtype == np.float32
    assert found.shape == (2, SIZE, SIZE)
    assert np.abs(found - flow)[:, *INNER].mean() < 0.1


@pytest.mark.parametrize("name", ["auto", "dis-vr"])
@pytest.mark.parametrize(("peak_px", "share"), [(0.3, 0.25), (1.0, 0.12), (3.0, 0.1)])
def test_flow_of_a_known_warp_is_found_within_a_share_of_its_peak(name, peak_px, share):
    flow = bump(peak_px)
    found = FlowEstimator.load(name).pair(eight_bits(displaced(PICTURE, flow)), eight_bits(PICTURE))
    moving = np.hypot(*flow) > 0.3 * peak_px
    assert np.hypot(*(found - flow))[moving].mean() < share * peak_px


def test_a_lamp_that_brightens_is_no_movement():
    bright = np.clip(PICTURE * (1 + 0.2 * np.linspace(-1, 1, SIZE)) + 8, 0, 255)
    first, second = eight_bits(PICTURE), eight_bits(bright)
    auto = FlowEstimator.load().pair(first, second)
    plain = FlowEstimator.load("dis-vr").pair(first, second)
    assert np.hypot(*auto)[INNER].mean() < 0.08
    assert np.hypot(*auto)[INNER].mean() < np.hypot(*plain)[INNER].mean()


def test_zero_flow_is_zero_and_grey_and_colour_agree():
    grey = eight_bits(PICTURE)[..., 0]
    assert not FlowEstimator.load("zero").pair(grey, grey).any()
    auto = FlowEstimator.load("auto")
    moved = shifted(1.0)
    np.testing.assert_array_equal(
        auto.pair(grey, moved[..., 0]), auto.pair(eight_bits(PICTURE), moved)
    )


def test_the_flow_does_not_depend_on_the_number_of_threads():
    cv2 = pytest.importorskip("cv2")
    auto, before = FlowEstimator.load(), cv2.getNumThreads()
    try:
        flows = []
        for threads in (1, 4):
            cv2.setNumThreads(threads)
            flows.append(auto.pair(shifted(0.0), shifted(0.7)))
            assert cv2.getNumThreads() == threads
    finally:
        cv2.setNumThreads(before)
    np.testing.assert_array_equal(*flows)


def test_neighbours_are_distinct_frames_at_their_true_times():
    pictures = [shifted(0), shifted(1), shifted(1), shifted(2)]
    clip = clip_of(pictures, [0, 0.04, 0.06, 0.1], repeated=[0, 0, 1, 0])
    field = FlowEstimator.load().predict(clip)
    np.testing.assert_array_equal(field.start_s, [0, 0.04])
    np.testing.assert_array_equal(field.end_s, [0.04, 0.1])
    inside = ellipse_mask(SIZE)
    np.testing.assert_array_equal(field.valid, np.stack([inside, inside]))
    np.testing.assert_allclose(field.flow_px[:, 0][field.valid].mean(), 1, atol=0.03)
    assert np.isnan(field.flow_px[:, :, 0, 0]).all()
    assert field.method == AUTO


def test_a_missing_frame_makes_both_its_pairs_missing():
    clip = clip_of([shifted(k) for k in range(4)], [0, 1, 2, 3], valid=[1, 0, 1, 1])
    field = FlowEstimator.load("dis").predict(clip)
    assert field.valid.any((1, 2)).tolist() == [False, False, True]


def test_flow_from_neutral_covers_every_distinct_frame():
    clip = clip_of(
        [shifted(0), shifted(1), shifted(1)],
        [0, 0.04, 0.05],
        repeated=[0, 0, 1],
        neutral=shifted(0),
    )
    field = FlowEstimator.load().predict(clip, against="neutral")
    assert field.valid.any((1, 2)).tolist() == [True, True, False]
    means = [np.nanmean(field.flow_px[n, 0]) for n in (0, 1)]
    np.testing.assert_allclose(means, [0, 1], atol=0.03)
    assert np.isnan(field.start_s).all()
    np.testing.assert_array_equal(field.end_s, clip.times_s)


def test_a_lag_in_seconds_pairs_the_frames_that_far_apart():
    times = np.array([0, 0.04, 0.08, 0.12, 0.16, 0.20])
    clip = clip_of([shifted(0.5 * k) for k in range(6)], times)
    field = FlowEstimator.load("dis").predict(clip, against=0.085)
    np.testing.assert_allclose(field.end_s - field.start_s, 0.08)
    assert field.start_s.size == 4
    np.testing.assert_allclose(np.nanmean(field.flow_px[:, 0]), 1, atol=0.05)


@pytest.mark.parametrize("against", ["neighbour", 0.1])
def test_a_single_frame_has_one_missing_pair(against):
    field = FlowEstimator.load("dis").predict(clip_of([shifted(0)], [0.0]), against=against)
    assert field.flow_px.shape == (1, 2, SIZE, SIZE)
    assert not field.valid.any()
    assert np.isnan([field.start_s[0], field.end_s[0]]).all()


def test_stretches_joined_at_the_last_frames_frame_give_the_flow_of_the_whole():
    pictures = [shifted(0.5 * k) for k in (0, 1, 1, 2, 3)]
    repeated = [0, 0, 1, 0, 0]
    times = np.arange(5) / 25
    dis = FlowEstimator.load("dis")
    whole = dis.predict(clip_of(pictures, times, repeated))
    one = clip_of(pictures[:3], times[:3], repeated[:3])
    other = clip_of(pictures[3:], times[3:], repeated[3:])
    parts = [dis.predict(one), dis.predict(join_clips(last_frames(one), other))]
    np.testing.assert_array_equal(whole.flow_px, np.concatenate([part.flow_px for part in parts]))
    np.testing.assert_array_equal(whole.end_s, np.concatenate([p.end_s for p in parts]))


def test_a_lag_shorter_than_a_step_pairs_neighbours_and_a_gap_has_no_pair():
    dis = FlowEstimator.load("dis")
    slow = dis.predict(clip_of([shifted(0)] * 3, [0, 0.083, 0.167]), against=0.04)
    np.testing.assert_allclose(slow.start_s, [0, 0.083])
    gap = dis.predict(clip_of([shifted(0)] * 5, [0, 0.04, 0.08, 0.2, 0.24]), against=0.08)
    np.testing.assert_allclose(np.stack([gap.start_s, gap.end_s], 1), [[0, 0.08], [0.08, 0.2]])


def test_the_end_of_a_stretch_reaches_back_as_far_as_asked():
    clip = clip_of([shifted(0)] * 6, np.arange(6) / 100, repeated=[0, 0, 0, 0, 0, 1])
    assert last_frames(clip).times_s.tolist() == [0.04]
    assert last_frames(clip, seconds=0.02).times_s.tolist() == [0.02, 0.03, 0.04]
    assert last_frames(clip, seconds=9).times_s.size == 5


def test_bad_pictures_and_names_are_refused():
    auto, good = FlowEstimator.load(), eight_bits(PICTURE)
    with pytest.raises(ArgumentError, match="name: expected auto or one of zero"):
        FlowEstimator.load("raft")
    with pytest.raises(ShapeError, match=r"expected one size, got \[128, 128\] and \[64, 128\]"):
        auto.pair(good, good[:64])
    with pytest.raises(ShapeError, match=r"second: expected \[H W\] or \[H W 3\]"):
        auto.pair(good, good[..., :2])
    with pytest.raises(ShapeError, match=r"first: expected uint8 .* got float64; scale"):
        auto.pair(np.full((32, 32), np.nan), good)
    with pytest.raises(ShapeError, match="at least 16 px"):
        auto.pair(good[:8], good[:8])


def test_clips_that_cannot_be_measured_so_are_refused():
    auto = FlowEstimator.load()
    clip = clip_of([shifted(0), shifted(1)], [0, 0.04])
    with pytest.raises(ArgumentError, match="expected neutral_pixels"):
        auto.predict(clip, against="neutral")
    for against in ("next", -1.0, np.nan, 0.0):
        with pytest.raises(ArgumentError, match="expected neighbour, neutral or positive"):
            auto.predict(clip, against=against)
    with pytest.raises(ArgumentError, match="one after the other"):
        join_clips(clip, clip)
    with pytest.raises(ArgumentError, match="at least one distinct"):
        last_frames(clip_of([shifted(0)], [0], repeated=[1]))


@pytest.mark.parametrize("against", ["neighbour", "neutral"])
@pytest.mark.parametrize(("far", "axis"), [(200.0, 0), (-127.5, 1), (np.inf, 0), (np.nan, 1)])
def test_a_match_from_beyond_the_crop_is_missing(against, far, axis):
    def leaps(first, second):
        flow = np.full((2, SIZE, SIZE), 1.5, np.float32)
        flow[axis, 60:70, 60:70] = far
        return Estimate(flow)

    pictures = [eight_bits(PICTURE)] * 2
    clip = clip_of(pictures, [0.0, 0.04], neutral=pictures[0])
    found = FlowEstimator("leaps", leaps).predict(clip, against=against)
    assert not found.valid[:, 60:70, 60:70].any()
    assert np.isnan(found.flow_px[:, :, 60:70, 60:70]).all()
    kept = ellipse_mask(SIZE)
    kept[60:70, 60:70] = False
    np.testing.assert_array_equal(found.valid, np.broadcast_to(kept, found.valid.shape))
    assert (found.flow_px[:, :, kept] == 1.5).all()


@pytest.mark.parametrize(
    "picture",
    [
        np.full((32, 32), 0.5, np.float32),
        np.full((32, 32), np.nan),
        np.full((32, 32), 40_000, np.uint16),
        np.ones((32, 32), bool),
        np.full((32, 32, 3), 7, np.int64),
    ],
)
def test_pictures_of_another_type_are_refused_with_what_to_do(picture):
    good = np.full((32, 32), 9, np.uint8)
    auto = FlowEstimator.load()
    for pair in ((picture, good), (good, picture)):
        with pytest.raises(ShapeError, match=f"expected uint8 .* got {picture.dtype}; scale and"):
            auto.estimate(*pair)
    with pytest.raises(ShapeError, match="before: expected uint8"):
        auto.triple(picture, good, good)


@pytest.mark.parametrize("shape", [(1, 1), (1, 1, 3), (15, 200), (200, 15), (0, 20)])
def test_a_picture_of_one_pixel_or_a_strip_is_refused(shape):
    with pytest.raises(ShapeError, match="at least 16 px a side"):
        FlowEstimator.load().pair(np.zeros(shape, np.uint8), np.zeros(shape, np.uint8))


@pytest.mark.parametrize("shape", [(32,), (32, 32, 1), (32, 32, 4), (2, 32, 32, 3)])
def test_pictures_of_another_shape_are_refused(shape):
    with pytest.raises(ShapeError, match=r"first: expected \[H W\] or \[H W 3\]"):
        FlowEstimator.load().pair(np.zeros(shape, np.uint8), np.zeros((32, 32), np.uint8))


def test_the_error_that_a_method_predicts_is_kept_where_its_flow_is():
    clip = clip_of([shifted(0.4 * k) for k in range(3)], [0, 0.04, 0.08], valid=[1, 1, 0])
    field = FlowEstimator.load("closed-form").predict(clip)
    assert field.sigma_px.shape == field.valid.shape
    np.testing.assert_array_equal(np.isfinite(field.sigma_px), field.valid)
    assert 0 < np.nanmedian(field.sigma_px) < 0.2
    assert FlowEstimator.load("dis").predict(clip).sigma_px is None


def noisy(pixels, seed):
    return eight_bits(displaced(PICTURE, constant(-pixels, 0.0)), noise=2.0, seed=seed)


def test_three_frames_are_better_than_two_where_there_is_one_before():
    pictures = [noisy(at, seed) for seed, at in enumerate((0.0, 0.5, 1.2, 2.1))]
    clip = clip_of(pictures, [0, 0.04, 0.08, 0.12])
    two, three = (
        FlowEstimator.load("dis-vr", FlowSettings(frames=frames)).predict(clip) for frames in (2, 3)
    )
    np.testing.assert_array_equal(two.flow_px[0], three.flow_px[0])
    for n, step in ((1, 0.7), (2, 0.9)):
        wrong = [
            np.nanmean(np.hypot(field.flow_px[n, 0] - step, field.flow_px[n, 1]))
            for field in (two, three)
        ]
        assert wrong[1] < 0.95 * wrong[0]


@pytest.mark.parametrize(
    ("times_s", "valid"), [([0, 0.04, 0.12], [1, 1, 1]), ([0, 0.04, 0.08], [0, 1, 1])]
)
def test_a_frame_after_a_gap_or_without_a_face_is_not_used_as_the_one_before(times_s, valid):
    clip = clip_of([shifted(0.5 * k) for k in range(3)], times_s, valid=valid)
    two, three = (
        FlowEstimator.load("dis", FlowSettings(frames=frames)).predict(clip) for frames in (2, 3)
    )
    np.testing.assert_array_equal(two.flow_px, three.flow_px)


def test_from_neutral_three_frames_are_two():
    clip = clip_of([shifted(0), shifted(1)], [0, 0.04], neutral=shifted(0))
    two, three = (
        FlowEstimator.load("dis", FlowSettings(frames=frames)).predict(clip, against="neutral")
        for frames in (2, 3)
    )
    np.testing.assert_array_equal(two.flow_px, three.flow_px)
