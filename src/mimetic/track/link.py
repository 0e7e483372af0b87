"""Follows faces from frame to frame and gives each a number that stays."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from mimetic.errors import ArgumentError
from mimetic.ops.confidence import confidence_of
from mimetic.track.detect import Detection
from mimetic.track.faces import (
    Face,
    covers,
    gap,
    is_duplicate,
    is_same_place,
    scale_change,
)
from mimetic.track.looks import POINTS, look_change
from mimetic.track.mesh import FaceMesh
from mimetic.track.models import Pip
from mimetic.track.region import Region, region_of_detection, region_of_landmarks
from mimetic.track.search import FaceSearch
from mimetic.track.settings import Reads, Searches, TrackConfig
from mimetic.types.arrays import Float64
from mimetic.types.protocols import Frame

__all__ = ["FaceTracker", "TrackConfig"]

STATE_VERSION = 2
READINGS = 4  # of a face just found, at most


class FaceTracker:
    """Follows faces by their own landmarks, and searches only when one is lost or time is up.

    A face's square comes from its landmarks in the frame before. Where the mesh
    network sees no face there, the same frame is searched.
    """

    def __init__(self, config: TrackConfig, *, search: Searches, mesh: Reads) -> None:
        self.config = config
        self._search, self._mesh = search, mesh
        self._known: list[Face] = []  # as last seen; held for a while after they are lost
        self._looks = np.zeros((0, POINTS.size))  # [tracks 205], sums over frames
        self._next_search_s = self._next_fine_s = -np.inf

    @classmethod
    def load(cls, config: TrackConfig | None = None, *, pip: Pip | None = None) -> FaceTracker:
        """The tracker on the installed networks; raises ModelError where they cannot be had."""
        search, mesh = FaceSearch.load(pip=pip), FaceMesh.load(pip=pip)
        return cls(config or TrackConfig(), search=search, mesh=mesh)

    def step(self, frame: Frame) -> list[Face]:
        """The faces of the next frame, by track number; frames come in order of time."""
        held = [face for face in self._known if frame.time_s - face.seen_s <= self.config.hold_s]
        newest = max((face.seen_s for face in held), default=-np.inf)
        # Only faces of the frame before are followed; the others wait to be found again.
        followed = [face for face in held if face.seen_s == newest]
        seen, gone = self._follow(frame, followed)
        held = [face for face in held if face.track not in gone]
        lost = len(seen) < len(followed)
        if not seen or lost or frame.time_s >= self._next_search_s:
            found = self._discover(frame, seen, hurry=lost)
            seen = self._settle(seen, found, held)
        for face in seen:
            self._looks[face.track] += face.look
        numbers = {face.track for face in seen}
        self._known = seen + [face for face in held if face.track not in numbers]
        self._known.sort(key=lambda face: face.track)
        return sorted(seen, key=lambda face: face.track)

    def look(self, track: int) -> Float64:
        """The mean look [205] of a track so far, up to scale; merge_tracklets compares them."""
        return np.array(self._looks[track])

    def state(self) -> dict[str, npt.NDArray[Any]]:
        """Everything that the next step depends on."""
        known = self._known
        return {
            "version": np.array(STATE_VERSION),
            "track": np.array([face.track for face in known], np.int64),
            "landmarks_px": np.array([face.landmarks_px for face in known], np.float32),
            "confidence": np.array([face.confidence for face in known], np.float64),
            "seen_s": np.array([face.seen_s for face in known], np.float64),
            "look": np.array([face.look for face in known], np.float32),
            "region": np.array([face.region.to_array() for face in known], np.float64),
            "looks": self._looks.copy(),
            "schedule_s": np.array([self._next_search_s, self._next_fine_s]),
        }

    def restore(self, state: dict[str, npt.NDArray[Any]]) -> None:
        """Go on from a stored state, with the same bits as without the interruption."""
        if int(state.get("version", np.array(-1))) != STATE_VERSION:
            raise ArgumentError(
                f"tracker state: expected version {STATE_VERSION}, got "
                f"{state.get('version', 'none')}; track this video again from its beginning"
            )
        names = ("track", "landmarks_px", "confidence", "seen_s", "look", "region")
        self._known = [
            Face(
                track=int(track),
                landmarks_px=np.array(points, np.float32),
                confidence=float(confidence),
                seen_s=float(seen_s),
                look=np.array(look, np.float32),
                region=Region.from_array(region),
            )
            for track, points, confidence, seen_s, look, region in zip(
                *(state[name] for name in names), strict=True
            )
        ]
        self._looks = np.array(state["looks"], np.float64)
        self._next_search_s, self._next_fine_s = map(float, state["schedule_s"])

    def _follow(self, frame: Frame, followed: Sequence[Face]) -> tuple[list[Face], set[int]]:
        """The faces found again in their own squares, and the tracks that ended for good."""
        seen: list[Face] = []
        gone: set[int] = set()
        for face in followed:
            now = self._read(frame, face.next_region, track=face.track)
            if now is None:
                continue
            jumped = max(gap(face, now), scale_change(face, now) - 1) > self.config.jump
            jumped = jumped or look_change(face.look, now.look) > self.config.look_jump
            merged = any(is_duplicate(now, other) for other in seen)
            if jumped or merged:  # a cut to another face, or two squares that fell on one
                gone.add(face.track)
            else:
                seen.append(now)
        return seen, gone

    def _discover(self, frame: Frame, seen: Sequence[Face], *, hurry: bool) -> list[Face]:
        """Faces that are not followed for sure already, the most confident first."""
        firm = [face for face in seen if face.confidence >= self.config.sure]
        scheduled = frame.time_s >= self._next_search_s
        hurry = hurry or (not seen and frame.time_s >= self._next_fine_s)
        found = self._measure(frame, self._search.quick(frame.pixels), firm)
        if scheduled or (hurry and not found):
            self._next_fine_s = frame.time_s + self.config.retry_s
            found += self._measure(frame, self._search.fine(frame.pixels), firm + found)
        if scheduled:
            self._next_search_s = frame.time_s + self.config.search_s
            if not firm and all(face.confidence < self.config.sure for face in found):
                found += self._measure(frame, self._search.hard(frame.pixels), [])
        return sorted(found, key=lambda face: -face.confidence)

    def _measure(
        self, frame: Frame, detections: Sequence[Detection], known: Sequence[Face]
    ) -> list[Face]:
        """The faces that these detections lead to, without those known for sure."""
        found: list[Face] = []
        for detection in detections:
            sure = [face for face in [*known, *found] if face.confidence >= self.config.sure]
            if any(covers(face, detection) for face in sure):
                continue
            region = region_of_detection(detection.box_px, detection.keypoints_px)
            face = self._read_settled(frame, region)
            if face is not None and face.confidence >= self.config.start:
                found.append(face)
        return found

    def _settle(
        self, seen: Sequence[Face], found: Sequence[Face], held: Sequence[Face]
    ) -> list[Face]:
        """Numbered faces: those seen, and those found, which mend a doubtful one they fall on."""
        faces = list(seen)
        for face in found:
            same = [place for place, other in enumerate(faces) if is_duplicate(face, other)]
            if same:
                other = faces[same[0]]
                if face.confidence > other.confidence:
                    faces[same[0]] = dataclasses.replace(face, track=other.track)
            elif len(faces) < self.config.most_faces:
                faces.append(dataclasses.replace(face, track=self._number(face, faces, held)))
        return faces

    def _number(self, face: Face, taken: Sequence[Face], held: Sequence[Face]) -> int:
        used = {other.track for other in taken}
        near = [
            (gap(other, face), other.track)
            for other in held
            if other.track not in used
            and is_same_place(other, face)
            and look_change(other.look, face.look) < self.config.look_jump
        ]
        if near:
            return min(near)[1]
        self._looks = np.concatenate([self._looks, np.zeros((1, POINTS.size))])
        return len(self._looks) - 1

    def _read_settled(self, frame: Frame, region: Region) -> Face | None:
        """Read until the square is the face's own: a detector's is rough, or even lies across."""
        face = None
        for _ in range(READINGS):
            face = self._read(frame, region)
            if face is None:
                return None
            own = region_of_landmarks(face.landmarks_px)
            if own.is_close_to(region):
                break
            region = own
        return face

    def _read(self, frame: Frame, region: Region, *, track: int = -1) -> Face | None:
        reading = self._mesh.read(frame.pixels, region)
        if reading.landmarks_px is None or reading.look is None:
            return None
        return Face(
            track=track,
            landmarks_px=reading.landmarks_px,
            confidence=confidence_of(reading.logit),
            seen_s=frame.time_s,
            look=reading.look,
            region=region,
        )
