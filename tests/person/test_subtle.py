"""Movements that drown in larger ones are found, and noise, drift and the head are not."""

import dataclasses

import numpy as np
import pytest

from mimetic.ops import landmarks as lm
from mimetic.ops.stabilise import ellipse_mask
from mimetic.person.occurrences import Occurrence, amounts_of, occurrences
from mimetic.person.parts import Parts, PartsFit
from mimetic.person.segments import Track, smoothed
from mimetic.person.skin import Skin, skin_name
from mimetic.person.sources import find_sources, independent
from mimetic.person.subtle import explained, subtle_words
from mimetic.person.vocabulary import Word
from tests.person.faces import MESH_PX, MOVES, displacement_ed, make_clip

CLOCK_HZ = 25.0
SECONDS, SIZE = 90, 8
LARGE, SMALL = (0, 1, 2), 3  # movements by their rows in ``planted``
TIMES = 12  # of each
MOVE = (0.03, -0.05)  # ed


def pulses(apexes_s, times_s, half_s=0.4):
    rise = [np.clip(1 - np.abs(times_s - apex_s) / half_s, 0, 1) for apex_s in apexes_s]
    return np.sum([0.5 - 0.5 * np.cos(np.pi * one) for one in rise], axis=0)


def planted(seed=3, small=0.15):
    """A track of three large movements and a small one, the apexes of each, and the directions."""
    rng = np.random.default_rng(seed)
    times_s = np.arange(SECONDS * CLOCK_HZ) / CLOCK_HZ
    order = rng.permutation(np.repeat([*LARGE, SMALL], TIMES))
    apexes_s = 1 + (np.arange(order.size) + rng.uniform(0, 0.5, order.size)) * 1.8
    apexes = {number: apexes_s[order == number] for number in (*LARGE, SMALL)}
    drive = np.stack([pulses(each, times_s) for each in apexes.values()], 1)
    directions = rng.normal(size=(len(apexes), SIZE))
    directions /= np.linalg.norm(directions, axis=1, keepdims=True)
    directions[SMALL] *= small
    codes = drive @ directions + 0.01 * rng.normal(size=(times_s.size, SIZE))
    pose = rng.normal(size=(times_s.size, 3))
    track = Track(recording="monday", times_s=times_s, codes=codes, pose_deg=pose)
    return track, apexes, directions


