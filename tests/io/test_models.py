"""A model folder is whole, of its kind and version, and nobody's files were exchanged."""

import json

import numpy as np
import pytest

from mimetic.errors import ModelError
from mimetic.io import models

ARRAYS = {"b": np.arange(6, dtype=np.float32).reshape(2, 3), "a": np.array(3)}


def written(folder, **about):
    facts = {"kind": "mimetic toy", "format": 2, **about}
    files = models.ModelFiles(config="x = 1\n", arrays=ARRAYS, card="# card\n", about=facts)
    models.write_model_folder(folder, files)
    return folder


def test_what_is_written_is_read_to_the_bit(tmp_path):
    folder = written(tmp_path / "model", more="ä")
    assert sorted(path.name for path in folder.iterdir()) == sorted(models.FILES)
    found = models.read_arrays(folder)
    assert set(found) == set(ARRAYS)
    for name, values in ARRAYS.items():
        np.testing.assert_array_equal(found[name], values)
        assert found[name].dtype == values.dtype
    assert models.read_config_text(folder) == "x = 1\n"
    assert models.check_about(folder, kind="mimetic toy", version=2)["more"] == "ä"


def test_a_hash_tells_names_shapes_values_and_settings_apart_and_not_their_order():
    swapped = dict(reversed(ARRAYS.items()))
    assert models.arrays_hash(swapped) == models.arrays_hash(ARRAYS)
    others = [
        models.arrays_hash(ARRAYS, config="x = 1"),
        models.arrays_hash({"b": ARRAYS["b"], "c": ARRAYS["a"]}),
        models.arrays_hash({"b": ARRAYS["b"].T, "a": ARRAYS["a"]}),
        models.arrays_hash({"b": ARRAYS["b"] + 1, "a": ARRAYS["a"]}),
    ]
    assert len({models.arrays_hash(ARRAYS), *others}) == 5


def test_folders_of_another_kind_or_version_are_refused(tmp_path):
    folder = written(tmp_path)
    for kind, version in (("mimetic toy", 3), ("mimetic other", 2)):
        with pytest.raises(ModelError, match=r"expected a .* of format .*make it again"):
            models.check_about(folder, kind=kind, version=version)
    (folder / "provenance.json").write_text(json.dumps(["no", "facts"]))
    with pytest.raises(ModelError, match=r"expected facts in provenance\.json, got list"):
        models.read_about(folder)


def test_missing_and_damaged_files_are_named(tmp_path):
    with pytest.raises(ModelError, match="expected a model folder with"):
        models.read_about(tmp_path)
    with pytest.raises(ModelError, match=r"config\.toml: expected settings"):
        models.read_config_text(tmp_path)
    folder = written(tmp_path)
    (folder / "weights.npz").write_bytes((folder / "weights.npz").read_bytes()[:-30])
    with pytest.raises(ModelError, match=r"weights\.npz: expected a model's arrays"):
        models.read_arrays(folder)
    with pytest.raises(ModelError, match="were damaged or exchanged"):
        models.check_digest(folder, found="a", told="b")
