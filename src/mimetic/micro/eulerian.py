"""Linear Eulerian magnification, to compare with: brightness changes made larger, not movement.

After Wu et al. 2012: the picture is split into bands of spatial detail, each pixel of each
band is filtered in time, multiplied and added back. No flow is needed. A change of brightness
stands for a movement only while that is small against the detail, so that fine detail is
multiplied less, and noise is multiplied as well.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import cv2
import numpy as np

from mimetic.errors import ArgumentError
from mimetic.micro.band import brief_part
from mimetic.micro.magnify import LARGEST, frames_between
from mimetic.types import FaceClip, Float32, Float64, UInt8

_SMALLEST_PX = 8  # side of the coarsest band


@dataclass(frozen=True, kw_only=True)
class EulerianSettings:
    """How much, of which durations, and from which wavelength of detail on in full.

    A band of wavelength w is multiplied by ``by`` - 1 where w reaches ``wavelength_px`` and
    by less below it: (1 + a) d < w / 8 with the d that ``wavelength_px`` allows (eq. 14).
    """

    by: float = 8.0
    wavelength_px: float = 16.0
    shortest_s: float = 0.04
    longest_s: float = 1.0

    def __post_init__(self) -> None:
        if not 1 <= self.by <= LARGEST or not self.wavelength_px > 0:
            raise ArgumentError(
                f"by, wavelength_px: expected 1 to {LARGEST:g} and more than 0, got {self.by}, "
                f"{self.wavelength_px}"
            )
        if not 0 < self.shortest_s < self.longest_s < np.inf:
            raise ArgumentError(
                "shortest_s, longest_s: expected durations that increase, got "
                f"{self.shortest_s:g}, {self.longest_s:g}"
            )


def eulerian(
    clips: FaceClip | Iterable[FaceClip],
    *,
    start_s: float,
    end_s: float,
    settings: EulerianSettings | None = None,
) -> tuple[UInt8, Float64]:
    """Magnified frames [T H W 3] from ``start_s`` to ``end_s``, and their times [T].

    The band of durations is that of ``magnify``, so that the two differ in principle alone.
    Raises ArgumentError where there is no frame.
    """
    settings = settings or EulerianSettings()
    around_s = settings.longest_s
    near = frames_between(clips, start_s=start_s - around_s, end_s=end_s + around_s)
    shown = (near.times_s >= start_s - 1e-9) & (near.times_s <= end_s + 1e-9)
    pyramids = [_bands(picture.astype(np.float32)) for picture in near.pixels]
    changes = []
    for level, factor in enumerate(_factors(len(pyramids[0]), near.pixels.shape[1:3], settings)):
        band = np.stack([each[level] for each in pyramids])
        brief = brief_part(
            band, near.times_s, shortest_s=settings.shortest_s, longest_s=settings.longest_s
        )
        changes.append(factor * brief[shown])
    added = np.stack([_joined([band[n] for band in changes]) for n in range(int(shown.sum()))])
    frames = np.clip(np.rint(near.pixels[shown] + added), 0, 255).astype(np.uint8)
    return frames, near.times_s[shown]


def _factors(levels: int, size: tuple[int, ...], settings: EulerianSettings) -> list[float]:
    """What each band is multiplied by, the finest first."""
    alpha = settings.by - 1
    moved_px = settings.wavelength_px / 8 / (1 + alpha)
    coarsest_px = float(np.hypot(size[0], size[1])) / 3
    waves = [coarsest_px / 2 ** (levels - 1 - level) for level in range(levels)]
    return [float(np.clip(wave / (8 * moved_px) - 1, 0, alpha)) for wave in waves]


def _bands(picture: Float32) -> list[Float32]:
    """A Laplacian pyramid (Burt and Adelson 1983), the finest band first."""
    bands = []
    while min(picture.shape[:2]) >= 2 * _SMALLEST_PX:
        smaller = cv2.pyrDown(picture)
        bands.append(picture - cv2.pyrUp(smaller, dstsize=picture.shape[1::-1]))
        picture = np.asarray(smaller, np.float32)
    return [*bands, picture]


def _joined(bands: list[Float32]) -> Float32:
    picture = bands[-1]
    for band in bands[-2::-1]:
        picture = band + cv2.pyrUp(picture, dstsize=band.shape[1::-1])
    return picture
