from __future__ import annotations

import cv2
import numpy as np
import pytest
from numpy.random import default_rng

from mimetic.errors import ArgumentError, ModelError
from mimetic.flow.records import Estimate
from mimetic.flow.refine import Refined, Refiner, RefinerSettings, layers
from mimetic.types import Float32, UInt8

NARROW = RefinerSettings(widths=(8, 8, 8, 8))


def drawn_weights(settings: RefinerSettings, *, head: float) -> dict[str, Float32]:
    rng = default_rng(5)
    weights = {}
    for name, layer in layers(settings).items():
        shape = (layer.gives, layer.takes, layer.side, layer.side)
        spread = head if name == "head" else np.sqrt(2 / np.prod(shape[1:]))
        weights[f"{name}.weight"] = (rng.standard_normal(shape) * spread).astype(np.float16)
        weights[f"{name}.bias"] = np.zeros(layer.gives, np.float16)
    return weights


def patterned_pair(height: int, width: int, *, shift_px: float = 0.3) -> tuple[UInt8, UInt8]:
    rng = default_rng(3)
    wide = cv2.GaussianBlur(rng.uniform(0, 255, (height + 8, width + 8)), (0, 0), 1.5)
    wide = (wide - wide.mean()) * 5 + 128
    sight = np.array([[1, 0, 4 + shift_px], [0, 1, 4]], np.float64)
    moved = cv2.warpAffine(
        wide, sight, (width, height), flags=cv2.INTER_CUBIC | cv2.WARP_INVERSE_MAP
    )
    still = wide[4 : 4 + height, 4 : 4 + width]
    first, second = (np.clip(p, 0, 255).astype(np.uint8) for p in (moved, still))
    return first, second


def start_of(height: int, width: int) -> Estimate:
    return Estimate(default_rng(4).normal(0, 0.2, (2, height, width)).astype(np.float32))


def test_a_head_of_zeros_gives_the_start_back_exactly():
    first, second = patterned_pair(64, 64)
    refiner = Refiner(NARROW, drawn_weights(NARROW, head=0.0))
    start = start_of(64, 64)
    assert np.array_equal(refiner(first, second, start).flow_px, start.flow_px)


@pytest.mark.parametrize("size", [(16, 16), (17, 41), (64, 48), (95, 33)])
def test_any_size_from_16_px_comes_back_in_its_own_size(size: tuple[int, int]):
    refiner = Refiner(NARROW, drawn_weights(NARROW, head=0.05))
    found = refiner(*patterned_pair(*size), start_of(*size))
    assert found.flow_px.shape == (2, *size)
    assert found.sigma_px is not None
    assert found.sigma_px.shape == size
    assert np.isfinite(found.flow_px).all()
    assert (found.sigma_px > 0).all()


def test_the_same_pair_gives_the_same_bits_after_a_pair_of_another_size():
    refiner = Refiner(NARROW, drawn_weights(NARROW, head=0.05))
    pair = patterned_pair(48, 64)
    before = refiner(*pair, start_of(48, 64)).flow_px
    refiner(*patterned_pair(32, 32), start_of(32, 32))
    assert np.array_equal(refiner(*pair, start_of(48, 64)).flow_px, before)


def test_constant_pictures_change_the_flow_by_nothing_infinite():
    refiner = Refiner(NARROW, drawn_weights(NARROW, head=0.05))
    grey = np.full((32, 32), 90, np.uint8)
    assert np.isfinite(refiner(grey, grey, start_of(32, 32)).flow_px).all()


def test_refining_twice_is_refining_what_was_refined():
    refiner = Refiner(NARROW, drawn_weights(NARROW, head=0.05))
    first, second = patterned_pair(32, 48)
    start = start_of(32, 48)
    twice = Refined(lambda one, other: start, refiner, times=2)(first, second)
    by_hand = refiner(first, second, refiner(first, second, start))
    assert np.array_equal(twice.flow_px, by_hand.flow_px)


def test_the_shipped_refiner_loads_and_is_small():
    folder = Refiner.load.__func__.__defaults__[0]  # type: ignore[attr-defined]
    assert (folder / "weights.npz").stat().st_size < 1_500_000
    first, second = patterned_pair(48, 48)
    found = Refiner.load()(first, second, start_of(48, 48))
    assert np.isfinite(found.flow_px).all()


def test_weights_of_another_shape_are_refused():
    weights = drawn_weights(NARROW, head=0.0)
    del weights["head.bias"]
    with pytest.raises(ModelError, match=r"head.bias: expected \[11\], got \[\]"):
        Refiner(NARROW, weights)


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"widths": (8, 8)}, "four numbers"),
        ({"leak": 1.5}, "leak: expected 0 or more"),
        ({"again": -1}, "again: expected 0 or more"),
        ({"evidence": 0}, "version 1, got 0; train the refiner again"),
    ],
)
def test_settings_that_make_no_network_are_refused(values: dict[str, object], words: str):
    with pytest.raises(ArgumentError, match=words):
        RefinerSettings(**values)  # type: ignore[arg-type]


def test_refining_no_times_is_refused():
    refiner = Refiner(NARROW, drawn_weights(NARROW, head=0.0))
    with pytest.raises(ArgumentError, match="1 or more"):
        Refined(lambda one, other: start_of(16, 16), refiner, times=0)
