import numpy as np
import pytest

from mimetic.errors import ArgumentError, ShapeError
from mimetic.ops.landmarks import MIRROR
from mimetic.ops.lids import (
    BlinkRule,
    LidSeries,
    find_blinks,
    lid_aperture,
    lid_series,
    lid_summary,
    relative_lids,
)
from mimetic.types import ExpressionEvent

OPEN_ED = 0.12
CLOSE_S, HOLD_S, REOPEN_S, DEPTH = 0.08, 0.03, 0.16, 0.9
# A raised cosine has done a tenth of its way after this share of its time.
TENTH = np.arccos(1 - 2 * 0.1) / np.pi
ONSETS = np.arange(1.3, 28, 2.93)


def closure(times_s, onset_s, depth=DEPTH):
    """How far a lid is closed during one blink: cosine down, hold, cosine up."""
    since = np.asarray(times_s) - onset_s
    down = (1 - np.cos(np.pi * np.clip(since / CLOSE_S, 0, 1))) / 2
    up = (1 - np.cos(np.pi * np.clip((since - CLOSE_S - HOLD_S) / REOPEN_S, 0, 1))) / 2
    return depth * (down - up)


def lids_of(times_s, left, right=None, noise=0.0):
    """A LidSeries of closures, in eyes that open by OPEN_ED."""
    both = np.stack([left, left if right is None else right], axis=1)
    wobble = np.random.default_rng(0).normal(size=both.shape) * noise
    return relative_lids(OPEN_ED * (1 - both + wobble), times_s)


def counted(lids, rule=None):
    return [blink for blink in find_blinks(lids, rule) if blink.rejected is None]


def blinking(times_s, onsets=ONSETS, depth=DEPTH):
    return sum(closure(times_s, onset, depth) for onset in onsets)


@pytest.mark.parametrize("rate_hz", [12, 15, 25, 30, 60, 100, 200])
@pytest.mark.parametrize("noise", [0.0, 0.03])
def test_blinks_are_found_within_one_frame_at_every_rate(rate_hz, noise):
    times = np.arange(0, 30, 1 / rate_hz)
    blinks = counted(lids_of(times, blinking(times), noise=noise))
    assert len(blinks) == ONSETS.size
    frame_s = max(1 / rate_hz, 0.01)  # noise of 3 % blurs a crossing by some milliseconds
    onsets = [blink.onset_s for blink in blinks]
    offsets = [blink.offset_s for blink in blinks]
    first = ONSETS + TENTH * CLOSE_S
    last = ONSETS + CLOSE_S + HOLD_S + (1 - TENTH) * REOPEN_S
    np.testing.assert_allclose(onsets, first, atol=frame_s)
    np.testing.assert_allclose(offsets, last, atol=frame_s)
    durations = [blink.scores["duration_s"] for blink in blinks]
    np.testing.assert_allclose(durations, last - first, atol=frame_s)
    apexes = [blink.apex_s for blink in blinks]
    np.testing.assert_allclose(apexes, ONSETS + CLOSE_S + HOLD_S / 2, atol=max(frame_s, 0.02))
    assert {blink.side for blink in blinks} == {"both"}


def test_depth_and_completeness_are_those_of_the_lid():
    times = np.arange(0, 30, 1 / 100)
    full, half = (counted(lids_of(times, blinking(times, depth=d))) for d in (0.9, 0.5))
    assert full[0].amplitude_ed == pytest.approx(0.9 * OPEN_ED, rel=0.02)
    assert half[0].scores["completeness_left"] == pytest.approx(0.5, abs=0.02)
    assert full[0].regions == ("lids_left", "lids_right")


def test_blinks_do_not_depend_on_repeated_frames():
    shown = np.floor(np.arange(900) * 25 / 30) / 25
    times = np.arange(900) / 30
    aperture = OPEN_ED * (1 - np.stack([blinking(shown)] * 2, axis=1))
    aperture[np.concatenate([[False], np.diff(shown) == 0])] = np.nan
    blinks = counted(relative_lids(aperture, times))
    np.testing.assert_allclose([b.onset_s for b in blinks], ONSETS + TENTH * CLOSE_S, atol=0.05)


