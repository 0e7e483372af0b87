from dataclasses import replace

import numpy as np
import pytest

from mimetic.errors import ArgumentError, MissingExtra, ModelError, TooLittleMovementError
from mimetic.learn.metrics import decode_ridge
from mimetic.learn.settings import LoopSettings
from mimetic.person import GeneralModel, PersonModel, neuralparts
from mimetic.person.neural import (
    FEW_UPDATES,
    NeuralModel,
    NeuralStart,
    few_updates,
    load_neural,
)
from mimetic.person.recipe import NeuralConfig, PictureSizes, RegionUnits
from mimetic.person.weights import PersonConfig
from tests.person.faces import frames_of, make_clip

TIMES_S = np.arange(0, 12, 0.1)
CLIP = make_clip(TIMES_S, noise=0.5)
NEURAL = NeuralConfig(
    updates=3,
    batch=4,
    linear=PersonConfig(components=6, appearance_px=32),
    regions=RegionUnits(units=16),
    sizes=PictureSizes(code=8, width=4),
    loop=LoopSettings(schedule="constant", warmup_steps=0, average=0.0),
)
KINDS = {kind: replace(NEURAL, kind=kind) for kind in ("neural", "cycle", "fabnet")}


@pytest.fixture(scope="module")
def models():
    return {
        kind: PersonModel.fit([CLIP], kind=kind, config=config, person_name="anna")
        for kind, config in KINDS.items()
    }


def test_without_units_and_leaning_the_neural_model_is_the_linear_one():
    config = replace(NEURAL, updates=0, steady=False, regions=RegionUnits(energy=0.0))
    neural = PersonModel.fit([CLIP], kind="neural", config=config)
    linear = PersonModel.fit([CLIP], config=config.linear)
    assert np.array_equal(neural.embed(CLIP).codes, linear.embed(CLIP).codes)
    assert np.allclose(neural.movement(0), linear.movement(0), atol=1e-3, equal_nan=True)
    assert neural.components[0].name == linear.components[0].name


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_has_what_a_person_model_has(models, kind):
    model = models[kind]
    codes = model.embed(CLIP)
    assert isinstance(model, NeuralModel)
    assert model.kind == kind
    assert codes.codes.shape == (120, 6)
    assert codes.space == model.space
    assert np.isfinite(codes.codes).all()
    # One sd but for the noise that leaning on other frames takes out.
    assert ((codes.codes.std(0) > 0.5) & (codes.codes.std(0) < 1.05)).all()
    assert model.distance(codes, codes).shape == (120, 120)
    assert 0.6 < model.scaled(codes).var(0).sum() < 1.05
    assert model.render(codes.codes[:2]).shape == (2, 128, 128, 3)
    assert model.movement(1).shape == (2, 128, 128)
    assert len({each.name for each in model.components}) == 6
    assert model.facts.seconds == pytest.approx(12, abs=0.2)
    assert model.limits


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_is_read_back_to_the_bit(models, kind, tmp_path):
    models[kind].save(tmp_path / kind)
    again = PersonModel.load(tmp_path / kind)
    assert again.space == models[kind].space
    assert again.person_name == "anna"
    assert again.facts == models[kind].facts
    one, other = models[kind].embed(CLIP), again.embed(CLIP)
    assert np.array_equal(one.codes, other.codes)
    assert np.array_equal(one.code_sd, other.code_sd)
    assert f'kind "{kind}"' in (tmp_path / kind / "card.md").read_text()


def test_two_fits_with_one_seed_are_the_same_and_another_seed_is_another_space(models):
    config = KINDS["neural"]
    assert PersonModel.fit([CLIP], kind="neural", config=config).space == models["neural"].space
    other = replace(config, loop=replace(config.loop, seed=1))
    assert PersonModel.fit([CLIP], kind="neural", config=other).space != models["neural"].space


def test_units_tell_what_is_no_straight_line_in_the_features():
    # A movement that goes on in the same direction, and a label that begins half way.
    drive = np.zeros((TIMES_S.size, 4))
    drive[:, 0] = 0.5 - 0.5 * np.cos(TIMES_S * 3)
    drive[:, 1] = 0.5 - 0.5 * np.cos(TIMES_S * 1.7)
    clip = make_clip(TIMES_S, drive=drive, noise=0.1)
    label = np.maximum(drive[:, :2] - 0.5, 0)
    config = replace(NEURAL, updates=0, regions=RegionUnits(units=64, width=1.0))
    neural = PersonModel.fit([clip], kind="neural", config=config)
    linear = PersonModel.fit([clip], config=config.linear)
    told = [
        decode_ridge(model.scaled(model.embed(clip)), label, times_s=TIMES_S).r2.mean()
        for model in (neural, linear)
    ]
    assert told[0] > told[1] + 0.05


def test_frames_that_were_not_measured_have_no_code(models):
    valid = np.ones(TIMES_S.size, bool)
    valid[5:9] = False
    shape = CLIP.shape_ed.copy()
    shape[5:9] = np.nan
    codes = models["neural"].embed(replace(CLIP, valid=valid, shape_ed=shape)).codes
    assert np.isnan(codes[5:9]).all()
    assert np.isfinite(codes[valid]).all()
    none = replace(CLIP, valid=~np.ones(120, bool), shape_ed=np.full_like(shape, np.nan))
    assert np.isnan(models["cycle"].embed(none).codes).all()


