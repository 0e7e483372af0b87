"""A training small enough to be run many times, and killed; also a script that runs it.

Arguments of the script: folder, the step before which the process kills itself (0: never),
"resume" to go on.
"""

import os
import signal
import sys
from pathlib import Path

import numpy as np
import torch
from torch import nn

from mimetic.learn.loop import run_loop
from mimetic.learn.settings import LoopSettings

STEPS = 40
SETTINGS = LoopSettings(
    steps=STEPS, rate=0.03, warmup_steps=4, average=0.9, report_every=7, evaluate_every=20,
    save_every=9,
)  # fmt: skip
TRUTH = torch.tensor([[1.0, -2.0]])


class LineTask:
    """Learn y = x1 - 2 x2 with a network that drops half of its inner units."""

    fingerprint = "lines"

    def __init__(self, before_step=lambda step: None):
        with torch.random.fork_rng():
            torch.manual_seed(0)
            self.network = nn.Sequential(nn.Linear(2, 8), nn.Dropout(0.2), nn.Linear(8, 1))
        self.before_step = before_step

    def batch(self, step, *, rng, device):
        self.before_step(step)
        x = torch.from_numpy(rng.normal(size=(16, 2)).astype(np.float32)).to(device)
        return x, x @ TRUTH.T

    def loss(self, network, batch):
        x, y = batch
        error = ((network(x) - y) ** 2).mean()
        return error, {"largest": (network(x) - y).abs().max()}

    def evaluate(self, network):
        x = torch.eye(2)
        return {"error": float(((network(x) - x @ TRUTH.T) ** 2).mean())}


def run(out, *, before_step=lambda step: None, resume=False, settings=SETTINGS):
    out.mkdir(parents=True, exist_ok=True)
    return run_loop(LineTask(before_step), settings, out, device="cpu", resume=resume)


def main(out, fatal, resume):
    def die(step):
        if fatal and step == fatal:
            os.kill(os.getpid(), signal.SIGKILL)

    torch.set_num_threads(1)
    run(out, before_step=die, resume=resume)


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), "resume" in sys.argv)
