"""What happens to a picture between the lens and the file: light, sensor, codec."""

from __future__ import annotations

from fractions import Fraction

import cv2
import numpy as np
from scipy import ndimage

from mimetic.flow.pairs import PairSettings
from mimetic.types import Float32, Floats, UInt8

_GRAIN_PX = 0.6  # reach of correlated noise, one standard deviation


def draw_sigma(settings: PairSettings, rng: np.random.Generator) -> float:
    """A standard deviation of noise in grey levels, log-uniform in the settings' range."""
    low, high = settings.noise_sigma
    if low == high:
        return low
    return float(np.exp(rng.uniform(np.log(max(low, 1e-3)), np.log(high))))


def change_light(picture: Float32, *, settings: PairSettings, rng: np.random.Generator) -> Float32:
    """A picture under a drawn change of exposure, slant of light and black level."""
    h, w = picture.shape
    gain, across, down, offset = rng.uniform(-1, 1, 4)
    x, y = np.linspace(-1, 1, w)[None], np.linspace(-1, 1, h)[:, None]
    slant = settings.slope * (across * x + down * y) / np.sqrt(2)
    lit = picture * (1 + settings.gain * gain + slant) + settings.offset_levels * offset
    return np.asarray(lit, np.float32)


def sensor_noise(shape: tuple[int, ...], *, correlated: bool, rng: np.random.Generator) -> Float32:
    """Noise [..., H, W] of unit variance, white or with neighbours alike."""
    noise = rng.standard_normal(shape, dtype=np.float32)
    if not correlated:
        return noise
    reach = (0.0,) * (noise.ndim - 2) + (_GRAIN_PX, _GRAIN_PX)
    smooth = ndimage.gaussian_filter(noise, reach, mode="wrap", truncate=4.0)
    return np.asarray(smooth / smooth.std(), np.float32)


def to_bytes(picture: Floats) -> UInt8:
    """Grey levels rounded and cut to 0-255."""
    return np.clip(np.rint(picture), 0, 255).astype(np.uint8)


def through_jpeg(picture: UInt8, quality: float) -> UInt8:
    """A picture after JPEG at a quality of 1 to 100."""
    _, coded = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, round(quality)])
    return np.asarray(cv2.imdecode(coded, cv2.IMREAD_GRAYSCALE), np.uint8)


def through_h264(pictures: list[UInt8], crf: float) -> list[UInt8]:
    """Consecutive pictures after H.264 at a constant rate factor of 0 to 51."""
    import av  # not at the top: only a small share of the pairs needs it

    height, width = pictures[0].shape
    # The codec needs even sides; the row and column added are cut off again.
    even = [np.pad(p, ((0, height % 2), (0, width % 2)), mode="edge") for p in pictures]
    writer = av.CodecContext.create("libx264", "w")
    writer.width, writer.height = even[0].shape[1], even[0].shape[0]
    writer.pix_fmt, writer.time_base = "yuv420p", Fraction(1, 25)
    writer.options = {"crf": f"{crf:.1f}", "preset": "veryfast", "threads": "1"}
    packets = []
    for number, picture in enumerate([*even, None]):
        frame = None
        if picture is not None:
            frame = av.VideoFrame.from_ndarray(picture, format="gray").reformat(format="yuv420p")
            frame.pts = number
        packets += writer.encode(frame)
    reader = av.CodecContext.create("h264", "r")
    frames = [f for p in [*packets, None] for f in reader.decode(p)]
    return [f.to_ndarray(format="gray")[:height, :width] for f in frames]
