import json
import shutil
from dataclasses import replace

import numpy as np
import pytest

from mimetic.errors import ArgumentError, ShapeError, StoreError
from mimetic.io import layout
from mimetic.io.result import open_result
from mimetic.io.tables import table_provenance
from tests.io import folders
from tests.io.test_records import assert_same

same = np.testing.assert_array_equal
FRAMES = 300


@pytest.fixture(scope="module")
def result(tmp_path_factory):
    return open_result(folders.write_result(tmp_path_factory.mktemp("result") / "anna", FRAMES))


def test_records_come_back_with_the_same_bits(result):
    assert_same(result.video, folders.video(FRAMES))
    assert_same(result.track, folders.track(FRAMES))
    assert_same(result.regions, folders.regions(FRAMES))
    assert_same(result.codes, folders.codes(FRAMES))
    assert_same(result.flow(), folders.flow(FRAMES - 1))
    assert result.events == tuple(folders.EVENTS)
    assert result.source == folders.SOURCE


def test_everybody_is_listed_and_can_be_read(result):
    assert [seen["person"] for seen in result.persons] == [0, 1]
    assert_same(result.person(0), folders.track(FRAMES))
    assert_same(result.person(1), folders.track(FRAMES, person=1))
    with pytest.raises(StoreError, match=r"persons/7.*it left: track, persons/1"):
        result.person(7)


def test_a_clip_written_by_stretches_is_the_clip(result):
    assert_same(result.clip(), folders.clip(FRAMES))
    assert_same(result.clip(250, 262), folders.clip(12, start=250))


@pytest.mark.parametrize("frames", [1, 100, 256, 1000])
def test_stretches_cover_the_clip_and_can_be_walked_twice(result, frames):
    walk = result.stretches(frames)
    for _ in range(2):
        pieces = list(walk)
        assert len(pieces) == len(walk)
        same(np.concatenate([piece.pixels for piece in pieces]), folders.clip(FRAMES).pixels)
        assert max(piece.times_s.size for piece in pieces) <= frames


def test_stretches_of_no_frames_are_refused(result):
    with pytest.raises(ArgumentError, match="got 0"):
        result.stretches(0)


def test_the_neutral_face_is_part_of_every_stretch_once_it_is_known(tmp_path):
    folders.write_result(tmp_path / "r", 20)
    picture = np.full((8, 8, 3), 7, np.uint8)
    with folders.opened(tmp_path / "r") as folder:
        stage = folder.stage(layout.NEUTRAL, config_hash="c")
        shape = folders.noise((5, 3))
        stage.finish({layout.NEUTRAL_PIXELS: picture, layout.NEUTRAL_SHAPE: shape})
    (stretch,) = open_result(tmp_path / "r").stretches()
    same(stretch.neutral_pixels, picture)
    same(stretch.neutral_shape_ed, shape)


def test_without_pixels_a_clip_is_refused_and_the_rest_is_there(tmp_path):
    folders.write_result(tmp_path / "r", 300, left_out=("pixels",))
    result = open_result(tmp_path / "r")
    with pytest.raises(StoreError, match=r"pixels of 'clip' were not stored \(--no-pixels\)"):
        result.clip(0, 3)
    same(result.array("crop", "clip/residual"), folders.clip(300).residual)


def test_pixels_dropped_at_the_end_are_gone_and_the_stage_stays_done(tmp_path):
    folders.write_result(tmp_path / "r", 300)
    for _ in range(2):
        with folders.opened(tmp_path / "r") as folder:
            folder.drop("crop", fields=["clip/pixels"])
            folder.drop("tables", files=["tables/frames.csv"])
    result = open_result(tmp_path / "r")
    assert result.stages["crop"]
    assert not (tmp_path / "r/arrays.zarr/crop/clip/pixels").exists()
    with pytest.raises(StoreError, match="--no-pixels"):
        result.clip()
    same(result.array("crop", "clip/residual"), folders.clip(300).residual)
    with folders.opened(tmp_path / "r") as folder:
        assert folder.stored().left_out("crop", "clip") == ("pixels",)
        assert folder.stored().left_out("crop", "other") == ()
        assert folder.stage("tables", config_hash="c", inputs=folder.entry("tables").inputs).done
    assert not (tmp_path / "r/tables/frames.csv").exists()
    assert result.table("frames").num_rows == 300


def test_nothing_is_dropped_from_an_unfinished_stage(tmp_path):
    with folders.opened(tmp_path / "r") as folder:
        folder.stage("crop", config_hash="c")
        with pytest.raises(StoreError, match="stopped after 0 frames"):
            folder.drop("crop", fields=["clip/pixels"])


def test_missing_pieces_name_the_stage_and_the_command(tmp_path):
    with folders.opened(tmp_path / "r") as folder:
        stage = folder.stage(layout.TRACK, config_hash="c")
        stage.append({"a": np.zeros(256)})
    result = open_result(tmp_path / "r")
    with pytest.raises(StoreError, match=r"'track' stopped after 256 frames.*mimetic analyze"):
        _ = result.video
    with pytest.raises(StoreError, match=r"'people' has not run \(there are: track\)"):
        _ = result.track
    for read in (result.stretches, result.flow, lambda: result.tables, lambda: result.facts("x")):
        with pytest.raises(StoreError, match="has not run"):
            read()
    with pytest.raises(StoreError, match="no finished stage says who made it"):
        _ = result.provenance
    assert not result.has(layout.VIDEO)
    assert "stopped" not in str(result.summary())


