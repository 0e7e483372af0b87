import json
from enum import IntEnum
from pathlib import Path

import numpy as np

import mimetic
from mimetic.io import provenance
from mimetic.io.provenance import environment, make_provenance, to_plain


class Colour(IntEnum):
    RED = 3


def test_plain_values_go_through_json_and_keep_their_numbers():
    value = {
        "a": np.float32(0.5), "b": np.array([[1, 2]]), "c": (np.int64(3), None), "d": Colour.RED,
        "e": Path("x"), 7: True, "f": {1.5},
    }  # fmt: skip
    expected = {"a": 0.5, "b": [[1, 2]], "c": [3, None], "d": 3, "e": "x", "7": True, "f": [1.5]}
    assert json.loads(json.dumps(to_plain(value), allow_nan=False)) == expected


def test_what_is_not_finite_becomes_none():
    assert to_plain([np.nan, float("inf"), np.array([1.0, np.nan])]) == [None, None, [1.0, None]]


def test_records_become_their_fields():
    assert to_plain(make_provenance(seed=4))["seed"] == 4


def test_the_environment_names_package_machine_and_libraries():
    told = environment()
    assert told["package"] == f"mimetic {mimetic.__version__}"
    assert told["tools"]["numpy"] == np.__version__
    assert told["machine"]
    assert told["processor"]


def test_a_library_that_pip_does_not_know_has_an_unknown_version(monkeypatch):
    monkeypatch.setattr(provenance, "TOOLS", ("numpy", "opencv-of-somebody-else"))
    versions = {"numpy": np.__version__, "opencv-of-somebody-else": "unknown"}
    assert provenance.tool_versions() == versions


def test_outside_a_checkout_there_is_no_revision(monkeypatch, tmp_path):
    provenance.revision.cache_clear()
    monkeypatch.setattr(provenance, "__file__", str(tmp_path / "a" / "b" / "c" / "d.py"))
    assert provenance.revision() == ""
    (tmp_path / ".git").mkdir()
    provenance.revision.cache_clear()
    monkeypatch.setattr(provenance, "__file__", str(tmp_path / "a" / "b" / "c.py"))
    assert provenance.revision() == ""  # a .git folder that git does not know
    provenance.revision.cache_clear()
