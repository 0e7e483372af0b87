import numpy as np
import pytest

from mimetic.errors import ArgumentError
from mimetic.ops.asymmetry import asymmetry
from mimetic.types import LocalDynamics

TIMES = np.arange(1500) / 25
PAIR = (("mouth_left", "mouth_right"),)
FLOOR = 0.003


def smiles(times_s):
    """A smile every five seconds, up and down within two."""
    return np.clip(np.sin(2 * np.pi * times_s / 5), 0, None) ** 2


def recorded(left, right, floor=FLOOR, seed=0):
    """Dynamics whose two regions read these displacements and noise."""
    sides = np.stack([left, right], axis=1)
    noise = np.random.default_rng(seed).normal(size=(*sides.shape, 2)) * FLOOR / 2.45
    values = np.hypot(sides + noise[..., 0], noise[..., 1])[..., None]
    return LocalDynamics(
        values=values,
        times_s=TIMES,
        regions=PAIR[0],
        features=("displacement_ed",),
        valid=np.isfinite(values[..., 0]),
        noise_floor=None if floor is None else np.full((2, 1), floor),
    )


def found(left, right):
    (pair,) = asymmetry(recorded(left, right), pairs=PAIR, rng=np.random.default_rng(0))
    return pair


@pytest.mark.parametrize(("left", "right", "index"), [(1, 1, 0), (1.8, 1, 0.2857), (1, 3, -0.5)])
def test_the_index_is_left_minus_right_over_their_sum(left, right, index):
    pair = found(0.05 * left * smiles(TIMES), 0.05 * right * smiles(TIMES))
    assert pair.index == pytest.approx(index, abs=0.02)
    assert pair.low - 0.01 <= index <= pair.high + 0.01
    assert pair.correlation > 0.98
    assert pair.lag_s == pytest.approx(0, abs=0.005)


def test_movement_of_one_side_alone_reads_plus_or_minus_one():
    assert found(0.05 * smiles(TIMES), 0 * TIMES).index > 0.95
    assert found(0 * TIMES, 0.05 * smiles(TIMES)).index < -0.95


def test_swapping_the_sides_changes_the_sign_alone():
    one = found(0.06 * smiles(TIMES), 0.05 * smiles(TIMES - 0.1))
    other = found(0.05 * smiles(TIMES - 0.1), 0.06 * smiles(TIMES))
    assert one.index == pytest.approx(-other.index, abs=0.01)
    assert one.lag_s == pytest.approx(-other.lag_s, abs=0.005)


@pytest.mark.parametrize("lag_s", [-0.2, 0.055, 0.3])
def test_the_lag_says_how_much_the_left_comes_after_the_right(lag_s):
    pair = found(0.05 * smiles(TIMES - lag_s), 0.05 * smiles(TIMES))
    assert pair.lag_s == pytest.approx(lag_s, abs=0.005)


def test_a_face_at_rest_has_no_asymmetry():
    pair = found(0 * TIMES, 0 * TIMES)
    assert np.isnan([pair.index, pair.low, pair.high, pair.correlation, pair.lag_s]).all()
    assert (pair.movement_left, pair.movement_right, pair.moving_s) == (0, 0, 0)


def test_sides_that_move_by_turns_have_no_lag():
    slow = smiles(TIMES)
    left, right = np.where(TIMES % 10 < 5, slow, 0), np.where(TIMES % 10 < 5, 0, slow)
    pair = found(0.05 * left, 0.05 * right)
    assert np.isnan(pair.lag_s)
    assert pair.correlation < 0
    assert pair.low < 0 < pair.high


def test_missing_frames_do_not_count():
    left, right = 0.05 * smiles(TIMES), 0.05 * smiles(TIMES)
    left[300:700] = np.nan
    pair = found(left, right)
    assert pair.index == pytest.approx(0, abs=0.01)
    whole = found(0.05 * smiles(TIMES), 0.05 * smiles(TIMES))
    assert pair.moving_s < whole.moving_s


def test_unknown_names_and_missing_floors_are_refused():
    rng = np.random.default_rng(0)
    with pytest.raises(ArgumentError, match="expected a noise floor"):
        asymmetry(recorded(TIMES, TIMES, floor=None), pairs=PAIR, rng=rng)
    with pytest.raises(ArgumentError, match=r"pairs: expected names of .* got 'ear_left'"):
        asymmetry(recorded(TIMES, TIMES), pairs=(("ear_left", "mouth_right"),), rng=rng)
    with pytest.raises(ArgumentError, match="feature: expected one of"):
        asymmetry(recorded(TIMES, TIMES), pairs=PAIR, rng=rng, feature="speed_ed_s")
