import dataclasses

import numpy as np
import pytest

from mimetic.datasets.planted import Population, PopulationSettings
from mimetic.datasets.planted.face import RegionFace
from mimetic.datasets.planted.filming import course_of
from mimetic.datasets.virtual import Camera, Person
from mimetic.errors import ArgumentError
from mimetic.flow.classical import one_thread
from mimetic.ops.regions import REGIONS_9
from mimetic.pipeline import rendered
from mimetic.pipeline.rendered import (
    RenderSettings,
    clip_key,
    clip_program,
    measure_film,
    render,
)
from mimetic.pipeline.survival import survival
from mimetic.types import LocalDynamics

FEW = PopulationSettings(subjects=2, clips_per_subject=2, steps=38)


@pytest.fixture
def films(monkeypatch):
    """Counts the films that are measured, and gives what they would if all went well."""
    made = []

    def pretend(recording):
        made.append(recording)
        course = recording.program.course(recording.times_s)
        values = np.zeros((*course.shape, 3), np.float32)
        values[..., 1] = -0.02 * course
        return LocalDynamics(
            values=values,
            times_s=recording.times_s,
            regions=REGIONS_9,
            features=("displacement_x_ed", "displacement_y_ed", "area_change"),
            valid=np.ones(course.shape, bool),
        )

    monkeypatch.setattr(rendered, "measure_film", pretend)
    return made


def test_a_clip_is_rendered_once_and_then_read(tmp_path, films):
    population = Population.draw(FEW, 1)
    told = []
    first = render(population, tmp_path, tell=lambda done, total: told.append((done, total)))
    again = render(population, tmp_path)
    assert len(films) == 4
    assert told[-1] == (4, 4)
    assert again.dynamics[3].subject == population.subjects[3]
    assert again.dynamics[3].features == first.dynamics[3].features
    np.testing.assert_array_equal(again.dynamics[3].values, first.dynamics[3].values)
    np.testing.assert_array_equal(again.oracle_scores, population.oracle_scores)


def test_a_part_that_was_rendered_serves_the_whole(tmp_path, films):
    population = Population.draw(FEW, 1)
    render(population.take(np.array([0, 3])), tmp_path)
    render(population, tmp_path)
    assert len(films) == 4


def test_a_damaged_file_is_made_anew(tmp_path, films):
    population = Population.draw(FEW, 1).take(np.array([0]))
    render(population, tmp_path)
    kept = next(tmp_path.glob("*.npz"))
    kept.write_bytes(kept.read_bytes()[:100])
    render(population, tmp_path)
    assert len(films) == 2


def test_other_settings_other_people_and_other_movements_are_other_clips():
    population = Population.draw(FEW, 1)
    shown = RenderSettings()
    keys = {clip_key(population, row, shown) for row in range(4)}
    keys |= {clip_key(population, 0, dataclasses.replace(shown, drive=0.4))}
    keys |= {clip_key(Population.draw(FEW, 2), 0, shown)}
    longer = dataclasses.replace(FEW, steps=48)
    keys |= {clip_key(Population.draw(longer, 1), 0, shown)}
    assert len(keys) == 7


def test_movement_that_is_measured_as_planted_survives_whole(tmp_path, films):
    kept = survival(render(Population.draw(FEW, 1), tmp_path))
    assert [one.region for one in kept] == list(REGIONS_9)
    for one in kept:
        whole = (one.amplitude, one.latency, one.course, one.fine)
        assert whole == pytest.approx((1, 1, 1, 1), abs=1e-4)


def test_planted_movement_survives_film_and_tracker(tmp_path):
    population = Population.draw(FEW, 1).take(np.array([1]))
    found = render(population, tmp_path)
    dynamics = found.dynamics[0]
    assert dynamics.regions == REGIONS_9
    assert dynamics.valid[2:].mean() > 0.9
    assert dynamics.noise_floor is not None
    courses = [one.course for one in survival(found)]
    assert np.median(courses) > 0.85
    wanted = course_of(FEW, population.latents, 0)
    assert wanted.shape == dynamics.valid.shape


def test_the_same_movement_on_other_skin_reads_the_same_within_the_noise_floor():
    """One face painted in two ways, filmed, tracked and measured: no look can enter."""
    population = Population.draw(FEW, 1)
    program = clip_program(population, 1, RenderSettings(head_size=0.0))
    camera = Camera(rate_hz=FEW.rate_hz, size_px=(192, 192), noise_sigma=1.0)
    with one_thread():
        plain, painted = (
            measure_film(RegionFace(Person(seed=5, texture=skin), camera).record(program, seed=3))
            for skin in (0.0, 2.0)
        )
    across = [plain.features.index(f"displacement_{axis}_ed") for axis in "xy"]
    seen = plain.valid & painted.valid
    apart = np.abs(plain.values - painted.values)[seen][:, across]
    floors = np.hypot(plain.noise_floor, painted.noise_floor)[:, across]
    floors = np.broadcast_to(floors, (len(plain.values), *floors.shape))[seen]
    assert (apart <= floors).mean() > 0.85
    assert np.median(apart) < 0.1 * np.percentile(np.abs(plain.values[seen][:, across]), 90)


def test_other_regions_than_the_nine_are_refused(tmp_path):
    population = Population.draw(dataclasses.replace(FEW, regions="13"), 1)
    with pytest.raises(ArgumentError, match="expected a population of the nine regions"):
        render(population, tmp_path)


@pytest.mark.parametrize(
    ("wrong", "said"),
    [({"drive": 0}, "drive: expected more than 0"), ({"head_size": 2}, "head_size: expected 0")],
)
def test_settings_of_films_that_cannot_be_are_refused(wrong, said):
    with pytest.raises(ArgumentError, match=said):
        RenderSettings(**wrong)
