"""What one model has words for and another has not, held against models of the same person."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from mimetic.errors import ArgumentError, ConfigError
from mimetic.learn.metrics import decode_ridge
from mimetic.learn.protocols import block_bootstrap
from mimetic.person.linear import PersonModel
from mimetic.person.occurrences import amounts_of
from mimetic.person.repertoire import Repertoire
from mimetic.person.segments import smoothed
from mimetic.person.tracks import MovementModel, Recordings, read_tracks
from mimetic.person.weights import PersonConfig
from mimetic.types import FaceClip, Float64, Int64

APART_S = 10.0  # recordings set on one clock, wider than any guard
# What a clip has once, not for every frame.
WHOLE = frozenset({"person", "depth_px", "mesh_px", "neutral_pixels", "neutral_shape_ed"})


@dataclass(frozen=True, kw_only=True)
class Novelty:
    """How well another model tells one movement, against models of the same person.

    ``told`` is the R2 on held-out time with which the other model's codes tell how much
    of the movement there is; ``null`` the lowest that models of the same person from
    other video, or of another seed, reach. ``lost`` is null - told with its 95 %
    interval ``low`` to ``high`` over blocks of time; the movement is ``novel`` where
    ``low`` is above the comparison's ``margin``.
    """

    number: int
    name: str
    told: float
    null: float
    lost: float
    low: float
    high: float
    novel: bool


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """All movements of a repertoire seen through another model.

    ``count`` movements are new to it; ``null_count`` is the same count for one model of
    the same person held against the others, the largest of all.
    """

    movements: tuple[Novelty, ...]
    margin: float
    count: int
    null_count: int


@dataclass(frozen=True, kw_only=True)
class CompareSettings:
    """When a movement counts as new: it loses more than ``margin`` R2 against the null."""

    margin: float = 0.05
    block_s: float = 4.0  # resampled as one piece
    seed: int = 0

    def __post_init__(self) -> None:
        if not 0 <= self.margin < 1 or not self.block_s > 0 or self.seed < 0:
            raise ConfigError(
                "margin, block_s, seed: expected 0 to 1, more than 0 s and 0 or more, got "
                f"{self.margin}, {self.block_s} and {self.seed}"
            )


def compare(
    repertoire: Repertoire,
    other: MovementModel,
    clips: Recordings,
    *,
    null: Sequence[MovementModel],
    settings: CompareSettings | None = None,
) -> Comparison:
    """Which movements of a repertoire ``other`` has no words for.

    ``clips`` are the recordings that the repertoire was found in. How much of every
    movement there is at a time is told by ridge regression from the codes of ``other``,
    on stretches of time that the regression has not seen (1 s guard). The same is done
    with the models of ``null``, two or more of the same person: of the two halves of the
    video (``models_of_halves``), or of other seeds. What those lose too is no news.

    Raises ArgumentError for fewer than two null models, and for a repertoire without
    movements or of other clips.
    """
    settings = settings or CompareSettings()
    if len(null) < 2:
        raise ArgumentError(
            f"null: expected two or more models of the same person, got {len(null)}; fit one on "
            "each half of the video with models_of_halves"
        )
    if not repertoire.movements:
        raise ArgumentError("repertoire: expected one with movements, got none")
    trial = _Trial(repertoire, settings)
    told, *same = (trial.predicted(model, clips) for model in (other, *null))
    found = trial.judged(told, same)
    inside = [
        sum(one.novel for one in trial.judged(mine, [one for one in same if one is not mine]))
        for mine in same
    ]
    return Comparison(
        movements=found,
        margin=settings.margin,
        count=sum(one.novel for one in found),
        null_count=max(inside),
    )


class _Trial:
    """The amounts of all movements over time, and how well codes of other models tell them."""

    def __init__(self, repertoire: Repertoire, settings: CompareSettings) -> None:
        self._repertoire, self._settings = repertoire, settings
        amounts, times, start_s = [], [], 0.0
        for track in repertoire.tracks:
            told = amounts_of(
                smoothed(track.codes),
                repertoire.movements,
                repertoire.parts,
                neutral=repertoire.rest,
            )
            amounts.append(np.maximum(told, 0))
            times.append(track.times_s - track.times_s[0] + start_s)
            start_s = float(times[-1][-1]) + APART_S
        self._amounts, self._times_s = np.concatenate(amounts), np.concatenate(times)
        self._known = np.isfinite(self._amounts).all(1)

    def predicted(self, model: MovementModel, clips: Recordings) -> Float64:
        """The amounts [T M] of all movements as a model's codes tell them, on held-out time."""
        tracks = read_tracks(model, clips)
        codes = np.concatenate([smoothed(track.codes) for track in tracks])
        same = len(codes) == len(self._amounts)
        if not same or not np.isfinite(codes[self._known]).all():
            raise ArgumentError(
                "clips: expected the recordings in which the repertoire was found, got others "
                f"({len(codes)} moments instead of {len(self._amounts)})"
            )
        known = self._known
        found = decode_ridge(codes[known], self._amounts[known], times_s=self._times_s[known])
        return found.predicted

    def judged(self, told: Float64, null: Sequence[Float64]) -> tuple[Novelty, ...]:
        """Each movement: told by one model against the weakest of the null."""
        wanted, times_s = self._amounts[self._known], self._times_s[self._known]
        every = [told, *null]
        errors = np.stack([(wanted - one) ** 2 for one in every])  # [models, T, M]

        def r2(rows: Int64) -> Float64:
            spread = ((wanted[rows] - wanted[rows].mean(0)) ** 2).sum(0)
            # Below 0 it tells nothing; how far below says nothing more.
            told_share = 1 - errors[:, rows].sum(1) / np.maximum(spread, 1e-12)
            return np.asarray(np.maximum(told_share, 0))

        def lost(rows: Int64) -> Float64:
            values = r2(rows)
            return np.asarray(values[1:].min(0) - values[0])

        whole = r2(np.arange(len(wanted)))
        rng = np.random.default_rng(self._settings.seed)
        low, high = block_bootstrap(times_s, lost, rng=rng, block_s=self._settings.block_s)
        return tuple(
            Novelty(
                number=one.number,
                name=one.name,
                told=float(whole[0, row]),
                null=float(whole[1:, row].min()),
                lost=float(whole[1:, row].min() - whole[0, row]),
                low=float(low[row]),
                high=float(high[row]),
                novel=bool(low[row] > self._settings.margin),
            )
            for row, one in enumerate(self._repertoire.movements)
        )


