import dataclasses

import numpy as np
import pytest

from mimetic.datasets.planted import Population
from mimetic.datasets.table import read_list
from mimetic.errors import ArgumentError, DatasetError, DiskError, StoreError, VideoError
from mimetic.io.result import open_result
from mimetic.ops.regions import REGIONS_9
from mimetic.pipeline import AnalyzeConfig, traits
from mimetic.pipeline.traitfits import check_kind, fit_people, fit_probed
from mimetic.pipeline.traits import (
    measure_for,
    measure_with,
    read_groups,
    read_people,
    result_folders,
)
from mimetic.relations.card import limits_of
from mimetic.relations.facts import ProbeFacts
from tests.pipeline.people import FEW, change_row, planted, write_dynamics, write_people, write_rows


@pytest.fixture(scope="module")
def population():
    return planted()


@pytest.fixture
def listed(tmp_path, population):
    """A list of files that stand for films, and how they are measured."""
    rows = []
    for place, label in enumerate(population.labels):
        (tmp_path / f"c{place}.mp4").touch()
        subject, family = population.subjects[place], population.families[place]
        rows.append(
            {"path": f"c{place}.mp4", "subject": subject, "family": family, "style": label}
            | {"age": f"{20 + place}", "code": f"{place % 2}"}
        )

    def measure(source, out):
        return population.dynamics[int(source.stem[1:])]

    return write_rows(tmp_path / "people.csv", rows), measure


def test_stored_results_are_opened_in_the_order_of_the_file(tmp_path, population):
    few = population.take(np.arange(12))
    people = read_people(write_people(tmp_path, few), "style")
    assert people.labels == few.labels
    assert people.subjects == list(few.subjects)
    assert people.families == list(few.families)
    assert people.rows == tuple(range(2, 14))
    assert people.dynamics[3].subject == few.subjects[3]
    np.testing.assert_array_equal(people.dynamics[3].values, few.dynamics[3].values)


def test_videos_are_measured_into_a_folder_beside_the_list(listed, population, monkeypatch):
    path, _ = listed
    asked = []
    done = open_result(write_dynamics(path.parent / "done", population.dynamics[0]))

    def pretend(source, *, out, config, progress):
        asked.append((source, out, config.regions))
        return done

    monkeypatch.setattr(traits, "analyze", pretend)
    read_people(path, "style", measure=measure_with(AnalyzeConfig(regions="9")))
    assert asked[4] == (path.parent / "c4.mp4", path.parent / "results" / "c4", "9")
    asked.clear()
    read_people(path, "style", results=path.parent / "there")
    assert asked[0] == (path.parent / "c0.mp4", path.parent / "there" / "c0", "13")


def test_videos_named_alike_get_folders_of_their_own(tmp_path):
    names = ("a/anna.mp4", "a/anna.mov", "b/anna.mp4", "../anna.mp4", ".")
    (tmp_path / "list").mkdir()
    one = read_list(
        write_rows(tmp_path / "people.csv", [{"path": "list", "subject": "anna", "sex": "f"}])
    )[0]
    recordings = [dataclasses.replace(one, id=name) for name in names]
    folders = [
        str(each.relative_to(tmp_path).as_posix()) for each in result_folders(recordings, tmp_path)
    ]
    assert folders == ["a/anna-mp4", "a/anna-mov", "b/anna", "anna", "recording"]


def test_a_row_that_fails_is_told_and_the_others_go_on(listed):
    path, measure = listed
    change_row(path, 5, style="n/a")

    def some(source, out):
        if source.stem == "c1":
            raise VideoError("damaged")
        one = measure(source, out)
        if source.stem == "c2":
            seen = np.zeros_like(one.valid)
            return dataclasses.replace(one, values=one.values * np.nan, valid=seen)
        return one

    people = read_people(path, "style", measure=some)
    assert len(people.dynamics) == 29
    told = [(one.row, one.path, one.exit_code) for one in people.left_out]
    assert told == [(3, "c1.mp4", 11), (4, "c2.mp4", 17), (5, "c3.mp4", 0)]
    assert people.left_out[0].error == "damaged"
    assert "fewer than eight steps" in people.left_out[1].error
    assert people.left_out[2].error == "style: missing"


def test_a_list_of_which_nothing_can_be_measured_is_refused_with_rows(listed):
    path, _ = listed

    def never(source, out):
        raise StoreError("nothing there")

    with pytest.raises(DatasetError, match=r"none of the 32 rows(.|\n)*row 2: nothing there"):
        read_people(path, "style", measure=never)


