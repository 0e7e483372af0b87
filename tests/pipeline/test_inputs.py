"""Bad and odd input through the door: one clear message, one exit code, nothing lost."""

import dataclasses
import json
import os
import shutil
import time

import av
import numpy as np
import pytest

import mimetic
from mimetic.cli import main
from mimetic.datasets.virtual import Camera, Program, VirtualFace
from mimetic.errors import (
    ConfigError,
    DiskError,
    LockedError,
    ModelError,
    NoFaceError,
    SchemaError,
    StoreError,
    VideoError,
)
from mimetic.io.lock import FolderLock
from tests.io.media import write_sound
from tests.pipeline.filming import write_lossless

QUARTER_TURN = [0, 1 << 16, 0, -(1 << 16), 0, 0, 0, 0, 1 << 30]


def run(capsys, *words):
    """Exit code and message of one command."""
    code = main([str(word) for word in words])
    return code, capsys.readouterr().err


def refused(capsys, kind, *words):
    """The message of a command that must end in this kind of error."""
    code, err = run(capsys, *words)
    assert code == kind.exit_code, err
    assert err.startswith("mimetic: ")
    assert "Traceback" not in err
    return err


@pytest.fixture
def copied(result, tmp_path):
    """A result folder that a test may change."""
    return shutil.copytree(result.path, tmp_path / "out" / "anna")


def small_film(path, *, seconds=1.0, size_px=(160, 160), **how):
    """A second of a smiling face."""
    program = dataclasses.replace(Program.single("lip_corner_up_left"), duration_s=seconds)
    recording = VirtualFace().record(program, Camera(rate_hz=25, size_px=size_px), seed=1)
    return write_lossless(
        path, how.get("change", list)(recording.frames()), matrix=how.get("matrix")
    )


def packets(path):
    """Place and length of every packet of a video file."""
    with av.open(str(path)) as container:
        return [(p.pos, p.size) for p in container.demux(video=0) if p.size]


def not_a_video(kind, path):
    """A file that cannot be measured, and a word that its message must have."""
    if kind == "text":
        path.write_text("onset,duration\n1,2\n" * 50)
    elif kind == "empty":
        path.write_bytes(b"")
    elif kind == "zeros":
        path.write_bytes(bytes(4096))
    elif kind == "sound":
        write_sound(path)
    return path


@pytest.mark.parametrize("kind", ["text", "empty", "zeros", "sound", "missing"])
def test_what_is_no_video_is_refused_by_name_and_no_folder_is_made(capsys, tmp_path, kind):
    path = not_a_video(kind, tmp_path / "anna.mp4")
    err = refused(capsys, VideoError, "analyze", path, "-o", tmp_path / "out")
    assert "anna.mp4" in err
    assert not (tmp_path / "out" / "anna").exists()


def test_each_kind_of_no_video_has_words_of_its_own(capsys, tmp_path):
    told = set()
    for kind in ("text", "empty", "sound", "missing"):
        path = not_a_video(kind, tmp_path / f"{kind}.mp4")
        told.add(refused(capsys, VideoError, "analyze", path).replace(kind, "anna"))
    assert len(told) == 4