def test_a_wink_is_one_sided_and_a_weak_lid_still_takes_part():
    times = np.arange(0, 30, 1 / 50)
    right = counted(lids_of(times, 0.1 * blinking(times), blinking(times)))
    assert {blink.side for blink in right} == {"right"}
    assert right[0].regions == ("lids_right",)
    left = counted(lids_of(times, blinking(times), 0 * times))
    assert {blink.side for blink in left} == {"left"}
    weak = counted(lids_of(times, 0.5 * blinking(times), blinking(times)))
    assert {blink.side for blink in weak} == {"both"}
    assert weak[0].scores["completeness_left"] == pytest.approx(0.45, abs=0.02)
    assert weak[0].scores["completeness_right"] == pytest.approx(0.9, abs=0.02)


def test_two_blinks_in_quick_succession_are_two():
    times = np.arange(0, 10, 1 / 100)
    two = counted(lids_of(times, blinking(times, [3.0, 3.24])))
    assert len(two) == 2
    assert two[0].offset_s <= two[1].onset_s + 0.02


def test_looking_down_is_no_blink():
    times = np.arange(0, 30, 1 / 50)
    down = 0.45 * np.clip((times - 10) / 0.15, 0, 1) - 0.45 * np.clip((times - 14) / 0.15, 0, 1)
    assert counted(lids_of(times, down, noise=0.02)) == []
    both = counted(lids_of(times, down + 0.5 * blinking(times, [12.0]), noise=0.01))
    assert len(both) == 1
    assert both[0].apex_s == pytest.approx(12.095, abs=0.03)


def test_eyes_that_stay_closed_are_no_blink_but_count_as_closed_time():
    times = np.arange(0, 30, 1 / 50)
    lids = lids_of(times, 0.95 * ((times > 10) & (times < 13)))
    assert counted(lids) == []
    summary = lid_summary(lids, find_blinks(lids))
    assert summary.closed_share == pytest.approx(0.1, abs=0.003)
    assert summary.blinks == 0
    assert np.isnan(summary.median_duration_s)


def test_a_slow_closure_is_rejected_by_its_length_and_a_glitch_by_its_shortness():
    times = np.arange(0, 20, 1 / 200)
    slow = np.exp(-(((times - 8) / 0.3) ** 2)) * 0.9
    (long,) = find_blinks(lids_of(times, slow))
    assert long.rejected == "longer than 0.5 s"
    glitch = 0.8 * (np.arange(times.size) == 1000)
    (short,) = find_blinks(lids_of(times, glitch))
    assert short.rejected == "shorter than 0.04 s"


def test_a_blink_out_of_a_squint_is_as_long_as_the_blink():
    times = np.arange(0, 20, 1 / 100)
    squint = 0.35 * ((times > 9.2) & (times < 10.6))
    blink = np.exp(-(((times - 10) / 0.08) ** 2)) * 0.6
    found = [event for event in find_blinks(lids_of(times, squint + blink)) if not event.rejected]
    assert [event.apex_s for event in found] == [pytest.approx(10.0, abs=0.02)]
    assert found[0].offset_s - found[0].onset_s < 0.45


def test_two_eyes_that_close_one_after_the_other_do_not_blink_together():
    times = np.arange(0, 20, 1 / 100)
    left, right = (0.9 * np.exp(-(((times - at) / 0.06) ** 2)) for at in (10.0, 10.25))
    found = find_blinks(lids_of(times, left, right))
    assert [event.side for event in found] == ["left", "right"]


def test_noise_alone_is_no_blink():
    times = np.arange(0, 120, 1 / 30)
    assert find_blinks(lids_of(times, 0 * times, noise=0.08)) == ()


def test_a_blink_cut_off_by_a_gap_is_named_so():
    times = np.arange(0, 10, 1 / 50)
    closed = blinking(times, [4.0])
    closed[(times > 4.095) & (times < 5)] = np.nan
    (cut,) = find_blinks(lids_of(times, closed))
    assert cut.rejected == "cut off by a gap"


