"""A portrait set in motion by a known program, with exact truth."""

from mimetic.datasets.virtual.camera import Camera
from mimetic.datasets.virtual.controls import CONTROLS
from mimetic.datasets.virtual.face import VirtualFace
from mimetic.datasets.virtual.head import HeadMotion, Wave
from mimetic.datasets.virtual.person import Person, people
from mimetic.datasets.virtual.program import Habits, Program, Pulse
from mimetic.datasets.virtual.recording import VirtualRecording
from mimetic.datasets.virtual.writing import write_video

__all__ = [
    "CONTROLS",
    "Camera",
    "Habits",
    "HeadMotion",
    "Person",
    "Program",
    "Pulse",
    "VirtualFace",
    "VirtualRecording",
    "Wave",
    "people",
    "write_video",
]
