import numpy as np
import pytest

from mimetic.errors import ArgumentError, ShapeError
from mimetic.learn.classes import (
    class_f1,
    class_recall,
    confusion,
    mcnemar,
    subject_interval,
    swap_test,
    uar,
    uf1,
)

TRUTH = ["a", "a", "a", "a", "b", "b", "c"]
TOLD = ["a", "a", "a", "b", "b", "c", "c"]


def test_the_confusion_has_the_truth_in_rows():
    table = confusion(TRUTH, TOLD)
    np.testing.assert_array_equal(table, [[3, 1, 0], [0, 1, 1], [0, 0, 1]])
    turned = confusion(TRUTH, TOLD, classes=["c", "b", "a"])
    np.testing.assert_array_equal(turned, table[::-1, ::-1])


def test_every_class_counts_the_same_however_rare():
    table = confusion(TRUTH, TOLD)
    np.testing.assert_allclose(class_f1(table), [6 / 7, 2 / 4, 2 / 3])
    np.testing.assert_allclose(class_recall(table), [3 / 4, 1 / 2, 1])
    assert uf1(table) == pytest.approx((6 / 7 + 1 / 2 + 2 / 3) / 3)
    assert uar(table) == pytest.approx(2.25 / 3)


def test_a_class_without_samples_has_no_score():
    table = confusion(["a", "a"], ["a", "b"], classes=["a", "b"])
    assert np.isnan(class_f1(table)[1])
    assert np.isnan(uf1(table))
    assert np.isnan(uar(table))


def test_a_label_of_no_class_is_refused():
    with pytest.raises(ArgumentError, match=r"expected a, b, c, got \['smile'\]"):
        confusion(TRUTH, [*TOLD[:-1], "smile"])
    with pytest.raises(ShapeError, match="told"):
        confusion(TRUTH, TOLD[:-1])


def test_the_interval_over_subjects_holds_the_score_and_is_wider_where_people_differ():
    rng = np.random.default_rng(0)
    people = np.repeat(np.arange(40), 6)
    truth = np.tile(["a", "b", "c"], 80)
    wrong = np.roll(truth, 1)
    scattered = np.where(rng.random(240) < 0.7, truth, wrong)
    by_person = np.where((np.arange(40) < 28)[people], truth, wrong)
    widths = []
    for told in (scattered, by_person):
        low, high = subject_interval(truth, told, people, rng=np.random.default_rng(1), draws=300)
        assert (low <= 0.72).all()
        assert (high >= 0.68).all()
        widths.append(high - low)
    assert (widths[1] > 1.5 * widths[0]).all()


def test_mcnemar_looks_at_what_only_one_method_gets_right():
    truth = ["a"] * 20
    first, second = ["a"] * 8 + ["b"] * 12, ["b"] * 8 + ["b"] * 12
    assert mcnemar(truth, first, second) == pytest.approx(2 * 0.5**8)
    assert mcnemar(truth, first, first) == 1
    with pytest.raises(ShapeError, match="second"):
        mcnemar(truth, first, second[:-1])


def test_the_swap_test_finds_a_difference_that_is_there_and_none_that_is_not():
    rng = np.random.default_rng(2)
    people = np.repeat(np.arange(30), 5)
    good, bad = rng.random(150) < 0.85, rng.random(150) < 0.6
    twin = rng.permutation(good)

    def difference(one, other):
        def of(rows):
            return float(np.where(rows, other, one).mean() - np.where(rows, one, other).mean())

        return of

    assert swap_test(difference(good, bad), people, rng=rng, draws=400) < 0.02
    assert swap_test(difference(good, twin), people, rng=rng, draws=400) > 0.2
    with pytest.raises(ArgumentError, match="draws"):
        swap_test(difference(good, bad), people, rng=rng, draws=0)