def test_a_file_that_is_cut_off_is_measured_as_far_as_it_goes(film, tmp_path):
    """The index of this file comes first, as in films from the web, so that its start plays."""
    whole, cut = tmp_path / "whole.mp4", tmp_path / "cut.mp4"
    with (
        av.open(str(film.path)) as source,
        av.open(str(whole), "w", options={"movflags": "faststart"}) as target,
    ):
        stream = target.add_stream_from_template(source.streams.video[0])
        for packet in source.demux(video=0):
            if packet.dts is not None:
                packet.stream = stream
                target.mux(packet)
    start, size = sorted(packets(whole))[60]
    cut.write_bytes(whole.read_bytes()[: start + size // 2])
    result = mimetic.analyze(cut, out=tmp_path / "out")
    assert 40 < result.video.times_s.size < 70
    assert result.video.truncated
    assert result.video.declared_frames == 100
    report = (result.path / "report.html").read_text()
    assert "cut off" in report or "ends early" in report or "truncated" in report


def test_damaged_packets_in_the_middle_are_counted_and_leave_the_rest_measured(film, tmp_path):
    path = tmp_path / "damaged.mp4"
    content = bytearray(film.path.read_bytes())
    for start, size in sorted(packets(film.path))[40:44]:
        content[start : start + size] = np.random.default_rng(start).bytes(size)
    path.write_bytes(content)
    result = mimetic.analyze(path, out=tmp_path / "out")
    assert result.video.damaged_packets > 0
    assert result.video.times_s.size >= 90
    assert result.table("frames").num_rows == result.video.times_s.size
    assert result.track.valid.mean() > 0.9


@pytest.fixture(scope="module")
def parted(tmp_path_factory):
    """Three seconds of a face that is gone from 1.0 to 1.8 s."""

    def hide(frames):
        for frame in frames:
            gone = 1.0 <= frame.time_s < 1.8
            yield dataclasses.replace(
                frame, pixels=np.full_like(frame.pixels, 90) if gone else frame.pixels
            )

    folder = tmp_path_factory.mktemp("parted")
    path = small_film(folder / "parted.mp4", seconds=3.0, change=hide)
    config = mimetic.AnalyzeConfig(rate_hz=50)
    return mimetic.analyze(path, out=folder / "parted", config=config)


def test_a_face_that_leaves_and_returns_is_missing_meanwhile_with_a_reason(parted):
    times_s = parted.video.times_s
    gone = (times_s >= 1.0 - 1e-6) & (times_s < 1.8 - 1e-6)
    assert not parted.track.valid[gone].any()
    assert parted.track.valid[times_s < 0.99].all()
    assert parted.track.valid[times_s > 2.1].all()
    assert len({row["person"] for row in parted.persons}) == 1
    assert np.isnan(parted.track.landmarks_px[gone]).all()
    assert np.isnan(parted.regions.values[gone]).all()
    assert np.isnan(parted.codes.codes[gone]).all()
    reasons = np.array(parted.table("frames")["reason"])
    assert set(reasons[gone]) == {"no_face"}


def test_no_speed_is_measured_across_the_time_in_which_a_face_was_gone(parted):
    dynamics = parted.regions
    speed = dynamics.values[..., dynamics.features.index("speed_ed_s")]
    first = np.flatnonzero(parted.track.valid & (dynamics.times_s > 1.8 - 1e-6))[0]
    assert np.isnan(speed[first]).all()
    assert np.isfinite(speed[first + 1]).all()


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("movements_regular", "displacement_ed"),
        ("movements_regular", "speed_ed_s"),
        ("lids_regular", "aperture_left_ed"),
        ("codes_regular", "code_00"),
    ],
)
def test_gaps_are_never_bridged_in_tables_on_a_regular_clock(parted, name, values):
    table = parted.table(name)
    time_s = table["time_s"].to_numpy()
    column = np.array(table[values].to_pylist(), float)
    assert np.isnan(column[(time_s > 0.97) & (time_s < 1.79)]).all()
    assert np.isfinite(column[time_s < 0.9]).any()


def test_a_folder_that_another_run_is_writing_is_refused_and_stays_whole(capsys, copied, film):
    before = (copied / "manifest.json").read_bytes()
    with FolderLock(copied):
        err = refused(capsys, LockedError, "analyze", film.path, "-o", copied.parent)
    assert f"process {os.getpid()}" in err
    assert (copied / "manifest.json").read_bytes() == before
    assert run(capsys, "analyze", film.path, "-o", copied.parent)[0] == 0


def test_a_folder_of_a_newer_mimetic_is_refused_and_left_alone(capsys, copied, film):
    manifest = json.loads((copied / "manifest.json").read_text())
    (copied / "manifest.json").write_text(json.dumps({**manifest, "schema": 99}))
    for words in (("analyze", film.path, "-o", copied.parent), ("info", copied)):
        assert "pip install -U mimetic" in refused(capsys, SchemaError, *words)
    assert json.loads((copied / "manifest.json").read_text())["schema"] == 99
    assert (copied / "report.html").exists()


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"format": "other"}', b"\xff\xfe\x00"])
def test_a_damaged_manifest_is_told_and_nothing_is_deleted(capsys, copied, film, content):
    (copied / "manifest.json").write_bytes(content)
    err = refused(capsys, StoreError, "analyze", film.path, "-o", copied.parent)
    assert "damaged" in err
    assert (copied / "report.html").exists()
    assert (copied / "arrays.zarr").exists()


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_that_cannot_be_written_is_refused(capsys, film, tmp_path):
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o500)
    refused(capsys, DiskError, "analyze", film.path, "-o", closed)


