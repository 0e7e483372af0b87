import numpy as np
import pytest

from mimetic.ops.confidence import confidence_of, judge_confidence


def test_confidence_rises_with_the_logit_from_none_to_sure():
    values = [confidence_of(logit) for logit in (-700, 0, 9, 12, 15, 30, 700)]
    assert values == sorted(values)
    assert values[0] == pytest.approx(0)
    assert values[3] == 0.5
    assert values[-1] == 1


@pytest.mark.parametrize(
    ("confidence", "level", "words"),
    [
        ([0.99, 0.995, np.nan], "high", "paintings"),
        ([0.9, 0.95], "moderate", "statues and animals"),
        ([0.3], "low", "may not be a living human face"),
        ([np.nan], "none", "no frame shows a face"),
        ([], "none", "no frame shows a face"),
    ],
)
def test_confidence_is_put_in_words(confidence, level, words):
    judged = judge_confidence(np.array(confidence))
    assert judged.level == level
    assert words in judged.words


@pytest.mark.parametrize(("logit", "level"), [(9, "low"), (20, "moderate"), (30, "high")])
def test_a_statue_is_not_as_sure_as_a_face(logit, level):
    assert judge_confidence(np.full(5, confidence_of(logit))).level == level


def test_the_median_is_that_of_the_known_frames():
    assert judge_confidence(np.array([np.nan, 0.2, 0.4, 0.9])).median == pytest.approx(0.4)
    assert np.isnan(judge_confidence(np.array([np.nan])).median)
