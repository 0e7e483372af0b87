"""How far a flow of cells is off, told from what the solver saw.

A power law fitted to the errors of 516 pairs of training identities (drawn laws, noise 0 to 4,
JPEG, light, three sizes), as log-linear regression under Student's t. The law's tails are
heavier than a Gaussian's; docs/systems/flow.md says how many errors lie within one and two sigma
on held-out people. Through H.264 it is too sure: nobody can say how far skin moved that
the codec did not send.
"""

from __future__ import annotations

import cv2
import numpy as np

from mimetic.flow.smoothness import roughness
from mimetic.flow.tensors import CellTensors
from mimetic.types import Float32

_SCALE = 0.26
_TEXTURE, _ROUGHNESS, _MISFIT, _NOISE, _MOVEMENT = -0.126, 0.244, 0.268, 0.153, 0.297
_HIDDEN, _FAINT = 0.1, 1.0  # what a copied cell hides: grey levels over their slope
_WINDOW = (5, 5)  # cells


def error_of(
    field: Float32, tensors: CellTensors, *, left: Float32, noise: float, hidden: float
) -> Float32:
    """One standard deviation [h w] in pixels of either component of a solved field [2 h w].

    The field is what moves against the head; ``left`` [h w] is the squared difference that it
    leaves, ``noise`` what of it is noise, ``hidden`` what a codec may have taken from it. More
    texture makes the error smaller; movement, folds of the movement nearby, misfit, noise and
    a codec make it larger.
    """
    rough = roughness(field)
    for _ in range(2):
        rough = np.asarray(cv2.blur(rough, _WINDOW), np.float32)
    misfit = cv2.blur(left, _WINDOW) / np.float32(noise)
    weight = 1 / (np.float32(noise) + np.float32(0.3) * left)
    texture = (tensors.shape[0] + tensors.shape[2]) * weight
    movement = np.sqrt(field[0] * field[0] + field[1] * field[1])
    law = _TEXTURE * np.log(texture + 1e-6)
    law += _ROUGHNESS / 2 * np.log(np.maximum(rough, 0) + 1e-8)
    law += _MISFIT * np.log(np.maximum(misfit, 0) + 0.05)
    law += _MOVEMENT * np.log(movement + 1e-3)
    sigma = np.exp(law) * np.float32(_SCALE * noise**_NOISE)
    if hidden:
        sight = tensors.shape[0] + tensors.shape[2] + np.float32(_FAINT)
        sigma = np.hypot(
            sigma,
            np.sqrt(_HIDDEN * np.float32(hidden) / np.maximum(cv2.blur(sight, _WINDOW), _FAINT)),
        )
    return np.asarray(sigma, np.float32)
