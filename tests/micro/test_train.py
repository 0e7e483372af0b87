import numpy as np
import pytest

from mimetic.errors import ArgumentError, MissingExtra
from mimetic.micro import registry
from mimetic.micro.kinds import read_samples
from mimetic.micro.loso import loso
from mimetic.micro.recognise import MicroModel
from tests.micro.population import small

torch = pytest.importorskip("torch")

from mimetic.micro.network import STSTNet  # noqa: E402
from mimetic.micro.train import NetworkRecogniser, NetworkSettings, _batches  # noqa: E402

QUICK = NetworkSettings(epochs=(1, 15), rate=1e-2, batch=16, inner_folds=2, device="cpu")


def samples(people=3):
    data = small(people)
    return read_samples(data.maps, data.labels, data.subjects)


def test_the_network_has_the_published_number_of_parameters():
    assert sum(each.numel() for each in STSTNet(3).parameters()) == 1683
    assert STSTNet(3, 2)(torch.zeros(5, 2, 3, 28, 28)).shape == (5, 2, 3)


def test_copies_do_not_know_of_each_other():
    network = STSTNet(3, 2).eval()
    maps = torch.rand(4, 2, 3, 28, 28, generator=torch.Generator().manual_seed(0))
    changed = maps.clone()
    changed[:, 1] += 1
    one, other = network(maps), network(changed)
    torch.testing.assert_close(one[:, 0], other[:, 0])
    assert not torch.allclose(one[:, 1], other[:, 1])


def test_an_epoch_shows_every_copy_all_its_rows():
    rows = [np.arange(10), np.arange(20, 26)]
    parts = _batches(rows, 4, np.random.default_rng(0))
    shown = np.concatenate(parts)
    assert sorted(shown[:, 0]) == list(range(10))
    assert set(shown[:, 1]) == set(range(20, 26))
    assert {len(part) for part in parts} == {5}


def test_it_learns_clear_movements_and_epochs_are_a_setting():
    found = samples()
    recogniser = NetworkRecogniser(found, QUICK)
    test, train = np.flatnonzero(found.groups == 0), np.flatnonzero(found.groups != 0)
    fold = recogniser.fold(train, test)
    assert recogniser.names == ("1 epochs", "15 epochs")
    assert fold.inner.shape == (2, train.size, 3)
    model = recogniser.learn(train, np.array([1]))
    assert (model.scores(found.maps[train]).argmax(1) == found.y[train]).mean() > 0.8
    assert fold.outer.shape == (2, test.size, 3)


def test_the_same_seed_gives_the_same_network():
    found = samples()
    rows = np.arange(found.y.size)
    one, other = (
        NetworkRecogniser(found, QUICK, seed=4).learn(rows, np.array([0])) for _ in range(2)
    )
    np.testing.assert_array_equal(one.scores(found.maps), other.scores(found.maps))


def test_it_goes_through_the_same_protocol_and_store(tmp_path, monkeypatch):
    monkeypatch.setattr("mimetic.micro.train.DEFAULTS", QUICK)
    data = small(3)
    scores = loso(data.maps, data.labels, data.subjects, kind="ststnet")
    assert scores.kind == "ststnet"
    assert {len(each) for each in scores.settings.values()} == {1}
    model = MicroModel.fit(data.maps, data.labels, subjects=data.subjects, kind="ststnet")
    model.save(tmp_path)
    again = MicroModel.load(tmp_path)
    np.testing.assert_array_equal(again.predict(data.maps).scores, model.predict(data.maps).scores)


def test_settings_of_no_use_are_refused():
    with pytest.raises(ArgumentError, match="epochs: expected growing numbers"):
        NetworkSettings(epochs=(5, 3))
    with pytest.raises(ArgumentError, match="rate, batch, inner_folds"):
        NetworkSettings(batch=1)


def test_without_torch_the_message_names_the_extra(monkeypatch):
    monkeypatch.setattr(registry, "find_spec", lambda name: None)
    with pytest.raises(MissingExtra, match=r"mimetic\[neural\]"):
        registry.make_recogniser("ststnet", samples())
