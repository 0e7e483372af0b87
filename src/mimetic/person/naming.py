"""What a movement is called: by what its landmarks do where it is at home."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mimetic.person.actions import ranked
from mimetic.person.describe import joined
from mimetic.person.parts import PARTS, Parts
from mimetic.person.places import REGIONS, energy_table, region_of_points
from mimetic.person.skin import Skin, skin_name
from mimetic.person.vocabulary import SEEN_ED, Word
from mimetic.types import Float32, Float64, Int64

SECOND = 0.6  # a second action is named from this part of the first one's strength on
ONE_SIDED = 0.25  # the weaker side has less than this part of the stronger one's energy


@dataclass(frozen=True, kw_only=True, eq=False)
class Description:
    """A movement in words, shares and landmark displacements [L 2] (ed)."""

    name: str
    side: str
    regions: dict[str, float]
    actions: tuple[tuple[str, float], ...]
    move_ed: Float32


def describe_word(word: Word, parts: Parts, skin: Skin) -> Description:
    """What a movement does, named by its largest actions in its home part.

    A small one that carries no landmark far is named by what light tells of the skin.
    """
    region, side = region_of_points(parts.mesh_px)
    part = part_of_region()[region]
    move = np.tensordot(word.change, parts.moves_ed, 1)
    if word.filter is not None and np.linalg.norm(move, axis=1).max() < SEEN_ED:
        return _describe_skin(word, skin)
    table = energy_table((move**2).sum(1), region, side=side)
    listed = ranked(move, table.sum(1))
    at_home = energy_table((move**2).sum(1) * (part == word.part), region, side=side)
    first, second = ranked(move * (part == word.part)[:, None], at_home.sum(1))[:2]
    name = joined(first[0], second[0]) if second[1] > SECOND * first[1] else first[0]
    return Description(
        name=name,
        side=_side(at_home),
        regions=dict(zip(REGIONS, map(float, table.sum(1)), strict=True)),
        actions=tuple(listed[:4]),
        move_ed=move.astype(np.float32),
    )


def _describe_skin(word: Word, skin: Skin) -> Description:
    table, move_ed = skin.regions(word.change), skin.shift_ed(word.change)
    name, side = skin_name(table, move_ed, skin.mesh_px)
    return Description(
        name=name,
        side=side,
        regions=dict(zip(REGIONS, map(float, table.sum(1)), strict=True)),
        actions=(),
        move_ed=move_ed,
    )


def distinct_names(names: list[str]) -> list[str]:
    """The names, a number behind those that were there before."""
    seen: dict[str, int] = {}
    out = []
    for name in names:
        seen[name] = seen.get(name, 0) + 1
        out.append(name if seen[name] == 1 else f"{name} ({seen[name]})")
    return out


def part_of_region() -> Int64:
    """The number of the part that each region belongs to [R]."""
    found = [
        number
        for region in REGIONS
        for number, names in enumerate(PARTS.values())
        if region in names
    ]
    return np.array(found, np.int64)


def _side(table: Float64) -> str:
    right, _, left = table.sum(0)
    if min(right, left) >= ONE_SIDED * max(right, left):
        return "both"
    return "right" if right > left else "left"
