import json

import numpy as np
import pytest

from mimetic.errors import ModelError
from mimetic.micro.loso import loso
from mimetic.micro.recognise import MicroModel, Recognition
from mimetic.micro.registry import restore
from tests.micro.population import small


@pytest.fixture(scope="module")
def model():
    data = small()
    return MicroModel.fit(data.maps, data.labels, subjects=data.subjects)


def test_other_people_of_the_same_population_are_recognised(model):
    other = small(seed=1)
    told = model.predict(other.maps)
    assert isinstance(told, Recognition)
    assert told.classes == ("negative", "positive", "surprise")
    assert np.mean([one == two for one, two in zip(told.labels, other.labels, strict=True)]) > 0.65


def test_a_stored_model_says_the_same_bits(model, tmp_path):
    maps = small(seed=1).maps
    model.save(tmp_path / "model")
    again = MicroModel.load(tmp_path / "model")
    np.testing.assert_array_equal(again.predict(maps).scores, model.predict(maps).scores)
    assert again.facts == model.facts
    assert again.classes == model.classes


def test_the_card_says_what_was_measured(model, tmp_path):
    data = small()
    text = (model.save(tmp_path) / "card.md").read_text()
    assert "66 maps of 10 people: 30 negative, 18 positive, 18 surprise" in text
    assert "Not measured" in text
    scores = loso(data.maps, data.labels, data.subjects)
    text = (model.save(tmp_path, scores=scores) / "card.md").read_text()
    assert f"UF1 {scores.uf1:.3f}" in text
    assert text.count("| surprise |") == 1


def test_a_damaged_folder_is_refused(model, tmp_path):
    with pytest.raises(ModelError, match=r"expected a model folder with config\.toml"):
        MicroModel.load(tmp_path / "none")
    folder = model.save(tmp_path / "model")
    config = (folder / "config.toml").read_text()
    (folder / "config.toml").write_text(config + "\n")
    with pytest.raises(ModelError, match="damaged or exchanged"):
        MicroModel.load(folder)
    (folder / "weights.npz").write_bytes(b"no archive")
    with pytest.raises(ModelError, match="expected a model's arrays"):
        MicroModel.load(folder)
    about = json.loads((folder / "provenance.json").read_text())
    (folder / "provenance.json").write_text(json.dumps(about | {"format": 99}))
    with pytest.raises(ModelError, match="of format 1"):
        MicroModel.load(folder)
    with pytest.raises(ModelError, match="expected a stored kernel model"):
        restore("kernel", {}, {})
