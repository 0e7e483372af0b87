import importlib.util
import json

import pytest

from mimetic.cli.app import main
from mimetic.errors import ConfigError, MissingExtra, VideoError
from tests.flow.recipes import RECIPE, faces

SMALL = [
    "--device", "cpu", "--set", "loop.steps=2", "--set", "data.pairs=1", "--set",
    "data.test_pairs=1",
]  # fmt: skip


@pytest.fixture
def recipe(tmp_path):
    (tmp_path / "tiny.toml").write_text(RECIPE)
    return str(tmp_path / "tiny.toml")


def test_a_folder_without_a_clip_or_picture_is_told(recipe, tmp_path, capsys):
    (tmp_path / "empty").mkdir()
    out = str(tmp_path / "out")
    code = main(["flow", "train", recipe, "--data", str(tmp_path / "empty"), "-o", out])
    assert code == VideoError.exit_code
    assert "expected a folder with clips or pictures of faces" in capsys.readouterr().err


def test_an_unknown_key_of_a_recipe_is_told(recipe, tmp_path, capsys):
    code = main(["flow", "train", recipe, "-o", str(tmp_path / "o"), "--set", "data.jiter_px=1"])
    assert code == ConfigError.exit_code
    assert "did you mean jitter_px" in capsys.readouterr().err


def test_without_torch_the_line_that_installs_it_is_told(recipe, monkeypatch, capsys):
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    assert main(["flow", "train", recipe]) == MissingExtra.exit_code
    assert 'pip install "mimetic[neural]"' in capsys.readouterr().err


def test_an_output_that_is_a_file_is_told(recipe, capsys):
    assert main(["flow", "train", recipe, "-o", recipe]) == 2
    assert "is a file" in capsys.readouterr().err


def test_without_data_virtual_people_are_learnt_from(recipe, tmp_path, capsys, monkeypatch):
    monkeypatch.setattr("mimetic.pipeline.faces.virtual_faces", lambda count, *, seed: faces())
    out = tmp_path / "net"
    assert main(["flow", "train", recipe, "-o", str(out), "--json", *SMALL]) == 0
    told = capsys.readouterr()
    answer = json.loads(told.out)
    assert answer["command"] == "flow train"
    assert answer["network"] == "flownets"
    assert answer["steps"] == 2
    assert "virtual people" in told.err
    assert not (out / "cache").exists()
    assert main(["flow", "train", recipe, "-o", str(out), "--resume", *SMALL]) == 0
    assert str(out) in capsys.readouterr().out
