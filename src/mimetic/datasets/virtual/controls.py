"""What the muscles of the virtual face do: smooth local pushes, and the opening of slits.

Every control at 1 moves the skin by the lengths written here, in eye distances
(1 ed = points 33 to 263); they are of the size that strong voluntary movements
have. Sides are the person's own.
"""

from __future__ import annotations

from dataclasses import dataclass

SIDED = (
    "inner_brow",
    "outer_brow",
    "brow_lower",
    "lid_close",
    "cheek",
    "lip_corner_up",
    "lip_corner_down",
    "lip_stretch",
)
CENTRAL = ("nose_wrinkle", "pucker", "lip_press", "jaw_open", "quirk")
CONTROLS = tuple(f"{name}_{side}" for name in SIDED for side in ("left", "right")) + CENTRAL


@dataclass(frozen=True, kw_only=True)
class Push:
    """A bump of skin movement around an anchor, exactly zero beyond its radius.

    ``anchor`` are landmarks of the person's right side (their mean), ``offset``
    and ``move`` point (outward, down, away from the camera).
    """

    anchor: tuple[int, ...]
    move: tuple[float, float, float]  # ed
    radius: tuple[float, float]  # ed, across and down
    offset: tuple[float, float] = (0.0, 0.0)  # ed


PUSHES: dict[str, tuple[Push, ...]] = {
    "inner_brow": (
        Push(anchor=(107, 55), move=(0.01, -0.13, 0.0), radius=(0.34, 0.34), offset=(0, -0.09)),
    ),
    "outer_brow": (
        Push(anchor=(70, 63), move=(0.02, -0.12, 0.02), radius=(0.36, 0.34), offset=(0, -0.09)),
    ),
    "brow_lower": (
        Push(anchor=(107, 55), move=(-0.05, 0.10, 0.0), radius=(0.34, 0.38), offset=(0, -0.08)),
    ),
    "cheek": (Push(anchor=(50, 205), move=(0.01, -0.10, -0.03), radius=(0.36, 0.38)),),
    "nose_wrinkle": (
        Push(anchor=(129,), move=(0.01, -0.08, 0.0), radius=(0.26, 0.36), offset=(0, -0.05)),
    ),
    "lip_corner_up": (Push(anchor=(61,), move=(0.05, -0.11, 0.03), radius=(0.42, 0.44)),),
    "lip_corner_down": (
        Push(anchor=(61,), move=(0.02, 0.13, 0.0), radius=(0.36, 0.38), offset=(0, 0.03)),
    ),
    "lip_stretch": (Push(anchor=(61,), move=(0.12, 0.01, 0.04), radius=(0.46, 0.36)),),
    "pucker": (Push(anchor=(61,), move=(-0.13, 0.01, -0.04), radius=(0.40, 0.38)),),
}
# On the middle line, applied once.
MIDDLE_PUSHES: dict[str, tuple[Push, ...]] = {
    "nose_wrinkle": (Push(anchor=(6,), move=(0.0, 0.03, 0.0), radius=(0.24, 0.26)),),
    "pucker": (
        Push(anchor=(0,), move=(0.0, 0.03, -0.10), radius=(0.34, 0.26)),
        Push(anchor=(17,), move=(0.0, -0.03, -0.10), radius=(0.34, 0.26)),
    ),
}
# Places where a private movement may sit, and how wide it may be.
QUIRK_ANCHORS = (205, 187, 129, 216, 32, 105)


@dataclass(frozen=True, kw_only=True)
class Quirk:
    """A private movement: where, on which side, where to, how wide (ed)."""

    anchor: int = 129
    side: str = "left"
    move: tuple[float, float, float] = (0.08, -0.04, 0.0)
    radius: tuple[float, float] = (0.26, 0.26)

    def push(self) -> Push:
        """The movement as a push on the right side; mirrored when ``side`` is left."""
        return Push(anchor=(self.anchor,), move=self.move, radius=self.radius)
