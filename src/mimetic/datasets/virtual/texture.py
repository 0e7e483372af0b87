"""Pictures that can be sampled between their pixels, and the skin of other people."""

from __future__ import annotations

import cv2
import numpy as np
from scipy.ndimage import map_coordinates, spline_filter

from mimetic.datasets.virtual.anatomy import FaceFrame
from mimetic.datasets.virtual.canvas import bilinear, upsample
from mimetic.datasets.virtual.person import Person
from mimetic.ops.landmarks import FACE_OVAL
from mimetic.types import Float32, Float64, Floats, UInt8

MOST_FINE_PIXELS = 17_000_000


class Texture:
    """A photograph as a cubic B-spline (Unser 1999).

    ``exact`` evaluates the spline; ``fast`` looks it up bilinearly in a finer copy of
    eight bits, which moves no feature by more than 1/128 px at the usual
    four-fold refinement. ``origin_px`` is the photograph's place of pixel (0, 0).
    """

    def __init__(self, picture: UInt8, *, origin_px: tuple[int, int] = (0, 0)) -> None:
        self._origin = np.array(origin_px, np.float32)
        self._picture = picture
        self._fine: UInt8 | None = None
        self._spline: list[Float32] | None = None
        pixels = picture.shape[0] * picture.shape[1]
        self._factor = int(np.clip(np.sqrt(MOST_FINE_PIXELS / pixels), 1, 4))

    def fast(self, points: Float32) -> UInt8:
        """Colours u8 [h w 3] at points [h w 2]."""
        if self._fine is None:
            padded = np.pad(self._picture, ((1, 2), (1, 2), (0, 0)), mode="edge")
            fine = upsample(padded.astype(np.float32), self._factor)
            # OpenCV would copy a picture with strides at every call.
            self._fine = np.ascontiguousarray(np.clip(np.rint(fine), 0, 255), np.uint8)
        place = (points - self._origin) * np.float32(self._factor)
        return np.asarray(bilinear(self._fine, place), np.uint8)

    def exact(self, points: Floats) -> Float32:
        """Colours f32 [h w 3] at points [h w 2]."""
        if self._spline is None:
            channels = np.moveaxis(self._picture.astype(np.float32), -1, 0)
            self._spline = [
                spline_filter(c, 3, output=np.float32, mode="nearest") for c in channels
            ]
        place = np.moveaxis(points - self._origin, -1, 0)[::-1]
        colours = [
            map_coordinates(c, place, order=3, prefilter=False, mode="nearest")
            for c in self._spline
        ]
        return np.asarray(np.clip(np.stack(colours, axis=-1), 0, 255), np.float32)


def shrunk(photo: UInt8, zoom: float) -> UInt8:
    """The photograph blurred as far as a smaller picture needs it, in its own pixels."""
    if zoom >= 1:
        return photo
    sigma = 0.4 * float(np.sqrt(1 / zoom**2 - 1))
    return np.asarray(cv2.GaussianBlur(photo, (0, 0), sigma, borderType=cv2.BORDER_REPLICATE))


def repaint(photo: UInt8, landmarks_px: Floats, person: Person | None) -> UInt8:
    """The photograph with a person's own skin, hair colour, freckles and brightness."""
    if person is None or person.texture == 0:
        return photo
    rng = np.random.default_rng([person.seed, 4])
    frame = FaceFrame.of(landmarks_px)
    picture = photo.astype(np.float64)
    lab = np.asarray(cv2.cvtColor(photo.astype(np.float32) / 255, cv2.COLOR_RGB2LAB), np.float32)
    oval = np.zeros(photo.shape[:2], np.uint8)
    cv2.fillPoly(oval, [np.rint(landmarks_px[list(FACE_OVAL), :2]).astype(np.int32)], 1)
    head = _head(photo.shape[:2], frame)
    crown = landmarks_px[10, :2] + np.array([frame.vector_px(x, -0.3) for x in (-0.3, 0, 0.3)])
    skin = _alike(lab, landmarks_px[[205, 425, 50, 280, 151, 199], :2], (26, 9, 10))
    hair = _alike(lab, crown, (26, 9, 12)) * head * (1 - oval)
    soft = 0.02 * frame.ed_px
    skin = cv2.GaussianBlur(skin * np.maximum(oval, 0.8 * head), (0, 0), soft)[..., None]
    hair = cv2.GaussianBlur(hair, (0, 0), soft)[..., None] * (1 - skin)
    size = person.texture
    # Portraits are lit almost to white: other skins are darker ones.
    shade = np.clip(rng.normal(-0.10, 0.13), -0.40, 0.06)
    tint = size * (shade * np.array([0.8, 1.0, 1.15]) + rng.normal(0, 0.015, 3))
    dye = size * (np.clip(rng.normal(-0.15, 0.25), -0.6, 0.12) + rng.normal(0, 0.04, 3))
    gain = 1 + skin * tint + hair * dye
    grain = size * (_freckles(rng, picture.shape[:2], frame=frame) + _grain(rng, picture.shape[:2]))
    picture = picture * gain * (1 + skin * grain[..., None])
    picture = picture * (1 + size * rng.normal(-0.03, 0.04))
    return np.asarray(np.clip(np.rint(picture), 0, 255), np.uint8)


def _alike(lab: Float32, places: Floats, width: tuple[float, float, float]) -> Float32:
    """How near each colour is to the median at some places, 0 to 1."""
    limits = np.array(lab.shape[1::-1]) - 1
    x, y = np.clip(np.rint(places).astype(int), 0, limits).T
    off = (lab - np.median(lab[y, x], axis=0)) / np.array(width)
    return np.asarray(np.exp(-0.5 * (off**2).sum(-1)), np.float32)


def _head(shape: tuple[int, ...], frame: FaceFrame) -> Float32:
    rows, columns = np.mgrid[: shape[0], : shape[1]]
    off = (np.stack([columns, rows], axis=-1) - frame.origin_px) / frame.ed_px
    across, down = off @ frame.right, off @ frame.down - 0.1
    radius = np.hypot(across / 1.2, down / np.where(down < 0, 1.45, 1.2))
    return np.clip((1.12 - radius) / 0.24, 0, 1).astype(np.float32)


def _freckles(rng: np.random.Generator, shape: tuple[int, ...], *, frame: FaceFrame) -> Float64:
    """Small dark spots on cheeks, nose and forehead."""
    spots = np.zeros(shape)
    rows, columns = np.mgrid[: shape[0], : shape[1]]
    for _ in range(int(rng.integers(20, 90))):
        place = frame.origin_px + frame.vector_px(rng.normal(0, 0.45), rng.normal(0.35, 0.35))
        radius, depth = frame.ed_px * rng.uniform(0.008, 0.022), rng.uniform(0.04, 0.16)
        reach = int(4 * radius) + 2
        x, y = int(place[0]), int(place[1])
        window = (slice(max(0, y - reach), y + reach), slice(max(0, x - reach), x + reach))
        square = (columns[window] - place[0]) ** 2 + (rows[window] - place[1]) ** 2
        spots[window] -= depth * np.exp(-0.5 * square / radius**2)
    return np.maximum(spots, -0.22)


def _grain(rng: np.random.Generator, shape: tuple[int, ...]) -> Float64:
    """Pores: band-limited noise of about two per cent."""
    noise = rng.standard_normal(shape).astype(np.float32)
    fine, coarse = cv2.GaussianBlur(noise, (0, 0), 0.8), cv2.GaussianBlur(noise, (0, 0), 2.2)
    return np.asarray(0.06 * (fine - coarse), np.float64)
