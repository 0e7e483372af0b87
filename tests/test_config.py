from dataclasses import dataclass, field

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mimetic.config import config_hash, from_mapping, read_config, to_mapping, to_toml
from mimetic.errors import ConfigError


@dataclass(frozen=True, kw_only=True)
class Inner:
    size_px: int = 128
    names: tuple[str, ...] = ("a",)
    pair: tuple[int, float] = (1, 2.0)

    def __post_init__(self):
        if self.size_px < 1:
            raise ValueError(f"size_px: expected 1 or more, got {self.size_px}")


@dataclass(frozen=True, kw_only=True)
class Outer:
    lag_s: float = 0.04
    neutral_s: float | None = None
    fast: bool = True
    inner: Inner = field(default_factory=Inner)


finite = st.floats(allow_nan=False, allow_infinity=False)


@given(
    lag=finite,
    neutral=st.none() | finite,
    fast=st.booleans(),
    size=st.integers(1, 10**9),
    names=st.lists(st.text(), max_size=3),
)
def test_toml_brings_back_every_value(lag, neutral, fast, size, names, tmp_path_factory):
    given_config = Outer(
        lag_s=lag, neutral_s=neutral, fast=fast, inner=Inner(size_px=size, names=tuple(names))
    )
    path = tmp_path_factory.mktemp("toml") / "c.toml"
    path.write_text(to_toml(given_config), encoding="utf-8")
    assert read_config(Outer, path) == given_config


@pytest.mark.parametrize("text", ["\x7f", "🙂", "\r\n", "\x00\x1b", "\u2028", "\U0010ffff", '"""'])
def test_every_kind_of_text_comes_back(text, tmp_path):
    given_config = Inner(names=(text, text + text))
    (tmp_path / "c.toml").write_bytes(to_toml(given_config).encode())
    assert read_config(Inner, tmp_path / "c.toml") == given_config


@pytest.mark.parametrize(
    "config",
    [Outer(lag_s=float("nan")), Outer(neutral_s=float("inf")), Inner(names=("\udcff",))],
)
def test_what_toml_cannot_hold_is_not_written(config):
    with pytest.raises(ConfigError, match="expected finite numbers and text that UTF-8 can hold"):
        to_toml(config)


@pytest.mark.parametrize("text", ["nan", "inf", "-inf", "1" + "0" * 400])
def test_a_number_that_is_not_finite_is_refused(tmp_path, text):
    (tmp_path / "c.toml").write_text(f"neutral_s = {text}")
    with pytest.raises(ConfigError, match="neutral_s: expected a finite number"):
        read_config(Outer, tmp_path / "c.toml")


def test_the_elements_of_a_list_are_checked_one_by_one():
    with pytest.raises(ConfigError, match=r"names\[1\]: expected str, got 3"):
        from_mapping(Inner, {"names": ["a", 3]})
    with pytest.raises(ConfigError, match=r"pair\[0\]: expected int, got 1.5"):
        from_mapping(Inner, {"pair": [1.5, 2]})
    with pytest.raises(ConfigError, match="pair: expected 2 values, got 3"):
        from_mapping(Inner, {"pair": [1, 2, 3]})
    made = from_mapping(Inner, {"pair": [1, 2], "names": []})
    assert made == Inner(names=())
    assert isinstance(made.pair[1], float)


def test_an_unknown_key_is_refused_with_the_near_match():
    with pytest.raises(ConfigError, match=r"unknown key 'sise_px'; did you mean size_px\?"):
        from_mapping(Outer, {"inner": {"sise_px": 3}})


def test_a_key_like_no_other_lists_what_is_known():
    with pytest.raises(ConfigError, match="known: lag_s, neutral_s, fast, inner"):
        from_mapping(Outer, {"zzz": 3})


def test_all_faults_are_told_at_once():
    with pytest.raises(ConfigError) as caught:
        from_mapping(Outer, {"lag_s": "soon", "fast": 1, "inner": 3})
    message = str(caught.value)
    assert "lag_s: expected float, got 'soon'" in message
    assert "fast: expected bool, got 1" in message
    assert "inner: expected a table, got 3" in message


def test_a_boolean_is_no_number():
    with pytest.raises(ConfigError, match="expected int, got True"):
        from_mapping(Inner, {"size_px": True})


def test_a_whole_number_is_taken_as_seconds():
    assert from_mapping(Outer, {"lag_s": 2}) == Outer(lag_s=2.0)


def test_the_record_may_refuse_a_value_itself():
    with pytest.raises(ConfigError, match="expected 1 or more, got 0"):
        from_mapping(Inner, {"size_px": 0})


def test_a_missing_file_and_a_file_that_is_no_toml_are_refused(tmp_path):
    with pytest.raises(ConfigError, match="expected a readable TOML file"):
        read_config(Outer, tmp_path / "none.toml")
    (tmp_path / "bad.toml").write_text("a = = 3")
    with pytest.raises(ConfigError, match="expected TOML"):
        read_config(Outer, tmp_path / "bad.toml")


def test_the_hash_changes_with_a_value_and_with_nothing_else():
    assert config_hash(Outer()) == config_hash(from_mapping(Outer, {"fast": True}))
    assert config_hash(Outer()) != config_hash(Outer(lag_s=0.05))


def test_none_is_left_out():
    assert "neutral_s" not in to_mapping(Outer())
