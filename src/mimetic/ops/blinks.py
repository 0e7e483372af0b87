"""Blinks: dips of the lid aperture that close fast, open again, and stand out of the noise.

Looking down does lower the upper lid: a glance down that ends within half a second
can pass for a partial blink; a longer one cannot, because a blink has to open again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from mimetic.errors import ArgumentError
from mimetic.ops.aperture import SIDES, LidSeries
from mimetic.ops.rest import frame_noise
from mimetic.ops.timeseries import segments
from mimetic.types import ExpressionEvent, Float64

# From half depth to a tenth, an eye that opens along an exponential takes 3.3 times as long.
SLOWEST_FLANK, FLANK_SLACK_S = 3.5, 0.04
JOINED = 0.5  # of the shorter dip, below which two eyes do not blink together


@dataclass(frozen=True, kw_only=True)
class BlinkRule:
    """What counts as a blink; apertures relative to the person's open eye."""

    smallest_drop: float = 0.3
    smallest_snr: float = 5.0
    shortest_s: float = 0.04
    longest_s: float = 0.5  # a spontaneous blink takes 0.1 to 0.4 s
    base_s: float = 0.6  # how long before and after the apex the open level is sought
    edge: float = 0.1  # onset and offset: this share of the drop
    one_sided: float = 0.4  # the other eye closes by less than this share
    closed: float = 0.3  # an eye open by less counts as closed
    max_gap_s: float = 0.2

    def __post_init__(self) -> None:
        shares = (self.smallest_drop, self.edge, self.one_sided, self.closed)
        times = (self.shortest_s, self.longest_s, self.base_s, self.max_gap_s)
        if not (all(0 < share < 1 for share in shares) and min(times) > 0 and self.edge < 0.5):
            raise ArgumentError(
                "BlinkRule: expected shares between 0 and 1, an edge below 0.5 and positive "
                f"seconds, got {self}"
            )


def find_blinks(lids: LidSeries, rule: BlinkRule | None = None) -> tuple[ExpressionEvent, ...]:
    """Blinks in order of time; candidates that do not count carry ``rejected``.

    Onset and offset are where the aperture crosses 10 % of the drop, between
    frames where it does so; apex is the middle of the time spent within 10 % of the
    smallest aperture. Scores:
    ``duration_s``, ``completeness_left``, ``completeness_right`` (1 = the aperture
    fell to nothing). ``amplitude_ed`` is the drop, the mean of the sides involved.
    """
    rule = rule or BlinkRule()
    dips: list[_Dip] = []
    noise = [frame_noise(series) for series in lids.relative.T]
    for side, series in enumerate(lids.relative.T):
        smallest = max(rule.smallest_drop, rule.smallest_snr * noise[side])
        for rows in segments(lids.times_s, np.isfinite(series), max_gap_s=rule.max_gap_s):
            found = _dips_of(lids.times_s[rows], series[rows], smallest, rule)
            dips += [_Dip(side, *dip) for dip in found]
    events = [_event(group, lids, rule, noise) for group in _groups(dips)]
    return tuple(sorted(events, key=lambda event: event.onset_s))


@dataclass(frozen=True)
class _Dip:
    side: int
    onset_s: float
    apex_s: float
    offset_s: float
    drop: float
    rejected: str | None


def _dips_of(
    times_s: Float64, series: Float64, smallest: float, rule: BlinkRule
) -> list[tuple[float, float, float, float, str | None]]:
    """Onset, apex, offset, drop and reason of every dip of one eye in one stretch."""
    found: list[tuple[float, float, float, float, str | None]] = []
    taken = np.zeros(times_s.size, bool)
    for apex in np.argsort(series, kind="stable"):
        if series[apex] > 1 - smallest / 2:
            break
        if taken[apex]:
            continue
        bases = _bases(times_s, series, int(apex), rule.base_s)
        cut = any(base is None for base in bases)
        drop = min(base for base in (*bases, np.inf) if base is not None) - series[apex]
        if not smallest <= drop < np.inf:
            continue
        edges = [
            _flank(
                times_s,
                int(apex),
                half=_edge(series, int(apex), way, drop, 0.5),
                whole=_edge(series, int(apex), way, drop, rule.edge),
            )
            for way in (-1, 1)
        ]
        onset_s, offset_s = (float(np.interp(e, np.arange(series.size), times_s)) for e in edges)
        taken[int(np.floor(edges[0])) : int(np.ceil(edges[1])) + 1] = True
        reason = _reason(offset_s - onset_s, cut, rule)
        first, last = np.searchsorted(times_s, onset_s), np.searchsorted(times_s, offset_s, "right")
        low = times_s[first:last][series[first:last] <= series[apex] + 0.1 * drop]
        apex_s = float((low[0] + low[-1]) / 2)
        found.append((onset_s, apex_s, offset_s, float(drop), reason))
    return found


