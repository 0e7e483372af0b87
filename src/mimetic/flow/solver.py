"""Dense flow of faces in closed form: structure tensors of cells, and robust smoothness.

No training and no weights. From a fast start, a few passes of: bring the second picture back,
even the light, average structure tensors over cells of some pixels, and solve for the
smoothest cells that agree with them; movement of the head costs nothing. A third picture,
the one before, joins the same system.
"""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from mimetic.errors import ShapeError
from mimetic.flow.classical import one_thread, planes
from mimetic.flow.passes import HEAD_CELL_PX, Pass, SolverSettings, solve_flow
from mimetic.flow.records import Estimate
from mimetic.flow.smoothness import Smoothness
from mimetic.flow.tensors import PairTensors
from mimetic.flow.triple import TripleTensors
from mimetic.types import Float32, UInt8

__all__ = ["SMALLEST_PX", "ClosedForm", "Pass", "Smoothness", "SolverSettings"]

SMALLEST_PX = 16
_START_BLUR_PX = 9


class ClosedForm:
    """Flow between two grey pictures, with one standard deviation of its error.

    Keeps arrays from call to call: one object serves one thread at a time.
    """

    def __init__(self, settings: SolverSettings | None = None) -> None:
        self.settings = settings or SolverSettings()
        self._start: Any = cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_MEDIUM)
        self._start.setGradientDescentIterations(8)  # as good for us as 25
        self._start.setPatchStride(4)  # as good as 3
        self._kept: tuple[PairTensors, PairTensors] | None = None

    def __call__(self, first: UInt8, second: UInt8) -> Estimate:
        """Displacement of the points of ``first``; ``uint8`` [H W], 16 px a side or more."""
        check_pictures(first=first, second=second)
        with one_thread():
            one, other = _whole_cells(first), _whole_cells(second)
            pair, _ = self._pairs(*one.shape)
            pair.take(one, other)
            found = solve_flow(pair, self._begin(first, second), self.settings)
        return _cut(found, first.shape)

    def jointly(self, before: UInt8, first: UInt8, second: UInt8) -> Estimate:
        """The same with the picture before ``first``; see ``triple.three_frames``."""
        check_pictures(before=before, first=first, second=second)
        earlier, later = self(first, before), self(first, second)
        with one_thread():
            sources = [_whole_cells(picture) for picture in (before, first, second)]
            pairs = self._pairs(*sources[0].shape)
            pairs[0].take(sources[1], sources[2])
            pairs[1].take(sources[1], sources[0])
            flows = [_whole_cells(planes_last(e.flow_px)) for e in (later, earlier)]
            tensors = TripleTensors(pairs, planes(flows[0]), planes(flows[1]))
            found = solve_flow(tensors, planes(flows[0]), self.settings)
        return _cut(found, first.shape)

    def _begin(self, first: UInt8, second: UInt8) -> Float32:
        one, other = np.ascontiguousarray(first), np.ascontiguousarray(second)
        start = _whole_cells(self._start.calc(one, other, None))
        return planes(np.asarray(cv2.blur(start, (_START_BLUR_PX,) * 2), np.float32))

    def _pairs(self, height: int, width: int) -> tuple[PairTensors, PairTensors]:
        if self._kept is None or self._kept[0].first.shape != (height, width):
            self._kept = PairTensors(height, width), PairTensors(height, width)
        return self._kept


def check_pictures(**pictures: UInt8) -> None:
    """Refuse pictures that are not ``uint8`` [H W] of one size, 16 px a side or more."""
    faults = [
        f"{name}: expected uint8 [H W], {SMALLEST_PX} px a side or more, "
        f"got {picture.dtype} {list(picture.shape)}"
        for name, picture in pictures.items()
        if picture.ndim != 2 or picture.dtype != np.uint8 or min(picture.shape) < SMALLEST_PX
    ]
    sizes = [picture.shape for picture in pictures.values()]
    if not faults and len(set(sizes)) > 1:
        given = " and ".join(str(list(size)) for size in sizes)
        faults = [f"{', '.join(pictures)}: expected one size, got {given}"]
    if faults:
        raise ShapeError("; ".join(faults))


def planes_last(flow: Float32) -> Float32:
    """Displacement [2 H W] as OpenCV takes it, [H W 2]."""
    return np.ascontiguousarray(flow.transpose(1, 2, 0))


def _cut(found: Estimate, shape: tuple[int, ...]) -> Estimate:
    """An estimate of whole cells, cut to the pictures' size."""
    height, width = shape
    sigma = None if found.sigma_px is None else found.sigma_px[:height, :width].copy()
    return Estimate(found.flow_px[:, :height, :width].copy(), sigma)


def _whole_cells(picture: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """A picture or flow continued to sides of whole cells of every size."""
    height, width = picture.shape[:2]
    down, right = -height % HEAD_CELL_PX, -width % HEAD_CELL_PX
    if not down and not right:
        return np.ascontiguousarray(picture)
    return cv2.copyMakeBorder(picture, 0, down, 0, right, cv2.BORDER_REPLICATE)
