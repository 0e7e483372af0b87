"""The commands of ``mimetic micro``, on a film of a face and on virtual maps."""

import shutil
from functools import cache

import numpy as np
import pytest

import mimetic
from mimetic.datasets.virtual_maps import MapPopulation, virtual_maps
from mimetic.errors import ArgumentError, DatasetError, ModelError, StoreError
from mimetic.io.store import ResultFolder
from mimetic.micro.mapset import MapSet, write_maps
from mimetic.micro.spot import SpotSettings
from mimetic.pipeline.micro import spot_result
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
    told = answer(capsys, "micro", "spot", folder, "--method", "dis")
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
    assert "macro" not in short
    assert "macro" in long
    assert str(folder / "micro.html") in short


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


@pytest.fixture(scope="module")
def once(result, tmp_path_factory):
    """The film's result with its events spotted; the longest one may last a second."""
    folder = shutil.copytree(result.path, tmp_path_factory.mktemp("once") / "anna")
    spot_result(folder, SpotSettings(longest_s=1.0), method="dis")
    return folder


@pytest.fixture
def spotted(once, tmp_path):
    return shutil.copytree(once, tmp_path / "anna")


def counted(folder):
    events = mimetic.open_result(folder).record("micro", "events")
    return [n for n, event in enumerate(events, 1) if event.kind == "micro" and not event.rejected]


@pytest.fixture
def model(tmp_path):
    made = population()
    trained = mimetic.MicroModel.fit(made.maps, made.labels, subjects=made.subjects)
    return trained.save(tmp_path / "micro.model")


def test_magnify_writes_a_video_of_an_event(capsys, spotted, tmp_path):
    (number, *_) = counted(spotted)
    words = ("micro", "magnify", spotted, "--event", number, "--method", "dis")
    told = answer(capsys, *words, "-o", tmp_path / "one.mp4", "--by", "4")
    head = rows_of("json.md", "What every object holds")
    assert sorted(flat(told)) == sorted([*head, *rows_of("json.md", "`micro magnify`")])
    assert told["first_s"] < told["onset_s"] < told["offset_s"] < told["last_s"]
    film = mimetic.Video.open(tmp_path / "one.mp4")
    frames = list(film.frames())
    assert len(frames) == told["frames"]
    code, out, _ = run(
        capsys, *words, "-o", tmp_path / "two.mp4", "--side-by-side", "--slower", "3"
    )
    assert code == 0
    assert "two.mp4" in out
    slow = list(mimetic.Video.open(tmp_path / "two.mp4").frames())
    assert slow[0].pixels.shape[1] == 2 * frames[0].pixels.shape[1]
    assert slow[-1].time_s == pytest.approx(3 * frames[-1].time_s, abs=1e-3)


def test_what_cannot_be_magnified_is_told(capsys, spotted, tmp_path, result):
    out = tmp_path / "event.mp4"
    for words, said in (
        (("--event", 99, "-o", out), "--event: expected a number of mimetic micro spot"),
        (("--event", 1, "-o", tmp_path / "event.gif"), "ending in .mp4 or .mov"),
        (("--event", 1, "-o", out, "--by", 50), "expected 1 to 20"),
        (("--event", 1, "-o", out, "--slower", 0.5), "--slower"),
    ):
        code, _, err = run(capsys, "micro", "magnify", spotted, *words)
        assert code == ArgumentError.exit_code
        assert said in err
    code, _, err = run(capsys, "micro", "magnify", result.path, "--event", 1, "-o", out)
    assert code == StoreError.exit_code
    assert "run: mimetic micro spot" in err
    assert not out.exists()


def test_the_page_shows_each_event_that_counts_and_why_others_do_not(spotted):
    page = (spotted / "micro.html").read_text()
    assert page.count('<div class="strip">') == len(counted(spotted))
    assert page.count("data:image/jpeg") == 4 * len(counted(spotted))
    assert "magnified by" in page
    events = mimetic.open_result(spotted).record("micro", "events")
    reasons = {event.rejected for event in events if event.rejected}
    assert reasons
    assert all(reason in page for reason in reasons)


def test_an_anonymous_result_gets_a_page_without_pictures(folder):
    settings = folder / "settings.toml"
    settings.write_text(settings.read_text().replace("anonymous = false", "anonymous = true"))
    spot_result(folder, SpotSettings(longest_s=1.0), method="dis")
    page = (folder / "micro.html").read_text()
    assert 'aria-label="flow"' in page
    assert "data:image" not in page


def test_classes_are_told_and_kept_with_the_events(capsys, spotted, model):
    words = ("micro", "recognise", spotted, "--model", model, "--method", "dis")
    told = answer(capsys, *words)
    assert [row["event"] for row in told["events"]] == counted(spotted)
    assert told["classes"] == ["negative", "positive", "surprise"]
    (first, *_) = told["events"]
    assert first["label"] == max(first["scores"], key=first["scores"].get)
    opened = mimetic.open_result(spotted)
    labelled = [event for event in opened.events if event.label]
    assert [event.label for event in labelled] == [row["label"] for row in told["events"]]
    assert labelled[0].scores["class_positive"] == first["scores"]["positive"]
    table = opened.table("micro_classes")
    assert table.column("label").to_pylist() == [row["label"] for row in told["events"]]
    assert answer(capsys, *words)["events"] == told["events"]
    answer(capsys, "micro", "spot", spotted, "--method", "dis")
    assert not [event for event in mimetic.open_result(spotted).events if event.label]


def test_recognise_needs_events_and_a_model(capsys, folder, model, tmp_path):
    code, _, err = run(capsys, "micro", "recognise", folder, "--model", model)
    assert code == StoreError.exit_code
    assert "run: mimetic micro spot" in err
    code, _, err = run(capsys, "micro", "recognise", folder, "--model", tmp_path / "none")
    assert code == ModelError.exit_code
    assert "provenance.json" in err


