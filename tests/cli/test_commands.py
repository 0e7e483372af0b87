import json
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import mimetic
from mimetic.cli import main
from mimetic.datasets.virtual import Camera, Program, VirtualFace, write_video
from mimetic.errors import (
    ArgumentError,
    ConfigError,
    NoFaceError,
    OtherVideoError,
    PersonError,
    StoreError,
    VideoError,
)
from mimetic.io.overlay import VideoWriter


def run(capsys, *words):
    code = main([str(word) for word in words])
    told = capsys.readouterr()
    return code, told.out, told.err


def answer(capsys, *words):
    """What a command prints with --json."""
    code, out, err = run(capsys, *words, "--json")
    assert code == 0, err
    told = json.loads(out)
    assert {"schema", "command", "provenance"} <= set(told)
    return told


@pytest.fixture
def copied(result, tmp_path):
    return shutil.copytree(result.path, tmp_path / "out" / "anna")


def test_analyze_names_the_report_and_uses_what_is_there(capsys, copied, film):
    code, out, _ = run(capsys, "analyze", film.path, "-o", copied.parent)
    assert code == 0
    assert str(copied / "report.html") in out


def test_analyze_as_json_gives_a_row_a_video(capsys, copied, film):
    told = answer(capsys, "analyze", film.path, "-o", copied.parent)
    (row,) = told["videos"]
    assert row["frames"] == film.truth.times_s.size
    assert row["tracked"] == 1.0
    assert row["error"] == ""


def test_a_folder_stands_for_its_videos_and_failures_do_not_stop_the_rest(
    capsys, copied, film, tmp_path
):
    folder = tmp_path / "films"
    folder.mkdir()
    shutil.copy(film.path, folder)
    (folder / "broken.mp4").write_bytes(b"no video at all")
    code, out, err = run(capsys, "analyze", folder, "-o", copied.parent)
    assert code == VideoError.exit_code
    assert "broken" in err
    assert "anna" in out


def test_two_videos_are_measured_side_by_side(capsys, copied, film, tmp_path):
    again = shutil.copy(film.path, tmp_path / "berta.mp4")
    shutil.copytree(copied, copied.parent / "berta")
    told = answer(capsys, "analyze", film.path, again, "-o", copied.parent, "--jobs", 2)
    assert {row["video"] for row in told["videos"]} == {"anna", "berta"}
    assert not any(row["error"] for row in told["videos"])


def test_settings_come_from_a_file_and_flags_win(capsys, copied, film, tmp_path):
    (tmp_path / "c.toml").write_text("neutral_s = 1.0\n[space]\ncomponents = 5\n")
    words = ("analyze", film.path, "-o", copied.parent, "--config", tmp_path / "c.toml")
    answer(capsys, *words, "--neutral", "3.0")
    told = mimetic.open_result(copied)
    assert told.facts("neutral")["time_s"] == pytest.approx(3.0, abs=0.021)
    assert told.codes.codes.shape[1] == 5


def test_the_report_prints_the_command_that_repeats_it(copied, film):
    assert f"mimetic analyze {film.path}" in (copied / "report.html").read_text()


def test_track_lists_the_persons(capsys, copied, film):
    told = answer(capsys, "track", film.path, "-o", copied)
    assert [row["person"] for row in told["persons"]] == [1]
    assert told["persons"][0]["chosen"] is True


def test_info_says_what_is_there(capsys, result):
    code, out, _ = run(capsys, "info", result.path)
    assert code == 0
    assert "anna.mp4" in out
    assert answer(capsys, "info", result.path)["frames"] == result.video.times_s.size


@pytest.mark.parametrize("kind", ["csv", "openface", "mat", "h5", "nwb"])
def test_export_writes_files_that_exist(capsys, result, tmp_path, kind):
    told = answer(capsys, "export", result.path, "--format", kind, "-o", tmp_path / "x")
    assert told["files"]
    for name in told["files"]:
        assert Path(name).stat().st_size > 0


def test_models_and_doctor_say_that_all_is_well(capsys):
    assert all(one["verified"] for one in answer(capsys, "models", "--fetch")["networks"])
    checks = answer(capsys, "doctor")["checks"]
    assert all(one["works"] for one in checks if one["needed"])
    assert run(capsys, "doctor")[0] == 0
    assert run(capsys, "models")[0] == 0


