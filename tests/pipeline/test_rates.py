"""One program filmed at many rates: what moved, how far, how fast, is the same."""

from functools import cache

import numpy as np
import pytest

import mimetic
from mimetic.datasets.virtual import Camera, HeadMotion, Program, Pulse, VirtualFace
from mimetic.ops.timeseries import resample
from tests.pipeline.filming import write_lossless

SMILE, BLINK, BROWS = (0.4, 0.75, 1.1), (1.3, 1.39, 1.55), (1.6, 1.9, 2.2)
PULSES = {
    "lip_corner_up_left": SMILE,
    "lid_close_left": BLINK,
    "lid_close_right": BLINK,
    "inner_brow_left": BROWS,
    "inner_brow_right": BROWS,
}
PROGRAM = Program(
    duration_s=2.5,
    pulses=tuple(
        Pulse(control=name, onset_s=times[0], apex_s=times[1], offset_s=times[2])
        for name, times in PULSES.items()
    ),
    head=HeadMotion.random(2, size=0.3),
)
FILMS = {
    "25": {"rate_hz": 25},
    "50": {"rate_hz": 50},
    "100": {"rate_hz": 100},
    "variable": {"rate_hz": 40, "jitter_s": 0.008},
    "25 raised to 30": {"rate_hz": 30, "raised_from_hz": 25},
}
# Regions that the program moves far, and when.
MOVING = {"mouth_left": SMILE, "brow_left": BROWS, "brow_right": BROWS}
TOLERANCE = 0.03  # of means over a movement
every_film = pytest.mark.parametrize(
    "film",
    [
        pytest.param(name, marks=pytest.mark.slow if name == "100" else ())
        for name in FILMS
        if name != "25"
    ],
)


@pytest.fixture(scope="module")
def measured(tmp_path_factory):
    """What analyze makes of a film, by its name; each film is made once."""

    @cache
    def measure(name):
        camera = Camera(size_px=(200, 200), noise_sigma=1.0, **FILMS[name])
        recording = VirtualFace().record(PROGRAM, camera, seed=1)
        folder = tmp_path_factory.mktemp("rates")
        path = write_lossless(folder / "film.mp4", recording.frames())
        result = mimetic.analyze(path, out=folder / "film")
        np.testing.assert_array_equal(result.video.repeated, recording.repeated)
        return result

    return measure


def over(result, region, feature, *, clock_s):
    """A feature of a region at the moments of a clock, from the frames that have it."""
    dynamics = result.regions
    values = dynamics.values[
        :, dynamics.regions.index(region), dynamics.features.index(feature)
    ].astype(float)
    known = np.isfinite(values)
    return np.interp(clock_s, dynamics.times_s[known], values[known])


def blinks(result):
    return [event for event in result.events if event.kind == "blink" and not event.rejected]


@every_film
@pytest.mark.parametrize("region", MOVING)
def test_speed_and_displacement_do_not_depend_on_how_often_a_face_is_filmed(measured, film, region):
    onset_s, apex_s, offset_s = MOVING[region]
    whole, apex = (
        np.arange(onset_s, offset_s, 0.001),
        np.arange(apex_s - 0.05, apex_s + 0.05, 0.001),
    )
    for feature, clock_s in (
        ("speed_ed_s", whole),
        ("displacement_ed", whole),
        ("displacement_ed", apex),
    ):
        found, expected = (
            over(measured(name), region, feature, clock_s=clock_s).mean() for name in (film, "25")
        )
        assert found == pytest.approx(expected, rel=TOLERANCE)


@every_film
def test_the_fastest_moment_is_as_fast_at_every_rate(measured, film):
    """Means over a tenth of a second: the largest of many noisy frames grows with their number."""
    clock_s = np.arange(SMILE[0], SMILE[2], 0.001)
    fastest = []
    for name in (film, "25"):
        speed = over(measured(name), "mouth_left", "speed_ed_s", clock_s=clock_s)
        fastest.append(np.convolve(speed, np.full(100, 0.01), mode="valid").max())
    assert fastest[0] == pytest.approx(fastest[1], rel=0.05)


@every_film
def test_blinks_are_counted_and_timed_alike(measured, film):
    one, other = (blinks(measured(name)) for name in (film, "25"))
    assert len(one) == len(other) == 1
    assert one[0].apex_s == pytest.approx(BLINK[1], abs=0.025)
    for moment in ("onset_s", "apex_s", "offset_s"):
        assert getattr(one[0], moment) == pytest.approx(getattr(other[0], moment), abs=0.025)
    assert one[0].side == other[0].side == "both"


@every_film
def test_one_model_reads_the_same_movement_from_every_film(measured, film):
    model = mimetic.PersonModel.load(measured("25").path / "model")
    codes = []
    for name in (film, "25"):
        clip = measured(name).clip()
        scaled = model.scaled(model.embed(clip))
        scaled[clip.repeated] = np.nan
        codes.append(resample(clip.times_s, scaled, rate_hz=20)[1][2:-2, :3])
    frames = min(map(len, codes))
    one, other = (code[:frames] for code in codes)
    for component in range(3):  # brows, mouth and lids, as the program has them
        assert np.corrcoef(one[:, component], other[:, component])[0, 1] > 0.95
    assert one.std(0) == pytest.approx(other.std(0), rel=0.12)


@every_film
def test_the_neutral_face_is_found_while_the_face_is_at_rest(measured, film):
    moment = np.array([measured(film).facts("neutral")["time_s"]])
    assert PROGRAM.activations(moment).max() < 0.1
