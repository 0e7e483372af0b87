"""``mimetic bench stabilise``: what each step of holding the face still brings.

Real clips show jitter, residual and how well appearance tells the landmarks' own
movements; the virtual face, filmed and tracked in the same way, tells true
activations and how far the true points slip.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from mimetic.bench.cells import Cells
from mimetic.bench.steps import STEPS, Seen, measure_steps
from mimetic.bench.tables import Table, markdown
from mimetic.datasets.virtual import Camera, Program, VirtualFace, people, write_video
from mimetic.errors import MimeticError
from mimetic.io.video import Video
from mimetic.ops import mesh
from mimetic.ops.landmarks import (
    LOWER_LID_LEFT,
    LOWER_LID_RIGHT,
    UPPER_LID_LEFT,
    UPPER_LID_RIGHT,
)
from mimetic.ops.repeats import ChangeMeter, find_repeated
from mimetic.pipeline.batch import find_inputs
from mimetic.track.crop import CropConfig, Cropper, fit_template
from mimetic.track.link import FaceTracker
from mimetic.track.patch import Patch, cut_patch
from mimetic.types import Float32, Float64, Frame, UInt8

SETTINGS: dict[str, Any] = {
    "most_frames": 600,
    "jitter_px": 0.5,
    "virtual_people": 3,
    "virtual_s": 40.0,
    "virtual_hz": 15.0,
    "noise_sigma": 1.5,
    "light": 0.03,
    "seed": 7,
}
QUICK = {"most_frames": 60, "virtual_people": 1, "virtual_s": 12.0, "virtual_hz": 5.0}
FEWEST = 40
TIMED = 24  # whole frames kept to time the cropper
COLUMNS = {
    "step": "step",
    "jitter": "jitter of the code",
    "noise": "the same, landmarks +-0.5 px",
    "residual": "residual",
    "r2": "R2 (10 s and more)",
    "slip_px": "slip of true points, px",
}

LEAST_S = 10.0  # of face; below, held-out stretches show movements never seen before


def bench_stabilise(folder: Path | None, out: Path, *, quick: bool = False) -> dict[str, Any]:
    """Measure every step on the clips of ``folder`` and on virtual people.

    A cell is one clip or one virtual person; the file ``out`` is written after
    each, and a second call goes on. A clip without enough of a face says so.
    """
    settings = SETTINGS | (QUICK if quick else {})
    cells = Cells(out, "stabilise", settings)
    for number in range(settings["virtual_people"]):
        name = f"virtual person {number}"
        cells.run(name, lambda number=number: measure_virtual(number, settings))  # type: ignore[misc]
    for one in find_inputs([folder], out.parent) if folder else []:
        cells.run(one.name, lambda one=one: measure_clip(one.path, settings))  # type: ignore[misc]
    return cells.content()


def measure_clip(path: Path, settings: dict[str, Any]) -> dict[str, Any]:
    """The first distinct frames of a real clip."""
    try:
        watched = Watched(Video.open(path).frames(), settings["most_frames"])
    except MimeticError as error:
        return {"outcome": str(error).splitlines()[0].replace(str(path), path.name)}
    if len(watched.patches) < FEWEST:
        return {"outcome": f"a face in {len(watched.patches)} distinct frames only"}
    points = watched.landmarks_px
    seen = watched.seen(expressions_ed(watched.mesh_px, points))
    return _row(watched, seen, settings)


def measure_virtual(number: int, settings: dict[str, Any]) -> dict[str, Any]:
    """A filmed and tracked virtual person; number 0 is the photograph itself."""
    seed = settings["seed"] + number
    person = people(settings["virtual_people"], seed=settings["seed"])[number] if number else None
    program = Program.random(
        seed, settings["virtual_s"], habits=person.habits() if person else None
    )
    camera = Camera(
        rate_hz=settings["virtual_hz"],
        noise_sigma=settings["noise_sigma"],
        light=settings["light"],
    )
    recording = VirtualFace(person=person).record(program, camera, seed=seed)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "virtual.mp4"
        write_video(recording, path)
        watched = Watched(Video.open(path).frames(), len(recording))
    rows = [patch.frame for patch in watched.patches]
    truth = recording.truth
    active = np.asarray(truth.activations, np.float64)[rows]
    seen = watched.seen(
        active[:, active.std(0) > 1e-3], truth.landmarks_px[rows].astype(np.float64)
    )
    return _row(watched, seen, settings)


def _row(watched: Watched, seen: Seen, settings: dict[str, Any]) -> dict[str, Any]:
    steps = measure_steps(seen, jitter_px=settings["jitter_px"], seed=settings["seed"])
    return {
        "frames": len(seen.patches),
        "seconds": float(seen.times_s[-1] - seen.times_s[0]),
        "eyes_px": watched.eyes_px,
        "crop_cpu_ms": watched.crop_cpu_ms(),
        "steps": steps,
        "outcome": "measured",
    }


class Watched:
    """Frames seen once: the distinct ones that show the first face, as patches."""

    def __init__(self, frames: Iterator[Frame], most: int) -> None:
        tracker, meter = FaceTracker.load(), ChangeMeter()
        patches: list[Patch] = []
        points: list[Float32] = []
        times_s: list[float] = []
        change: list[float] = []
        followed: list[int] = []
        self._whole: list[tuple[UInt8, Float32]] = []
        for frame in frames:
            if len(times_s) >= most:
                break
            times_s.append(frame.time_s)
            change.append(meter(frame.pixels))
            faces = tracker.step(frame)
            first = next((face for face in faces if face.track == 0), None)
            if first is None:
                continue
            followed.append(len(times_s) - 1)
            patches.append(cut_patch(frame.pixels, first.landmarks_px, frame=frame.index))
            points.append(first.landmarks_px)
            if len(self._whole) < TIMED:
                self._whole.append((frame.pixels, first.landmarks_px))
        repeated = find_repeated(np.array(change)) if change else np.zeros(0, bool)
        new = [row for row, frame in enumerate(followed) if not repeated[frame]]
        self.patches = [patches[row] for row in new]
        self.landmarks_px = np.array([points[row] for row in new], np.float64)
        self.times_s = np.array([times_s[followed[row]] for row in new], np.float64)

    @property
    def mesh_px(self) -> Float32:
        """The person's mesh at 128 px."""
        placed = mesh.place_mesh(mesh.person_mesh(self.landmarks_px))
        return np.asarray(placed, np.float32)

    @property
    def eyes_px(self) -> float:
        """Median distance of the outer eye corners in the video."""
        apart = self.landmarks_px[:, 263, :2] - self.landmarks_px[:, 33, :2]
        return float(np.median(np.linalg.norm(apart, axis=1)))

    def seen(self, targets: Float64, true_px: Float64 | None = None) -> Seen:
        """What the steps work on."""
        mesh_px = self.mesh_px
        return Seen(
            patches=self.patches,
            landmarks_px=self.landmarks_px,
            times_s=self.times_s,
            mesh_px=mesh_px,
            depth_px=mesh.depth_map(mesh_px, mesh.CANONICAL_SIZE),
            targets=targets,
            true_px=true_px,
        )

    def crop_cpu_ms(self) -> float:
        """CPU time of one whole crop at 128 px, landmarks to pixels, the fastest of five rounds."""
        config = CropConfig()
        cropper = Cropper(fit_template(self.patches, self.landmarks_px, config), config)
        spent = []
        for _ in range(5):
            start = time.process_time()
            for pixels, points in self._whole:
                cropper.crop(pixels, points)
            spent.append(time.process_time() - start)
        return 1000 * min(spent) / len(self._whole)


