import dataclasses

import numpy as np
import pytest

from mimetic.errors import ArgumentError
from mimetic.flow.data import DataSettings
from mimetic.flow.draws import DRAWS, by_person, landmarks_in
from mimetic.flow.laws import TRAIN_KINDS
from mimetic.flow.pairs import PairSettings
from mimetic.flow.samples import draw_scene
from mimetic.ops.warp import sample_exact
from tests.flow.faces import face_sequence, photograph

SMALL = DataSettings(pictures=PairSettings.plain(64), crop_px=64, pairs=4)


def drawn(seed=(0, 1), *, faces=None, **changes):
    settings = dataclasses.replace(SMALL, **changes)
    people = by_person(faces or [face_sequence()], moving=settings.labels == "tracker")
    return DRAWS[settings.labels](people, settings, seed)


def length(flow):
    return np.hypot(*flow)


def test_a_seed_gives_one_pair_and_another_seed_another():
    one, again, other = drawn(), drawn(), drawn((0, 2))
    np.testing.assert_array_equal(one.first, again.first)
    np.testing.assert_array_equal(one.flow_px, again.flow_px)
    assert not np.array_equal(one.first, other.first)


def test_labels_of_known_landmarks_belong_to_the_same_pictures_and_are_nearly_exact():
    for number in range(6):
        exact, known = drawn((0, number)), drawn((0, number), labels="landmarks")
        np.testing.assert_array_equal(exact.first, known.first)
        np.testing.assert_array_equal(exact.second, known.second)
        assert known.valid.any()
        assert not known.valid.all()
        error = length(known.flow_px - exact.flow_px)[known.valid]
        # Affine between 468 points: what is between them is missing, nothing else.
        assert error.mean() < 0.03 * max(exact.peak_px, 0.1)


def test_jitter_of_landmarks_comes_back_as_error_of_the_label():
    clean, jittered = (drawn(labels="landmarks", jitter_px=size) for size in (0, 0.3))
    both = clean.valid & jittered.valid
    error = length(jittered.flow_px - clean.flow_px)[both]
    # Two landmarks of .3 px per axis, averaged over a triangle: about .37 px (notes of the paper).
    assert 0.25 < error.mean() < 0.5


def test_landmarks_of_both_pictures_are_joined_by_the_movement():
    settings = SMALL.pictures
    scene = draw_scene(
        photograph(), "rbf", settings=settings, peak_px=3.0, rng=np.random.default_rng(0)
    )
    first, second = landmarks_in(scene)
    moved = np.stack([sample_exact(part, *first.T) for part in scene.field_px], 1)
    np.testing.assert_allclose(first + moved, second, atol=1e-6)
    assert np.abs(second - first).max() > 1


def test_random_textures_move_as_the_face_did():
    face, noise = drawn(), drawn(textures="random")
    np.testing.assert_array_equal(face.flow_px, noise.flow_px)
    assert not np.array_equal(face.first, noise.first)


def test_labels_of_the_tracker_are_those_of_real_neighbours():
    pair = drawn(labels="tracker")
    assert pair.kind == "paper"
    assert pair.first.shape == (64, 64)
    with pytest.raises(ArgumentError, match="photographs alone"):
        drawn(labels="tracker", faces=[photograph()])


def test_every_person_is_drawn_as_often_however_many_films_there_are():
    anna, ben = face_sequence(), dataclasses.replace(face_sequence(), identity="ben")
    people = by_person([anna, anna, anna, ben], moving=False)
    assert [len(films) for films in people] == [1, 3]  # ben, virtual-0


def test_settings_that_cannot_be_are_told_all_at_once():
    with pytest.raises(ArgumentError, match=r"labels.*textures.*kinds.*'mesh'.*pairs.*crop_px"):
        DataSettings(labels="guessed", textures="none", kinds=("mesh",), pairs=0, crop_px=9)
    with pytest.raises(ArgumentError, match="jitter_px"):
        DataSettings(jitter_px=-1)
    with pytest.raises(ArgumentError, match="expected faces where labels come from the tracker"):
        DataSettings(labels="tracker", textures="random")
    assert "mesh" not in TRAIN_KINDS
