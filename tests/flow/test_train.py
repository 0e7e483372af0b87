import dataclasses
import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch

from mimetic.errors import ArgumentError, ModelError
from mimetic.flow.networks.estimator import load_network
from mimetic.flow.recipe import read_recipe
from mimetic.flow.store import read_network
from mimetic.learn.curve import read_curve
from tests.flow.recipes import RECIPE, learn

torch.set_num_threads(1)
ALL = sorted((Path(__file__).parents[2] / "recipes").glob("flow-*.toml"))
RECIPES = [path for path in ALL if "refiner" not in path.stem]
FILES = {"config.toml", "weights.npz", "provenance.json", "card.md", "curve.csv"}


class KilledError(Exception):
    pass


def recipe_with(tmp_path, *changes):
    path = tmp_path / "tiny.toml"
    path.write_text(RECIPE)
    return read_recipe(path, changes)


@pytest.fixture(scope="module")
def recipe(tmp_path_factory):
    return recipe_with(tmp_path_factory.mktemp("recipe"))


@pytest.fixture(scope="module")
def trained(recipe, tmp_path_factory):
    out = tmp_path_factory.mktemp("trained") / "net"
    return out, learn(recipe, out)


def same_weights(one, other):
    mine, theirs = read_network(one).weights, read_network(other).weights
    return all(np.array_equal(mine[name], theirs[name]) for name in mine)


def test_a_model_folder_holds_what_a_reader_needs(trained):
    out, about = trained
    assert {file.name for file in out.iterdir()} == FILES
    assert json.loads((out / "provenance.json").read_text())["metrics"] == about["metrics"]
    assert about["metrics"].keys() >= {"loss", "held_epe_px", "held_moving_px", "held_zero_px"}
    assert about["people"] == 2  # the third watches
    assert about["parameters"] == sum(w.size for w in read_network(out).weights.values())
    assert [row["step"] for row in read_curve(out / "curve.csv")] == [2, 4, 6]
    card = (out / "card.md").read_text()
    assert "6 steps of 2 pairs" in card
    assert "exact" in card


def test_a_trained_network_is_a_method_of_flow(trained):
    estimator = load_network(trained[0])
    picture = np.random.default_rng(0).integers(0, 256, (70, 50)).astype(np.uint8)
    estimate = estimator(picture, picture)
    assert estimate.flow_px.shape == (2, 70, 50)
    assert estimate.flow_px.dtype == np.float32
    assert estimate.sigma_px is None
    assert estimator.parameters == trained[1]["parameters"]


@pytest.mark.parametrize("killed_at", [0.2, 0.7])
def test_a_training_that_broke_off_ends_with_the_same_curve_and_weights(
    recipe, trained, tmp_path, killed_at
):
    def die(stage, share):
        if stage == "learning" and share >= killed_at:
            raise KilledError

    with pytest.raises(KilledError):
        learn(recipe, tmp_path / "net", tell=die)
    learn(recipe, tmp_path / "net", resume=True)
    for name in ("curve.csv", "config.toml"):
        assert (tmp_path / "net" / name).read_bytes() == (trained[0] / name).read_bytes()
    assert same_weights(tmp_path / "net", trained[0])


def test_pairs_in_a_cache_are_the_same_pairs(recipe, trained, tmp_path):
    for name in ("one", "two"):
        learn(recipe, tmp_path / name, cache=tmp_path / "cache")
        assert same_weights(tmp_path / name, trained[0])
    assert len(list((tmp_path / "cache").iterdir())) == 2


def test_a_finished_training_is_resumed_by_doing_nothing(recipe, trained):
    out, about = trained
    before = (out / "weights.npz").stat().st_mtime_ns
    assert (
        learn(recipe, out, resume=True)["weights_sha256"]
        == read_network(out).about["weights_sha256"]
    )
    assert (out / "weights.npz").stat().st_mtime_ns == before
    assert about["network"] == "flownets"


def test_a_folder_with_a_training_is_not_taken_for_another_one(recipe, trained, tmp_path):
    with pytest.raises(ArgumentError, match="finished training is here already"):
        learn(recipe, trained[0])
    other = recipe_with(tmp_path, "loop.rate=0.5")
    with pytest.raises(ArgumentError, match="made with another one"):
        learn(other, trained[0], resume=True)