def test_a_full_disk_ends_the_measuring(listed):
    path, _ = listed
    asked = []

    def full(source, out):
        asked.append(source)
        raise DiskError("no room")

    with pytest.raises(DiskError):
        read_people(path, "style", measure=full)
    assert len(asked) == 1


def test_clips_measured_by_other_regions_are_named(listed):
    path, measure = listed

    def mixed(source, out):
        one = measure(source, out)
        other = tuple(f"other_{name}" for name in one.regions)
        return dataclasses.replace(one, regions=other) if source.stem in ("c4", "c7") else one

    with pytest.raises(ArgumentError, match="rows 6, 9: other regions than in row 2"):
        read_people(path, "style", measure=mixed)


def test_columns_that_cannot_be_learnt_from_are_refused_before_anything_is_measured(listed):
    path, _ = listed

    def never(source, out):
        pytest.fail("nothing is to be measured")

    def refused(match, trait, label=None):
        with pytest.raises(DatasetError, match=match):
            read_people(path, trait, label=label, measure=never)

    refused("expected a column 'height', found the label columns: style, age, code", "height")
    refused("code: holds only 0 and 1; .* --label 1", "code")
    refused("style: label: expected one of .*, got 'third'", "style", "third")
    change_row(path, 7, age="old")
    refused("age: expected a number in every row, as in 31 of them; got row 7: 'old'", "age")
    for row in range(2, 34):
        change_row(path, row, age="", style="first")
    refused("age: missing in every row", "age")
    refused("style: labels: expected at least two classes", "style")


def test_numbers_are_classes_where_one_is_asked_for(listed):
    path, measure = listed
    assert set(read_people(path, "code", label="1", measure=measure).labels) == {"0", "1"}
    assert read_people(path, "age", measure=measure).labels[:2] == (20.0, 21.0)
    assert set(read_groups(path, "code", measure=measure).labels) == {"0", "1"}


def test_a_tracker_that_trembles_more_in_one_class_is_found_out(listed):
    path, _ = listed
    settings = dataclasses.replace(FEW, jitter_by_trait=2.0)
    shaky = Population.draw(settings, 1)
    people = read_people(
        path, "style", measure=lambda source, out: shaky.dynamics[int(source.stem[1:])]
    )
    model = fit_probed(people, trait="style", kind="frozen-frame")
    still, shaking = model.facts.probes
    assert (still.kind, shaking.kind) == ("frozen-frame", "tracker-noise")
    assert shaking.beyond_chance
    assert not still.beyond_chance
    assert not dataclasses.replace(shaking, score_low=None).beyond_chance
    told = "can be told without movement, by the probe tracker-noise"
    assert told in " ".join(limits_of(model.facts))
    assert told in model.card()
    assert "frozen-frame 0." in model.card()


def test_an_error_is_beyond_chance_where_all_of_it_lies_below():
    probe = ProbeFacts(
        kind="frozen-frame", score=5.0, score_low=4.0, score_high=6.0, chance=7.0,
        higher_is_better=False,
    )  # fmt: skip
    assert probe.beyond_chance
    assert not dataclasses.replace(probe, chance=5.5).beyond_chance


def test_a_video_is_measured_by_the_regions_and_features_of_the_model(listed, monkeypatch):
    path, measure = listed
    people = read_people(path, "age", measure=measure)
    model = fit_people(people, trait="age", kind="frozen-frame")
    assert model.facts.regions == REGIONS_9
    assert model.facts.unit == "years"
    asked = []
    done = open_result(write_dynamics(path.parent / "done", people.dynamics[0]))

    def pretend(source, *, out, config, progress):
        asked.append(config.regions)
        return done

    monkeypatch.setattr(traits, "analyze", pretend)
    found = measure_for(model, None)(path.parent / "film.mp4", path.parent / "out")
    assert (found.features, found.regions) == (model.facts.features, REGIONS_9)
    model.facts = dataclasses.replace(model.facts, regions=("left", "right"))
    measure_for(model, None)(path.parent / "film.mp4", path.parent / "out")
    measure_for(model, AnalyzeConfig(regions="9"))(path.parent / "film.mp4", path.parent / "out")
    assert asked == ["9", "13", "9"]
    with pytest.raises(ArgumentError, match="--features: expected one of flow, landmarks, both"):
        measure_with(AnalyzeConfig(), features="pixels")


def test_kinds_that_cannot_be_kept_are_refused():
    with pytest.raises(ArgumentError, match="looks at pixels"):
        check_kind("neutral-shape")
    with pytest.raises(ArgumentError, match="not stored"):
        check_kind("mean-pool")
    with pytest.raises(ArgumentError, match="expected one of"):
        check_kind("magic")
    check_kind("additive")
