import sys

import numpy as np
import pytest
import torch

from mimetic import TraitModel
from mimetic.errors import ArgumentError, ConfigError, MissingExtra
from mimetic.learn.scores import auc, pair_auroc
from mimetic.relations import train
from mimetic.relations.intake import read_target
from mimetic.relations.kinds import Material, Opponent, Storable
from mimetic.relations.learnt import Design
from mimetic.relations.neural import NetworkOpponent, fdin_softmax, lstm, tcn
from mimetic.relations.registry import make_kind
from mimetic.relations.sequences import PIECE, STEPS, fit_norm, read_sequences
from mimetic.relations.tries import NetworkSettings
from tests.relations.clips import clip, planted, smile

KINDS = ("fdin-softmax", "fdin-sigmoid", "lstm", "tcn")
QUICK = {"rates": (4e-3,), "steps": (2, 4), "folds": 2, "batch_clips": 16}
torch.set_num_threads(1)


def interpreter(seed=0, **changes):
    """A small network of five regions, ready to score."""
    given = {"regions": 5, "channels": 6, "width": 8, "hidden": 12} | changes
    return train.make_network("fdin", given, seed=seed).eval()


def moving(count=4, regions=5, seed=0):
    """Pieces [n K R C] and durations [n 1] of anything."""
    rng = np.random.default_rng(seed)
    pieces = rng.standard_normal((count, 7, regions, 6)).astype(np.float32)
    return pieces, rng.standard_normal((count, 1)).astype(np.float32)


def people(**changes):
    drawn = planted(3, subjects=24, clips_per_subject=1, kin_share=0.0, **changes)
    return Material(drawn.dynamics), read_target(drawn.labels, drawn.subjects).target


def test_the_importance_of_all_pairs_has_one_budget_under_softmax_and_none_under_sigmoid():
    pieces, _ = moving()
    weight, relation = interpreter(gate="softmax").relations(torch.from_numpy(pieces))
    assert relation.shape == (4, 10, 12)
    assert weight.sum(1).detach().numpy() == pytest.approx(10.0, abs=1e-4)
    weight, _ = interpreter(gate="sigmoid").relations(torch.from_numpy(pieces))
    assert ((weight > 0) & (weight < 1)).all()
    assert weight.sum(1).std() > 0


def test_regions_share_their_encoder_and_are_told_apart_by_their_place_alone():
    network = interpreter()
    pieces, duration = moving()
    turned = pieces[:, :, [1, 0, 2, 3, 4]]
    first, second = (network.encoder(torch.from_numpy(each)) for each in (pieces, turned))
    assert torch.allclose(first[:, 0], second[:, 1], atol=1e-6)
    told = train.score_clips(network, pieces, duration)
    assert not np.allclose(told, train.score_clips(network, turned, duration))


def test_a_pair_without_importance_says_nothing():
    network = interpreter()
    pieces, duration = moving()
    score = train.pair_scorer(network, pieces, duration)
    whole = train.score_clips(network, pieces, duration)
    assert score(np.ones(10, bool)) == pytest.approx(whole, abs=1e-5)
    keep = np.ones(10, bool)
    keep[0] = False  # regions 0 and 1
    weight, relation = network.relations(torch.from_numpy(pieces))
    weight = weight.detach().clone()
    weight[:, 0] = 0
    wanted = network.score(weight, relation, torch.from_numpy(duration)).detach().numpy()
    assert score(keep) == pytest.approx(wanted, abs=1e-5)
    assert not np.allclose(score(keep), whole)


def test_importance_times_feature_is_the_slope_along_the_sum():
    network = interpreter()
    pieces, duration = moving()
    weight, made = train.read_pairs(network, pieces, duration)
    score = train.pair_scorer(network, pieces, duration)
    step = 1e-2
    for pair in (0, 4, 9):
        nudged = [np.ones(10), np.ones(10)]
        nudged[0][pair], nudged[1][pair] = 1 + step, 1 - step
        slope = (score(nudged[0]) - score(nudged[1])) / (2 * step)
        assert made[:, pair] == pytest.approx(slope, abs=2e-3)
    assert (weight > 0).all()


