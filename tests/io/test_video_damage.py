from fractions import Fraction

import av
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mimetic.errors import VideoError
from mimetic.io import decode
from mimetic.io.video import Video
from tests.io.media import HIGH, WIDE, noise, shade, write_sound, write_video

TICK = Fraction(1, 25)


def test_damaged_packets_are_skipped_and_counted(tmp_path):
    path = noise(tmp_path / "a.mp4", bf="0")
    whole = [frame.time_s for frame in Video.open(path).frames()]
    data = bytearray(path.read_bytes())
    middle = len(data) // 2
    data[middle : middle + 6000] = np.random.default_rng(1).bytes(6000)
    path.write_bytes(data)
    video = Video.open(path)
    kept = [frame.time_s for frame in video.frames()]
    assert 30 <= len(kept) <= 40
    assert set(kept) <= set(whole)
    assert kept[-1] == whole[-1]
    assert video.tally.damaged_packets > 0
    assert video.tally.decoded_frames == len(kept)
    assert not video.tally.truncated
    assert video.declared_frames == 40


def test_matroska_goes_on_after_damage_and_counts_it(tmp_path):
    path = noise(tmp_path / "a.webm", 200, "libvpx", g="10", b="3000000")
    data = bytearray(path.read_bytes())
    middle = len(data) // 3
    data[middle : middle + 20_000] = bytes(20_000)
    path.write_bytes(data)
    video = Video.open(path)
    times_s = [frame.time_s for frame in video.frames()]
    assert len(times_s) < 200
    assert times_s[-1] == pytest.approx(199 * 0.04)
    assert video.tally.damaged_packets > 0