def plain_parts():
    """Parts that see codes as they are, two axes each, and move no landmark."""
    return Parts(
        maps=np.eye(SIZE),
        part=np.repeat(np.arange(4), SIZE // 4),
        moves_ed=np.zeros((SIZE, lm.POINTS, 2)),
        mesh_px=MESH_PX,
    )


def spans(apexes_s, half_s=0.4):
    return [
        Occurrence(
            recording="monday", onset_s=t - half_s, apex_s=t, offset_s=t + half_s, size=1, match=1
        )
        for t in apexes_s
    ]


def search(seed=0):
    return 6, np.random.default_rng(seed)


@pytest.fixture(scope="module")
def scene():
    return planted()


@pytest.fixture(scope="module")
def sources(scene):
    return find_sources([scene[0]], np.random.default_rng(0), repeats=6)


@pytest.fixture(scope="module")
def found(scene):
    track, apexes, _ = scene
    known = [spans(apexes[number]) for number in LARGE]
    return subtle_words([track], plain_parts(), known, least=3, search=search())


def test_sparse_components_come_out_of_their_mixture():
    rng = np.random.default_rng(5)
    sparse = rng.normal(size=(4000, 3)) * (rng.uniform(size=(4000, 3)) < 0.1)
    mixed = sparse @ rng.normal(size=(3, 3))
    mixed -= mixed.mean(0)
    white = mixed @ np.linalg.inv(np.linalg.cholesky(np.cov(mixed.T))).T
    turned = white @ independent(white, rng).T
    alike = np.abs(np.corrcoef(sparse.T, turned.T)[:3, 3:])
    assert np.sort(alike, axis=1)[:, -1].min() > 0.99
    assert np.sort(alike, axis=1)[:, -2].max() < 0.1


def test_every_planted_movement_is_a_source_however_small(scene, sources):
    track, apexes, directions = scene
    amounts = sources.amounts(track)
    for number, each in apexes.items():
        truth = pulses(each, track.times_s)
        alike = np.corrcoef(truth, amounts.T)[0, 1:]
        best = int(alike.argmax())
        assert alike[best] > 0.95
        assert sources.found[best] == 1
        change = sources.changes[best]
        cosine = change @ directions[number]
        cosine /= np.linalg.norm(change) * np.linalg.norm(directions[number])
        assert cosine > 0.95


def test_the_same_seed_gives_the_same_sources(scene, sources):
    again = find_sources([scene[0]], np.random.default_rng(0), repeats=6)
    assert (again.filters == sources.filters).all()


def test_a_scale_and_an_offset_of_a_recording_do_not_change_its_sources(scene, sources):
    track = scene[0]
    moved = dataclasses.replace(track, codes=3 * track.codes + 5)
    again = find_sources([moved], np.random.default_rng(0), repeats=6)
    alike = np.corrcoef(again.amounts(moved).T, sources.amounts(track).T)[: len(again.found)]
    assert (alike[:, len(again.found) :].max(1) > 0.95).sum() >= len(LARGE) + 1


def test_gaps_are_left_out(scene):
    codes = scene[0].codes.copy()
    codes[500:520] = np.nan
    track = dataclasses.replace(scene[0], codes=codes)
    amounts = find_sources([track], np.random.default_rng(0), repeats=4).amounts(track)
    assert np.isnan(amounts[505:515]).all()
    assert np.isfinite(amounts[:490]).all()


def test_one_code_or_no_time_has_no_sources(scene):
    track = scene[0]
    short = dataclasses.replace(
        track, times_s=track.times_s[:60], codes=track.codes[:60], pose_deg=track.pose_deg[:60]
    )
    assert len(find_sources([short], np.random.default_rng(0), repeats=3).found) == 0


def test_a_small_movement_is_found_beside_large_ones_that_are_known(scene, found):
    (one,) = found
    assert [each.apex_s for each in one.times] == pytest.approx(scene[1][SMALL], abs=0.1)
    assert one.found == 1
    assert one.in_halves == 1
    assert one.word.change @ scene[2][SMALL] > 0


def test_its_amount_is_one_at_the_usual_size(scene, found):
    codes = smoothed(scene[0].codes)
    amount = amounts_of(codes, [found[0].word], plain_parts(), neutral=np.zeros(SIZE))[:, 0]
    rows = np.searchsorted(scene[0].times_s, scene[1][SMALL])
    assert np.median(amount[rows]) == pytest.approx(1, abs=0.15)
    assert np.median(amount) == pytest.approx(0, abs=0.01)


def test_movements_with_and_without_filters_are_told_side_by_side(scene, found):
    track, apexes, directions = scene
    large = [
        Word(part=0, change=each, shape=each, size=1, strokes=TIMES, spans=frozenset())
        for each in directions[list(LARGE)]
    ]
    words = [*large, found[0].word]
    times = occurrences([track], plain_parts(), words, neutral=np.zeros(SIZE))
    assert [each.apex_s for each in times[0]] == pytest.approx(apexes[0], abs=0.1)
    assert [each.apex_s for each in times[3]] == pytest.approx(apexes[SMALL], abs=0.1)


def test_what_follows_the_head_is_no_movement_of_the_face(scene):
    track, apexes, _ = scene
    pose = np.zeros((track.times_s.size, 3))
    pose[:, 0] = 10 * pulses(apexes[SMALL], track.times_s)
    turned = dataclasses.replace(track, pose_deg=pose)
    known = [spans(apexes[number]) for number in LARGE]
    assert subtle_words([turned], plain_parts(), known, least=3, search=search()) == []


def test_noise_and_drift_hold_no_movements():
    rng = np.random.default_rng(7)
    noise = rng.normal(size=(1500, SIZE))
    drift = np.cumsum(rng.normal(size=(1500, SIZE)), axis=0) / 10
    for codes in (noise, noise + drift):
        track = Track(
            recording="monday",
            times_s=np.arange(1500) / CLOCK_HZ,
            codes=codes,
            pose_deg=np.full((1500, 3), np.nan),
        )
        assert subtle_words([track], plain_parts(), [], least=3, search=search()) == []


def test_a_movement_is_explained_by_one_within_which_it_happens_beyond_chance():
    apexes = np.arange(2.0, 60, 6)
    mine = spans(apexes)
    assert explained(mine, spans(apexes + 0.2), 60.0)
    assert not explained(mine, spans(apexes + 3), 60.0)
    assert not explained(mine, [], 60.0)
    always = spans(np.arange(0.5, 60), half_s=0.5)
    assert not explained(mine[:-1], always[:40], 60.0)


def test_landmarks_move_as_planted_whatever_channels_the_code_has():
    rng = np.random.default_rng(2)
    times_s = np.arange(80) / CLOCK_HZ
    drive = np.abs(rng.normal(size=(times_s.size, len(MOVES)))) * 0.5
    fit = PartsFit()
    fit.take(make_clip(times_s, noise=0, drive=drive), drive)
    parts, _ = fit.finish()
    wanted = displacement_ed()
    for number in range(len(MOVES)):
        moved = np.linalg.norm(wanted[number], axis=1) > 0
        # What the head as a whole would do is taken out, so somewhat less is left.
        seen = parts.moves_ed[number][moved].mean(0)
        assert seen == pytest.approx(wanted[number][moved].mean(0), abs=0.05)


def bumpy_skin(move_ed, where):
    """A textured coarse picture, and one code that takes the skin around a landmark along."""
    size = 32
    inside = ellipse_mask(size)
    down, across = np.mgrid[:size, :size].astype(float)
    x, y = (MESH_PX[where, :2] + 0.5) / 4 - 0.5
    weight = np.exp(-((across - x) ** 2 + (down - y) ** 2) / 8)
    ed_px = 56 / 4

    def picture(share):
        shift = np.array(move_ed) * ed_px * share
        u, v = across - weight * shift[0], down - weight * shift[1]
        return np.sin(0.9 * u + 0.5 * v) + np.cos(0.8 * v - 0.3 * u)

    light = (picture(1.0) - picture(0.0))[inside][None]
    return Skin(
        light=light, picture=picture(0.0)[inside], mesh_px=MESH_PX, crop_px=128, size_px=size
    )


def test_skin_is_seen_to_move_where_and_whither_it_moves():
    cheek = 205  # of the right side
    for turn in (0.0, 2.0, 4.0):
        move = 0.05 * np.array([np.cos(turn), np.sin(turn)])
        shift = bumpy_skin(move, cheek).shift_ed(np.ones(1))
        length = np.linalg.norm(shift, axis=1)
        assert np.linalg.norm(MESH_PX[length.argmax(), :2] - MESH_PX[cheek, :2]) < 0.2 * 56
        mean = shift.sum(0) / np.linalg.norm(shift.sum(0))
        assert mean @ move / np.linalg.norm(move) > 0.95
        assert 0.5 < length.max() / np.linalg.norm(move) < 1.3


def test_light_that_no_shift_explains_moves_nothing():
    skin = bumpy_skin(MOVE, 205)
    rng = np.random.default_rng(3)
    flicker = dataclasses.replace(skin, light=rng.normal(size=skin.light.shape))
    assert (np.linalg.norm(flicker.shift_ed(np.ones(1)), axis=1) > 0).mean() < 0.05


def test_skin_is_named_by_place_side_and_way():
    for where, side in ((205, "right"), (int(lm.MIRROR[205]), "left")):
        skin = bumpy_skin((0.0, -0.05), where)
        table = skin.regions(np.ones(1))
        assert table.sum() == pytest.approx(1)
        name, told = skin_name(table, skin.shift_ed(np.ones(1)), MESH_PX)
        assert (name, told) == (f"skin of the {side} cheek up", side)
    table = np.zeros((7, 3))
    table[4] = 0.2, 0.1, 0.2
    still = np.zeros((lm.POINTS, 2), np.float32)
    assert skin_name(table, still, MESH_PX) == ("skin of both cheeks changing", "both")
    table[3, 1] = 0.9
    right = np.tile(np.float32([-0.02, 0.02]), (lm.POINTS, 1))
    assert skin_name(table, right, MESH_PX)[0] == "skin of the nose to the right and down"
    outward = np.tile(np.float32([-0.02, 0]), (lm.POINTS, 1))
    table = np.zeros((7, 3))
    table[1, 0] = 1
    assert skin_name(table, outward, MESH_PX)[0] == "skin of the right brow outward"
    assert skin_name(table, -outward, MESH_PX)[0] == "skin of the right brow inward"
