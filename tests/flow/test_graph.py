from __future__ import annotations

import cv2
import numpy as np
import pytest
from numpy.random import default_rng
from scipy.signal import correlate

from mimetic.flow.graph import Graph
from mimetic.types import Float32


def run(graph: Graph, output: str, planes: Float32, *, outputs: int) -> Float32:
    network = cv2.dnn.readNetFromONNX(
        np.frombuffer(graph.finish(output, outputs=outputs), np.uint8)
    )
    network.setInput(planes[None])
    return np.asarray(network.forward()[0])


def drawn(*shape: int) -> Float32:
    return default_rng(0).standard_normal(shape).astype(np.float32)


def test_a_convolution_is_the_correlation_with_its_kernel():
    planes, kernel = drawn(2, 8, 10), drawn(3, 2, 3, 3)
    graph = Graph(2)
    found = run(
        graph, graph.convolve("x", kernel, np.array([0, 1, -2], np.float32)), planes, outputs=3
    )
    by_hand = [
        sum(correlate(p, k, mode="same") for p, k in zip(planes, row, strict=True)) + b
        for row, b in zip(kernel, (0, 1, -2), strict=True)
    ]
    assert found == pytest.approx(np.stack(by_hand), abs=1e-4)


def test_stride_two_takes_every_second_value_of_the_convolution():
    planes, kernel, bias = drawn(1, 8, 8), drawn(1, 1, 3, 3), np.zeros(1, np.float32)
    whole, halved = Graph(1), Graph(1)
    full = run(whole, whole.convolve("x", kernel, bias), planes, outputs=1)
    half = run(halved, halved.convolve("x", kernel, bias, stride=2), planes, outputs=1)
    assert half == pytest.approx(full[:, ::2, ::2], abs=1e-5)


def test_doubling_repeats_rectifying_cuts_and_adding_adds():
    planes = drawn(2, 4, 6)
    graph = Graph(2)
    doubled = graph.double("x")
    found = run(graph, graph.add(graph.rectify(doubled, 0.1), doubled), planes, outputs=2)
    large = planes.repeat(2, 1).repeat(2, 2)
    assert found == pytest.approx(np.maximum(large, 0.1 * large) + large, abs=1e-6)