def models_of_halves(
    clips: Recordings, *, config: PersonConfig | None = None
) -> tuple[PersonModel, PersonModel]:
    """Two linear models of one person, on the first and on the second half of each recording.

    ``clips`` must be readable more than once, as for ``PersonModel.fit``.
    """
    first, second = (PersonModel.fit(_Half(clips, late), config=config) for late in (False, True))
    return first, second


class _Half:
    """One half of the frames of every recording, readable again and again."""

    def __init__(self, clips: Recordings, late: bool) -> None:
        self._recordings = list(clips.values()) if isinstance(clips, Mapping) else [clips]
        self._late = late

    def __iter__(self) -> Iterator[FaceClip]:
        for stretches in self._recordings:
            half = sum(clip.times_s.size for clip in stretches) // 2
            yield from self._cut(stretches, half)

    def _cut(self, stretches: Iterable[FaceClip], half: int) -> Iterator[FaceClip]:
        seen = 0
        for clip in stretches:
            here = min(max(half - seen, 0), clip.times_s.size)
            rows = slice(here, None) if self._late else slice(0, here)
            seen += clip.times_s.size
            if clip.times_s[rows].size:
                yield _frames(clip, rows)


def _frames(clip: FaceClip, rows: slice) -> FaceClip:
    """Some frames of a clip, in order."""
    values: dict[str, Any] = {
        field.name: getattr(clip, field.name) for field in dataclasses.fields(clip)
    }
    return FaceClip(**{k: v if k in WHOLE else v[rows] for k, v in values.items()})
