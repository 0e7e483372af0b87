"""What codes of a face tell of movements: blocks of time held out, one after another."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from mimetic.bench.person.coders import Coder
from mimetic.bench.person.recorded import BLOCK_S, Recorded
from mimetic.learn.groups import group_draws
from mimetic.learn.metrics import decode_ridge, r2_score
from mimetic.learn.protocols import Split, contiguous_splits
from mimetic.types import Float64, Int64

GUARD_S = 1.0
DRAWS = 200
LEARN_S, TEST_S = 130.0, 140.0  # of the 200 s face: learn before, test after
STILL = 0.2  # share of the steps that count as still
NEAR = 1.5  # usual steps; frames farther apart are no neighbours
POSE = ("yaw", "pitch", "roll")


@dataclass(frozen=True, kw_only=True, eq=False)
class Decoded:
    """What held-out blocks of one recording say about a code.

    ``draws`` are the mean R2 over blocks drawn anew, the same blocks for every code of a
    recording, so that the difference of two codes' draws is a paired one.
    """

    recording: str
    names: tuple[str, ...]  # of the labels that count
    r2: Float64  # [K]
    correlation: Float64  # [K]
    pose_r2: Float64  # [3]
    jitter: float
    components: int
    draws: Float64  # [DRAWS]

    @property
    def mean(self) -> float:
        """R2, mean over the labels that count."""
        return float(self.r2.mean())

    @property
    def interval(self) -> tuple[float, float]:
        """95 % interval of the mean over blocks of time."""
        low, high = np.percentile(self.draws, [2.5, 97.5])
        return float(low), float(high)

    def row(self) -> dict[str, Any]:
        """Plain values for a table."""
        low, high = self.interval
        return {
            "r2": dict(zip(self.names, self.r2.round(4).tolist(), strict=True)),
            "r2_mean": self.mean,
            "low": low,
            "high": high,
            "correlation": float(self.correlation.mean()),
            "pose_r2": dict(zip(POSE, self.pose_r2.round(4).tolist(), strict=True)),
            "jitter": self.jitter,
            "components": self.components,
            "draws": self.draws.round(4).tolist(),
        }


def decode_real(recordings: Sequence[Recorded], coder: Coder) -> dict[str, Decoded]:
    """Leave blocks of 2 s out, 1 s of guard on both sides, code fitted anew for each.

    Of a recording longer than 34 s only the first 34 s. ``coder`` gets the recording and
    the rows it may learn from; a label that hardly varies, or that the labeller does not
    agree with itself on, does not count.
    """
    return {each.name: decode_recorded(each.opening(), coder) for each in recordings}


def decode_long(recorded: Recorded, coder: Coder) -> Decoded:
    """Learn from the first 130 s of the 200 s face, test on its last 60 s."""
    times_s = recorded.clip.times_s[recorded.rows]
    split = Split(train=np.flatnonzero(times_s < LEARN_S), test=np.flatnonzero(times_s >= TEST_S))
    return decode_recorded(recorded, coder, splits=[split])


def label_agreement(recorded: Recorded) -> dict[str, float]:
    """How many labels count on a recording, and their retest r: no code can tell more than them.

    Where the networks err alike on both pictures, nobody can say it from them.
    """
    used = recorded.used()
    retest_r = np.ones(used.size) if recorded.retest_r is None else recorded.retest_r[used]
    return {"labels": float(used.size), "retest_r": float(retest_r.mean())}


def decode_recorded(
    recorded: Recorded, coder: Coder, *, splits: list[Split] | None = None
) -> Decoded:
    """R2 of every label, of pose, and the jitter of one code on held-out frames.

    ``splits`` number the rows of ``recorded.rows``; blocks of 2 s by default.
    """
    rows, used = recorded.rows, recorded.used()
    times_s = recorded.clip.times_s[rows]
    pose = np.stack([getattr(recorded.clip, f"{axis}_deg") for axis in POSE], 1)[rows]
    targets = np.concatenate([recorded.targets[rows][:, used], pose], axis=1)
    predicted = np.full(targets.shape, np.nan)
    noise, components = [], 0
    for split in splits or blocks(times_s):
        codes = coder(recorded, rows[split.train])[rows]
        told = decode_ridge(codes, targets, times_s=times_s, splits=[split])
        predicted[split.test] = told.predicted[split.test]
        noise.append(jitter_of(codes, recorded, rows))
        components = codes.shape[1]
    tested = np.flatnonzero(np.isfinite(predicted).all(1))
    truth, told_of = targets[tested], predicted[tested]
    return Decoded(
        recording=recorded.name,
        names=tuple(recorded.names[n] for n in used),
        r2=r2_score(truth, told_of)[: used.size],
        correlation=_correlation(truth, told_of)[: used.size],
        pose_r2=r2_score(truth, told_of)[used.size :],
        jitter=float(np.mean(noise)),
        components=components,
        draws=_draws(truth[:, : used.size], told_of[:, : used.size], times_s[tested]),
    )


def blocks(times_s: Float64) -> list[Split]:
    """One split for every 2 s, with a guard of 1 s."""
    folds = max(round((times_s[-1] - times_s[0]) / BLOCK_S), 2)
    return contiguous_splits(times_s, folds=folds, guard_s=GUARD_S)


def thirds(times_s: Float64) -> list[Split]:
    """Three splits, for codes that take minutes to learn."""
    return contiguous_splits(times_s, folds=3, guard_s=GUARD_S)


def jitter_of(codes: Float64, recorded: Recorded, rows: Int64) -> float:
    """Noise of a code on the stillest fifth of the steps: mean over its components.

    Half the power of a step on a still face over the component's variance, as all
    components count alike in ``codes``. Which steps are still is said by the labels
    (their speed over half a second), not by the code, so that all codes are judged on
    the same frames.
    """
    times_s = recorded.clip.times_s[rows]
    usual_s = float(np.median(np.diff(times_s)))
    steps = np.flatnonzero(np.diff(times_s) <= NEAR * usual_s)
    wanted = recorded.targets[rows][:, recorded.used()]
    speed = np.abs(np.diff(wanted / wanted.std(0), axis=0)).mean(1)
    width = max(round(0.5 / usual_s), 1)
    smooth = np.convolve(speed, np.ones(width) / width, mode="same")[steps]
    still = steps[np.argsort(smooth, kind="stable")[: max(int(STILL * steps.size), 1)]]
    power = ((codes[still + 1] - codes[still]) ** 2).mean(0) / 2
    return float((power / codes.var(0)).mean())


def over_people(found: dict[str, Decoded], *, rng: np.random.Generator) -> dict[str, float]:
    """Mean R2 over people, 95 % interval over people and blocks."""
    draws = np.stack([each.draws for each in found.values()])
    low, high = people_interval(draws, rng=rng)
    mean = float(np.mean([each.mean for each in found.values()]))
    return {"r2_mean": mean, "low": low, "high": high}


def difference(
    first: dict[str, Decoded], second: dict[str, Decoded], *, rng: np.random.Generator
) -> dict[str, float]:
    """By how much one code decodes better than another on the same blocks, over people."""
    shared = [name for name in first if name in second]
    draws = np.stack([first[name].draws - second[name].draws for name in shared])
    low, high = people_interval(draws, rng=rng)
    mean = float(np.mean([first[name].mean - second[name].mean for name in shared]))
    return {"difference": mean, "low": low, "high": high}


def people_interval(draws: Float64, *, rng: np.random.Generator) -> tuple[float, float]:
    """95 % interval of a mean over people [P], each with draws over blocks [P N]."""
    people, count = draws.shape
    chosen = rng.integers(people, size=(count, people))
    means = draws[chosen, np.arange(count)[:, None]].mean(1)
    low, high = np.percentile(means, [2.5, 97.5])
    return float(low), float(high)


def _draws(truth: Float64, predicted: Float64, times_s: Float64) -> Float64:
    part = ((times_s - times_s[0]) // BLOCK_S).astype(np.int64)
    # One seed for all codes: their draws are of the same blocks.
    rng = np.random.default_rng(part.size)
    # The spread is that of all rows: in a draw without the one smile it would be nothing.
    error = (truth - predicted) ** 2 / truth.var(0)
    return np.asarray([1 - error[rows].mean() for rows in group_draws(part, rng=rng, draws=DRAWS)])


def _correlation(truth: Float64, predicted: Float64) -> Float64:
    one, other = truth - truth.mean(0), predicted - predicted.mean(0)
    size = np.sqrt((one**2).sum(0) * (other**2).sum(0))
    return np.asarray((one * other).sum(0) / np.maximum(size, 1e-12))
