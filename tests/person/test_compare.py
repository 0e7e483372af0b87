import dataclasses

import numpy as np
import pytest

from mimetic.errors import ArgumentError, SpaceError
from mimetic.person import PersonModel, same_space
from tests.person.faces import make_clip

TIMES_S = np.arange(0, 5, 0.1)
CLIP = make_clip(TIMES_S, noise=0.5)


@pytest.fixture(scope="module")
def model():
    return PersonModel.fit([CLIP])


@pytest.fixture(scope="module")
def other():
    return PersonModel.fit([make_clip(TIMES_S, seed=5, noise=0.5)])


def test_codes_of_one_model_share_a_space(model):
    assert same_space(model.embed(CLIP), model.embed(CLIP)) == model.space


def test_codes_of_two_models_are_not_compared(model, other):
    with pytest.raises(SpaceError, match="different models"):
        same_space(model.embed(CLIP), other.embed(CLIP))
    with pytest.raises(SpaceError, match="another model"):
        model.distance(model.embed(CLIP), other.embed(CLIP))


def test_nothing_has_no_space():
    with pytest.raises(ArgumentError, match="at least one"):
        same_space()


def test_distance_is_zero_to_itself_and_the_same_both_ways(model):
    codes = model.embed(CLIP)
    distance = model.distance(codes, codes)
    assert np.allclose(np.diag(distance), 0, atol=1e-3)
    assert np.allclose(distance, distance.T)


def test_the_usual_distance_from_the_average_face_is_one(model):
    codes = model.embed(CLIP)
    average = dataclasses.replace(codes, codes=np.zeros_like(codes.codes))
    squares = model.distance(codes, average)[:, 0] ** 2
    assert np.sqrt(squares.mean()) == pytest.approx(1, rel=0.02)


def test_distance_to_a_gap_is_not_a_number(model):
    codes = model.embed(CLIP)
    gappy, valid = codes.codes.copy(), codes.valid.copy()
    gappy[3], valid[3] = np.nan, False
    distance = model.distance(dataclasses.replace(codes, codes=gappy, valid=valid), codes)
    assert np.isnan(distance[3]).all()
    assert np.isfinite(distance[4]).all()
