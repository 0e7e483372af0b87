import numpy as np
import pytest
from scipy import ndimage

from mimetic.errors import ArgumentError, ShapeError
from mimetic.ops.dynamics import FEATURES, DynamicsMeter, DynamicsRows, local_dynamics
from mimetic.ops.head import head_basis, head_motion
from mimetic.ops.regions import REGIONS_13, region_masks
from mimetic.ops.rest import noise_floor
from mimetic.types import FlowField
from tests.ops.faces import SIZE, symmetric_mesh

MASKS = region_masks(symmetric_mesh(), SIZE)
ED_PX = 56.0
ROWS, COLUMNS = np.indices((SIZE, SIZE)).astype(float)
ELLIPSE = ((COLUMNS - 63.5) / 48) ** 2 + ((ROWS - 66) / 60) ** 2 <= 1
X, Y, LENGTH, SPEED, AREA, RESIDUAL = range(len(FEATURES))
MOUTH_LEFT, MOUTH_RIGHT = REGIONS_13.index("mouth_left"), REGIONS_13.index("mouth_right")
SWAP = [
    REGIONS_13.index(name.replace("left", "?").replace("right", "left").replace("?", "right"))
    for name in REGIONS_13
]


def field(flows, start_s, end_s, valid=None):
    """A FlowField of flows [N 2 H W] inside the ellipse, missing where not valid [N]."""
    flows = np.array(flows, np.float32)
    valid = np.ones(len(flows), bool) if valid is None else np.asarray(valid, bool)
    known = valid[:, None, None] & ELLIPSE
    flows[~np.repeat(known[:, None], 2, axis=1)] = np.nan
    return FlowField(flow_px=flows, valid=known, start_s=start_s, end_s=end_s, method="known")


def measured(places, times_s, *, valid=None, repeated=None, meter=None):
    """Rows of a face that stands at ``places`` [T 2 H W] from neutral at each time."""
    places, times_s = np.asarray(places), np.asarray(times_s, float)
    valid = np.ones(times_s.size, bool) if valid is None else np.asarray(valid, bool)
    repeated = np.zeros(times_s.size, bool) if repeated is None else np.asarray(repeated, bool)
    distinct = np.flatnonzero(~repeated)
    one, two = distinct[:-1], distinct[1:]
    neutral = field(places, np.full(times_s.size, np.nan), times_s, valid & ~repeated)
    steps = field([places[0]], np.full(1, np.nan), np.full(1, np.nan), [False])
    if two.size:
        known = valid[one] & valid[two]
        steps = field(places[two] - places[one], times_s[one], times_s[two], known)
    return (meter or DynamicsMeter(MASKS, ed_px=ED_PX)).step(neutral, steps)


def dynamics(places, times_s, **more):
    return local_dynamics([measured(places, times_s, **more)], regions=REGIONS_13)


def constant(right, down):
    return np.stack([np.full((SIZE, SIZE), right), np.full((SIZE, SIZE), down)]).astype(float)


def bump(right, down, centre=(82, 90), width_px=8.0):
    away = (COLUMNS - centre[0]) ** 2 + (ROWS - centre[1]) ** 2
    return np.exp(-away / (2 * width_px**2)) * np.array([right, down])[:, None, None]


def grains(count, size_px=0.01, seed=0):
    """Smooth noise [count 2 H W] as flow carries it."""
    rough = np.random.default_rng(seed).normal(size=(count, 2, SIZE, SIZE)).astype(np.float32)
    smooth = ndimage.gaussian_filter(rough, (0, 0, 3, 3), truncate=2)
    return size_px * smooth / smooth.std()


def test_a_constant_flow_reads_its_own_length_in_every_region():
    moved = dynamics([constant(2.8, -2.1)], [0.0])
    for feature, value in ((X, 2.8), (Y, -2.1), (LENGTH, 3.5)):
        np.testing.assert_allclose(moved.values[0, :, feature], value / ED_PX, rtol=1e-4)
    np.testing.assert_allclose(moved.values[0, :, AREA], 0, atol=1e-5)
    np.testing.assert_allclose(moved.values[0, :, RESIDUAL], 0, atol=1e-4)
    assert np.isnan(moved.values[0, :, SPEED]).all()
    assert moved.features == FEATURES


def test_growth_is_the_logarithm_of_the_ratio_of_areas():
    grown = np.stack([0.1 * (COLUMNS - 64), -0.05 * (ROWS - 64)])
    values = dynamics([grown], [0.0]).values
    np.testing.assert_allclose(values[0, :, AREA], np.log(1.1 * 0.95), rtol=1e-3)


