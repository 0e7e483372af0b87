import json

import numpy as np
import pytest

from mimetic.bench.micro import run
from mimetic.bench.micro.byflow import by_flow
from mimetic.bench.micro.filmed import seen_blinks
from mimetic.bench.micro.films import Films
from mimetic.bench.micro.recognition import Population, maps_cell, recognise_cell
from mimetic.bench.micro.run import Asked, bench_micro, jobs
from mimetic.bench.micro.scenes import Scene, scenes
from mimetic.bench.micro.spotting import found_by_amplitude, spot_cell
from mimetic.datasets.virtual_maps import MapPopulation
from mimetic.datasets.virtual_micro import MicroSettings
from mimetic.errors import ArgumentError
from mimetic.flow.predict import FlowEstimator
from tests.micro.moving import moving_clip


def test_a_large_movement_of_a_virtual_person_is_found(tmp_path):
    settings = MicroSettings(rate_hz=25.0, duration_s=3.2, amplitudes_px=(2.0,))
    films = Films(folder=tmp_path)
    cell = json.loads(json.dumps(spot_cell(Scene(settings=settings, recordings=1), 0, films=films)))
    again = spot_cell(Scene(settings=settings, recordings=1), 0, films=films)
    assert again["told"] == cell["told"]
    assert cell["wanted"]
    ((size, (hits, of)),) = found_by_amplitude([cell]).items()
    assert (size, hits) == (2.0, of)
    assert cell["frames"] == 80


def test_a_method_of_flow_finds_a_large_movement_too(tmp_path):
    settings = MicroSettings(rate_hz=25.0, duration_s=3.2, amplitudes_px=(2.0,))
    scene = Scene(settings=settings, recordings=1, coded=True)
    assert scene.plain()["coded"]
    compare = by_flow(FlowEstimator.load("farneback"))
    cell = spot_cell(scene, 0, films=Films(folder=tmp_path), compare=compare)
    assert found_by_amplitude([cell])[2.0][0] == len(cell["wanted"]) > 0


def test_classes_are_told_from_two_frames_of_virtual_people():
    settings = MicroSettings(duration_s=3.5, amplitudes_px=(2.0,), noise_sigma=0.0)
    population = Population(people=3, settings=settings)
    cell = recognise_cell(population, "dis")
    assert (
        len(cell["told"])
        == len(cell["labels"])
        == len(cell["amplitude_px"])
        == len(population.filmed)
        >= 3
    )
    assert 0 <= cell["uf1_low"] <= cell["uf1"] <= cell["uf1_high"] <= 1


def test_the_leaky_protocol_tells_more_than_the_nested_one():
    cell = maps_cell(MapPopulation(people=6, counts=(14, 8, 8)))
    assert cell["leaky"]["uf1"] >= cell["nested"]["uf1"]
    assert cell["pictures"]["uf1"] == pytest.approx(cell["nested"]["uf1"], abs=0.1)
    assert cell["nested_s"] > 0


def test_a_clip_without_blinks_has_none():
    assert seen_blinks([moving_clip([], duration_s=2.0)]) == ()


def plain_of(first=None, *rest):
    """What a cell says of its film or its people."""
    key = {Scene: "scene", Population: "population"}.get(type(first))
    return {} if key is None else {key: first.plain()}


def test_cells_are_filled_once_and_parts_are_those_asked_for(tmp_path, monkeypatch):
    counted = []

    def made(*about, **more):
        counted.append(about)
        return {"n": len(counted), **plain_of(*about)}

    for name in ("maps_cell", "recognise_cell", "spot_cell", "measure_magnification"):
        monkeypatch.setattr(run, name, made)
    heard = []
    file = tmp_path / "micro.json"
    bench_micro(file, Asked(parts=["maps"]), tell=heard.append)
    assert heard == ["maps / virtual / 0"]
    whole = bench_micro(file, Asked(most=2), tell=heard.append)
    assert whole["cells"]["maps / virtual / 0"]["n"] == 1
    names = set(whole["cells"])
    assert {"spotting / still / 1", "recognition / dis / 0"} <= names
    assert "spotting / still / 2" not in names
    assert json.loads(file.read_text())["cells"] == whole["cells"]
    bench_micro(file, Asked(most=2))
    assert len(counted) == len(names)
    monkeypatch.setattr(run, "scenes", lambda quick: {"still": scenes()["30 Hz"]})
    changed = bench_micro(file, Asked(parts=["maps"]))
    assert not [name for name in changed["cells"] if name.startswith("spotting")]
    assert "recognition / dis / 0" in changed["cells"]


def test_quick_is_little_of_everything():
    names = [name for name, _ in jobs(Asked(quick=True))]
    assert {name.split(" / ")[0] for name in names} == set(run.PARTS) - {"real"}
    assert len(names) < len(list(jobs(Asked(most=1))))


def test_an_unknown_part_is_refused():
    with pytest.raises(ArgumentError, match="--part: expected some of maps"):
        Asked(parts=["everything"])


def test_people_of_the_bench_are_not_those_of_another_part():
    from mimetic.bench.micro import recognition
    from mimetic.bench.micro import scenes as filmed

    spotted = {filmed.FIRST_PERSON + n for n in range(30)}
    recognised = {recognition.FIRST_PERSON + n for n in range(Population().people)}
    assert not spotted & recognised
    assert np.all(np.diff(sorted(recognised)) == 1)
