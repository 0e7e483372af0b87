import numpy as np
import pytest

from mimetic.errors import ArgumentError
from mimetic.relations.courses import read_courses, signal_names
from mimetic.relations.features import feature_table
from tests.relations.clips import FEATURES, clip, smile


def read(rate_hz=25.0, sign=1.0, valid=None, **options):
    times_s = np.arange(0, 4, 1 / rate_hz)
    courses = sign * np.stack([smile(times_s, **options), smile(times_s, onset_s=1.4)], axis=1)
    return clip(courses, times_s, valid=None if valid is None else valid(times_s))


def test_displacements_become_one_signal_along_the_movement():
    assert signal_names(FEATURES) == ("displacement", "area_change")
    assert signal_names(("strength",)) == ("strength",)
    courses = read_courses(read())
    assert courses.slow.shape[:2] == (2, 2)
    assert courses.slow[0, 0].max() == pytest.approx(0.1, rel=0.02)


def test_the_far_end_of_a_movement_is_positive_whichever_way_it_goes():
    there, back = read_courses(read(sign=1.0)), read_courses(read(sign=-1.0))
    assert np.allclose(there.slow[:, 0], back.slow[:, 0], atol=1e-6)


def test_the_fine_band_holds_the_tremble_and_little_of_the_course():
    times_s = np.arange(0, 4, 0.04)
    fine = 0.005 * np.sin(2 * np.pi * 4 * times_s)[:, None]
    still = read_courses(clip(0 * fine, times_s, fine=fine))
    smiling = read_courses(clip(smile(times_s)[:, None], times_s, fine=fine))
    steady = read_courses(clip(smile(times_s)[:, None], times_s))
    assert still.fast[0, 0, 10:-10].std() == pytest.approx(0.005 / np.sqrt(2), rel=0.15)
    # A region that only trembles has no far end, and so no sign.
    assert abs(np.corrcoef(smiling.fast[0, 0], still.fast[0, 0])[0, 1]) > 0.9
    assert steady.fast.std() < 0.5 * still.fast.std()


def test_features_do_not_depend_on_the_frame_rate():
    slow, quick = (feature_table([read(rate_hz=rate)]) for rate in (20, 100))
    names = slow.region_names
    for name in ("log_amplitude", "onset_s", "offset_s", "duration_s", "log_onset_speed"):
        column = names.index(f"displacement.{name}")
        assert np.allclose(slow.phi[0, :, column], quick.phi[0, :, column], atol=0.05), name


def test_short_gaps_are_bridged_and_counted():
    whole, gap = read(), read(valid=lambda t: np.stack([(t < 1.0) | (t > 1.2), t > -1], axis=1))
    bridged = read_courses(gap)
    assert 4 <= bridged.bridged <= 6
    assert not bridged.known[0].all()
    assert bridged.known[1].all()
    assert np.abs(bridged.slow[0, 0] - read_courses(whole).slow[0, 0]).max() < 0.02


def test_a_region_that_was_hardly_seen_says_nothing():
    table = feature_table([read(valid=lambda t: np.stack([t < 1.0, t > -1], axis=1))])
    assert np.isnan(table.phi[0, 0]).all()
    assert np.isfinite(table.phi[0, 1]).all()
    assert np.isnan(table.cross[0]).any()


def test_a_long_gap_is_not_guessed_over():
    table = feature_table([read(valid=lambda t: np.stack([(t < 1) | (t > 2), t > -1], axis=1))])
    assert np.isnan(table.phi[0, 0]).all()


def test_a_region_seen_late_or_lost_early_keeps_its_nearest_value():
    courses = read_courses(read(valid=lambda t: np.stack([(t > 0.3) & (t < 3.6), t > -1], axis=1)))
    assert np.isfinite(courses.slow).all()
    assert not courses.known[0, [0, -1]].any()


def test_a_clip_of_a_few_frames_is_refused_by_its_row():
    times_s = np.arange(5) / 25
    short = clip(np.zeros((5, 2)), times_s)
    assert read_courses(short) is None
    with pytest.raises(ArgumentError, match="rows 1 have fewer than"):
        feature_table([read(), short])


def test_a_clip_without_valid_frames_is_refused():
    times_s = np.arange(50) / 25
    blind = clip(np.zeros((50, 2)), times_s, valid=np.zeros((50, 2), bool))
    with pytest.raises(ArgumentError, match="rows 0"):
        feature_table([blind])


def test_the_duration_is_true_seconds():
    assert read_courses(read(rate_hz=50)).duration_s == pytest.approx(3.96, abs=0.05)
