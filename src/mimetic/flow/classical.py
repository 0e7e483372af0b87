"""Classical dense flow between two grey pictures, on OpenCV.

Every method takes two ``uint8`` pictures [H W] of one size and gives the
displacement [H W 2] in pixels of each point of the first. Sources: Farneback,
SCIA 2003; DIS, Kroeger et al., ECCV 2016; the variational refinement is that
of Brox et al., ECCV 2004, as OpenCV runs it inside DIS; TV-L1, Zach et al.,
DAGM 2007; DeepFlow, Weinzaepfel et al., ICCV 2013, as OpenCV's contributed
modules have it (without the matching of descriptors).
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

import cv2
import numpy as np
from threadpoolctl import ThreadpoolController

from mimetic.types import Float32, UInt8

DenseFlow = Callable[[UInt8, UInt8], Float32]


def zero() -> DenseFlow:
    """No movement at all: what every method has to beat."""
    return lambda first, second: np.zeros((*first.shape, 2), np.float32)


def farneback() -> DenseFlow:
    """Polynomial expansion at the setting that Alkaddour et al. 2021 compare with."""

    def measure(first: UInt8, second: UInt8) -> Float32:
        nothing: Float32 = np.zeros((*first.shape, 2), np.float32)
        return np.asarray(
            cv2.calcOpticalFlowFarneback(first, second, nothing, 0.5, 3, 15, 3, 5, 1.2, 0),
            np.float32,
        )

    return measure


def dis() -> DenseFlow:
    """Dense inverse search, OpenCV's medium preset."""
    return _run(cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_MEDIUM))


def tvl1() -> DenseFlow:
    """Total variation and absolute difference, OpenCV's defaults, as Alkaddour et al. 2021."""
    return _run(cv2.optflow.DualTVL1OpticalFlow.create())


def deepflow() -> DenseFlow:
    """DeepFlow at OpenCV's defaults: the best classical rival below a pixel, and slow."""
    return _run(cv2.optflow.createOptFlow_DeepFlow())


def dis_refined(*, iterations: int = 20, smoothness: float = 40.0) -> DenseFlow:
    """Dense inverse search down to the full scale, variationally refined.

    The medium preset stops at half resolution and refines five times; small
    movements of skin need the finest scale, more rounds and more smoothness.
    """
    method = cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_MEDIUM)
    method.setFinestScale(0)
    method.setVariationalRefinementIterations(iterations)
    method.setVariationalRefinementAlpha(smoothness)
    return _run(method)


def dis_refined_twice() -> DenseFlow:
    """Dense inverse search at half scale, then refined at the full scale; even light.

    A third of the time of ``dis_refined``: at 128 px within 11 % of its endpoint
    error at noise 1 and 14 % better at noise 2.5, with the same share of the
    movement recovered. Pictures are first brought to local contrast, which costs
    no accuracy in constant light and halves the error where light changes.
    """
    start: Any = cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_MEDIUM)
    start.setVariationalRefinementIterations(10)
    start.setVariationalRefinementAlpha(15.0)
    finish = cv2.VariationalRefinement.create()
    finish.setAlpha(20.0)
    finish.setGamma(20.0)
    finish.setFixedPointIterations(5)
    finish.setSorIterations(8)

    def measure(first: UInt8, second: UInt8) -> Float32:
        one, other = even_light(first), even_light(second)
        with _one_opencv_thread():
            flow = start.calc(one, other, None)
            return np.asarray(finish.calc(one, other, flow), np.float32)

    return measure


def even_light(picture: UInt8) -> UInt8:
    """A grey picture [H W] divided by its own wide blur, about 110 on average.

    The local contrast of the person model (blur 14 px of 128, computed at
    32 px, + 12 grey levels), kept in 8 bits because DIS takes nothing else.
    """
    # Not ops.stabilise.local_contrast: that one repeats the border where this mirrors it (up
    # to 3 grey levels apart), and every figure of this flow was measured with the mirror.
    h, w = picture.shape
    scale = 32 / max(h, w)
    size = (max(2, round(w * scale)), max(2, round(h * scale)))
    with _one_opencv_thread():
        small = cv2.resize(picture, size, interpolation=cv2.INTER_AREA).astype(np.float32)
        blur = cv2.GaussianBlur(small, (0, 0), 14 * 32 / 128)
        wide = cv2.resize(110 / (blur + 12), (w, h), interpolation=cv2.INTER_LINEAR)
        return np.asarray(cv2.convertScaleAbs(picture * wide), np.uint8)


def planes(flow: Float32) -> Float32:
    """Displacement [2 H W] of what OpenCV gives as [H W 2]."""
    return np.ascontiguousarray(flow.transpose(2, 0, 1), dtype=np.float32)


def _run(method: Any) -> DenseFlow:
    def measure(first: UInt8, second: UInt8) -> Float32:
        with _one_opencv_thread():
            return np.asarray(method.calc(first, second, None), np.float32)

    return measure


@contextmanager
def one_thread() -> Iterator[None]:
    """Keep OpenCV and the matrix products of numpy and scipy to one thread for a while.

    The matrices of a face are small: several threads wait for each other longer than
    they work (ten times the processor's time on two cores), and sum in another order on
    another machine.
    """
    with _one_opencv_thread(), _libraries().limit(limits=1, user_api="blas"):
        yield


@contextmanager
def _one_opencv_thread() -> Iterator[None]:
    """The same for OpenCV alone.

    DIS cuts the picture into as many stripes as there are threads, so that its
    flow would depend on the machine; one thread gives the same bits everywhere.
    """
    before = cv2.getNumThreads()
    cv2.setNumThreads(1)
    try:
        yield
    finally:
        cv2.setNumThreads(before)


@cache
def _libraries() -> ThreadpoolController:
    """The linear algebra that is loaded; scipy has one of its own, which must be there first."""
    importlib.import_module("scipy.linalg")
    return ThreadpoolController()
