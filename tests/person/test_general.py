import dataclasses

import numpy as np
import pytest

from mimetic.errors import ArgumentError, ModelError, SpaceError, TooLittleMovementError
from mimetic.ops.lowrank import StreamedComponents
from mimetic.person import GeneralModel, PersonConfig, PersonModel
from mimetic.person.blend import general_energy
from tests.person.faces import displacement_ed, frames_of, make_clip

TIMES_S = np.arange(0, 12, 0.1)
CONFIG = PersonConfig(components=16, appearance_px=32)


def mover(moves, seed):
    """A clip of someone who makes only these movements."""
    whole = make_clip(TIMES_S, seed)
    drive = np.zeros((TIMES_S.size, 4))
    drive[:, moves] = 0.5 + 0.5 * np.sin(TIMES_S[:, None] * (1 + np.arange(len(moves)) + seed))
    return make_clip(whole.times_s, seed, noise=0.2, drive=drive)


@pytest.fixture(scope="module")
def people():
    return {"anna": [mover([0, 1], 0)], "ben": [mover([2, 3], 5)]}


@pytest.fixture(scope="module")
def general(people):
    return GeneralModel.fit(people, config=CONFIG)


def held(model, number):
    """The part of a planted movement that lies in the model's first components."""
    moves = model.weights.landmark_sd_ed()[:6].reshape(-1, 956)
    inside, _ = np.linalg.qr(moves[np.linalg.norm(moves, axis=1) > 0].T)
    planted = displacement_ed()[number].ravel()
    return np.linalg.norm(planted @ inside) / np.linalg.norm(planted)


def test_a_general_model_holds_what_each_person_does(general):
    assert min(held(general, number) for number in range(4)) > 0.98


def test_a_short_video_learns_from_others_what_the_person_has_not_shown(general):
    clip = frames_of(mover([0, 1], 9), slice(0, 40))
    alone = PersonModel.fit([clip], config=CONFIG)
    helped = PersonModel.fit([clip], config=CONFIG, general=general)
    assert held(alone, 2) < 0.5
    assert held(helped, 2) > 0.95
    assert helped.facts.general_energy == pytest.approx(general_energy(helped.facts.seconds))


def test_the_general_model_weighs_less_the_longer_the_video():
    assert general_energy(2) == general_energy(5) > general_energy(20) > general_energy(200)
    assert general_energy(20) == pytest.approx(general_energy(10) / 4)
    assert general_energy(60) < 0.003  # of a minute the person's own model needs no help


def test_general_codes_say_that_they_are_general(general, people):
    clip = people["anna"][0]
    codes = general.embed(clip)
    assert codes.scope == "general"
    assert codes.codes.shape == (TIMES_S.size, general.weights.sd.size)
    assert np.allclose(codes.codes.mean(0), 0, atol=1e-3)
    with pytest.raises(SpaceError):
        general.scaled(PersonModel.fit([clip], config=CONFIG).embed(clip))


def test_stretches_about_the_whole_video_have_the_codes_of_the_whole(general, people):
    clip = people["anna"][0]
    centre = general.centre([clip])
    part = general.embed(frames_of(clip, slice(10, 30)), centre=centre)
    assert np.allclose(part.codes, general.embed(clip).codes[10:30], atol=1e-4)


def test_a_model_of_a_person_with_the_general_components_alone(general, people):
    clip = people["ben"][0]
    person = general.person([clip], person_name="ben")
    assert person.person_name == "ben"
    assert person.facts.general_energy is None
    assert np.allclose(person.embed(clip).codes, general.embed(clip).codes, atol=1e-3)
    assert person.render(person.neutral_codes[None]).shape == (1, 128, 128, 3)


def test_a_general_model_comes_back_to_the_bit(general, people, tmp_path):
    general.save(tmp_path)
    back = GeneralModel.load(tmp_path)
    assert back.space == general.space
    assert back.facts == general.facts
    assert back.rows.tobytes() == general.rows.tobytes()
    assert back.weights.neutral_pixels is None
    assert "anna: 12.0 s" in (tmp_path / "card.md").read_text()


def test_models_are_not_read_as_those_of_another_kind(general, people, tmp_path):
    general.save(tmp_path / "general")
    PersonModel.fit(people["anna"], config=CONFIG).save(tmp_path / "anna")
    with pytest.raises(ModelError, match="got general"):
        PersonModel.load(tmp_path / "general")
    with pytest.raises(ModelError, match="got linear"):
        GeneralModel.load(tmp_path / "anna")


def test_an_unknown_kind_is_refused(people):
    with pytest.raises(ArgumentError, match="expected one of linear, neural, cycle, fabnet"):
        PersonModel.fit(people["anna"], kind="quadratic")


def test_one_person_is_no_general_model(people):
    with pytest.raises(ArgumentError, match="at least two, got 1"):
        GeneralModel.fit({"anna": people["anna"]})


def test_the_person_who_cannot_be_fitted_is_named(people):
    with pytest.raises(TooLittleMovementError, match="cara: clips: expected at least one stretch"):
        GeneralModel.fit({**people, "cara": []}, config=CONFIG)


def test_people_with_other_crops_are_refused(people):
    clip = people["ben"][0]
    small = dataclasses.replace(
        clip, pixels=clip.pixels[:, ::2, ::2], depth_px=clip.depth_px[::2, ::2]
    )
    with pytest.raises(ArgumentError, match="anna 128 px, 478, ben 64 px, 478"):
        GeneralModel.fit({"anna": people["anna"], "ben": [small]}, config=CONFIG)


def test_a_general_model_of_other_features_does_not_blend(general, people):
    with pytest.raises(SpaceError, match="features a frame"):
        PersonModel.fit(people["anna"], general=general)


def test_a_clip_without_a_face_has_no_centre(general, people):
    clip = people["anna"][0]
    blind = dataclasses.replace(
        clip, valid=~clip.valid, shape_ed=np.full_like(clip.shape_ed, np.nan)
    )
    with pytest.raises(TooLittleMovementError, match="one measured frame"):
        general.centre([blind])
    assert np.isnan(general.embed(blind).codes).all()


def test_a_person_with_fewer_landmarks_does_not_get_the_general_components(general, people):
    clip = people["anna"][0]
    bare = dataclasses.replace(
        clip,
        shape_ed=clip.shape_ed[:, :468],
        landmarks_px=clip.landmarks_px[:, :468],
        mesh_px=clip.mesh_px[:468],
    )
    with pytest.raises(SpaceError, match="as many landmarks"):
        general.person([bare])


def test_directions_from_elsewhere_weigh_by_their_energy_and_keep_the_total():
    seen = StreamedComponents(3, keep=3)
    seen.update(np.array([[1.0, 0, 0], [-1, 0, 0]]))
    seen.blend(np.array([[0, 7.0, 0]]), energy=0.25)
    found = seen.finish(2)
    assert np.allclose(found.sd**2, [2 * 0.8, 2 * 0.2])
    with pytest.raises(ArgumentError, match="energy of 0 or more, got -1"):
        seen.blend(np.array([[0, 7.0, 0]]), energy=-1)
