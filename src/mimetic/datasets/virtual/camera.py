"""The camera of the virtual studio: clock, framing, and what it does to a picture."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from mimetic.errors import ArgumentError
from mimetic.types import Bool, Float64, Int64, UInt8


@dataclass(frozen=True, kw_only=True)
class Camera:
    """How a program is filmed; the default is a perfect camera.

    ``rate_hz`` sets even times unless ``times_s`` gives them one by one.
    ``jitter_s`` moves every even time by up to that much (a variable rate).
    ``raised_from_hz``: the scene is filmed at this lower rate and frames are
    repeated to fill ``rate_hz``. ``dropped`` are numbers of even frames that are
    left out. ``zoom`` is video pixels per photograph pixel; None fills the picture
    with the photograph, at 1 where that still shows the whole head. ``light`` is
    the share by which the gain sways, at rates up to ``light_hz``.
    ``quality`` is that of JPEG (1 to 100), None for none.
    """

    rate_hz: float = 25.0
    times_s: tuple[float, ...] | None = None
    size_px: tuple[int, int] = (320, 320)  # width, height
    zoom: float | None = None
    noise_sigma: float = 0.0  # grey levels
    blur_px: float = 0.0  # one standard deviation
    light: float = 0.0
    light_hz: float = 0.3
    quality: int | None = None
    raised_from_hz: float | None = None
    dropped: tuple[int, ...] = ()
    jitter_s: float = 0.0
    exact: bool = False  # cubic spline sampling, slower

    def __post_init__(self) -> None:
        faults = [text for wrong, text in self._faults() if wrong]
        if faults:
            raise ArgumentError("; ".join(faults))

    def _faults(self) -> list[tuple[bool, str]]:
        width, height = self.size_px
        slow, quality = self.raised_from_hz, self.quality
        steps = np.diff(self.times_s) if self.times_s else np.ones(1)
        uneven = self.raised_from_hz is not None or bool(self.jitter_s) or bool(self.dropped)
        return [
            (not self.rate_hz > 0, f"rate_hz: expected more than 0, got {self.rate_hz}"),
            (width < 16 or height < 16, f"size_px: expected 16 or more, got {self.size_px}"),
            (self.zoom is not None and not self.zoom > 0, f"zoom: expected > 0, got {self.zoom}"),
            (self.noise_sigma < 0, f"noise_sigma: expected 0 or more, got {self.noise_sigma}"),
            (self.blur_px < 0, f"blur_px: expected 0 or more, got {self.blur_px}"),
            (not 0 <= self.light < 1, f"light: expected 0 to 1, got {self.light}"),
            (
                quality is not None and not 1 <= quality <= 100,
                f"quality: expected 1 to 100, got {quality}",
            ),
            (
                slow is not None and not 0 < slow <= self.rate_hz,
                f"raised_from_hz: expected up to rate_hz, got {slow}",
            ),
            (
                not 0 <= self.jitter_s * self.rate_hz < 0.5,
                f"jitter_s: expected less than half a frame, got {self.jitter_s}",
            ),
            (
                self.times_s is not None and (not self.times_s or not (steps > 0).all()),
                "times_s: expected increasing seconds, at least one",
            ),
            (
                self.times_s is not None and uneven,
                "times_s: expected alone; jitter_s, raised_from_hz and dropped need an even rate",
            ),
        ]


@dataclass(frozen=True, kw_only=True, eq=False)
class Schedule:
    """When frames are shown, and what they show.

    ``shown_s`` is the time of the scene in a frame; it lags behind ``times_s``
    where frames repeat. ``source`` numbers the distinct pictures.
    """

    times_s: Float64  # [T]
    shown_s: Float64  # [T]
    source: Int64  # [T]
    repeated: Bool  # [T]
    dropped: Bool  # [T]


def make_schedule(camera: Camera, duration_s: float, *, seed: int) -> Schedule:
    """The frames of a recording of ``duration_s``."""
    if camera.times_s is not None:
        times = np.array(camera.times_s, np.float64)
        none = np.zeros(times.size, np.bool_)
        order = np.arange(times.size)
        return Schedule(times_s=times, shown_s=times, source=order, repeated=none, dropped=none)
    count = max(1, int(np.floor(duration_s * camera.rate_hz + 1e-9)))
    order = np.arange(count)
    wrong = [k for k in camera.dropped if not 0 < k < count]
    if wrong:
        raise ArgumentError(f"dropped: expected frame numbers from 1 to {count - 1}, got {wrong}")
    times = order / camera.rate_hz
    if camera.jitter_s:
        rng = np.random.default_rng([seed, 11])
        times = times + rng.uniform(0, camera.jitter_s, count)
    shown, source = times, order
    if camera.raised_from_hz is not None:
        source = np.floor(order * camera.raised_from_hz / camera.rate_hz + 1e-9).astype(np.int64)
        shown = source / camera.raised_from_hz
    kept = np.setdiff1d(order, camera.dropped)
    return Schedule(
        times_s=times[kept],
        shown_s=shown[kept],
        source=source[kept],
        repeated=np.diff(source[kept], prepend=-1) == 0,
        dropped=np.diff(kept, prepend=kept[0] - 1) > 1,
    )


def develop(picture: UInt8, camera: Camera, *, time_s: float, source: int, seed: int) -> UInt8:
    """A drawn frame after optics, light, sensor and codec, the same for the same source."""
    if camera.blur_px:
        picture = np.asarray(cv2.GaussianBlur(picture, (0, 0), camera.blur_px))
    if camera.light or camera.noise_sigma:
        values = picture.astype(np.float32) * np.float32(_gain(camera, time_s, seed=seed))
        if camera.noise_sigma:
            rng = np.random.Generator(np.random.SFC64([seed, 12, source]))
            noise = rng.standard_normal(values.shape, dtype=np.float32)
            values += np.float32(camera.noise_sigma) * noise
        picture = np.clip(np.rint(values), 0, 255).astype(np.uint8)
    if camera.quality is not None:
        _, packed = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, camera.quality])
        picture = np.asarray(cv2.imdecode(packed, cv2.IMREAD_COLOR), np.uint8)
    return picture


def _gain(camera: Camera, time_s: float, *, seed: int) -> float:
    rng = np.random.default_rng([seed, 13])
    rates = camera.light_hz * rng.uniform(0.3, 1.0, 3)
    phases = rng.uniform(0, 2 * np.pi, 3)
    return float(1 + camera.light * np.sin(2 * np.pi * rates * time_s + phases).mean())
