"""Pairs of exact flow: the label is true to a hundredth of a pixel, and all chance is drawn."""

from dataclasses import replace

import cv2
import numpy as np
import pytest

from mimetic.errors import ArgumentError
from mimetic.flow import degrade, laws, samples
from mimetic.flow.crops import FaceCrop, cut_face
from mimetic.flow.film import Scene
from mimetic.flow.pairs import PairSettings
from mimetic.flow.records import FlowPair
from mimetic.ops.warp import sample_exact
from tests.flow.faces import face_sequence, photograph

SIZE = 96
PLAIN = PairSettings.plain(SIZE)
NOISELESS = PairSettings.plain(SIZE, noise_sigma=0.0)


def make(kind="local", peak_px=1.0, seed=0, settings=PLAIN, maker=samples.make_pair):
    rng = np.random.default_rng(seed)
    return maker(face_sequence(), kind, settings=settings, peak_px=peak_px, rng=rng)


def waves(x, y):
    """A texture known by formula, wavelengths 7 to 20 px."""
    parts = [(0.9, 0.1), (0.2, 0.7), (-0.5, 0.6), (0.3, -0.15)]
    return 128 + sum(20 * np.cos(a * x + b * y + k) for k, (a, b) in enumerate(parts))


def known_scene(field, shift=(0.37, -0.21), size=48, margin=12):
    """A scene of ``waves``, twice as fine as the pair."""
    at = (np.arange(2 * (size + 2 * margin)) + 0.5) / 2 - 0.5 - margin
    crop = FaceCrop(
        texture=waves(*np.meshgrid(at, at)).astype(np.float32),
        points_px=np.zeros((478, 2)),
        track_px=np.zeros((1, 478, 2)),
        extent_px=(-99.0, -99.0, 199.0, 199.0),
        margin_px=margin,
        supersampling=2,
    )
    return Scene(crop=crop, field_px=field.astype(np.float32), shift_px=np.array(shift))


def bend(x, y):
    """A movement known by formula, up to 3.1 px."""
    return 2 + 1.1 * np.sin(x / 11 + y / 17), -1 + 0.9 * np.cos(x / 13 - y / 9)


def test_both_pictures_of_a_known_texture_are_those_of_its_formula():
    y, x = np.mgrid[:48, :48].astype(float)
    scene = known_scene(np.stack(bend(x, y)))
    first, second = np.zeros((2, 48, 48))
    for right in (-0.25, 0.25):
        for down in (-0.25, 0.25):
            u, v = bend(x + right, y + down)
            first += waves(x + right + u + 0.37, y + down + v - 0.21) / 4
            second += waves(x + right + 0.37, y + down - 0.21) / 4
    # The texture's slope is about 20 levels per pixel: 0.02 levels are 0.001 px.
    assert np.abs(scene.first() - first).max() < 0.02
    assert np.abs(scene.second() - second).max() < 0.02


def test_a_whole_shift_gives_the_same_pixels_elsewhere():
    scene = known_scene(np.stack([np.full((48, 48), 3.0), np.full((48, 48), -2.0)]))
    assert np.abs(scene.second()[:-2, 3:] - scene.first()[2:, :-3]).max() < 1e-3


def left_over(scene):
    """How far [n] the label is from what a fit of the noiseless pictures says, px."""
    first, second = scene.first().astype(float), scene.second().astype(float)
    y, x = np.indices(first.shape) + scene.field_px[::-1]
    back = sample_exact(second, x, y, order=5)
    size, rim = first.shape[0], 6
    left, top, right, bottom = scene.crop.extent_px
    inside = (x > max(rim, left + rim)) & (x < min(size - rim, right - rim))
    inside &= (y > max(rim, top + rim)) & (y < min(size - rim, bottom - rim))
    inside[[0, 1, -2, -1]] = inside[:, [0, 1, -2, -1]] = False
    down, along = (slope * inside for slope in np.gradient((first + back) / 2))
    change = (back - first) * inside

    def blur(product):
        return cv2.GaussianBlur(product, (0, 0), 5.0)

    a, b, c = blur(along * along), blur(along * down), blur(down * down)
    p, q = blur(along * change), blur(down * change)
    textured = inside & ((a + c) / 2 - np.hypot((a - c) / 2, b) > 4)
    det = np.where(textured, a * c - b * b, 1)
    away = np.hypot((c * p - b * q) / det, (a * q - b * p) / det)
    return away[textured]


