"""What became of the claims of the paper: differences with intervals."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from mimetic.bench.cells import NOT_RUN
from mimetic.bench.person.bars import NEW_S, novelty, virtual_transfer
from mimetic.bench.person.results import (
    Estimate,
    Results,
    by_person,
    over_clip_differences,
    over_differences,
)

Row = dict[str, Any]
FEW = 25  # updates


def claims(results: Results) -> list[Row]:
    """The claims of the paper with a difference, its interval, and what it says."""
    return [
        *_against(results),
        *_carried(results),
        *_updated(results),
        *_curriculum(results),
        _claim(
            "novel movements: new to the model of others, less the null's count", novelty(results)
        ),
    ]


def _claim(what: str, found: Estimate | None) -> Row:
    if found is None:
        return {"what": what, "difference": NOT_RUN, "verdict": ""}
    verdict = "holds" if found.low > 0 else "the opposite" if found.high < 0 else "not shown"
    return {"what": what, "difference": str(found), "verdict": verdict}


def _against(results: Results) -> Iterator[Row]:
    for components in results.settings.get("dimensions", ()):
        own, general = f"own {components}", f"general {components}"
        cells = list(results.under("against").values())
        found = over_differences(
            [cell[own]["r2_mean"] for cell in cells], [cell[general]["r2_mean"] for cell in cells]
        )
        yield _claim(f"a person's own model over one of others, virtual, k = {components}", found)
        clips = results.under("real against")
        real = over_clip_differences(
            {name: cell[own] for name, cell in clips.items()},
            {name: cell[general] for name, cell in clips.items()},
        )
        yield _claim(f"a person's own model over one of others, real, k = {components}", real)


def _carried(results: Results) -> Iterator[Row]:
    for seconds in results.settings.get("transfer_s", ()):
        found = virtual_transfer(results, "general and own", "own", f"{seconds:g}")
        yield _claim(
            f"transfer: general and own over own alone after {seconds:g} s, virtual", found
        )
    found = virtual_transfer(results, "another person", "own", NEW_S)
    yield _claim(f"another person's model over own after {NEW_S} s, virtual", found)


def _curriculum(results: Results) -> Iterator[Row]:
    for kind in results.codes("curriculum") or ["cycle"]:
        cells = by_person(results, "curriculum", kind)
        for lag in ("jumps", "linear", "constant"):
            found = over_differences(
                [[cell[lag] for cell in each] for each in cells],
                [[cell["random"] for cell in each] for each in cells],
            )
            what = f"curriculum, {kind}: lags {lag} over random pairs at equal updates"
            yield _claim(what, found)


def _updated(results: Results) -> Iterator[Row]:
    """Few updates of a network that others taught against all updates of a fresh one."""
    cells = by_person(results, "updates")
    curve = results.settings.get("curve", {})
    few, all_of_them = str(FEW), str(max(curve.get("updates", (FEW,))))
    for seconds in results.settings.get("transfer_s", ()):
        for start, count, rival in (
            ("general", few, ("scratch", all_of_them)),
            ("general", few, ("another person", few)),
            ("general and own", few, ("general", few)),
            ("general", all_of_them, ("general", "0")),
        ):
            found = over_differences(
                [[cell[start][f"{seconds:g}"][count] for cell in each] for each in cells],
                [[cell[rival[0]][f"{seconds:g}"][rival[1]] for cell in each] for each in cells],
            )
            what = (
                f"network, {seconds:g} s: {start} after {count} updates over {rival[0]} after "
                f"{rival[1]}"
            )
            yield _claim(what, found)
