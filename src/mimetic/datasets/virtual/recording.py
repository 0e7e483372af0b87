"""A filmed program: frames on demand, and everything that is true about them."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property

import numpy as np

from mimetic.datasets.virtual.camera import Camera, develop, make_schedule
from mimetic.datasets.virtual.carry import hidden_irises, landmark_carrier
from mimetic.datasets.virtual.controls import CONTROLS
from mimetic.datasets.virtual.flow import flow_between
from mimetic.datasets.virtual.program import Program
from mimetic.datasets.virtual.render import Renderer, View
from mimetic.datasets.virtual.scene import Scene, State
from mimetic.datasets.virtual.surface import make_pose
from mimetic.errors import ArgumentError
from mimetic.types import Bool, FaceTruth, Float64, FlowField, Frame


class VirtualRecording:
    """A filmed program: frames on demand, and the truth about them.

    Every frame is drawn by itself, so memory does not grow and any frame can be
    had first. ``repeated`` and ``dropped`` are as in VideoInfo. ``shown_s`` is the
    time of the scene that a frame shows (earlier than ``times_s`` in repeats).
    """

    def __init__(
        self, scene: Scene, program: Program, *, camera: Camera, view: View, seed: int
    ) -> None:
        self.program, self.camera, self.seed = program, camera, seed
        schedule = make_schedule(camera, program.duration_s, seed=seed)
        self.times_s: Float64 = schedule.times_s
        self.shown_s: Float64 = schedule.shown_s
        self.repeated: Bool = schedule.repeated
        self.dropped: Bool = schedule.dropped
        self.width_px, self.height_px = view.width_px, view.height_px
        self._source = schedule.source
        self._scene = scene
        self._renderer = Renderer(scene, view, exact=camera.exact)
        self._activations = program.activations(self.shown_s)
        self._channels = program.head(self.shown_s)

    def __len__(self) -> int:
        return int(self.times_s.size)

    def frames(self, *, first: int = 0) -> Iterator[Frame]:
        """The frames from number ``first`` on, drawn one by one."""
        for index in range(first, len(self)):
            yield self.frame(index)

    def frame(self, index: int) -> Frame:
        """One frame; repeated ones have the same pixels."""
        if not 0 <= index < len(self):
            raise ArgumentError(f"index: expected 0 to {len(self) - 1}, got {index}")
        pixels = develop(
            self._renderer.draw(self.state(index)),
            self.camera,
            time_s=float(self.shown_s[index]),
            source=int(self._source[index]),
            seed=self.seed,
        )
        return Frame(index=index, time_s=float(self.times_s[index]), pixels=pixels)

    def state(self, index: int) -> State:
        """Where everything is in a frame, before it is drawn."""
        at = {name: float(values[index]) for name, values in self._channels.items()}
        pose = make_pose(self._scene.anatomy.frame, at)
        return self._scene.state(self._activations[index], pose)

    @cached_property
    def truth(self) -> FaceTruth:
        """Everything that is known about the recording.

        Landmarks, activations and pose are those of the scene that each frame
        shows. Pose is relative to the photograph's.
        """
        landmarks = landmark_carrier(self._scene)(self._activations, self._channels)
        hidden = hidden_irises(
            self._scene, landmarks, activations=self._activations, channels=self._channels
        )
        video = landmarks.copy()
        video[..., :2] = self._renderer.view.to_video(landmarks[..., :2])
        video[..., 2] *= self._renderer.view.zoom
        return FaceTruth(
            times_s=self.times_s,
            landmarks_px=video,
            visible=~hidden,
            activations=self._activations.astype(np.float32),
            controls=CONTROLS,
            yaw_deg=self._channels["yaw_deg"].astype(np.float32),
            pitch_deg=self._channels["pitch_deg"].astype(np.float32),
            roll_deg=self._channels["roll_deg"].astype(np.float32),
            events=self.program.events(),
            flow=self.flow,
        )

    def flow(self, start: int, end: int) -> FlowField:
        """The exact flow between two frames in video pixels, NaN where it is not known."""
        flow, valid = flow_between(self._renderer, first=self.state(start), second=self.state(end))
        return FlowField(
            flow_px=flow[None],
            valid=valid[None],
            start_s=self.times_s[[start]],
            end_s=self.times_s[[end]],
            method="virtual truth",
        )
