"""What the models of relations promise, and whether it holds: met, or missed by how much."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from scipy.stats import beta

from mimetic.bench.cells import NOT_RUN
from mimetic.bench.relations.results import LEVEL, Results, false_pairs, precision, spread
from mimetic.bench.relations.scenes import NETWORKS, OURS, PAPER, RENDERED, UNRENDERED
from mimetic.types import Float64

Row = dict[str, Any]
OUTSIDE = ("outside A", "outside B")
NULLS = ("null", "null small")
BEHIND, RIGHT, RIGHT_OUTSIDE, RIGHT_SMALL, RIGHT_FILMED = 0.01, 0.95, 0.90, 0.85, 0.80
CHANCE_REGIONS, CHANCE_FROZEN, SWAP, FILM = 0.03, 0.05, 0.02, 0.05
AGE_RATIO, FIT_S, EXPLAIN_S = 1.1, 60.0, 10.0
RIVALS = ("mean-pool", "forest", "forest-pairs", "logistic-regions", *NETWORKS)


def bars(results: Results) -> list[Row]:
    """Rows with what, bar, measured and verdict; what was not run says so."""
    return [
        *_estimates(results),
        *_pairs(results),
        *_nulls(results),
        *_looks(results),
        *_age(results),
        *_film(results),
        *_cost(results),
    ]


def _row(what: str, bar: str, measured: str | None, *, met: bool, by: str = "") -> Row:
    if measured is None:
        return {"what": what, "bar": bar, "measured": NOT_RUN, "verdict": ""}
    verdict = "met" if met else f"missed{' by ' + by if by else ''}"
    return {"what": what, "bar": bar, "measured": measured, "verdict": verdict}


def _limit(what: str, values: Float64, *, most: float, unit: str = "", digits: int = 2) -> Row:
    """The mean over seeds may not be more than a bound."""
    mean = _mean(values)
    told = None if mean is None else f"{spread(values, digits=digits)}{unit}"
    by = "" if mean is None else f"{mean - most:.2g}{unit}"
    return _row(what, f"at most {most:g}{unit}", told, met=mean is not None and mean <= most, by=by)


def _least(what: str, values: Float64, *, least: float) -> Row:
    """The mean over seeds may not be less than a bound."""
    mean = _mean(values)
    by = "" if mean is None else f"{least - mean:.2g}"
    met = mean is not None and mean >= least - 1e-9
    return _row(what, f"at least {least:.2f}", spread(values), met=met, by=by)


def _within(what: str, values: Float64, *, width: float) -> Row:
    """The mean over seeds may not be farther than this from chance."""
    mean = _mean(values)
    away = np.inf if mean is None else abs(mean - 0.5)
    bar = f"0.50 ± {width:.2f}"
    return _row(what, bar, spread(values, digits=3), met=away <= width, by=f"{away - width:.2g}")


def _mean(values: Float64) -> float | None:
    known = values[np.isfinite(values)]
    return float(known.mean()) if known.size else None


def _estimates(results: Results) -> Iterator[Row]:
    """Ours beside the best of the others, and beside the paper's, on the populations of both."""
    beside = {kind: results.beside("inside", (OURS, kind), "fidelity") for kind in RIVALS}
    known = {kind: each.mean(1) for kind, each in beside.items() if each.size}
    absent = [kind for kind in RIVALS if kind not in known]
    for words, kinds, bar, most in (
        ("the best opponent", RIVALS, f"behind by at most {BEHIND}", BEHIND),
        ("the paper's network", PAPER, "above", -1e-9),
    ):
        what = f"{OURS}: AUC, 320 people, beside {words}"
        some = [kind for kind in kinds if kind in known]
        if not some:
            yield _row(what, bar, None, met=False)
            continue
        best = max(some, key=lambda kind: known[kind][1] - known[kind][0])
        ours, theirs = known[best]
        told = f"{ours:.3f} beside {theirs:.3f} of {best}, {beside[best].shape[1]} populations"
        missing = [kind for kind in absent if kind in kinds]
        told += f" ({NOT_RUN}: {', '.join(missing)})" if missing else ""
        behind = theirs - ours
        yield _row(what, bar, told, met=behind <= most, by=f"{behind - max(most, 0):.2g}")


