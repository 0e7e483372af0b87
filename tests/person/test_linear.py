import dataclasses

import numpy as np
import pytest

from mimetic.errors import ArgumentError, ConfigError, SpaceError, TooLittleMovementError
from mimetic.person import PersonConfig, PersonModel
from tests.person.faces import (
    ED_PX,
    MESH_PX,
    activations,
    displacement_ed,
    frames_of,
    make_clip,
)

TIMES_S = np.arange(0, 24, 0.1)


@pytest.fixture(scope="module")
def clip():
    return make_clip(TIMES_S, noise=0.3)


@pytest.fixture(scope="module")
def model(clip):
    return PersonModel.fit([clip])


def with_gap(clip, gap):
    valid = clip.valid.copy()
    valid[gap] = False
    shape, points, pixels = clip.shape_ed.copy(), clip.landmarks_px.copy(), clip.pixels.copy()
    shape[gap], points[gap], pixels[gap] = np.nan, np.nan, 0
    return dataclasses.replace(
        clip, valid=valid, shape_ed=shape, landmarks_px=points, pixels=pixels
    )


def explained_by(codes, targets):
    design = np.c_[codes, np.ones(len(codes))]
    error = targets - design @ np.linalg.lstsq(design, targets, rcond=None)[0]
    return 1 - (error**2).sum(0) / ((targets - targets.mean(0)) ** 2).sum(0)


def test_the_planted_movements_lie_in_the_first_components(model):
    moves = model.weights.landmark_sd_ed()[:4].reshape(4, -1)
    inside, _ = np.linalg.qr(moves.T)
    planted = displacement_ed().reshape(4, -1)
    planted /= np.linalg.norm(planted, axis=1, keepdims=True)
    assert np.linalg.norm(planted @ inside, axis=1).min() > 0.99


def test_codes_tell_the_planted_activations(model, clip):
    codes = model.embed(clip).codes
    assert explained_by(codes[:, :4], activations(TIMES_S)).min() > 0.99


def test_codes_have_unit_spread_over_the_fitted_video(model, clip):
    codes = model.embed(clip).codes
    assert np.allclose(codes.mean(0), 0, atol=1e-3)
    assert np.allclose(codes.std(0, ddof=1), 1, atol=1e-2)


def test_movement_that_no_one_made_has_no_component():
    quiet = PersonModel.fit([make_clip(TIMES_S)])
    assert quiet.weights.share[:4].sum() > 0.98
    assert quiet.weights.share[4] < 0.01 * quiet.weights.share[0]


def test_codes_do_not_depend_on_the_frame_rate():
    slow = PersonModel.fit([make_clip(np.arange(0, 24, 0.2))])
    fast = PersonModel.fit([make_clip(np.arange(0, 24, 0.05))])
    clip = make_clip(TIMES_S)
    first, second = slow.embed(clip).codes[:, :4], fast.embed(clip).codes[:, :4]
    # Components of nearly equal size may turn within their plane.
    assert min(explained_by(first, second).min(), explained_by(second, first).min()) > 0.99
    assert np.abs(first.std(0) / second.std(0) - 1).max() < 0.03


def test_a_frame_has_the_same_code_alone_as_among_others(model, clip):
    part = frames_of(clip, slice(50, 60))
    assert np.allclose(model.embed(part).codes, model.embed(clip).codes[50:60], atol=1e-5)


def test_frames_shown_twice_do_not_change_the_space(model, clip):
    longer = frames_of(clip, np.arange(TIMES_S.size).repeat(2))
    longer = dataclasses.replace(longer, repeated=np.tile([False, True], TIMES_S.size))
    assert PersonModel.fit([longer]).space == model.space


def test_the_space_does_not_depend_on_how_the_video_was_cut(model, clip):
    cuts = [slice(0, 33), slice(33, 170), slice(170, None)]
    again = PersonModel.fit([frames_of(clip, cut) for cut in cuts])
    assert again.space == model.space
    assert again.weights.basis.tobytes() == model.weights.basis.tobytes()


