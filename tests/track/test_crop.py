import dataclasses

import numpy as np
import pytest

from mimetic.config import from_mapping, to_mapping
from mimetic.errors import ArgumentError, ConfigError, NoFaceError, ShapeError
from mimetic.ops import landmarks as lm
from mimetic.ops import mesh
from mimetic.ops.align import apply_affine, join_projection
from mimetic.ops.stabilise import ellipse_mask, local_contrast
from mimetic.track.crop import (
    CropConfig,
    Cropper,
    FaceTemplate,
    Patch,
    clip_from_rows,
    cut_patch,
    fit_template,
)
from mimetic.types import FaceTrack, Reason
from tests.ops.surface import SIZE, View, render, surface_points, texture

POINTS = surface_points()
TEXTURE = texture()
CONFIG = CropConfig()
FAR = np.array([4000.0, 0, 0])


def views(count=12, seed=1):
    rng = np.random.default_rng(seed)
    return [
        View(
            yaw_deg=rng.uniform(-10, 10),
            pitch_deg=rng.uniform(-8, 8),
            roll_deg=rng.uniform(-6, 6),
            scale=rng.uniform(0.95, 1.05),
            shift_px=tuple(rng.uniform(-5, 5, 2)),
        )
        for _ in range(count)
    ]


@pytest.fixture(scope="module")
def frames():
    return [render(TEXTURE, view, POINTS) for view in views()]


def template_of(frames, config=CONFIG):
    patches = [cut_patch(pixels, points, frame=i) for i, (pixels, points) in enumerate(frames)]
    return fit_template(patches, np.stack([points for _, points in frames]), config)


@pytest.fixture(scope="module")
def template(frames):
    return template_of(frames)


@pytest.fixture(scope="module")
def cropper(template):
    return Cropper(template, CONFIG)


def jittered(points, seed, by_px=0.5):
    return points + np.random.default_rng(seed).uniform(-by_px, by_px, points.shape)


def held_px(rows, frames, template):
    """Where the true surface points lie in the crops, less their mean: [T P 2]."""
    seen = np.stack(
        [
            mesh.points_in_crop(
                join_projection(row.crop_to_video, row.alignment),
                template.depth_px,
                points[:, :2],
            )
            for row, (_, points) in zip(rows, frames, strict=True)
        ]
    )
    middle = seen.mean(0)
    inside = (((middle - [64, 66]) / [42, 55]) ** 2).sum(1) < 1
    return (seen - middle)[:, inside]


def test_a_turning_textured_surface_is_held_still_within_a_tenth_of_a_pixel(
    frames, template, cropper
):
    rows = [cropper.crop(pixels, points) for pixels, points in frames]
    assert all(row.ok for row in rows)
    assert np.sqrt((held_px(rows, frames, template) ** 2).sum(-1).mean()) < 0.1


def test_noise_of_the_landmarks_moves_the_pixels_four_times_less_than_the_landmarks(
    frames, cropper
):
    pixels, points = frames[3]
    clean = cropper.crop(pixels, points)
    noisy = [cropper.crop(pixels, jittered(points, seed, by_px=1.0)) for seed in range(12)]
    places = np.array([[64.0, 46], [40, 66], [88, 66], [64, 100]])
    depth = [cropper.template.depth_px[int(v), int(u)] for u, v in places]

    def seen(row, alignment):
        joined = join_projection(row.crop_to_video, alignment)
        return np.column_stack([places, depth]) @ joined[:, :3].T + joined[:, 3]

    there = seen(clean, clean.alignment)
    with_it = np.array([seen(row, row.alignment) - there for row in noisy])
    without = np.array([seen(row, clean.alignment) - there for row in noisy])
    assert np.sqrt((with_it**2).mean()) < np.sqrt((without**2).mean()) / 4
    assert np.sqrt((with_it**2).mean()) < 0.1