def _pairs(results: Results) -> Iterator[Row]:
    named = "share of the planted pairs among those named first"
    inside, small = (results.values(scene, OURS, precision) for scene in ("inside", "small"))
    outside = np.concatenate([results.values(scene, OURS, precision) for scene in OUTSIDE])
    yield _least(f"{OURS}: {named}, kinds of the first design, 320 people", inside, least=RIGHT)
    yield _least(f"{OURS}: {named}, six other kinds, 320 people", outside, least=RIGHT_OUTSIDE)
    yield _least(f"{OURS}: {named}, 120 people", small, least=RIGHT_SMALL)


def _nulls(results: Results) -> Iterator[Row]:
    for scene, people in zip(NULLS, (320, 120), strict=True):
        what = f"{OURS}: null populations with any pair called significant, {people} people"
        wrong = results.values(scene, OURS, lambda cell: float(false_pairs(cell) > 0))
        if not wrong.size:
            yield _row(what, f"at most {LEVEL}", None, met=False)
            continue
        count, share = int(wrong.sum()), float(wrong.mean())
        low, high = exact_interval(count, wrong.size)
        told = f"{count} of {wrong.size} ({low:.2f}–{high:.2f})"
        row = _row(what, f"at most {LEVEL}", told, met=share <= LEVEL, by=f"{share - LEVEL:.2g}")
        if share > LEVEL >= low:
            row["verdict"] += ", such as chance brings"
        yield row


def exact_interval(count: int, of: int) -> tuple[float, float]:
    """The 95 % interval of a share (Clopper and Pearson 1934)."""
    low = float(beta.ppf(0.025, count, of - count + 1)) if count else 0.0
    high = float(beta.ppf(0.975, count + 1, of - count)) if count < of else 1.0
    return low, high


def _looks(results: Results) -> Iterator[Row]:
    alone = results.values("inside", "logistic-regions", "fidelity")
    yield _within("logistic-regions: AUC, no pair can be seen", alone, width=CHANCE_REGIONS)
    still = results.values("inside", "frozen-frame", "fidelity")
    yield _within("frozen-frame: AUC, no movement can be seen", still, width=CHANCE_FROZEN)
    frozen = results.values("shortcut", OURS, "frozen")
    yield _within(f"{OURS}: AUC on frozen frames, looks tell the trait", frozen,
                  width=CHANCE_FROZEN)  # fmt: skip
    cost = results.values("shortcut", OURS, lambda cell: cell["fidelity"] - cell["swapped"])
    yield _limit(f"{OURS}: AUC lost when looks are swapped", cost, most=SWAP, digits=3)


def _age(results: Results) -> Iterator[Row]:
    ratio = results.values("age", OURS, lambda cell: cell["fidelity"] / cell["oracle"])
    yield _limit(f"{OURS}: error of age over the oracle's", ratio, most=AGE_RATIO)
    right = results.values("age", OURS, precision)
    yield _least(f"{OURS}: planted pairs among those named first, age", right, least=RIGHT)


def _film(results: Results) -> Iterator[Row]:
    right = results.values(RENDERED, OURS, precision)
    yield _least(f"{OURS}: planted pairs among those named first, 120 virtual people on film",
                 right, least=RIGHT_FILMED)  # fmt: skip
    both = results.both((UNRENDERED, RENDERED), OURS)
    lost = np.array([one["fidelity"] - other["fidelity"] for one, other in both], np.float64)
    yield _limit(
        f"{OURS}: AUC lost between the planted movement and its film", lost, most=FILM, digits=3
    )


def _cost(results: Results) -> Iterator[Row]:
    whole = results.values("inside", OURS, lambda cell: cell["fit_s"] + cell["test_s"])
    yield _limit(f"{OURS}: CPU seconds to fit about 960 clips, with features and tests", whole,
                 most=FIT_S, unit=" s")  # fmt: skip
    explain = results.values("inside", OURS, "explain_s")
    yield _limit(f"{OURS}: CPU seconds to explain", explain, most=EXPLAIN_S, unit=" s")
