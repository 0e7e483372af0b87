import numpy as np
import pytest

from mimetic.pipeline.skin import flow_view
from mimetic.pipeline.stretches import Material
from mimetic.types import FlowField, LocalDynamics
from tests.person.faces import SIZE_PX, frames_of, make_clip

TIMES_S = np.arange(20) / 20
MOVED_PX = 2.0
SIZE_ED = np.full(20, 0.001)
SIZE_ED[8:13] = [0.02, 0.091, 0.1, 0.095, 0.05]  # the peak is frame 10


class Stretches:
    def __init__(self):
        clip = make_clip(TIMES_S)
        self.clip = frames_of(clip, slice(None))
        object.__setattr__(self.clip, "neutral_pixels", clip.pixels[0])

    def read(self, start, stop):
        return frames_of(self.clip, slice(start, stop))


class Method:
    """Everything moves right; on the way back from some frames nothing is found again."""

    def __init__(self, lost_s):
        self.pixels = {}
        self.lost_s = lost_s

    def predict(self, clip, against):
        self.now_s = float(clip.times_s[0])
        flow = np.zeros((1, 2, SIZE_PX, SIZE_PX), np.float32)
        flow[:, 0] = MOVED_PX
        valid = np.ones((1, SIZE_PX, SIZE_PX), bool)
        return FlowField(
            flow_px=flow, valid=valid, start_s=np.zeros(1), end_s=clip.times_s, method="known"
        )

    def pair(self, first, second):
        back = np.zeros((2, SIZE_PX, SIZE_PX), np.float32)
        back[0] = MOVED_PX if any(abs(self.now_s - s) < 1e-6 for s in self.lost_s) else -MOVED_PX
        return back


def dynamics(size_ed=SIZE_ED):
    values = np.stack([size_ed, size_ed / 4], 1)[..., None]
    return LocalDynamics(
        values=values,
        times_s=TIMES_S,
        regions=("forehead", "jaw"),
        features=("displacement_ed",),
        valid=np.ones((20, 2), bool),
        noise_floor=np.full((2, 1), 0.01),
    )


@pytest.mark.parametrize(
    ("lost", "shown"), [((), 10), ((10,), 9), ((9, 10), 11), ((9, 10, 11), 10)]
)
def test_of_the_frames_about_a_peak_the_one_is_drawn_that_is_found_again(lost, shown):
    material = Material(stretches=Stretches(), method=Method(TIMES_S[list(lost)]))
    view = flow_view(dynamics(), material)
    assert view.time_s == TIMES_S[shown]
    assert view.words == "forehead"
    assert np.isnan(view.flow_px).all() == (len(lost) == 3)


def test_where_nothing_moved_nothing_is_drawn():
    material = Material(stretches=Stretches(), method=Method(()))
    assert flow_view(dynamics(np.full(20, 0.001)), material) is None
