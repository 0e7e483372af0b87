"""A small network that mends what a flow has wrong, without torch.

f = start + doubled(D): at half resolution D is a sum, weighted in every pixel by the network,
of Lucas-Kanade steps over four windows, of what blurs of the flow would change, of the
flow itself (so that what stands still can be set to zero) and of a displacement of its
own, all in the unit of length of ``evidence``. Its last layer begins at zero, so that
before the first step of learning the start comes back as it is. What it returns can be
its start once more.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from mimetic.config import from_mapping
from mimetic.errors import ArgumentError, ModelError
from mimetic.flow.classical import one_thread
from mimetic.flow.evidence import PLANES, VECTORS, VERSION, Evidence, gather
from mimetic.flow.graph import Graph
from mimetic.flow.records import Estimate
from mimetic.flow.starts import Measure, make_start
from mimetic.flow.store import read_network
from mimetic.io.models import Arrays
from mimetic.types import Float32, UInt8

SHIPPED = Path(__file__).parent / "weights" / "refiner"
REFINER = "refiner"  # its name as a network
OUTPUTS = 2 + VECTORS + 1  # a displacement, a weight of every vector, log of the error
LARGEST_LOG = 4.0  # of an error over the unit


@dataclass(frozen=True, kw_only=True)
class RefinerSettings:
    """The network's size, the version of the evidence that it reads, and how it learns.

    ``again``: so many pairs of a batch are refined once more from what came out.
    ``bfloat16``: learning computes in half precision, four times as fast on processors
    made for it and slower on others; running never does.
    """

    widths: tuple[int, ...] = (32, 64, 96, 96)  # planes, finest resolution first
    evidence: int = VERSION
    leak: float = 0.1  # of the units; at 0 whole levels of the network died while learning
    again: int = 2
    bfloat16: bool = False

    def __post_init__(self) -> None:
        faults = []
        if len(self.widths) != 4 or min(self.widths) < 1:
            faults.append(f"widths: expected four numbers of planes, got {list(self.widths)}")
        if self.evidence != VERSION:
            faults.append(
                f"evidence: expected version {VERSION}, got {self.evidence}; train the refiner "
                "again with this mimetic, or use the one that wrote it"
            )
        if not 0 <= self.leak < 1:
            faults.append(f"leak: expected 0 or more and below 1, got {self.leak}")
        if self.again < 0:
            faults.append(f"again: expected 0 or more, got {self.again}")
        if faults:
            raise ArgumentError("; ".join(faults))


@dataclass(frozen=True)
class Layer:
    """One convolution: planes in and out, side of its kernel, stride."""

    takes: int
    gives: int
    side: int = 3
    stride: int = 1


def layers(settings: RefinerSettings) -> dict[str, Layer]:
    """Every convolution of the network by name: down two by two, up two by two, the head."""
    widths, found = settings.widths, {}
    before = PLANES
    for level, width in enumerate(widths):
        found[f"down{level}a"] = Layer(before, width, stride=2 if level else 1)
        found[f"down{level}b"] = Layer(width, width)
        before = width
    for level in reversed(range(len(widths) - 1)):
        found[f"up{level}a"] = Layer(widths[level + 1], widths[level], side=1)
        found[f"up{level}b"] = Layer(widths[level], widths[level])
    found["head"] = Layer(widths[0], OUTPUTS)
    return found


class Refiner:
    """Mends flows; one thread may use it at a time."""

    def __init__(self, settings: RefinerSettings, weights: Arrays) -> None:
        _check(settings, weights)
        self.settings = settings
        self._network: Any = cv2.dnn.readNetFromONNX(
            np.frombuffer(write_graph(settings, weights), np.uint8)
        )

    @classmethod
    def load(cls, folder: Path = SHIPPED) -> Refiner:
        """The refiner of a model folder, by default the one that comes with the package."""
        stored = read_network(folder)
        if stored.about.get("network") != REFINER:
            raise ModelError(
                f"{folder}: expected the weights of a refiner, got {stored.about.get('network')!r}"
            )
        options = stored.config.get("options", {})
        config = from_mapping(RefinerSettings, options, where=f"{folder}: options")
        return cls(config, stored.weights)

    def __call__(self, first: UInt8, second: UInt8, start: Estimate) -> Estimate:
        """A better estimate of the flow of grey pictures [H W] of 16 px or more a side."""
        with one_thread():
            evidence = gather(first, second, start.flow_px)
            self._network.setInput(evidence.planes[None])
            outputs = self._network.forward()[0]
            change, sigma = combine(outputs, evidence)
            height, width = first.shape
            flow = start.flow_px + doubled(change)[:, :height, :width]
            return Estimate(flow, doubled(sigma[None])[0, :height, :width])


class Refined:
    """A method of flow and its refinement, once or more often."""

    def __init__(self, start: Measure, refiner: Refiner, *, times: int = 1) -> None:
        if times < 1:
            raise ArgumentError(f"times: expected 1 or more, got {times}")
        self.start, self.refiner, self.times = start, refiner, times

    def __call__(self, first: UInt8, second: UInt8) -> Estimate:
        """The flow of grey pictures [H W] with one standard deviation of its error."""
        found = self.start(first, second)
        for _ in range(self.times):
            found = self.refiner(first, second, found)
        return found


def load_refined(folder: Path = SHIPPED, *, times: int = 1) -> Refined:
    """A model folder as a method: the start that it was taught on, then its refiner."""
    start = read_network(folder).config.get("data", {}).get("start", "closed-form")
    return Refined(make_start(start), Refiner.load(folder), times=times)


def combine(outputs: Float32, evidence: Evidence) -> tuple[Float32, Float32]:
    """The change of the flow [2 h w] and its error [h w] in px, from outputs [C h w]."""
    unit, length = np.float32(evidence.unit_px), np.float32(evidence.length_px)
    size = outputs.shape[1:]
    vectors = evidence.planes[: 2 * VECTORS].reshape(VECTORS, 2, *size)
    weights = outputs[2:-1]
    change = outputs[:2] + np.einsum("vhw,vchw->chw", weights[:-1], vectors[:-1])
    log = np.clip(outputs[-1], -LARGEST_LOG, LARGEST_LOG)
    return unit * change + length * weights[-1] * vectors[-1], unit * np.exp(log)


def doubled(planes: Float32) -> Float32:
    """Planes [C h w] at twice the resolution, linear between."""
    size = (2 * planes.shape[2], 2 * planes.shape[1])
    return np.stack([cv2.resize(p, size, interpolation=cv2.INTER_LINEAR) for p in planes])


def write_graph(settings: RefinerSettings, weights: Arrays) -> bytes:
    """The network as ONNX: x [1 C h w] -> [1 O h w], any h and w of multiples of eight."""
    graph = Graph(PLANES)

    def convolve(name: str, planes: str) -> str:
        weight, bias = (np.asarray(weights[f"{name}.{k}"], np.float32) for k in ("weight", "bias"))
        return graph.convolve(planes, weight, bias, stride=layers(settings)[name].stride)

    planes, kept = "x", []
    for level in range(len(settings.widths)):
        planes = graph.rectify(convolve(f"down{level}a", planes), settings.leak)
        planes = graph.rectify(convolve(f"down{level}b", planes), settings.leak)
        kept.append(planes)
    for level in reversed(range(len(settings.widths) - 1)):
        planes = graph.add(graph.double(convolve(f"up{level}a", planes)), kept[level])
        planes = graph.rectify(convolve(f"up{level}b", planes), settings.leak)
    return graph.finish(convolve("head", planes), outputs=OUTPUTS)


def _check(settings: RefinerSettings, weights: Arrays) -> None:
    faults = []
    for name, layer in layers(settings).items():
        expected: dict[str, tuple[int, ...]] = {
            f"{name}.weight": (layer.gives, layer.takes, layer.side, layer.side),
            f"{name}.bias": (layer.gives,),
        }
        for key, shape in expected.items():
            found = weights[key].shape if key in weights else ()
            if found != shape:
                faults.append(f"{key}: expected {list(shape)}, got {list(found)}")
    if faults:
        raise ModelError("weights of the refiner: " + "; ".join(faults[:4]))
