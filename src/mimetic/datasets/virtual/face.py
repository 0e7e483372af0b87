"""A portrait that moves as told, and the recordings made of it."""

from __future__ import annotations

import json
from importlib.resources import files
from pathlib import Path

import numpy as np
import skimage.data

from mimetic.datasets.virtual.anatomy import check_landmarks
from mimetic.datasets.virtual.camera import Camera
from mimetic.datasets.virtual.person import Person
from mimetic.datasets.virtual.program import Program
from mimetic.datasets.virtual.recording import VirtualRecording
from mimetic.datasets.virtual.render import View
from mimetic.datasets.virtual.scene import Scene
from mimetic.errors import ArgumentError, ShapeError
from mimetic.io.video import Video
from mimetic.ops.landmarks import LEFT_EYE_OUTER, RIGHT_EYE_OUTER
from mimetic.types import Floats, UInt8

HEAD_ED = 3.2  # a head with its hair is about as high, in eye distances


class VirtualFace:
    """A photograph set in motion.

    ``photo`` is u8 [H W 3], RGB, or the path of a picture: a face seen from the front; None takes
    scikit-image's astronaut (public domain). ``landmarks_px`` [478 3] are its
    landmarks in the photograph (z away from the camera, scale of x). ``person``
    changes proportions, skin and habits; None keeps the photograph's.
    """

    def __init__(
        self,
        photo: UInt8 | str | Path | None = None,
        landmarks_px: Floats | None = None,
        *,
        person: Person | None = None,
    ) -> None:
        if (photo is None) != (landmarks_px is None):
            raise ArgumentError(
                "photo, landmarks_px: expected both or neither; a photograph needs its landmarks"
            )
        if photo is None or landmarks_px is None:
            photo, landmarks_px = astronaut_photo(), astronaut_landmarks()
        if isinstance(photo, str | Path):
            photo = next(Video.open(photo).frames()).pixels
        if photo.ndim != 3 or photo.shape[2] != 3 or photo.dtype != np.uint8:
            raise ShapeError(
                f"photo: expected u8 [H W 3] (RGB), got {photo.dtype} {list(photo.shape)}"
            )
        check_landmarks(landmarks_px)
        self.photo, self.landmarks_px = photo, landmarks_px
        self.person = person
        self._scenes: dict[float, Scene] = {}

    def record(
        self, program: Program, camera: Camera | None = None, *, seed: int = 0
    ) -> VirtualRecording:
        """Film a program; ``seed`` moves noise, light and jitter only."""
        camera = camera or Camera()
        view = frame_view(self.photo, self.landmarks_px, camera=camera)
        smoothing = min(1.0, view.zoom)
        if smoothing not in self._scenes:
            self._scenes[smoothing] = Scene(
                self.photo, self.landmarks_px, person=self.person, zoom=smoothing
            )
        return VirtualRecording(
            self._scenes[smoothing], program, camera=camera, view=view, seed=seed
        )


def astronaut_photo() -> UInt8:
    """scikit-image's astronaut, u8 [512 512 3]; it lies inside that package."""
    return np.asarray(skimage.data.astronaut(), np.uint8)  # type: ignore[no-untyped-call]


def astronaut_landmarks() -> Floats:
    """The landmarks [478 3] of scikit-image's astronaut, as the mesh tracker finds them."""
    text = files("mimetic.datasets.virtual").joinpath("astronaut.json").read_text("utf-8")
    return np.array(json.loads(text)["landmarks_px"], np.float32)


def frame_view(photo: UInt8, landmarks_px: Floats, *, camera: Camera) -> View:
    """The part of a photograph that a camera sees, the face in its middle if it can be."""
    height, width = photo.shape[:2]
    wide, high = camera.size_px
    # Without borders, and the head no larger than the picture.
    fill = max(wide / width, high / height)
    ed_px = float(np.linalg.norm(landmarks_px[RIGHT_EYE_OUTER] - landmarks_px[LEFT_EYE_OUTER]))
    zoom = camera.zoom or max(fill, min(1.0, min(wide, high) / (HEAD_ED * ed_px)))
    middle = (landmarks_px[:, :2].min(0) + landmarks_px[:, :2].max(0)) / 2
    corner = []
    for place, size, limit in zip(middle, (wide / zoom, high / zoom), (width, height), strict=True):
        start = float(place) - size / 2
        corner.append(
            float(np.rint(np.clip(start, 0, limit - size))) if size <= limit else (limit - size) / 2
        )
    return View(zoom=zoom, left_px=corner[0], top_px=corner[1], width_px=wide, height_px=high)
