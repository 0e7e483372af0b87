import numpy as np
import pytest

from mimetic.relations.features import feature_table
from tests.relations.clips import clip, smile

TIMES_S = np.arange(0, 4, 0.04)
RNG = np.random.default_rng(0)


def table_of(courses, fine=None):
    return feature_table([clip(np.stack(courses, axis=1), TIMES_S, fine=fine)])


def region(table, name):
    return table.phi[0, :, table.region_names.index(f"displacement.{name}")]


def pair(table, name):
    return table.cross[0, :, table.pair_names.index(f"displacement.{name}")]


def test_amplitude_and_times_are_those_of_the_movement():
    table = table_of([smile(TIMES_S), smile(TIMES_S, onset_s=1.5, size_ed=0.2)])
    assert np.diff(region(table, "log_amplitude")) == pytest.approx(np.log(2), abs=0.03)
    assert region(table, "onset_s") == pytest.approx([1.0, 1.5], abs=0.03)
    assert region(table, "offset_s") == pytest.approx([2.5, 2.5], abs=0.03)
    assert region(table, "duration_s") == pytest.approx([1.5, 1.0], abs=0.05)


def test_a_still_region_has_finite_features():
    table = table_of([np.zeros(TIMES_S.size), smile(TIMES_S)])
    assert np.isfinite(table.phi).all()
    assert np.isfinite(table.cross).all()


def test_the_lag_is_positive_where_the_second_region_follows():
    early, late = smile(TIMES_S, onset_s=0.9, offset_s=2.4), smile(TIMES_S, 1.1, 2.6)
    assert pair(table_of([early, late]), "strongest_lag_s") == pytest.approx(0.2, abs=0.05)
    assert pair(table_of([late, early]), "strongest_lag_s") == pytest.approx(-0.2, abs=0.05)


def test_changing_places_mirrors_after_and_before_and_nothing_else():
    courses = [smile(TIMES_S), smile(TIMES_S, 1.1, 2.8, 0.2)]
    fine = 0.004 * RNG.standard_normal((TIMES_S.size, 2))
    one = table_of(courses, fine)
    other = table_of(courses[::-1], fine[:, ::-1])
    for name in one.pair_names:
        key = name.split(".", 1)[1]
        if "after" in key or "before" in key:
            swap = key.replace("after", "x").replace("before", "after").replace("x", "before")
            assert pair(one, key) == pytest.approx(pair(other, swap), abs=1e-6)
        elif "lag_s" not in key:
            column = one.pair_names.index(name)
            assert one.cross[0, :, column] == pytest.approx(other.cross[0, :, column], abs=1e-6)


@pytest.mark.parametrize("sign", [1, -1])
def test_fine_movement_in_step_is_seen_with_its_sign(sign):
    tremble = 0.004 * RNG.standard_normal(TIMES_S.size)
    fine = np.stack([tremble, sign * tremble, 0.004 * RNG.standard_normal(TIMES_S.size)], axis=1)
    found = pair(table_of([smile(TIMES_S)] * 3, fine), "fine_correlation")
    assert sign * found[0] > 0.8
    assert np.abs(found[1:]).max() < 0.5


def test_regions_that_move_at_the_same_time_overlap():
    same = table_of([smile(TIMES_S), smile(TIMES_S)])
    apart = table_of([smile(TIMES_S, 0.5, 1.2), smile(TIMES_S, 2.2, 3.0)])
    assert pair(same, "overlap") == pytest.approx(1.0)
    assert pair(apart, "overlap") == pytest.approx(0.0, abs=0.1)


def test_a_table_knows_what_its_columns_are():
    table = table_of([smile(TIMES_S)] * 3)
    assert table.phi.shape == (1, 3, len(table.region_names))
    assert table.cross.shape == (1, 3, len(table.pair_names))
    assert len(set(table.pair_names)) == len(table.pair_names)
    assert len(table.take(np.array([0, 0]))) == 2
