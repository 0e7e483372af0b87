"""Dense flow of faces in closed form: structure tensors of cells, and robust smoothness.

No training and no weights. From a fast start, a few passes of: bring the second picture back,
even the light, average structure tensors over cells of some pixels, and solve for the
smoothest cells that agree with them; movement of the head costs nothing.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from mimetic.errors import ArgumentError, ShapeError
from mimetic.flow.brightness import middle
from mimetic.flow.cells import CellSystem
from mimetic.flow.classical import one_thread
from mimetic.flow.headmotion import fit_head, head_field
from mimetic.flow.records import Estimate
from mimetic.flow.smoothness import Smoothness, variation, weigh
from mimetic.flow.tensors import CellTensors, PairTensors, area_means
from mimetic.types import Float32, Floats, UInt8

SMALLEST_PX = 16
_HEAD_CELL_PX = 12
_START_BLUR_PX = 9


@dataclass(frozen=True, kw_only=True)
class Pass:
    """One linearisation: cells of so many pixels, reweighted and solved so many times."""

    cell_px: int
    rounds: int = 1
    steps: int = 7  # of conjugate gradients


@dataclass(frozen=True, kw_only=True)
class SolverSettings:
    """The constants of the closed form, tuned on training identities and drawn laws only."""

    passes: tuple[Pass, ...] = (
        Pass(cell_px=6, rounds=2),
        Pass(cell_px=4),
        Pass(cell_px=4),
        Pass(cell_px=3),
    )
    smoothness: Smoothness = field(default_factory=Smoothness)
    light_passes: int = 2  # passes that measure the change of light anew
    head_passes: int = 2  # the same for the movement of the head
    least_noise: float = 0.05  # squared grey levels
    doubt: float = 0.3  # how fast a cell that does not fit loses its say
    head_gain: float = 0.9  # of the variation; a head movement that leaves more is not used

    def __post_init__(self) -> None:
        if not self.passes or any(_HEAD_CELL_PX % one.cell_px for one in self.passes):
            raise ArgumentError(
                f"passes: expected one or more, with cells that divide {_HEAD_CELL_PX} px, "
                f"got {[one.cell_px for one in self.passes]}"
            )


class ClosedForm:
    """Flow between two grey pictures, with one standard deviation of its error."""

    def __init__(self, settings: SolverSettings | None = None) -> None:
        self.settings = settings or SolverSettings()
        self._start: Any = cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_MEDIUM)
        self._start.setGradientDescentIterations(8)  # as good for us as 25
        self._tensors: tuple[tuple[int, int], PairTensors] | None = None

    def __call__(self, first: UInt8, second: UInt8) -> Estimate:
        """Displacement of the points of ``first``; ``uint8`` [H W], 16 px a side or more."""
        _check(first, second)
        with one_thread():
            return self._measure(np.ascontiguousarray(first), np.ascontiguousarray(second))

    def _measure(self, first: UInt8, second: UInt8) -> Estimate:
        height, width = first.shape
        start = self._start.calc(first, second, None)
        one, other, start = (_whole_cells(part) for part in (first, second, start))
        pair = self._pair(*one.shape)
        pair.take(one, other)
        flow = _planes(cv2.blur(start, (_START_BLUR_PX,) * 2))
        head: Floats | None = None
        for number, step in enumerate(self.settings.passes):
            tensors = pair.at(flow, step.cell_px, fit=number < self.settings.light_passes)
            before = np.stack([area_means(part, step.cell_px) for part in flow])
            if number < self.settings.head_passes:
                head = self._head(before, tensors, step.cell_px)
            own = before if head is None else before - head_field(head, *before.shape[1:])
            d, sigma = self._solve(tensors, own, step)
            before += d
            flow = _spread(before, one.shape)
        wide = np.asarray(cv2.resize(sigma, one.shape[::-1]), np.float32)
        return Estimate(flow[:, :height, :width].copy(), wide[:height, :width].copy())

    def _pair(self, height: int, width: int) -> PairTensors:
        if self._tensors is None or self._tensors[0] != (height, width):
            self._tensors = (height, width), PairTensors(height, width)
        return self._tensors[1]

    def _head(self, field: Float32, tensors: CellTensors, cell_px: int) -> Floats | None:
        """The head's part of a field [2 h w], None where there is none to speak of."""
        group = _HEAD_CELL_PX // cell_px
        coarse = np.stack([area_means(part, group) for part in field])
        trust = area_means(tensors.shape[0] + tensors.shape[2], group)
        head = fit_head(coarse, np.minimum(trust, np.float32(50)))
        left = field - head_field(head, *field.shape[1:])
        return head if variation(left) < self.settings.head_gain * variation(field) else None

    def _solve(self, tensors: CellTensors, own: Float32, step: Pass) -> tuple[Float32, Float32]:
        """What to add to a field [2 h w], and its error [h w]."""
        settings = self.settings
        noise = np.float32(middle(tensors.square) + settings.least_noise)
        d = np.zeros_like(own)
        for _ in range(step.rounds):
            weight = tensors.energy(d)
            weight *= settings.doubt
            weight += noise
            np.reciprocal(weight, out=weight)
            weights = weigh(own + d, settings.smoothness)
            system = CellSystem(weight * tensors.shape, weights)
            right = system.roughen(own)
            right += weight * tensors.slope
            d = system.solve(-right, d, steps=step.steps)
        trace = (tensors.shape[0] + tensors.shape[2]) * weight + weights.x + weights.y
        return d, 1 / np.sqrt(trace + 1e-6)


