"""The torch renderer against its numpy twin and against formulas."""

import cv2
import numpy as np
import pytest

torch = pytest.importorskip("torch")

from mimetic.errors import ShapeError  # noqa: E402
from mimetic.flow.laws import TRAIN_KINDS  # noqa: E402
from mimetic.flow.pairs import PairSettings  # noqa: E402
from mimetic.flow.samples import draw_scene  # noqa: E402
from mimetic.learn import warp  # noqa: E402
from mimetic.learn.filming import Filming  # noqa: E402
from mimetic.ops.warp import sample_exact  # noqa: E402
from tests.flow.faces import face_sequence  # noqa: E402


def picture(seed=0, shape=(40, 50)):
    return np.random.default_rng(seed).uniform(0, 255, shape).astype(np.float32)


def filming(count=1, **changes):
    nothing = np.full(count, np.nan, np.float32)
    plain = {
        "light": np.zeros((count, 4), np.float32),
        "sigma": np.zeros(count, np.float32),
        "correlated": np.zeros(count, bool),
        "jpeg_quality": nothing,
        "crf": nothing,
    }
    return Filming(**{**plain, **changes})


def test_splines_are_those_of_scipy():
    rng = np.random.default_rng(1)
    image = picture()
    x, y = rng.uniform(-4, 53, (2, 30, 30))
    exact = sample_exact(image, x, y)
    found = warp.sample_spline(
        warp.spline_coefficients(torch.tensor(image)[None, None]),
        torch.tensor(x, dtype=torch.float32)[None],
        torch.tensor(y, dtype=torch.float32)[None],
    )
    assert np.abs(found[0, 0].numpy() - exact).max() < 1e-4 * 255


def test_a_ramp_shifted_by_a_tenth_of_a_pixel_is_a_tenth_higher():
    ramp = torch.arange(40.0).expand(1, 1, 40, 40).contiguous()
    y, x = torch.meshgrid(torch.arange(14.0, 26), torch.arange(14.0, 26), indexing="ij")
    moved = warp.sample_spline(warp.spline_coefficients(ramp), x[None] + 0.1, y[None])
    assert (moved[0, 0] - x - 0.1).abs().max() < 1e-4


@pytest.mark.parametrize("parts", [1, 2, 3])
def test_pairs_are_those_of_numpy(parts):
    settings = PairSettings(size_px=64, supersampling=parts)
    rng = np.random.default_rng(0)
    scenes = [
        draw_scene(face_sequence(), kind, settings=settings, peak_px=4.0, rng=rng)
        for kind in TRAIN_KINDS
    ]
    first, second = warp.render_pairs(
        torch.tensor(np.stack([s.crop.texture for s in scenes]))[:, None],
        torch.tensor(np.stack([s.field_px for s in scenes])),
        torch.tensor(np.stack([s.shift_px for s in scenes]), dtype=torch.float32),
        supersampling=parts,
    )
    assert first.shape == second.shape == (len(scenes), 1, 64, 64)
    for n, scene in enumerate(scenes):
        assert np.abs(first[n, 0].numpy() - scene.first()).max() < 0.01
        assert np.abs(second[n, 0].numpy() - scene.second()).max() < 0.01


def test_gradients_flow_through_the_field():
    texture = torch.tensor(picture(0, (112, 112)))[None, None]
    field = torch.zeros(1, 2, 32, 32, requires_grad=True)
    first, _ = warp.render_pairs(texture, field, torch.zeros(1, 2))
    first.sum().backward()
    assert field.grad is not None
    assert torch.isfinite(field.grad).all()
    assert field.grad.abs().max() > 0


def test_half_precision_of_a_training_loop_does_not_reach_the_pairs():
    texture = torch.tensor(picture(0, (112, 112)))[None, None]
    field, shift = torch.full((1, 2, 32, 32), 0.1), torch.zeros(1, 2)
    exact = warp.render_pairs(texture, field, shift)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        again = warp.render_pairs(texture, field, shift)
    assert all(torch.equal(one, other) for one, other in zip(exact, again, strict=True))


def test_a_texture_of_another_size_is_refused():
    with pytest.raises(ShapeError, match=r"expected \[B 1 M M\] with M = 2 \* \(32 \+ 2 margin\)"):
        warp.render_pairs(torch.zeros(1, 1, 65, 65), torch.zeros(1, 2, 32, 32), torch.zeros(1, 2))


@pytest.mark.parametrize("quality", [50, 70, 90])
def test_jpeg_is_that_of_the_library(quality):
    smooth = cv2.GaussianBlur(picture(3, (61, 70)), (0, 0), 2.0)
    image = np.clip(np.rint(128 + 4 * (smooth - 128)), 0, 255).astype(np.uint8)
    _, coded = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, quality])
    library = cv2.imdecode(coded, cv2.IMREAD_GRAYSCALE).astype(float)
    given = torch.tensor(image, dtype=torch.float32)[None, None]
    own = warp.through_jpeg(given, torch.tensor([float(quality)]))[0, 0].numpy()
    assert np.abs(library - image).mean() > 0.5
    # The library reckons with whole numbers.
    assert np.abs(own - library).mean() < 0.25


def test_a_perfect_camera_only_rounds():
    given = torch.tensor(np.stack([picture(0), picture(1)]))[None]
    stored = warp.film_pairs(given, filming())
    assert torch.equal(stored, given.round())


def test_light_falls_on_all_pictures_but_the_first():
    given = torch.full((1, 3, 20, 21), 100.0)
    light = np.array([[0.1, 0.2, 0.0, 5.0]], np.float32)
    stored = warp.film_pairs(given, filming(light=light))
    assert (stored[:, 0] == 100).all()
    assert stored[0, 1, 5, [0, 10, 20]].tolist() == [95, 115, 135]
    assert torch.equal(stored[:, 1], stored[:, 2])


def test_noise_has_the_size_and_the_reach_of_its_pair():
    given = torch.full((2, 2, 96, 96), 128.0)
    drawn = filming(2, sigma=np.array([2, 6], np.float32), correlated=np.array([False, True]))
    stored = warp.film_pairs(given, drawn, torch.Generator().manual_seed(0)) - 128
    again = warp.film_pairs(given, drawn, torch.Generator().manual_seed(0)) - 128
    assert torch.equal(stored, again)
    assert stored[0].std().item() == pytest.approx(2, rel=0.05)
    assert stored[1].std().item() == pytest.approx(6, rel=0.05)
    alike = [float(np.corrcoef(p[0, :, 1:].ravel(), p[0, :, :-1].ravel())[0, 1]) for p in stored]
    assert abs(alike[0]) < 0.05
    assert alike[1] > 0.3


def test_only_pairs_with_a_codec_are_compressed():
    given = torch.tensor(np.stack([picture(0, (32, 32))] * 6)).reshape(3, 2, 32, 32)
    nothing = np.nan
    stored = warp.film_pairs(
        given,
        filming(
            3,
            jpeg_quality=np.array([nothing, 70, nothing], np.float32),
            crf=np.array([nothing, nothing, 28], np.float32),
        ),
    )
    changed = [(stored[n] - given[n].round()).abs().max().item() > 3 for n in range(3)]
    assert changed == [False, True, True]


def test_a_camera_for_another_number_of_pairs_is_refused():
    with pytest.raises(ShapeError, match="light: expected"):
        filming(2, light=np.zeros((3, 4), np.float32))
