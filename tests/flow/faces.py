"""Small face sequences for the tests of flow: the virtual face, or a face drawn by formula."""

from functools import lru_cache

import numpy as np

from mimetic.datasets.virtual import Camera, Person, Program, VirtualFace
from mimetic.flow.records import FaceSequence


@lru_cache(maxsize=8)
def face_sequence(size=256, seed=0, frames=6):
    """A virtual person who moves: grey pictures [T size size] with exact landmarks.

    Seed 0 shows the portrait itself, every other seed another person.
    """
    person = Person(seed=seed) if seed else None
    program = Program.random(seed, frames * 0.2 + 0.4, head_size=0.6)
    camera = Camera(rate_hz=5.0, size_px=(size, size))
    recording = VirtualFace(person=person).record(program, camera, seed=seed)
    weights = np.array([0.299, 0.587, 0.114])
    taken = range(min(frames, len(recording)))
    grey = [np.rint(recording.frame(t).pixels @ weights).astype(np.uint8) for t in taken]
    return FaceSequence(
        identity=f"virtual-{seed}",
        pictures=np.stack(grey),
        landmarks_px=recording.truth.landmarks_px[: len(grey)],
        times_s=recording.times_s[: len(grey)],
        source="virtual",
    )


def photograph(size=256, seed=0):
    """The same as one picture, T = 1."""
    return face_sequence(size, seed, 1)
