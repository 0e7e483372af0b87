import errno
import json
import os

import numpy as np
import pytest

from mimetic.errors import DiskError, ModelError, StoreError
from mimetic.io.provenance import make_provenance
from mimetic.person import PersonModel
from mimetic.types import Provenance
from tests.person.faces import make_clip

CLIP = make_clip(np.arange(0, 8, 0.1), noise=0.5)


@pytest.fixture(scope="module")
def model():
    return PersonModel.fit([CLIP], person_name="anna")


@pytest.fixture
def folder(model, tmp_path):
    model.save(tmp_path / "anna")
    return tmp_path / "anna"


def test_a_model_comes_back_to_the_bit(model, folder):
    back = PersonModel.load(folder)
    assert back.space == model.space
    assert (back.config, back.facts, back.person_name) == (model.config, model.facts, "anna")
    for name in ("mean", "scale", "basis", "sd", "noise_sd", "mesh_px", "neutral_pixels"):
        stored, known = getattr(back.weights, name), getattr(model.weights, name)
        assert stored.dtype == known.dtype
        assert stored.tobytes() == known.tobytes()
    assert back.weights.residual == model.weights.residual
    assert back.embed(CLIP).codes.tobytes() == model.embed(CLIP).codes.tobytes()


def test_saving_twice_writes_the_same_weights(model, folder, tmp_path):
    model.save(tmp_path / "again")
    first = (folder / "weights.npz").read_bytes()
    assert (tmp_path / "again" / "weights.npz").read_bytes() == first


def test_the_folder_holds_four_files_and_no_leftovers(folder):
    names = sorted(path.name for path in folder.iterdir())
    assert names == ["card.md", "config.toml", "provenance.json", "weights.npz"]


def test_the_card_says_limits_and_components(model, folder):
    card = (folder / "card.md").read_text()
    assert "anna" in card
    assert "8 s of video" in card
    assert model.components[0].name in card


def test_a_provenance_given_is_the_one_stored(model, tmp_path):
    provenance = Provenance(
        package="mimetic 1",
        revision="abc",
        config_hash="c",
        weights_hash="w",
        source_sha256="s",
        seed=3,
        decoder="none",
        made_at="2026-01-01T00:00:00+00:00",
    )
    model.save(tmp_path, provenance=provenance)
    stored = json.loads((tmp_path / "provenance.json").read_text())
    assert stored["provenance"]["revision"] == "abc"
    assert stored["provenance"]["seed"] == 3


def test_an_empty_folder_is_no_model(tmp_path):
    with pytest.raises(ModelError, match="expected a model folder"):
        PersonModel.load(tmp_path)


def test_a_model_of_another_format_is_refused(folder):
    path = folder / "provenance.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"format": 99}))
    with pytest.raises(ModelError, match="format 3, got 99"):
        PersonModel.load(folder)


@pytest.mark.parametrize("text", ["[]", "nonsense", "{}"])
def test_a_damaged_provenance_is_refused(folder, text):
    (folder / "provenance.json").write_text(text)
    with pytest.raises(ModelError):
        PersonModel.load(folder)


@pytest.mark.parametrize("key", ["facts", "space", "person_name"])
def test_a_provenance_with_a_part_missing_is_refused(folder, key):
    path = folder / "provenance.json"
    about = json.loads(path.read_text())
    del about[key]
    path.write_text(json.dumps(about))
    with pytest.raises(ModelError, match="fault"):
        PersonModel.load(folder)


def test_cut_off_weights_are_refused(folder):
    path = folder / "weights.npz"
    path.write_bytes(path.read_bytes()[:1000])
    with pytest.raises(ModelError, match="expected a model's arrays"):
        PersonModel.load(folder)


def test_weights_of_another_model_are_refused(folder):
    with np.load(folder / "weights.npz") as archive:
        arrays = dict(archive)
    arrays["mean"] = arrays["mean"] + 1
    np.savez(folder / "weights.npz", **arrays)
    with pytest.raises(ModelError, match="damaged or exchanged"):
        PersonModel.load(folder)


def test_weights_of_a_wrong_shape_are_refused(folder):
    with np.load(folder / "weights.npz") as archive:
        arrays = dict(archive)
    arrays["mean"] = arrays["mean"][:-1]
    np.savez(folder / "weights.npz", **arrays)
    with pytest.raises(ModelError, match="fault"):
        PersonModel.load(folder)


def test_pickled_arrays_are_never_opened(folder):
    with np.load(folder / "weights.npz") as archive:
        arrays = dict(archive)
    arrays["mean"] = np.array([{"a": 1}], dtype=object)
    np.savez(folder / "weights.npz", **arrays)
    with pytest.raises(ModelError, match="expected a model's arrays"):
        PersonModel.load(folder)


def test_another_configuration_is_refused(folder):
    path = folder / "config.toml"
    path.write_text(path.read_text().replace("components = 64", "components = 32"))
    with pytest.raises(ModelError, match="damaged or exchanged"):
        PersonModel.load(folder)


def test_a_place_that_cannot_be_written_is_told(model, tmp_path):
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(StoreError, match="expected a folder on a working disk"):
        model.save(tmp_path / "file" / "model")


def test_a_full_disk_leaves_the_model_that_was_there(model, folder, monkeypatch):
    def full(handle):
        raise OSError(errno.ENOSPC, "No space left on device")

    before = (folder / "weights.npz").read_bytes()
    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(DiskError, match="full"):
        model.save(folder)
    assert (folder / "weights.npz").read_bytes() == before
    assert PersonModel.load(folder).space == model.space


def test_a_model_says_by_itself_which_revision_made_it(folder):
    made = json.loads((folder / "provenance.json").read_text())["provenance"]
    ours = make_provenance()
    assert (made["package"], made["revision"]) == (ours.package, ours.revision)
    assert made["config_hash"]
    assert made["weights_hash"]