def _bases(
    times_s: Float64, series: Float64, apex: int, base_s: float
) -> tuple[float | None, float | None]:
    """The open level before and after an apex; None where the recording does not reach."""
    before = series[np.searchsorted(times_s, times_s[apex] - base_s) : apex]
    after = series[apex + 1 : np.searchsorted(times_s, times_s[apex] + base_s, "right")]
    levels = [float(np.quantile(part, 0.8)) if part.size else None for part in (before, after)]
    return levels[0], levels[1]


def _flank(times_s: Float64, apex: int, *, half: float, whole: float) -> float:
    """The row at which a dip begins or ends: ``whole``, but not far beyond its half depth.

    A blink out of a squint would else begin with the squint.
    """
    half_s, whole_s = (
        float(np.interp(row, np.arange(times_s.size), times_s) - times_s[apex])
        for row in (half, whole)
    )
    reach_s = min(abs(whole_s), SLOWEST_FLANK * abs(half_s) + FLANK_SLACK_S)
    moment_s = times_s[apex] + np.copysign(reach_s, whole - apex)
    return float(np.interp(moment_s, times_s, np.arange(times_s.size)))


def _edge(series: Float64, apex: int, way: int, drop: float, share: float) -> float:
    """The row, between rows where need be, at which the lid has come back but for a share.

    A lid that falls again before it came back ends the dip at its highest point.
    """
    level = float(series[apex] + (1 - share) * drop)
    highest, row = apex, apex
    while 0 <= row + way < series.size:
        row += way
        if series[row] >= level:
            inner = row - way
            return float(row - way * (series[row] - level) / (series[row] - series[inner]))
        if series[row] > series[highest]:
            highest = row
        came_back = series[highest] > series[apex] + 0.5 * drop
        if came_back and series[row] < series[highest] - 0.25 * drop:
            return float(highest)
    return float(row)


def _reason(duration_s: float, cut: bool, rule: BlinkRule) -> str | None:
    if cut:
        return "cut off by a gap"
    if duration_s > rule.longest_s:
        return f"longer than {rule.longest_s:g} s"
    if duration_s < rule.shortest_s:
        return f"shorter than {rule.shortest_s:g} s"
    return None


def _groups(dips: list[_Dip]) -> list[list[_Dip]]:
    """Dips of the two eyes that mostly overlap belong to one blink."""
    groups: list[list[_Dip]] = []
    for dip in sorted(dips, key=lambda dip: dip.apex_s):
        last = groups[-1] if groups else []
        if len(last) == 1 and last[0].side != dip.side and _overlap(last[0], dip) >= JOINED:
            last.append(dip)
        else:
            groups.append([dip])
    return groups


def _overlap(one: _Dip, other: _Dip) -> float:
    """Common time as a share of the shorter of two dips."""
    common_s = min(one.offset_s, other.offset_s) - max(one.onset_s, other.onset_s)
    shorter_s = min(one.offset_s - one.onset_s, other.offset_s - other.onset_s)
    return common_s / max(shorter_s, 1e-9)


def _event(
    group: list[_Dip], lids: LidSeries, rule: BlinkRule, noise: Sequence[float]
) -> ExpressionEvent:
    onset_s, apex_s, offset_s = (
        float(np.mean([getattr(dip, name) for dip in group]))
        for name in ("onset_s", "apex_s", "offset_s")
    )
    first = np.searchsorted(lids.times_s, onset_s - 1e-9)
    rows = slice(first, np.searchsorted(lids.times_s, offset_s + 1e-9, "right"))
    drops, scores = np.full(2, np.nan), {"duration_s": offset_s - onset_s}
    for dip in group:
        drops[dip.side] = dip.drop
    for side, name in enumerate(SIDES):
        inside = lids.relative[rows, side]
        inside = inside[np.isfinite(inside)]
        if inside.size:
            scores[f"completeness_{name}"] = float(1 - inside.min())
            if np.isnan(drops[side]):
                drops[side] = inside.max() - inside.min()
    deepest = int(np.nanargmax(drops))
    alone = not drops[1 - deepest] >= rule.one_sided * drops[deepest]
    used = [deepest] if alone else [0, 1]
    reasons = [dip.rejected for dip in group]
    return ExpressionEvent(
        onset_s=onset_s,
        apex_s=apex_s,
        offset_s=offset_s,
        kind="blink",
        scores=scores,
        regions=tuple(f"lids_{SIDES[side]}" for side in used),
        side=SIDES[deepest] if alone else "both",
        amplitude_ed=float(np.mean([drops[side] * lids.open_ed[side] for side in used])),
        snr=float(drops[deepest] / max(noise[deepest], 1e-6)),
        rejected=None if None in reasons else reasons[0],
    )
