"""``mimetic bench speed``: CPU time by stage, rivals in the same run, and memory of long video."""

from __future__ import annotations

import importlib.util
import tempfile
import time
from collections.abc import Callable, Iterable
from itertools import pairwise
from pathlib import Path
from typing import Any

import av
import cv2
import numpy as np

from mimetic.bench.cells import NOT_RUN, Cells, in_own_process
from mimetic.bench.tables import Table, markdown
from mimetic.datasets.virtual import Camera, Person, Program, VirtualFace, write_video
from mimetic.flow.predict import FlowEstimator
from mimetic.io.layout import CROP, MOTION, PERSON, TEMPLATE, TRACK
from mimetic.io.result import open_result
from mimetic.io.video import Video
from mimetic.person.fit import feature_rows
from mimetic.person.linear import PersonModel
from mimetic.person.weights import PersonConfig
from mimetic.pipeline.batch import Input, measure
from mimetic.pipeline.settings import AnalyzeConfig

SECONDS, QUICK_SECONDS = 60.0, 10.0
SIZE_PX, RATE_HZ = (640, 360), 30.0
SEED = 7
ROUNDS = 3
MEMORY_MIB, GROWTH_MIB, TRACK_MS, FRAME_MS = 800, 60, 6.0, 1e3 / RATE_HZ  # the bars
FLOW_METHODS = ("closed-form", "dis-vr-fast", "dis", "dis-vr")
FLOW_PAIRS = 100


def bench_speed(out: Path, *, minutes: float = 10.0, quick: bool = False) -> dict[str, Any]:
    """Fill the table of CPU time and memory, cell by cell, on a virtual 640x360 video at 30 Hz.

    ``quick`` takes ten seconds of video and leaves the long one out.
    """
    seconds = QUICK_SECONDS if quick else SECONDS
    settings = {"seconds": seconds, "size_px": SIZE_PX, "rate_hz": RATE_HZ, "minutes": minutes}
    cells = Cells(out, "speed", settings)
    with tempfile.TemporaryDirectory(prefix="mimetic-bench-") as temporary:
        folder = Path(temporary)
        short = film(folder / "short.mp4", seconds)
        one = Input(name="short", path=short, out=folder / "short")
        cells.run("analyze", lambda: in_own_process(_analyze, one))
        if not one.out.exists():
            in_own_process(_analyze, one)
        cells.run("decode", lambda: _compare(_decoders(short), ROUNDS))
        cells.run("flow", lambda: _compare(_flows(one.out), ROUNDS))
        cells.run("components", lambda: _compare(_components(one.out), 1))
        if not quick:
            cells.run("memory", lambda: _memory(short, folder, minutes))
    return cells.content()


def film(path: Path, seconds: float) -> Path:
    """A virtual person's recording as a video file."""
    face = VirtualFace(person=Person(seed=SEED))
    camera = Camera(rate_hz=RATE_HZ, size_px=SIZE_PX, noise_sigma=1.0)
    write_video(face.record(Program.random(SEED, seconds), camera, seed=SEED), path)
    return path


def lengthen(path: Path, out: Path, times: int) -> Path:
    """The video shown ``times`` times in a row, its packets copied as they are."""
    with av.open(str(path)) as source, av.open(str(out), "w") as target:
        stream = source.streams.video[0]
        copy = target.add_stream_from_template(stream)
        length = int(stream.duration or 0)
        for turn in range(times):
            source.seek(0)
            for packet in source.demux(stream):
                if packet.dts is None or packet.pts is None:
                    continue
                packet.pts += turn * length
                packet.dts += turn * length
                packet.stream = copy
                target.mux(packet)
    return out


def render(table: Table) -> str:
    """The tables of the docs: bars, stages, rivals."""
    cells = table["cells"]
    parts = [markdown(_bars(cells), {"what": "what", "bar": "bar", "measured": "measured"})]
    if "analyze" in cells:
        stages = cells["analyze"]["stages_ms"]
        rows = [{"stage": name, "ms": ms} for name, ms in stages.items()]
        parts.append(markdown(rows, {"stage": "stage", "ms": "CPU ms a frame"}))
    rivals = [
        {"what": what, "method": name, **figures}
        for what in ("decode", "flow", "components")
        for name, figures in cells.get(what, {}).items()
    ]
    columns = {"what": "what", "method": "method", "cpu_ms": "CPU ms a frame", "ratio": "ratio"}
    parts.append(markdown(rivals, columns))
    return "\n".join(parts)