def test_a_begun_training_of_another_recipe_is_not_resumed(recipe, tmp_path):
    def die(stage, share):
        if stage == "learning" and share >= 0.5:
            raise KilledError

    with pytest.raises(KilledError):
        learn(recipe, tmp_path / "net", tell=die)
    with pytest.raises(ArgumentError, match="another recipe"):
        learn(recipe_with(tmp_path, "loop.seed=1"), tmp_path / "net", resume=True)


def test_a_network_after_a_start_gives_the_start_and_its_own_share(tmp_path):
    recipe = recipe_with(tmp_path, "data.start=dis", "loop.steps=2")
    learn(recipe, tmp_path / "net")
    estimator = load_network(tmp_path / "net")
    assert estimator.start is not None
    picture = np.random.default_rng(0).integers(0, 256, (64, 64)).astype(np.uint8)
    start = estimator.start(picture, picture).flow_px
    plain = dataclasses.replace(estimator(picture, picture)).flow_px
    estimator.start = None
    np.testing.assert_allclose(plain - start, estimator(picture, picture).flow_px, atol=1e-5)


def test_a_recipe_that_this_version_cannot_build_is_told(trained, tmp_path):
    for file in trained[0].iterdir():
        (tmp_path / file.name).write_bytes(file.read_bytes())
    (tmp_path / "config.toml").write_text('network = "flownets"\n[options]\nwings = 2\n')
    with pytest.raises(ModelError, match="expected the recipe of a flow network"):
        load_network(tmp_path)


def test_the_loss_of_going_there_and_back_sees_both_ways(tmp_path):
    about = learn(
        recipe_with(tmp_path, "loss.forward_backward=0.1", "loop.steps=2"), tmp_path / "n"
    )
    assert "forward_backward" in read_curve(tmp_path / "n" / "curve.csv")[0]
    assert about["steps"] == 2


def test_pairs_filmed_anew_are_learnt_from_and_resumed_as_kept_ones(tmp_path):
    recipe = recipe_with(tmp_path, "data.drawn=anew")

    def die(stage, share):
        if stage == "learning" and share >= 0.5:
            raise KilledError

    learn(recipe, tmp_path / "whole")
    with pytest.raises(KilledError):
        learn(recipe, tmp_path / "killed", tell=die)
    learn(recipe, tmp_path / "killed", resume=True)
    assert same_weights(tmp_path / "whole", tmp_path / "killed")
    with pytest.raises(ArgumentError, match="drawn: expected once"):
        recipe_with(tmp_path, "data.drawn=anew", "data.labels=tracker")


def test_the_refiner_learns_from_kept_pairs_alone(tmp_path):
    recipe = dataclasses.replace(
        recipe_with(tmp_path, "data.drawn=anew"), network="refiner", options={}
    )
    with pytest.raises(ArgumentError, match="refiner learns from kept pairs"):
        learn(recipe, tmp_path / "net")


@pytest.mark.parametrize("path", RECIPES, ids=lambda path: path.stem)
def test_every_recipe_of_a_network_takes_a_step(path, tmp_path):
    small = ["options.width=0.125", "data.pairs=1", "data.batch=1", "data.test_pairs=1"]
    small += ["data.crop_px=64", "data.pictures.size_px=64", "loop.steps=1"]
    about = learn(read_recipe(path, small), tmp_path / "net")
    assert np.isfinite(about["metrics"]["held_epe_px"])


@pytest.mark.slow
def test_two_processes_of_torchrun_write_one_model(tmp_path):
    (tmp_path / "tiny.toml").write_text(RECIPE)
    done = subprocess.run(
        [sys.executable, "-m", "torch.distributed.run", "--nproc-per-node=2", "-m", "mimetic.cli",
         "flow", "train", str(tmp_path / "tiny.toml"), "-o", str(tmp_path / "net"), "--device",
         "cpu", "--set", "loop.steps=2"],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert {file.name for file in (tmp_path / "net").iterdir()} == FILES
