"""The built-in example: the public-domain portrait, set in motion by a known program."""

from __future__ import annotations

from pathlib import Path

from mimetic.errors import DiskError

DEMO_SECONDS = 20.0
DEMO_SEED = 3


def demo_video(folder: Path) -> Path:
    """Write the demo recording into ``folder`` once, and return its path."""
    from mimetic.datasets.virtual import Camera, Program, VirtualFace, write_video

    path = folder / "portrait.mp4"
    if path.exists():
        return path
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise DiskError(f"{folder}: expected a folder that can be written, got {error}") from error
    program = Program.random(DEMO_SEED, DEMO_SECONDS)
    camera = Camera(rate_hz=25.0, size_px=(480, 480), noise_sigma=1.0)
    partial = path.with_name("portrait.part.mp4")
    write_video(VirtualFace().record(program, camera, seed=DEMO_SEED), partial)
    partial.replace(path)
    return path
