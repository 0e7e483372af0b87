"""``mimetic bench decode``: what codes of the movement space tell of the true activations."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import numpy as np

from mimetic.bench.cells import NOT_RUN, Cells
from mimetic.bench.filming import Stretches, film, stretches, tracked_landmarks
from mimetic.bench.tables import Table, markdown
from mimetic.datasets.virtual import (
    CONTROLS,
    Camera,
    Habits,
    Program,
    VirtualFace,
    people,
    write_video,
)
from mimetic.io.video import Video
from mimetic.learn.metrics import decode_ridge
from mimetic.learn.protocols import block_bootstrap
from mimetic.person.linear import PersonModel
from mimetic.types import Float64, Floats, Int64

SETTINGS: dict[str, Any] = {
    "people": 3,
    "seconds": 150.0,
    "movements_hz": 1.2,
    "rate_hz": 20.0,
    "noise_sigma": 1.5,
    "light": 0.03,
    "head_size": 1.0,
    "folds": 5,
    "guard_s": 1.0,
    "seed": 11,
}
QUICK = {"people": 1, "seconds": 30.0, "rate_hz": 10.0}
# Name of a condition: are the landmarks tracked, and is the crop stabilised?
CONDITIONS = {
    "tracked, stabilised": (True, True),
    "tracked, crop by the eyes": (True, False),
    "true landmarks, stabilised": (False, True),
    "true landmarks, crop by the eyes": (False, False),
}


def bench_decode(out: Path, *, quick: bool = False) -> dict[str, Any]:
    """R2 per control for several virtual people, with and without stabilisation.

    Every person is filmed once (H.264), tracked, cropped in each of CONDITIONS,
    and a movement space is fitted to each clip, as a user would. Ridge regression
    then decodes the true activations on stretches of time that it never saw,
    1 s or more apart from the ones it learnt from. A cell is one person; the file
    ``out`` is written after each, and a second call goes on.
    """
    settings = SETTINGS | (QUICK if quick else {})
    cells = Cells(out, "decode", settings)
    for number in range(settings["people"]):
        cells.run(f"person {number}", lambda number=number: measure(number, settings))  # type: ignore[misc]
    return cells.content()


def measure(number: int, settings: dict[str, Any]) -> dict[str, Any]:
    """All conditions for one virtual person; number 0 is the photograph itself."""
    seed = settings["seed"] + number
    person = people(settings["people"], seed=settings["seed"])[number] if number else None
    # The same habits for all, so that every control is used often enough to be tested.
    habits = Habits(pulses_hz=settings["movements_hz"])
    program = Program.random(
        seed, settings["seconds"], habits=habits, head_size=settings["head_size"]
    )
    camera = Camera(
        rate_hz=settings["rate_hz"], noise_sigma=settings["noise_sigma"], light=settings["light"]
    )
    recording = VirtualFace(person=person).record(program, camera, seed=seed)
    truth = recording.truth
    results: dict[str, Any] = {}
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "virtual.mp4"
        write_video(recording, path)
        tracked = tracked_landmarks(Video.open(path).frames())
        for name, (by_tracker, stabilised) in CONDITIONS.items():
            filmed = film(
                path, tracked if by_tracker else truth.landmarks_px, times_s=truth.times_s
            )
            clips = stretches(filmed, stabilised=stabilised)
            results[name] = decode(clips, truth.activations, settings=settings)
    return results


def decode(clips: Stretches, activations: Floats, *, settings: dict[str, Any]) -> dict[str, Any]:
    """What the codes of a movement space fitted to ``clips`` tell of activations [T K]."""
    model = PersonModel.fit(clips)
    embedded = [model.embed(clip) for clip in clips]
    codes = np.concatenate([model.scaled(each) for each in embedded])
    times_s = np.concatenate([each.times_s for each in embedded])
    valid = np.concatenate([each.valid for each in embedded])
    wanted = np.asarray(activations, np.float64)[valid]
    found = decode_ridge(codes[valid], wanted, times_s=times_s[valid])
    low, high = _interval(wanted, found.predicted, times_s[valid], seed=settings["seed"])
    return {
        "frames": int(valid.size),
        "measured": float(valid.mean()),
        "components": int(model.weights.sd.size),
        "jitter": model.facts.jitter,
        "pose_leak_r2": model.facts.pose_leak_r2,
        "pose_share": model.facts.pose_share,
        "r2": _named(found.r2),
        "r2_mean": float(np.nanmean(found.r2)),
        "r2_mean_low": low,
        "r2_mean_high": high,
        "correlation": _named(found.correlation),
    }


def _interval(
    wanted: Float64, predicted: Float64, times_s: Float64, *, seed: int
) -> tuple[float, float]:
    """95 % interval of the mean R2, blocks of 4 s resampled."""

    def mean_r2(rows: Int64) -> Float64:
        error = ((wanted[rows] - predicted[rows]) ** 2).sum(0)
        spread = ((wanted[rows] - wanted[rows].mean(0)) ** 2).sum(0)
        known = spread > 1e-9
        return np.asarray((1 - error[known] / spread[known]).mean())

    rng = np.random.default_rng(seed)
    low, high = block_bootstrap(times_s, mean_r2, rng=rng, block_s=4.0)
    return float(low), float(high)


def _named(values: Float64) -> dict[str, float | None]:
    """Values by control, None where the control was never used."""
    pairs = zip(CONTROLS, values, strict=True)
    return {name: float(value) if np.isfinite(value) else None for name, value in pairs}


def render(table: Table) -> str:
    """The table of the docs: a row per control, mean over people, both sides together."""
    measured = [cell for cell in table["cells"].values() if cell != NOT_RUN]
    if not measured:
        return f"{NOT_RUN}\n"
    rows = []
    for control in dict.fromkeys(_sideless(name) for name in CONTROLS):
        row: dict[str, Any] = {"control": control.replace("_", " ")}
        for condition in CONDITIONS:
            values = [
                cell[condition]["r2"][name]
                for cell in measured
                for name in CONTROLS
                if _sideless(name) == control and cell[condition]["r2"][name] is not None
            ]
            row[condition] = float(np.mean(values)) if values else None
        rows.append(row)
    total: dict[str, Any] = {"control": "mean"}
    for condition in CONDITIONS:
        total[condition] = float(np.mean([cell[condition]["r2_mean"] for cell in measured]))
    columns = {"control": "control"} | {name: f"R2, {name}" for name in CONDITIONS}
    return markdown([*rows, total], columns)


def _sideless(control: str) -> str:
    return control.removesuffix("_left").removesuffix("_right")