def test_gaps_stay_gaps_and_do_not_enter_the_fit(clip):
    gap = slice(40, 60)
    gappy = with_gap(clip, gap)
    codes = PersonModel.fit([gappy]).embed(gappy)
    assert np.isnan(codes.codes[gap]).all()
    assert np.isnan(codes.code_sd[gap]).all()
    assert np.isfinite(codes.codes[gappy.valid]).all()
    assert np.array_equal(codes.valid, gappy.valid)


def test_a_clip_without_a_valid_frame_has_no_codes(model, clip):
    codes = model.embed(with_gap(clip, slice(None)))
    assert np.isnan(codes.codes).all()
    assert not codes.valid.any()


def test_code_sd_is_the_noise_that_was_added():
    calm = np.repeat(activations(np.arange(0, 12, 0.1)), 4, axis=0)
    times_s = np.arange(len(calm)) * 0.025
    clip = make_clip(times_s, noise=1.0, drive=calm)
    model = PersonModel.fit([clip])
    clean = model.embed(make_clip(times_s, noise=0.0, drive=calm)).codes
    codes = model.embed(clip)
    error = (codes.codes - clean).std(0)[:4]
    assert np.allclose(np.median(codes.code_sd, axis=0)[:4], error, rtol=0.5)


def test_a_frame_unlike_all_others_is_less_certain(model, clip):
    pixels = clip.pixels.copy()
    pixels[7, 40:100, 30:70] = 20
    odd = model.embed(dataclasses.replace(clip, pixels=pixels))
    assert (odd.code_sd[7] > 2 * model.embed(clip).code_sd[7]).all()


def test_a_short_video_gets_fewer_components():
    short = PersonModel.fit([make_clip(np.arange(20) * 0.1, noise=1.0)])
    assert len(short.weights.sd) == 5
    assert short.embed(make_clip(np.arange(20) * 0.1)).codes.shape == (20, 5)


def test_less_than_a_minute_is_said_aloud_and_more_is_not():
    short, enough = np.arange(0, 58, 0.2), np.arange(0, 60, 0.2)
    assert any("58 s" in limit for limit in PersonModel.fit([make_clip(short)]).limits)
    assert not any("misses" in limit for limit in PersonModel.fit([make_clip(enough)]).limits)


def test_time_without_a_face_does_not_count_as_seconds_of_video(clip):
    facts = PersonModel.fit([with_gap(clip, slice(100, 200))]).facts
    assert facts.seconds == pytest.approx(14.0)
    assert (facts.frames, facts.distinct_frames) == (240, 140)


def test_two_recordings_count_together():
    clip = make_clip(TIMES_S, noise=0.3)
    facts = PersonModel.fit([clip, clip]).facts
    assert facts.seconds == pytest.approx(48.0)


def test_pose_that_goes_with_expression_is_found_in_the_codes(clip):
    drive = activations(TIMES_S)
    turning = dataclasses.replace(
        clip,
        yaw_deg=20 * drive[:, 0],
        pitch_deg=np.sin(TIMES_S * 2.1) * 5,
        roll_deg=np.full(TIMES_S.size, 3.0),
    )
    model = PersonModel.fit([turning])
    assert model.facts.pose_leak_r2["yaw"] > 0.95
    assert model.facts.pose_leak_r2["pitch"] < 0.3
    assert "roll" not in model.facts.pose_leak_r2
    assert 0.1 < model.facts.pose_share < 0.9
    assert any("yaw" in limit for limit in model.limits)


def test_pose_that_never_changes_is_not_tested(model):
    assert model.facts.pose_leak_r2 == {}
    assert model.facts.pose_share is None
    assert any("could not be tested" in limit for limit in model.limits)


def test_a_noisy_space_says_so():
    noisy = PersonModel.fit([make_clip(TIMES_S, noise=8.0)])
    assert any("Noise" in limit for limit in noisy.limits)


def test_a_video_too_short_to_measure_noise_has_no_code_sd():
    times_s = np.arange(10) * 0.1
    tiny = PersonModel.fit([make_clip(times_s, noise=1.0)])
    assert tiny.facts.jitter is None
    assert tiny.embed(make_clip(times_s)).code_sd is None


