"""An analysis that is killed again and again; run as a script.

Arguments: film, result folder, number of kills, seed. Each try runs in a forked
child that ends by SIGKILL, either at once or once it has told of progress: before one
of its next file operations, drawn at random, half of the time with the file it was
writing cut short; or, every third try, by the clock. The last child is left
alone. Prints a line of JSON: after each kill, the stage that was being made and
the rows confirmed by then.
"""

import json
import os
import signal
import sys
import time
from functools import partial
from pathlib import Path

import cv2
import numpy as np

import mimetic
from tests.io.killed import die_at

LONGEST_S = 1.0


def confirmed(out):
    """The last stage that was begun, and the rows that the manifest confirms in all stages."""
    manifest = out / "manifest.json"
    stages = json.loads(manifest.read_text())["stages"] if manifest.exists() else {}
    return list(stages)[-1:], sum(stage["rows"] for stage in stages.values())


def die_by_clock(seconds):
    """Kill this process after a while, whatever it is doing then."""
    victim = os.getpid()
    if os.fork() == 0:
        time.sleep(seconds)
        if os.getppid() == victim:  # it may have come to its end meanwhile
            os.kill(victim, signal.SIGKILL)
        os._exit(0)


def work(film, out, *, die, patience):
    """Analyze; ``die`` is called once progress was told ``patience`` times."""
    left = [patience]

    def told(stage, share):
        left[0] -= 1
        if left[0] == 0:
            die()

    if patience == 0:
        die()
    mimetic.analyze(film, out=out, progress=told)


def death(draw, attempt):
    """One way to die, and for how many words of progress to wait before."""
    operation, cut = int(10 ** draw.uniform(0, 2)), float(draw.random())
    seconds, patience = float(draw.uniform(0, LONGEST_S)), int(draw.integers(2))
    if attempt % 3 == 2:
        return partial(die_by_clock, seconds), patience
    return partial(die_at, operation, cut), patience


def main(film, out, kills, seed):
    cv2.setNumThreads(1)
    draw = np.random.default_rng(seed)
    told = []
    for attempt in range(kills + 1):
        die, patience = death(draw, attempt)
        child = os.fork()
        if child == 0:
            work(film, out, die=die, patience=patience if attempt < kills else -1)
            os._exit(0)
        status = os.waitpid(child, 0)[1]
        if os.WIFSIGNALED(status):
            told.append(confirmed(out))
        elif os.WEXITSTATUS(status) != 0:
            sys.exit(f"attempt {attempt} failed")
    sys.stdout.write(json.dumps(told))


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4]))
