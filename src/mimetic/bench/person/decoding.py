"""Virtual people: what codes tell of planted movements, of pose and light, and of pixels."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from mimetic.bench.person.coders import Coder
from mimetic.bench.person.real import POSE, jitter_of
from mimetic.bench.person.recorded import Recorded, joined
from mimetic.bench.person.virtual import PRIVATE, Repertoire, Take, family, filmed
from mimetic.datasets.virtual import Person
from mimetic.learn.metrics import decode_ridge, r2_score
from mimetic.learn.protocols import Split, contiguous_splits
from mimetic.ops.stabilise import ellipse_mask
from mimetic.person import GeneralModel
from mimetic.person.features import appearance
from mimetic.types import Float64, Int64

SHIFTS: dict[str, dict[str, Any]] = {
    "pose": {"yaw_deg": 8.0, "pitch_deg": 4.0},
    "light": {"light": 0.25, "noise_sigma": 3.0},
}
LIGHT, RECORDING = "light", "recording"
REBUILT_PX = 32
# Of the height of the crop: eyes and brows, mouth and jaw.
EYES_ABOVE, MOUTH_BELOW = 0.45, 0.62


@dataclass(frozen=True)
class Virtual:
    """The virtual people of a run, filmed when asked for and kept in ``cache``."""

    settings: dict[str, Any]
    cache: Path
    models: dict[tuple[int, int], GeneralModel] = field(default_factory=dict)

    @cached_property
    def people(self) -> tuple[Person, ...]:
        """Everybody, in the order of their numbers."""
        return family(self.settings["people"], seed=self.settings["seed"])

    @property
    def take(self) -> Take:
        """How they are filmed as a rule."""
        return Take(
            seconds=self.settings["seconds"],
            rate_hz=self.settings["rate_hz"],
            rests_s=self.settings.get("rests_s", 0.0),
        )

    def takes(self, number: int) -> list[Recorded]:
        """All ordinary recordings of one person."""
        return [
            filmed(self.people[number], self.take, seed=seed, cache=self.cache)
            for seed in range(self.settings["takes"])
        ]

    def shifted(self, number: int, shift: str) -> Recorded:
        """A recording of one person with another pose or in another light."""
        take = replace(self.take, seconds=self.settings["shifted_s"], **SHIFTS[shift])
        seed = 10 + list(SHIFTS).index(shift)
        return filmed(self.people[number], take, seed=seed, cache=self.cache)

    def at_rate(self, number: int, rate_hz: float) -> Recorded:
        """The same short scene filmed at another rate."""
        take = replace(self.take, seconds=self.settings["rates_s"], rate_hz=rate_hz)
        return filmed(self.people[number], take, seed=20, cache=self.cache)

    def private(self, number: int) -> str:
        """The name of the movement that only this person makes."""
        return PRIVATE

    def sided(self, number: int) -> tuple[list[str], list[str]]:
        """Names of one person's one-sided and two-sided movements."""
        repertoire = Repertoire.of(self.people[number])
        one = [name for name in repertoire.kinds() if name.endswith(("_left", "_right"))]
        return one, list(repertoire.two_sided)


def measure_virtual(virtual: Virtual, number: int, coder: Coder) -> dict[str, Any]:
    """One person, learnt from all recordings but one and tested on that one, in turn.

    ``shifted`` is learnt from all ordinary recordings and tested under a shift.
    """
    takes = virtual.takes(number)
    every = joined(takes)
    rows = every.rows
    splits = [without(every, rows, number) for number in range(len(takes))]
    cell = decode_takes(every, coder, splits)
    cell["shifted"] = {}
    for shift in SHIFTS:
        more = joined([*takes, virtual.shifted(number, shift)])
        found = decode_takes(more, coder, [without(more, more.rows, len(takes))])
        cell["shifted"][shift] = {name: found[name] for name in ("r2_mean", "r2", "leak")}
    return cell


