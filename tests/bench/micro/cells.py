"""Cells of a bench that never ran, whose figures are known."""


def moments(apex_s, half_s=0.1, **more):
    """An event around its apex."""
    return {"onset_s": apex_s - half_s, "apex_s": apex_s, "offset_s": apex_s + half_s, **more}


def spotting(wanted, told, distractors=(), minutes=0.5):
    """A cell with true apexes by amplitude, told apexes, and what else went on."""
    return {
        "minutes": minutes,
        "wanted": [moments(at, amplitude_px=size) for at, size in wanted],
        "told": [moments(at, score=10.0) for at in told],
        "candidates": [moments(at, score=10.0) for at in told],
        "threshold": 8.0,
        "frames": 900,
        "spot_s": 1.8,
        "distractors": [moments(at, kind="macro") for at in distractors],
        "rejected": [],
    }


def scores(uf1, **more):
    """Scores with an interval of a tenth on both sides."""
    row = {"uf1": uf1, "uf1_low": uf1 - 0.1, "uf1_high": uf1 + 0.1}
    return {**row, "uar": uf1, "uar_low": uf1 - 0.1, "uar_high": uf1 + 0.1, **more}


def magnified(method, displacement, background_px):
    """A row of magnification."""
    return {
        "method": method, "amplitude_px": 0.3, "by": 8.0, "displacement": displacement,
        "background_px": background_px, "still_skin_px": 0.1, "still_skin_rms_px": 0.1,
        "error_levels": 2.0, "still_levels": 1.0,
    }  # fmt: skip


def table(**cells):
    """A stored table; names are part__name, values lists of cells."""
    named = {}
    for name, listed in cells.items():
        part, scene = name.split("__")
        for number, cell in enumerate(listed):
            named[f"{part} / {scene.replace('_', ' ')} / {number}"] = cell
    return {"settings": {}, "made": {}, "cells": named}