def test_the_crop_shows_what_its_own_maps_say(frames, template, cropper):
    pixels, points = frames[5]
    row = cropper.crop(pixels, points)
    v, u = np.mgrid[40:100:3, 40:90:3]
    aligned = apply_affine(row.alignment, np.stack([u, v], -1).astype(float))
    depth = template.depth_px[v, u][..., None]
    video = np.concatenate([aligned, depth, np.ones_like(depth)], -1) @ row.crop_to_video.T
    x, y = np.moveaxis(video.round().astype(int), -1, 0)
    nearest = pixels[y, x].astype(float)
    assert np.abs(row.pixels[v, u] - nearest).mean() < 5
    assert np.corrcoef(row.pixels[v, u].ravel(), nearest.ravel())[0, 1] > 0.97


def test_every_frame_gives_the_same_bits_alone_in_any_order_and_after_storing(
    frames, template, cropper
):
    stored = FaceTemplate.from_arrays(template.to_arrays())
    other = Cropper(stored, CONFIG)
    for pixels, points in frames[::-3]:
        one, two = cropper.crop(pixels, points), other.crop(pixels, points)
        for field in dataclasses.fields(one):
            np.testing.assert_array_equal(getattr(one, field.name), getattr(two, field.name))


def test_the_template_looks_like_the_crops(frames, template, cropper):
    pixels, points = frames[0]
    row = cropper.crop(pixels, points)
    grey = row.pixels @ np.array([0.299, 0.587, 0.114])
    inside = ellipse_mask()
    contrast = local_contrast(grey.round().astype(np.uint8))
    assert np.corrcoef(contrast[inside], template.template[inside])[0, 1] > 0.98
    assert row.gain == pytest.approx(1, abs=0.1)
    assert row.residual < 0.1


def test_a_mirrored_video_gives_mirrored_shapes_and_the_same_residuals(frames):
    def mirrored(pixels, points):
        turned = points * [-1, 1, 1] + [SIZE - 1, 0, 0]
        return np.ascontiguousarray(pixels[:, ::-1]), turned[lm.MIRROR]

    some = frames[:6]
    other = [mirrored(*frame) for frame in some]
    straight, turned = (Cropper(template_of(these), CONFIG) for these in (some, other))
    for (pixels, points), (pixels_m, points_m) in zip(some, other, strict=True):
        one, two = straight.crop(pixels, points), turned.crop(pixels_m, points_m)
        np.testing.assert_allclose(two.shape_ed[lm.MIRROR] * [-1, 1, 1], one.shape_ed, atol=1e-3)
        assert two.residual == pytest.approx(one.residual, abs=0.003)
        np.testing.assert_allclose(
            two.landmarks_px[lm.MIRROR] * [-1, 1] + [128, 0], one.landmarks_px, atol=0.3
        )


@pytest.mark.parametrize("size", [192, 256])
def test_larger_crops_show_the_same_face_in_the_same_place(frames, template, size):
    config = CropConfig(size_px=size)
    large = template_of(frames, config)
    unit = size / 128
    np.testing.assert_allclose(large.mesh_px, template.mesh_px * unit, rtol=1e-5, atol=1e-3)
    pixels, points = frames[2]
    small_row = Cropper(template, CONFIG).crop(pixels, points)
    large_row = Cropper(large, config).crop(pixels, points)
    assert large_row.pixels.shape == (size, size, 3)
    np.testing.assert_allclose(large_row.landmarks_px / unit, small_row.landmarks_px, atol=0.1)
    np.testing.assert_allclose(large_row.shape_ed, small_row.shape_ed, atol=1e-3)


def test_a_large_picture_is_reduced_and_gives_the_same_crop(frames, cropper):
    pixels, points = frames[0]
    factor = 3
    large = [
        (np.kron(one, np.ones((factor, factor, 1), np.uint8)), both)
        for one, both in ((p, q * factor + np.array([1.0, 1, 0])) for p, q in frames)
    ]
    wide = template_of(large)
    assert wide.reduction == factor
    row, same = Cropper(wide, CONFIG).crop(*large[0]), cropper.crop(pixels, points)
    inside = ellipse_mask()
    assert np.abs(row.pixels[inside].astype(int) - same.pixels[inside]).mean() < 2
    patch = cut_patch(*large[0], frame=0)
    assert patch.scale == factor
    assert patch.pixels.nbytes < 100_000


