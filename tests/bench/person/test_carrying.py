import numpy as np
import pytest

from mimetic.bench.person import decoding
from mimetic.bench.person.carrying import NETWORK_STARTS, measure_updates
from mimetic.bench.person.claims import claims
from mimetic.bench.person.decoding import Virtual
from mimetic.bench.person.learning import measure_curriculum, measure_network
from mimetic.bench.person.results import Results, by_person
from mimetic.bench.person.settings import QUICK, SETTINGS
from mimetic.bench.person.tables import TABLES
from mimetic.learn.curriculum import LAGS
from tests.bench.person.faces import drawn

CURVE = QUICK["curve"] | {"updates": (0, 2), "general_updates": 2}
CURRICULUM = QUICK["curriculum"] | {"updates": 1}
TINY = SETTINGS | QUICK | {
    "people": 3,
    "takes": 2,
    "seconds": 6.0,
    "components": 8,
    "transfer_s": (3.0,),
    "network_updates": {"neural": 0, "cycle": 1, "fabnet": 1},
    "curriculum": CURRICULUM,
    "curve": CURVE,
}  # fmt: skip


@pytest.fixture
def tiny(monkeypatch, tmp_path):
    monkeypatch.setattr(
        decoding,
        "filmed",
        lambda person, take, *, seed, cache: drawn(6.0, 8.0, seed=10 * person.seed + seed),
    )
    return Virtual(TINY, tmp_path)


def test_a_curve_has_every_start_and_others_weigh_in_where_there_is_little_video(tiny):
    cell = measure_updates(tiny, 0, 0)
    assert set(cell) == set(NETWORK_STARTS)
    for curve in cell.values():
        assert set(curve["3"]) == {"0", "2"}
        assert np.isfinite(list(curve["3"].values())).all()
    assert cell["general"]["3"] != cell["general and own"]["3"]
    cells = {f"updates / person {n} / seed {s}": cell for n in range(2) for s in range(2)}
    table = {"settings": TINY, "cells": cells, "made": {}}
    assert len(by_person(Results(table), "updates")) == 2
    assert "| general and own | 3 s |" in TABLES["person:updates"](table)


def test_curricula_are_compared_at_equal_updates_and_judged_against_random_pairs(tiny):
    cell = measure_curriculum(tiny, 0, kind="fabnet", seed=0)
    assert set(cell) == set(LAGS)
    better = {lag: 0.5 + 0.1 * (lag == "jumps") for lag in LAGS}
    cells = {f"curriculum / fabnet / person {n} / seed 0": better for n in range(3)}
    table = {"settings": TINY, "cells": cells, "made": {}}
    verdicts = {row["what"]: row["verdict"] for row in claims(Results(table))}
    assert verdicts["curriculum, fabnet: lags jumps over random pairs at equal updates"] == "holds"
    assert verdicts["curriculum, fabnet: lags linear over random pairs at equal updates"] != "holds"
    assert "| fabnet | 1 | jumps | 0.600" in TABLES["person:curriculum"](table)


def test_a_network_is_learnt_from_every_seed_and_stands_beside_the_linear_model(tiny):
    cell = measure_network(tiny, 0, "neural")
    assert len(cell["r2_mean"]) == len(cell["jitter"]) == 2
    assert cell["seeds"]["r2"] > cell["seeds"]["null"]
    cells = {
        "network / neural / person 0": cell,
        "virtual / linear / person 0": {"r2_mean": [0.0, 0.25]},
    }
    shown = TABLES["person:networks"]({"settings": TINY, "cells": cells, "made": {}})
    assert "| linear |  | 0.250" in shown
    assert "| neural |" in shown
