"""Recognisers of brief movements from folders of maps: tested on people left out, learnt, used."""

from __future__ import annotations

import time
from collections import Counter
from typing import Any

from mimetic.micro.loso import Scores, loso
from mimetic.micro.mapset import MapSet


def try_maps(maps: MapSet, *, kind: str = "kernel", seed: int = 0) -> tuple[Scores, float]:
    """The nested left-out-subject test of maps, and the CPU seconds that it took."""
    started_s = time.process_time()
    found = loso(maps.maps, maps.labels, maps.subjects, kind=kind, seed=seed)
    return found, time.process_time() - started_s


def told_scores(found: Scores, maps: MapSet, *, cpu_s: float) -> dict[str, Any]:
    """A left-out-subject test in plain values."""
    count = Counter(maps.labels)
    classes = [
        {"class": name, "maps": count[name], "f1": f1, "recall": recall}
        for name, f1, recall in zip(found.classes, found.f1, found.recall, strict=True)
    ]
    return {
        "kind": found.kind,
        "protocol": found.protocol,
        "maps": len(maps.labels),
        "subjects": len(set(maps.subjects)),
        "uf1": found.uf1,
        "uf1_low": found.uf1_low,
        "uf1_high": found.uf1_high,
        "uar": found.uar,
        "uar_low": found.uar_low,
        "uar_high": found.uar_high,
        "classes": classes,
        "confusion": found.confusion.tolist(),
        "cpu_s": cpu_s,
    }
