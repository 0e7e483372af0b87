"""``mimetic relations score``: dealt folds, published ones, and labels that vary within people."""

import numpy as np
import pytest

from mimetic.errors import ArgumentError
from mimetic.pipeline.crossing import cross_people
from mimetic.pipeline.traits import read_people
from tests.cli.test_commands import answer, run
from tests.pipeline.people import change_row, planted, read_rows, write_people, write_rows
from tests.test_docs import flat, rows_of

QUICK = ("--kind", "logistic-regions")


@pytest.fixture(scope="module")
def people(tmp_path_factory):
    population = planted()
    ages = np.linspace(20, 70, len(population))
    people = write_people(tmp_path_factory.mktemp("people"), population, age=ages)
    return change_row(people, 4, style="")


def published(people, fold_of):
    """A file of folds by the names of clips."""
    rows = read_rows(people)
    path = people.parent / "folds.txt"
    lines = [f"{row['path'].split('/')[1]} {fold_of(row, n)}" for n, row in enumerate(rows)]
    path.write_text("\n".join(lines))
    return path


def test_every_person_is_scored_in_one_of_the_dealt_folds(people, capsys):
    words = ("relations", "score", people, "--trait", "style", "--folds", "4", *QUICK)
    told = answer(capsys, *words)
    assert len(told["folds"]) == 4
    assert sum(one["people"] for one in told["folds"]) == told["people"] == 31
    assert told["score_low"] <= told["score"] <= told["score_high"]
    assert [one["row"] for one in told["left_out"]] == [4]
    assert any("Scored on 31 people" in each for each in told["warnings"])
    useless = told["score_low"] <= 0.5
    assert useless == any("not better than chance" in each for each in told["warnings"])
    head = rows_of("json.md", "What every object holds")
    assert sorted(flat(told)) == sorted([*head, *rows_of("json.md", "`relations score`")])


def test_numbers_are_scored_by_their_error_in_the_unit_of_the_trait(people):
    found = cross_people(read_people(people, "age"), folds=3, kind="logistic-regions", trait="age")
    assert (found.label, found.unit) == (None, "years")
    assert found.score == pytest.approx(np.average(
        [one["score"] for one in found.folds], weights=[one["people"] for one in found.folds]
    ), rel=0.05)  # fmt: skip


def test_published_folds_are_those_that_are_tested(people, capsys):
    homes = [row["family"] or row["subject"] for row in read_rows(people)]
    by_home = published(people, lambda row, n: len(homes[n]) + homes.index(homes[n]) % 3)
    words = ("relations", "score", people, "--trait", "style", *QUICK, "--folds")
    code, out, errors = run(capsys, *words, by_home)
    assert code == 0, errors
    assert "row 4: done/c2: left out: style: missing" in errors
    assert "fold" in out


def test_published_folds_that_split_a_family_or_leave_clips_out_are_refused(people, capsys):
    families = [row["family"] for row in read_rows(people)]
    shared = next(name for name in families if name and families.count(name) > 1)
    first = families.index(shared)
    words = ("relations", "score", people, "--trait", "age", *QUICK, "--folds")
    code, _, errors = run(capsys, *words, published(people, lambda row, n: int(n == first)))
    assert code == ArgumentError.exit_code
    assert "people of its group are in" in errors
    short = people.parent / "short.txt"
    short.write_text("c0 1\nc1 2\n")
    code, _, errors = run(capsys, *words, short)
    assert code == ArgumentError.exit_code
    assert "done/c2 is in none" in errors


def test_labels_that_vary_within_people_are_scored_clip_by_clip(tmp_path):
    """Were the clips of a person weighed together, both classes would get the same score."""
    population = planted()
    people = write_people(tmp_path, population)
    rows = read_rows(people)
    for n, row in enumerate(rows):
        row |= {"subject": f"s{n // 2}", "family": "", "style": "ab"[n % 2]}
    write_rows(people, rows)
    found = read_people(people, "style")
    still = [
        one.__class__(**{**vars(one), "values": one.values * (1 + row % 2)})
        for row, one in enumerate(found.dynamics)
    ]
    told = cross_people(
        found.__class__(**{**vars(found), "dynamics": tuple(still)}),
        folds=4, kind="logistic-regions", trait="style",
    )  # fmt: skip
    assert told.score > 0.7


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--folds", "1"), "--folds: expected 2 to 100"),
        (("--folds", "nowhere.txt"), "nowhere.txt is not there"),
        (("--kind", "fdin-cnn"), "looks at pixels"),
        (("--kind", "magic"), "kind: expected one of"),
        (("--features", "pixels"), "--features: expected one of"),
    ],
)
def test_words_that_fit_nothing_are_refused_before_anything_is_read(people, capsys, words, said):
    code, _, errors = run(capsys, "relations", "score", people, "--trait", "style", *words)
    assert code == ArgumentError.exit_code
    assert said in errors
