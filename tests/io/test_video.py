import hashlib
import itertools
import math
from fractions import Fraction

import av
import cv2
import numpy as np
import pytest

from mimetic.errors import ArgumentError
from mimetic.io.video import Video
from tests.io.media import HIGH, WIDE, levels, noise, shade, write_video

TICK = Fraction(1, 25)


def test_frames_carry_the_containers_own_times(tmp_path):
    stamps = [33, 66, 140, 141, 900]
    frames = list(Video.open(write_video(tmp_path / "a.mp4", stamps=stamps)).frames())
    assert [frame.time_s for frame in frames] == pytest.approx([s / 1000 for s in stamps], abs=1e-9)
    assert [frame.index for frame in frames] == [0, 1, 2, 3, 4]
    assert levels(frames) == [0, 1, 2, 3, 4]


def test_pixels_are_upright_contiguous_rgb(tmp_path):
    video = Video.open(write_video(tmp_path / "a.mp4"))
    pixels = next(video.frames()).pixels
    assert pixels.shape == (video.height_px, video.width_px, 3) == (HIGH, WIDE, 3)
    assert pixels.dtype == np.uint8
    assert pixels.flags.c_contiguous
    assert pixels[3, 3] == pytest.approx([255, 0, 0], abs=12)


@pytest.mark.parametrize(
    ("name", "how"),
    [
        ("yuv444.mp4", {"pix_fmt": "yuv444p"}),
        ("ten-bit.mp4", {"pix_fmt": "yuv420p10le"}),
        ("full-range.mp4", {"pix_fmt": "yuvj420p"}),
        ("odd.mp4", {"pix_fmt": "yuv444p", "size": (63, 47)}),
        ("grey.mkv", {"codec": "ffv1", "pix_fmt": "gray"}),
        ("deep-grey.mkv", {"codec": "ffv1", "pix_fmt": "gray16le"}),
        ("alpha.mkv", {"codec": "ffv1", "pix_fmt": "bgra"}),
        ("plain.mov", {"codec": "png", "pix_fmt": "rgb24"}),
        ("vp8.webm", {"codec": "libvpx"}),
        ("old.mpg", {"codec": "mpeg1video", "time_base": TICK}),
        ("old.ts", {"codec": "mpeg2video", "time_base": TICK}),
        ("hevc.mov", {"codec": "libx265", "options": {"x265-params": "log-level=none"}}),
    ],
)
def test_every_kind_of_picture_gives_the_same_greys(tmp_path, name, how):
    video = Video.open(write_video(tmp_path / name, **how))
    frames = list(video.frames())
    assert levels(frames) == list(range(10))
    assert np.diff([frame.time_s for frame in frames]) == pytest.approx(0.04)
    assert video.tally.decoded_frames == 10
    assert not video.tally.truncated
    assert video.tally.damaged_packets == video.tally.mended_times == 0


def test_an_animated_gif_is_a_video(tmp_path):
    path = tmp_path / "a.gif"
    write_video(path, codec="gif", pix_fmt="rgb8", time_base=Fraction(1, 100))
    video = Video.open(path)
    assert [frame.time_s for frame in video.frames()] == pytest.approx(np.arange(10) * 0.04)
    assert not video.tally.truncated
    assert video.declared_frames is None


@pytest.mark.parametrize("suffix", ["png", "jpg"])
def test_a_picture_is_a_video_of_one_frame(tmp_path, suffix):
    path = tmp_path / f"100%d.{suffix}"
    cv2.imwrite(str(path), shade(20)[..., ::-1])
    (frame,) = Video.open(path).frames()
    assert frame.time_s == 0
    assert levels([frame]) == [20]


def test_pixels_of_a_frame_may_be_drawn_on(tmp_path):
    path = write_video(tmp_path / "a.mov", codec="png", pix_fmt="rgb24")
    drawn = []
    for frame in Video.open(path).frames():
        drawn.append(levels([frame]))
        frame.pixels[:] = 255
    assert drawn == [[index] for index in range(10)]


@pytest.mark.parametrize("matrix", list(itertools.product((0, 1), (-1, 1), (-1, 1))))
def test_pictures_are_shown_as_the_display_matrix_says(tmp_path, matrix):
    swapped, right, down = matrix
    a, b, c, d = (0, right, down, 0) if swapped else (right, 0, 0, down)
    one = 1 << 16
    fixed = [a * one, b * one, 0, c * one, d * one, 0, 0, 0, 1 << 30]
    plain = write_video(tmp_path / "plain.mp4", 1)
    turned = Video.open(write_video(tmp_path / "a.mp4", 1, matrix=fixed))
    stored = next(Video.open(plain).frames()).pixels
    # A stored pixel (x, y) is shown at (a x + c y, b x + d y), moved to begin at 0.
    y, x = np.mgrid[:HIGH, :WIDE]
    shown_x, shown_y = a * x + c * y, b * x + d * y
    shown_x, shown_y = shown_x - shown_x.min(), shown_y - shown_y.min()
    expected = np.zeros((shown_y.max() + 1, shown_x.max() + 1, 3), np.uint8)
    expected[shown_y, shown_x] = stored
    pixels = next(turned.frames()).pixels
    assert pixels.shape == expected.shape == (turned.height_px, turned.width_px, 3)
    assert (pixels == expected).all()
    assert turned.rotation_deg in (0, 90, 180, 270)


