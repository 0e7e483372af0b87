"""A made world of faces for the tracker: no pictures, no networks, every answer known."""

from dataclasses import dataclass, field

import numpy as np

from mimetic.track.detect import Detection
from mimetic.track.looks import POINTS
from mimetic.track.mesh import MeshReading
from mimetic.track.region import region_of_landmarks
from mimetic.types import Frame


def template():
    """A face of size 1 around 0: 478 points in a box of 1 x 1, eyes level."""
    points = np.random.default_rng(7).uniform(-0.5, 0.5, (478, 3))
    points[:, 1] *= 0.9
    points[0, :2], points[2, :2] = (-0.5, 0), (0.5, 0)
    points[33], points[263] = (-0.25, -0.1, 0), (0.25, -0.1, 0)
    return points - [*points[:, :2].mean(0), 0]


TEMPLATE = template()


def points_at(x, y, size=100.0):
    return (TEMPLATE * size + [x, y, 0]).astype(np.float32)


def look_of_person(person):
    look = np.random.default_rng(100 + person).normal(size=POINTS.size)
    return ((look - look.mean()) / look.std()).astype(np.float32)


@dataclass(frozen=True)
class Actor:
    """One face in one frame."""

    person: int
    x: float
    y: float
    size: float = 100.0
    logit: float = 30.0


@dataclass
class World:
    """Which faces each frame shows; a frame's pixels hold only its number."""

    scenes: list  # of lists of Actor
    detected: set = field(default_factory=lambda: {"quick", "fine", "hard"})
    calls: dict = field(default_factory=lambda: {"quick": 0, "fine": 0, "hard": 0, "read": 0})

    def frames(self, rate_hz=25.0, first=0):
        for index in range(first, len(self.scenes)):
            pixels = np.full((1, 1, 3), index, np.int64)
            yield Frame(index=index, time_s=index / rate_hz, pixels=pixels)

    def scene(self, pixels):
        return self.scenes[int(pixels[0, 0, 0])]

    def read(self, pixels, region):
        self.calls["read"] += 1
        near = [
            (np.hypot(actor.x - region.centre_x_px, actor.y - region.centre_y_px), actor)
            for actor in self.scene(pixels)
        ]
        near = [(gap, actor) for gap, actor in near if gap < 0.5 * region.side_px]
        if not near:
            return MeshReading(landmarks_px=None, logit=-5.0)
        actor = min(near, key=lambda pair: pair[0])[1]
        return MeshReading(
            landmarks_px=points_at(actor.x, actor.y, actor.size),
            look=look_of_person(actor.person),
            logit=actor.logit,
        )

    def quick(self, pixels):
        return self.find("quick", pixels)

    def fine(self, pixels):
        return self.find("fine", pixels)

    def hard(self, pixels):
        return self.find("hard", pixels)

    def find(self, depth, pixels):
        self.calls[depth] += 1
        if depth not in self.detected:
            return []
        return [detection_of(actor) for actor in self.scene(pixels)]


def detection_of(actor):
    points = points_at(actor.x, actor.y, actor.size)[:, :2].astype(np.float64)
    eyes = points[[33, 263]]
    return Detection(
        box_px=np.concatenate([points.min(0), points.max(0)]),
        keypoints_px=np.concatenate([eyes, np.tile(points.mean(0), (4, 1))]),
        score=0.9,
    )


def middle(face):
    square = region_of_landmarks(face.landmarks_px)
    return square.centre_x_px, square.centre_y_px