def test_what_a_stage_did_not_leave_is_told_with_what_it_left(result):
    with pytest.raises(StoreError, match=r"no array 'x' \(it left: clip/pixels"):
        result.array("crop", "x")
    with pytest.raises(StoreError, match="left no 'x'"):
        result.record("crop", "x")
    with pytest.raises(StoreError, match=r"no table 'trials' \(there are: frames, movements\)"):
        result.table("trials")


def test_flow_that_was_opted_out_is_told_with_the_option(tmp_path):
    with folders.opened(tmp_path / "r") as folder:
        folder.stage(layout.MOTION, config_hash="c").finish()
    with pytest.raises(StoreError, match="with --flow"):
        open_result(tmp_path / "r").flow()


def test_lost_facts_are_told(tmp_path):
    folders.write_result(tmp_path / "r", 5)
    path = tmp_path / "r/details/person.json"
    path.write_text("{")
    with pytest.raises(StoreError, match=r"person\.json.*delete that file"):
        _ = open_result(tmp_path / "r").codes
    path.unlink()
    with pytest.raises(StoreError, match="delete that file"):
        _ = open_result(tmp_path / "r").codes


def test_tables_come_with_their_provenance(result):
    assert result.tables == ("frames", "movements")
    assert table_provenance(result.table("frames")) == replace(folders.PROVENANCE, made_at="")
    assert (result.path / "tables/frames.csv").exists()


def test_provenance_is_that_of_the_last_stage_that_says_it(result):
    assert result.provenance == folders.PROVENANCE
    assert set(result.provenances) == {"track", "tables"}


def test_the_summary_is_plain_and_says_the_main_things(result):
    told = result.summary()
    assert told["frames"] == FRAMES
    assert told["tracked_share"] == pytest.approx(299 / 300)
    assert told["components"] == 4
    assert told["tables"] == ["frames", "movements"]
    json.dumps(told)
    assert "track" in repr(result)


def test_the_summary_reads_no_landmarks_codes_or_pixels(tmp_path):
    path = folders.write_result(tmp_path / "r", 40)
    told = open_result(path).summary()
    for long in ("people/track/landmarks_px", "people/track/box_px", "person/codes/codes", "crop"):
        shutil.rmtree(path / "arrays.zarr" / long)
        (path / "arrays.zarr" / long).write_text("no folder")
    assert open_result(path).summary() == told
    assert told["person"] == 0
    assert told["persons"] == [{"person": 0}, {"person": 1}]


def test_the_summary_of_stages_that_left_nothing_says_what_is_there(tmp_path):
    with folders.opened(tmp_path / "r") as folder:
        for name in (layout.TRACK, layout.PEOPLE, layout.PERSON, layout.TABLES):
            folder.stage(name, config_hash="c").finish(facts={"refused": "too short"})
    told = open_result(tmp_path / "r").summary()
    assert told["tables"] == []
    assert "components" not in told
    assert "frames" not in told


def test_an_open_result_keeps_to_what_it_saw(tmp_path):
    folders.write_result(tmp_path / "r", 5)
    before = open_result(tmp_path / "r")
    with folders.opened(tmp_path / "r") as folder:
        folder.stage("new", config_hash="c").finish()
    assert "new" not in before.stages
    assert "new" in open_result(tmp_path / "r").stages


def test_a_record_can_be_read_back_while_its_stage_is_written(tmp_path):
    with folders.opened(tmp_path / "r") as folder:
        stage = folder.stage(layout.CROP, config_hash="c")
        for stretch in folders.stretches(300):
            stage.append({}, records={layout.CLIP: stretch})
        assert_same(stage.read_record(layout.CLIP, start=250), folders.clip(50, start=250))
        with pytest.raises(ArgumentError, match="no record 'x' was written yet"):
            stage.read_record("x")
        stage.finish()
        assert_same(stage.read_record(layout.CLIP), folders.clip(300))


def test_a_record_by_stretches_goes_on_after_a_crash(tmp_path):
    first, second = folders.stretches(300)
    with folders.opened(tmp_path / "r") as folder:
        folder.stage(layout.CROP, config_hash="c").append({}, records={layout.CLIP: first})
    with folders.opened(tmp_path / "r") as folder:
        stage = folder.stage(layout.CROP, config_hash="c")
        stage.append({}, records={layout.CLIP: second})
        stage.finish()
    assert_same(open_result(tmp_path / "r").clip(), folders.clip(300))


def test_stretches_of_two_people_in_one_clip_are_refused(tmp_path):
    import dataclasses

    first, second = folders.stretches(300)
    with folders.opened(tmp_path / "r") as folder:
        stage = folder.stage(layout.CROP, config_hash="c")
        stage.append({}, records={layout.CLIP: first})
        with pytest.raises(ShapeError, match="person"):
            stage.append({}, records={layout.CLIP: dataclasses.replace(second, person=9)})
