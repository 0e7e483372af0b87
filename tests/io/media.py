"""Small media files that the tests make for themselves."""

from fractions import Fraction

import av
import numpy as np

WIDE, HIGH = 64, 48


def shade(index, height=HIGH, width=WIDE):
    """A picture whose grey level, away from the marked corner, is 5 times its number."""
    pixels = np.full((height, width, 3), 5 * index, np.uint8)
    pixels[: height // 4, : width // 4] = (255, 0, 0)
    return pixels


def write_video(path, count=10, **how):
    """Write ``count`` shades; ``stamps`` are milliseconds, 40 apart by default."""
    size = how.get("size", (WIDE, HIGH))
    stamps = how.get("stamps", [40 * index for index in range(count)])
    movie = {"movie_timescale": "1000"} if path.suffix in (".mp4", ".mov") else {}
    with av.open(path, "w", format=how.get("format"), options=movie) as container:
        codec = how.get("codec", "libx264")
        stream = container.add_stream(codec, rate=25, options=how.get("options", {}))
        stream.width, stream.height = size
        stream.pix_fmt = how.get("pix_fmt", "yuv420p")
        if "matrix" in how:
            stream.set_display_matrix(how["matrix"])
        stream.codec_context.time_base = how.get("time_base", Fraction(1, 1000))
        for index, stamp in enumerate(stamps):
            frame = av.VideoFrame.from_ndarray(shade(index, size[1], size[0]), "rgb24")
            frame = frame.reformat(format=stream.pix_fmt)
            frame.pts = round(stamp / 1000 / stream.codec_context.time_base)
            frame.time_base = stream.codec_context.time_base
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return path


def write_sound(path, cover=None):
    """Write a second of silence, and a cover picture if its bytes are given."""
    with av.open(path, "w") as container:
        stream = container.add_stream("flac" if cover else "aac", rate=8000)
        picture = container.add_stream("mjpeg") if cover else None
        if picture:
            picture.width, picture.height, picture.pix_fmt = WIDE, HIGH, "yuvj420p"
            picture.disposition = av.stream.Disposition.attached_pic
        frame = av.AudioFrame.from_ndarray(np.zeros((1, 1024), "i2"), "s16", "mono")
        frame.rate, frame.pts = 8000, 0
        container.mux(stream.encode(frame))
        if picture:
            still = av.VideoFrame.from_ndarray(shade(3), "rgb24").reformat(format="yuvj420p")
            container.mux(picture.encode(still))
        container.mux(stream.encode(None))
    return path


def levels(frames):
    """The numbers of the shades that were decoded."""
    return [round(float(np.median(frame.pixels)) / 5) for frame in frames]


def noise(path, count=40, codec="libx264", **options):
    """Write frames that do not compress, so that every place in the file matters."""
    rng = np.random.default_rng(0)
    with av.open(path, "w") as container:
        stream = container.add_stream(codec, rate=25, options=options)
        stream.width, stream.height, stream.pix_fmt = WIDE, HIGH, "yuv420p"
        for _ in range(count):
            pixels = rng.integers(0, 256, (HIGH, WIDE, 3), dtype=np.uint8)
            container.mux(stream.encode(av.VideoFrame.from_ndarray(pixels, "rgb24")))
        container.mux(stream.encode(None))
    return path
