"""The methods of flow as rows: what they are, and what the bench has measured of them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from mimetic.bench.flow.bars import ALL, MOVING
from mimetic.bench.flow.results import JUDGED, Results
from mimetic.errors import ConfigError
from mimetic.flow.methods import AUTO, METHODS, Method, trained_methods


def list_methods(results: Path, *, models: Path | None = None) -> list[dict[str, Any]]:
    """A row for each method of the package, and for each trained one below ``models``.

    Times and errors are those of the table of ``mimetic flow bench`` at ``results``, None
    without it. Errors are geometric means over those of dis-vr on the same pairs.
    """
    measured = _read(results) if results.is_file() else None
    found = [*METHODS.values(), *([] if models is None else trained_methods(models))]
    return [_row(method, measured) for method in found]


def _row(method: Method, measured: Results | None) -> dict[str, Any]:
    weights = method.weights
    row: dict[str, Any] = {
        "method": method.name,
        "words": method.words,
        "default": method.name == AUTO,
        "here": method.here,
        "needs": list(method.needs),
        "weights": None if weights is None else str(weights),
        "weights_kib": None if weights is None else round(weights.stat().st_size / 1024),
        "weights_sha256": method.weights_hash or None,
        "licence": method.licence,
        "ms_192px": None,
        "error_ratio": None,
        "moving_ratio": None,
    }
    if measured is None:
        return row
    told = method.name if method.name in METHODS or weights is None else weights.parent.name
    row["ms_192px"] = measured.cpu_ms(told)
    for key, measure in (("error_ratio", ALL), ("moving_ratio", MOVING)):
        whole = measured.complete(JUDGED, told)
        ratio = measured.ratio(JUDGED, told, measure) if whole else None
        row[key] = None if ratio is None else ratio.value
    return row


def _read(path: Path) -> Results:
    try:
        return Results(json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ConfigError(
            f"{path}: expected the table of mimetic flow bench, got a fault: {error!r}"
        ) from error
