"""Small convolutional networks as ONNX text for ``cv2.dnn``, written without the onnx package.

Only what the refiner needs: convolution, leaky ReLU, sum and doubling. The format is
protocol buffers: every field is a number and a type, then its value.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from mimetic.types import Float32

_OPSET = 11
_FLOAT, _VARINT, _BYTES, _SINGLE = 1, 0, 2, 5


@dataclass
class Graph:
    """A network being written down; every step takes names of planes and returns one."""

    inputs: int
    parts: list[bytes] = field(default_factory=list)
    count: int = 0

    def convolve(self, name: str, weight: Float32, bias: Float32, *, stride: int = 1) -> str:
        """Convolution by ``weight`` [O C k k], zeros around, so that stride 1 keeps the size."""
        made = self._name()
        side = int(weight.shape[-1])
        for label, values in ((f"{made}w", weight), (f"{made}b", bias)):
            self.parts.append(_field(5, _tensor(label, values)))
        whole = {
            "kernel_shape": [side, side],
            "strides": [stride, stride],
            "pads": [side // 2] * 4,
        }
        self._node("Conv", [name, f"{made}w", f"{made}b"], made, _whole_numbers(whole))
        return made

    def rectify(self, name: str, leak: float) -> str:
        """max(x, leak x)."""
        made = self._name()
        self._node("LeakyRelu", [name], made, [_attribute("alpha", _single(2, leak), 1)])
        return made

    def add(self, name: str, other: str) -> str:
        """The sum of planes of one size."""
        made = self._name()
        self._node("Add", [name, other], made)
        return made

    def double(self, name: str) -> str:
        """Planes of twice the size, every value four times."""
        made = self._name()
        self.parts.append(_field(5, _tensor(f"{made}s", np.array([1, 1, 2, 2], np.float32))))
        words = {
            "mode": "nearest",
            "coordinate_transformation_mode": "asymmetric",
            "nearest_mode": "floor",
        }
        self._node(
            "Resize",
            [name, "", f"{made}s"],
            made,
            [_attribute(k, _field(4, v), 3) for k, v in words.items()],
        )
        return made

    def finish(self, output: str, *, outputs: int) -> bytes:
        """The model; its input is called ``x``."""
        ends = _field(11, _planes("x", self.inputs)) + _field(12, _planes(output, outputs))
        graph = b"".join(self.parts) + _field(2, "refiner") + ends
        return _field(1, 8) + _field(7, graph) + _field(8, _field(1, "") + _field(2, _OPSET))

    def _name(self) -> str:
        self.count += 1
        return f"n{self.count}"

    def _node(
        self, kind: str, takes: list[str], gives: str, more: list[bytes] | None = None
    ) -> None:
        body = b"".join(_field(1, name) for name in takes) + _field(2, gives) + _field(3, gives)
        self.parts.append(_field(1, body + _field(4, kind) + b"".join(more or [])))


def _field(number: int, value: int | str | bytes) -> bytes:
    if isinstance(value, int):
        return _varint(number << 3 | _VARINT) + _varint(value)
    data = value.encode() if isinstance(value, str) else value
    return _varint(number << 3 | _BYTES) + _varint(len(data)) + data


def _single(number: int, value: float) -> bytes:
    return _varint(number << 3 | _SINGLE) + np.array(value, "<f4").tobytes()


def _varint(number: int) -> bytes:
    """Seven bits a byte, the low ones first, a set top bit where more follow."""
    out = bytearray()
    while number > 127:
        out.append(number & 127 | 128)
        number >>= 7
    out.append(number)
    return bytes(out)


def _attribute(name: str, value: bytes, kind: int) -> bytes:
    return _field(5, _field(1, name) + value + _field(20, kind))


def _whole_numbers(values: dict[str, list[int]]) -> list[bytes]:
    return [_attribute(k, b"".join(_field(8, n) for n in v), 7) for k, v in values.items()]


def _tensor(name: str, values: Float32) -> bytes:
    shape = b"".join(_field(1, int(side)) for side in values.shape)
    data = np.ascontiguousarray(values, "<f4").tobytes()
    return shape + _field(2, _FLOAT) + _field(8, name) + _field(9, data)


def _planes(name: str, count: int) -> bytes:
    """A value [1 C 16 16]; OpenCV needs a size to read the model, and takes any size after."""
    shape = b"".join(_field(1, _field(1, side)) for side in (1, count, 16, 16))
    return _field(1, name) + _field(2, _field(1, _field(1, _FLOAT) + _field(2, shape)))
