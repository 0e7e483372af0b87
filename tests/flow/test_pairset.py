import dataclasses

import numpy as np
import pytest

from mimetic.errors import ArgumentError
from mimetic.flow import pairset
from mimetic.flow.batches import draw_batch, whole_pairs
from mimetic.flow.data import DataSettings
from mimetic.flow.pairs import PairSettings
from mimetic.flow.records import is_held_out
from tests.flow.faces import face_sequence

SETTINGS = DataSettings(
    pictures=PairSettings.plain(64), crop_px=48, pairs=3, test_pairs=2, kinds=("global",)
)


def quiet(stage, share):
    pass


def named(*names):
    return [dataclasses.replace(face_sequence(), identity=name) for name in names]


@pytest.fixture(scope="module")
def pairs():
    return pairset.learning_pairs(named("anna"), SETTINGS, seed=0, tell=quiet)


def test_nobody_is_in_two_of_learning_watching_and_bench():
    names = [f"person {number}" for number in range(30)]
    learn, watch = pairset.split_people(named(*names))
    learnt, watched = ({face.identity for face in faces} for faces in (learn, watch))
    assert learnt
    assert watched
    assert not learnt & watched
    assert learnt | watched == {name for name in names if not is_held_out(name)}


def test_one_or_two_people_are_learnt_from_and_watched_at_once():
    usable = [f"p{n}" for n in range(9) if not is_held_out(f"p{n}")][:2]
    learn, watch = pairset.split_people(named(*usable))
    assert learn == watch


def test_people_who_are_all_kept_for_the_bench_are_told():
    kept = [f"p{n}" for n in range(9) if is_held_out(f"p{n}")]
    with pytest.raises(ArgumentError, match="kept for the bench"):
        pairset.split_people(named(*kept))


def test_what_a_start_leaves_over_is_the_label_and_the_second_picture_comes_back(pairs):
    exact = iter(pairs.flow_px.astype(np.float32))
    left = pairset.with_start(pairs, lambda first, second: next(exact), tell=quiet)
    assert np.abs(left.flow_px).max() < 0.01
    inner = np.s_[:, 12:-12, 12:-12]
    before = np.abs(pairs.second[inner].astype(float) - pairs.first[inner])
    after = np.abs(left.second[inner].astype(float) - left.first[inner])
    assert after.mean() < before.mean()


def test_a_picture_brought_back_by_a_whole_shift_is_the_shifted_picture():
    picture = np.random.default_rng(0).integers(0, 256, (20, 20)).astype(np.uint8)
    flow = np.zeros((2, 20, 20), np.float32)
    flow[0] = 2
    np.testing.assert_array_equal(pairset.bring_back(picture, flow)[:, :-2], picture[:, 2:])


def test_a_set_is_kept_in_a_file_and_made_again_where_the_file_is_damaged(pairs, tmp_path):
    path = tmp_path / "deep" / "pairs.npz"
    made = []

    def make():
        made.append(1)
        return pairs

    for _ in range(2):
        kept = pairset.cached_pairs(path, make)
        assert pairset.set_hash(kept) == pairset.set_hash(pairs)
        assert kept.names == pairs.names
    assert len(made) == 1
    path.write_bytes(path.read_bytes()[:500])
    pairset.cached_pairs(path, make)
    assert len(made) == 2
    assert pairset.cached_pairs(None, make) is pairs


def test_the_name_of_a_set_knows_its_faces_and_settings_but_not_how_it_is_cut():
    def name(faces, **changes):
        return pairset.pairs_hash(faces, dataclasses.replace(SETTINGS, **changes), seed=0)

    anna = named("anna")
    assert name(anna) == name(named("anna"), crop_px=64, batch=2)
    assert len({name(anna), name(named("ben")), name(anna, pairs=4), name(anna, start="dis")}) == 4


def test_mirrored_and_turned_pairs_still_fit_their_flow(pairs):
    rng = np.random.default_rng(0)
    batch = draw_batch(pairs, size=16, crop_px=48, rng=rng)
    assert batch.first.shape == (16, 1, 48, 48)
    for first, second, flow in zip(batch.first, batch.second, batch.flow_px, strict=True):
        grey = [np.rint(each[0] * 255).astype(np.uint8) for each in (first, second)]
        back = pairset.bring_back(grey[1], flow).astype(float)
        inner = np.s_[12:-12, 12:-12]
        moved = np.abs(grey[1].astype(float) - grey[0])[inner].mean()
        # Were the flow turned wrongly, the pictures would fit worse than unmoved ones.
        assert np.abs(back - grey[0])[inner].mean() <= moved + 0.1


def test_whole_pairs_are_the_pairs_as_they_are(pairs):
    batch = whole_pairs(pairs, slice(1, 3))
    np.testing.assert_array_equal(np.rint(batch.first[:, 0] * 255), pairs.first[1:3])
    np.testing.assert_array_equal(batch.valid, pairs.valid[1:3])