def test_rates_are_per_minute_of_valid_time():
    times = np.arange(0, 60, 1 / 50)
    onsets = np.arange(1, 29, 2.0)
    closed = blinking(times, onsets)
    closed[times > 30] = np.nan
    lids = lids_of(times, closed)
    summary = lid_summary(lids, find_blinks(lids))
    assert summary.valid_s == pytest.approx(30, abs=0.03)
    assert summary.blinks == onsets.size == 14
    assert summary.blinks_per_min == pytest.approx(28, rel=0.01)
    assert (summary.one_sided_left, summary.one_sided_right) == (0, 0)
    assert summary.median_completeness == pytest.approx(0.9, abs=0.02)


def test_a_recording_without_eyes_has_no_blinks_and_no_rate():
    times = np.arange(0, 1, 0.1)
    lids = relative_lids(np.full((10, 2), np.nan), times)
    assert find_blinks(lids) == ()
    summary = lid_summary(lids, ())
    assert np.isnan(summary.blinks_per_min)
    assert np.isnan(summary.closed_share)


def face(aperture_left, aperture_right):
    """Shapes [T 478 3] whose lids are that far apart."""
    shape = np.random.default_rng(3).normal(size=(1, 478, 3)).repeat(len(aperture_left), axis=0)
    upper_right, lower_right = [160, 159, 158], [144, 145, 153]
    for rows, apart in (
        ((upper_right, lower_right), aperture_right),
        ((MIRROR[upper_right], MIRROR[lower_right]), aperture_left),
    ):
        shape[:, rows[1]] = shape[:, rows[0]] + [0, 1, 0] * np.asarray(apart)[:, None, None]
    return shape


def test_aperture_is_the_distance_of_the_lids_left_then_right():
    left, right = np.array([0.1, 0.2]), np.array([0.05, 0.0])
    np.testing.assert_allclose(lid_aperture(face(left, right)), np.stack([left, right], 1))


def test_the_person_s_open_eye_is_one_and_missing_frames_are_missing():
    times = np.arange(0, 30, 1 / 25)
    aperture = OPEN_ED * (1 - blinking(times))
    valid, repeated = np.ones(times.size, bool), np.zeros(times.size, bool)
    valid[5], repeated[9] = False, True
    lids = lid_series(face(aperture, 2 * aperture), times, valid=valid, repeated=repeated)
    np.testing.assert_allclose(lids.open_ed, [OPEN_ED, 2 * OPEN_ED], rtol=1e-3)
    assert np.isnan(lids.relative[[5, 9]]).all()
    np.testing.assert_allclose(lids.relative[0], 1, rtol=1e-3)


def test_impossible_rules_and_shapes_are_refused():
    for wrong in ({"edge": 0.6}, {"smallest_drop": 0.0}, {"longest_s": -1.0}):
        with pytest.raises(ArgumentError, match="BlinkRule: expected shares"):
            BlinkRule(**wrong)
    with pytest.raises(ShapeError, match="shape_ed"):
        lid_aperture(np.zeros((4, 478, 2)))
    with pytest.raises(ShapeError, match="aperture_ed"):
        relative_lids(np.zeros((4, 3)), np.arange(4.0))


def test_blinks_without_scores_are_counted_and_have_no_completeness():
    times = np.arange(0, 10, 1 / 50)
    lids = lids_of(times, blinking(times, [4.0]))
    bare = ExpressionEvent(onset_s=4.0, apex_s=4.1, offset_s=4.2, kind="blink")
    assert lid_summary(lids, (bare,)).blinks == 1
    assert np.isnan(lid_summary(lids, (bare,)).median_completeness)
    both = lid_summary(lids, (bare, *find_blinks(lids)))
    assert both.median_completeness == pytest.approx(0.9, abs=0.02)


def test_a_blink_is_the_same_alone_and_in_the_middle_of_a_long_recording():
    rate_hz = 50
    times = np.arange(0, 600, 1 / rate_hz)
    around = slice(298 * rate_hz, 308 * rate_hz)
    lids = lids_of(times, blinking(times, np.arange(5, 595, 5.0)))
    long = [blink for blink in find_blinks(lids) if 298 < blink.apex_s < 308]
    short = find_blinks(
        LidSeries(
            times_s=times[around], aperture_ed=lids.aperture_ed[around],
            relative=lids.relative[around], open_ed=lids.open_ed,
        )
    )  # fmt: skip
    assert len(long) == 2
    assert list(short) == long
