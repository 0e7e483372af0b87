import json

import numpy as np
import pytest

from mimetic.errors import ModelError
from mimetic.flow.store import read_network, write_network

ABOUT = {"network": "flownets", "metrics": {}, "provenance": {"config_hash": ""}}


@pytest.fixture
def folder(tmp_path):
    weights = {"layer.weight": np.full((2, 3), 0.1, np.float32), "steps": np.array(7)}
    write_network(
        tmp_path / "net",
        config_toml='network = "flownets"\n',
        weights=weights,
        about=ABOUT,
        card="# card",
    )
    return tmp_path / "net"


def test_a_model_folder_comes_back_with_weights_in_half_precision(folder):
    stored = read_network(folder)
    assert stored.config == {"network": "flownets"}
    assert (folder / "card.md").read_text() == "# card"
    assert stored.about["network"] == "flownets"
    assert stored.weights["layer.weight"].dtype == np.float16
    np.testing.assert_allclose(stored.weights["layer.weight"], 0.1, rtol=1e-3)
    assert stored.weights["steps"] == 7


def test_weights_too_large_for_half_precision_are_kept_whole(tmp_path):
    weights = {"a": np.array([1e6], np.float32)}
    write_network(tmp_path, config_toml="", weights=weights, about=ABOUT, card="")
    assert read_network(tmp_path).weights["a"][0] == 1e6


def test_a_folder_that_is_none_is_told(tmp_path):
    with pytest.raises(ModelError, match="expected a model folder with"):
        read_network(tmp_path)


def test_a_folder_of_another_format_is_told(folder):
    about = json.loads((folder / "provenance.json").read_text())
    (folder / "provenance.json").write_text(json.dumps({**about, "format": 9}))
    with pytest.raises(ModelError, match="format 1, got"):
        read_network(folder)


def test_damaged_weights_are_told(folder):
    path = folder / "weights.npz"
    path.write_bytes(path.read_bytes()[:100])
    with pytest.raises(ModelError, match="expected a model's arrays"):
        read_network(folder)


def test_exchanged_weights_are_told(folder):
    np.savez(folder / "weights.npz", other=np.ones(3))
    with pytest.raises(ModelError, match="damaged or exchanged"):
        read_network(folder)


def test_a_recipe_that_is_no_toml_is_told(folder):
    (folder / "config.toml").write_text("= nothing")
    with pytest.raises(ModelError, match=r"expected a recipe in config\.toml"):
        read_network(folder)