def test_the_neutral_face_of_the_clip_is_the_neutral_face_of_the_space(clip):
    neutral = make_clip([0.0], drive=[[0, 0, 0, 0]])
    told = dataclasses.replace(
        clip, neutral_pixels=neutral.pixels[0], neutral_shape_ed=neutral.shape_ed[0]
    )
    model = PersonModel.fit([told])
    assert np.allclose(model.neutral_codes, model.embed(neutral).codes[0], atol=1e-5)
    assert np.array_equal(model.weights.neutral_pixels, neutral.pixels[0])


def test_without_a_neutral_face_the_most_average_frame_stands_in(model, clip):
    codes = model.embed(clip).codes
    nearest = int((codes.astype(float) ** 2).sum(1).argmin())
    assert np.allclose(model.neutral_codes, codes[nearest], atol=1e-5)


def test_long_videos_are_thinned_for_the_trial_run(clip, monkeypatch):
    monkeypatch.setattr("mimetic.person.calibrate.MOST_ROWS", 300)
    model = PersonModel.fit([clip] * 5)
    assert model.facts.distinct_frames == 5 * TIMES_S.size
    assert model.facts.jitter > 0


def test_an_iterator_is_refused_because_it_can_be_read_only_once(clip):
    with pytest.raises(ArgumentError, match="read again"):
        PersonModel.fit(iter([clip]))


def test_no_clips_are_refused():
    with pytest.raises(TooLittleMovementError, match="at least one stretch"):
        PersonModel.fit([])


def test_fewer_than_ten_distinct_frames_are_refused(clip):
    repeated = np.ones(TIMES_S.size, bool)
    repeated[:9] = False
    with pytest.raises(TooLittleMovementError, match="got 9"):
        PersonModel.fit([dataclasses.replace(clip, repeated=repeated)])
    with pytest.raises(TooLittleMovementError, match="got 0"):
        PersonModel.fit([with_gap(clip, slice(None))])


def test_a_still_picture_is_refused():
    with pytest.raises(TooLittleMovementError, match="landmarks and pixels"):
        PersonModel.fit([make_clip(TIMES_S, drive=np.zeros((TIMES_S.size, 4)))])


def test_stretches_of_different_persons_are_refused(clip):
    with pytest.raises(ArgumentError, match="person 0 and person 1 of one") as refused:
        PersonModel.fit([clip, dataclasses.replace(clip, person=1)])
    assert not isinstance(refused.value, TooLittleMovementError)


def test_unknown_landmark_schemes_are_refused(clip):
    few = {
        "shape_ed": clip.shape_ed[:, :300],
        "landmarks_px": clip.landmarks_px[:, :300],
        "mesh_px": clip.mesh_px[:300],
    }
    with pytest.raises(ArgumentError, match="468 or 478"):
        PersonModel.fit([dataclasses.replace(clip, **few)])


def test_crops_that_are_not_square_are_refused(clip):
    cut = dataclasses.replace(clip, pixels=clip.pixels[:, :100], depth_px=clip.depth_px[:100])
    with pytest.raises(ArgumentError, match="square"):
        PersonModel.fit([cut])


def test_a_clip_of_another_size_is_not_embedded(model, clip):
    small = dataclasses.replace(
        clip, pixels=clip.pixels[:, ::2, ::2], depth_px=clip.depth_px[::2, ::2]
    )
    with pytest.raises(SpaceError, match="64 x 64"):
        model.embed(small)


def test_clips_that_change_between_readings_are_refused(clip):
    class Fickle:
        readings = 0

        def __iter__(self):
            self.readings += 1
            return iter([clip] if self.readings < 5 else [])

    with pytest.raises(ArgumentError, match="every time"):
        PersonModel.fit(Fickle())


def test_a_configuration_out_of_range_is_refused():
    with pytest.raises(ConfigError, match="components: expected 1 or more, got 0"):
        PersonConfig(components=0)


def test_the_mesh_scale_is_one_eye_distance(clip):
    assert clip.ed_px == pytest.approx(ED_PX)
    assert np.allclose(MESH_PX[[33, 263], :2].mean(0), [64, 46])
