"""Codes that learn from the very video they describe, without labels; they begin as linear ones."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from mimetic.bench.person.coders import Coder
from mimetic.bench.person.recorded import APPEARANCE_PX, Recorded
from mimetic.bench.person.residual import Residual
from mimetic.ops.lowrank import natural_signs
from mimetic.person import PersonModel
from mimetic.person.neuralparts import regions_of
from mimetic.person.samples import gather_frames
from mimetic.person.steady import leaning
from mimetic.person.weights import PersonConfig
from mimetic.types import Float64, Int64

FINE = 200  # directions in which a network sees a face
BATCH = 64
STILL = 0.4  # share of the frames whose neighbours differ least: what is left there is noise
REACH = 2  # frames to either side that "five frames" sees


@dataclass(frozen=True, kw_only=True)
class Attempt:
    """How a residual network learns, or in which metric faces are compared."""

    updates: int = 400
    hide: float = 0.0  # part of the facial regions that are hidden from a frame
    noise: float = 0.0  # times the noise measured on the person's own still frames
    part: bool = False  # only pixels or only landmarks are shown
    later_s: float = 0.0  # another frame so far away in time is to be drawn
    slow: float = 0.0  # weight of the change of what is drawn from a frame to the next
    frames: bool = False  # five frames are seen, the middle one is drawn
    metric: float = 0.0  # noise counts as distance: its mean power that is let pass; 0: plain


def by_attempt(attempt: Attempt, components: int) -> Coder:
    """The code of an attempt that learns on the frames it is given."""

    def code(recorded: Recorded, rows: Int64) -> Float64:
        face = Face.of(recorded, rows, components)
        drawn = face.learnt(attempt, np.random.default_rng(0))
        moved = drawn - drawn[face.own].mean(0)
        codes = np.full((recorded.clip.times_s.size, face.count), np.nan)
        codes[recorded.rows] = moved @ axes_of(moved[face.own], face.count)
        return codes

    return code


@dataclass(frozen=True, eq=False)
class Face:
    """The measured frames of a recording in fine directions of the linear model's features."""

    seen: Float64  # [n R K], what each region adds to a frame
    pixels: Float64  # [n K], and what pixels alone do
    times_s: Float64  # [n]
    take: Int64  # [n]
    own: Int64  # numbers of the frames to learn from
    count: int  # dimensions of the code

    @classmethod
    def of(cls, recorded: Recorded, rows: Int64, components: int) -> Face:
        """All frames, their directions from those to learn from."""
        weights = PersonModel.fit(
            recorded.parts(rows), config=PersonConfig(components=components)
        ).weights
        frames = gather_frames({"": recorded.parts(recorded.rows)}, appearance_px=APPEARANCE_PX)
        scaled = ((frames.rows - weights.mean) * weights.scale).astype(np.float64)
        own = np.searchsorted(recorded.rows, rows)
        axes = axes_of(scaled[own] - scaled[own].mean(0), min(FINE, own.size - 1))
        groups = _apart(regions_of(weights, APPEARANCE_PX), weights.mean.size)
        part = slice(0, weights.appearance_size)
        return cls(
            np.stack([scaled[:, each] @ axes[each] for each in groups], 1),
            scaled[:, part] @ axes[part],
            recorded.clip.times_s[recorded.rows],
            recorded.take[recorded.rows],
            own,
            weights.sd.size,
        )

    @property
    def whole(self) -> Float64:
        """Frames [n K]."""
        return np.asarray(self.seen.sum(1))

    def noise(self) -> Float64:
        """What still frames [m K] differ by from the line between their neighbours, noise alone."""
        frames, times_s = self.whole[self.own], self.times_s[self.own]
        said, power, known = leaning(frames, times_s, self.take[self.own])
        rows = np.flatnonzero(known)
        if not rows.size:  # slower than the noise of neighbours can be told at
            return np.zeros((1, frames.shape[1]))
        moved = ((frames[rows + 1] - frames[rows - 1]) ** 2).sum(1)
        still = rows[moved <= np.quantile(moved, STILL)]
        return np.asarray((frames - said)[still] / np.sqrt(1 + power[still])[:, None])

    def learnt(self, attempt: Attempt, rng: np.random.Generator) -> Float64:
        """What the decoder draws of every frame [n K] in the end."""
        face = self if not attempt.metric else self._in_metric(attempt.metric)
        seen = face._input(face.whole) if attempt.frames else face.whole
        network = Residual(face.whole[face.own], seen=seen[face.own], count=face.count, rng=rng)
        noise = face.noise()
        for step in range(attempt.updates):
            chosen = rng.choice(face.own, BATCH)
            shown, wanted = face._batch(attempt, chosen, noise, rng)
            later = seen[face._near(chosen, 0.04)] if attempt.slow else None
            network.step(shown, wanted, later=later, slow=attempt.slow, done=step / attempt.updates)
        return network.draw(seen)

    def _batch(
        self, attempt: Attempt, chosen: Int64, noise: Float64, rng: np.random.Generator
    ) -> tuple[Float64, Float64]:
        wanted = self.whole[self._near(chosen, attempt.later_s)]
        shown = self.whole[chosen]
        if attempt.hide:
            kept = rng.random((chosen.size, self.seen.shape[1], 1)) >= attempt.hide
            shown = (self.seen[chosen] * kept).sum(1)
        if attempt.part:
            pixels = self.pixels[chosen]
            shown = np.where(rng.random((chosen.size, 1)) < 0.5, pixels, shown - pixels)
        if attempt.frames:
            shown = self._input(self.whole)[chosen]
        if attempt.noise:
            times = shown.shape[1] // noise.shape[1]
            drawn = noise[rng.integers(len(noise), size=(chosen.size, times))]
            shown = shown + attempt.noise * drawn.reshape(shown.shape)
        return shown, wanted

    def _near(self, chosen: Int64, lag_s: float) -> Int64:
        """The frames to learn from that are nearest to so much later than others."""
        if not lag_s:
            return chosen
        found = np.searchsorted(self.times_s[self.own], self.times_s[chosen] + lag_s)
        return self.own[np.minimum(found, self.own.size - 1)]

    def _input(self, frames: Float64) -> Float64:
        """Each frame [n K] with those around it [n 5K], itself in the place of any beyond a gap."""
        numbers = np.arange(len(frames))
        around = np.clip(numbers[:, None] + np.arange(-REACH, REACH + 1), 0, len(frames) - 1)
        far = np.abs(self.times_s[around] - self.times_s[:, None]) > 0.25
        around = np.where(far, numbers[:, None], around)
        return frames[around].reshape(len(frames), -1)

    def _in_metric(self, passed: float) -> Face:
        """The same frames where a direction counts less the more noise it has."""
        noise = self.noise()
        power = noise.T @ noise / len(noise)
        power += passed * max(np.trace(power), 1e-12) / len(power) * np.eye(len(power))
        values, vectors = np.linalg.eigh(power)
        metric = (vectors / np.sqrt(values)) @ vectors.T
        frames = self.whole[self.own] @ metric
        metric = metric @ axes_of(frames - frames.mean(0), len(metric))
        return replace(self, seen=self.seen @ metric, pixels=self.pixels @ metric)


def _apart(regions: list[list[int]], size: int) -> list[Int64]:
    """Columns by the first region that has them, and those of none."""
    first = np.full(size, len(regions))
    for number, columns in reversed(list(enumerate(regions))):
        first[columns] = number
    return [np.flatnonzero(first == number) for number in range(len(regions) + 1)]


def axes_of(rows: Float64, count: int) -> Float64:
    """The leading directions [P D] of centred rows [n P], fewest numbers first."""
    if len(rows) < rows.shape[1]:
        sizes, vectors = np.linalg.eigh(rows @ rows.T)
        basis = vectors[:, ::-1][:, :count].T @ rows
        basis /= np.sqrt(np.maximum(sizes[::-1][:count], 1e-12))[:, None]
    else:
        basis = np.linalg.eigh(rows.T @ rows)[1][:, ::-1][:, :count].T
    return np.asarray((basis * natural_signs(basis)[:, None]).T)