def test_a_frame_shown_twice_has_the_same_code_twice(models):
    twice = frames_of(CLIP, np.repeat(np.arange(20), 2))
    twice = replace(twice, repeated=np.arange(40) % 2 == 1)
    codes = models["neural"].embed(twice).codes
    assert np.array_equal(codes[::2], codes[1::2])


def test_leaning_lowers_the_noise_that_is_told():
    config = replace(NEURAL, updates=0, steady=False)
    free = PersonModel.fit([CLIP], kind="neural", config=config)
    leaning = PersonModel.fit([CLIP], kind="neural", config=replace(config, steady=True))
    assert leaning.facts.jitter < free.facts.jitter
    assert (leaning.weights.noise_sd <= free.weights.noise_sd).all()


@pytest.mark.parametrize("kind", ["neural", "fabnet"])
def test_a_person_may_start_from_many_or_from_another(models, kind, tmp_path):
    others = {"ben": [make_clip(TIMES_S, seed=3)], "cara": [make_clip(TIMES_S, seed=4)]}
    start = NeuralStart.learn(others, config=KINDS[kind])
    start.save(tmp_path)
    start = NeuralStart.load(tmp_path)
    config = replace(KINDS[kind], updates=0)
    for general in (start, models[kind]):
        found = PersonModel.fit([CLIP], kind=kind, general=general, config=config)
        fresh = PersonModel.fit([CLIP], kind=kind, config=config)
        assert not np.allclose(found.embed(CLIP).codes, fresh.embed(CLIP).codes)


def test_a_start_brings_its_recipe_and_few_updates(models):
    found = PersonModel.fit([CLIP], kind="fabnet", general=models["fabnet"])
    assert found.parts.config == models["fabnet"].parts.config
    long = replace(KINDS["fabnet"], updates=9_000)
    assert few_updates(NeuralStart(config=long, arrays={})).updates == FEW_UPDATES
    assert few_updates(None) is None


def test_the_movement_of_others_weighs_in_where_video_is_short(models, tmp_path):
    others = {"ben": [make_clip(TIMES_S, seed=3)], "cara": [make_clip(TIMES_S, seed=4)]}
    config = replace(KINDS["fabnet"], updates=0, sizes=PictureSizes(code=16, width=4))
    start = NeuralStart.learn(others, config=config)
    assert start.rows.shape == (12, 16)
    start.save(tmp_path)
    assert np.array_equal(NeuralStart.load(tmp_path).rows, start.rows)
    short = frames_of(CLIP, np.arange(16))
    alone, with_others = (
        PersonModel.fit([short], kind="fabnet", general=general, config=config)
        for general in (replace(start, rows=None), start)
    )
    assert alone.weights.sd.size == 4  # a component for four frames
    assert with_others.weights.sd.size == 6
    assert np.isfinite(with_others.embed(CLIP).codes).all()


def test_a_general_linear_model_blends_into_what_is_beneath():
    people = {"ben": [make_clip(TIMES_S, seed=3)], "cara": [make_clip(TIMES_S, seed=4)]}
    general = GeneralModel.fit(people, config=NEURAL.linear)
    found = PersonModel.fit(
        [CLIP], kind="neural", general=general, config=replace(NEURAL, updates=0)
    )
    assert found.parts.linear.facts.general_energy > 0


def test_starts_of_another_kind_and_configurations_of_another_kind_are_refused(models):
    with pytest.raises(ArgumentError, match="start of kind neural, got one of kind cycle"):
        PersonModel.fit([CLIP], kind="neural", general=models["cycle"], config=NEURAL)
    with pytest.raises(ArgumentError, match="as the configuration says"):
        PersonModel.fit([CLIP], kind="cycle", config=NEURAL)
    with pytest.raises(ArgumentError, match="at least one person"):
        NeuralStart.learn({}, config=NEURAL)
    with pytest.raises(TooLittleMovementError):
        PersonModel.fit([], kind="neural", config=NEURAL)


def test_a_network_learnt_from_pixels_is_not_kept_without_them(models, tmp_path):
    with pytest.raises(ArgumentError, match="cannot be kept without pictures"):
        models["neural"].save(tmp_path, template=False)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("name", ["weights.npz", "config.toml", "provenance.json"])
def test_a_damaged_folder_is_refused(models, tmp_path, name):
    models["neural"].save(tmp_path)
    content = (tmp_path / name).read_bytes()
    (tmp_path / name).write_bytes(content[: len(content) // 2])
    with pytest.raises(ModelError):
        load_neural(tmp_path)


def test_a_folder_of_another_version_or_with_exchanged_weights_is_refused(models, tmp_path):
    models["neural"].save(tmp_path / "one")
    about = tmp_path / "one" / "provenance.json"
    text = about.read_text()
    about.write_text(text.replace('"format": 1', '"format": 99'))
    with pytest.raises(ModelError, match="expected format 1, got 99"):
        load_neural(tmp_path / "one")
    about.write_text(text.replace(models["neural"].space, "0" * 64))
    with pytest.raises(ModelError, match="damaged or exchanged"):
        load_neural(tmp_path / "one")
    with pytest.raises(ModelError, match="learn it again"):
        NeuralStart.load(tmp_path)


def test_without_torch_the_extra_is_named(monkeypatch):
    monkeypatch.setattr(neuralparts, "find_spec", lambda name: None)
    with pytest.raises(MissingExtra, match=r"mimetic\[neural\]"):
        PersonModel.fit([CLIP], kind="neural", config=NEURAL)
