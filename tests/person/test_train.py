from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from mimetic.config import read_config
from mimetic.errors import ArgumentError, ConfigError
from mimetic.learn.settings import LoopSettings
from mimetic.person.networks.reading import begin, pixel_metric, raw_codes, restored, suit
from mimetic.person.recipe import NeuralConfig, PictureSizes, RegionUnits
from mimetic.person.samples import as_pictures, gather_frames
from mimetic.person.train import TrainingRun, learn
from mimetic.person.weights import PersonConfig
from tests.person.faces import make_clip

RECIPES = sorted((Path(__file__).parents[2] / "recipes").glob("person-*.toml"))
CLIP = make_clip(np.arange(0, 6, 0.1), noise=0.3)
FRAMES = gather_frames({"": [CLIP]}, appearance_px=32)
SMALL = NeuralConfig(
    kind="cycle",
    updates=4,
    batch=4,
    linear=PersonConfig(components=6, appearance_px=32),
    sizes=PictureSizes(code=8, width=4),
    regions=RegionUnits(units=8),
    loop=LoopSettings(rate=2e-3, warmup_steps=0, average=0.0),
)
REGIONS = [list(range(400)), list(range(400, 900))]


@pytest.mark.parametrize("path", RECIPES, ids=lambda path: path.stem)
def test_every_recipe_can_be_read(path):
    assert read_config(NeuralConfig, path).about


@pytest.mark.parametrize(
    "changes",
    [
        {"kind": "tree"},
        {"updates": -1},
        {"batch": 1},
        {"linear": PersonConfig(appearance_px=40)},
        {"linear": PersonConfig(appearance_px=0)},
        {"regions": RegionUnits(energy=1.0)},
        {"regions": RegionUnits(hide=1.0)},
    ],
)
def test_a_recipe_that_cannot_be_is_refused(changes):
    with pytest.raises(ConfigError, match="expected"):
        replace(SMALL, **changes)


@pytest.mark.parametrize("kind", ["neural", "cycle", "fabnet"])
def test_the_usual_recipe_of_a_kind_is_the_one_in_its_file(kind):
    stored = read_config(NeuralConfig, RECIPES[0].with_name(f"person-{kind}.toml"))
    assert replace(stored, about="") == NeuralConfig.of(kind)


def test_frames_of_two_recordings_and_two_people_are_numbered():
    frames = gather_frames({"anna": [CLIP, CLIP], "ben": [CLIP]}, appearance_px=32)
    assert frames.recording.tolist() == [0] * 60 + [1] * 60 + [2] * 60
    assert frames.person.tolist() == [0] * 120 + [1] * 60
    first, second = frames.pairs(0.5, count=50, rng=np.random.default_rng(0))
    assert (frames.recording[first] == frames.recording[second]).all()
    assert len(np.unique(frames.person[first])) == 1


def test_without_frames_there_is_nothing_to_learn_from():
    with pytest.raises(ArgumentError, match="got none"):
        gather_frames({"anna": []}, appearance_px=32)


def test_pictures_of_features_are_the_face_and_nothing_around_it():
    pictures = as_pictures(FRAMES.rows[:2], 32)
    assert pictures.shape == (2, 1, 32, 32)
    assert not pictures[:, 0, 0].any()
    assert pictures[:, 0, 16].any()


@pytest.mark.parametrize("kind", ["cycle", "fabnet"])
def test_pictures_are_rebuilt_better_after_a_few_steps(kind):
    config = replace(SMALL, kind=kind, updates=9)
    config = replace(config, loop=replace(config.loop, report_every=3))
    found = learn(config, FRAMES, begin(config, []))
    assert found.rows[-1]["loss"] < 0.97 * found.rows[0]["loss"]


def test_units_learn_to_rebuild_the_face():
    rows = FRAMES.rows - FRAMES.rows.mean(0)
    frames = replace(FRAMES, rows=(rows / np.sqrt(rows.var(0).sum())).astype(np.float32))
    config = replace(
        SMALL, kind="neural", updates=60, batch=16, loop=replace(SMALL.loop, rate=1e-2)
    )
    network = begin(config, REGIONS)
    suit(network, frames.rows)
    found = learn(config, frames, network)
    assert found.rows[-1]["loss"] < 0.9 * found.rows[0]["loss"]
    assert set(found.last) == {"picked", "seen", "waves", "phase"}


def test_one_run_serves_a_curve_and_zero_updates_leave_the_start():
    network = begin(SMALL, [])
    start = {name: value.numpy().copy() for name, value in network.state_dict().items()}
    found = learn(SMALL, FRAMES, network, run=TrainingRun(at=(0, 2, 4))).arrays
    assert sorted(found) == [0, 2, 4]
    assert all(np.array_equal(found[0][name], start[name]) for name in start)
    assert not np.array_equal(found[2]["encoder.code.bias"], found[4]["encoder.code.bias"])
    none = learn(replace(SMALL, updates=0), FRAMES, begin(SMALL, [])).last
    assert all(np.array_equal(none[name], start[name]) for name in start)


def test_a_killed_run_goes_on_where_it_was(tmp_path, monkeypatch):
    whole = learn(SMALL, FRAMES, begin(SMALL, []))
    config = replace(SMALL, loop=replace(SMALL.loop, save_every=2))
    calls = []

    def broken(*given):
        calls.append(given)
        if len(calls) == 4:
            raise RuntimeError("the power went")
        return original(*given)

    from mimetic.person import train

    original = train.cycle_loss
    monkeypatch.setattr(train, "cycle_loss", broken)
    with pytest.raises(RuntimeError, match="power"):
        learn(config, FRAMES, begin(config, []), run=TrainingRun(out=tmp_path))
    again = learn(config, FRAMES, begin(config, []), run=TrainingRun(out=tmp_path, resume=True))
    assert len(calls) == 6  # two of the four steps were kept
    assert np.array_equal(again.last["encoder.code.weight"], whole.last["encoder.code.weight"])


def test_the_pixel_metric_is_the_length_of_what_a_small_change_of_code_draws():
    config = replace(SMALL, kind="fabnet")
    network = begin(config, [])
    with torch.no_grad():
        network.decoder.flow.weight.mul_(300)
    network.eval()
    metric = pixel_metric(config, network, np.repeat(FRAMES.rows[:1], 4, axis=0))
    assert np.allclose(metric, metric.T)
    anchor = torch.from_numpy(as_pictures(FRAMES.rows[:1], 32))
    with torch.no_grad():
        code = network.encode(anchor)
        change = torch.zeros_like(code)
        change[0, 3], change[0, 5] = 0.01, -0.02
        drawn = network.redraw(code + change, anchor) - network.redraw(code - change, anchor)
    length = float(drawn.norm()) / 2
    assert np.linalg.norm(metric @ change[0].numpy()) == pytest.approx(length, rel=0.1)


def test_codes_of_a_restored_network_are_the_same():
    network = begin(SMALL, []).eval()
    again = restored(SMALL, {name: value.numpy() for name, value in network.state_dict().items()})
    assert np.array_equal(
        raw_codes(SMALL, network, FRAMES.rows[:3]), raw_codes(SMALL, again, FRAMES.rows[:3])
    )
