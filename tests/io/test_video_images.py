import struct

import cv2
import numpy as np
import pytest

from mimetic.errors import VideoError
from mimetic.io.images import write_png
from mimetic.io.video import Video
from tests.io.media import HIGH, WIDE, levels, shade


def save(path, pixels):
    assert cv2.imwrite(str(path), pixels)


def save_shades(folder, names):
    for index, name in enumerate(names):
        save(folder / name, shade(index)[..., ::-1])


def test_pictures_come_in_natural_order_at_the_rate_given(tmp_path):
    save_shades(tmp_path, ["a1.png", "a2.png", "a10.png", "b1.png"])
    video = Video.from_images(tmp_path, rate_hz=200)
    frames = list(video.frames())
    assert levels(frames) == [0, 1, 2, 3]
    assert [frame.time_s for frame in frames] == [0, 0.005, 0.01, 0.015]
    assert frames[0].pixels[3, 3].tolist() == [255, 0, 0]
    assert (video.width_px, video.height_px, video.rotation_deg) == (WIDE, HIGH, 0)
    assert video.declared_frames == video.tally.decoded_frames == 4
    assert [frame.index for frame in video.frames(first=2)] == [2, 3]


def test_other_files_and_hidden_ones_are_left_out(tmp_path):
    save_shades(tmp_path, ["1.png", "2.PNG", "3.tif"])
    (tmp_path / "notes.txt").write_text("no picture")
    (tmp_path / "._1.png").write_bytes(b"no picture")
    (tmp_path / "folder.png").mkdir()
    assert len(list(Video.from_images(tmp_path, rate_hz=25).frames())) == 3


def test_grey_deep_and_transparent_pictures_become_rgb(tmp_path):
    save(tmp_path / "1.png", np.full((4, 6), 100, np.uint8))
    save(tmp_path / "2.png", np.full((4, 6), 100 * 257, np.uint16))
    save(tmp_path / "3.png", np.full((4, 6, 3), 100 * 257, np.uint16))
    save(tmp_path / "4.png", np.full((4, 6, 4), (100, 100, 100, 0), np.uint8))
    for frame in Video.from_images(tmp_path, rate_hz=25).frames():
        assert (frame.pixels == 100).all()
        assert frame.pixels.shape == (4, 6, 3)
        assert frame.pixels.dtype == np.uint8


def test_a_photographs_orientation_is_applied(tmp_path):
    jpeg = cv2.imencode(".jpg", shade(10)[..., ::-1])[1].tobytes()
    entry = struct.pack(">HHIHH", 0x0112, 3, 1, 6, 0)  # to be turned clockwise
    exif = b"Exif\0\0MM\0*\0\0\0\x08\0\1" + entry + b"\0\0\0\0"
    tagged = jpeg[:2] + b"\xff\xe1" + struct.pack(">H", len(exif) + 2) + exif + jpeg[2:]
    (tmp_path / "a.jpg").write_bytes(tagged)
    video = Video.from_images(tmp_path, rate_hz=25)
    assert (video.width_px, video.height_px) == (HIGH, WIDE)
    pixels = next(video.frames()).pixels
    assert pixels[3, -4] == pytest.approx([255, 0, 0], abs=20)
    single = next(Video.open(tmp_path / "a.jpg").frames()).pixels
    assert single.shape == pixels.shape
    assert single[3, -4] == pytest.approx([255, 0, 0], abs=20)


def test_a_damaged_picture_is_skipped_and_the_others_keep_their_times(tmp_path):
    save_shades(tmp_path, ["1.png", "2.png", "3.png"])
    (tmp_path / "2.png").write_bytes(b"")
    video = Video.from_images(tmp_path, rate_hz=10)
    frames = list(video.frames())
    assert [(frame.index, frame.time_s) for frame in frames] == [(0, 0.0), (1, 0.2)]
    assert video.tally.damaged_packets == 1
    assert video.declared_frames == 3


