"""Movement around the lab's own trials: mean and interval, both sides of a pair together."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from mimetic.ops.trials import TrialMean
from mimetic.report import figures, rows
from mimetic.report.facts import main_feature
from mimetic.report.movement import group_words, paired, region_icon
from mimetic.report.scene import Scene
from mimetic.report.words import count, escape, number, region_words, side_of, unit_of
from mimetic.types import Float64, Floats, LocalDynamics

PANEL = 54  # px high


ENOUGH_TRIALS = 3  # fewer have no mean worth a sentence


def trials_section(scene: Scene) -> str:
    """A table of small pictures, one column per kind of trial, one scale per row."""
    dynamics, responses = scene.data.dynamics, scene.data.responses
    if not responses or dynamics is None:
        return ""
    unit = unit_of(dynamics.features[main_feature(dynamics)])
    head = "".join(
        f'<th scope="col">{escape(one.trial_type)}<small>{_many(one)}</small></th>'
        for one in responses
    )
    body = "".join(_line(scene, group, unit) for group in paired(dynamics.regions))
    wide = 120 * (1 + len(responses))
    said = strongest_sentence(responses, dynamics.regions, unit=unit)
    return (
        f'<p class="said">{escape(said)}</p><div class="scroll" tabindex="0">'
        f'<table class="trials" style="min-width:{wide}px"><colgroup><col class="first"></colgroup>'
        f"<thead><tr><td></td>{head}</tr></thead><tbody>{body}</tbody></table>"
        '</div><p class="note">Line: mean over trials. Coloured band: its 95 % interval, from two '
        f"trials on. Upright line: onset of the trial. {rows.NOISE_KEY}Noise floor of a single "
        "frame; a mean over trials can be known below it.</p>"
    )


def strongest_sentence(
    responses: Sequence[TrialMean], regions: tuple[str, ...], *, unit: str
) -> str:
    """The largest rise of a mean after the onset over the mean before it."""
    rises = np.stack([_rises(one) for one in responses])  # [kinds, R]
    few = np.array([one.trials.max(initial=0) < ENOUGH_TRIALS for one in responses])
    rises[few] = np.nan
    if not np.isfinite(rises).any():
        return f"No kind of trial has {ENOUGH_TRIALS} or more with measured frames around them."
    kind, region = divmod(int(np.nanargmax(rises)), rises.shape[1])
    return (
        f"The strongest mean response: the {region_words(regions[region])} around "
        f"“{responses[kind].trial_type}”, {number(float(rises[kind, region]))} {unit} "
        "above the time before."
    )


def _rises(one: TrialMean) -> Float64:
    """Highest mean after the onset less the mean before it [R], NaN where either is missing."""
    rises = np.full(one.mean.shape[1], np.nan)
    for region in range(rises.size):
        known = np.isfinite(one.mean[:, region])
        before = one.mean[known & (one.lags_s < 0), region]
        after = one.mean[known & (one.lags_s >= 0), region]
        if before.size and after.size:
            rises[region] = after.max() - before.mean()
    return rises


def _many(one: TrialMean) -> str:
    return count(int(one.trials.max(initial=0)), "trial")


def _line(scene: Scene, group: tuple[str, ...], unit: str) -> str:
    dynamics = scene.data.dynamics
    names: tuple[str, ...] = () if dynamics is None else dynamics.regions
    columns = [names.index(name) for name in group]
    low, high = _range(scene.data.responses, columns)
    floor = _floor_band(dynamics, columns, (low, high))
    cells = "".join(
        f"<td>{_panel(one, columns, group, (low, high), floor)}</td>"
        for one in scene.data.responses
    )
    scale = f"<small>{number(low)} to {number(high)} {escape(unit)}</small>"
    return (
        f'<tr><th scope="row"><div class="name">{region_icon(scene, group)}'
        f"<span>{escape(group_words(group))}{scale}</span></div></th>{cells}</tr>"
    )


def _floor_band(
    dynamics: LocalDynamics | None, columns: list[int], reach: tuple[float, float]
) -> str:
    """From zero to the noise floor of the noisier side."""
    if dynamics is None or dynamics.noise_floor is None:
        return ""
    half = float(dynamics.noise_floor[columns, main_feature(dynamics)].max()) / 2
    return figures.noise_band(half, low=reach[0], high=reach[1], height=100, about=half)


def _range(responses: Sequence[TrialMean], columns: list[int]) -> tuple[float, float]:
    """Lowest (at most 0) and highest number that a row has to show."""
    sides = [(one.low, one.mean, one.high) for one in responses]
    values = np.concatenate([side[:, columns].ravel() for three in sides for side in three])
    known = values[np.isfinite(values)]
    if known.size == 0 or known.max() <= min(known.min(), 0.0):
        return 0.0, 1.0
    return float(min(known.min(), 0.0)), float(known.max())


def _panel(
    one: TrialMean,
    columns: list[int],
    group: tuple[str, ...],
    reach: tuple[float, float],
    floor: str,
) -> str:
    low, high = reach

    def scaled(values: Floats) -> Float64:
        return np.asarray((values - low) / (high - low), np.float64)

    curves, words = floor, []
    for column, name in zip(columns, group, strict=True):
        three = (one.low[:, column], one.mean[:, column], one.high[:, column])
        bottom, middle, top = (scaled(values) for values in three)
        curves += figures.interval_curves(
            one.lags_s, middle, low=bottom, high=top, hue=side_of(name)
        )
        known = one.mean[np.isfinite(one.mean[:, column]), column]
        peak = number(float(known.max())) if known.size else "not measured"
        words.append(f"{region_words(name)} up to {peak}")
    first, last = float(one.lags_s[0]), float(one.lags_s[-1])
    onset = 100 * (0 - first) / max(last - first, 1e-9)
    label = f"Mean around {one.trial_type}: {', '.join(words)}"
    return (
        f'<svg class="panel" width="100%" height="{PANEL}" role="img" aria-label="{escape(label)}">'
        f'<line class="zero" x1="{onset:.2f}%" x2="{onset:.2f}%" y1="0" y2="{PANEL}"/>'
        f'<svg width="100%" height="{PANEL}" viewBox="0 0 1000 100" preserveAspectRatio="none">'
        f'{curves}</svg></svg><small class="ends"><span>{number(first)} s</span>'
        f"<span>{number(last)} s</span></small>"
    )
