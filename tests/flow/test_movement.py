"""From pictures to movement: the virtual face, filmed, measured, compared with what it did."""

from functools import cache

import numpy as np
import pytest

from mimetic.datasets.virtual.camera import Camera
from mimetic.datasets.virtual.face import VirtualFace
from mimetic.datasets.virtual.program import Program
from mimetic.flow.predict import FlowEstimator
from mimetic.ops.asymmetry import asymmetry
from mimetic.ops.dynamics import FEATURES, SPEED_LAG_S, DynamicsMeter, local_dynamics
from mimetic.ops.regions import REGIONS_13, region_masks, region_scheme
from tests.flow.clips import clip_of

SPEED, LENGTH = FEATURES.index("speed_ed_s"), FEATURES.index("displacement_ed")
LEFT, RIGHT = REGIONS_13.index("mouth_left"), REGIONS_13.index("mouth_right")
SMILE = Program.single("lip_corner_up_left", onset_s=0.3, rise_s=0.35)
FRAMINGS = {
    "25": {"rate_hz": 25},
    "50": {"rate_hz": 50},
    "100": {"rate_hz": 100},
    "variable": {"rate_hz": 40, "jitter_s": 0.006},
    "25 raised to 30": {"rate_hz": 30, "raised_from_hz": 25},
}


@cache
def smile(framing):
    """A smile of the left side, measured."""
    face = VirtualFace()
    eyes = face.landmarks_px[[33, 263]]
    zoom = 56 / np.linalg.norm(eyes[0] - eyes[1])
    film = face.record(SMILE, Camera(size_px=(200, 200), zoom=zoom, **FRAMINGS[framing]))
    mesh = film.truth.landmarks_px[0]
    x, y = np.round(mesh[[33, 263], :2].mean(0) - [64, 46]).astype(int)
    pictures = [frame.pixels[y : y + 128, x : x + 128] for frame in film.frames()]
    mesh = (mesh - [x, y, 0]).astype(np.float32)
    clip = clip_of(
        pictures, film.times_s, repeated=film.repeated, neutral=pictures[0], mesh_px=mesh
    )
    flow = FlowEstimator.load()
    meter = DynamicsMeter(region_masks(mesh, 128), ed_px=clip.ed_px)
    rows = meter.step(
        flow.predict(clip, against="neutral"), flow.predict(clip, against=SPEED_LAG_S)
    )
    return local_dynamics([rows], regions=REGIONS_13, repeated=film.repeated)


def mean_speed(dynamics):
    """Mean speed of the left side of the mouth over the whole smile."""
    speed = dynamics.values[:, LEFT, SPEED]
    known = np.isfinite(speed)
    clock = np.arange(0.3, 1.05, 0.001)
    return np.interp(clock, dynamics.times_s[known], speed[known]).mean()


@pytest.mark.parametrize("framing", [name for name in FRAMINGS if name != "25"])
def test_speed_of_a_smile_does_not_depend_on_how_it_was_filmed(framing):
    assert mean_speed(smile(framing)) == pytest.approx(mean_speed(smile("25")), rel=0.03)
    peaks = [np.nanmax(smile(name).values[:, LEFT, LENGTH]) for name in (framing, "25")]
    assert peaks[0] == pytest.approx(peaks[1], rel=0.03)


def test_a_smile_of_the_left_side_appears_on_the_left_only():
    found = smile("50")
    peak = np.nanmax(found.values[..., LENGTH], axis=0)
    assert peak[RIGHT] < 0.03 * peak[LEFT]
    pairs = region_scheme("13").pairs
    sides = asymmetry(found, pairs=pairs, rng=np.random.default_rng(0))
    mouth = next(side for side in sides if side.left == "mouth_left")
    assert mouth.index > 0.9
