"""The methods of flow as rows: what they are, and what the bench has measured of them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from mimetic.bench.flow.bars import ALL, MOVING
from mimetic.bench.flow.results import JUDGED, Results
from mimetic.bench.tables import origin
from mimetic.errors import ConfigError
from mimetic.flow.methods import AUTO, METHODS, Method, trained_methods

MEASURED = Path(__file__).with_name("measured.json")  # of the methods that come with the package
Figures = Mapping[str, float | None]


def list_methods(
    results: Path | None = None, *, models: Path | None = None
) -> list[dict[str, Any]]:
    """A row for each method of the package, and for each trained one below ``models``.

    Times and errors are those of the table of ``mimetic flow bench`` at ``results``, without
    one those that came with the package; None where nothing is known. Errors are geometric
    means over those of dis-vr on the same pairs.
    """
    found = [*METHODS.values(), *([] if models is None else trained_methods(models))]
    if results is None:
        known = json.loads(MEASURED.read_text(encoding="utf-8"))["methods"]
        return [_row(method, known.get(method.name, {})) for method in found]
    measured = _read(results)
    return [_row(method, _figures(measured, _told(method))) for method in found]


def summary(table: Mapping[str, Any]) -> str:
    """What ``measured.json`` holds of a table of the bench, as JSON text."""
    results = Results(table)
    figures = {name: _figures(results, name) for name in METHODS}
    about = {"about": "from benchmarks/results/flow.json", "origin": origin(table).strip("*\n")}
    return json.dumps({**about, "methods": figures}, indent=1) + "\n"


def _row(method: Method, figures: Figures) -> dict[str, Any]:
    weights = method.weights
    return {
        "method": method.name,
        "words": method.words,
        "default": method.name == AUTO,
        "here": method.here,
        "needs": list(method.needs),
        "weights": None if weights is None else str(weights),
        "weights_kib": None if weights is None else round(weights.stat().st_size / 1024),
        "weights_sha256": method.weights_hash or None,
        "licence": method.licence,
        **{key: figures.get(key) for key in ("ms_192px", "error_ratio", "moving_ratio")},
    }


def _told(method: Method) -> str:
    """The name of a method in the table of the bench: that of its folder if it was trained."""
    if method.name in METHODS or method.weights is None:
        return method.name
    return method.weights.parent.name


def _figures(measured: Results, name: str) -> dict[str, float | None]:
    figures = {"ms_192px": measured.cpu_ms(name)}
    for key, measure in (("error_ratio", ALL), ("moving_ratio", MOVING)):
        whole = measured.complete(JUDGED, name)
        ratio = measured.ratio(JUDGED, name, measure) if whole else None
        figures[key] = None if ratio is None else ratio.value
    return figures


def _read(path: Path) -> Results:
    try:
        return Results(json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ConfigError(
            f"{path}: expected the table of mimetic flow bench, got a fault: {error!r}"
        ) from error