def expressions_ed(mesh_px: Float32, landmarks_px: Float64) -> Float64:
    """Six movements [T 6] read from pose-free landmarks, in ed: what appearance shall tell.

    Opening and width of the mouth, both brows' height, both lids' opening. They come from
    the tracker that also places the crop, so they are a proxy and no truth.
    """
    shape = np.asarray(mesh.shapes_ed(mesh_px, landmarks_px), np.float64)

    def apart(first: tuple[int, ...], second: tuple[int, ...]) -> Float64:
        between = shape[:, list(first)].mean(1) - shape[:, list(second)].mean(1)
        return np.asarray(np.linalg.norm(between, axis=1))

    return np.stack(
        [
            apart((13,), (14,)),
            apart((61,), (291,)),
            apart((105, 66), (33, 133)),
            apart((334, 296), (263, 362)),
            apart(UPPER_LID_RIGHT, LOWER_LID_RIGHT),
            apart(UPPER_LID_LEFT, LOWER_LID_LEFT),
        ],
        axis=1,
    )


def render(table: Table) -> str:
    """The tables of the docs: medians over real clips, then over virtual people."""
    parts = []
    for title, virtual in (("Real clips", False), ("Virtual people", True)):
        cells = [
            cell
            for name, cell in table["cells"].items()
            if name.startswith("virtual person") == virtual and "steps" in cell
        ]
        if cells:
            head = f"{title}, n = {len(cells)}: median (least to most)"
            parts.append(f"{head}\n\n" + markdown(_medians(cells), COLUMNS))
    return "\n".join(parts)


def _medians(cells: list[dict[str, Any]]) -> list[dict[str, Any]]:
    rows = []
    for step in STEPS:
        row: dict[str, Any] = {"step": step}
        for key in list(COLUMNS)[1:]:
            long_enough = [cell for cell in cells if key != "r2" or cell["seconds"] >= LEAST_S]
            values = [cell["steps"][step][key] for cell in long_enough]
            if known := [value for value in values if value is not None]:
                low, middle, high = np.percentile(known, [0, 50, 100])
                row[key] = f"{middle:.3g} ({low:.3g} to {high:.3g})"
        rows.append(row)
    return rows
