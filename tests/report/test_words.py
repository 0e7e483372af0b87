import numpy as np
import pytest

from mimetic.report import words


@pytest.mark.parametrize(
    ("value", "said"),
    [(0.2134, "0.21"), (12.4, "12"), (1.84, "1.8"), (0.0049, "0.0049"), (-3.21, "−3.2"),
     (1234.0, "1,234"), (0.0, "0"), (np.nan, "–"), (np.inf, "–")],
)  # fmt: skip
def test_numbers_keep_the_digits_that_matter(value, said):
    assert words.number(value) == said


@pytest.mark.parametrize(
    ("value", "said"), [(-0.001, "0.00"), (0.5, "0.50"), (-0.286, "−0.29"), (np.nan, "–")]
)
def test_fixed_numbers_have_no_negative_zero(value, said):
    assert words.fixed(value) == said


@pytest.mark.parametrize(
    ("share", "said"),
    [(0.97, "97 %"), (1.0, "100 %"), (0.9999, "99.9 %"), (0.001, "under 1 %"), (0.0, "0 %"),
     (np.nan, "–")],
)  # fmt: skip
def test_a_share_never_rounds_up_to_all_or_down_to_nothing(share, said):
    assert words.percent(share).replace(words.NO_BREAK, " ") == said


@pytest.mark.parametrize(
    ("name", "said", "side"),
    [("brow_left", "left brow", "left"), ("lips", "lips", "middle"),
     ("mouth_right", "right mouth corner", "right"), ("left-cheek", "left cheek", "left")],
)  # fmt: skip
def test_regions_are_named_as_people_say_them(name, said, side):
    assert words.region_words(name) == said
    assert words.side_of(name) == side


def test_user_text_is_harmless():
    assert words.escape('<b a="1">&\x00') == "&lt;b a=&quot;1&quot;&gt;&amp;·"


def test_times_are_seconds_then_minutes():
    assert words.seconds(12.44) == "12.4 s"
    assert words.seconds(72.4) == "1 min 12.4 s"
    assert words.seconds(59.97) == "1 min 0.0 s"
    assert words.tick_words(90, 600) == "1:30"
    assert words.tick_words(0.25, 2) == "0.25"


def test_lists_read_as_sentences():
    assert words.listed(["a"]) == "a"
    assert words.listed(["a", "b", "c"]) == "a, b and c"


def test_units_come_from_the_names_of_features():
    assert [words.unit_of(name) for name in ("displacement_ed", "speed_ed_s", "area_change")] == [
        "ed",
        "ed/s",
        "",
    ]
