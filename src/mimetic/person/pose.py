"""Taking head pose out of codes, on request and at a price that is told."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np

from mimetic.errors import ArgumentError, TooLittleMovementError
from mimetic.person.calibrate import AXES, Clock, pose_leak
from mimetic.types import Bool, Float32, Float64, MovementEmbedding

LEAST_S = 60.0  # below it a line through pose and movement is mostly chance


class Head(Protocol):
    """Where a head looks over time: a FaceTrack or a FaceClip."""

    @property
    def times_s(self) -> Float64:
        """Seconds [T]."""
        ...

    @property
    def yaw_deg(self) -> Float32:
        """Degrees [T]."""
        ...

    @property
    def pitch_deg(self) -> Float32:
        """Degrees [T]."""
        ...

    @property
    def roll_deg(self) -> Float32:
        """Degrees [T]."""
        ...

    @property
    def valid(self) -> Bool:
        """Which frames were measured [T]."""
        ...


@dataclass(frozen=True, kw_only=True, eq=False)
class WithoutPose:
    """Codes with what goes with the head's pose taken out, and what that cost.

    ``cost`` is the share of the movement that went: head and face move together in
    real video, so that expression goes with pose. ``leak_before`` and ``leak_after``
    say how well the codes tell pose on stretches held out, R2.
    """

    embedding: MovementEmbedding
    cost: float
    leak_before: dict[str, float]
    leak_after: dict[str, float]

    def __str__(self) -> str:
        told = ", ".join(
            f"{axis} {before:.2f} to {self.leak_after.get(axis, float('nan')):.2f}"
            for axis, before in self.leak_before.items()
        )
        return f"{self.cost:.0%} of the movement went with head pose; R2 of pose: {told}"


def without_pose(embedding: MovementEmbedding, head: Head, *, share: Float64) -> WithoutPose:
    """Regress yaw, pitch and roll out of codes; ``share`` [D] weighs the components.

    A straight line for each code over all valid frames. TooLittleMovementError below
    60 s of face, ArgumentError for a head of other frames or one that never turns.
    """
    if not np.array_equal(embedding.times_s, head.times_s):
        raise ArgumentError(
            f"head: expected the {embedding.times_s.size} frames of the codes, got "
            f"{head.times_s.size}, or others; take both from the same recording"
        )
    pose = np.stack([getattr(head, f"{axis}_deg") for axis in AXES], 1).astype(np.float64)
    rows = embedding.valid & head.valid & np.isfinite(pose).all(1)
    clock = Clock()
    times_s = clock.take(embedding.times_s[rows])
    if clock.seconds < LEAST_S:
        raise TooLittleMovementError(
            f"codes: expected {LEAST_S:.0f} s of face or more to tell pose from expression, got "
            f"{clock.seconds:.0f} s; keep pose as a variable of its own beside the codes"
        )
    codes, turns = embedding.codes[rows].astype(np.float64), pose[rows] - pose[rows].mean(0)
    if not turns.any():
        raise ArgumentError("head: expected a head that turns, got one that never does")
    went = turns @ np.linalg.lstsq(turns, codes - codes.mean(0), rcond=None)[0]
    moved = float((codes.var(0) * share).sum())
    # Frames without a pose have no code that is free of it.
    changed = np.full(embedding.codes.shape, np.nan, np.float32)
    changed[rows] = codes - went
    spread = embedding.code_sd
    if spread is not None:
        spread = np.where(rows[:, None], spread, np.float32(np.nan))
    return WithoutPose(
        embedding=replace(embedding, codes=changed, code_sd=spread, valid=rows),
        cost=float((went.var(0) * share).sum()) / moved,
        leak_before=pose_leak(codes, pose[rows], times_s=times_s, share=share)[0],
        leak_after=pose_leak(codes - went, pose[rows], times_s=times_s, share=share)[0],
    )
