"""Cells of a bench that never ran, whose figures are known."""

from mimetic.bench.relations.trial import steps_of

PAIRS, OTHERS = [[0, 1], [2, 3], [4, 5]], [[6, 7]]


def place(one, other, regions=9):
    """Where a pair stands in a list of those above the diagonal."""
    return one * regions - one * (one + 1) // 2 + other - one - 1


def importance(right=3, distractor=False):
    """Importance in which so many planted pairs come first; the rest follow in their order."""
    values = [1e-3 * (36 - n) for n in range(36)]
    for one, other in PAIRS:
        values[place(one, other)] = 0.0
    for one, other in PAIRS[:right]:
        values[place(one, other)] = 2.0
    if distractor:
        values[place(*OTHERS[0])] = 1.0
    return values


def cell(fidelity=0.98, right=3, **more):
    """A cell of a kind that names pairs."""
    count = len(steps_of(36))
    made = {
        "scene": {"shuffled": False}, "fit_s": 5.0, "test_s": 1.0, "explain_s": 0.1,
        "pairs": PAIRS, "distractors": OTHERS, "explanations": {"importance": importance(right)},
        "p": [0.001 if value == 2.0 else 1.0 for value in importance(right)],
        "fidelity": fidelity, "oracle": 0.99, "cut": 0.5, "cut_elsewhere": fidelity,
        "removal": {
            "importance": {"deletion": [0.9] + [0.5] * (count - 1), "insertion": [0.9] * count},
            "random": {"deletion": [0.9] * count, "insertion": [0.9] * count},
        },
    }  # fmt: skip
    return made | more


def silent(fidelity, **more):
    """A cell of a kind that names no pairs."""
    made = cell(fidelity, **more) | {"explanations": {}}
    for name in ("p", "test_s", "explain_s", "removal"):
        del made[name]
    return made


def table(**cells):
    """A stored table; names are scene__kind, values lists of cells by seed."""
    named = {}
    for name, listed in cells.items():
        scene, kind = (word.replace("_", " ") for word in name.split("__"))
        kind = kind.replace(" ", "-")
        named |= {f"{scene} / {kind} / {seed}": one for seed, one in enumerate(listed)}
    return {"settings": {}, "made": {}, "cells": named}
