import sys

import numpy as np
import pytest

from mimetic import LocalDynamics, TraitModel
from mimetic.datasets.planted import Population, PopulationSettings
from mimetic.errors import ArgumentError, ConfigError, MissingExtra, ShapeError
from mimetic.learn.scores import auc, pair_auroc
from mimetic.relations.forests import ForestSettings
from mimetic.relations.intake import read_target
from mimetic.relations.kinds import TRIES, Material, Opponent
from mimetic.relations.opponents import LinearSettings
from mimetic.relations.probes import freeze_frame, noise, pooled, rest_frames
from mimetic.relations.registry import KINDS, make_kind
from mimetic.types import FaceClip

LINEAR = ("mean-pool", "logistic-regions", "frozen-frame", "tracker-noise")
QUICK = ForestSettings(trees=60, search_trees=5, breadths=(2.0,), leaves=(3, 8), folds=2)


def population(seed=0, **changes):
    given = {"subjects": 140, "clips_per_subject": 1, "steps": 40, "kin_share": 0.0} | changes
    return Population.draw(PopulationSettings(**given), seed)


def fitted(kind, drawn, settings=None):
    """The kind fitted on 80 subjects, and its scores of the rest with their labels."""
    learnt, left = drawn.split(80)
    target, wanted = (read_target(one.labels, one.subjects).target for one in (learnt, left))
    model = make_kind(kind, settings)
    model.fit(Material(learnt.dynamics), target, rng=np.random.default_rng(0))
    return model, model.score(Material(left.dynamics)), wanted.y


def still(level, noise_sd=0.0, seed=0, steps=30):
    """One region whose only feature stays at a level."""
    rng = np.random.default_rng(seed)
    values = level + noise_sd * rng.standard_normal((steps, 1, 1))
    return LocalDynamics(
        values=values,
        times_s=np.arange(steps) / 10,
        regions=("mouth",),
        features=("displacement_ed",),
        valid=np.ones((steps, 1), bool),
    )


def face(size, seed=0, points=478, neutral=False):
    """Crops of 2 x 2 pixels of a face whose points lie at random, a given size apart."""
    rng = np.random.default_rng(seed)
    shape = size * rng.standard_normal((1, points, 3)) + np.zeros((6, 1, 1))
    mark = np.zeros(6)
    return FaceClip(
        person=0, pixels=np.zeros((6, 2, 2, 3), np.uint8), times_s=np.arange(6) / 10, residual=mark,
        crop_to_video=np.zeros((6, 2, 4)), depth_px=np.zeros((2, 2)), mesh_px=shape[0],
        alignment=np.zeros((6, 2, 3)), landmarks_px=shape[..., :2], shape_ed=shape,
        yaw_deg=mark, pitch_deg=mark, roll_deg=mark, repeated=mark > 0, valid=mark < 1,
        neutral_shape_ed=shape[0] if neutral else None,
    )  # fmt: skip


@pytest.mark.parametrize("kind", LINEAR)
def test_every_opponent_tries_as_many_settings_as_every_other(kind):
    model, scores, _ = fitted(kind, population())
    assert isinstance(model, Opponent)
    assert len(model.losses) == TRIES
    assert model.held_out.shape == (80,)
    assert np.isfinite(scores).all()
    assert model.pair_importance() is None


def test_single_regions_and_pooled_signals_find_what_one_region_tells():
    drawn = population(main_effects=3, main_size=2.5, strengths=(0.5,) * 3)
    for kind in ("logistic-regions", "mean-pool"):
        _, scores, y = fitted(kind, drawn)
        assert auc(scores, y) > 0.85


def test_the_frozen_frame_finds_looks_and_nothing_in_movement():
    _, scores, y = fitted("frozen-frame", population(shortcut=4.0))
    assert auc(scores, y) > 0.9
    moving = population(main_effects=3, main_size=2.5, subjects=280)
    assert abs(auc(*fitted("frozen-frame", moving)[1:]) - 0.5) < 0.15


def test_the_tracker_noise_finds_another_tremble_and_no_looks():
    _, scores, y = fitted("tracker-noise", population(jitter_by_trait=1.5))
    assert auc(scores, y) > 0.9
    looks = population(shortcut=4.0, subjects=280)
    assert abs(auc(*fitted("tracker-noise", looks)[1:]) - 0.5) < 0.15


def test_gaps_and_the_frame_rate_are_noise_too():
    whole, gappy = still(0.0), still(0.0)
    valid = np.arange(30)[:, None] < 15
    gappy = LocalDynamics(
        values=np.where(valid[:, :, None], whole.values, np.nan), times_s=whole.times_s / 2,
        regions=whole.regions, features=whole.features, valid=valid,
    )  # fmt: skip
    rows = noise(Material([whole, gappy]))
    assert rows[:, 1].tolist() == [0.0, 0.5]
    assert np.exp(rows[:, 2]) == pytest.approx([10.0, 20.0])


def test_the_tremble_is_read_on_the_scale_of_the_noise_and_not_of_the_level():
    rows = noise(Material([still(0.0, 0.01), still(5.0, 0.02), still(0.0, 0.0)]))
    assert rows[1, 0] - rows[0, 0] == pytest.approx(np.log(2), abs=0.01)
    assert rows[2, 0] == pytest.approx(np.log(1e-6))


