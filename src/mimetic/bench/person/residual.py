"""The network that attempts add to the linear code, small enough to be written out."""

from __future__ import annotations

import numpy as np

from mimetic.types import Float64

HIDDEN, RATE = 128, 1e-3
FIRST, SECOND = 0.9, 0.999  # how much of the old the means of Adam keep


class Residual:
    """A linear code of ``count`` numbers, a decoder, and a hidden layer that is silent at first.

    Made from frames [n K] to learn from and what is ``seen`` of them [n K] or [n 5K]: the first
    directions of a frame are its code until something is learnt (by Adam).
    """

    def __init__(
        self, frames: Float64, *, seen: Float64, count: int, rng: np.random.Generator
    ) -> None:
        size, wide = frames.shape[1], seen.shape[1]
        self.power = float((frames**2).sum(1).mean())
        self.unit = 3 * np.maximum(seen.std(0), 1e-9)
        own = np.zeros((wide, count))  # of several frames that are seen, the one in the middle
        own[(wide // size // 2) * size :][:size] = np.eye(size, count)
        self.weights = {
            "line": own,
            "in": rng.normal(0, wide**-0.5, (wide, HIDDEN)),
            "shift": rng.normal(0, 0.5, HIDDEN),
            "out": np.zeros((HIDDEN, count)),
            "middle": np.zeros(count),
            "decoder": np.eye(count, size),
        }
        self._first = {name: np.zeros_like(each) for name, each in self.weights.items()}
        self._second = {name: np.zeros_like(each) for name, each in self.weights.items()}
        self._steps = 0

    def draw(self, seen: Float64) -> Float64:
        """The frames [n K] that are drawn from what is seen."""
        return np.asarray(self._code(seen)[1] @ self.weights["decoder"])

    def step(
        self,
        seen: Float64,
        wanted: Float64,
        *,
        later: Float64 | None,
        slow: float,
        done: float,
    ) -> None:
        """One update toward drawing ``wanted``, and what is seen ``later`` alike."""
        error = self.draw(seen) - wanted
        slopes = self.slopes(seen, error)
        if later is not None:
            change = self.draw(later) - self.draw(seen)
            for part, sign in ((later, 1.0), (seen, -1.0)):
                more = self.slopes(part, slow * sign * change)
                slopes = {name: slopes[name] + more[name] for name in slopes}
        self._steps += 1
        rate = RATE * 0.5 * (1 + np.cos(np.pi * done))
        for name, slope in slopes.items():
            self._first[name] += (1 - FIRST) * (slope - self._first[name])
            self._second[name] += (1 - SECOND) * (slope**2 - self._second[name])
            first = self._first[name] / (1 - FIRST**self._steps)
            second = self._second[name] / (1 - SECOND**self._steps)
            self.weights[name] -= rate * first / (np.sqrt(second) + 1e-8)

    def _code(self, seen: Float64) -> tuple[Float64, Float64]:
        hidden = np.tanh(seen / self.unit @ self.weights["in"] + self.weights["shift"])
        code = seen @ self.weights["line"] + hidden @ self.weights["out"] + self.weights["middle"]
        return hidden, code

    def slopes(self, seen: Float64, error: Float64) -> dict[str, Float64]:
        """How the mean squared error over that of a face changes with each weight."""
        hidden, code = self._code(seen)
        error = 2 * error / (len(seen) * self.power)
        back = error @ self.weights["decoder"].T
        inner = (back @ self.weights["out"].T) * (1 - hidden**2)
        return {
            "line": seen.T @ back,
            "in": (seen / self.unit).T @ inner,
            "shift": inner.sum(0),
            "out": hidden.T @ back,
            "middle": back.sum(0),
            "decoder": code.T @ error,
        }
