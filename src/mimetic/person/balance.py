"""What each feature weighs in the joint components: no part of a face drowns in another."""

from __future__ import annotations

import numpy as np

from mimetic.errors import TooLittleMovementError
from mimetic.ops.stabilise import ellipse_mask
from mimetic.person.features import LIDS, eye_count
from mimetic.person.weights import PersonConfig
from mimetic.types import Float32, Float64

LEAST_SD_ED = 1e-6  # landmarks that move less than this did not move at all
LEAST_CONTRAST = 1e-6
LEAST_EYE_ED = 0.004  # sd of a lid or an iris that moves at all; noise is about half of it
BANDS = (0.36, 0.62)  # of the crop's height: brows and eyes, nose and cheeks, mouth and jaw
LEAST_BAND = 0.1  # of the usual band's variance: one that is still stays small
QUIET = 0.3  # the quantile of pixels' variances that all of them are damped with


def balance(variance: Float64, mesh_px: Float32, crop_px: int, *, config: PersonConfig) -> Float32:
    """The scale [P] of features with this variance [P] over a person's video.

    Appearance is brought to a total variance of one, landmarks and eyes to what ``config``
    says, landmarks to one where they are alone. The three bands of a face (brows and eyes,
    nose and cheeks, mouth and jaw) count alike within appearance, and within landmarks.
    A pixel of variance v is divided by (v + q)^(1/4), q being the 30 % quantile of all: half
    the way from what pixels show to pixels that are all alike.

    TooLittleMovementError where landmarks or pixels never change.
    """
    points = len(mesh_px)
    seen = variance.size - 2 * points - eye_count(points)
    pixels, landmarks, lids, gaze = np.split(
        variance, [seen, seen + 2 * points, seen + 2 * points + LIDS]
    )
    _check_moves(pixels, landmarks)
    scales = [_bands(landmarks, np.repeat(mesh_px[:, 1].astype(np.float64), 2) / crop_px)]
    if seen:
        scales[0] *= np.sqrt(config.landmarks_energy)
        damped = 1 / (pixels + max(float(np.quantile(pixels, QUIET)), LEAST_CONTRAST**2)) ** 0.25
        scales.insert(0, damped * _bands(pixels * damped**2, _heights(config.appearance_px)))
    for part, energy in ((lids, config.lids_energy), (gaze, config.gaze_energy)):
        # Eyes that hardly move stay small: their noise is no movement.
        total = max(float(part.sum()), part.size * LEAST_EYE_ED**2)
        scales.append(np.full(part.size, np.sqrt(energy / max(total, 1e-30))))
    return np.concatenate(scales).astype(np.float32)


def _check_moves(pixels: Float64, landmarks: Float64) -> None:
    still = []
    if not landmarks.sum() > landmarks.size * LEAST_SD_ED**2:
        still.append("landmarks")
    if pixels.size and not pixels.sum() > pixels.size * LEAST_CONTRAST**2:
        still.append("pixels")
    if still:
        raise TooLittleMovementError(
            f"clips: expected a face that moves, got {' and '.join(still)} that never change; a "
            "still picture has no movement space"
        )


def _heights(appearance_px: int) -> Float64:
    """Where the pixels of the ellipse are [A], of the crop's height."""
    return np.asarray(np.nonzero(ellipse_mask(appearance_px))[0] / appearance_px)


def _bands(variance: Float64, heights: Float64) -> Float64:
    """What brings the bands to a total variance of one, a third each [n]."""
    band = np.digitize(heights, BANDS)
    totals = np.array([float(variance[band == each].sum()) for each in range(3)])
    totals = np.maximum(totals, LEAST_BAND * totals.mean())
    return np.asarray(1 / np.sqrt(3 * totals)[band])