def test_shapes_do_not_depend_on_where_the_head_points(frames, cropper):
    shapes = np.stack([cropper.crop(*frame).shape_ed for frame in frames])
    np.testing.assert_allclose(shapes, np.broadcast_to(shapes[0], shapes.shape), atol=0.01)


def test_a_frame_without_a_face_is_missing_not_zero(cropper):
    row = cropper.crop(TEXTURE, np.full((478, 3), np.nan))
    assert row.reason is Reason.NO_FACE
    assert np.isnan(row.shape_ed).all()
    assert np.isnan(row.crop_to_video).all()
    assert not row.pixels.any()


def test_a_face_half_out_of_the_picture_is_not_aligned(cropper):
    row = cropper.crop(*render(TEXTURE, View(shift_px=(85.0, 0.0)), POINTS))
    assert row.reason is Reason.NOT_ALIGNED
    assert row.inside < CONFIG.least_inside
    assert cropper.crop(TEXTURE, POINTS + FAR).reason is Reason.NOT_ALIGNED


def test_a_face_a_little_out_of_the_picture_is_measured_and_says_so(frames, cropper):
    pixels, points = render(TEXTURE, View(), POINTS)
    cut = np.ascontiguousarray(pixels[:, :128])
    row, whole = cropper.crop(cut, points), cropper.crop(pixels, points)
    assert row.ok
    assert CONFIG.least_inside < row.inside < whole.inside == 1
    np.testing.assert_allclose(row.landmarks_px, whole.landmarks_px, atol=0.3)
    assert np.isfinite(row.landmarks_px).all()


def test_pixels_that_show_something_else_are_not_aligned(frames, cropper):
    _, points = frames[0]
    negative = 255 - TEXTURE
    assert cropper.crop(negative, points).reason is Reason.NOT_ALIGNED
    strict = Cropper(cropper.template, CropConfig(most_residual=1e-6))
    assert strict.crop(*frames[0]).reason is Reason.NOT_ALIGNED
    short = Cropper(cropper.template, CropConfig(most_shift_px=1e-6))
    assert short.crop(*frames[0]).reason is Reason.NOT_ALIGNED


def track_of(frames, missing=()):
    count = len(frames)
    points = np.stack([points for _, points in frames]).astype(np.float32)
    points[list(missing)] = np.nan
    valid = np.isfinite(points).all((1, 2))
    return FaceTrack(
        person=1,
        times_s=np.arange(count) / 25,
        box_px=np.zeros((count, 4), np.float32),
        landmarks_px=points,
        confidence=np.ones(count, np.float32),
        valid=valid,
        reason=np.where(valid, 0, 1).astype(np.uint8),
        yaw_deg=np.arange(count, dtype=np.float32),
        pitch_deg=np.zeros(count, np.float32),
        roll_deg=np.zeros(count, np.float32),
    )


def test_rows_become_a_clip_of_their_stretch(frames, template, cropper):
    track = track_of(frames, missing=[6])
    rows = [
        cropper.crop(pixels, points)
        for (pixels, _), points in zip(frames[4:9], track.landmarks_px[4:9], strict=True)
    ]
    repeated = np.arange(len(frames)) == 7
    clip = clip_from_rows(rows, template, track=track, repeated=repeated, start=4)
    assert clip.valid.tolist() == [True, True, False, True, True]
    assert clip.repeated.tolist() == [False, False, False, True, False]
    assert clip.times_s[0] == 4 / 25
    assert clip.yaw_deg[0] == 4
    assert np.isnan(clip.yaw_deg[2])
    assert clip.ed_px == pytest.approx(56, abs=1e-3)
    assert clip.person == 1


