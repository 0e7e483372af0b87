import numpy as np

from mimetic.relations.basis import column_names, fit_basis
from mimetic.relations.features import feature_table
from tests.relations.clips import clip, planted, smile

TABLE = feature_table(planted().dynamics)
WEIGHTS = np.ones(len(TABLE))
BASIS = fit_basis(TABLE, WEIGHTS)
COLUMNS = BASIS.columns(TABLE)


def test_every_column_has_a_name():
    main, pairs = column_names(TABLE)
    assert COLUMNS.main.shape[2] == len(main) == len(set(main))
    assert COLUMNS.pairs.shape[2] == len(pairs) == len(set(pairs))


def test_columns_are_centred_and_of_one_scale():
    assert np.abs(COLUMNS.pairs.mean(0)).max() < 0.2
    spread = COLUMNS.pairs.std(0)
    assert np.median(spread) > 0.9
    assert spread.max() < 1.05


def test_what_a_region_tells_is_not_in_its_pairs():
    left, right = np.triu_indices(9, 1)
    names = column_names(TABLE)
    product = COLUMNS.pairs[:, :, names[1].index("distance of log_amplitude")]
    amplitude = COLUMNS.main[:, :, names[0].index("displacement.log_amplitude")]
    for place in (0, 10, 35):
        for region in (left[place], right[place]):
            assert abs(np.corrcoef(product[:, place], amplitude[:, region])[0, 1]) < 0.1


def test_a_relation_is_seen_in_new_clips_by_what_was_usual_in_the_old():
    half = fit_basis(TABLE.take(np.arange(60)), WEIGHTS[:60])
    alone = half.columns(TABLE.take(np.arange(100, 101)))
    among = half.columns(TABLE.take(np.arange(90, 110)))
    assert np.array_equal(alone.pairs[0], among.pairs[10])


def test_a_region_that_was_not_seen_adds_nothing():
    times_s = planted().dynamics[0].times_s
    valid = np.ones((times_s.size, 9), bool)
    valid[:, 4] = False
    moved = np.stack([smile(times_s)] * 9, axis=1)
    # Only the names differ from those of the population.
    columns = BASIS.columns(feature_table([clip(moved, times_s, valid=valid)]))
    assert np.flatnonzero(~columns.main[0].any(1)).tolist() == [4]
    unseen = ~columns.pairs[0].any(1)
    left, right = np.triu_indices(9, 1)
    assert np.array_equal(unseen, (left == 4) | (right == 4))
    assert np.isfinite(columns.pairs).all()


def test_a_feature_that_never_varies_adds_nothing():
    times_s = np.arange(0, 4, 0.08)
    same = feature_table([clip(np.stack([smile(times_s)] * 3, axis=1), times_s)] * 10)
    columns = fit_basis(same, np.ones(10)).columns(same)
    assert not columns.pairs.any()
    assert np.isfinite(columns.main).all()
