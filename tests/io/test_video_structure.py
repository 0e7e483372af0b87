import itertools
import struct

import av
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from mimetic.io import decode
from mimetic.io.structure import ends_early, lacks_index, mirrored_turns
from mimetic.io.video import Video
from tests.io.media import noise, write_sound, write_video


def atom(kind, content):
    return struct.pack(">I4s", 8 + len(content), kind) + content


def track_header(matrix, *, version=0, track=1):
    a, b, c, d = matrix
    times = b"\0" * (8 if version == 0 else 16) + struct.pack(">I", track)
    rest = b"\0" * (52 - 20 - 4 if version else 40 - 12 - 4)
    one = 1 << 16
    fixed = struct.pack(">9i", a * one, b * one, 0, c * one, d * one, 0, 0, 0, 1 << 30)
    return atom(b"tkhd", bytes([version, 0, 0, 0]) + times + rest + fixed + b"\0" * 8)


@pytest.mark.parametrize("version", [0, 1])
def test_a_mirrored_track_is_recognised_in_both_versions_of_its_header(tmp_path, version):
    path = tmp_path / "a.mov"
    plain = atom(b"trak", track_header((1, 0, 0, 1), version=version, track=1))
    mirrored = atom(b"trak", track_header((-1, 0, 0, 1), version=version, track=2))
    path.write_bytes(atom(b"ftyp", b"qt  ") + atom(b"moov", plain + mirrored))
    assert mirrored_turns(path, 1) is None
    assert mirrored_turns(path, 2) == 0
    assert mirrored_turns(path, 3) is None


def test_only_mp4_has_a_mirrored_track_or_lacks_its_index(tmp_path):
    path = write_video(tmp_path / "a.mkv")
    assert mirrored_turns(path, 1) is None
    assert not lacks_index(path)


def test_a_chain_of_avi_chunks_is_whole_and_a_shortened_one_is_not(tmp_path):
    path = tmp_path / "a.avi"
    chain = b"".join(b"RIFF" + struct.pack("<I", 100) + b"AVI " + b"\0" * 96 for _ in range(3))
    path.write_bytes(chain)
    assert not ends_early(path)
    path.write_bytes(chain[:-1])
    assert ends_early(path)


def test_boxes_with_long_and_open_sizes_are_walked(tmp_path):
    path = tmp_path / "a.mp4"
    long = struct.pack(">I4sQ", 1, b"mdat", 16 + 50) + b"\0" * 50
    open_end = struct.pack(">I4s", 0, b"free") + b"\0" * 9
    path.write_bytes(long + atom(b"moov", b"") + open_end)
    assert not ends_early(path)
    assert not lacks_index(path)
    path.write_bytes(long[:-1])
    assert ends_early(path)
    assert lacks_index(path)


def test_formats_that_do_not_tell_are_taken_as_whole(tmp_path):
    path = noise(tmp_path / "a.mpg", codec="mpeg1video")
    path.write_bytes(path.read_bytes()[:3000])
    assert not ends_early(path)


@given(
    st.sampled_from(
        [b"\0\0\0\x08ftyp", b"\x1a\x45\xdf\xa3", b"RIFF\0\0\0\0", b"GIF89a", b"\0\0\0\1mdat", b""]
    ),
    st.binary(max_size=64),
)
@example(b"\x1a\x45\xdf\xa3", b"moov")  # a box that claims more than the file holds
@example(b"\x1a\x45\xdf\xa3", b"\x01\x10" + bytes(6))  # a header longer than any file
def test_no_bytes_make_the_walk_fail(tmp_path_factory, head, tail):
    path = tmp_path_factory.getbasetemp() / "walk"
    path.write_bytes(head + tail)
    assert ends_early(path) in (True, False)
    assert lacks_index(path) in (True, False)
    assert mirrored_turns(path, 1) in (None, 0, 1, 2, 3)


class FailingContainer:
    """A container whose disk fails after some packets, for a while or for good."""

    def __init__(self, container, *, failures):
        self._container = container
        self._failures = failures
        self._packets = container.demux()
        self._before = 6

    def __getattr__(self, name):
        return getattr(self._container, name)

    def demux(self):
        yield from itertools.islice(self._packets, self._before)
        self._before = 0
        if self._failures:
            self._failures -= 1
            raise av.error.InvalidDataError(1, "damaged")
        yield from self._packets


@pytest.mark.parametrize(("failures", "frames"), [(0, 40), (3, 40), (10**9, 5)])
def test_places_that_cannot_be_read_are_passed_or_given_up(tmp_path, failures, frames):
    path = noise(tmp_path / "a.mpg", codec="mpeg1video", bf="0")
    with decode.open_container(path) as container:
        stream = decode.choose_stream(container, path)
        packets = decode.Packets(FailingContainer(container, failures=failures), stream)
        assert len(list(packets.frames())) >= frames
        assert packets.truncated() == (failures > 100)
        assert packets.damaged == (failures > 0)


def test_the_largest_picture_of_a_file_is_read(tmp_path):
    path = tmp_path / "a.mkv"
    with av.open(path, "w") as target:
        streams = []
        for side in (32, 64, 48):
            stream = target.add_stream("libx264", rate=25)
            stream.width = stream.height = side
            stream.pix_fmt = "yuv420p"
            streams.append(stream)
        for stream in streams:
            frame = av.VideoFrame(stream.width, stream.height, "yuv420p")
            target.mux(stream.encode(frame))
        for stream in streams:
            target.mux(stream.encode(None))
    assert Video.open(path).width_px == 64


def test_sound_beside_the_picture_is_passed_over(tmp_path):
    picture = write_video(tmp_path / "a.mp4")
    sound = write_sound(tmp_path / "b.m4a")
    path = tmp_path / "c.mp4"
    with av.open(picture) as one, av.open(sound) as two, av.open(path, "w") as target:
        sources = (two, one)
        streams = [target.add_stream_from_template(source.streams[0]) for source in sources]
        for source, stream in zip(sources, streams, strict=True):
            for packet in source.demux():
                if packet.size:
                    packet.stream = stream
                    target.mux(packet)
    video = Video.open(path)
    assert len(list(video.frames())) == 10
    assert not video.tally.truncated