def test_rows_that_the_track_does_not_hold_are_refused(frames, template, cropper):
    track, rows = track_of(frames), [cropper.missing(Reason.NO_FACE)] * 3
    marks = np.zeros(len(frames), bool)
    for some, marked, start in (([], marks, 0), (rows, marks, 11), (rows, marks[:3], 0)):
        with pytest.raises(ArgumentError, match="rows"):
            clip_from_rows(some, template, track=track, repeated=marked, start=start)


def test_more_patches_than_512_are_thinned():
    pixels, points = render(TEXTURE, View(), POINTS)
    patch = cut_patch(pixels, points, frame=0)
    made = fit_template([patch] * 600, np.broadcast_to(points, (600, 478, 3)), CONFIG)
    assert made.patches == 512


def test_one_patch_is_enough(frames):
    pixels, points = frames[0]
    assert Cropper(template_of(frames[:1]), CONFIG).crop(pixels, points).ok


def test_patches_without_structure_make_no_template(frames):
    _, points = frames[0]
    flat = cut_patch(np.full((SIZE, SIZE, 3), 90, np.uint8), points, frame=0)
    with pytest.raises(NoFaceError, match="none could be aligned"):
        fit_template([flat] * 3, np.stack([points] * 3), CONFIG)


def test_a_patch_knows_where_it_was_cut(frames):
    pixels, points = frames[0]
    patch = cut_patch(pixels, points, frame=17)
    assert patch.frame == 17
    x, y = (int(part) for part in patch.origin_px)
    grey = pixels[y : y + 5, x : x + 5] @ np.array([0.299, 0.587, 0.114])
    np.testing.assert_allclose(patch.pixels[:5, :5], grey, atol=1)
    identity = np.array([[1.0, 0, 0, x], [0, 1, 0, y]])
    np.testing.assert_array_equal(patch.to_patch(identity), np.eye(2, 4))
    assert patch.grey() is patch


@pytest.mark.parametrize("points", [np.full((478, 3), np.nan), POINTS + FAR, POINTS - FAR])
def test_a_patch_needs_a_face_inside_the_picture(points):
    with pytest.raises(ArgumentError, match="landmarks_px"):
        cut_patch(TEXTURE, points, frame=0)


def test_shapes_that_do_not_fit_are_refused(frames, template):
    pixels, points = frames[0]
    patch = cut_patch(pixels, points, frame=0)
    with pytest.raises(ShapeError):
        cut_patch(pixels[..., 0], points, frame=0)
    with pytest.raises(ShapeError):
        cut_patch(pixels, points[:, :2], frame=0)
    with pytest.raises(ShapeError):
        fit_template([patch], np.stack([points] * 2), CONFIG)
    with pytest.raises(ShapeError):
        Cropper(template, CropConfig(size_px=256))


@pytest.mark.parametrize(
    ("key", "value"),
    [("size_px", 100), ("least_inside", 0.0), ("least_inside", 1.5), ("most_shift_px", 0.0)],
)
def test_settings_that_cannot_work_are_refused(key, value):
    with pytest.raises(ArgumentError, match=key):
        CropConfig(**{key: value})
    with pytest.raises(ConfigError, match=key):
        from_mapping(CropConfig, {key: value})


def test_settings_survive_toml_values():
    config = CropConfig(size_px=192, most_residual=0.2)
    assert from_mapping(CropConfig, to_mapping(config)) == config


def test_arrays_that_are_no_template_are_refused(template):
    arrays = template.to_arrays()
    del arrays["weight"]
    with pytest.raises(ArgumentError, match="weight"):
        FaceTemplate.from_arrays(arrays)


def test_a_patch_in_colour_turns_grey():
    colour = Patch(pixels=TEXTURE, origin_px=(0.0, 0.0), scale=1.0, frame=0)
    assert colour.grey().pixels.shape == (SIZE, SIZE)