def test_a_pass_over_pictures_that_is_left_counts_what_it_saw(tmp_path):
    save_shades(tmp_path, ["1.png", "2.png", "3.png", "4.png"])
    (tmp_path / "1.png").write_bytes(b"")
    (tmp_path / "4.png").write_bytes(b"")
    video = Video.from_images(tmp_path, rate_hz=10)
    frames = video.frames(first=1)
    assert next(frames).index == 1
    frames.close()
    tally = video.tally
    assert (tally.decoded_frames, tally.damaged_packets, tally.complete) == (2, 1, False)
    list(video.frames())
    tally = video.tally
    assert (tally.decoded_frames, tally.damaged_packets, tally.complete) == (2, 2, True)


def test_a_picture_of_floats_counts_as_damaged(tmp_path):
    save_shades(tmp_path, ["1.png"])
    save(tmp_path / "2.tif", np.zeros((HIGH, WIDE), np.float32))
    video = Video.from_images(tmp_path, rate_hz=10)
    assert len(list(video.frames())) == 1
    assert video.tally.damaged_packets == 1


def test_a_picture_that_goes_away_counts_as_damaged(tmp_path):
    save_shades(tmp_path, ["1.png", "2.png"])
    video = Video.from_images(tmp_path, rate_hz=10)
    (tmp_path / "2.png").unlink()
    assert len(list(video.frames())) == 1
    assert video.tally.damaged_packets == 1


def test_the_hash_changes_with_names_bytes_and_rate(tmp_path):
    hashes = set()
    save_shades(tmp_path, ["1.png", "2.png"])
    for rate_hz in (10, 20, 10.0):
        hashes.add(Video.from_images(tmp_path, rate_hz=rate_hz).sha256)
    (tmp_path / "2.png").rename(tmp_path / "3.png")
    hashes.add(Video.from_images(tmp_path, rate_hz=10).sha256)
    save(tmp_path / "3.png", shade(9))
    hashes.add(Video.from_images(tmp_path, rate_hz=10).sha256)
    assert len(hashes) == 4


def test_the_record_of_a_folder_is_whole(tmp_path):
    save_shades(tmp_path, ["1.png", "2.png", "3.png"])
    video = Video.from_images(tmp_path, rate_hz=200)
    times_s = np.array([frame.time_s for frame in video.frames()])
    none = np.zeros(3, bool)
    info = video.info(times_s=times_s, repeated=none, dropped=none)
    assert info.nominal_hz == pytest.approx(200)
    assert info.decoder.startswith("OpenCV ")


def test_pictures_of_two_sizes_are_refused(tmp_path):
    save_shades(tmp_path, ["1.png"])
    save(tmp_path / "2.png", shade(1, 30, 40))
    with pytest.raises(VideoError, match=r"2\.png: expected 64 x 48 .* got 40 x 30"):
        list(Video.from_images(tmp_path, rate_hz=10).frames())


@pytest.mark.parametrize("rate_hz", [0, -1, float("nan"), float("inf")])
def test_a_rate_that_is_none_is_refused(tmp_path, rate_hz):
    save_shades(tmp_path, ["1.png"])
    with pytest.raises(VideoError, match="pictures per second above 0"):
        Video.from_images(tmp_path, rate_hz=rate_hz)


def test_a_folder_without_pictures_is_refused(tmp_path):
    with pytest.raises(VideoError, match="found none"):
        Video.from_images(tmp_path, rate_hz=10)


def test_a_folder_of_unreadable_pictures_is_refused(tmp_path):
    (tmp_path / "1.png").write_bytes(b"no picture")
    with pytest.raises(VideoError, match="got 1 unreadable files"):
        Video.from_images(tmp_path, rate_hz=10)


@pytest.mark.parametrize("name", ["none", "file"])
def test_what_is_no_folder_is_refused(tmp_path, name):
    (tmp_path / "file").touch()
    with pytest.raises(VideoError, match="expected a folder of pictures"):
        Video.from_images(tmp_path / name, rate_hz=10)


@pytest.mark.parametrize("shape", [(5, 7, 3), (5, 7)])
def test_a_written_picture_is_read_as_it_was(tmp_path, shape):
    pixels = np.random.default_rng(0).integers(0, 256, shape).astype(np.uint8)
    write_png(tmp_path / "one.png", pixels)
    back = cv2.imread(str(tmp_path / "one.png"), cv2.IMREAD_UNCHANGED)
    assert np.array_equal(back if pixels.ndim == 2 else back[..., ::-1], pixels)
