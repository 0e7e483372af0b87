"""Recordings and results that several tests read; each is made once a session and never changed."""

import os
from pathlib import Path
from typing import NamedTuple

import cv2
import pytest
from hypothesis import settings

import mimetic
from mimetic.datasets.virtual import Camera, HeadMotion, Program, Pulse, VirtualFace, write_video
from mimetic.types import FaceTruth

cv2.setNumThreads(1)

# The checks draw the same examples on every machine, however slow it is; make test-slow
# searches for new ones.
settings.register_profile("same", derandomize=True, deadline=None)
settings.register_profile("search", max_examples=2000, deadline=None)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "same"))


class Film(NamedTuple):
    """A virtual recording as a video file, and its truth."""

    path: Path
    truth: FaceTruth


@pytest.fixture(scope="session")
def film(tmp_path_factory) -> Film:
    """Four seconds: a smile of the person's left side, a brow raise, a blink; the head sways."""
    pulses = (
        Pulse(control="lip_corner_up_left", onset_s=0.6, apex_s=1.0, offset_s=1.6),
        Pulse(control="lid_close_left", onset_s=1.9, apex_s=2.0, offset_s=2.15),
        Pulse(control="lid_close_right", onset_s=1.9, apex_s=2.0, offset_s=2.15),
        Pulse(control="inner_brow_left", onset_s=2.6, apex_s=3.0, offset_s=3.5),
        Pulse(control="inner_brow_right", onset_s=2.6, apex_s=3.0, offset_s=3.5),
    )
    program = Program(duration_s=4.0, pulses=pulses, head=HeadMotion.random(2, size=0.3))
    camera = Camera(rate_hz=25, size_px=(240, 240), noise_sigma=1.0)
    recording = VirtualFace().record(program, camera, seed=1)
    path = tmp_path_factory.mktemp("film") / "anna.mp4"
    write_video(recording, path)
    return Film(path, recording.truth)


@pytest.fixture(scope="session")
def result(film, tmp_path_factory) -> mimetic.Result:
    """What analyze makes of the film."""
    return mimetic.analyze(film.path, out=tmp_path_factory.mktemp("results") / "anna")