def _whole_cells(picture: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """A picture or flow continued to sides of whole cells of every size."""
    height, width = picture.shape[:2]
    down, right = -height % _HEAD_CELL_PX, -width % _HEAD_CELL_PX
    if not down and not right:
        return picture
    return cv2.copyMakeBorder(picture, 0, down, 0, right, cv2.BORDER_REPLICATE)


def _planes(flow: npt.NDArray[Any]) -> Float32:
    return np.ascontiguousarray(flow.transpose(2, 0, 1), np.float32)


def _spread(cells: Float32, shape: tuple[int, ...]) -> Float32:
    """Cells [2 h w] as pixels, by Keys's cubic between their middles."""
    down, across = _rows(cells.shape[1], shape[0]), _rows(cells.shape[2], shape[1])
    return np.asarray(down @ cells @ across.T, np.float32)


@lru_cache(maxsize=32)
def _rows(cells: int, pixels: int) -> Float32:
    """Weights [pixels cells] of cubic convolution (Keys 1981), the border repeated.

    ``cv2.resize`` has another cubic, which does not carry a ramp over exactly.
    """
    at = (np.arange(pixels) + 0.5) * cells / pixels - 0.5
    weights = np.zeros((pixels, cells))
    for offset in range(-1, 3):
        node = np.floor(at).astype(np.int64) + offset
        t = np.abs(at - node)
        near = 1.5 * t**3 - 2.5 * t**2 + 1
        far = -0.5 * t**3 + 2.5 * t**2 - 4 * t + 2
        share = np.where(t < 1, near, np.where(t < 2, far, 0))
        np.add.at(weights, (np.arange(pixels), np.clip(node, 0, cells - 1)), share)
    return weights.astype(np.float32)


def _check(first: UInt8, second: UInt8) -> None:
    for name, picture in (("first", first), ("second", second)):
        if picture.ndim != 2 or picture.dtype != np.uint8:
            raise ShapeError(
                f"{name}: expected uint8 [H W], got {picture.dtype} {list(picture.shape)}"
            )
    if first.shape != second.shape:
        raise ShapeError(
            f"first, second: expected one size, got {list(first.shape)} and {list(second.shape)}"
        )
    if min(first.shape) < SMALLEST_PX:
        raise ShapeError(
            f"first: expected at least {SMALLEST_PX} px a side, got {list(first.shape)}"
        )
