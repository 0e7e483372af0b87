"""From a start to a flow: linearise, find the head, solve for the cells, and again.

Where the tensors come from is the caller's: of two pictures, or of three.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache
from typing import Protocol

import cv2
import numpy as np

from mimetic.errors import ArgumentError
from mimetic.flow.brightness import middle
from mimetic.flow.cells import CellSystem
from mimetic.flow.certainty import error_of
from mimetic.flow.codec import copied_share, quantiser
from mimetic.flow.headmotion import fit_head, head_field
from mimetic.flow.records import Estimate
from mimetic.flow.smoothness import Smoothness, variation, weigh
from mimetic.flow.tensors import CellTensors, area_means
from mimetic.types import Float32, Floats

HEAD_CELL_PX = 12  # sides of pictures are multiples of it


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
        Pass(cell_px=6, rounds=2, steps=12),
        Pass(cell_px=4, rounds=2, steps=8),
        Pass(cell_px=3),
    )
    smoothness: Smoothness = field(default_factory=Smoothness)
    light_passes: int = 2  # passes that measure the change of light anew
    head_passes: int = 2  # the same for the movement of the head
    least_noise: float = 0.05  # squared grey levels
    doubt: float = 0.3  # how fast a cell that does not fit loses its say
    head_gain: float = 0.9  # of the variation; a head movement that leaves more is not used

    def __post_init__(self) -> None:
        if not self.passes or any(HEAD_CELL_PX % one.cell_px for one in self.passes):
            raise ArgumentError(
                f"passes: expected one or more, with cells that divide {HEAD_CELL_PX} px, "
                f"got {[one.cell_px for one in self.passes]}"
            )


class Tensors(Protocol):
    """Something that can be compared under a flow; PairTensors says what is meant."""

    @property
    def same(self) -> Float32:
        """1 in pixels [H W] of one grey level in both pictures of the pair, else 0."""
        ...

    def at(self, flow_px: Float32, cell_px: int, *, fit: bool) -> CellTensors:
        """Tensors about a flow [2 H W]."""
        ...


def solve_flow(tensors: Tensors, start: Float32, settings: SolverSettings) -> Estimate:
    """The flow that agrees with ``tensors``, from a start [2 H W] with sides of whole cells."""
    flow, head = start, None
    shape = start.shape[1:]
    for number, step in enumerate(settings.passes):
        seen = tensors.at(flow, step.cell_px, fit=number < settings.light_passes)
        cells = np.stack([area_means(part, step.cell_px) for part in flow])
        if number < settings.head_passes:
            head = _find_head(cells, seen, settings=settings, cell_px=step.cell_px)
        own = cells if head is None else cells - head_field(head, *cells.shape[1:])
        noise = np.float32(middle(seen.square) + settings.least_noise)
        d = _solve(seen, own, step=step, noise=noise, settings=settings)
        cells += d
        flow = _spread(cells, shape)
    # What a codec did not send counts as still all the same: doubting it finds more of the movement
    # of a pair (H.264: error .93 for 1.00) and counts it twice when the block is sent at last: on
    # real clips, neighbours' flows composed then depart from the flow across by a third more.
    hidden = quantiser(seen, tensors.same, copied_share(tensors.same))
    sigma = error_of(own + d, seen, left=seen.energy(d), noise=float(noise), hidden=hidden)
    return Estimate(flow, np.asarray(cv2.resize(sigma, shape[::-1]), np.float32))


def _find_head(
    cells: Float32, tensors: CellTensors, *, settings: SolverSettings, cell_px: int
) -> Floats | None:
    """The head's part of a field [2 h w], None where there is none to speak of."""
    group = HEAD_CELL_PX // cell_px
    coarse = np.stack([area_means(part, group) for part in cells])
    trust = area_means(tensors.shape[0] + tensors.shape[2], group)
    head = fit_head(coarse, np.minimum(trust, np.float32(50)))
    left = cells - head_field(head, *cells.shape[1:])
    return head if variation(left) < settings.head_gain * variation(cells) else None


def _solve(
    tensors: CellTensors, own: Float32, *, step: Pass, noise: np.float32, settings: SolverSettings
) -> Float32:
    """What to add to a field [2 h w], the head's part taken out."""
    texture = middle(tensors.shape[0] + tensors.shape[2])
    smoothness = settings.smoothness.for_texture(texture / float(noise))
    d = np.zeros_like(own)
    for _ in range(step.rounds):
        weight = tensors.energy(d)
        weight *= settings.doubt
        weight += noise
        np.reciprocal(weight, out=weight)
        system = CellSystem(weight * tensors.shape, weigh(own + d, smoothness))
        right = system.roughen(own)
        right += weight * tensors.slope
        d = system.solve(-right, d, steps=step.steps)
    return d


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
