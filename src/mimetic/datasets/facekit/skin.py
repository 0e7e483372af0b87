"""The look of a 3-D face: colours that belong to places of the surface, so that they move with it.

FaceKit brings no texture. Grey values come from smooth noise in space, evaluated where
the point lies on the resting face: the same point has the same value in every picture.
"""

from __future__ import annotations

import numpy as np
from scipy import ndimage
from scipy.spatial import cKDTree
from scipy.special import expit

from mimetic.datasets.facekit.kit import EYE_PART, MOUTH_PART
from mimetic.types import Bool, Float64, Int64

VOLUME = 48  # nodes of the periodic noise along each axis
# Size of the spots in centimetres and their strength in grey levels: from large shadows to pores.
OCTAVES = ((6.0, 9.0), (2.0, 8.0), (0.7, 8.0), (0.25, 7.0))
IRIS_CM, PUPIL_CM = 0.6, 0.25
SPREAD_CM = 0.35


class Skin:
    """Grey values 0 to 255 of points of the resting face; another seed is another skin.

    ``rest_cm`` [V 3] are the vertices at rest; ``brows`` and ``lips`` are points of them.
    """

    def __init__(
        self, seed: int, rest_cm: Float64, *, brows: Float64, lips: Float64, eyes: Float64
    ) -> None:
        rng = np.random.default_rng(seed)
        volumes = rng.normal(size=(len(OCTAVES), VOLUME, VOLUME, VOLUME))
        self._noise = [ndimage.spline_filter(volume, mode="grid-wrap") for volume in volumes]
        self._shift = rng.uniform(0, VOLUME, (len(OCTAVES), 3))
        tone, dark, red = rng.uniform((90, 25, 10), (175, 70, 35))
        self._iris = rng.uniform(30, 110)
        self._eyes = eyes
        # Hair and lips are broad: their tone is kept at the vertices.
        self.tone = tone - dark * _near(rest_cm, brows) - red * _near(rest_cm, lips)

    def __call__(self, rest_cm: Float64, tone: Float64, part: Int64) -> Float64:
        """Values [P] of points [P 3] at rest, of tones [P], that lie on a ``part`` [P]."""
        grey = tone + self._spots(rest_cm)
        grey = np.where(part == MOUTH_PART, 0.55 * grey, grey)
        eye = part == EYE_PART
        if eye.any():
            grey[eye] = self._eye(rest_cm[eye])
        return np.clip(grey, 0, 255)

    def _spots(self, rest_cm: Float64) -> Float64:
        total = np.zeros(len(rest_cm))
        for volume, shift, (size_cm, strength) in zip(
            self._noise, self._shift, OCTAVES, strict=True
        ):
            places = (rest_cm / size_cm + shift).T
            total += strength * ndimage.map_coordinates(
                volume, places, order=3, mode="grid-wrap", prefilter=False
            )
        return total

    def _eye(self, rest_cm: Float64) -> Float64:
        """White, iris and pupil around the foremost point of each eyeball."""
        away = np.min([np.hypot(*(rest_cm[:, :2] - middle[:2]).T) for middle in self._eyes], axis=0)
        iris = _step(IRIS_CM - away)
        pupil = _step(PUPIL_CM - away)
        return 205 * (1 - iris) + iris * (self._iris * (1 - pupil) + 12 * pupil)


def _near(points: Float64, chain: Float64) -> Float64:
    """1 at the points of a chain [N 3], falling to 0 over ``SPREAD_CM``."""
    square, _ = cKDTree(chain).query(points)
    return np.asarray(np.exp(-0.5 * (square / SPREAD_CM) ** 2))


def _step(distance_cm: Float64) -> Float64:
    return np.asarray(expit(distance_cm / 0.03))


def front_points(rest_cm: Float64, chosen: Bool) -> Float64:
    """The foremost point of each eyeball: left and right halves of the chosen vertices [V]."""
    points = rest_cm[chosen]
    halves = [points[points[:, 0] > 0], points[points[:, 0] <= 0]]
    return np.array([half[half[:, 2].argmax()] for half in halves if len(half)])
