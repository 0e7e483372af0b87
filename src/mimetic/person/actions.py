"""Movements that have a name, measured on landmark displacements."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mimetic.ops import landmarks as lm
from mimetic.person.places import REGIONS, energy_table, region_of_points
from mimetic.types import Float32, Float64

ONE_SIDED = 0.5  # the weaker side moves less than this part of the stronger one


@dataclass(frozen=True, kw_only=True)
class Action:
    """A movement with a name: mean motion of points, or of points against others.

    ``right`` are points of the person's right side, mirrored for the left; a
    central action has no sides. ``usual_ed`` is a clearly visible amount.
    """

    region: str
    what: str
    ways: tuple[str, str]  # words for more and for less
    toward: tuple[float, float]  # direction of more for the person's right side, (x, y)
    usual_ed: float
    right: tuple[int, ...]
    against: tuple[int, ...] = ()
    paired: bool = True


ACTIONS = (
    Action(
        region="mouth",
        what="mouth",
        ways=("opening", "closing"),
        toward=(0, 1),
        usual_ed=0.15,
        right=(14, 87, 317),
        against=(13, 82, 312),
        paired=False,
    ),
    Action(
        region="jaw",
        what="jaw",
        ways=("down", "up"),
        toward=(0, 1),
        usual_ed=0.15,
        right=(152, 148, 377),
        paired=False,
    ),
    Action(
        region="mouth",
        what="mouth",
        ways=("to the left", "to the right"),
        toward=(1, 0),
        usual_ed=0.06,
        right=(61, 291, 0, 17),
        paired=False,
    ),
    Action(
        region="mouth",
        what="upper lip",
        ways=("up", "down"),
        toward=(0, -1),
        usual_ed=0.06,
        right=(0, 37, 267),
        paired=False,
    ),
    Action(
        region="mouth",
        what="lower lip",
        ways=("down", "up"),
        toward=(0, 1),
        usual_ed=0.12,
        right=(17, 84, 314),
        paired=False,
    ),
    Action(
        region="mouth",
        what="mouth corner",
        ways=("up", "down"),
        toward=(0, -1),
        usual_ed=0.06,
        right=(61,),
    ),
    Action(
        region="mouth",
        what="mouth corner",
        ways=("outward", "inward"),
        toward=(-1, 0),
        usual_ed=0.06,
        right=(61,),
    ),
    Action(
        region="brow",
        what="inner brow",
        ways=("up", "down"),
        toward=(0, -1),
        usual_ed=0.06,
        right=(107, 55, 66, 65),
    ),
    Action(
        region="brow",
        what="outer brow",
        ways=("up", "down"),
        toward=(0, -1),
        usual_ed=0.06,
        right=(70, 63, 46, 53),
    ),
    Action(
        region="brow",
        what="inner brow",
        ways=("inward", "outward"),
        toward=(1, 0),
        usual_ed=0.03,
        right=(107, 55),
    ),
    Action(
        region="eye",
        what="eye",
        ways=("closing", "opening"),
        toward=(0, 1),
        usual_ed=0.06,
        right=lm.UPPER_LID_RIGHT[1:-1],
        against=lm.LOWER_LID_RIGHT[1:-1],
    ),
    Action(
        region="cheek",
        what="cheek",
        ways=("up", "down"),
        toward=(0, -1),
        usual_ed=0.05,
        right=(50, 101, 205, 36),
    ),
    Action(
        region="nose",
        what="nose wing",
        ways=("up", "down"),
        toward=(0, -1),
        usual_ed=0.03,
        right=(48, 64, 98),
    ),
    Action(
        region="eye",
        what="gaze",
        ways=("to the left", "to the right"),
        toward=(1, 0),
        usual_ed=0.05,
        right=(lm.IRIS_MIDDLE_RIGHT, lm.IRIS_MIDDLE_LEFT),
        against=(33, 133, 362, 263),
        paired=False,
    ),
    Action(
        region="eye",
        what="gaze",
        ways=("down", "up"),
        toward=(0, 1),
        usual_ed=0.05,
        right=(lm.IRIS_MIDDLE_RIGHT, lm.IRIS_MIDDLE_LEFT),
        against=(33, 133, 362, 263),
        paired=False,
    ),
)


def action_amounts(move_ed: Float64) -> Float64:
    """How much of every action a movement [L 2] makes on the right and left, [A 2] in ed.

    Both entries are the same for an action without sides, and zero for one whose
    points this landmark scheme does not have.
    """
    amounts = np.zeros((len(ACTIONS), 2))
    for number, action in enumerate(ACTIONS):
        if max(action.right) >= len(move_ed):
            continue
        for side in (0, 1):
            flip = side == 1 and action.paired
            toward = np.array(action.toward) * ([-1, 1] if flip else [1, 1])
            points, others = list(action.right), list(action.against)
            if flip:
                points, others = list(lm.MIRROR[points]), list(lm.MIRROR[others])
            moved = move_ed[points].mean(0) - (move_ed[others].mean(0) if others else 0)
            amounts[number, side] = moved @ toward
    return amounts


def pleasing_signs(moves_ed: Float64, mesh_px: Float32) -> Float64:
    """The signs [D] that make the first named action of every movement [D L 2] go its first way."""
    region, side = region_of_points(mesh_px)
    signs = np.ones(len(moves_ed))
    for number, move in enumerate(moves_ed):
        table = energy_table((move**2).sum(1), region, side=side)
        score = _scores(action_amounts(move), table.sum(1))
        signs[number] = -1.0 if score[np.abs(score).argmax()] < 0 else 1.0
    return signs


def ranked(move_ed: Float64, regions: Float64) -> list[tuple[str, float]]:
    """All actions of a movement [L 2] in words with their strength, the most telling first.

    ``regions`` [R] are the shares of the movement's energy. An action counts for
    more where the movement is: strength times the root of its region's share.
    """
    amounts = action_amounts(move_ed)
    order = np.argsort(-np.abs(_scores(amounts, regions)), kind="stable")
    strength = np.abs(_strength(amounts))
    return [(_phrase(ACTIONS[n], *amounts[n]), float(strength[n])) for n in order]


def _scores(amounts: Float64, regions: Float64) -> Float64:
    share = np.array([regions[REGIONS.index(action.region)] for action in ACTIONS])
    return np.asarray(_strength(amounts) * np.sqrt(share))


def _strength(amounts: Float64) -> Float64:
    """Signed strength [A] of every action against its usual amount, the stronger side's."""
    stronger = np.take_along_axis(amounts, np.abs(amounts).argmax(1)[:, None], 1)[:, 0]
    return np.asarray(stronger / np.array([action.usual_ed for action in ACTIONS]))


def _phrase(action: Action, right: float, left: float) -> str:
    stronger = right if abs(right) >= abs(left) else left
    way = action.ways[0 if stronger >= 0 else 1]
    if not action.paired:
        return f"{action.what} {way}"
    weaker = min(abs(right), abs(left))
    if weaker < ONE_SIDED * abs(stronger):
        return f"{'right' if stronger == right else 'left'} {action.what} {way}"
    if right * left > 0:
        return f"both {action.what}s {way}"
    other = action.ways[1 if stronger >= 0 else 0]
    ways = (way, other) if stronger == left else (other, way)
    return f"{action.what}s: left {ways[0]}, right {ways[1]}"
