"""The strip of traces under an overlay: the last seconds of every region, as in the report."""

from __future__ import annotations

import cv2
import numpy as np

from mimetic.errors import ArgumentError
from mimetic.report.clock import frame_step_s
from mimetic.report.facts import main_feature, region_facts
from mimetic.report.movement import group_words, paired, row_top
from mimetic.report.words import side_of
from mimetic.types import Bool, Float64, Floats, Int64, LocalDynamics, UInt8

PAPER, INK, SOFT = (24, 26, 30), (233, 233, 236), (120, 124, 132)
HUES = {"left": (79, 169, 230), "right": (255, 139, 71), "middle": (63, 197, 155)}
QUIET, MISSING = (86, 89, 96), (48, 50, 56)
ROW = 18  # px of one row, a pair or a single region, on frames up to WIDE px wide
WIDE = 960
NOW = 0.75  # where in the window the present lies


class TraceStrip:
    """Pictures of the movement around a moment, one thin row per region or pair.

    The person's left rises above the middle of a row, the right hangs below, grey
    inside the noise floor; dark stretches were not measured. ``repeated`` [T] marks
    frames that show nothing new: no gaps, the frame before stands for them.
    """

    def __init__(
        self,
        dynamics: LocalDynamics,
        width_px: int,
        *,
        repeated: Bool | None = None,
        window_s: float = 8.0,
    ) -> None:
        if width_px < 160 or window_s <= 0:
            raise ArgumentError(
                "width_px, window_s: expected at least 160 px and a window longer than 0 s, "
                f"got {width_px} and {window_s}"
            )
        self._dynamics, self._window_s = dynamics, window_s
        self._feature = main_feature(dynamics)
        self._groups = paired(dynamics.regions)
        facts = {fact.region: fact for fact in region_facts(dynamics)}
        self._tops = [row_top([facts[name] for name in group]) for group in self._groups]
        self._floors = {name: fact.floor for name, fact in facts.items()}
        distinct = np.ones(dynamics.times_s.size, bool) if repeated is None else ~repeated
        self._rows = np.flatnonzero(distinct)
        self._times_s = dynamics.times_s[self._rows]
        self._reach_s = 1.02 * frame_step_s(self._times_s)
        self._scale = max(1.0, width_px / WIDE)
        self._row_px = 2 * round(ROW * self._scale / 2)
        self._label_px = min(round(105 * self._scale), width_px // 4)
        self._empty = self._labels(width_px)

    @property
    def height_px(self) -> int:
        """Rows of pixels that the strip adds below the frame, always even."""
        return int(self._empty.shape[0])

    def at(self, time_s: float) -> UInt8:
        """The strip [h W 3] at a moment of the video."""
        picture = self._empty.copy()
        plot = picture[:, self._label_px :]
        columns = plot.shape[1]
        moments = time_s + self._window_s * ((np.arange(columns) + 0.5) / columns - NOW)
        nearest, known = self._nearest(moments)
        for row, group in enumerate(self._groups):
            band = plot[row * self._row_px + 1 : (row + 1) * self._row_px - 1]
            for name in group:
                column = self._dynamics.regions.index(name)
                values = np.full(columns, np.nan)
                rows = self._rows[nearest[known]]
                values[known] = np.abs(self._dynamics.values[rows, column, self._feature])
                self._trace(band, values, name, self._tops[row])
        plot[:, round(NOW * columns)] = INK
        return picture

    def _nearest(self, moments: Float64) -> tuple[Int64, Bool]:
        """For each moment the nearest sample, and whether it is near enough to stand for it."""
        times_s = self._times_s
        if times_s.size == 0:
            return np.zeros(moments.size, np.int64), np.zeros(moments.size, bool)
        after = np.clip(np.searchsorted(times_s, moments), 1, max(times_s.size - 1, 1))
        after = np.minimum(after, times_s.size - 1)
        before = np.maximum(after - 1, 0)
        nearer = np.abs(times_s[before] - moments) <= np.abs(times_s[after] - moments)
        nearest = np.where(nearer, before, after)
        return nearest, np.abs(times_s[nearest] - moments) <= self._reach_s

    def _trace(self, band: UInt8, values: Floats, name: str, top: float) -> None:
        """Fill one side of a row, column by column."""
        side = side_of(name)
        tall = band.shape[0] // 2 if side != "middle" else band.shape[0]
        part = band[tall:] if side == "right" else band[:tall]
        # Height of each pixel above zero, counted from the row's zero line.
        above = np.arange(part.shape[0]) if side == "right" else np.arange(part.shape[0])[::-1]
        share = (above[:, None] + 0.5) / part.shape[0]
        level = np.clip(values / top, 0, 1)
        floor = self._floors[name] / top if np.isfinite(self._floors[name]) else 0.0
        part[:, ~np.isfinite(values)] = MISSING
        filled = np.nan_to_num(level)[None] >= share
        part[filled & (share > floor)] = HUES[side]
        part[filled & (share <= floor)] = QUIET

    def _labels(self, width_px: int) -> UInt8:
        rows = max(len(self._groups), 1)
        tall, size = self._row_px, 0.36 * self._scale
        picture = np.full((rows * tall, width_px, 3), PAPER, np.uint8)
        for row, group in enumerate(self._groups):
            place = (round(6 * self._scale), row * tall + tall // 2 + round(4 * self._scale))
            text = group_words(group).encode("ascii", "replace").decode()
            cv2.putText(picture, text, place, cv2.FONT_HERSHEY_SIMPLEX, size, INK, 1, cv2.LINE_AA)
            if row:
                picture[row * tall] = MISSING
        return picture
