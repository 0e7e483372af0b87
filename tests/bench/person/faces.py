"""Recordings of a drawn face with known activations, as the person bench reads them."""

import numpy as np

from mimetic.bench.person.recorded import Recorded
from mimetic.bench.person.virtual import PRIVATE
from tests.person.faces import activations, make_clip

NAMES = ("jaw_open", "outer_brow", "lip_corner_up_left", PRIVATE)


def drawn(seconds=12.0, rate_hz=10.0, *, seed=0, noise=0.3, name="drawn"):
    """A recording of four movements that come and go."""
    times_s = np.arange(round(seconds * rate_hz)) / rate_hz
    clip = make_clip(times_s, seed=seed, noise=noise)
    plain = clip.pixels[..., 0].copy()
    return Recorded(name, clip, plain, activations(times_s, seed), NAMES)