def test_train_writes_a_model_whose_card_says_what_it_is_worth(capsys, maps, tmp_path):
    told = answer(capsys, "micro", "train", maps, "-o", tmp_path / "micro.model")
    loaded = mimetic.MicroModel.load(tmp_path / "micro.model")
    assert loaded.classes == ("negative", "positive", "surprise")
    card = (tmp_path / "micro.model" / "card.md").read_text()
    assert f"UF1 {told['uf1']:.3f}" in card
    again = answer(capsys, "micro", "train", maps / "maps.csv", "-o", tmp_path / "other.model")
    assert again["uf1"] == told["uf1"]


def events_csv(path, rows, columns="result,subject,label,onset_s,apex_s,offset_s"):
    path.write_text("\n".join([columns, *rows]) + "\n")
    return path


def test_train_takes_events_of_one_s_own_clips(capsys, folder, tmp_path):
    moments = ("0.6,1.0,1.6", "2.6,3.0,3.5")
    rows = [
        f"anna,{who},{label},{times}"
        for who in ("p1", "p2", "p3")
        for label, times in zip(("smile", "brow"), moments, strict=True)
    ]
    table = events_csv(tmp_path / "events.csv", rows)
    told = answer(capsys, "micro", "train", table, "-o", tmp_path / "m", "--method", "dis")
    assert told["maps"] == 6
    assert told["subjects"] == 3
    assert told["uf1"] == 1.0  # the same film stands for all three


def test_a_model_is_used_with_the_flow_that_it_was_trained_with(capsys, spotted, tmp_path):
    rows = [
        f"anna,{who},{label},{times}"
        for who in ("p1", "p2")
        for label, times in (("smile", "0.6,1.0,1.6"), ("brow", "2.6,3.0,3.5"))
    ]
    table, trained = events_csv(tmp_path / "events.csv", rows), tmp_path / "m"
    told = answer(capsys, "micro", "train", table, "-o", trained, "--method", "dis")
    assert told["flow"] == "dis"
    assert "Flow of the maps: `dis`." in (trained / "card.md").read_text()
    words = ("micro", "recognise", spotted, "--model", trained)
    followed = answer(capsys, *words)
    assert followed["method"] == followed["model_method"] == "dis"
    assert answer(capsys, *words, "--method", "dis") == followed
    code, _, err = run(capsys, *words, "--method", "farneback")
    assert code == ArgumentError.exit_code
    assert "maps were made by dis, maps by farneback are others" in err
    mimetic.MicroModel.load(trained).of_flow("own-12345678").save(trained)
    code, _, err = run(capsys, *words)
    assert code == ArgumentError.exit_code
    assert "expected the folder of own-12345678" in err


def test_a_model_of_maps_knows_the_flow_that_it_was_told(capsys, spotted, maps, tmp_path):
    trained = tmp_path / "m"
    told = answer(capsys, "micro", "train", maps, "-o", trained, "--method", "dis")
    assert told["flow"] == "dis"
    assert answer(capsys, "micro", "recognise", spotted, "--model", trained)["method"] == "dis"
    answer(capsys, "micro", "train", maps / "maps.csv", "-o", trained)
    code, _, err = run(capsys, "micro", "recognise", spotted, "--model", trained)
    assert code == 0
    assert "does not say by which flow" in err
    code, _, err = run(capsys, "micro", "train", maps, "-o", trained, "--method", "magic")
    assert code == ArgumentError.exit_code
    assert "expected auto" in err


def test_tables_of_events_that_cannot_be_learnt_from_are_told_by_line(capsys, folder, tmp_path):
    good, out = "anna,p1,smile,0.6,1.0,1.6", tmp_path / "m"
    for rows, said in (
        ([good, "anna,p1,smile,soon,1.0,1.6"], "line 3: onset_s, apex_s, offset_s"),
        ([good, "anna,,smile,0.6,1.0,1.6"], "line 3: expected a subject"),
        ([good, "ben,p2,smile,0.6,1.0,1.6"], "line 3"),
        ([good, "anna,p2,smile,0.6,0.61,0.62"], "same frame"),
        ([good, "anna,p2,smile,2.0,1.0,1.6"], "increasing seconds"),
    ):
        table = events_csv(tmp_path / "events.csv", rows)
        code, _, err = run(capsys, "micro", "train", table, "-o", out, "--method", "dis")
        assert code == DatasetError.exit_code
        assert said in err
    table = events_csv(tmp_path / "events.csv", ["anna,p1"], columns="result,subject")
    code, _, err = run(capsys, "micro", "train", table, "-o", out)
    assert code == DatasetError.exit_code
    assert "without label, onset_s" in err
    table.write_bytes(b"result,\xff\xfe")
    code, _, err = run(capsys, "micro", "train", table, "-o", out)
    assert code == DatasetError.exit_code
    assert "expected a CSV table" in err
    (tmp_path / "taken").write_text("")
    code, _, err = run(capsys, "micro", "train", table, "-o", tmp_path / "taken")
    assert code == ArgumentError.exit_code
    assert "is a file" in err


@pytest.mark.parametrize(
    "words",
    [
        ("--maps", "maps", "--quick"),
        ("--kind", "ststnet"),
        ("--part", "everything"),
    ],
)
def test_wishes_of_bench_that_do_not_go_together_are_refused(capsys, tmp_path, words):
    code, _, _ = run(capsys, "micro", "bench", *words, "-o", tmp_path / "micro.json")
    assert code == ArgumentError.exit_code
    assert not (tmp_path / "micro.json").exists()
