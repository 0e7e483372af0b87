"""Clusters as places where points lie dense, with the sparse ones left out (HDBSCAN)."""

from __future__ import annotations

import numpy as np
from scipy.cluster.hierarchy import linkage
from scipy.spatial.distance import squareform

from mimetic.errors import ArgumentError
from mimetic.types import Float64, Int64
from mimetic.types.arrays import check_shape

NEAREST = 1e-12  # copies of a point are this far apart


def dense_clusters(distance: Float64, *, least: int, neighbours: int = 2) -> Int64:
    """The cluster [n] of every point from distances [n n], -1 for those in none.

    HDBSCAN (Campello, Moulavi and Sander 2013): points are as far apart as the
    sparser of their surroundings (the ``neighbours``-th nearest, the point itself
    included); of the tree that grows as this distance shrinks, those branches of at
    least ``least`` points are kept that hold together over the widest range. Clusters
    are numbered by their size, largest first. Nothing is drawn at random.
    """
    check_shape("distance", distance, "N N")
    if least < 2 or neighbours < 1:
        raise ArgumentError(
            f"least, neighbours: expected 2 and 1 or more, got {least}, {neighbours}"
        )
    count = len(distance)
    labels = np.full(count, -1, np.int64)
    if count < max(2 * least, neighbours):
        return labels
    core = np.partition(distance, neighbours - 1, axis=1)[:, neighbours - 1]
    reach = np.maximum(distance, np.maximum(core[:, None], core[None]))
    np.fill_diagonal(reach, 0)
    tree = linkage(squareform(reach, checks=False), "single")
    groups = [_points_below(tree, node, count) for node in _chosen(tree, count, least)]
    for number, group in enumerate(sorted(groups, key=lambda g: (-len(g), min(g)))):
        labels[group] = number
    return labels


def _chosen(tree: Float64, count: int, least: int) -> list[int]:
    """The nodes of the tree below which a kept cluster lies."""
    sizes = np.concatenate([np.ones(count), tree[:, 3]]).astype(int)
    gain, children = _branches(tree, sizes, least)
    kept: dict[int, list[int]] = {}
    best: dict[int, float] = {}
    # Branches are numbered downwards, so their own branches come first here.
    for node in reversed(list(gain)):
        below = sum(best[child] for child in children[node])
        whole = gain[node] >= below and node != 2 * count - 2  # all points are no cluster
        best[node] = gain[node] if whole else below
        parts = [one for child in children[node] for one in kept[child]]
        kept[node] = [node] if whole else parts
    return kept[2 * count - 2]


def _branches(
    tree: Float64, sizes: Int64, least: int
) -> tuple[dict[int, float], dict[int, list[int]]]:
    """For every branch of ``least`` points or more how long it holds, and its own branches."""
    count = len(tree) + 1
    root = 2 * count - 2
    gain: dict[int, float] = {}
    children: dict[int, list[int]] = {}
    waiting = [(root, 0.0)]
    while waiting:
        branch, born = waiting.pop()
        gain[branch], children[branch], node = 0.0, [], branch
        while node >= count:
            left, right = (int(side) for side in tree[node - count, :2])
            density = 1 / max(float(tree[node - count, 2]), NEAREST)
            large = [side for side in (left, right) if sizes[side] >= least]
            stay = int(sizes[large[0]]) if len(large) == 1 else 0
            gain[branch] += (int(sizes[node]) - stay) * (density - born)
            if len(large) == 2:
                children[branch] = large
                waiting += [(side, density) for side in large]
            if len(large) != 1:
                break
            node = large[0]
    return gain, children


def _points_below(tree: Float64, node: int, count: int) -> list[int]:
    found, waiting = [], [node]
    while waiting:
        here = waiting.pop()
        if here < count:
            found.append(here)
        else:
            waiting += [int(side) for side in tree[here - count, :2]]
    return found
