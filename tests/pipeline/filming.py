"""Films that the tests of the whole pipeline make for themselves."""

from fractions import Fraction

import av
import numpy as np

CLOCK = 90_000  # ticks a second


def write_lossless(path, frames, *, matrix=None):
    """Write frames as FFV1 in mp4: not a grey level and not a tick is lost.

    Common codecs spend other bits on other frame rates, which would hide what the
    measurement itself does. ``matrix`` says how players shall turn the picture.
    """
    with av.open(str(path), "w", options={"video_track_timescale": str(CLOCK)}) as container:
        stream = container.add_stream("ffv1", rate=25)
        stream.pix_fmt = "bgr0"
        stream.codec_context.time_base = Fraction(1, CLOCK)
        for frame in frames:
            if not frame.index:
                stream.height, stream.width = frame.pixels.shape[:2]
                if matrix is not None:
                    stream.set_display_matrix(matrix)
            picture = av.VideoFrame.from_ndarray(np.ascontiguousarray(frame.pixels), "rgb24")
            picture = picture.reformat(format="bgr0")
            picture.pts, picture.time_base = round(frame.time_s * CLOCK), Fraction(1, CLOCK)
            container.mux(stream.encode(picture))
        container.mux(stream.encode(None))
    return path
