"""The parts of spotting, each with an answer that is known beforehand."""

from dataclasses import replace

import numpy as np
import pytest

from mimetic.errors import ArgumentError
from mimetic.micro.compare import blurred_contrast, compare
from mimetic.micro.detect import even_series, find_peaks, pulse_filter, pulse_shape
from mimetic.micro.patches import make_patches
from mimetic.micro.signal import fine_motion
from mimetic.micro.threshold import RestPeaks, rest_peaks
from mimetic.ops.head import head_basis
from tests.micro.moving import bump, face_mesh, mirrored, moving_clip, pulse, rows_of

PATCHES = make_patches(face_mesh())


def contrast_moved(field, noise=0.0):
    clip = moving_clip([(field, lambda t: (t > 0.005).astype(float))], duration_s=0.02, noise=noise)
    return [blurred_contrast(picture) for picture in clip.pixels]


def test_a_patch_moves_by_about_the_mean_of_its_displacement():
    field = bump((46, 90), (0.0, -0.4), radius_px=14.0)
    before, after = contrast_moved(field)
    found = compare(after[None], before, PATCHES)[0]
    nearest = int(np.hypot(*(PATCHES.middles_px - (46, 90)).T).argmin())
    rows, columns = np.indices((128, 128))
    x, y = PATCHES.middles_px[nearest]
    bell = np.exp(-((columns - x) ** 2 + (rows - y) ** 2) / (2 * 8.0**2))
    mean = (bell * field[1]).sum() / bell.sum()
    assert 0.6 * mean > found[nearest, 1] > 1.1 * mean
    assert abs(found[nearest, 0]) < 0.04
    far = np.hypot(*(PATCHES.middles_px - (46, 90)).T) > 45
    assert np.abs(found[far]).max() < 0.05


def test_the_motion_of_the_head_is_taken_out():
    basis = head_basis(128, 128)
    field = 0.3 * np.stack([basis[0] + 0.5 * basis[3], -basis[0] + 0.4 * basis[1]])
    before, after = contrast_moved(field)
    assert np.abs(compare(after[None], before, PATCHES)[0]).max() < 0.03


def test_light_is_no_movement():
    clip = moving_clip([], duration_s=0.02, noise=0.0)
    before, after = (
        blurred_contrast(np.uint8(np.rint(gain * clip.pixels[0]))) for gain in (1, 1.15)
    )
    assert np.abs(compare(after[None], before, PATCHES)[0]).max() < 0.02


def test_patches_are_skin_and_lie_in_mirrored_pairs():
    mesh = face_mesh()
    inside_mouth = mesh[[13, 14], :2].mean(0)
    cells = np.stack([PATCHES.pixels % 128, PATCHES.pixels // 128], axis=1)
    assert np.hypot(*(cells - inside_mouth).T).min() > 1
    left, right = PATCHES.pairs.T
    assert (PATCHES.mirror[PATCHES.mirror] == np.arange(PATCHES.mirror.size)).all()
    assert (PATCHES.middles_px[left, 0] > PATCHES.middles_px[right, 0]).all()


def test_a_face_outside_the_crop_has_no_patches():
    with pytest.raises(ArgumentError, match="expected skin in 20 cells"):
        make_patches(face_mesh() + np.float32([200, 0, 0]))


def test_stretches_give_the_same_as_the_whole():
    clip = moving_clip([(bump((46, 90), (0.2, 0.0)), lambda t: pulse(t, 1.0, 1.1, 1.2))])
    whole = fine_motion([clip])
    parts = fine_motion([rows_of(clip, slice(n, n + 37)) for n in range(0, 400, 37)])
    assert (whole.moved_px == parts.moved_px).all()
    assert (whole.signs == parts.signs).all()
    assert set(whole.part.tolist()) == {0}


def test_a_long_gap_begins_a_new_part_and_missing_frames_stay_missing():
    clip = moving_clip([], duration_s=5.0, rate_hz=50.0)
    valid = np.ones(250, bool)
    valid[100:180] = False
    shape = clip.shape_ed.copy()
    shape[~valid] = np.nan
    motion = fine_motion([replace(clip, valid=valid, shape_ed=shape)])
    assert np.isnan(motion.moved_px[100:180]).all()
    assert np.isfinite(motion.moved_px[valid]).all()
    assert motion.part[:100].tolist() == [0] * 100
    assert motion.part[180:].tolist() == [1] * 70
    assert np.isnan(even_series(motion).values[105:175]).all()


def test_repeated_frames_do_not_count():
    clip = moving_clip([], duration_s=3.0, rate_hz=60.0)
    repeated = np.arange(180) % 2 == 1
    series = even_series(fine_motion([replace(clip, repeated=repeated)]))
    assert series.rate_hz == pytest.approx(30.0)


def test_mirrored_pictures_give_mirrored_movement():
    clip = moving_clip([(bump((46, 90), (0.3, -0.2)), lambda t: pulse(t, 0.5, 0.6, 0.7))], noise=0)
    clip = rows_of(clip, slice(0, 100))
    one, other = fine_motion([clip]), fine_motion([mirrored(clip)])
    # The mesh stays as it is, so that openings lie a little otherwise.
    column = int(np.hypot(*(one.patches.middles_px - (46, 90)).T).argmin())
    partner = one.patches.mirror[column]
    np.testing.assert_allclose(
        one.moved_px[:, column] * [-1, 1], other.moved_px[:, partner], atol=0.03
    )


@pytest.mark.parametrize("duration_s", [0.1, 0.25, 0.4])
def test_a_filter_reads_the_height_of_its_pulse_beside_any_line(duration_s):
    weights = pulse_filter(duration_s, 100.0)
    half = weights.size // 2
    times_s = np.arange(-half, half + 1) / 100.0
    course = 3.0 * pulse_shape(1 - np.abs(times_s) / (duration_s / 2)) + 5 - 7 * times_s
    assert weights @ course == pytest.approx(3.0)


def test_the_peak_of_a_pulse_is_the_largest_and_has_its_length():
    clip = moving_clip([(bump((46, 90), (0.0, -0.4)), lambda t: pulse(t, 1.4, 1.5, 1.65))])
    peak = find_peaks(even_series(fine_motion([clip])))[0]
    assert peak.time_s == pytest.approx(1.51, abs=0.03)
    assert peak.duration_s in (0.16, 0.25, 0.4)
    assert peak.score == pytest.approx(np.nanmax(peak.whitened) ** 2 / 2)


def test_the_threshold_lets_through_what_was_asked_for():
    rng = np.random.default_rng(0)
    minutes = 30.0
    scores = 7 + rng.gumbel(0, 1.8, 12_000)
    found = rest_peaks(scores, minutes)
    for rate in (0.5, 1.0, 5.0):
        told = (scores > found.threshold(rate)).sum() / minutes
        assert rate / 2.5 < told < 1.6 * rate + 0.3


def test_movements_do_not_raise_the_threshold():
    rng = np.random.default_rng(1)
    rest = 7 + rng.gumbel(0, 1.8, 400)
    moving = np.concatenate([rest, rng.uniform(60, 600, 60)])
    still, lively = (rest_peaks(each, 1.0).threshold(1.0) for each in (rest, moving))
    assert lively == pytest.approx(still, abs=1.0)


def test_rate_and_threshold_undo_each_other():
    rest = RestPeaks(middle=8.0, tail=2.5, per_min=400.0)
    assert rest.rate(rest.threshold(2.0)) == pytest.approx(2.0)
    with pytest.raises(ArgumentError, match="at most 200"):
        rest.threshold(300.0)
