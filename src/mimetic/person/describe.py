"""What a component is called: where on this person's face it moves, which way, on which side."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mimetic.person.actions import ranked
from mimetic.person.places import REGIONS, energy_table, nearest_point, region_of_points
from mimetic.person.weights import PersonWeights
from mimetic.types import Float64, Floats

RIGID = 0.6  # above this share a movement is called one of the whole head
SHADING = 0.03  # below this share of landmarks, which weigh a quarter, a component is shading
SECOND = 0.6  # a second action is named from this part of the first one's strength on
ONE_SIDED = 0.25  # the weaker side has less than this part of the stronger one's energy


@dataclass(frozen=True, kw_only=True)
class Component:
    """One direction of the movement space, in words and shares.

    ``share`` is its part of the joint variance, ``landmark_share`` the part of
    the component that is movement of points (the rest is change of light and
    texture), ``head_share`` the part of that movement that a turn, shift or
    change of size of the whole head explains. ``regions`` sum to one. ``actions``
    are named movements with their strength at +1 sd, 1 being clearly visible.
    """

    number: int
    name: str
    share: float
    landmark_share: float
    head_share: float
    side: str  # "left", "right" or "both", the person's own
    regions: dict[str, float]
    actions: tuple[tuple[str, float], ...]


def describe(weights: PersonWeights, appearance_px: int) -> tuple[Component, ...]:
    """All components of a space, in their order, with distinct names."""
    moves_ed = weights.landmark_sd_ed()
    appearance = weights.appearance_sd()
    region, side = region_of_points(weights.mesh_px)
    pixel = np.zeros(0, np.int64)
    if appearance_px:
        pixel = nearest_point(weights.mesh_px, weights.crop_px, appearance_px=appearance_px)
    taken: set[str] = set()
    components = []
    for number, move in enumerate(moves_ed):
        points_part = float((weights.basis[number, weights.appearance_size :] ** 2).sum())
        energies = [(move**2).sum(1), appearance[number] ** 2]
        tables = [
            energy_table(energies[0], region, side=side),
            energy_table(energies[1], region[pixel], side=side[pixel]),
        ]
        table = points_part * tables[0] + (1 - points_part) * tables[1]
        regions = dict(zip(REGIONS, map(float, table.sum(1)), strict=True))
        head = head_movement(move, weights.mesh_px)
        listed = ranked(move, tables[0].sum(1))
        name = _name(listed, head=head, landmark_share=points_part, regions=regions)
        components.append(
            Component(
                number=number,
                name=_distinct(name, taken),
                share=float(weights.share[number]),
                landmark_share=points_part,
                head_share=head[0],
                side=_side(table),
                regions=regions,
                actions=tuple(listed[:4]),
            )
        )
    return tuple(components)


def head_movement(move_ed: Float64, mesh_px: Floats) -> tuple[float, str]:
    """How much of a movement [L 2] the whole head explains, 0 to 1, and that in words."""
    x, y, z = (mesh_px - mesh_px.mean(0)).astype(np.float64).T
    none, one = np.zeros_like(x), np.ones_like(x)
    # To first order; the words are for a positive and a negative amount.
    modes = {
        ("shifting to the left", "shifting to the right"): (one, none),
        ("shifting down", "shifting up"): (none, one),
        ("coming closer", "moving away"): (x, y),
        ("tilting clockwise", "tilting counter-clockwise"): (-y, x),
        ("turning to the left", "turning to the right"): (-z, none),
        ("turning up", "turning down"): (none, z),
    }
    design = np.stack([np.stack(mode, 1).ravel() for mode in modes.values()], 1)
    flat = move_ed.ravel()
    amounts = np.linalg.lstsq(design, flat, rcond=None)[0]
    energy = float((flat**2).sum())
    sizes = np.abs(amounts) * np.linalg.norm(design, axis=0)
    largest = int(sizes.argmax())
    words = list(modes)[largest][0 if amounts[largest] >= 0 else 1]
    share = float(((design @ amounts) ** 2).sum() / energy) if energy > 0 else 0.0
    return share, words


def _side(table: Float64) -> str:
    right, _, left = table.sum(0)
    if min(right, left) >= ONE_SIDED * max(right, left):
        return "both"
    return "right" if right > left else "left"


def _name(
    listed: list[tuple[str, float]],
    *,
    head: tuple[float, str],
    landmark_share: float,
    regions: dict[str, float],
) -> str:
    if landmark_share < SHADING:
        first, second = sorted(regions, key=lambda name: -regions[name])[:2]
        return f"shading of {first} and {second}"
    if head[0] > RIGID:
        return f"whole head {head[1]}"
    (first, strength), (second, next_strength) = listed[:2]
    return joined(first, second) if next_strength > SECOND * strength else first


def joined(first: str, second: str) -> str:
    """Two phrases in one: "both brows up", "left mouth corner up and outward"."""
    whole = [phrase.replace("inner ", "").replace("outer ", "") for phrase in (first, second)]
    if whole[0] == whole[1]:
        return whole[0]
    (what, _), (other, way) = (phrase.rsplit(" ", 1) for phrase in (first, second))
    if what == other:
        return f"{first} and {way}"
    return f"{first}, {second}"


def _distinct(name: str, taken: set[str]) -> str:
    number, unique = 1, name
    while unique in taken:
        number += 1
        unique = f"{name} ({number})"
    taken.add(unique)
    return unique
