import json
from dataclasses import replace

import pytest

from mimetic.errors import SchemaError, StoreError
from mimetic.io.chunks import ArraySpec
from mimetic.io.manifest import SCHEMA, Manifest, Source, StageEntry, load_manifest


def entry(name, *inputs):
    return StageEntry(hash=name, config_hash="c", inputs=inputs, package="0")


def whole():
    arrays = {"faces/0/box_px": ArraySpec(dtype="float32", shape=(4,), growing=True)}
    stage = StageEntry(
        hash="h",
        config_hash="c",
        inputs=("a", "b"),
        package="0.1.0",
        rows=512,
        has_state=True,
        arrays=arrays,
        records={"clip": {"kind": "FaceClip", "plain": {"person": 3}}},
        files=("tables/frames.parquet",),
    )
    return Manifest(Source("anna.mp4", "ab"), {"track": stage})


def test_a_manifest_comes_back_equal(tmp_path):
    whole().save(tmp_path)
    assert load_manifest(tmp_path) == whole()
    assert [path.name for path in tmp_path.iterdir()] == ["manifest.json"]


def test_dependents_are_found_through_others_and_only_those():
    stages = {n: entry(n, *i) for n, i in {"a": "", "b": "a", "c": "b", "d": "x"}.items()}
    manifest = Manifest(Source("v", "s"), stages)
    assert set(manifest.dependents("a")) == {"b", "c"}


def test_a_folder_without_manifest_is_told_how_to_make_one(tmp_path):
    with pytest.raises(StoreError, match="mimetic analyze VIDEO"):
        load_manifest(tmp_path)
    with pytest.raises(StoreError, match="mimetic analyze VIDEO"):
        load_manifest(tmp_path / "nothing")


def test_a_newer_schema_is_refused_with_the_update_line(tmp_path):
    whole().save(tmp_path)
    change(tmp_path, schema=SCHEMA + 1, stages="of another shape")
    with pytest.raises(SchemaError, match="pip install -U mimetic"):
        load_manifest(tmp_path)


def change(folder, **values):
    path = folder / "manifest.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), **values}))


@pytest.mark.parametrize(
    "values",
    [
        {"format": "other"},
        {"schema": "1"},
        {"schema": None},
        {"source": None},
        {"source": {"path": "a"}},
        {"source": {"path": "a", "sha256": 3}},
        {"stages": []},
        {"stages": {"track": {}}},
        {"stages": {"track": None}},
    ],
)
def test_a_manifest_with_other_fields_is_damaged(tmp_path, values):
    whole().save(tmp_path)
    change(tmp_path, **values)
    with pytest.raises(StoreError, match=r"damaged file .*delete the folder"):
        load_manifest(tmp_path)


SPEC = {"dtype": "float32", "shape": [4], "growing": True}
WRONG = [
    {"rows": -1},
    {"rows": "9"},
    {"rows": True},
    {"rows": 1.5},
    {"new": 1},
    {"hash": 3},
    {"config_hash": None},
    {"package": []},
    {"done": "yes"},
    {"has_state": 1},
    {"records": []},
    {"inputs": "abc"},
    {"inputs": [3]},
    {"inputs": None},
    {"files": "report.html"},
    {"files": [3]},
    {"arrays": {"a": {}}},
    {"arrays": {"../a": SPEC}},
    {"arrays": {"/tmp/a": SPEC}},
    {"arrays": {"a": {**SPEC, "dtype": "object"}}},
    {"arrays": {"a": {**SPEC, "dtype": ["float32"]}}},
    {"arrays": {"a": {**SPEC, "shape": [-4]}}},
    {"arrays": {"a": {**SPEC, "shape": ["4"]}}},
    {"arrays": {"a": {**SPEC, "growing": "x"}}},
]
OUTSIDE = [
    *("/etc/passwd", "../thesis.docx", "tables/../../thesis.docx", "tables/..", "..", ".", ""),
    *("tables/./a", "a//b", "tables/", "C:thesis.docx", "C:/thesis.docx", "\\thesis.docx"),
    *("tables\\..\\..\\thesis.docx", "a\0b"),
]


@pytest.mark.parametrize("file", OUTSIDE)
def test_a_stage_may_not_own_a_file_outside_the_folder(tmp_path, file):
    whole().save(tmp_path)
    stages = json.loads((tmp_path / "manifest.json").read_text())["stages"]
    stages["track"]["files"] = [file]
    change(tmp_path, stages=stages)
    with pytest.raises(StoreError, match="damaged"):
        load_manifest(tmp_path)


@pytest.mark.parametrize("file", ["report.html", "tables/frames.parquet", "a b/..c", "ü/.x"])
def test_a_file_inside_the_folder_is_taken(tmp_path, file):
    Manifest(Source("a", "b"), {"track": replace(entry("h"), files=(file,))}).save(tmp_path)
    assert load_manifest(tmp_path).stages["track"].files == (file,)


@pytest.mark.parametrize("name", ["../track", "/track", "", "Track", "a/b", "..", "a\\b", "3a"])
def test_a_stage_name_that_leads_elsewhere_is_damaged(tmp_path, name):
    Manifest(Source("a", "b"), {name: entry("h")}).save(tmp_path)
    with pytest.raises(StoreError, match=r"no name of a stage"):
        load_manifest(tmp_path)


@pytest.mark.parametrize(
    "stages",
    [
        {"a": entry("x", "x")},
        {"a": entry("x", "y"), "b": entry("y", "x")},
        {"a": entry("x", "y"), "b": entry("x"), "c": entry("y", "x")},
    ],
)
def test_stages_that_are_made_from_themselves_are_damaged(tmp_path, stages):
    Manifest(Source("a", "b"), stages).save(tmp_path)
    with pytest.raises(StoreError, match="damaged"):
        load_manifest(tmp_path)


@pytest.mark.parametrize("values", WRONG)
def test_a_stage_with_other_fields_is_damaged(tmp_path, values):
    whole().save(tmp_path)
    stages = json.loads((tmp_path / "manifest.json").read_text())["stages"]
    stages["track"].update(values)
    change(tmp_path, stages=stages)
    with pytest.raises(StoreError, match="damaged"):
        load_manifest(tmp_path)


@pytest.mark.parametrize("content", [b"", b"{", b"\xff\xfe", b"[]", b"null", b"[" * 100_000])
def test_bytes_that_are_no_manifest_are_damaged(tmp_path, content):
    (tmp_path / "manifest.json").write_bytes(content)
    with pytest.raises(StoreError, match="damaged"):
        load_manifest(tmp_path)


def test_every_cut_of_a_manifest_is_damaged_and_never_half_read(tmp_path):
    whole().save(tmp_path)
    content = (tmp_path / "manifest.json").read_bytes()
    for length in range(0, len(content), 37):
        (tmp_path / "manifest.json").write_bytes(content[:length])
        with pytest.raises(StoreError, match="damaged"):
            load_manifest(tmp_path)
