"""Gather many results into one table: a row for each video and region.

Run it as::

    python examples/collect.py results/ movements.csv

Columns: the share of measured frames, the median and the 95 % point of the
displacement from neutral (ed), the noise floor, the share of measured time above
it, the asymmetry of the pair that the region belongs to, and blinks a minute.
"""

import csv
import sys
from pathlib import Path

import numpy as np

import mimetic

COLUMNS = (
    *("video", "measured", "region", "median_ed", "high_ed", "floor_ed", "above_floor"),
    *("asymmetry", "blinks_per_min"),
)


def rows_of(result: mimetic.Result) -> list[dict[str, object]]:
    """One row for each region of a finished result."""
    dynamics = result.regions
    feature = dynamics.features.index("displacement_ed")
    facts = result.facts("motion")
    sides = {one[side]: one["index"] for one in facts["asymmetry"] for side in ("left", "right")}
    rows = []
    for number, region in enumerate(dynamics.regions):
        values = dynamics.values[:, number, feature]
        values = values[np.isfinite(values)]
        floor = float(dynamics.noise_floor[number, feature])
        if not values.size:
            continue
        rows.append(
            {
                "video": result.path.name,
                "measured": float(result.table("frames")["measured"].to_numpy().mean()),
                "region": region,
                "median_ed": float(np.median(values)),
                "high_ed": float(np.quantile(values, 0.95)),
                "floor_ed": floor,
                "above_floor": float((values > floor).mean()),
                "asymmetry": sides.get(region),
                "blinks_per_min": facts["lids"]["blinks_per_min"],
            }
        )
    return rows


def collect(folder: Path) -> list[dict[str, object]]:
    """The rows of every finished result below a folder; others are named and left out."""
    rows: list[dict[str, object]] = []
    for manifest in sorted(folder.glob("*/manifest.json")):
        try:
            rows += rows_of(mimetic.open_result(manifest.parent))
        except mimetic.MimeticError as error:
            sys.stderr.write(f"{manifest.parent.name}: left out: {error}\n")
    return rows


if __name__ == "__main__":
    source, out = map(Path, sys.argv[1:])
    with out.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, COLUMNS)
        writer.writeheader()
        writer.writerows(collect(source))