def test_doctor_names_the_line_that_mends_what_is_missing(capsys, monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.delenv("MIMETIC_MODELS", raising=False)
    code, out, _ = run(capsys, "doctor")
    assert code == 1
    assert "mimetic models --fetch" in out
    code, out, _ = run(capsys, "models")
    assert code == 1
    assert "missing" in out


def test_version_and_help_answer(capsys):
    assert mimetic.__version__ in run(capsys, "--version")[1]
    assert "analyze" in run(capsys, "--help")[1]


@pytest.fixture(scope="module")
def noise(tmp_path_factory):
    path = tmp_path_factory.mktemp("noise") / "noise.mp4"
    rng = np.random.default_rng(0)
    with VideoWriter(path, 96, 64) as writer:
        for number in range(5):
            writer.write(rng.integers(0, 255, (64, 96, 3), dtype=np.uint8), number / 25)
    return path


# One thing wrong each: the class of error, then the words; names in capitals are filled in.
WRONG = {
    "no such video": (VideoError, "analyze NOWHERE/none.mp4 -o OUT"),
    "an empty folder": (VideoError, "analyze NOWHERE -o OUT"),
    "no face": (NoFaceError, "analyze NOISE -o NOWHERE"),
    "an unknown key": (ConfigError, "analyze FILM -o OUT --config BAD"),
    "nobody of that number": (PersonError, "analyze FILM -o OUT --person 9"),
    "a rate of zero": (ArgumentError, "analyze FILM -o OUT --rate-hz 0"),
    "pictures per second of a video": (ArgumentError, "analyze FILM -o OUT --images-hz 25"),
    "another video": (OtherVideoError, "track NOISE -o OUT/anna"),
    "no result folder": (StoreError, "info NOWHERE"),
    "an unknown format": (ArgumentError, "export OUT/anna --format docx"),
    "a merge of nobody": (PersonError, "track OUT/anna --merge 1 2"),
    "a swap without a time": (ArgumentError, "track OUT/anna --swap 1 2"),
    "a time without a swap": (ArgumentError, "track FILM -o OUT/anna --at 2"),
    "a merge of a stretch": (ArgumentError, "track OUT/anna --merge 1 2 --start 1"),
    "a merge with a person": (ArgumentError, "track OUT/anna --merge 1 2 --person 1"),
}


@pytest.mark.parametrize("name", WRONG)
def test_what_is_wrong_is_said_in_one_message_with_its_own_exit_code(
    capsys, name, film, copied, noise, tmp_path
):
    (tmp_path / "empty").mkdir()
    (tmp_path / "bad.toml").write_text("neutral = 3\n")
    names = {"FILM": film.path, "NOISE": noise, "OUT": copied.parent}
    names |= {"NOWHERE": tmp_path / "empty", "BAD": tmp_path / "bad.toml"}
    kind, words = WRONG[name]
    for short, path in names.items():
        words = words.replace(short, str(path))
    before = mimetic.open_result(copied).stages
    code, _, err = run(capsys, *words.split())
    assert code == kind.exit_code
    assert err.startswith("mimetic: ")
    assert "Traceback" not in err
    assert mimetic.open_result(copied).stages == before


@pytest.mark.parametrize(
    "words", [("analyse", "x.mp4"), ("analyze",), ("analyze", "x.mp4", "--jobs", "0"), ("export",)]
)
def test_a_word_that_the_program_does_not_know_is_a_usage_error(capsys, words):
    code, _, err = run(capsys, *words)
    assert code == 2
    assert "Usage" in err


def test_ctrl_c_says_that_finished_chunks_are_kept(capsys, monkeypatch, film, tmp_path):
    def stop(*words, **named):
        raise KeyboardInterrupt

    monkeypatch.setattr("mimetic.pipeline.analysis.run_tracking", stop)
    code, _, err = run(capsys, "analyze", film.path, "-o", tmp_path)
    assert code == 130
    assert "the same command goes on" in err


def test_a_full_disk_says_so_and_other_faults_are_not_hidden(capsys, monkeypatch, film, tmp_path):
    def refuse(number):
        def fail(*words, **named):
            raise OSError(number, "no")

        monkeypatch.setattr("mimetic.pipeline.analysis.run_tracking", fail)

    refuse(28)
    code, _, err = run(capsys, "analyze", film.path, "-o", tmp_path)
    assert code == 34
    assert "make room" in err
    refuse(5)
    with pytest.raises(OSError, match="no"):
        main(["analyze", str(film.path), "-o", str(tmp_path)])


def test_the_installed_program_leaves_with_the_exit_code(tmp_path):
    done = subprocess.run(
        [sys.executable, "-m", "mimetic.cli", "info", str(tmp_path)],
        capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    assert done.returncode == StoreError.exit_code
    assert "expected a result folder" in done.stderr


@pytest.mark.parametrize("kind", ["csv", "openface", "mat", "h5", "nwb"])
def test_a_face_that_never_blinks_can_be_exported(capsys, tmp_path, kind):
    recording = VirtualFace().record(
        Program.single("jaw_open"), Camera(rate_hz=15, size_px=(200, 200))
    )
    write_video(recording, tmp_path / "still.mp4")
    told = mimetic.analyze(tmp_path / "still.mp4", out=tmp_path / "still")
    assert told.table("blinks").num_rows == 0
    answer(capsys, "export", told.path, "--format", kind, "-o", tmp_path / "x")