def test_frames_mended_by_guessing_are_given_and_counted(tmp_path):
    path = noise(tmp_path / "a.mpg", codec="mpeg1video")
    data = bytearray(path.read_bytes())
    for place in range(len(data) // 4, len(data), len(data) // 4):
        data[place : place + 300] = bytes(300)
    path.write_bytes(data)
    video = Video.open(path)
    list(video.frames())
    assert 0 < video.tally.concealed_frames <= video.tally.damaged_packets


def begin_with_index(source, target):
    options = {"movflags": "faststart"}
    with av.open(source) as old, av.open(target, "w", options=options) as new:
        stream = new.add_stream_from_template(old.streams.video[0])
        for packet in old.demux(video=0):
            if packet.size:
                packet.stream = stream
                new.mux(packet)


@pytest.mark.parametrize("suffix", ["mp4", "mkv", "avi", "webm", "gif"])
def test_a_file_that_was_cut_off_is_noticed(tmp_path, suffix):
    path = tmp_path / f"a.{suffix}"
    codec = {"webm": "libvpx", "avi": "mpeg4", "gif": "gif"}.get(suffix, "libx264")
    if suffix == "gif":
        write_video(path, 50, codec=codec, pix_fmt="rgb8", time_base=Fraction(1, 100))
    elif suffix == "mp4":
        begin_with_index(noise(tmp_path / "b.mp4"), path)
    else:
        noise(path, codec=codec)
    whole = Video.open(path)
    count = len(list(whole.frames()))
    assert not whole.tally.truncated
    path.write_bytes(path.read_bytes()[: int(path.stat().st_size * 0.7)])
    cut = Video.open(path)
    assert 0 < len(list(cut.frames())) < count
    assert cut.tally.truncated


def test_a_fragmented_file_that_was_cut_off_is_noticed(tmp_path):
    path = tmp_path / "a.mp4"
    with av.open(path, "w", options={"movflags": "frag_keyframe+empty_moov"}) as container:
        stream = container.add_stream("libx264", rate=25, options={"g": "5"})
        stream.width, stream.height, stream.pix_fmt = WIDE, HIGH, "yuv420p"
        for index in range(40):
            container.mux(stream.encode(av.VideoFrame.from_ndarray(shade(index), "rgb24")))
        container.mux(stream.encode(None))
    video = Video.open(path)
    assert len(list(video.frames())) == 40
    assert not video.tally.truncated
    data = path.read_bytes()
    last = data.rindex(b"mfra") - 4
    for end in (last - 3, last - 200):
        path.write_bytes(data[:end])
        video = Video.open(path)
        list(video.frames())
        assert video.tally.truncated


def test_matroska_that_ends_before_its_duration_is_noticed(tmp_path):
    path = noise(tmp_path / "a.mkv")
    data = path.read_bytes()
    # A recorder that was killed leaves the size of the segment open.
    at = data.index(b"\x18\x53\x80\x67") + 4
    path.write_bytes(data[:at] + b"\x01" + b"\xff" * 7 + data[at + 8 : len(data) // 2])
    video = Video.open(path)
    assert len(list(video.frames())) < 40
    assert video.tally.truncated


def refused(path, words):
    with pytest.raises(VideoError, match=words) as caught:
        Video.open(path)
    assert str(path) in str(caught.value)


def test_a_missing_file_is_refused(tmp_path):
    refused(tmp_path / "none.mp4", "there is none; check the name")


def test_a_folder_is_refused(tmp_path):
    refused(tmp_path, "got a folder; read pictures with Video.from_images")


def test_an_empty_file_is_refused(tmp_path):
    path = tmp_path / "a.mp4"
    path.touch()
    refused(path, "got an empty file")


def test_a_text_is_refused(tmp_path):
    path = tmp_path / "a.mp4"
    path.write_text("hello\n" * 100)
    refused(path, "got something else")


def test_a_file_without_rights_is_refused(tmp_path, monkeypatch):
    path = write_video(tmp_path / "a.mp4")

    def deny(*args, **options):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(decode.av, "open", deny)
    refused(path, "permission was denied")


@pytest.mark.parametrize(
    "text", ["ffconcat version 1.0\nfile 'b.mp4'\n", "#EXTM3U\n#EXTINF:2,\nb.mp4\n"]
)
def test_a_list_of_other_files_is_refused(tmp_path, text):
    write_video(tmp_path / "b.mp4")
    path = tmp_path / "a.mp4"
    path.write_text(text)
    refused(path, "expected a video, got")


def test_sound_alone_is_refused(tmp_path):
    refused(write_sound(tmp_path / "a.m4a"), "expected a video stream, got only audio")


def test_a_cover_picture_is_no_video(tmp_path):
    refused(write_sound(tmp_path / "a.flac", cover=True), "got only cover pictures")


def test_a_recording_without_its_index_is_refused(tmp_path):
    path = noise(tmp_path / "a.mp4")
    path.write_bytes(path.read_bytes()[:-2000])
    refused(path, "cut off before its index")


def test_a_video_without_a_frame_that_decodes_is_refused(tmp_path):
    path = noise(tmp_path / "a.mp4")
    data = bytearray(path.read_bytes())
    start, end = data.index(b"mdat") + 4, data.index(b"moov") - 4
    data[start:end] = b"\xff" * (end - start)
    path.write_bytes(data)
    refused(path, "at least one frame that can be decoded")


def test_an_unknown_codec_is_refused(tmp_path):
    path = write_video(tmp_path / "a.mp4")
    # The sample entry of a codec that FFmpeg does not know.
    path.write_bytes(path.read_bytes().replace(b"avc1", b"zzzz").replace(b"avcC", b"zzzz"))
    refused(path, "expected a video that FFmpeg can decode")


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), kind=st.sampled_from(["a.mp4", "a.mkv", "a.mpg", "a.gif"]))
def test_whatever_the_damage_times_increase_or_the_file_is_refused(some_files, seed, kind):
    data = bytearray(some_files[kind])
    rng = np.random.default_rng(seed)
    for _ in range(rng.integers(1, 4)):
        at = int(rng.integers(len(data)))
        data[at : at + 40] = rng.bytes(int(rng.integers(0, 80)))
    path = some_files["folder"] / kind
    path.write_bytes(data)
    try:
        video = Video.open(path)
        frames = list(video.frames())
    except VideoError:
        return
    times_s = [frame.time_s for frame in frames]
    assert (np.diff(times_s) > 0).all()
    assert video.tally.decoded_frames == len(frames)
    assert {frame.pixels.shape for frame in frames} <= {(video.height_px, video.width_px, 3)}


@pytest.fixture(scope="module")
def some_files(tmp_path_factory):
    folder = tmp_path_factory.mktemp("files")
    for name in ("a.mp4", "a.mkv"):
        write_video(folder / name)
    write_video(folder / "a.mpg", codec="mpeg1video", time_base=TICK)
    write_video(folder / "a.gif", codec="gif", pix_fmt="rgb8", time_base=Fraction(1, 100))
    files = {path.name: path.read_bytes() for path in folder.iterdir()}
    return {**files, "folder": folder}
