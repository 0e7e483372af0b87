import errno

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mimetic.errors import ArgumentError, DiskError, ShapeError
from mimetic.io import overlay
from mimetic.io.overlay import VideoWriter
from mimetic.io.video import Video
from tests.io.media import shade

GREY = np.full((16, 16, 3), 100, np.uint8)


def write(path, times_s, size=(16, 16)):
    with VideoWriter(path, *size) as writer:
        for index, time_s in enumerate(times_s):
            writer.write(shade(index, size[1], size[0]), time_s)
    return Video.open(path)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("overlays")


@settings(max_examples=40, deadline=None)
@given(
    start=st.floats(0, 1e4),
    steps=st.lists(st.floats(2e-5, 100), max_size=20),
    suffix=st.sampled_from(["mp4", "mov"]),
)
def test_times_survive_writing_and_reading(folder, start, steps, suffix):
    times_s = start + np.cumsum([0.0, *steps])
    video = write(folder / f"a.{suffix}", times_s)
    again = [frame.time_s for frame in video.frames()]
    assert again == pytest.approx(times_s, abs=0.51 / 90_000)
    assert video.tally.mended_times == 0


def test_pictures_survive_writing_and_reading(tmp_path):
    video = write(tmp_path / "a.mp4", np.arange(10) * 0.04, (64, 48))
    for index, frame in enumerate(video.frames()):
        assert np.abs(frame.pixels.astype(int) - shade(index)).mean() < 3


@pytest.mark.parametrize("size", [(15, 16), (16, 15), (15, 15), (1, 1)])
def test_odd_sides_grow_by_one(tmp_path, size):
    video = write(tmp_path / "a.mp4", [0.0, 0.04], size)
    assert (video.width_px, video.height_px) == (size[0] + size[0] % 2, size[1] + size[1] % 2)


def test_without_x264_mpeg4_is_written(tmp_path, monkeypatch):
    monkeypatch.setattr(overlay.av, "codecs_available", {"mpeg4"})
    video = write(tmp_path / "a.mp4", [0.0, 0.04, 0.1])
    assert video.decoder.endswith("mpeg4")
    assert [frame.time_s for frame in video.frames()] == pytest.approx([0, 0.04, 0.1], abs=1e-5)


def test_what_was_written_before_an_error_is_kept(tmp_path):
    with pytest.raises(ArgumentError):
        write(tmp_path / "a.mp4", [0.0, 0.04, 0.04])
    assert len(list(Video.open(tmp_path / "a.mp4").frames())) == 2


def test_closing_twice_or_without_frames_does_no_harm(tmp_path):
    writer = VideoWriter(tmp_path / "a.mp4", 16, 16)
    writer.close()
    writer.close()


@pytest.mark.parametrize("times_s", [[-0.1], [0.0, 0.0], [0.1, 0.05], [0.0, 1e-6]])
def test_times_that_do_not_go_forward_are_refused(tmp_path, times_s):
    with pytest.raises(ArgumentError, match="later than the frame before"):
        write(tmp_path / "a.mp4", times_s)


@pytest.mark.parametrize("first_s", [0.0, 1.0])
def test_a_step_that_mp4_cannot_hold_is_refused(tmp_path, first_s):
    with pytest.raises(ArgumentError, match=r"less than 6\.6 hours"):
        write(tmp_path / "a.mp4", [first_s, 30_000.0])


def test_a_picture_of_another_size_is_refused(tmp_path):
    with (
        pytest.raises(ShapeError, match="pixels"),
        VideoWriter(tmp_path / "a.mp4", 16, 18) as writer,
    ):
        writer.write(GREY, 0.0)


def test_a_container_that_rounds_times_is_refused(tmp_path):
    with pytest.raises(ArgumentError, match=r"ending in \.mp4 or \.mov"):
        VideoWriter(tmp_path / "a.mkv", 16, 16)


def test_a_size_of_nothing_is_refused(tmp_path):
    with pytest.raises(ArgumentError, match="size above 0"):
        VideoWriter(tmp_path / "a.mp4", 0, 16)


def test_a_folder_that_does_not_exist_is_a_disk_error(tmp_path):
    with pytest.raises(DiskError, match="expected a place to write to"):
        VideoWriter(tmp_path / "none" / "a.mp4", 16, 16)


class FullDisk:
    """A container on a disk without room."""

    def __init__(self, *, at):
        self.at = at

    def mux(self, packets):
        if self.at == "mux":
            raise OSError(errno.ENOSPC, "No space left on device")

    def close(self):
        if self.at == "close":
            raise OSError(errno.ENOSPC, "No space left on device")


@pytest.mark.parametrize("at", ["mux", "close"])
def test_a_full_disk_is_a_disk_error(tmp_path, at):
    writer = VideoWriter(tmp_path / "a.mp4", 16, 16)
    writer.write(GREY, 0.0)
    writer._container.close()
    writer._container = FullDisk(at=at)
    with pytest.raises(DiskError, match="No space left on device; free some space"):
        writer.close()


def test_a_full_disk_does_not_hide_the_error_of_the_block(tmp_path):
    writer = VideoWriter(tmp_path / "a.mp4", 16, 16)
    writer.write(GREY, 0.0)
    writer._container.close()
    writer._container = FullDisk(at="mux")
    with pytest.raises(ZeroDivisionError), writer:
        raise ZeroDivisionError
