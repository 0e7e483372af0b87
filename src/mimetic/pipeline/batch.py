"""Many videos: find them, give each a folder, measure them one by one or side by side."""

from __future__ import annotations

import multiprocessing
import sys
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mimetic.errors import MimeticError, StoreError, VideoError
from mimetic.io.images import SUFFIXES as IMAGE_SUFFIXES
from mimetic.io.layout import FACE, PEOPLE, PERSONS
from mimetic.io.manifest import NAME as MANIFEST
from mimetic.pipeline.settings import AnalyzeConfig, Progress, silent

VIDEO_SUFFIXES = frozenset(
    ".3gp .avi .flv .gif .m2ts .m4v .mkv .mov .mp4 .mpeg .mpg .mts .ogv .ts .webm .wmv".split()  # noqa: SIM905
)


@dataclass(frozen=True, kw_only=True)
class Input:
    """One video, or one folder of pictures, and the result folder that it gets."""

    name: str
    path: Path
    out: Path


def find_inputs(paths: Sequence[str | Path], out: Path) -> list[Input]:
    """The videos behind a list of files and folders, each with a folder of its own below ``out``.

    A folder stands for the videos in it; a folder that holds pictures and no
    video is one recording. Raises VideoError where a folder holds neither.
    """
    if (out / MANIFEST).is_file():
        raise StoreError(
            f"{out}: is a result folder itself, results go to {out}/<name of the video>; "
            f"give the folder above it: -o {out.parent}"
        )
    found: list[Path] = []
    for path in map(Path, paths):
        found += _inside(path) if _is_folder(path) else [path]
    distinct = list(dict.fromkeys(found))
    stems = [path.stem for path in distinct]
    names = [names_of(path)[stems.count(path.stem) > 1] for path in distinct]
    if len(set(names)) < len(names):
        twice = sorted({name for name in names if names.count(name) > 1})
        raise VideoError(
            f"videos named alike would share a result folder: {', '.join(twice)}; "
            "measure them into different folders (-o)"
        )
    return [
        Input(name=name, path=path, out=out / name)
        for name, path in zip(names, distinct, strict=True)
    ]


def names_of(path: Path) -> tuple[str, str]:
    """The names a result folder may have: the usual, and where clip.mov stands beside clip.mp4."""
    return path.stem, path.name.replace(".", "-")


def run_batch(
    inputs: Sequence[Input],
    config: AnalyzeConfig,
    *,
    jobs: int = 1,
    progress: Progress = silent,
) -> Iterator[dict[str, Any]]:
    """Measure each input and yield a row of figures; a failure is a row too, and the rest go on."""
    if jobs == 1:
        for one in inputs:
            yield measure(one, config, progress=progress)
        return
    context = multiprocessing.get_context("spawn")
    pool = ProcessPoolExecutor(jobs, mp_context=context, max_tasks_per_child=1)
    try:
        futures = {pool.submit(measure, one, config): one for one in inputs}
        for future in as_completed(futures):
            yield _row_of(future, futures[future])
    finally:
        # Ctrl-C must not wait for videos that have not begun.
        pool.shutdown(wait=True, cancel_futures=True)


def measure(one: Input, config: AnalyzeConfig, *, progress: Progress = silent) -> dict[str, Any]:
    """Analyze one input; the row says what came out, what it cost, or why it failed."""
    from mimetic.pipeline import analyze

    started, cpu = time.perf_counter(), time.process_time()
    try:
        result = analyze(one.path, out=one.out, config=config, progress=progress)
    except MimeticError as error:
        return _failed(one, error)
    valid = result.array(PEOPLE, f"{FACE}/valid")
    frames = valid.size
    spent = time.process_time() - cpu
    return {
        "video": one.name,
        "result": str(one.out),
        "error": "",
        "exit_code": 0,
        "frames": frames,
        "tracked": float(valid.mean()),
        "person": result.facts(PEOPLE)["chosen"],
        "others": len(result.facts(PEOPLE)[PERSONS]) - 1,
        "cpu_s": spent,
        "cpu_ms_frame": 1e3 * spent / frames,
        "seconds": time.perf_counter() - started,
        "peak_mib": peak_mib(),
        "report": str(result.path / "report.html"),
    }


def _row_of(future: Future[dict[str, Any]], one: Input) -> dict[str, Any]:
    """The row of a finished measurement, also where its process was killed."""
    try:
        return future.result()
    except BrokenProcessPool:
        return _failed(
            one,
            MimeticError(
                "the process that measured this video was stopped from outside (out of memory?); "
                "what it had finished is kept, run the same command again, with fewer --jobs"
            ),
        )


def _failed(one: Input, error: MimeticError) -> dict[str, Any]:
    row = {"video": one.name, "result": str(one.out)}
    return row | {"error": str(error), "exit_code": error.exit_code}


def peak_mib() -> float:
    """The largest resident memory of this process so far, in MiB; NaN where nobody counts it."""
    try:
        import resource
    except ImportError:  # Windows
        return float("nan")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return float(peak / (2**20 if sys.platform == "darwin" else 2**10))


def _is_folder(path: Path) -> bool:
    try:
        return path.is_dir()
    except OSError as error:
        raise VideoError(f"{path}: expected a file that can be read, got {error}") from error


def _inside(folder: Path) -> list[Path]:
    if (folder / MANIFEST).is_file():
        raise VideoError(f"{folder}: expected videos, got a result folder; name the video itself")
    try:
        files = sorted(path for path in folder.iterdir() if path.is_file())
    except OSError as error:
        raise VideoError(f"{folder}: expected a readable folder, got {error}") from error
    videos = [path for path in files if path.suffix.lower() in VIDEO_SUFFIXES]
    if videos:
        return videos
    if any(path.suffix.lower()[1:] in IMAGE_SUFFIXES for path in files):
        return [folder]
    raise VideoError(f"{folder}: expected a folder with videos or pictures, found neither")