def test_a_clip_reads_the_same_at_another_frame_rate():
    slow, quick = np.arange(50) / 12.5, np.arange(100) / 25
    courses = [np.stack([smile(t), smile(t, onset_s=1.3)], axis=1) for t in (slow, quick)]
    first, second = (
        read_sequences([clip(each, t)]) for each, t in zip(courses, (slow, quick), strict=True)
    )
    assert first.signals.shape == (1, STEPS, 2, 4)
    assert first.duration_s == pytest.approx(second.duration_s, rel=0.02)
    size = np.abs(second.signals).max()
    assert np.abs(first.signals - second.signals)[..., :2].max() < 0.1 * size


def test_a_region_that_was_not_seen_reads_as_usual():
    times_s = np.arange(40) / 10
    valid = np.ones((40, 2), bool)
    valid[:, 1] = False
    courses = np.stack([smile(times_s), smile(times_s)], axis=1)
    clips = read_sequences([clip(courses, times_s), clip(2 * courses, times_s, valid=valid)])
    pieces, duration = fit_norm(clips, np.ones(2))(clips)
    assert pieces.shape == (2, STEPS // PIECE, 2, PIECE * 4)
    assert not pieces[1, :, 1].any()
    assert np.isfinite(pieces).all()
    assert not duration.any()  # all of one length


def test_clips_in_which_nothing_was_seen_are_named():
    times_s = np.arange(40) / 10
    courses = np.stack([smile(times_s)], axis=1)
    blind = clip(courses, times_s, valid=np.zeros((40, 1), bool))
    with pytest.raises(ArgumentError, match="rows 1 "):
        read_sequences([clip(courses, times_s), blind])


def test_the_network_learns_which_of_two_regions_moving_together_tells_the_class():
    rng = np.random.default_rng(0)
    sign = rng.choice([-1.0, 1.0], size=160)
    first = rng.standard_normal(160)
    pieces = np.zeros((160, 4, 3, 2), np.float32)
    pieces[..., 0, :] = first[:, None, None]
    pieces[..., 1, :] = (sign * first)[:, None, None]
    pieces[..., 2, :] = rng.standard_normal((160, 1, 1))
    lesson = train.Lesson(
        pieces=pieces[:110],
        duration=np.zeros((110, 1), np.float32),
        y=(sign[:110] > 0).astype(float),
        weights=np.ones(110),
        task="class",
    )
    options = {"regions": 3, "channels": 2, "width": 8, "hidden": 16, "fair": True, "dropout": 0.0}
    network = train.make_network("fdin", options, seed=1)
    task = train.ClipTask(network=network, lesson=lesson, fingerprint="a", batch_clips=64)
    loop = fdin_softmax(NetworkSettings(steps=(60,), rates=(1e-2,)))._loop(1e-2, 60, 1)
    train.filled(network, train.learn(task, loop))
    held = (pieces[110:], np.zeros((50, 1), np.float32))
    assert auc(train.score_clips(network, *held), (sign[110:] > 0).astype(float)) > 0.95


@pytest.mark.parametrize("kind", KINDS)
def test_every_network_keeps_to_the_protocol_and_can_be_stored(kind, tmp_path):
    material, target = people()
    model = make_kind(kind, QUICK)
    model.fit(material, target, rng=np.random.default_rng(0))
    assert isinstance(model, Opponent)
    assert isinstance(model, Storable)
    assert model.losses.shape == (4,)
    assert np.isfinite(model.held_out).all()
    again = make_kind(kind, QUICK)
    again.restore(model.arrays())
    assert again.score(material) == pytest.approx(model.score(material))
    importance = model.pair_importance()
    assert (importance is None) == (not kind.startswith("fdin"))
    assert (model.pair_scorer(material) is None) == (importance is None)
    if importance is not None:
        np.testing.assert_array_equal(again.pair_importance(), importance)
        assert set(model.explanations()) == set(again.explanations())
        before = model.untrained(material, target)
        assert set(before) == set(model.explanations())
        assert not np.allclose(before["importance"], importance)
        assert pair_auroc(importance, [(0, 1)]) >= 0


def test_the_same_seed_gives_the_same_network_and_leaves_the_generator_of_torch_alone():
    material, target = people()
    state = torch.random.get_rng_state()
    scores = []
    for _ in range(2):
        model = lstm(NetworkSettings(**QUICK))
        model.fit(material, target, rng=np.random.default_rng(5))
        scores.append(model.score(material))
    np.testing.assert_array_equal(*scores)
    assert torch.equal(state, torch.random.get_rng_state())


def test_numbers_come_back_in_their_own_unit():
    material, target = people(trait="age")
    model = tcn(NetworkSettings(**QUICK))
    model.fit(material, target, rng=np.random.default_rng(0))
    assert model.score(material).mean() == pytest.approx(target.y.mean(), abs=2 * target.y.std())
    learnt = model._learnt
    assert learnt.middle == pytest.approx(target.y.mean())
    assert learnt.spread == pytest.approx(target.y.std())


def test_scores_on_the_way_are_those_of_shorter_trainings():
    material, target = people()
    clips = material.sequences
    model = lstm(NetworkSettings(**QUICK))
    found = model.watch(clips, target, clips, tried=(4e-3, 0), seed=3)
    short = lstm(NetworkSettings(**QUICK | {"steps": (2,)}))
    wanted = short.watch(clips, target, clips, tried=(4e-3, 0), seed=3)
    assert set(found) == {2, 4}
    np.testing.assert_allclose(found[2], wanted[2], atol=1e-6)
    assert not np.allclose(found[2], found[4])


def test_a_training_that_was_cut_off_goes_on_in_its_folder(tmp_path):
    material, target = people()
    kept = NetworkSettings(**QUICK, folder=str(tmp_path / "run"))
    first, second = (NetworkOpponent(Design(network="lstm", options=({}, {})), kept)
                     for _ in range(2))  # fmt: skip
    first.fit(material, target, rng=np.random.default_rng(1))
    assert (tmp_path / "run" / "checkpoint.npz").exists()
    second.fit(material, target, rng=np.random.default_rng(1))
    np.testing.assert_array_equal(first.score(material), second.score(material))
    with pytest.raises(ArgumentError):
        NetworkOpponent(Design(network="lstm", options=({}, {})), kept).fit(
            material, target, rng=np.random.default_rng(2)
        )


def test_a_stored_network_predicts_and_explains_the_same(tmp_path):
    drawn = planted(3, subjects=24, clips_per_subject=1, kin_share=0.0)
    model = TraitModel.fit(drawn.dynamics, drawn.labels, subjects=drawn.subjects,
                           kind="fdin-softmax", settings=QUICK)  # fmt: skip
    model.save(tmp_path / "model")
    again = TraitModel.load(tmp_path / "model")
    assert again.predict(drawn.dynamics[0]).value == pytest.approx(
        model.predict(drawn.dynamics[0]).value
    )
    named = [(one.region, one.other) for one in model.explain().pairs]
    assert [(one.region, one.other) for one in again.explain().pairs] == named


def test_settings_that_make_no_sense_are_refused_together():
    with pytest.raises(ConfigError, match=r"(?s)rates.*steps.*batch_clips.*folds"):
        NetworkSettings(rates=(0.0,), steps=(10, 15), batch_clips=0, folds=1)
    with pytest.raises(ConfigError, match="tries"):
        NetworkSettings(rates=(1e-3, 2e-3, 3e-3), steps=(1, 2, 3))


def test_a_network_that_does_not_exist_is_refused():
    with pytest.raises(ArgumentError, match="network"):
        train.make_network("rnn", {"regions": 2, "channels": 2}, seed=0)


def test_without_torch_the_kinds_name_the_extra(monkeypatch):
    monkeypatch.setitem(sys.modules, "torch", None)
    for name in ("neural", "train", "learnt", "networks.interpreter", "networks.whole"):
        monkeypatch.delitem(sys.modules, f"mimetic.relations.{name}", raising=False)
    with pytest.raises(MissingExtra, match="neural"):
        make_kind("fdin-softmax")