def _bars(cells: dict[str, Any]) -> list[dict[str, Any]]:
    found = cells.get("analyze", {})
    memory = cells.get("memory", {})
    return [
        {
            "what": "decode and track, CPU ms a frame at 640x360",
            "bar": f"at most {TRACK_MS:g}",
            "measured": found.get("decode_track_ms", NOT_RUN),
        },
        {
            "what": "the whole of analyze, CPU ms a frame",
            "bar": f"below {FRAME_MS:.1f} (30 frames a second)",
            "measured": found.get("cpu_ms_frame", NOT_RUN),
        },
        {
            "what": "stabilisation, CPU ms a frame at 128 px",
            "bar": "at most 1",
            "measured": found.get("stages_ms", {}).get("crop: stabilise", NOT_RUN),
        },
        {
            "what": f"peak memory of {memory.get('minutes', 'the long video')} min, MiB",
            "bar": f"below {MEMORY_MIB}",
            "measured": memory.get("long_mib", NOT_RUN),
        },
        {
            "what": "more than for 1 min, MiB",
            "bar": f"at most {GROWTH_MIB}",
            "measured": memory.get("growth_mib", NOT_RUN),
        },
    ]


def _analyze(one: Input) -> dict[str, Any]:
    """The main job, its time by stage; runs in a process of its own."""
    row = measure(one, AnalyzeConfig())
    result = open_result(one.out)
    frames = row["frames"]
    stages = {
        f"{stage}: {part}": 1e3 * spent / frames
        for stage in (TRACK, TEMPLATE, CROP, MOTION, PERSON)
        for part, spent in result.facts(stage).get("cpu_s", {}).items()
    }
    stages["everything else"] = row["cpu_ms_frame"] - sum(stages.values())
    return {
        "frames": frames,
        "cpu_ms_frame": row["cpu_ms_frame"],
        "decode_track_ms": stages["track: decode"] + stages["track: track"],
        "times_faster_than_video": result.video.times_s[-1] / row["seconds"],
        "peak_mib": row["peak_mib"],
        "stages_ms": stages,
    }


def _memory(short: Path, folder: Path, minutes: float) -> dict[str, Any]:
    """Peak memory of one minute and of many, each in a process of its own."""
    turns = max(1, round(minutes * 60 / SECONDS))
    long = lengthen(short, folder / "long.mp4", turns)
    found: dict[str, Any] = {}
    for name, path in (("short", short), ("long", long)):
        one = Input(name=name, path=path, out=folder / f"memory-{name}")
        row = in_own_process(_analyze, one)
        found |= {f"{name}_mib": row["peak_mib"], f"{name}_frames": row["frames"]}
        found[f"{name}_cpu_ms_frame"] = row["cpu_ms_frame"]
    growth = found["long_mib"] - found["short_mib"]
    return found | {"growth_mib": growth, "minutes": turns * SECONDS / 60}


Methods = dict[str, Callable[[], int]]


def _compare(methods: Methods, rounds: int) -> dict[str, dict[str, float]]:
    """CPU ms a frame of each method, the best of some rounds in turn, and the ratio to the first.

    A method returns how many frames it has worked on.
    """
    best = dict.fromkeys(methods, np.inf)
    for _ in range(rounds):
        for name, method in methods.items():
            before = time.process_time()
            frames = method()
            best[name] = min(best[name], 1e3 * (time.process_time() - before) / frames)
    first = next(iter(best.values()))
    return {name: {"cpu_ms": ms, "ratio": ms / first} for name, ms in best.items()}


def _decoders(path: Path) -> Methods:
    def ours() -> int:
        return sum(1 for _ in Video.open(path).frames())

    def opencv() -> int:
        capture, count = cv2.VideoCapture(str(path)), 0
        while True:
            found, frame = capture.read()
            if not found:
                return count
            cv2.cvtColor(frame, cv2.COLOR_BGR2RGB)
            count += 1

    return {"mimetic (PyAV)": ours, "OpenCV VideoCapture": opencv}


def _flows(folder: Path) -> Methods:
    pixels = open_result(folder).clip(0, FLOW_PAIRS + 1).pixels

    def method(name: str) -> Callable[[], int]:
        estimator = FlowEstimator.load(name)

        def run() -> int:
            for first, second in pairwise(pixels):
                estimator.pair(first, second)
            return len(pixels) - 1

        return run

    return {name: method(name) for name in FLOW_METHODS}


def _components(folder: Path) -> Methods:
    stretches = open_result(folder).stretches()
    config = PersonConfig()

    def ours() -> int:
        return PersonModel.fit(stretches, config=config).facts.distinct_frames

    methods: Methods = {"mimetic (fit, incremental)": ours}
    if importlib.util.find_spec("sklearn") is not None:
        methods |= {
            "scikit-learn PCA": lambda: _sklearn("PCA", feature_rows(stretches, config)),
            "scikit-learn IncrementalPCA": lambda: _sklearn(
                "IncrementalPCA", feature_rows(stretches, config)
            ),
        }
    return methods


def _sklearn(kind: str, blocks: Iterable[Any]) -> int:
    from sklearn import decomposition

    features = np.concatenate(list(blocks))
    getattr(decomposition, kind)(n_components=PersonConfig().components).fit(features)
    return len(features)
