"""What is spotted in recordings of real people, of whom nobody knows the truth."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from mimetic.bench.micro.bars import cells_of
from mimetic.bench.tables import Table, told
from mimetic.errors import InputError, StoreError
from mimetic.io.result import open_result
from mimetic.micro.spot import survey
from mimetic.types import ExpressionEvent

Row = dict[str, Any]


def clips_in(results: Path | None) -> list[Path]:
    """The result folders in a folder, by name; StoreError where there is none."""
    if results is None:
        return []
    found = sorted(each.parent for each in results.glob("*/manifest.json"))
    if not found:
        raise StoreError(f"{results}: expected folders of mimetic analyze in it, found none")
    return found


def real_cell(folder: Path) -> Row:
    """What counts, lasts and is rejected in a recording; ``fault`` where nothing can be said."""
    try:
        found = survey(open_result(folder))
    except (InputError, StoreError) as error:
        return {"fault": type(error).__name__}
    return {
        "minutes": found.minutes,
        "rate_hz": found.rate_hz,
        "least_snr": float(np.sqrt(2 * found.threshold)),
        "told": [_plain(event) for event in found.micro],
        "lasting": len(found.macro),
        "rejected": dict(Counter(str(e.rejected).partition(" (")[0] for e in found.rejected)),
    }


def real_table(table: Table) -> str:
    """A row for each recording in which something could be said."""
    names = dict.fromkeys(
        each.split(" / ")[1] for each in table["cells"] if each.startswith("real / ")
    )
    rows = []
    for name in names:
        (cell,) = cells_of(table, "real", name)
        if "fault" not in cell:
            rows.append(_row(name, cell))
    columns = {
        "clip": "clip",
        "minutes": "minutes of face",
        "rate": "frames a second",
        "least": "counts from a signal to noise of",
        "told": "count",
        "lasting": "last or stay",
        "rejected": "rejected",
    }
    return told(rows, columns)


def _row(name: str, cell: Row) -> Row:
    return {
        "clip": name,
        "minutes": f"{cell['minutes']:.2f}",
        "rate": f"{cell['rate_hz']:.0f}",
        "least": f"{cell['least_snr']:.1f}",
        "told": _places(cell["told"]),
        "lasting": str(cell["lasting"]),
        "rejected": "; ".join(f"{many} {why}" for why, many in cell["rejected"].items()) or "0",
    }


def _places(events: Sequence[Row]) -> str:
    where = ", ".join(f"{each['apex_s']:.2f} s {each['region']}" for each in events)
    return f"{len(events)}: {where}" if events else "0"


def _plain(event: ExpressionEvent) -> Row:
    return {
        "apex_s": event.apex_s,
        "duration_s": event.offset_s - event.onset_s,
        "region": event.regions[0],
        "snr": event.snr,
    }