def test_reading_on_from_a_frame_gives_the_same_frames(tmp_path):
    video = Video.open(noise(tmp_path / "a.mp4", 20, g="7"))
    whole = list(video.frames())
    for first in (0, 1, 11, 20, 50):
        rest = list(video.frames(first=first))
        assert [frame.index for frame in rest] == list(range(first, 20))
        for frame, same in zip(rest, whole[first:], strict=True):
            assert frame.time_s == same.time_s
            assert (frame.pixels == same.pixels).all()
        assert video.tally.decoded_frames == 20


def test_a_frame_before_the_first_is_refused(tmp_path):
    with pytest.raises(ArgumentError, match="from 0 on"):
        next(Video.open(write_video(tmp_path / "a.mp4")).frames(first=-1))


def test_a_pass_that_is_given_up_counts_what_it_saw_and_claims_nothing_more(tmp_path):
    video = Video.open(write_video(tmp_path / "a.mp4"))
    assert len(list(video.frames())) == video.tally.decoded_frames == 10
    assert video.tally.complete
    frames = video.frames(first=2)
    times_s = np.array([next(frames).time_s, next(frames).time_s])
    frames.close()
    assert video.tally.decoded_frames == 4
    assert not video.tally.complete
    assert not video.tally.truncated
    assert video.declared_frames == 10
    none = np.zeros(2, bool)
    info = video.info(times_s=times_s, repeated=none, dropped=none)
    assert (info.decoded_frames, info.declared_frames, info.truncated) == (4, None, False)


def test_damage_before_the_end_of_a_stretch_is_counted(tmp_path):
    path = noise(tmp_path / "a.mp4", bf="0")
    data = bytearray(path.read_bytes())
    data[len(data) // 4 : len(data) // 4 + 6000] = np.random.default_rng(1).bytes(6000)
    path.write_bytes(data)
    video = Video.open(path)
    for frame in video.frames():
        if frame.time_s > 1.2:
            break
    assert not video.tally.complete
    assert video.tally.damaged_packets > 0


def test_a_new_picture_size_is_fitted_in_without_changing_shapes(tmp_path):
    first = write_video(tmp_path / "a.h264", format="h264").read_bytes()
    second = write_video(tmp_path / "b.h264", format="h264", size=(32, 48)).read_bytes()
    path = tmp_path / "c.h264"
    path.write_bytes(first + second)
    video = Video.open(path)
    frames = list(video.frames())
    assert len(frames) == 20
    assert video.tally.resized_frames == 10
    pixels = frames[-1].pixels
    assert pixels.shape == (HIGH, WIDE, 3)
    assert (pixels[:, :16] == 0).all()
    assert (pixels[:, 48:] == 0).all()
    assert pixels[40, 40] == pytest.approx([45, 45, 45], abs=3)


def test_a_stream_without_times_gets_even_ones_and_says_so(tmp_path):
    video = Video.open(write_video(tmp_path / "a.h264", format="h264"))
    assert [frame.time_s for frame in video.frames()] == pytest.approx(np.arange(10) * 0.04)
    assert video.tally.mended_times == 10


def test_info_tells_what_a_pass_found(tmp_path):
    path = write_video(tmp_path / "a.mp4")
    video = Video.open(path)
    times_s = np.array([frame.time_s for frame in video.frames()])
    none = np.zeros(10, bool)
    info = video.info(times_s=times_s, repeated=none, dropped=none)
    assert info.nominal_hz == pytest.approx(25)
    assert (info.declared_frames, info.decoded_frames) == (10, 10)
    assert (info.width_px, info.height_px, info.rotation_deg) == (WIDE, HIGH, 0)
    assert info.path == str(path)
    assert info.decoder.startswith(f"PyAV {av.__version__} / libavcodec ")
    assert info.decoder.endswith(" / h264")


def test_a_single_frame_has_no_rate(tmp_path):
    video = Video.open(write_video(tmp_path / "a.mp4", 1))
    times_s = np.array([frame.time_s for frame in video.frames()])
    none = np.zeros(1, bool)
    assert math.isnan(video.info(times_s=times_s, repeated=none, dropped=none).nominal_hz)


def test_the_hash_is_that_of_the_file(tmp_path):
    path = write_video(tmp_path / "a.mp4")
    assert Video.open(path).sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
