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
    ours = results.values("inside", OURS, "fidelity")
    means = {kind: _mean(results.values("inside", kind, "fidelity")) for kind in RIVALS}
    known = {kind: mean for kind, mean in means.items() if mean is not None}
    what, mine = f"{OURS}: AUC, 320 people", _mean(ours)
    best = max(known, key=lambda kind: known[kind], default=None)
    if best is None or mine is None:
        yield _row(f"{what}, beside the best opponent", f"behind by at most {BEHIND}", None,
                   met=False)  # fmt: skip
    else:
        behind = known[best] - mine
        told = f"{mine:.3f} beside {known[best]:.3f} of {best}"
        absent = [kind for kind in RIVALS if kind not in known]
        told += f" ({NOT_RUN}: {', '.join(absent)})" if absent else ""
        yield _row(f"{what}, beside the best opponent", f"behind by at most {BEHIND}", told,
                   met=behind <= BEHIND, by=f"{behind - BEHIND:.2g}")  # fmt: skip
    paper = {kind: known[kind] for kind in PAPER if kind in known}
    if mine is None or not paper:
        yield _row(f"{what}, beside the paper's network", "above", None, met=False)
        return
    first = max(paper, key=lambda kind: paper[kind])
    told = f"{mine:.3f} beside {paper[first]:.3f} of {first}"
    yield _row(f"{what}, beside the paper's network", "above", told, met=mine > paper[first],
               by=f"{paper[first] - mine:.2g}")  # fmt: skip


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