@pytest.mark.parametrize("kind", laws.KINDS)
def test_labels_are_exact_to_a_hundredth_of_a_pixel(kind):
    rng = np.random.default_rng(4)
    for peak_px in (0.1, 1.0):
        drawn = {"settings": PairSettings.plain(128), "peak_px": peak_px, "rng": rng}
        away = left_over(samples.draw_scene(face_sequence(), kind, **drawn))
        assert away.size > 3000
        assert np.quantile(away, 0.99) < 0.01 * peak_px**0.5
        assert np.median(away) < 0.001


def test_a_pair_carries_its_label_and_its_origin():
    pair = make("mesh", 2.0)
    assert isinstance(pair, FlowPair)
    assert pair.first.shape == pair.second.shape == pair.valid.shape == (SIZE, SIZE)
    assert np.hypot(*pair.flow_px.astype(float)).max() == pytest.approx(2.0, rel=1e-6)
    assert (pair.kind, pair.peak_px, pair.identity) == ("mesh", 2.0, "virtual-0")
    assert pair.noise_sigma == 1.0
    assert pair.before is None


def test_one_seed_makes_one_pair_bit_for_bit():
    one, same, other = (
        make(settings=PairSettings(size_px=64)),
        make(settings=PairSettings(size_px=64)),
        make(settings=PairSettings(size_px=64), seed=1),
    )
    assert np.array_equal(one.first, same.first)
    assert np.array_equal(one.second, same.second)
    assert not np.array_equal(one.first, other.first)


def test_a_photograph_makes_pairs():
    rng = np.random.default_rng(0)
    pair = samples.make_pair(photograph(), "local", settings=PLAIN, peak_px=0.5, rng=rng)
    assert pair.first.std() > 20


def test_points_that_leave_the_second_picture_are_not_valid():
    pair = make("global", 8.0)
    y, x = np.mgrid[:SIZE, :SIZE] + pair.flow_px[::-1]
    gone = (x < -0.5) | (x > SIZE - 0.5) | (y < -0.5) | (y > SIZE - 0.5)
    assert gone.any()
    assert not pair.valid[gone].any()
    assert pair.valid.mean() > 0.8


def test_points_beyond_the_source_picture_are_not_valid():
    face = face_sequence()
    # The face lies at the left border of what was filmed.
    cut = int(face.landmarks_px[..., 0].min())
    moved = face.landmarks_px - np.array([cut, 0, 0], np.float32)
    narrow = replace(face, pictures=face.pictures[:, :, cut:], landmarks_px=moved)
    rng = np.random.default_rng(0)
    pair = samples.make_pair(narrow, "local", settings=PLAIN, peak_px=0.1, rng=rng)
    assert not pair.valid[:, :3].any()
    assert pair.valid[:, 20:].all()


def test_landmarks_lie_on_the_face_that_was_cut_out():
    face = face_sequence()
    rng = np.random.default_rng(0)
    turned = replace(PLAIN, mirror_share=1.0)
    straight = cut_face(face, settings=PLAIN, peak_px=1.0, rng=np.random.default_rng(0))
    mirrored = cut_face(face, settings=turned, peak_px=1.0, rng=rng)
    assert np.abs(mirrored.texture[:, ::-1] - straight.texture).max() < 1e-3
    # The person's right eye stays on the left of the picture.
    for crop in (straight, mirrored):
        assert crop.points_px[33, 0] < crop.points_px[263, 0]
        assert crop.points_px[:468].min() > 0
        assert crop.points_px[:468].max() < SIZE - 1


def test_a_cut_without_change_of_scale_is_the_picture_itself():
    face = photograph()
    side = float(np.ptp(face.landmarks_px[0, :468, :2], axis=0).max())
    settings = replace(NOISELESS, size_px=96, supersampling=1, blur_px=(0.0, 0.0), margin=0.0)
    settings = replace(settings, zoom=(side / 96, side / 96))
    crop = cut_face(face, settings=settings, peak_px=1.0, rng=np.random.default_rng(0))
    at = face.landmarks_px[0, 1, :2] - crop.points_px[1] - crop.margin_px
    y, x = np.indices(crop.texture.shape) + at[::-1, None, None]
    exact = sample_exact(face.pictures[0], x, y)
    inside = (x > 1) & (x < 254) & (y > 1) & (y < 254)
    assert np.abs(crop.texture - exact)[inside].max() < 0.05


