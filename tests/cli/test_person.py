"""The commands of ``mimetic person`` on drawn faces with known movements."""

import csv
import dataclasses
import json
import shutil
from xml.etree import ElementTree

import numpy as np
import pyarrow.parquet
import pytest

import mimetic
from mimetic.cli import main
from mimetic.errors import (
    ArgumentError,
    ConfigError,
    DatasetError,
    ModelError,
    SpaceError,
    StoreError,
    TooLittleMovementError,
)
from mimetic.io.video import Video
from mimetic.learn.metrics import correlation
from mimetic.person.general import GeneralModel
from mimetic.pipeline.coding import Embedder
from mimetic.pipeline.embedding import embed_result, stored_codes
from tests.cli.test_commands import answer, run
from tests.person.faces import activations, make_clip
from tests.pipeline.clips import write_clip, write_face, write_nobody
from tests.test_docs import flat, rows_of

CODES = "embedding_anna"


def explained(told, heading):
    head = rows_of("json.md", "What every object holds")
    assert sorted(flat(told)) == sorted([*head, *rows_of("json.md", heading)])


@pytest.fixture(scope="module")
def lab(tmp_path_factory):
    """Three recordings, one of nobody, and a model fitted on the first two."""
    folder = tmp_path_factory.mktemp("lab")
    write_face(folder / "anna-1", 30.0, seed=0)
    write_face(folder / "anna-2", 8.0, seed=1, first=100)
    write_face(folder / "ben", 8.0, seed=2)
    write_nobody(folder / "nobody")
    words = ["person", "fit", folder / "anna-1", folder / "anna-2", "-o", folder / "anna.model"]
    assert main([str(word) for word in (*words, "--person", "Anna")]) == 0
    return folder


@pytest.fixture
def desk(lab, tmp_path):
    """A copy of the lab that a test may change."""
    return shutil.copytree(lab, tmp_path / "lab")


def test_fit_learns_from_all_recordings_and_names_those_it_could_not_use(lab, capsys, tmp_path):
    words = ("person", "fit", lab / "anna-1", lab / "nobody", "-o", tmp_path / "x.model", "--json")
    code, out, errors = run(capsys, *words)
    told = json.loads(out)
    assert code == StoreError.exit_code == told["left_out"][0]["exit_code"]
    assert "left out" in errors
    assert told["results"] == ["anna-1"]
    assert told["seconds"] == pytest.approx(30.0)
    assert told["space"] == mimetic.PersonModel.load(tmp_path / "x.model").space
    assert any("below 60 s" in warning for warning in told["warnings"])
    explained(told, "`person fit`")


def test_a_model_knows_whose_it_is_and_holds_two_recordings(lab):
    model = mimetic.PersonModel.load(lab / "anna.model")
    assert model.person_name == "Anna"
    assert model.facts.seconds == pytest.approx(38.0)


def test_patterns_that_no_shell_expanded_are_expanded(lab, capsys, tmp_path):
    told = answer(capsys, "person", "fit", lab / "anna-?", "-o", tmp_path / "x.model")
    assert told["results"] == ["anna-1", "anna-2"]
    assert told["space"] == mimetic.PersonModel.load(lab / "anna.model").space


