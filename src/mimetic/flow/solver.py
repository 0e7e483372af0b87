"""Dense flow of faces in closed form: structure tensors of cells, and robust smoothness.

No training and no weights. From a fast start, a few passes of: bring the second picture back,
even the light, average structure tensors over cells of some pixels, and solve for the
smoothest cells that agree with them; movement of the head costs nothing.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from mimetic.errors import ArgumentError, ShapeError
from mimetic.flow.cells import CellSystem
from mimetic.flow.classical import one_thread
from mimetic.flow.headmotion import fit_head, head_field
from mimetic.flow.records import Estimate
from mimetic.flow.smoothness import Smoothness, variation, weigh
from mimetic.flow.tensors import CellTensors, PairTensors, area_means
from mimetic.types import Float32, UInt8

SMALLEST_PX = 16
_HEAD_CELL_PX = 12


@dataclass(frozen=True, kw_only=True)
class Pass:
    """One linearisation: cells of so many pixels, reweighted and solved so many times."""

    cell_px: int
    rounds: int = 1
    steps: int = 6  # of conjugate gradients


@dataclass(frozen=True, kw_only=True)
class SolverSettings:
    """The constants of the closed form, tuned on training identities and drawn laws only."""

    passes: tuple[Pass, ...] = (
        Pass(cell_px=6, rounds=2),
        Pass(cell_px=4),
        Pass(cell_px=4),
        Pass(cell_px=4),
    )
    smoothness: Smoothness = field(default_factory=Smoothness)
    light_passes: int = 2  # passes that measure the change of light anew
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

    def __call__(self, first: UInt8, second: UInt8) -> Estimate:
        """Displacement of the points of ``first``; ``uint8`` [H W], 16 px a side or more."""
        _check(first, second)
        with one_thread():
            return self._measure(np.ascontiguousarray(first), np.ascontiguousarray(second))

    def _measure(self, first: UInt8, second: UInt8) -> Estimate:
        height, width = first.shape
        start = self._start.calc(first, second, None)
        one, other, start = (_whole_cells(part) for part in (first, second, start))
        pair = PairTensors(one, other)
        flow = np.ascontiguousarray(start.transpose(2, 0, 1))
        for number, step in enumerate(self.settings.passes):
            tensors = pair.at(flow, step.cell_px, fit=number < self.settings.light_passes)
            cells, sigma = self._solve(tensors, flow, step)
            flow = _spread(cells, one.shape)
        wide = cv2.resize(sigma, one.shape[::-1], interpolation=cv2.INTER_LINEAR)
        return Estimate(
            np.ascontiguousarray(flow[:, :height, :width]),
            np.ascontiguousarray(wide[:height, :width]),
        )

    def _solve(self, tensors: CellTensors, flow: Float32, step: Pass) -> tuple[Float32, Float32]:
        """Flow [2 h w] and its error [h w] of the cells, starting from a flow [2 H W]."""
        settings = self.settings
        before = np.stack([area_means(part, step.cell_px) for part in flow])
        own = before - self._head(before, tensors, step.cell_px)
        noise = np.float32(np.median(tensors.square) + settings.least_noise)
        d = np.zeros_like(before)
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
        return before + d, 1 / np.sqrt(trace + 1e-6)

    def _head(self, field: Float32, tensors: CellTensors, cell_px: int) -> Float32:
        """The head's part of a field [2 h w], or nothing where there is none to speak of."""
        group = _HEAD_CELL_PX // cell_px
        coarse = np.stack([area_means(part, group) for part in field])
        trust = area_means(tensors.shape[0] + tensors.shape[2], group)
        head = fit_head(coarse, np.minimum(trust, np.float32(50)))
        moved = head_field(head, *field.shape[1:])
        helps = variation(field - moved) < self.settings.head_gain * variation(field)
        return moved if helps else np.zeros_like(field)


def _whole_cells(picture: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """A picture or flow continued to sides of whole cells of every size."""
    height, width = picture.shape[:2]
    down, right = -height % _HEAD_CELL_PX, -width % _HEAD_CELL_PX
    return cv2.copyMakeBorder(picture, 0, down, 0, right, cv2.BORDER_REPLICATE)


def _spread(cells: Float32, shape: tuple[int, ...]) -> Float32:
    """Cells [2 h w] as pixels, bicubic between their middles."""
    size = shape[1], shape[0]
    return np.stack([cv2.resize(part, size, interpolation=cv2.INTER_CUBIC) for part in cells])


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
