import dataclasses
import json

import numpy as np
import pytest

from mimetic import TraitModel
from mimetic.errors import ArgumentError, ModelError, ShapeError
from mimetic.relations.card import limits_of
from tests.relations.clips import clip, planted, smile

SETTINGS = {"tries": 6, "smallest": 0.2, "folds": 3, "draws": 5}
DRAWN = planted()


def fit(drawn=DRAWN, **options):
    options = {"settings": SETTINGS, "trait": "order"} | options
    return TraitModel.fit(
        drawn.dynamics, drawn.labels, subjects=drawn.subjects, families=drawn.families, **options
    )


@pytest.fixture(scope="module")
def model():
    return fit()


@pytest.fixture
def folder(model, tmp_path):
    model.save(tmp_path / "model")
    return tmp_path / "model"


def test_an_estimate_is_the_sum_of_what_it_shows(model):
    one = model.predict(DRAWN.dynamics[0])
    assert one.value == pytest.approx(one.baseline + one.main.sum() + np.triu(one.pairs).sum())
    assert one.low <= one.value <= one.high
    assert (one.trait, one.label, one.unit) == ("order", "second", "log-odds")
    assert one.probability == pytest.approx(1 / (1 + np.exp(-one.value)))
    assert one.regions == DRAWN.dynamics[0].regions


def test_several_clips_of_a_person_make_one_estimate(model):
    both = model.predict(DRAWN.dynamics[:2])
    assert both.value == pytest.approx(model.scores(DRAWN.dynamics[:2])[0])
    assert both.value != model.predict(DRAWN.dynamics[0]).value


def test_the_fit_explains_itself_on_held_out_people(model):
    told = model.explain()
    assert len(told.pairs) == 36
    first = {frozenset((each.region, each.other)) for each in told.pairs[:2]}
    assert frozenset((DRAWN.pairs[0].region, DRAWN.pairs[0].other)) in first
    assert told.pairs[0].p <= 0.05
    assert -1 <= told.stability <= 1
    assert len(told.per_group(["a", "b"] * 60)) == 72


def test_other_clips_are_explained_without_labels(model):
    told = model.explain(DRAWN.dynamics[:30])
    assert told.pairs[0].contribution > 0
    assert {each.p for each in told.pairs} == {each.p for each in model.explain().pairs}


def test_years_have_an_interval_that_holds_most_people():
    drawn = planted(trait="age", subjects=80)
    model = fit(drawn)
    estimates = [model.predict(one) for one in drawn.dynamics[:60]]
    held = [one.low <= age <= one.high for one, age in zip(estimates, drawn.labels, strict=False)]
    assert np.mean(held) > 0.85
    assert (estimates[0].unit, estimates[0].probability) == ("order", None)
    assert "Mean absolute error" in model.card()


def test_a_kind_that_does_not_add_up_predicts_without_parts():
    model = fit(kind="logistic-regions", settings=None)
    one = model.predict(DRAWN.dynamics[:2])
    assert one.main is None
    assert one.low <= one.value <= one.high
    assert one.value == pytest.approx(model.scores(DRAWN.dynamics[:2]).mean())
    with pytest.raises(ArgumentError, match="cannot say which pairs"):
        model.explain()


def test_labels_and_clips_must_be_as_many():
    with pytest.raises(ShapeError, match="labels: expected 3, one a clip, got 2"):
        TraitModel.fit(DRAWN.dynamics[:3], ["a", "b"], subjects=["x", "y"])


def test_clips_of_other_regions_or_features_are_refused(model):
    times_s = np.arange(0, 4, 0.08)
    with pytest.raises(ShapeError, match="regions: expected"):
        model.predict(clip(np.stack([smile(times_s)] * 2, axis=1), times_s))


def test_an_unknown_kind_is_refused():
    with pytest.raises(ArgumentError, match="kind: expected one of additive"):
        fit(kind="oracle")


def test_kinds_without_pixels_refuse_crops():
    with pytest.raises(ArgumentError, match="looks at no pixels"):
        fit(clips=[])


def test_kinds_with_pixels_ask_for_them():
    with pytest.raises(ArgumentError, match="give the crops"):
        fit(kind="neutral-shape")


def test_a_model_comes_back_to_the_bit(model, folder):
    again = TraitModel.load(folder)
    assert again.facts == model.facts
    assert again.predict(DRAWN.dynamics[3]).pairs.tobytes() == (
        model.predict(DRAWN.dynamics[3]).pairs.tobytes()
    )
    assert again.explain().pairs == model.explain().pairs
    assert again.card() == model.card()


def test_the_folder_holds_four_files_and_a_card_that_says_what_it_means(folder):
    names = sorted(path.name for path in folder.iterdir())
    assert names == ["card.md", "config.toml", "provenance.json", "weights.npz"]
    card = (folder / "card.md").read_text()
    assert "120 clips of 60 people" in card
    assert "diagnoses nothing" in card
    assert "fewer than 120" in card


def test_a_kind_for_comparison_is_not_stored(tmp_path):
    with pytest.raises(ModelError, match="are not stored"):
        fit(kind="logistic-regions", settings=None).save(tmp_path)


def test_an_empty_folder_is_no_model(tmp_path):
    with pytest.raises(ModelError, match="expected a model folder"):
        TraitModel.load(tmp_path)


def test_a_model_of_another_format_is_refused(folder):
    path = folder / "provenance.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"format": 99}))
    with pytest.raises(ModelError, match="format 1, got"):
        TraitModel.load(folder)


@pytest.mark.parametrize("name", ["weights.npz", "config.toml"])
def test_a_missing_or_cut_off_file_is_refused(folder, name):
    path = folder / name
    path.write_bytes(path.read_bytes()[:20])
    with pytest.raises(ModelError):
        TraitModel.load(folder)


def test_exchanged_settings_are_refused(folder):
    path = folder / "config.toml"
    path.write_text(path.read_text().replace("draws = 5", "draws = 6"))
    with pytest.raises(ModelError, match="damaged or exchanged"):
        TraitModel.load(folder)


@pytest.mark.parametrize("kind", ["logistic-regions", "oracle"])
def test_a_folder_of_another_kind_cannot_be_read(folder, kind):
    path = folder / "provenance.json"
    path.write_text(path.read_text().replace('"additive"', f'"{kind}"'))
    with pytest.raises(ModelError, match=f"model of kind '{kind}'"):
        TraitModel.load(folder)


def test_the_card_warns_of_what_is_thin(model):
    thin = dataclasses.replace(model.facts, people=20, fewest=5, score_low=0.4, bridged=0.2)
    text = " ".join(limits_of(thin))
    for part in (
        "20 people",
        "smaller class has 5",
        "not better than chance",
        "20% of the moments",
    ):
        assert part in text
    solid = dataclasses.replace(
        model.facts, people=400, fewest=200, score_low=0.9, score_high=0.95, bridged=0.0
    )
    assert not limits_of(solid)