def test_flow_that_folds_over_has_no_area():
    folded = np.stack([-1.5 * (COLUMNS - 64), 0 * ROWS])
    values = dynamics([folded], [0.0]).values
    assert np.isnan(values[0, :, AREA]).all()
    assert np.isfinite(values[0, :, LENGTH]).all()


@pytest.mark.parametrize("kind", ["25", "50", "100", "variable", "25 raised to 30"])
def test_speed_does_not_depend_on_the_frame_rate(kind):
    if kind == "variable":
        times = np.cumsum(np.random.default_rng(0).uniform(0.01, 0.06, 40))
        shown = times
    elif kind == "25 raised to 30":
        times = np.arange(48) / 30
        shown = np.floor(np.arange(48) * 25 / 30) / 25
    else:
        shown = times = np.arange(0, 1.6, 1 / float(kind))
    repeated = np.concatenate([[False], np.diff(shown) == 0])
    places = [bump(6 * t, -8 * t) for t in shown]
    rows = measured(places, times, repeated=repeated)
    found = local_dynamics([rows], regions=REGIONS_13, repeated=repeated)
    speed = found.values[:, MOUTH_LEFT, SPEED]
    expected = (10 * bump(0, 1)[1])[MASKS[MOUTH_LEFT]].mean() / ED_PX
    assert np.isnan(speed[repeated]).all()
    np.testing.assert_allclose(speed[~repeated][1:], expected, rtol=0.06)
    assert np.median(speed[~repeated][1:]) == pytest.approx(expected, rel=0.01)


def test_a_movement_of_one_side_appears_on_that_side_only():
    places = [bump(0.3 * k, -0.4 * k) for k in range(5)]
    values = np.abs(dynamics(places, np.arange(5) / 25).values)
    for feature in (LENGTH, SPEED):
        left, right = values[4, [MOUTH_LEFT, MOUTH_RIGHT], feature]
        assert right < 0.002 * left


def test_a_mirrored_movement_swaps_the_sides_exactly():
    flows = 30 * grains(4, seed=2)
    mirrored = flows[..., ::-1] * np.array([-1, 1])[:, None, None]
    times = np.arange(4) / 25
    one, other = dynamics(flows, times).values, dynamics(mirrored, times).values
    turned = other[:, SWAP] * np.array([-1, 1, 1, 1, 1, 1])
    np.testing.assert_allclose(turned, one, atol=2e-6)


def test_the_motion_of_the_head_is_no_movement_of_the_face():
    x, y = (COLUMNS - 64) / 64, (ROWS - 64) / 64
    head = np.stack([1 + 2 * x - y + 0.5 * x * y, -1 + x + 2 * y * y])
    place = dynamics([head + bump(1.8, -2.4)], [0.0]).values[0]
    alone = dynamics([bump(1.8, -2.4)], [0.0]).values[0]
    assert place[MOUTH_LEFT, RESIDUAL] == pytest.approx(alone[MOUTH_LEFT, LENGTH], rel=0.1)
    quiet = [REGIONS_13.index(name) for name in ("forehead", "brow_right", "mouth_right", "nose")]
    assert place[quiet, RESIDUAL].max() < 0.05 * place[MOUTH_LEFT, RESIDUAL]
    assert place[quiet, LENGTH].min() > 0.01
    motion = head_motion(head.astype(np.float32), ELLIPSE)
    found = np.tensordot(motion.T, head_basis(*ELLIPSE.shape), axes=1)
    np.testing.assert_allclose(found, head, atol=1e-3)


def test_missing_and_repeated_frames_are_missing_rows():
    places = [bump(k, 0) for k in range(6)]
    found = dynamics(
        places, np.arange(6) / 25, valid=[1, 1, 0, 1, 1, 1], repeated=[0, 0, 0, 0, 1, 0]
    )
    assert found.valid.all(1).tolist() == [True, True, False, True, False, True]
    assert np.isfinite(found.values[:, MOUTH_LEFT, SPEED]).tolist() == [
        False, True, False, False, False, True,
    ]  # fmt: skip


