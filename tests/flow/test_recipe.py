from pathlib import Path

import pytest

from mimetic.config import config_hash, from_mapping, read_config, to_toml
from mimetic.errors import ArgumentError, ConfigError
from mimetic.flow.objective import TERMS
from mimetic.flow.recipe import FlowRecipe, read_recipe
from tests.flow.recipes import RECIPE

RECIPES = sorted((Path(__file__).parents[2] / "recipes").glob("flow-*.toml"))


@pytest.fixture
def path(tmp_path):
    (tmp_path / "tiny.toml").write_text(RECIPE)
    return tmp_path / "tiny.toml"


@pytest.mark.parametrize("path", RECIPES, ids=lambda path: path.stem)
def test_every_recipe_of_the_package_can_be_read_and_comes_back_the_same(path, tmp_path):
    recipe = read_recipe(path)
    assert recipe.about
    (tmp_path / "again.toml").write_text(to_toml(recipe))
    assert config_hash(read_config(FlowRecipe, tmp_path / "again.toml")) == config_hash(recipe)


def test_the_papers_three_experiments_weigh_their_terms_to_one():
    papers = [path for path in RECIPES if "paper" in path.stem]
    assert len(papers) == 3
    for path in papers:
        loss = read_recipe(path).loss
        assert sum(getattr(loss, term) for term in TERMS) == pytest.approx(1), path.stem


def test_changes_are_laid_over_the_recipe_and_the_rest_stays(path):
    changes = ("data.jitter_px=0.3", "data.labels=landmarks", "options.width = 0.125")
    changed = read_recipe(path, changes)
    assert changed.data.jitter_px == 0.3
    assert changed.data.labels == "landmarks"
    assert changed.options == {"width": 0.125, "difference": 8.0}
    assert changed.loop == read_recipe(path).loop
    assert read_recipe(path, ('data.kinds=["rbf", "edge"]',)).data.kinds == ("rbf", "edge")


def test_an_unknown_key_is_told_with_a_near_one(path):
    path.write_text(RECIPE.replace("save_every", "save_evry"))
    with pytest.raises(ConfigError, match=r"unknown key 'save_evry'; did you mean save_every"):
        read_recipe(path)


def test_an_unknown_option_of_a_network_is_told(path):
    with pytest.raises(ConfigError, match="unknown key 'depth'"):
        read_recipe(path, ("options.depth=3",))


@pytest.mark.parametrize("change", ["data.jitter_px", "network.width=1"])
def test_a_change_that_is_none_is_told(path, change):
    path.write_text(RECIPE)
    with pytest.raises(ConfigError, match="change: "):
        read_recipe(path, (change,))


def test_a_refiner_takes_no_loss_of_the_recipe():
    with pytest.raises(ConfigError, match="refiner has one of its own"):
        from_mapping(FlowRecipe, {"network": "refiner", "loss": {"endpoint": 2.0}})


def test_an_unknown_network_is_told():
    with pytest.raises(ArgumentError, match="network: expected one of flownets"):
        FlowRecipe(network="transformer")