def test_the_noise_is_as_large_as_told():
    quiet, noisy = make(settings=NOISELESS), make(settings=PairSettings.plain(SIZE, noise_sigma=4))
    grain = noisy.first.astype(float) - quiet.first
    assert grain.std() == pytest.approx(4, rel=0.05)
    assert abs(grain.mean()) < 0.2


def test_correlated_noise_is_alike_at_neighbours():
    rng = np.random.default_rng(0)
    for correlated in (False, True):
        grain = degrade.sensor_noise((64, 64), correlated=correlated, rng=rng)
        alike = float(np.corrcoef(grain[:, 1:].ravel(), grain[:, :-1].ravel())[0, 1])
        assert grain.std() == pytest.approx(1, abs=0.03)
        assert (alike > 0.3) == correlated


@pytest.mark.parametrize("share", ["jpeg_share", "codec_share"])
def test_codecs_change_pictures_but_not_much(share):
    coded = make(settings=replace(NOISELESS, **{share: 1.0}))
    plain = make(settings=NOISELESS)
    error = coded.second.astype(float) - plain.second
    assert coded.second.shape == (SIZE, SIZE)
    assert 0.2 < np.sqrt((error**2).mean()) < 8


def test_h264_keeps_the_order_of_time_and_odd_sizes():
    levels = [np.full((35, 41), level, np.uint8) for level in (40, 120, 200)]
    played = degrade.through_h264(levels, 20)
    assert [round(float(p.mean()), -1) for p in played] == [40, 120, 200]
    assert played[0].shape == (35, 41)


def test_light_changes_between_the_two_pictures_as_told():
    lit = make(settings=replace(NOISELESS, light_share=1.0, gain=0.0, slope=0.0, offset_levels=9))
    plain = make(settings=NOISELESS)
    assert np.array_equal(lit.first, plain.first)
    change = lit.second.astype(float) - plain.second
    change = change[(plain.second > 10) & (plain.second < 240)]
    assert np.ptp(change) <= 1
    assert 0 < abs(change.mean()) <= 9.5


def test_the_middle_of_a_triplet_at_constant_velocity_lies_halfway():
    still = replace(NOISELESS, acceleration=(0.0, 0.0))
    pair = make("rbf", 2.0, settings=still, maker=samples.make_triplet)
    y, x = np.mgrid[:SIZE, :SIZE].astype(float)
    back = sample_exact(pair.before, x - pair.flow_px[0], y - pair.flow_px[1])
    inside = np.zeros((SIZE, SIZE), bool)
    inside[6:-6, 6:-6] = True
    away = np.abs(back - pair.first)[inside & pair.valid]
    unmoved = np.abs(pair.before.astype(float) - pair.first)[inside & pair.valid]
    assert away.mean() < 0.6
    assert away.mean() < 0.25 * unmoved.mean()


def test_a_step_that_has_just_begun_shows_the_first_picture_before():
    begun = replace(NOISELESS, acceleration=(1.0, 1.0))
    pair = make("local", 2.0, settings=begun, maker=samples.make_triplet)
    assert np.abs(pair.before.astype(int) - pair.first).max() <= 1


def test_random_textures_have_the_scales_of_a_face_without_its_features():
    rng = np.random.default_rng(0)
    picture = samples.random_texture(rng, 128)
    assert picture.shape == (128, 128)
    assert 15 < picture.std() < 80
    other = samples.random_texture(rng, 128)
    assert abs(np.corrcoef(other.ravel(), picture.ravel())[0, 1]) < 0.5


def test_settings_out_of_range_are_refused_all_at_once():
    with pytest.raises(ArgumentError, match=r"size_px: expected 32.*supersampling.*noise_sigma"):
        PairSettings(size_px=8, supersampling=9, noise_sigma=(2.0, 1.0))
    with pytest.raises(ArgumentError, match="jpeg_share: expected 0 to 1, got 2"):
        PairSettings(jpeg_share=2)


def test_a_sequence_without_landmarks_is_refused():
    face = face_sequence()
    lost = replace(face, landmarks_px=np.full_like(face.landmarks_px, np.nan))
    with pytest.raises(ArgumentError, match="landmarks in one frame or more"):
        cut_face(lost, settings=PLAIN, peak_px=1.0, rng=np.random.default_rng(0))


def test_landmarks_in_one_place_are_refused():
    face = face_sequence()
    point = replace(face, landmarks_px=np.full_like(face.landmarks_px, 50))
    with pytest.raises(ArgumentError, match="got all in one place"):
        cut_face(point, settings=PLAIN, peak_px=1.0, rng=np.random.default_rng(0))
