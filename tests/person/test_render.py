import dataclasses

import numpy as np
import pytest

from mimetic.errors import ArgumentError, ShapeError
from mimetic.person import PersonModel
from tests.person.faces import ED_PX, MESH_PX, MOVES, make_clip

TIMES_S = np.arange(0, 8, 0.1)


def one_movement(number):
    drive = np.zeros((TIMES_S.size, len(MOVES)))
    drive[:, number] = 0.5 + 0.5 * np.sin(TIMES_S * 3)
    neutral = make_clip([0.0], drive=np.zeros((1, len(MOVES))))
    return dataclasses.replace(
        make_clip(TIMES_S, drive=drive),
        neutral_pixels=neutral.pixels[0],
        neutral_shape_ed=neutral.shape_ed[0],
    )


@pytest.fixture(scope="module")
def model():
    return PersonModel.fit([one_movement(2)])


def test_the_neutral_code_renders_the_neutral_face(model):
    picture = model.render(model.neutral_codes[None])[0]
    difference = np.abs(picture.astype(int) - model.weights.neutral_pixels)
    assert difference.max() <= 2


def test_no_codes_render_no_pictures(model):
    assert model.render(np.zeros((0, model.weights.sd.size))).shape == (0, 128, 128, 3)


def test_pictures_change_where_the_component_moves_and_nowhere_else(model):
    minus, plus = model.pictures(0).astype(int)
    change = np.abs(plus - minus).mean(-1)
    assert change[84:96, 74:90].mean() > 20 * change[20:60, 20:60].mean()


def test_rendered_light_is_the_light_that_was_filmed():
    clip = one_movement(0)
    model = PersonModel.fit([clip])
    codes = model.embed(clip)
    brightest = int(clip.pixels[:, 90:100, 60:70].mean((1, 2, 3)).argmax())
    picture = model.render(codes.codes[[brightest]])[0].astype(float)
    wanted = clip.pixels[brightest].astype(float)
    before = np.abs(model.weights.neutral_pixels - wanted)[80:110, 50:80].mean()
    assert np.abs(picture - wanted)[80:110, 50:80].mean() < 0.6 * before


def test_arrows_are_the_planted_movement(model):
    start, move = model.arrows(0, size_sd=2.0)
    sd = (0.5 * np.sin(TIMES_S * 3)).std(ddof=1)
    assert np.allclose(start, MESH_PX[:, :2], atol=0.1)
    assert np.allclose(move[291], [0, -0.15 * ED_PX * 2 * sd], atol=0.05)
    assert np.allclose(move[33], 0, atol=0.05)


def test_the_movement_field_passes_through_the_arrows_and_is_nan_off_the_face(model):
    field = model.movement(0)
    start, move = model.arrows(0)
    assert field.shape == (2, 128, 128)
    assert np.isnan(field[:, 0, 0]).all()
    x, y = np.rint(start[291]).astype(int)
    assert field[1, y, x] < 0.5 * move[291, 1]
    assert abs(field[1, 46, 46]) < 0.05


def test_movement_grows_with_its_size(model):
    one, three = model.arrows(0, size_sd=1.0)[1], model.arrows(0, size_sd=3.0)[1]
    assert np.allclose(3 * one, three)


@pytest.mark.parametrize("show", ["pictures", "movement", "arrows"])
def test_a_component_that_is_not_there_is_refused(model, show):
    with pytest.raises(ArgumentError, match="component: expected 0 to"):
        getattr(model, show)(model.weights.sd.size)


def test_codes_of_another_width_are_refused(model):
    with pytest.raises(ShapeError, match="codes"):
        model.render(np.zeros((1, model.weights.sd.size + 1)))
