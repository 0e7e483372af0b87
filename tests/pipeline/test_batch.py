import os
import shlex
import signal
from concurrent.futures import Future
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path

import pytest

from mimetic.cli import main
from mimetic.errors import VideoError
from mimetic.pipeline import AnalyzeConfig, batch
from mimetic.pipeline.repeat import how_to_repeat


def touched(folder, *names):
    folder.mkdir(exist_ok=True)
    for name in names:
        (folder / name).touch()
    return folder


def test_a_folder_stands_for_its_videos_in_order(tmp_path):
    folder = touched(tmp_path / "films", "b.mp4", "a.MOV", "notes.txt")
    found = batch.find_inputs([folder], tmp_path / "out")
    assert [(one.name, one.out) for one in found] == [
        ("a", tmp_path / "out" / "a"),
        ("b", tmp_path / "out" / "b"),
    ]


def test_a_folder_of_pictures_is_one_recording(tmp_path):
    folder = touched(tmp_path / "walk", "1.png", "2.png")
    assert [one.path for one in batch.find_inputs([folder], tmp_path)] == [folder]


def test_videos_of_one_name_get_folders_of_their_own(tmp_path):
    folder = touched(tmp_path / "films", "a.mp4", "a.mov")
    assert [one.name for one in batch.find_inputs([folder], tmp_path)] == ["a-mov", "a-mp4"]


def test_the_same_video_named_twice_is_measured_once(tmp_path):
    assert len(batch.find_inputs([tmp_path / "a.mp4", tmp_path / "a.mp4"], tmp_path)) == 1


def test_names_that_would_share_a_folder_are_refused(tmp_path):
    paths = [touched(tmp_path / name, "a.mp4") for name in ("one", "two")]
    with pytest.raises(VideoError, match="would share a result folder: a"):
        batch.find_inputs([path / "a.mp4" for path in paths], tmp_path)


def test_a_folder_with_nothing_to_measure_is_refused(tmp_path):
    with pytest.raises(VideoError, match="found neither"):
        batch.find_inputs([touched(tmp_path / "notes", "a.txt")], tmp_path)


def test_a_folder_that_cannot_be_read_is_refused(tmp_path, monkeypatch):
    def refuse(self):
        raise PermissionError(13, "no")

    monkeypatch.setattr(Path, "iterdir", refuse)
    with pytest.raises(VideoError, match="expected a readable folder"):
        batch.find_inputs([tmp_path], tmp_path)


def test_a_process_that_was_killed_is_a_row_that_says_so(tmp_path):
    future = Future()
    future.set_exception(BrokenProcessPool("killed"))
    one = batch.Input(name="a", path=tmp_path, out=tmp_path / "a")
    row = batch._row_of(future, one)
    assert row["video"] == "a"
    assert "run the same command again" in row["error"]
    assert row["exit_code"] == 1


def kill_myself(one, config):
    os.kill(os.getpid(), signal.SIGKILL)


def test_killed_workers_do_not_take_the_batch_with_them(tmp_path, monkeypatch):
    monkeypatch.setattr(batch, "measure", kill_myself)
    inputs = [
        batch.Input(name=name, path=tmp_path, out=tmp_path / name) for name in ("a", "b", "c")
    ]
    rows = list(batch.run_batch(inputs, AnalyzeConfig(), jobs=2))
    assert {row["video"] for row in rows} == {"a", "b", "c"}
    assert all(row["error"] for row in rows)


def test_the_words_that_repeat_a_result_are_a_command_that_parses(tmp_path):
    config = AnalyzeConfig(start_s=1.5, csv=True, keep_pixels=False)
    words = how_to_repeat("my films/a.mp4", tmp_path / "a", config)
    assert words.startswith("mimetic analyze 'my films/a.mp4'")
    assert "--start 1.5" in words
    assert "--no-pixels" in words
    assert "--config" not in words
    # Nothing of it is unknown: the program gets as far as looking for the video.
    assert main(shlex.split(words)[1:]) == VideoError.exit_code


def test_settings_without_a_flag_are_named_by_their_file(tmp_path):
    words = how_to_repeat("a.mp4", tmp_path / "a", AnalyzeConfig(flow_method="dis"))
    assert f"--config {tmp_path / 'a' / 'settings.toml'}" in words


def test_a_folder_of_another_name_is_repeated_in_python(tmp_path):
    words = how_to_repeat("a.mp4", tmp_path / "anna", AnalyzeConfig())
    assert words == f"mimetic.analyze('a.mp4', out={str(tmp_path / 'anna')!r})"
