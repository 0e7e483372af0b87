"""Movements too small for strokes of a part: rare, one-way sources that nothing known explains."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.signal import find_peaks

from mimetic.person.occurrences import Occurrence, occurrences, usual_noise
from mimetic.person.parts import Parts
from mimetic.person.segments import Track, smoothed, stretches_of
from mimetic.person.sources import Sources, amount_of, find_sources
from mimetic.person.vocabulary import Word, home_of
from mimetic.types import Float64

RISE_SD = 2.5  # an excursion rises by this many standard deviations of its source
ONE_WAY = 1.5  # skewness; what goes both ways alike is no movement from rest
OVER_NOISE = 10.0  # the usual excursion against what the source does all the time
POSED = 0.3  # share of a source that the pose of the head explains
EXPLAINED = 0.5  # share of occurrences within those of a movement that is known, beyond chance
ALIKE = 0.5  # excursions of a movement rise by this part of its largest ones or more
AROUND_S = 0.05  # onset and offset are known no better
AGAIN = 0.7  # correlation from which half of the video gives the source again


@dataclass(frozen=True, kw_only=True, eq=False)
class Subtle:
    """One such movement, when it happens, and how surely it is found again."""

    word: Word
    times: tuple[Occurrence, ...]
    found: float
    in_halves: float


def subtle_words(
    tracks: Sequence[Track],
    parts: Parts,
    known: Sequence[Sequence[Occurrence]],
    *,
    least: int,
    search: tuple[int, np.random.Generator],
) -> list[Subtle]:
    """Movements beside those whose occurrences are ``known``, the surest first.

    ``search`` is how often sources are searched for, and from which generator. A source
    is a movement where it stands out ``least`` times or more, in one direction, far above
    its own noise, not with the head, and at other times than the movements before it.
    """
    repeats, rng = search
    sources = find_sources(tracks, rng, repeats=repeats)
    every = range(len(sources.found))
    words = {n: word for n in every if (word := _word(sources, n, tracks, parts, least))}
    times = occurrences(tracks, parts, list(words.values()), neutral=np.zeros(len(parts.maps)))
    taken = [list(each) for each in known]
    seconds = sum(track.seconds for track in tracks)
    chosen = []
    for (number, word), mine in zip(words.items(), times, strict=True):
        if len(mine) >= least and not any(explained(mine, each, seconds) for each in taken):
            taken.append(mine)
            chosen.append((number, word, mine))
    halves = _found_in_halves(sources, [n for n, _, _ in chosen], tracks, rng) if chosen else []
    return [
        Subtle(word=word, times=tuple(mine), found=float(sources.found[n]), in_halves=half)
        for (n, word, mine), half in zip(chosen, halves, strict=True)
    ]


def explained(mine: Sequence[Occurrence], other: Sequence[Occurrence], seconds: float) -> bool:
    """Whether occurrences happen within those of another movement, beyond chance."""
    spans = [(each.recording, each.onset_s - AROUND_S, each.offset_s + AROUND_S) for each in other]
    within = [
        any(name == one.recording and start <= one.apex_s <= end for name, start, end in spans)
        for one in mine
    ]
    filled = min(sum(end - start for _, start, end in spans) / seconds, 1.0)
    return float(np.mean(within)) - filled >= EXPLAINED * (1 - filled) and any(within)


def _word(
    sources: Sources, number: int, tracks: Sequence[Track], parts: Parts, least: int
) -> Word | None:
    """A source as a movement, in units of its usual size; None where it is none."""
    amounts = [sources.amounts(track)[:, number] for track in tracks]
    rises, whole = _rises(amounts), np.concatenate(amounts)
    seen = np.isfinite(whole)
    if len(rises) < least or (whole[seen] ** 3).mean() < ONE_WAY:
        return None
    # Of a continuum of rises, most of them noise, half of the largest is far below them.
    rises = rises[rises >= ALIKE * rises[least - 1]]
    usual = float(np.median(rises))
    pose = np.concatenate([track.pose_deg for track in tracks])
    if usual < OVER_NOISE * usual_noise(whole) or _told_by(pose[seen], whole[seen]) > POSED:
        return None
    change = usual * sources.changes[number]
    shape = parts(change)
    return Word(
        part=home_of(shape, parts),
        change=change,
        shape=shape,
        size=usual,
        strokes=len(rises),
        spans=frozenset(),
        filter=sources.filters[number] / usual,
    )


def _rises(amounts: Sequence[Float64]) -> Float64:
    """How far a source rises in each excursion that stands out, the largest first."""
    found = [np.zeros(0)]
    for amount in amounts:
        for part in stretches_of(amount[:, None]):
            found.append(find_peaks(amount[part], prominence=RISE_SD)[1]["prominences"])
    return np.asarray(np.sort(np.concatenate(found))[::-1])


def _told_by(pose: Float64, amount: Float64) -> float:
    """R2 with which the angles of the head and their squares tell an amount."""
    known = np.isfinite(pose).all(1)
    if known.sum() <= 2 * pose.shape[1] + 1:
        return 0.0
    angles, wanted = pose[known], amount[known] - amount[known].mean()
    design = np.concatenate([angles, angles**2, np.ones((len(angles), 1))], 1).astype(np.float64)
    left = wanted - design @ np.linalg.lstsq(design, wanted, rcond=None)[0]
    return float(1 - (left**2).sum() / max((wanted**2).sum(), 1e-30))


def _found_in_halves(
    sources: Sources, numbers: Sequence[int], tracks: Sequence[Track], rng: np.random.Generator
) -> list[float]:
    """In how many of the two halves of the video by itself [n] each source is found, as a share."""
    codes = [smoothed(track.codes) for track in tracks]
    wanted = np.concatenate([amount_of(each, sources.filters[list(numbers)]) for each in codes])
    known = np.isfinite(wanted).all(1)
    again = np.zeros(len(numbers))
    for late in (False, True):
        half = find_sources([_half(track, late) for track in tracks], rng, repeats=1)
        if not len(half.found):
            continue
        told = np.concatenate([amount_of(each, half.filters) for each in codes])
        alike = np.corrcoef(wanted[known].T, told[known].T)[: len(numbers), len(numbers) :]
        again += 0.5 * (alike.max(1) >= AGAIN)
    return [float(share) for share in again]


def _half(track: Track, late: bool) -> Track:
    """The first or the second half of a recording, by measured time."""
    measured = np.cumsum(np.isfinite(track.codes[:, 0]))
    early = measured <= measured[-1] / 2
    rows = np.flatnonzero(early != late)
    values = {name: getattr(track, name)[rows] for name in ("times_s", "codes", "pose_deg")}
    return dataclasses.replace(track, **values)