def test_a_recording_in_stretches_gives_the_same_bits_as_in_one():
    places = 20 * grains(20, seed=5)
    times = np.cumsum(np.random.default_rng(1).uniform(0.02, 0.06, 20))
    repeated = np.arange(20) % 6 == 5
    valid = np.arange(20) != 13
    whole = measured(places, times, valid=valid, repeated=repeated)
    parts, state = [], DynamicsMeter(MASKS, ed_px=ED_PX).state()
    for first, last in ((0, 7), (7, 12), (12, 20)):
        meter = DynamicsMeter(MASKS, ed_px=ED_PX)
        meter.restore({name: array.copy() for name, array in state.items()})
        # The stretch begins with the last distinct frame before it, for the pair alone.
        begin = first - 1 if first else 0
        begin -= int(repeated[begin])
        rows = slice(begin, last)
        both = measured(places[rows], times[rows], valid=valid[rows], repeated=repeated[rows],
                        meter=_Cut(meter, first - begin))  # fmt: skip
        parts.append(both)
        state = meter.state()
    np.testing.assert_array_equal(whole.values, np.concatenate([p.values for p in parts]))
    np.testing.assert_array_equal(whole.noise, np.concatenate([p.noise for p in parts]))
    joined = local_dynamics(parts, regions=REGIONS_13, subject="anna")
    np.testing.assert_array_equal(joined.times_s, times)
    assert joined.subject == "anna"


class _Cut:
    """Gives a meter the neutral flow of the new frames alone, as the pipeline does."""

    def __init__(self, meter, skip):
        self.meter, self.skip = meter, skip

    def step(self, neutral, neighbour):
        kept = {
            name: getattr(neutral, name)[self.skip :]
            for name in ("flow_px", "valid", "start_s", "end_s")
        }
        return self.meter.step(FlowField(**kept, method="known"), neighbour)


def noisy(amplitude_px, seed, frames=150):
    """A face with frame noise that smiles half of the time, or never."""
    times = np.arange(frames) / 25
    noise = grains(frames + 1, seed=seed)
    smile = amplitude_px * np.clip(np.sin(2 * np.pi * times / 3), 0, None)
    places = [bump(0.6 * a, -0.8 * a) + n - noise[0] for a, n in zip(smile, noise[1:], strict=True)]
    return dynamics(places, times)


def test_at_rest_about_95_of_100_samples_stay_below_the_noise_floor():
    shares = []
    for seed in range(3):
        still = noisy(0.0, seed)
        below = np.abs(still.values) <= still.noise_floor
        shares.append(below.sum((0, 1)) / np.isfinite(still.values).sum((0, 1)))
    np.testing.assert_allclose(np.mean(shares, axis=0), 0.95, atol=0.04)


def test_a_moving_face_raises_its_noise_floor_by_less_than_30_percent():
    for seed in range(2):
        still, moving = noisy(0.0, seed), noisy(2.0, seed)
        ratio = moving.noise_floor / still.noise_floor
        assert np.abs(np.median(ratio) - 1) < 0.05
        assert ratio.max() < 1.3
        assert np.nanmax(moving.values[:, MOUTH_LEFT, LENGTH]) > 20 * np.nanmax(
            moving.noise_floor[MOUTH_LEFT, LENGTH]
        )


@pytest.mark.parametrize("rate_hz", [25, 100])
def test_the_floor_of_a_displacement_does_not_depend_on_the_frame_rate(rate_hz):
    times = np.arange(120) / rate_hz
    noise = grains(121, seed=4)
    floor = dynamics(noise[1:] - noise[0], times).noise_floor
    np.testing.assert_allclose(floor[:, LENGTH].mean() * ED_PX, 0.0216, rtol=0.1)


def test_two_frames_have_no_noise_floor():
    found = dynamics([bump(1, 0), bump(2, 0)], [0, 0.04])
    assert np.isnan(found.noise_floor).all()


def test_impossible_meters_and_stretches_are_refused():
    with pytest.raises(ArgumentError, match="ed_px: expected positive pixels, got 0"):
        DynamicsMeter(MASKS, ed_px=0)
    with pytest.raises(ShapeError, match="masks"):
        DynamicsMeter(MASKS[0], ed_px=56)
    with pytest.raises(ArgumentError, match="stretches: expected at least one"):
        local_dynamics([], regions=REGIONS_13)
    rows = DynamicsRows(
        times_s=np.zeros(1), values=np.zeros((1, 13, 6)), noise=np.zeros((1, 13, 6))
    )
    with pytest.raises(ArgumentError, match="stretches: expected start_s"):
        local_dynamics([rows], regions=REGIONS_13, repeated=np.zeros(1, bool))
    with pytest.raises(ShapeError, match="noise"):
        noise_floor(
            np.ones((3, 2)), np.ones((3, 2)), times_s=np.arange(3.0), signed=np.ones(6, bool)
        )
    with pytest.raises(ShapeError, match="speed"):
        noise_floor(
            np.ones((3, 2, 1)), np.ones((3, 1)), times_s=np.arange(3.0), signed=np.ones(1, bool)
        )
