"""From dense flow to the movement of facial regions, and what it reads at rest.

The features, per region:

``displacement_x_ed``, ``displacement_y_ed``
    mean displacement from the person's neutral face, toward the right and the
    lower edge of the picture (image right is the person's left);
``displacement_ed``
    mean length of the displacement, pixel by pixel;
``speed_ed_s``
    mean length of the flow over the last 0.04 s or, where frames are farther
    apart, from the distinct frame before, divided by the true time between the
    two; it stands in the row of the later frame. One length of time at every
    frame rate, because flow below a tenth of a pixel is measured too short;
``area_change``
    natural logarithm of the region's area over its neutral area;
``residual_ed``
    mean length of what remains of the displacement when a smooth motion of the
    whole head is taken out.

A repeated frame shows a moment that was measured already: its row is missing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from mimetic.errors import ArgumentError
from mimetic.ops.head import head_basis, head_motion
from mimetic.ops.regions import RegionPool
from mimetic.ops.repeats import capture_times
from mimetic.ops.rest import NoiseReader, noise_floor
from mimetic.types import Bool, Float32, Float64, FlowField, LocalDynamics
from mimetic.types.arrays import check_shape

FEATURES = (
    "displacement_x_ed",
    "displacement_y_ed",
    "displacement_ed",
    "speed_ed_s",
    "area_change",
    "residual_ed",
)
SPEED_LAG_S = 0.04
SIGNED = np.array([True, True, False, False, True, False])
SPEED = FEATURES.index("speed_ed_s")
PLACE = [n for n in range(len(FEATURES)) if n != SPEED]  # read from the neutral flow

# Flow from a noisy neutral frame carries its noise as well as that of the frame itself.
NEUTRAL_NOISE = np.sqrt(2.0)


@dataclass(frozen=True, kw_only=True, eq=False)
class DynamicsRows:
    """Features of one stretch, and readings of the same features on noise alone."""

    times_s: Float64  # [T]
    values: Float32  # [T, R, F]
    noise: Float32  # [T, R, F]
    start_s: Float64 | None = None  # [T], where the flow of the speed began, NaN if there is none


class DynamicsMeter:
    """Turns the flow of a recording into regional features, stretch by stretch.

    ``masks`` [R H W] are the regions of the neutral face, ``ed_px`` is one eye
    distance in crop pixels. ``state`` and ``restore`` carry on over a break with
    the same bits.
    """

    def __init__(self, masks: Bool, *, ed_px: float) -> None:
        check_shape("masks", masks, "R H W")
        if not 0 < ed_px < np.inf:
            raise ArgumentError(f"ed_px: expected positive pixels, got {ed_px}")
        self._pool = RegionPool(masks)
        self._regions = len(masks)
        self._ed_px = ed_px
        self._pixels = np.flatnonzero(self._pool.inside)
        self._basis = head_basis(*masks.shape[1:])[:, self._pool.inside]
        self._places = NoiseReader(masks.shape[1:])
        self._steps = NoiseReader(masks.shape[1:])

    def step(self, neutral: FlowField, lagged: FlowField) -> DynamicsRows:
        """Features of every frame of ``neutral`` (its ``end_s`` are the frames' times).

        ``lagged`` is the flow over ``SPEED_LAG_S`` (or between neighbours) that ends
        in these frames; pairs that end elsewhere are passed over. The first
        frames of a stretch need pairs that begin in the stretch before.
        """
        frames = neutral.end_s.size
        values = np.full((frames, self._regions, len(FEATURES)), np.nan, np.float32)
        noise = values.copy()
        start_s = np.full(frames, np.nan)
        known = lagged.valid.any((1, 2))
        pair_of = {float(lagged.end_s[n]): int(n) for n in np.flatnonzero(known)}
        for row, time_s in enumerate(neutral.end_s):
            pair = pair_of.get(float(time_s))
            if pair is not None:
                start_s[row] = lagged.start_s[pair]
                self._step_speed(lagged, pair, values[row], noise[row])
            valid = neutral.valid[row]
            if valid.any():
                flow = neutral.flow_px[row]
                values[row][:, PLACE] = self._place(flow, valid)
                still = self._places.push(flow, float(time_s))
                if still is not None:
                    noise[row][:, PLACE] = self._place(NEUTRAL_NOISE * still, valid)
        return DynamicsRows(times_s=neutral.end_s, start_s=start_s, values=values, noise=noise)

    def state(self) -> dict[str, npt.NDArray[Any]]:
        """Everything that the next stretch depends on."""
        named = {"places": self._places.state(), "steps": self._steps.state()}
        return {
            f"{name}_{key}": value for name, kept in named.items() for key, value in kept.items()
        }

    def restore(self, state: dict[str, npt.NDArray[Any]]) -> None:
        """Go on from a ``state`` taken earlier."""
        for name, history in (("places", self._places), ("steps", self._steps)):
            history.restore({key: state[f"{name}_{key}"] for key in ("flow", "times_s")})

    def _place(self, flow_px: Float32, valid: Bool) -> Float32:
        """The five features [R 5] of a displacement from neutral."""
        here, ratio = self._here(flow_px), self._here(_area_ratio(flow_px))
        residual = here - head_motion(flow_px, valid).T @ self._basis
        fields = np.stack([*here, _length(here), ratio, _length(residual)])
        means = self._pool(fields, self._here(valid) & np.isfinite(ratio))
        means[[0, 1, 2, 4]] /= self._ed_px
        # A mean ratio of zero or less is flow that folds over: no area at all.
        means[3] = np.log(np.where(means[3] > 0, means[3], np.nan))
        return means.T

    def _here(self, field: npt.NDArray[Any]) -> npt.NDArray[Any]:
        """A field [... H W] at the P pixels of the regions."""
        return field.reshape(*field.shape[:-2], -1)[..., self._pixels]

    def _step_speed(self, pairs: FlowField, n: int, values: Float32, noise: Float32) -> None:
        flow, valid = pairs.flow_px[n], pairs.valid[n]
        scale = np.float32(1 / ((pairs.end_s[n] - pairs.start_s[n]) * self._ed_px))
        known = self._here(valid)
        values[:, SPEED] = self._pool(_length(self._here(flow)), known) * scale
        still = self._steps.push_pair(
            flow, start_s=float(pairs.start_s[n]), end_s=float(pairs.end_s[n])
        )
        if still is not None:
            noise[:, SPEED] = self._pool(_length(self._here(still)), known) * scale


def local_dynamics(
    stretches: Sequence[DynamicsRows],
    *,
    regions: tuple[str, ...],
    repeated: Bool | None = None,
    subject: str | None = None,
) -> LocalDynamics:
    """The stretches of a recording as one record, with the noise floor of the whole.

    ``repeated`` [T] lets speeds follow the camera's clock where frames were
    repeated in even turns to raise the rate (``capture_times``).
    """
    if not stretches:
        raise ArgumentError("stretches: expected at least one, got none")
    times_s = np.concatenate([rows.times_s for rows in stretches])
    values = np.concatenate([rows.values for rows in stretches])
    noise = np.concatenate([rows.noise for rows in stretches])
    if repeated is not None:
        starts = [rows.start_s for rows in stretches if rows.start_s is not None]
        if len(starts) < len(stretches):
            raise ArgumentError("stretches: expected start_s, which repeated frames need, got None")
        start_s = np.concatenate(starts)
        stretch = _shown_over_captured(times_s, start_s, repeated)
        values[..., SPEED] *= stretch[:, None]
        noise[..., SPEED] *= stretch[:, None]
    return LocalDynamics(
        values=values,
        times_s=times_s,
        regions=regions,
        features=FEATURES,
        valid=np.isfinite(values).any(-1),
        noise_floor=noise_floor(noise, values[..., SPEED], times_s=times_s, signed=SIGNED),
        subject=subject,
    )


def _shown_over_captured(times_s: Float64, start_s: Float64, repeated: Bool) -> Float64:
    """The time between two frames on screen over the time between their captures [T]."""
    captured = capture_times(times_s, repeated)
    ratio = np.ones(times_s.size)
    rows = np.flatnonzero(np.isfinite(start_s))
    first = np.searchsorted(times_s, start_s[rows])
    ratio[rows] = (times_s[rows] - times_s[first]) / (captured[rows] - captured[first])
    return ratio


def _length(flow_px: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Length of flow [2 ...]; numpy's hypot guards against overflow at four times the cost."""
    return np.asarray(np.sqrt(flow_px[0] ** 2 + flow_px[1] ** 2))


def _area_ratio(flow_px: Float32) -> Float32:
    """By how much each pixel grows [H W]: the determinant of the displacement's Jacobian."""
    (right_y, right_x), (down_y, down_x) = (np.gradient(field) for field in flow_px)
    return np.asarray((1 + right_x) * (1 + down_y) - right_y * down_x, np.float32)