def test_pooling_gives_mean_and_spread_of_what_was_seen():
    rows = pooled(Material([still(3.0), still(2.0, 0.5)]))
    assert rows[0].tolist() == [3.0, 0.0]
    assert rows[1] == pytest.approx([2.0, 0.5], abs=0.2)


def test_a_region_that_was_never_seen_is_unknown_in_every_view():
    one = still(1.0)
    unseen = LocalDynamics(
        values=one.values * np.nan, times_s=one.times_s, regions=one.regions,
        features=one.features, valid=one.valid & False,
    )  # fmt: skip
    for view in (pooled, noise, rest_frames):
        assert np.isnan(view(Material([unseen]))[0, 0])
    single = LocalDynamics(
        values=one.values[:1], times_s=one.times_s[:1], regions=one.regions,
        features=one.features, valid=one.valid[:1],
    )  # fmt: skip
    assert np.isnan(noise(Material([single]))[0]).tolist() == [True, False, True]


def test_a_frozen_clip_shows_its_frame_nearest_to_rest_throughout():
    one = still(0.0, 0.1)
    nearest = np.abs(one.values).min()
    assert np.abs(freeze_frame(one).values) == pytest.approx(nearest)
    assert (freeze_frame(one, frame=4).values == one.values[4]).all()
    with pytest.raises(ArgumentError, match="frame: expected 0 to 29, got 30"):
        freeze_frame(one, frame=30)


@pytest.mark.parametrize("neutral", [False, True])
def test_the_neutral_shape_tells_faces_apart(neutral):
    drawn = population(subjects=40, main_effects=0)
    y = read_target(drawn.labels, drawn.subjects).target.y
    clips = [face(1.0 + 0.3 * each, neutral=neutral) for each in y]
    given = {"subjects": drawn.subjects, "kind": "neutral-shape", "clips": clips}
    model = TraitModel.fit(drawn.dynamics, drawn.labels, **given)
    assert auc(model.scores(drawn.dynamics, clips=clips), y) == 1.0


def test_the_neutral_shape_refuses_clips_without_crops_or_with_other_meshes():
    probe, drawn = make_kind("neutral-shape"), population(subjects=2)
    target = read_target([1.0, 2.0] * 8, [f"s{row}" for row in range(16)]).target
    with pytest.raises(ArgumentError, match="clips: the shape of a face is in its crops"):
        probe.fit(Material(drawn.dynamics), target, rng=np.random.default_rng(0))
    with pytest.raises(ArgumentError, match="looks at pixels; give the crops"):
        TraitModel.fit([], [], subjects=[], kind="neutral-shape")
    meshes = Material(drawn.dynamics, [face(1.0), face(1.0, points=300)])
    with pytest.raises(ShapeError, match="expected meshes of one scheme"):
        probe.fit(meshes, target, rng=np.random.default_rng(0))


def test_a_forest_with_pairs_finds_the_pair_and_one_without_cannot_name_it():
    drawn = population(kinds=("amplitude",), strengths=(1.0,), coupling=0.97, distractors=0)
    names = drawn.dynamics[0].regions
    pairs = [(names.index(pair.region), names.index(pair.other)) for pair in drawn.pairs]
    model, scores, y = fitted("forest-pairs", drawn, QUICK)
    assert auc(scores, y) > 0.65
    assert pair_auroc(model.pair_importance(), pairs) == 1.0
    alone, scores, _ = fitted("forest", drawn, QUICK)
    assert alone.pair_importance() is None
    assert len(alone.losses) == len(model.losses) == 2
    settings = ForestSettings()
    assert len(settings.breadths) * len(settings.leaves) == TRIES


@pytest.mark.parametrize("kind", [*LINEAR, "forest", "forest-pairs"])
def test_every_opponent_estimates_years(kind):
    drawn = population(trait="age", subjects=100, main_effects=2, main_size=3.0)
    _, scores, y = fitted(kind, drawn, QUICK if "forest" in kind else None)
    assert 18 <= scores.mean() <= 76
    assert np.abs(scores - y).mean() < 25


def test_an_opponent_is_fitted_and_predicts_through_the_public_model():
    drawn = population(subjects=60, shortcut=4.0)
    given = {"subjects": drawn.subjects, "settings": {"tries": 3, "folds": 3}}
    model = TraitModel.fit(drawn.dynamics, drawn.labels, kind="mean-pool", **given)
    estimate = model.predict(drawn.dynamics[0])
    assert (estimate.label, estimate.pairs) == ("second", None)
    with pytest.raises(ArgumentError, match="cannot say which pairs mattered"):
        model.explain()


def test_forests_without_scikit_learn_say_what_to_install(monkeypatch):
    monkeypatch.delitem(sys.modules, "mimetic.relations.forests")
    for name in [name for name in sys.modules if name.partition(".")[0] == "sklearn"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "sklearn", None)
    with pytest.raises(MissingExtra, match=r'pip install "mimetic\[bench\]"'):
        make_kind("forest")


def test_every_kind_says_what_it_is():
    assert all(kind.about and kind.settings for kind in KINDS.values())


def test_settings_of_opponents_are_checked_at_once():
    with pytest.raises(ConfigError) as caught:
        LinearSettings(tries=13, strongest=1e-9, folds=1)
    assert len(str(caught.value).splitlines()) == 3
    with pytest.raises(ConfigError) as caught:
        ForestSettings(breadths=(0.0,) * 7, leaves=(0, 1), trees=0)
    assert len(str(caught.value).splitlines()) == 4
