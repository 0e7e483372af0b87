"""One network in LiteRT, on one thread."""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt
from ai_edge_litert.interpreter import Interpreter

from mimetic.errors import ModelError

STANDARD_ERROR = 2
CHATTER = b"INFO: "


class Engine:
    """Runs one network; inputs and outputs in the order of its own lists.

    One thread: two never paid for networks of this size, and videos run side by side.
    """

    def __init__(self, model: bytes) -> None:
        try:
            with without_chatter():
                self._interpreter = Interpreter(model_content=model, num_threads=1)
                self._interpreter.allocate_tensors()
        except (RuntimeError, ValueError) as error:
            raise ModelError(
                f"expected a network that LiteRT can run, got {len(model)} bytes it refuses: "
                f"{error}; fetch the networks again with: mimetic models"
            ) from error
        self._inputs = [entry["index"] for entry in self._interpreter.get_input_details()]
        self._outputs = [entry["index"] for entry in self._interpreter.get_output_details()]

    def __call__(self, *inputs: npt.NDArray[np.float32]) -> list[npt.NDArray[Any]]:
        """The outputs for these inputs, as arrays of their own."""
        for index, value in zip(self._inputs, inputs, strict=True):
            self._interpreter.set_tensor(index, value)
        self._interpreter.invoke()
        return [self._interpreter.get_tensor(index) for index in self._outputs]


@contextlib.contextmanager
def without_chatter() -> Iterator[None]:
    """Keep LiteRT's INFO lines off standard error; everything else is passed on.

    LiteRT writes them past Python, to the file descriptor, and has no switch for it;
    they would break a progress line. Where there is no standard error nothing is done.
    """
    try:
        real = os.dup(STANDARD_ERROR)
    except OSError:
        yield
        return
    with tempfile.TemporaryFile() as caught:
        os.dup2(caught.fileno(), STANDARD_ERROR)
        try:
            yield
        finally:
            os.dup2(real, STANDARD_ERROR)
            caught.seek(0)
            kept = [line for line in caught if not line.startswith(CHATTER)]
            os.write(real, b"".join(kept))
            os.close(real)
