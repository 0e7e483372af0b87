"""The commands of ``mimetic micro``, on a film of a face and on virtual maps."""

import shutil
from functools import cache

import numpy as np
import pytest

import mimetic
from mimetic.datasets.virtual_maps import MapPopulation, virtual_maps
from mimetic.errors import ArgumentError, DatasetError, StoreError
from mimetic.io.store import ResultFolder
from mimetic.micro.mapset import MapSet, write_maps
from mimetic.pipeline.stretches import forget_pixels
from tests.cli.test_commands import answer, run
from tests.test_docs import flat, rows_of


@pytest.fixture
def folder(result, tmp_path):
    return shutil.copytree(result.path, tmp_path / "anna")


@cache
def population():
    return virtual_maps(
        MapPopulation(people=6, counts=(14, 8, 8), mislabelled=0.0), rng=np.random.default_rng(3)
    )


@pytest.fixture
def maps(tmp_path):
    made = population()
    files = tuple(f"{n:03d}.png" for n in range(len(made.labels)))
    listed = MapSet(maps=made.maps, labels=made.labels, subjects=made.subjects, files=files)
    return write_maps(tmp_path / "maps", listed)


def documented(heading):
    return {name for name in rows_of("json.md", heading) if not name.startswith("events[].units.")}


def test_spot_tells_what_it_keeps_in_the_folder(capsys, folder):
    told = answer(capsys, "micro", "spot", folder)
    assert told["micro"] + told["macro"] + told["rejected"] == len(told["events"]) > 0
    assert [row["event"] for row in told["events"]] == list(range(1, len(told["events"]) + 1))
    opened = mimetic.open_result(folder)
    blinks = [event for event in opened.events if event.kind == "blink"]
    assert len(opened.events) == len(blinks) + len(told["events"])
    assert blinks
    table = opened.table("micro_events")
    assert table.column("apex_s").to_pylist() == [row["apex_s"] for row in told["events"]]
    assert (folder / "tables" / "micro_events.csv").exists()
    assert set(flat(told)) - documented("`micro spot`") <= set(
        rows_of("json.md", "What every object holds")
    )


def test_a_second_run_finds_everything_done_and_other_settings_measure_anew(capsys, folder):
    first = answer(capsys, "micro", "spot", folder)
    made = (folder / "tables" / "micro_events.parquet").stat().st_mtime_ns
    again = answer(capsys, "micro", "spot", folder)
    assert again["events"] == first["events"]
    assert (folder / "tables" / "micro_events.parquet").stat().st_mtime_ns == made
    fewer = answer(capsys, "micro", "spot", folder, "--rate-per-minute", "0.01")
    assert fewer["threshold"] > first["threshold"]
    assert fewer["settings"]["false_alarms_per_min"] == 0.01
    assert (folder / "tables" / "micro_events.parquet").stat().st_mtime_ns > made


def test_in_words_all_tells_what_does_not_count_and_why(capsys, folder):
    code, short, err = run(capsys, "micro", "spot", folder)
    assert code == 0
    assert "lasting movements" in short
    assert "25 frames a second a movement shorter than" in err
    _, long, _ = run(capsys, "micro", "spot", folder, "--all")
    assert long.startswith(short)
    assert "macro" in long[len(short) :]


def test_how_long_a_movement_may_be_is_heard(capsys, folder):
    usual = answer(capsys, "micro", "spot", folder)
    longer = answer(capsys, "micro", "spot", folder, "--longest", "1.0", "--shortest", "0.02")
    assert longer["macro"] < usual["macro"]
    assert longer["settings"]["shortest_s"] == 0.02


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["--rate-per-minute", "0"], ArgumentError.exit_code, "a rate above 0"),
        (["--rate-per-minute", "1000"], ArgumentError.exit_code, "at most"),
        (["--longest", "0.01"], ArgumentError.exit_code, "increase"),
        (["--method", "magic"], ArgumentError.exit_code, "expected auto"),
    ],
)
def test_wishes_that_make_no_sense_change_nothing(capsys, folder, words, code, said):
    got, _, err = run(capsys, "micro", "spot", folder, *words)
    assert got == code
    assert said in err
    assert not (folder / "tables" / "micro_events.parquet").exists()


def test_a_folder_without_a_result_or_without_crops_is_named(capsys, folder, tmp_path):
    code, _, err = run(capsys, "micro", "spot", tmp_path / "nobody")
    assert code == StoreError.exit_code
    assert "nobody" in err
    source = mimetic.open_result(folder).source
    with ResultFolder.create_or_open(folder, source=source) as opened:
        forget_pixels(opened)
    code, _, err = run(capsys, "micro", "spot", folder)
    assert code == StoreError.exit_code
    assert "--no-pixels" in err


def test_maps_are_tested_with_each_person_left_out(capsys, maps):
    told = answer(capsys, "micro", "bench", "--maps", maps)
    made = population()
    found = mimetic.loso(made.maps, made.labels, made.subjects)
    assert told["protocol"] == "nested"
    assert told["uf1"] == pytest.approx(found.uf1, abs=0.1)  # 8 bits of the pictures
    assert told["uf1_low"] <= told["uf1"] <= told["uf1_high"]
    assert told["uar_low"] <= told["uar"] <= told["uar_high"]
    assert sum(map(sum, told["confusion"])) == told["maps"] == 30
    head = rows_of("json.md", "What every object holds")
    assert sorted(flat(told)) == sorted([*head, *rows_of("json.md", "`micro bench --maps`")])
    code, out, _ = run(capsys, "micro", "bench", "--maps", maps)
    assert code == 0
    assert "surprise" in out


def test_maps_that_cannot_be_tested_are_told(capsys, maps):
    code, _, err = run(capsys, "micro", "bench", "--maps", maps, "--kind", "oracle")
    assert code == ArgumentError.exit_code
    assert "expected one of kernel, ststnet" in err
    table = maps / "maps.csv"
    rows = table.read_text().splitlines()
    table.write_text("\n".join([rows[0], *(row for row in rows if ",p000," in row)]))
    code, _, err = run(capsys, "micro", "bench", "--maps", maps)
    assert code == ArgumentError.exit_code
    assert "at least two people" in err
    table.unlink()
    code, _, err = run(capsys, "micro", "bench", "--maps", maps)
    assert code == DatasetError.exit_code
    assert "maps.csv" in err