def test_a_file_in_the_place_of_the_results_is_refused(capsys, film, tmp_path):
    (tmp_path / "out").write_text("mine")
    refused(capsys, StoreError, "analyze", film.path, "-o", tmp_path / "out")
    assert (tmp_path / "out").read_text() == "mine"


def test_a_folder_of_other_things_is_refused_and_left_alone(capsys, film, tmp_path):
    (tmp_path / "out" / "anna").mkdir(parents=True)
    (tmp_path / "out" / "anna" / "thesis.txt").write_text("years")
    err = refused(capsys, StoreError, "analyze", film.path, "-o", tmp_path / "out")
    assert "thesis.txt" in err
    assert [path.name for path in (tmp_path / "out" / "anna").iterdir()] == ["thesis.txt"]


def test_missing_networks_without_network_are_told_soon_with_what_to_copy_where(
    capsys, film, tmp_path, monkeypatch
):
    for name in ("models", "cache"):
        (tmp_path / name).mkdir()
    monkeypatch.setenv("MIMETIC_MODELS", str(tmp_path / "models"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("PIP_INDEX_URL", "http://127.0.0.1:9/simple")
    monkeypatch.setenv("PIP_RETRIES", "0")  # five are usual and take 8 s
    monkeypatch.delenv("PIP_EXTRA_INDEX_URL", raising=False)
    monkeypatch.delenv("PIP_FIND_LINKS", raising=False)
    started = time.monotonic()
    err = refused(capsys, ModelError, "analyze", film.path, "-o", tmp_path / "out")
    assert time.monotonic() - started < 30
    assert "face_landmark_with_attention.tflite" in err
    assert str(tmp_path / "models") in err
    assert "pip download" in err


def test_all_unknown_keys_of_a_configuration_are_told_at_once(capsys, film, tmp_path):
    config = tmp_path / "c.toml"
    config.write_text("persn = 1\n[crop]\nsize = 128\n")
    err = refused(capsys, ConfigError, "analyze", film.path, "--config", config)
    assert "did you mean person?" in err
    assert "did you mean size_px?" in err


@pytest.mark.parametrize(
    "name", ["<script>alert(1)<", 'Ännä & 小明\'s "best" smile', "-o; rm x $HOME", "%s {0} \\n"]
)
def test_any_file_name_is_measured_and_is_only_text_in_the_report(capsys, film, tmp_path, name):
    odd = shutil.copy(film.path, tmp_path / f"{name}.mp4")
    done = tmp_path / "out" / name
    config = tmp_path / "c.toml"
    config.write_text("start_s = 0.0\nend_s = 0.4\n")
    code, err = run(capsys, "analyze", "-o", tmp_path / "out", "--config", config, "--", odd)
    assert code == 0, err
    report = (done / "report.html").read_text()
    assert "<script>alert" not in report
    assert mimetic.open_result(done).source.path == str(odd)


def test_a_very_small_picture_is_refused_as_one_without_a_face(capsys, tmp_path):
    path = small_film(tmp_path / "tiny.mp4", seconds=0.4, size_px=(24, 16))
    err = refused(capsys, NoFaceError, "analyze", path, "-o", tmp_path / "out")
    assert "20 pixels between the eyes" in err


def test_a_portrait_held_upright_is_measured_upright(tmp_path):
    def lie(frames):
        for frame in frames:
            yield dataclasses.replace(frame, pixels=np.rot90(frame.pixels, 1))

    size = {"size_px": (160, 200), "seconds": 0.6}
    upright = mimetic.analyze(small_film(tmp_path / "up.mp4", **size), out=tmp_path / "up")
    path = small_film(tmp_path / "lying.mp4", change=lie, matrix=QUARTER_TURN, **size)
    turned = mimetic.analyze(path, out=tmp_path / "turned")
    assert (turned.video.width_px, turned.video.height_px) == (160, 200)
    np.testing.assert_array_equal(turned.track.landmarks_px, upright.track.landmarks_px)
