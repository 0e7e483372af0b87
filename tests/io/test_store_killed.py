import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from mimetic.io.result import open_result
from tests.io import folders, killed

ROOT = Path(__file__).parents[2]


def content(path):
    """Every file of a result folder; nothing may be left over and nothing may differ."""
    return {
        str(file.relative_to(path)): file.read_bytes()
        for file in sorted(path.rglob("*"))
        if file.is_file()
    }


def run(path, kills, seed, settings="c"):
    done = subprocess.run(
        [
            sys.executable,
            "-W",
            "error",
            "-m",
            "tests.io.killed",
            str(path),
            str(kills),
            str(seed),
            settings,
        ],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return int(done.stdout)


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory):
    path = tmp_path_factory.mktemp("undisturbed") / "r"
    killed.work(path)
    return content(path)


def test_an_undisturbed_run_holds_the_whole_recording(undisturbed, tmp_path):
    killed.work(tmp_path / "r")
    assert content(tmp_path / "r") == undisturbed
    result = open_result(tmp_path / "r")
    whole = folders.clip(killed.FRAMES, size=4)
    np.testing.assert_array_equal(result.array("crop", "clip/alignment"), whole.alignment)


def test_a_run_killed_four_times_ends_with_the_same_bits(undisturbed, tmp_path):
    assert run(tmp_path / "r", 4, seed=1) == 4
    assert content(tmp_path / "r") == undisturbed


def test_a_finished_result_made_anew_and_killed_four_times_ends_with_the_same_bits(
    undisturbed, tmp_path
):
    killed.work(tmp_path / "r", "other")
    assert run(tmp_path / "r", 4, seed=3) == 4
    assert content(tmp_path / "r") == undisturbed


@pytest.mark.slow
def test_twelve_runs_killed_a_hundred_times_end_with_the_same_bits(undisturbed, tmp_path):
    kills = 0
    for seed in range(2, 14):
        kills += run(tmp_path / str(seed), 30, seed)
        assert content(tmp_path / str(seed)) == undisturbed
    assert kills >= 100


@pytest.mark.slow
def test_a_run_killed_by_the_clock_ends_with_the_same_bits(undisturbed, tmp_path):
    draw = np.random.default_rng(5)
    kills = 0
    for _ in range(40):
        child = subprocess.Popen(
            [sys.executable, "-m", "tests.io.killed", str(tmp_path / "r"), "0", "0", "c"],
            cwd=ROOT,
            stdout=subprocess.DEVNULL,
            start_new_session=True,
        )
        started = tmp_path / "r" / "lock.json"
        while child.poll() is None and not started.exists():
            time.sleep(0.001)
        time.sleep(draw.uniform(0, 0.1))
        if child.poll() is None:
            os.killpg(child.pid, signal.SIGKILL)
            kills += 1
        child.wait()
    assert kills >= 20
    killed.work(tmp_path / "r")
    assert content(tmp_path / "r") == undisturbed
