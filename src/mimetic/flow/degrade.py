"""What happens to a picture between the lens and the file: light, sensor, codec."""

from __future__ import annotations

from fractions import Fraction

import cv2
import numpy as np
from scipy import ndimage

from mimetic.flow.pairs import PairSettings
from mimetic.learn.filming import Filming
from mimetic.types import Bool, Float32, Float64, Floats, UInt8

_GRAIN_PX = 0.6  # reach of correlated noise, one standard deviation
_LEAST = 1e-3  # grey levels, where the logarithm of a range that holds 0 begins


def draw_filming(settings: PairSettings, count: int, rng: np.random.Generator) -> Filming:
    """One camera per pair, drawn as the settings say."""
    low, high = settings.noise_sigma
    steady = rng.random(count) >= settings.light_share
    slope = settings.slope / np.sqrt(2)  # reached in a corner
    largest = np.array([settings.gain, slope, slope, settings.offset_levels])
    light = rng.uniform(-1, 1, (count, 4)) * largest
    light[steady] = 0
    spread = np.exp(rng.uniform(np.log(max(low, _LEAST)), np.log(max(high, _LEAST)), count))
    codec = rng.random(count)
    jpeg = codec < settings.jpeg_share
    h264 = ~jpeg & (codec < settings.jpeg_share + settings.codec_share)
    return Filming(
        light=light.astype(np.float32),
        sigma=np.clip(spread, low, high).astype(np.float32),
        correlated=rng.random(count) < settings.correlated_share,
        jpeg_quality=_where(jpeg, rng.uniform(*settings.jpeg_quality, count)),
        crf=_where(h264, rng.uniform(*settings.codec_crf, count)),
    )


def develop(films: list[Float32], filming: Filming, rng: np.random.Generator) -> list[UInt8]:
    """Pictures [S S] in grey levels as the first camera of ``filming`` stores them.

    They come in the order first, second and, where there is one, before; the noise
    of each is drawn from ``rng``.
    """
    correlated, sigma = bool(filming.correlated[0]), float(filming.sigma[0])
    lit = films[:1] + [change_light(film, filming.light[0]) for film in films[1:]]
    stored = []
    for film in lit:
        grain = sensor_noise(film.shape, correlated=correlated, rng=rng)
        stored.append(to_bytes(film + sigma * grain))
    if np.isfinite(filming.jpeg_quality[0]):
        return [through_jpeg(picture, float(filming.jpeg_quality[0])) for picture in stored]
    if np.isfinite(filming.crf[0]):
        # The order of time: before, first, second.
        played = through_h264([*stored[2:], *stored[:2]], float(filming.crf[0]))
        return [*played[-2:], *played[:-2]]
    return stored


def change_light(picture: Float32, light: Float32) -> Float32:
    """A picture under a change of gain, its slopes and an offset [4], as in ``Filming.light``."""
    h, w = picture.shape
    gain, across, down, offset = light
    x, y = np.linspace(-1, 1, w)[None], np.linspace(-1, 1, h)[:, None]
    return np.asarray(picture * (1 + gain + across * x + down * y) + offset, np.float32)


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
    decoded = [np.asarray(f.to_ndarray(format="gray"), np.uint8) for f in frames]
    return [picture[:height, :width] for picture in decoded]


def _where(chosen: Bool, values: Float64) -> Float32:
    return np.where(chosen, values, np.nan).astype(np.float32)