def decode_takes(recorded: Recorded, coder: Coder, splits: Sequence[Split]) -> dict[str, Any]:
    """R2 of movements, pose, light and pixels on each split, means over the splits.

    A movement that hardly comes in a tested part does not count there.
    """
    rows = recorded.rows
    times_s, wanted = recorded.clip.times_s[rows], recorded.targets[rows]
    nuisance = np.concatenate([_pose(recorded, rows), _light(recorded, rows)], axis=1)
    pixels = _pixels(recorded, rows)
    found: dict[str, list[Any]] = {"r2": [], "leak": [], "rebuilt": [], "jitter": [], "between": []}
    components = 0
    for split in splits:
        codes = coder(recorded, rows[split.train])[rows]
        targets = np.concatenate([wanted, nuisance, pixels], axis=1)
        told = decode_ridge(codes, targets, times_s=times_s, splits=[split]).predicted[split.test]
        truth = targets[split.test]
        r2 = r2_score(truth, told)
        k = wanted.shape[1]
        r2[:k][truth[:, :k].std(0) < 0.02] = np.nan
        found["r2"].append(r2[:k])
        found["leak"].append(r2[k : k + nuisance.shape[1]])
        start = k + nuisance.shape[1]
        found["rebuilt"].append(_rebuilt(truth[:, start:], told[:, start:]))
        found["jitter"].append(jitter_of(codes, recorded, rows))
        found["between"].append(between_takes(codes, recorded.take[rows]))
        components = codes.shape[1]
    return {
        "r2": _by_name(recorded.names, np.nanmean(found["r2"], axis=0)),
        "r2_mean": [float(np.nanmean(each)) for each in found["r2"]],
        "leak": _by_name((*POSE, LIGHT), np.mean(found["leak"], axis=0))
        | {RECORDING: float(np.mean(found["between"]))},
        "rebuilt": _by_name(("whole", "eyes", "mouth"), np.mean(found["rebuilt"], axis=0)),
        "jitter": float(np.mean(found["jitter"])),
        "components": components,
    }


def measure_rates(virtual: Virtual, number: int, coder: Coder) -> dict[str, float]:
    """R2 on the same scene filmed at several rates, four stretches of time held out in turn."""
    found = {}
    for rate_hz in virtual.settings["rates_hz"]:
        recorded = virtual.at_rate(number, rate_hz)
        splits = contiguous_splits(recorded.clip.times_s[recorded.rows], folds=4, guard_s=1.0)
        means = decode_takes(recorded, coder, splits)["r2_mean"]
        found[f"{rate_hz:g}"] = float(np.mean(means))
    return found


def between_takes(codes: Float64, take: Int64) -> float:
    """The share of a code's variance that lies between recordings, 0 where there is one."""
    mean = codes.mean(0)
    parts = [codes[take == number] for number in np.unique(take)]
    between = sum(len(part) * ((part.mean(0) - mean) ** 2).sum() for part in parts)
    return float(between / ((codes - mean) ** 2).sum())


def without(recorded: Recorded, rows: Int64, take: int) -> Split:
    """Learn from all recordings but one, test on that one."""
    held = recorded.take[rows] == take
    return Split(train=np.flatnonzero(~held), test=np.flatnonzero(held))


def _pose(recorded: Recorded, rows: Int64) -> Float64:
    angles = [getattr(recorded.clip, f"{axis}_deg")[rows] for axis in POSE]
    return np.stack(angles, axis=1).astype(np.float64)


def _light(recorded: Recorded, rows: Int64) -> Float64:
    """How bright the face is [n 1], as a logarithm."""
    inside = ellipse_mask(recorded.plain.shape[1])
    mean = recorded.plain[rows][:, inside].mean(1, dtype=np.float64)
    return np.asarray(np.log(mean + 1)[:, None])


def _pixels(recorded: Recorded, rows: Int64) -> Float64:
    inside = ellipse_mask(REBUILT_PX)
    crops = [appearance(recorded.clip.pixels[row], REBUILT_PX)[inside] for row in rows]
    return np.asarray(np.stack(crops), np.float64)


def _rebuilt(truth: Float64, told: Float64) -> list[float]:
    """Explained share of the variance of pixels: whole face, eyes, mouth."""
    height = np.nonzero(ellipse_mask(REBUILT_PX))[0] / REBUILT_PX
    error, spread = ((truth - told) ** 2).sum(0), ((truth - truth.mean(0)) ** 2).sum(0)
    parts = (height >= 0, height < EYES_ABOVE, height > MOUTH_BELOW)
    return [float(1 - error[part].sum() / spread[part].sum()) for part in parts]


def _by_name(names: Sequence[str], values: Float64) -> dict[str, float | None]:
    return {
        name: round(float(value), 4) if np.isfinite(value) else None
        for name, value in zip(names, values, strict=True)
    }
