import json
import re
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import typer

from mimetic.bench.flow import cost, exact, run, solid
from mimetic.bench.flow.rivals import THREE, Rival, find_rivals, model_folders, three_framed
from mimetic.bench.flow.run import Asked, bench_flow, is_stale
from mimetic.bench.flow.settings import QUICK, ROBUST, SETTINGS, robust
from mimetic.bench.flow.tables import TABLES
from mimetic.cli import flow_bench
from mimetic.datasets.facekit import FaceKitFace
from mimetic.errors import ArgumentError
from mimetic.flow.methods import METHODS
from mimetic.flow.objective import HELD
from mimetic.flow.records import Estimate, FlowPair, is_held_out
from mimetic.flow.store import write_network
from tests.datasets.facekit.test_facekit import kit
from tests.flow.faces import face_sequence, photograph

SMALL = SETTINGS | QUICK | {
    "size_px": 64, "kinds": {"local": (0.5,), "real": (0.5,)}, "robust": ("noise 4",),
    "solid_peaks": (0.5,), "virtual_people": 1, "accelerations": (0.5,),
}  # fmt: skip
JSON_PAGE = (Path(__file__).parents[3] / "docs" / "json.md").read_text()
DOCUMENTED = re.findall(
    r"^\| `([^`]+)` \|", JSON_PAGE.partition("## `flow bench`")[2], re.MULTILINE
)
GREY = np.zeros((16, 16), np.uint8)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A folder with a trained model by the look of it."""
    model = tmp_path_factory.mktemp("models") / "net"
    write_network(
        model,
        config_toml='network = "flownets"\n[data]\njitter_px = 0.3\n',
        weights={"first": np.zeros((3, 4)), "second": np.zeros(5)},
        about={"network": "flownets"},
        card="",
    )
    tested = [f"{n},1,{'0.5' if n % 2 else ''}" for n in range(100)]
    (model / "curve.csv").write_text("\n".join([f"step,loss,{HELD[0]}", *tested, ""]))
    return model


def small_regimes():
    faces = {"anna": face_sequence(128, 0), "photo": photograph(128, 1)}
    return {one.name: one for one in exact.standard(faces, SMALL)} | {
        one.name: one for one in [*exact.robust_set(faces, SMALL), *exact.triplets(faces, SMALL)]
    }


def test_pairs_are_exact_as_large_as_asked_and_the_same_each_time():
    regime = small_regimes()["S1 local"]
    (condition,) = regime.conditions
    first, again = (regime.draw(condition, "anna") for _ in range(2))
    assert first.first.shape == (64, 64)
    assert np.hypot(*first.flow_px).max() == pytest.approx(0.5, rel=1e-3)
    assert np.array_equal(first.first, again.first)
    assert np.array_equal(first.flow_px, again.flow_px)


def test_a_photograph_has_no_movement_of_its_own_to_take_the_law_from():
    regime = small_regimes()["S1 real"]
    places = [place for place, _ in regime.pairs()]
    assert places == [(0, 0)]
    assert small_regimes()["S1 local"].draw(("local", 0.5), "photo") is not None


def test_a_kind_that_does_not_exist_is_refused_not_skipped():
    regime = small_regimes()["S1 local"]
    with pytest.raises(ArgumentError, match="kind"):
        regime.draw(("sideways", 0.5), "anna")


def test_the_robust_set_changes_the_pictures_and_not_the_truth():
    regimes = small_regimes()
    noisy = regimes["S1 noise 4"]
    (condition,) = noisy.conditions
    calm = replace(noisy, draw=exact.robust_set(
        {"anna": face_sequence(128, 0)}, SMALL | {"robust": ("noise 0",)})[0].draw)  # fmt: skip
    one, other = (regime.draw(condition, "anna") for regime in (noisy, calm))
    assert np.array_equal(one.flow_px, other.flow_px)
    away = one.first.astype(float) - other.first
    assert away.std() == pytest.approx(4, rel=0.1)


def test_triplets_bring_the_picture_before():
    assert small_regimes()["S1 acceleration 0.5"].draw(("mixed", 1.0), "anna").before is not None


def test_every_regime_of_the_robust_set_has_pairs_of_its_own():
    made = {name: robust(name, SETTINGS) for name in ROBUST}
    assert len({str(one) for one in made.values()}) == len(ROBUST)
    assert made["256 px"].size_px == 256
    assert made["jpeg 70"].jpeg_quality == (70, 70)


def test_a_person_is_counted_once_whatever_the_number_of_clips():
    chosen = exact.one_each([photograph(128, 1), face_sequence(128, 1), face_sequence(128, 0)])
    assert list(chosen) == ["virtual-0", "virtual-1"]
    assert chosen["virtual-1"].times_s.size > 1


def test_solid_pairs_move_by_about_the_peak_and_know_what_they_hide():
    (regime,) = solid.solid_regimes(None, SMALL)
    (person,) = regime.persons
    pair = regime.draw(("virtual", 0.5), person)
    again = regime.draw(("virtual", 0.5), person)
    assert np.array_equal(pair.second, again.second)
    assert np.hypot(*pair.flow_px).max() == pytest.approx(0.5, rel=0.3)
    assert 0.2 < pair.valid.mean() < 1
    assert np.isfinite(pair.flow_px).all()


def test_the_3d_face_moves_by_the_peak(monkeypatch):
    monkeypatch.setattr(solid.FaceKit, "open", lambda path: kit())
    regime = solid.solid_regimes(Path("kit.npz"), SMALL | {"kit_people": 1})[1]
    assert regime.name == "S2 3-D face"
    assert [motion for motion, _ in regime.conditions] == ["expression", "both"]
    pair = regime.draw(("both", 0.5), regime.persons[0])
    assert np.hypot(*pair.flow_px)[pair.valid].max() == pytest.approx(0.5, rel=0.1)
    assert isinstance(FaceKitFace(kit(), seed=1), FaceKitFace)


def test_all_methods_take_part_unless_some_are_named_and_the_reference_always():
    found = [one.name for one in find_rivals()]
    assert found == [name for name in METHODS if name in found]
    assert {"zero", "farneback", "tvl1", "dis", "dis-vr", "dis-vr-fast", "deepflow"} <= set(found)
    assert [one.name for one in find_rivals(["zero"])] == ["zero", "dis-vr"]


def test_a_method_that_is_none_is_refused():
    with pytest.raises(ArgumentError, match="got magic"):
        find_rivals(["magic"])


def test_models_are_found_below_a_folder(folder, tmp_path):
    assert model_folders(folder.parent) == [folder]
    assert model_folders(None) == []
    with pytest.raises(ArgumentError, match="found none"):
        model_folders(tmp_path)


def test_a_model_may_not_be_called_like_a_method(folder, tmp_path):
    clash = tmp_path / "zero"
    shutil.copytree(folder, clash)
    with pytest.raises(ArgumentError, match="that no method has, got zero"):
        model_folders(tmp_path)


def test_three_frames_need_the_third():
    rivals = find_rivals(["zero"])
    (three,) = three_framed(rivals, ["dis-vr"])
    assert three.name == "dis-vr" + THREE
    alone = FlowPair(
        first=GREY, second=GREY, flow_px=np.zeros((2, 16, 16), np.float32), valid=GREY == 0
    )
    with pytest.raises(ArgumentError, match="picture before it"):
        three.estimate(alone)


def test_the_folder_of_a_model_says_what_it_is(folder):
    rival = Rival(name="net", estimate=lambda pair: Estimate(pair.flow_px),
                  weights=folder / "weights.npz")  # fmt: skip
    found = cost.about(rival)
    assert found["parameters"] == 17
    assert found["recipe"] == {"network": "flownets", "data.jitter_px": 0.3}
    assert len(found["curve"]["step"]) == cost.MOST_ROWS
    assert (found["curve"]["step"][0], found["curve"]["step"][-1]) == (1, 99)
    assert set(found["curve"][HELD[0]]) == {0.5}
    assert set(found["curve"]["loss"]) == {1.0}
    assert cost.about(replace(rival, weights=None)) == {}


def test_a_method_that_needs_memory_says_how_much():
    found = cost.peak_mib("dis-vr")
    # Nothing on top where the package itself once needed as much.
    assert 0 <= found["peak_mib"] < 500


def test_cells_of_other_weights_and_of_methods_asked_for_again_are_stale():
    version = {"net": "new", "dis": ""}
    assert is_stale("S1 local / net @ old", version, [])
    assert not is_stale("S1 local / net @ new", version, [])
    assert not is_stale("S1 local / gone @ old", version, [])
    assert is_stale("S1 local / dis", version, ["dis"])
    assert is_stale("S1 local / dis, three frames", version, ["dis"])
    assert not is_stale("S1 local / dis-vr", version, ["dis"])


def test_quick_takes_no_data():
    with pytest.raises(ArgumentError, match="virtual faces alone"):
        bench_flow(Path("nowhere.json"), Asked(quick=True, data=Path("clips")))


def test_data_without_anybody_held_out_is_refused(monkeypatch, tmp_path):
    known = next(name for name in map(str, range(99)) if not is_held_out(name))
    face = replace(photograph(128, 0), identity=known)
    monkeypatch.setattr(run, "read_faces", lambda *words, **named: [face])
    with pytest.raises(ArgumentError, match="expected people who are held out, found 1"):
        bench_flow(tmp_path / "flow.json", Asked(data=tmp_path, methods=["zero"]))


def test_a_small_run_fills_every_suite_and_a_second_computes_nothing(monkeypatch, tmp_path):
    held = next(name for name in map(str, range(99)) if is_held_out(name))
    faces = [replace(face_sequence(128, 0), identity=held)]
    monkeypatch.setattr(run, "read_faces", lambda *words, **named: faces)
    monkeypatch.setattr(run, "SETTINGS", SMALL)
    monkeypatch.setattr(cost, "in_own_process", lambda function, *words: {"peak_mib": 1.0})
    page = tmp_path / "new" / "sheet.html"
    asked = Asked(data=tmp_path, methods=["zero"], picture=page)
    out, told = tmp_path / "flow.json", []
    table = bench_flow(out, asked, tell=told.append)
    assert {name.split(" / ")[0] for name in table["cells"]} >= {
        "S1 local", "S1 real", "S1 noise 4", "S2 virtual", "S3", "cost",
    }  # fmt: skip
    assert told[-1] == "cost"
    sections = page.read_text().split("<h2>")[1:]
    assert [one[: one.index(",")] for one in sections] == ["S1 local", "S1 real"]
    for one in sections:
        # The truth beside the face, then the reference and the method asked for.
        assert re.findall(r"<figcaption>([\w -]+)[;:]", one) == ["first picture", "zero", "dis-vr"]
        assert len(set(re.findall(r'src="(data:[^"]+)"', one))) == 6
    assert table["settings"]["persons"] == [held]
    assert "| zero |" in TABLES["flow:methods"](table)
    told = {name for name in DOCUMENTED if name.startswith("cells.*.")}
    assert {f"cells.*.{key}" for cell in table["cells"].values() for key in cell} <= told
    assert {*table, *(f"cells.*.{name}" for name in ("parameters", "recipe", "curve"))} <= {
        "schema", "cells", *DOCUMENTED,
    }  # fmt: skip
    written = out.read_bytes()
    bench_flow(out, asked)
    assert out.read_bytes() == written
    assert json.loads(written)["cells"] == json.loads(json.dumps(table["cells"]))


def test_the_command_prints_tables_or_one_object(monkeypatch, tmp_path, capsys):
    for name in flow_bench.THREADS:
        monkeypatch.setenv(name, "1")  # the command sets them; this puts them back
    asked = []

    def stand_in(out, wanted, *, tell):
        asked.append((out, wanted))
        return {"benchmark": "flow", "settings": {}, "cells": {}}

    monkeypatch.setattr(run, "bench_flow", stand_in)
    program = typer.Typer()
    program.command()(flow_bench.bench)
    program(["--quick", "--method", "dis", "--method", "zero"], standalone_mode=False)
    assert "| what | bar | measured | verdict |" in capsys.readouterr().out
    words = ["--data", "clips", "--without", "ben", "--json", "-o", str(tmp_path / "a.json")]
    program(words, standalone_mode=False)
    assert json.loads(capsys.readouterr().out)["command"] == "flow bench"
    (first, quick), (second, whole) = asked
    assert (first.name, quick.quick, quick.methods) == ("flow-quick.json", True, ["dis", "zero"])
    assert (second, whole.data, whole.without) == (tmp_path / "a.json", Path("clips"), ["ben"])
