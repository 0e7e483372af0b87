"""Brief movements in anatomical words, and the action units that geometry allows.

The words say where skin went in this person's face ("right mouth corner up"); an action unit
(Ekman and Friesen 1978) is a candidate only: which muscle pulled is not seen from outside.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from mimetic.ops.landmarks import MIRROR
from mimetic.types import Float64, Floats

LEAST_SHARE = 0.5  # of the largest movement of any place, below which a place is not named
_ALONG = 0.38  # cosine-like: a direction is named where it has that share of the length
_REACH_ED = 0.12  # of the mean around a place


@dataclass(frozen=True, kw_only=True)
class Place:
    """A named place of the face: points of the person's right side, mirrored for the left.

    ``ways`` are the words for down, up, outward and inward with the action unit of each,
    where there is one; a place on the midline has no side.
    """

    name: str
    points: tuple[int, ...]
    down: str | None = None
    up: str | None = None
    outward: str | None = None
    inward: str | None = None
    middle: bool = False


PLACES = (
    Place(name="inner brow", points=(107, 55, 66), up="AU1", down="AU4", inward="AU4"),
    Place(name="outer brow", points=(70, 63, 105), up="AU2", down="AU4"),
    Place(name="upper lid", points=(223, 222, 224), up="AU5", down="AU43"),
    Place(name="cheek", points=(50, 101, 36), up="AU6"),
    Place(name="nose wing", points=(129, 98, 64), up="AU9"),
    Place(name="nose root", points=(6, 168), up="AU9", middle=True),
    Place(name="upper lip", points=(39, 37), up="AU10"),
    Place(
        name="mouth corner",
        points=(61, 186, 57),
        up="AU12",
        down="AU15",
        outward="AU20",
        inward="AU18",
    ),
    Place(name="chin", points=(199, 175), up="AU17", down="AU26", middle=True),
)


@dataclass(frozen=True, kw_only=True)
class Motion:
    """How one place moved: words for the person who reads, numbers in eye distances."""

    words: str
    side: str  # left, right or both (the middle)
    outward_ed: float
    down_ed: float
    unit: str | None  # candidate of an action unit

    @property
    def length_ed(self) -> float:
        """How far."""
        return float(np.hypot(self.outward_ed, self.down_ed))


def motions_of(
    places_px: Floats, moved_px: Floats, *, mesh_px: Floats, ed_px: float
) -> tuple[Motion, ...]:
    """Named motions, the largest first, of displacements [n 2] at places [n 2], pixels of a crop.

    Each named place takes the mean of what was measured within 0.12 eye distances; places
    that moved less than half as far as the one that moved most are left out.
    """
    found = []
    for place in PLACES:
        for side in ("both",) if place.middle else ("right", "left"):
            points = np.array(place.points)
            points = MIRROR[points] if side == "left" else points
            middle = np.asarray(mesh_px, np.float64)[points, :2].mean(0)
            move = _mean_near(places_px, moved_px, middle, reach_px=_REACH_ED * ed_px) / ed_px
            if np.isfinite(move).all():
                # The person's right lies at the left of the picture.
                outward = {"right": -move[0], "left": move[0], "both": 0.0}[side]
                found.append(_named(place, side, float(outward), float(move[1])))
    largest = max((each.length_ed for each in found), default=0.0)
    kept = [each for each in found if each.length_ed >= LEAST_SHARE * largest > 0]
    return tuple(sorted(kept, key=lambda each: -each.length_ed))


def unit_candidates(motions: tuple[Motion, ...]) -> Mapping[str, float]:
    """Action units that geometry allows, each with the largest motion in ed that speaks for it."""
    found: dict[str, float] = {}
    for motion in motions:
        if motion.unit is not None:
            found[motion.unit] = max(found.get(motion.unit, 0.0), motion.length_ed)
    return dict(sorted(found.items(), key=lambda item: -item[1]))


def _mean_near(places: Floats, moved: Floats, middle: Float64, *, reach_px: float) -> Float64:
    away = np.linalg.norm(places - middle, axis=1)
    weight = np.exp(-((away / reach_px) ** 2)) * np.isfinite(moved).all(1)
    if not weight.sum() > 0.2:
        return np.full(2, np.nan)
    return np.asarray(weight @ np.nan_to_num(moved) / weight.sum(), np.float64)


def _named(place: Place, side: str, outward_ed: float, down_ed: float) -> Motion:
    length = float(np.hypot(outward_ed, down_ed)) + 1e-12
    ways = []
    if abs(down_ed) >= _ALONG * length:
        ways.append(("down", place.down) if down_ed > 0 else ("up", place.up))
    if abs(outward_ed) >= _ALONG * length:
        way = ("outward", place.outward) if outward_ed > 0 else ("inward", place.inward)
        ways.append(way)
    if abs(outward_ed) > abs(down_ed):
        ways.reverse()  # the main direction first
    prefix = "" if place.middle else f"{side} "
    return Motion(
        words=f"{prefix}{place.name} {' and '.join(word for word, _ in ways)}",
        side=side,
        outward_ed=outward_ed,
        down_ed=down_ed,
        unit=next((unit for _, unit in ways if unit is not None), None),
    )
