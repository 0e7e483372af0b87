"""Work on a result folder that is killed at random moments; run as a script.

Arguments: folder, number of kills, seed, settings. Each try runs in a forked child that
kills itself with SIGKILL before one of its file operations, drawn at random, and
half of the time leaves the file it was writing cut short. The last child is
left alone. Prints how many children were killed.
"""

import os
import signal
import sys
from pathlib import Path

import numpy as np

from mimetic.io.store import CHUNK, ResultFolder, Source
from tests.io import folders

FRAMES = 5 * CHUNK + 77
EVENTS = ("open", "os.rename", "os.remove", "os.rmdir", "os.mkdir", "os.truncate")


def work(path, settings="c"):
    """Two stages and a table; each chunk depends on all chunks before through the state."""
    with ResultFolder.create_or_open(path, source=Source("anna.mp4", folders.SHA)) as folder:
        track = folder.stage("track", config_hash=settings, inputs=(folders.SHA,))
        if not track.done:
            follow(folder, track)
        crop = folder.stage("crop", config_hash="c", inputs=(track.hash,))
        if not crop.done:
            for start in range(crop.rows, FRAMES, CHUNK):
                level = track.read("level", start=start, stop=start + CHUNK)
                clip = folders.clip(level.size, size=4, start=start)
                crop.append({"level": level * 2}, records={"clip": clip})
            crop.write_record("events", folders.EVENTS)
            crop.write_table("frames", {"level": crop.read("level")}, csv=True)
            crop.finish(
                {"spare": np.ones(9)}, facts={"frames": crop.rows}, provenance=folders.PROVENANCE
            )
        folder.clear_scratch()
        folder.drop("crop", fields=["clip/pixels", "spare"], files=["tables/frames.csv"])


def follow(folder, stage):
    saved = stage.state()
    level = 0.0 if saved is None else float(saved["level"])
    scratch = folder.scratch("track")
    for start in range(stage.rows, FRAMES, CHUNK):
        time = np.arange(start, min(start + CHUNK, FRAMES))
        steps = level + np.cumsum(np.sin(time) / 3)
        level = float(steps[-1])
        (scratch / f"{start}.bin").write_bytes(steps.tobytes())
        late = {"late": steps.astype("f4")} if start >= 2 * CHUNK else {}
        stage.append({"level": steps, "valid": steps > 0, **late}, state={"level": steps[-1:][0]})
    pieces = [np.frombuffer(f.read_bytes()).sum() for f in sorted(scratch.iterdir())]
    stage.finish({"sums": np.array(pieces)}, facts={"level": level})


def die_at(operation, cut):
    """Kill this process before its n-th file operation."""
    seen = [0]
    fsync = os.fsync

    def count(event, arguments):
        writes = event != "open" or (arguments[2] or 0) & (os.O_WRONLY | os.O_RDWR)
        if event in EVENTS and writes:
            seen[0] += 1
            if seen[0] == operation:
                os.kill(os.getpid(), signal.SIGKILL)

    def cut_short(handle):
        if seen[0] + 1 == operation and cut < 0.5:
            try:
                os.ftruncate(handle, int(os.fstat(handle).st_size * 2 * cut))
            except OSError:
                return  # a folder, or opened for reading
            os.kill(os.getpid(), signal.SIGKILL)
        fsync(handle)

    os.fsync = cut_short
    sys.addaudithook(count)


def main(path, kills, seed, settings):
    draw = np.random.default_rng(seed)
    killed = 0
    for attempt in range(kills + 1):
        # Few operations from the start of a run as well as many: both ends are reached.
        operation, cut = int(10 ** draw.uniform(0, 2.5)), float(draw.random())
        child = os.fork()
        if child == 0:
            if attempt < kills:
                die_at(operation, cut)
            work(path, settings)
            os._exit(0)
        status = os.waitpid(child, 0)[1]
        killed += os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL
        if not os.WIFSIGNALED(status) and os.WEXITSTATUS(status) != 0:
            sys.exit(f"attempt {attempt} failed")
    sys.stdout.write(f"{killed}\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]), sys.argv[4])
