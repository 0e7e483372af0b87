import itertools
import json
import os
import shutil

import cv2
import numpy as np
import pytest
from threadpoolctl import threadpool_info, threadpool_limits

from mimetic.errors import ArgumentError, MissingExtra, ModelError
from mimetic.flow.classical import one_thread
from mimetic.flow.methods import METHODS, find_method, trained_methods
from mimetic.flow.predict import FlowEstimator, FlowSettings
from tests.flow.clips import displaced, eight_bits, texture

HERE = [name for name, method in METHODS.items() if method.here]
SIZES = [(16, 16), (17, 23), (97, 131), (130, 64)]


@pytest.mark.parametrize("name", HERE)
@pytest.mark.parametrize("size", SIZES)
def test_a_constant_picture_of_any_size_has_zero_flow(name, size):
    flat = np.full(size, 128, np.uint8)
    found = FlowEstimator.load(name).estimate(flat, flat)
    assert found.flow_px.shape == (2, *size)
    assert found.flow_px.dtype == np.float32
    # A network adds a little of its own: below what the bench can tell, a hundredth of a pixel.
    assert np.abs(found.flow_px).max() < (0.01 if name.startswith("refine") else 1e-3)
    if found.sigma_px is not None:
        assert found.sigma_px.shape == size
        assert (found.sigma_px > 0).all()


@pytest.mark.parametrize("name", HERE)
@pytest.mark.parametrize("size", SIZES)
def test_flow_of_any_size_is_finite_and_not_far_off(name, size):
    picture = texture(2, size=140)[: size[0], : size[1]]
    flow = np.zeros((2, *size))
    flow[0] = 0.6
    found = FlowEstimator.load(name).pair(eight_bits(displaced(picture, flow)), eight_bits(picture))
    assert np.isfinite(found).all()
    if name != "zero" and min(size) > 60:
        assert np.abs(found - flow).mean() < 0.1


@pytest.mark.parametrize("name", HERE)
def test_black_to_white_and_noise_to_noise_stay_finite(name):
    rng = np.random.default_rng(0)
    black, white = np.zeros((48, 40), np.uint8), np.full((48, 40), 255, np.uint8)
    noise = [rng.integers(0, 256, (48, 40), dtype=np.uint8) for _ in range(2)]
    estimator = FlowEstimator.load(name)
    assert np.isfinite(estimator.pair(black, white)).all()
    assert np.isfinite(estimator.pair(*noise)).all()


@pytest.mark.parametrize("name", HERE)
def test_a_batch_gives_what_single_pairs_give(name):
    pictures = [eight_bits(texture(seed, size=48)) for seed in range(3)]
    pairs = list(itertools.pairwise(pictures))
    estimator = FlowEstimator.load(name)
    for found, pair in zip(estimator.batch(pairs), pairs, strict=True):
        np.testing.assert_array_equal(found.flow_px, estimator.pair(*pair))


def test_every_method_says_what_it_is():
    for name, method in METHODS.items():
        assert method.name == name
        assert method.words
        assert method.licence


def test_a_name_that_is_no_method_and_no_folder_is_refused(tmp_path):
    with pytest.raises(ArgumentError, match="expected auto or one of zero"):
        find_method("raft")
    with pytest.raises(ArgumentError, match="found none"):
        trained_methods(tmp_path / "nowhere")


def test_a_folder_without_weights_is_no_method(tmp_path):
    with pytest.raises(ModelError, match=r"expected a model folder"):
        FlowEstimator.load(str(tmp_path))
    assert trained_methods(tmp_path) == []


@pytest.fixture
def refiner(tmp_path):
    """A copy of the refiner that comes with the package, as somebody's own."""
    return shutil.copytree(METHODS["refine"].weights.parent, tmp_path / "mine")


def test_a_folder_of_a_trained_refiner_is_a_method_of_its_own_name(refiner):
    (method,) = trained_methods(refiner.parent)
    assert method.name == f"mine-{METHODS['refine'].weights_hash[:8]}"
    pictures = [eight_bits(texture(seed, size=48)) for seed in range(2)]
    mine, ours = (FlowEstimator.load(name) for name in (str(refiner), "refine"))
    assert mine.weights_hash == ours.weights_hash
    np.testing.assert_array_equal(mine.pair(*pictures), ours.pair(*pictures))


def test_weights_of_another_version_or_exchanged_are_refused(refiner):
    about = json.loads((refiner / "provenance.json").read_text())
    (refiner / "provenance.json").write_text(json.dumps(about | {"format": 99}))
    with pytest.raises(ModelError, match="of format 1, got"):
        FlowEstimator.load(str(refiner))
    (refiner / "provenance.json").write_text(json.dumps(about))
    with np.load(refiner / "weights.npz") as stored:
        weights = {name: stored[name] for name in stored.files}
    first = next(iter(weights))
    np.savez(refiner / "weights.npz", **(weights | {first: weights[first] + 1}))
    with pytest.raises(ModelError, match="they were damaged"):
        FlowEstimator.load(str(refiner))


def test_a_network_without_torch_names_the_line_that_brings_it(refiner, monkeypatch):
    about = json.loads((refiner / "provenance.json").read_text())
    (refiner / "provenance.json").write_text(json.dumps(about | {"network": "raft"}))
    (method,) = trained_methods(refiner.parent)
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    assert not method.here
    with pytest.raises(MissingExtra, match=r"mimetic\[neural\]"):
        method.make()


@pytest.mark.parametrize(("given", "words"), [({"frames": 4}, "2 or 3"), ({"tile_px": 20}, "64")])
def test_settings_that_mean_nothing_are_refused(given, words):
    with pytest.raises(ArgumentError, match=words):
        FlowSettings(**given)


def test_a_method_computes_on_one_thread_and_gives_the_threads_back():
    counts = []

    def threads():
        return {info["num_threads"] for info in threadpool_info() if info["user_api"] == "blas"}

    with threadpool_limits(2, user_api="blas"):
        with one_thread():
            counts.append(threads())
            assert cv2.getNumThreads() == 1
        counts.append(threads())
    assert counts[0] == {1}
    assert counts[1] == {min(2, os.cpu_count() or 1)}
