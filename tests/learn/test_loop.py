import dataclasses
import os
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch

from mimetic.errors import ArgumentError
from mimetic.learn.curve import read_curve
from mimetic.learn.loop import CHECKPOINT, CURVE
from mimetic.learn.place import find_place
from mimetic.learn.settings import LoopSettings
from tests.learn import lines

ROOT = Path(__file__).parents[2]
torch.set_num_threads(1)


class GoneError(Exception):
    pass


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory):
    out = tmp_path_factory.mktemp("lines") / "run"
    return out, lines.run(out)


def same_weights(one, other):
    return all(np.array_equal(one.weights[name], other.weights[name]) for name in one.weights)


def test_a_line_is_learnt_and_the_curve_says_so(undisturbed):
    out, result = undisturbed
    rows = read_curve(out / CURVE)
    assert [row["step"] for row in rows] == [7, 14, 20, 21, 28, 35, 40]
    assert rows == result.rows
    assert rows[-1]["loss"] < rows[0]["loss"] / 2
    assert rows[-1]["error"] < 0.05
    assert [row["step"] for row in rows if "error" in row] == [20, 40]


def test_the_same_seed_gives_the_same_weights_and_another_seed_others(undisturbed, tmp_path):
    again = lines.run(tmp_path / "again")
    other = lines.run(tmp_path / "other", settings=dataclasses.replace(lines.SETTINGS, seed=1))
    assert same_weights(undisturbed[1], again)
    assert not same_weights(undisturbed[1], other)


@pytest.mark.parametrize("step", [3, 9, 25, 39])
def test_a_run_that_broke_off_goes_on_to_the_same_curve(undisturbed, tmp_path, step):
    def fail(at):
        if at == step:
            raise GoneError

    with pytest.raises(GoneError):
        lines.run(tmp_path, before_step=fail)
    result = lines.run(tmp_path, resume=True)
    assert (tmp_path / CURVE).read_bytes() == (undisturbed[0] / CURVE).read_bytes()
    assert same_weights(result, undisturbed[1])


def test_a_killed_process_goes_on_to_the_same_curve(undisturbed, tmp_path):
    done = subprocess.run(
        [sys.executable, "-W", "error", "-m", "tests.learn.lines", str(tmp_path), "33"],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == -signal.SIGKILL, done.stderr
    lines.run(tmp_path, resume=True)
    assert (tmp_path / CURVE).read_bytes() == (undisturbed[0] / CURVE).read_bytes()


def test_a_batch_made_a_step_ahead_is_the_same_batch(undisturbed, tmp_path):
    settings = dataclasses.replace(lines.SETTINGS, workers=1)
    assert same_weights(lines.run(tmp_path, settings=settings), undisturbed[1])


def test_a_finished_run_resumed_has_nothing_left_to_do(undisturbed):
    def fail(step):
        raise GoneError

    result = lines.run(undisturbed[0], before_step=fail, resume=True)
    assert same_weights(result, undisturbed[1])


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_the_wish_to_stop_saves_the_step_first(undisturbed, tmp_path, number):
    settings = dataclasses.replace(lines.SETTINGS, save_every=0)

    def ask(step):
        if step == 12:
            os.kill(os.getpid(), number)

    before = signal.getsignal(number)
    with pytest.raises(KeyboardInterrupt):
        lines.run(tmp_path, before_step=ask, settings=settings)
    assert signal.getsignal(number) == before
    with np.load(tmp_path / CHECKPOINT) as archive:
        assert b'"step": 13' in archive["about"].tobytes()
    assert same_weights(lines.run(tmp_path, resume=True, settings=settings), undisturbed[1])


def test_a_second_wish_to_stop_acts_at_once(tmp_path):
    def ask(step):
        os.kill(os.getpid(), signal.SIGINT)
        os.kill(os.getpid(), signal.SIGINT)

    with pytest.raises(KeyboardInterrupt):
        lines.run(tmp_path, before_step=ask)
    assert not (tmp_path / CHECKPOINT).exists()


def test_a_begun_run_is_not_begun_again_by_mistake(undisturbed):
    with pytest.raises(ArgumentError, match="choose another folder"):
        lines.run(undisturbed[0])


def test_a_loss_that_is_not_finite_names_the_rate_and_the_step(tmp_path):
    settings = LoopSettings(steps=60, rate=1e30, warmup_steps=0, clip_norm=0)
    with pytest.raises(ArgumentError, match="lower the rate of the recipe"):
        lines.run(tmp_path, settings=settings)


def test_settings_that_cannot_be_are_told_all_at_once():
    with pytest.raises(ArgumentError, match=r"steps.*clip_norm.*average.*schedule.*workers"):
        LoopSettings(steps=0, clip_norm=-1, average=1, schedule="sine", workers=9)


def test_the_rate_rises_and_falls_as_its_schedule_says():
    cosine = LoopSettings(steps=100, rate=1.0, warmup_steps=9)
    assert [cosine.rate_at(step) for step in (0, 50)] == pytest.approx([0.1, 0.5])
    assert cosine.rate_at(99) < 0.001
    halving = LoopSettings(steps=60, rate=1.0, warmup_steps=0, schedule="halving")
    assert [halving.rate_at(step) for step in (29, 30, 40, 50)] == [1, 0.5, 0.25, 0.125]
    assert LoopSettings(steps=9, rate=1.0, warmup_steps=0, schedule="constant").rate_at(8) == 1


def test_a_device_that_is_not_here_is_refused():
    with pytest.raises(ArgumentError, match="device: expected auto or a device"):
        find_place("warp drive")
    with pytest.raises(ArgumentError, match="device: expected auto or a device"):
        find_place("cuda:99")
    assert find_place("cpu").device.type == "cpu"


def test_training_leaves_the_generators_of_torch_alone(tmp_path):
    before = torch.get_rng_state()
    lines.run(tmp_path)
    assert torch.equal(before, torch.get_rng_state())


@pytest.mark.slow
def test_two_processes_end_with_one_set_of_weights_and_can_be_resumed(tmp_path):
    for fatal, resume in ((15, ""), (0, "resume")):
        done = subprocess.run(
            [sys.executable, "-m", "torch.distributed.run", "--nproc-per-node=2", "-m",
             "tests.learn.lines", str(tmp_path), str(fatal), resume],
            cwd=ROOT, capture_output=True, text=True, check=False, env=os.environ,
        )  # fmt: skip
        assert (done.returncode == 0) == (fatal == 0), done.stderr
    rows = read_curve(tmp_path / CURVE)
    assert rows[-1]["step"] == lines.STEPS
    assert rows[-1]["loss"] < rows[0]["loss"]