def test_embed_leaves_codes_and_a_table_in_each_result(desk, capsys):
    told = answer(
        capsys, "person", "embed", desk / "anna.model", desk / "anna-1", desk / "anna-2",
        "--table", desk / "all.csv",
    )  # fmt: skip
    explained(told, "`person embed`")
    model = mimetic.PersonModel.load(desk / "anna.model")
    result = mimetic.open_result(desk / "anna-2")
    codes = stored_codes(result, "anna")
    assert codes.space == model.space == told["space"]
    np.testing.assert_allclose(codes.codes, model.embed(result.clip()).codes, atol=1e-5)
    table = pyarrow.parquet.read_table(desk / f"anna-2/tables/{CODES}.parquet").to_pydict()
    assert table["frame"][:2] == [100, 101]
    np.testing.assert_array_equal(np.float32(table["code_00"]), codes.codes[:, 0])
    with (desk / "all.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert [row["recording"] for row in rows] == ["anna-1"] * 300 + ["anna-2"] * 80
    assert float(rows[-1]["code_00"]) == pytest.approx(float(codes.codes[-1, 0]), abs=1e-5)


def test_one_model_gives_all_sessions_codes_of_the_same_meaning(desk, capsys):
    answer(capsys, "person", "embed", desk / "anna.model", desk / "anna-1", desk / "anna-2")
    codes, truth = [], []
    for name, seed in (("anna-1", 0), ("anna-2", 1)):
        codes.append(stored_codes(mimetic.open_result(desk / name), "anna"))
        truth.append(activations(codes[-1].times_s, seed))
    weights = np.linalg.lstsq(np.c_[codes[0].codes[:, :4], np.ones(300)], truth[0], rcond=None)[0]
    told = np.c_[codes[1].codes[:, :4], np.ones(80)] @ weights
    assert correlation(told, truth[1]).min() > 0.98


def test_codes_of_another_model_are_kept_beside_them_under_another_name(desk, capsys):
    answer(capsys, "person", "embed", desk / "anna.model", desk / "ben")
    before = stored_codes(mimetic.open_result(desk / "ben"), "anna").codes
    answer(capsys, "person", "fit", desk / "ben", "-o", desk / "ben.model")
    answer(capsys, "person", "embed", desk / "ben.model", desk / "ben", "--name", "own")
    ben = mimetic.open_result(desk / "ben")
    assert {CODES, "embedding_own"} <= set(ben.stages)
    np.testing.assert_array_equal(stored_codes(ben, "anna").codes, before)
    answer(capsys, "person", "embed", desk / "ben.model", desk / "ben", "--name", "anna")
    again = stored_codes(mimetic.open_result(desk / "ben"), "anna")
    assert again.space == mimetic.PersonModel.load(desk / "ben.model").space


def test_embedding_again_writes_nothing_and_a_stopped_run_goes_on(desk):
    model = mimetic.PersonModel.load(desk / "anna.model")

    def stop(stage, share):
        if share > 0.5:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        embed_result(Embedder(model=model), desk / "anna-1", name="anna", progress=stop)
    assert not mimetic.open_result(desk / "anna-1").stages[CODES]
    shares = []
    for _ in range(2):
        done = embed_result(
            Embedder(model=model), desk / "anna-1", name="anna",
            progress=lambda stage, share: shares.append(share),
        )  # fmt: skip
    assert shares == [1.0]  # the second stretch alone, once
    codes = stored_codes(done, "anna").codes
    np.testing.assert_allclose(codes, model.embed(done.clip()).codes, atol=1e-5)


def test_codes_without_pose_lie_beside_the_others_and_say_what_they_cost(tmp_path, capsys):
    for name, seconds in (("long", 64.0), ("short", 8.0)):
        times_s = np.arange(round(seconds * 10)) / 10
        yaw = np.float32(10 * np.sin(times_s))
        write_clip(tmp_path / name, make_clip(times_s, yaw_deg=yaw))
    answer(capsys, "person", "fit", tmp_path / "long", "-o", tmp_path / "anna.model")
    words = ["person", "embed", tmp_path / "anna.model", tmp_path / "long", tmp_path / "short"]
    words += ["--table", tmp_path / "all.csv", "--without-pose"]
    code, out, errors = run(capsys, *words, "--json")
    told = json.loads(out)
    explained({**told, "left_out": []}, "`person embed`")
    assert code == TooLittleMovementError.exit_code == told["left_out"][0]["exit_code"]
    assert "codes are kept with pose" in errors
    assert [row["pose_cost"] is None for row in told["recordings"]] == [False, True]
    result = mimetic.open_result(tmp_path / "long")
    freed, codes = stored_codes(result, told["name"]), stored_codes(result, "anna")
    turns = np.sin(freed.times_s)
    told_by_pose = correlation(freed.codes, np.repeat(turns[:, None], freed.codes.shape[1], 1))
    assert np.abs(told_by_pose).max() < 1e-3
    assert not np.array_equal(freed.codes, codes.codes)
    assert {CODES, f"{CODES}_without_pose"} <= set(result.stages)
    with (tmp_path / "all.csv").open() as file:
        assert {row["recording"] for row in csv.DictReader(file)} == {"long"}
    code, out, _ = run(capsys, *words)
    assert "pose_cost" in out
    code, _, errors = run(capsys, *words[:3], words[4], "--without-pose")
    assert code == TooLittleMovementError.exit_code
    assert "60 s of face" in errors


def test_the_table_of_all_sessions_can_be_parquet(desk, capsys):
    words = ("person", "embed", desk / "anna.model", desk / "ben")
    answer(capsys, *words, "--table", desk / "sub/all.parquet")
    table = pyarrow.parquet.read_table(desk / "sub/all.parquet")
    assert table.column_names[:4] == ["recording", "frame", "time_s", "valid"]
    assert table.num_rows == 80


def test_show_draws_components_a_map_and_codes(lab, capsys, tmp_path):
    told = answer(
        capsys, "person", "show", lab / "anna.model", lab / "anna-1", lab / "anna-2",
        "-o", tmp_path / "p", "--components", 2,
    )  # fmt: skip
    explained(told, "`person show`")
    names = [name.rpartition("/")[2] for name in told["files"]]
    assert names == [
        "index.html", "components.svg", "map.svg", "codes-anna-1.svg", "codes-anna-2.svg",
        "component-00.png", "component-00.mp4", "component-01.png", "component-01.mp4",
    ]  # fmt: skip
    for name in names:
        if name.endswith(".svg"):
            ElementTree.parse(tmp_path / "p" / name)
        if name != "index.html":
            assert name in (tmp_path / "p/index.html").read_text()
    loop = list(Video.open(tmp_path / "p/component-00.mp4").frames())
    middle, high, back = (loop[frame].pixels.astype(float) for frame in (12, 24, 36))
    # It moves, and comes back the same way.
    assert np.abs(high - middle).mean() > 2 * np.abs(back - middle).mean()


def test_an_anonymous_picture_is_the_same_for_any_face(lab, capsys, tmp_path):
    words = ("person", "show", lab / "anna.model", lab / "anna-2", "--components", 1)
    answer(capsys, *words, "-o", tmp_path / "seen")
    answer(capsys, *words, "-o", tmp_path / "hidden", "--anonymous")
    for name in ("seen", "hidden"):
        frame = next(Video.open(tmp_path / name / "component-00.mp4").frames())
        # Outlines are dark lines on light paper; the drawn face is grey everywhere.
        light = (frame.pixels.min(-1) > 230).mean()
        assert (light > 0.8) == (name == "hidden")


def test_a_model_without_its_template_holds_no_picture_and_still_embeds(desk, capsys, tmp_path):
    out = tmp_path / "bare.model"
    (tmp_path / "few.toml").write_text("components = 5\n")
    words = ("person", "fit", desk / "anna-1", "-o", out, "--config", tmp_path / "few.toml")
    told = answer(capsys, *words, "--no-template")
    model = mimetic.PersonModel.load(out)
    assert model.weights.neutral_pixels is None
    assert told["components"] == len(model.components) <= 5
    answer(capsys, "person", "embed", out, desk / "anna-2")
    codes = stored_codes(mimetic.open_result(desk / "anna-2"), "bare")
    assert codes.space == model.space == told["space"]
    code, _, _ = run(capsys, "person", "show", out, "-o", tmp_path / "p", "--components", 1)
    assert code == 0
    frame = next(Video.open(tmp_path / "p/component-00.mp4").frames())
    assert (frame.pixels.min(-1) > 230).mean() > 0.8  # outlines on light paper


def test_a_general_model_is_learnt_shown_and_handed_on(desk, capsys, tmp_path):
    people = tmp_path / "people.csv"
    rows = [("anna-1", "anna"), ("anna-2", "anna"), ("ben", "ben")]
    people.write_text("path,subject\n" + "".join(f"{desk / a},{b}\n" for a, b in rows))
    out = tmp_path / "general.model"
    told = answer(capsys, "person", "general", "--people", people, "-o", out)
    explained(told, "`person general`")
    assert {one["person"]: one["seconds"] for one in told["people"]} == pytest.approx(
        {"anna": 38.0, "ben": 8.0}
    )
    told = answer(capsys, "person", "transfer", out, desk / "ben", "-o", tmp_path / "ben.model")
    explained(told, "`person transfer`")
    assert told["general_energy"] > 0
    answer(capsys, "person", "show", out, "-o", tmp_path / "p", "--components", 1)
    answer(capsys, "person", "embed", out, desk / "anna-1", desk / "anna-2")
    first, second = (mimetic.open_result(desk / name) for name in ("anna-1", "anna-2"))
    codes = stored_codes(first, "general")
    assert codes.scope == "general"
    assert np.abs(codes.codes.mean(0)).max() < 1e-3  # about the recording's own average
    answer(capsys, "person", "embed", out, first.path, second.path, "--together")
    both = [stored_codes(mimetic.open_result(one.path), "general").codes for one in (first, second)]
    assert np.abs(np.concatenate(both).mean(0)).max() < 1e-3
    assert np.abs(both[1].mean(0)).max() > 0.05


def test_a_network_learnt_on_people_is_handed_on_with_its_kind(lab, capsys, tmp_path):
    recipe, out = tmp_path / "small.toml", tmp_path / "general.model"
    recipe.write_text(
        'kind = "fabnet"\nupdates = 1\nbatch = 2\n[linear]\nappearance_px = 32\n'
        "[sizes]\ncode = 8\nwidth = 4\n"
    )
    words = ("person", "general", lab / "anna-2", lab / "ben", "-o", out)
    told = answer(capsys, *words, "--kind", "fabnet", "--config", recipe)
    assert (told["kind"], told["updates"]) == ("fabnet", 1)
    own = answer(capsys, "person", "transfer", out, lab / "ben", "-o", tmp_path / "ben.model")
    assert own["kind"] == "fabnet"
    code, words_told, _ = run(capsys, *words, "--kind", "fabnet", "--config", recipe)
    assert code == 0
    assert "fabnet  1" in words_told


def test_each_folder_is_a_person_where_no_list_says_otherwise(lab, capsys, tmp_path):
    out = tmp_path / "general.model"
    told = answer(capsys, "person", "general", lab / "anna-2", lab / "ben", "-o", out)
    assert [one["person"] for one in told["people"]] == ["anna-2", "ben"]
    assert GeneralModel.load(out).space == told["space"]


# One thing wrong each: the class of error, the words of it, and the command.
WRONG = {
    "no such folder": (StoreError, "found no manifest", "fit LAB/none -o NEW"),
    "nobody seen": (StoreError, "has not run", "fit LAB/nobody -o NEW"),
    "a video": (StoreError, "got a file", "fit LAB/film.mp4 -o NEW"),
    "no folder of that pattern": (ArgumentError, "no folder is called so", "fit LAB/zoe* -o NEW"),
    "a folder twice": (ArgumentError, "given twice", "fit LAB/ben LAB/ben -o NEW"),
    "a result as model": (ArgumentError, "files that are no model", "fit LAB/ben -o LAB/ben"),
    "a file as model": (ArgumentError, "is a file", "fit LAB/ben -o LAB/film.mp4"),
    "an unknown kind": (ArgumentError, "kind: expected", "fit LAB/ben -o NEW --kind magic"),
    "a network without its face": (
        ArgumentError, "--no-template", "fit LAB/ben -o NEW --kind cycle --no-template"),
    "unknown settings": (ConfigError, "colour", "fit LAB/ben -o NEW --config LAB/bad.toml"),
    "the recipe of another kind": (
        ArgumentError, "recipe of", "general LAB/ben -o NEW --kind fabnet --config LAB/cycle.toml"),
    "no pixels": (StoreError, "--no-pixels", "fit LAB/bare -o NEW"),
    "two sizes": (ArgumentError, "crops of one size", "fit LAB/ben LAB/small -o NEW"),
    "no model": (ModelError, "expected a model folder", "embed LAB/ben LAB/ben"),
    "another size": (SpaceError, "crops of 128", "embed LAB/anna.model LAB/small"),
    "codes without pixels": (StoreError, "--no-pixels", "embed LAB/anna.model LAB/bare"),
    "an old model": (ModelError, "of format", "embed LAB/old.model LAB/ben"),
    "a damaged model": (ModelError, "weights.npz", "show LAB/torn.model -o NEW"),
    "a bad name": (ArgumentError, "--name", "embed LAB/anna.model LAB/ben --name A-b"),
    "a bad table": (ArgumentError, "--table", "embed LAB/anna.model LAB/ben --table x.xlsx"),
    "no component": (ArgumentError, "--components", "show LAB/anna.model --components 0"),
    "a monster": (ArgumentError, "--size", "show LAB/anna.model --size 50"),
    "a file for pictures": (ArgumentError, "is a file", "show LAB/anna.model -o LAB/film.mp4"),
    "nobody in general": (ArgumentError, "--people", "general -o NEW"),
    "one person in general": (ArgumentError, "at least two", "general LAB/ben -o NEW"),
    "no list": (DatasetError, "people.csv", "general --people LAB/people.csv -o NEW"),
    "a person for all": (ModelError, "general", "transfer LAB/anna.model LAB/ben -o NEW"),
    "a person to help": (
        ModelError, "general", "fit LAB/ben --general LAB/anna.model -o NEW"),
}  # fmt: skip


@pytest.fixture(scope="module")
def wrong(lab, tmp_path_factory):
    """The lab with things that are wrong."""
    folder = shutil.copytree(lab, tmp_path_factory.mktemp("wrong") / "lab")
    (folder / "film.mp4").write_bytes(b"film")
    (folder / "bad.toml").write_text('colour = "red"\n')
    (folder / "cycle.toml").write_text('kind = "cycle"\n')
    write_clip(folder / "bare", make_clip(np.arange(20) * 0.1), pixels=False)
    small = make_clip(np.arange(20) * 0.1)
    write_clip(folder / "small", shrunk(small))
    for name in ("old", "torn"):
        shutil.copytree(folder / "anna.model", folder / f"{name}.model")
    about = json.loads((folder / "old.model/provenance.json").read_text())
    (folder / "old.model/provenance.json").write_text(json.dumps(about | {"format": 1}))
    (folder / "torn.model/weights.npz").write_bytes(b"torn")
    return folder


def shrunk(clip):
    """The clip with crops of half the size."""
    half = np.ascontiguousarray(clip.pixels[:, ::2, ::2])
    return dataclasses.replace(clip, pixels=half, depth_px=clip.depth_px[::2, ::2])


@pytest.mark.parametrize("name", WRONG)
def test_what_is_wrong_is_said_in_one_message(name, wrong, capsys, tmp_path):
    kind, match, words = WRONG[name]
    words = words.replace("LAB", str(wrong)).replace("NEW", str(tmp_path / "new"))
    before = sorted(wrong.rglob("*"))
    code, _, errors = run(capsys, "person", *words.split())
    assert code == kind.exit_code, errors
    assert match in errors
    assert errors.startswith("mimetic: ")
    assert sorted(wrong.rglob("*")) == before
    assert not (tmp_path / "new").exists()
